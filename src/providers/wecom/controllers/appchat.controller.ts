import { Body, Controller, Query } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { GetRoute, PostRoute } from '../../provider-route.js';
import { AppchatCreateDto, AppchatGetDto, AppchatSendDto, AppchatUpdateDto } from '../dto/appchat.dto.js';
import { appchatCreate, appchatGet, appchatSend, appchatUpdate } from '../operations/appchat.operations.js';
import { WeComService } from '../wecom.service.js';
import { MESSAGE_BODY, route } from './route.js';

/** Group chats of an app. */
@ApiTags('WeCom 群聊')
@Controller('v1/wecom/appchat')
export class AppchatController {
  constructor(private readonly wecom: WeComService) {}

  @PostRoute(appchatCreate, route('create'))
  create(@Body() body: AppchatCreateDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.createChat(body, call);
  }

  @PostRoute(appchatUpdate, route('update'))
  update(@Body() body: AppchatUpdateDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.updateChat(body, call);
  }

  @GetRoute(appchatGet, { ...route('get'), query: ['chatid'] })
  get(@Query() query: AppchatGetDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.getChat(query, call);
  }

  @PostRoute(appchatSend, { ...route('send'), body: MESSAGE_BODY })
  send(@Body() body: AppchatSendDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.sendToChat(body, call);
  }
}
