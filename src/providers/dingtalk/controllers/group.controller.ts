import { Body, Controller, Query } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { GetRoute, PostRoute } from '../../provider-route.js';
import { DingTalkService } from '../dingtalk.service.js';
import { ChatConvertDto, GroupCreateDto, GroupUpdateDto } from '../dto/group.dto.js';
import { chatConvert, groupCreate, groupUpdate } from '../operations/group.operations.js';
import { route } from './route.js';

/** Groups of the new API. */
@ApiTags('DingTalk 群（新版）')
@Controller('v1/dd')
export class GroupController {
  constructor(private readonly dingtalk: DingTalkService) {}

  @PostRoute(groupCreate, route('group/create'))
  create(@Body() body: GroupCreateDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.createGroup(body, call);
  }

  @PostRoute(groupUpdate, route('group/update'))
  update(@Body() body: GroupUpdateDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.updateGroup(body, call);
  }

  @GetRoute(chatConvert, { ...route('chat/open-conversation-id'), query: ['chatid'] })
  convert(@Query() query: ChatConvertDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.openConversationId(query, call);
  }
}
