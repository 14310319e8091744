import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { PostRoute } from '../../provider-route.js';
import { DingTalkService } from '../dingtalk.service.js';
import { CustomRobotSendDto } from '../dto/custom-robot.dto.js';
import { customRobotSend } from '../operations/custom-robot.operations.js';
import { ROBOT_BODY, route } from './route.js';

/** Custom robots. */
@ApiTags('DingTalk 自定义机器人')
@Controller('v1/dd/robot')
export class CustomRobotController {
  constructor(private readonly dingtalk: DingTalkService) {}

  @PostRoute(customRobotSend, { ...route('send'), body: ROBOT_BODY })
  send(@Body() body: CustomRobotSendDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.sendByCustomRobot(body, call);
  }
}
