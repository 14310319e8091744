import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { PostRoute } from '../../provider-route.js';
import { MessageSendDto, RecallDto } from '../dto/message.dto.js';
import { UpdateCardDto } from '../dto/update-card.dto.js';
import { cardUpdate, messageRecall, messageSend } from '../operations/message.operations.js';
import { WeComService } from '../wecom.service.js';
import { MESSAGE_BODY, route } from './route.js';

/** Messages of an app. */
@ApiTags('WeCom 应用消息')
@Controller('v1/wecom/message')
export class MessageController {
  constructor(private readonly wecom: WeComService) {}

  @PostRoute(messageSend, { ...route('send'), body: MESSAGE_BODY })
  send(@Body() body: MessageSendDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.sendMessage(body, call);
  }

  @PostRoute(messageRecall, route('recall'))
  recall(@Body() body: RecallDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.recallMessage(body, call);
  }

  @PostRoute(cardUpdate, route('update-card'))
  updateCard(@Body() body: UpdateCardDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.updateCard(body, call);
  }
}
