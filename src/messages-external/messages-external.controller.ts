import {
  Body,
  Controller,
  HttpCode,
  Injectable,
  Post,
  UseFilters,
  UseGuards,
  applyDecorators,
  type CanActivate,
} from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { ApiEnvelope } from '../envelope/envelope.decorators.js';
import { ApiIdempotencyKey } from '../idempotency/idempotency.decorators.js';
import { RequireScope } from '../inbound/access.guard.js';
import { JsonBody } from '../inbound/body.guard.js';
import { ApiOperation, ApiTags } from '../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../providers/call-context.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { COMMON_ERRORS, POST_ERRORS } from '../providers/provider-route.js';
import { DingdingGroupChatDto, WeChatApplicationDto, WeChatGroupChatDto } from './messages-external.dto.js';
import { MessagesExternalFilter } from './messages-external.filter.js';
import { MessagesExternalService } from './messages-external.service.js';

/** The routes are there only where the configuration says so. */
@Injectable()
export class MessagesExternalEnabled implements CanActivate {
  constructor(private readonly config: ConfigService) {}

  canActivate(): boolean {
    if (this.config.current.messagesExternal.enabled) return true;
    throw new DeliveryError('not-found', {
      hint: {
        zh: '未启用：把 messagesExternal.enabled 设为 true',
        en: 'Not enabled: set messagesExternal.enabled to true',
      },
    });
  }
}

function ExternalRoute(name: string, summary: string): MethodDecorator {
  return applyDecorators(
    Post(name),
    HttpCode(200),
    JsonBody({ anyContentType: true }),
    ApiIdempotencyKey(),
    ApiOperation({ operationId: `messages-external.${name}`, summary }),
    ApiEnvelope({
      description: 'sent',
      data: {
        oneOf: [
          { type: 'boolean', enum: [true] },
          { type: 'object', properties: { errcode: { type: 'integer' }, errmsg: { type: 'string' } } },
        ],
      },
      example: true,
      errors: [...COMMON_ERRORS, ...POST_ERRORS, 'not-found'],
    }),
  );
}

/** System B's three functions over HTTP, with its parameter names. */
@ApiTags('messages_external')
@Controller('v1/messages_external')
@RequireScope('external')
@UseGuards(MessagesExternalEnabled)
@UseFilters(MessagesExternalFilter)
export class MessagesExternalController {
  constructor(private readonly external: MessagesExternalService) {}

  @ExternalRoute('weChat_group_chat', '企业微信群聊 · Text to a WeCom group chat')
  weChatGroupChat(@Body() parameters: WeChatGroupChatDto, @Call() call: CallContext): Promise<true> {
    return this.external.sendOrThrow({ name: 'weChat_group_chat', parameters }, call);
  }

  @ExternalRoute('weChat_application', '企业微信应用消息 · Text to everybody a WeCom app may see')
  weChatApplication(@Body() parameters: WeChatApplicationDto, @Call() call: CallContext): Promise<true> {
    return this.external.sendOrThrow({ name: 'weChat_application', parameters }, call);
  }

  @ExternalRoute('dingding_group_chat', '钉钉群聊 · Text to a DingTalk group chat')
  dingdingGroupChat(@Body() parameters: DingdingGroupChatDto, @Call() call: CallContext): Promise<true> {
    return this.external.sendOrThrow({ name: 'dingding_group_chat', parameters }, call);
  }
}
