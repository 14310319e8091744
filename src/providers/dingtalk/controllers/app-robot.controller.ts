import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { PostRoute } from '../../provider-route.js';
import { DingTalkService } from '../dingtalk.service.js';
import {
  OtoQueryDto,
  OtoRecallDto,
  OtoSendDto,
  RobotGroupQueryDto,
  RobotGroupRecallDto,
  RobotGroupSendDto,
} from '../dto/app-robot.dto.js';
import { robotGroupSend, robotOtoSend } from '../operations/app-robot.operations.js';
import {
  robotGroupQuery,
  robotGroupRecall,
  robotOtoQuery,
  robotOtoRecall,
} from '../operations/app-robot-follow-up.operations.js';
import { route } from './route.js';

/** Messages of the app's robot. */
@ApiTags('DingTalk 应用机器人')
@Controller('v1/dd/robot')
export class AppRobotController {
  constructor(private readonly dingtalk: DingTalkService) {}

  @PostRoute(robotOtoSend, route('oto/send'))
  sendOto(@Body() body: OtoSendDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.sendOneToOne(body, call);
  }

  @PostRoute(robotOtoQuery, route('oto/query'))
  queryOto(@Body() body: OtoQueryDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.queryOneToOne(body, call);
  }

  @PostRoute(robotOtoRecall, route('oto/recall'))
  recallOto(@Body() body: OtoRecallDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.recallOneToOne(body, call);
  }

  @PostRoute(robotGroupSend, route('group/send'))
  sendGroup(@Body() body: RobotGroupSendDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.sendToGroup(body, call);
  }

  @PostRoute(robotGroupQuery, route('group/query'))
  queryGroup(@Body() body: RobotGroupQueryDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.queryGroupMessage(body, call);
  }

  @PostRoute(robotGroupRecall, route('group/recall'))
  recallGroup(@Body() body: RobotGroupRecallDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.recallGroupMessages(body, call);
  }
}
