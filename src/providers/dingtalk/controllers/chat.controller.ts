import { Body, Controller, Query } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { GetRoute, PostRoute } from '../../provider-route.js';
import { DingTalkService } from '../dingtalk.service.js';
import { ChatCreateDto, ChatGetDto, ChatSendDto, ChatUpdateDto } from '../dto/chat.dto.js';
import { chatCreate, chatGet, chatSend, chatUpdate } from '../operations/chat.operations.js';
import { route, SYSTEM_A_BODY } from './route.js';

/** Group chats. */
@ApiTags('DingTalk 群会话')
@Controller('v1/dd/chat')
export class ChatController {
  constructor(private readonly dingtalk: DingTalkService) {}

  @PostRoute(chatCreate, { ...route('create'), body: SYSTEM_A_BODY })
  create(@Body() body: ChatCreateDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.createChat(body, call);
  }

  @PostRoute(chatUpdate, route('update'))
  update(@Body() body: ChatUpdateDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.updateChat(body, call);
  }

  @GetRoute(chatGet, { ...route('get'), query: ['chatid'] })
  get(@Query() query: ChatGetDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.getChat(query, call);
  }

  @PostRoute(chatSend, { ...route('send'), body: SYSTEM_A_BODY })
  send(@Body() body: ChatSendDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.sendToChat(body, call);
  }
}
