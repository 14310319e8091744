import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { PostRoute } from '../../provider-route.js';
import { DingTalkService } from '../dingtalk.service.js';
import { RecallDto, TaskDto, WorkNoticeDto } from '../dto/work-notice.dto.js';
import { noticeProgress, noticeRecall, noticeResult, noticeSend } from '../operations/work-notice.operations.js';
import { route, SYSTEM_A_BODY } from './route.js';

/** Work notices. */
@ApiTags('DingTalk 工作通知')
@Controller('v1/dd/topapi/message')
export class WorkNoticeController {
  constructor(private readonly dingtalk: DingTalkService) {}

  @PostRoute(noticeSend, { ...route(''), body: SYSTEM_A_BODY })
  send(@Body() body: WorkNoticeDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.sendWorkNotice(body, call);
  }

  @PostRoute(noticeProgress, route('progress'))
  progress(@Body() body: TaskDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.workNoticeProgress(body, call);
  }

  @PostRoute(noticeResult, route('result'))
  result(@Body() body: TaskDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.workNoticeResult(body, call);
  }

  @PostRoute(noticeRecall, route('recall'))
  recall(@Body() body: RecallDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.recallWorkNotice(body, call);
  }
}
