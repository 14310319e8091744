import { Body, Controller, UploadedFile } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { PostRoute, UploadRoute } from '../../provider-route.js';
import { requireFile, type ReceivedFile } from '../../received-file.js';
import { RobotSendDto, RobotUploadDto } from '../dto/robot.dto.js';
import { MAX_MEDIA_BYTES } from '../operations/media.operations.js';
import { robotSend, robotUpload } from '../operations/robot.operations.js';
import { WeComService } from '../wecom.service.js';
import { ROBOT_BODY, route } from './route.js';

/** Group robots. */
@ApiTags('WeCom 群机器人')
@Controller('v1/wecom/robot')
export class RobotController {
  constructor(private readonly wecom: WeComService) {}

  @PostRoute(robotSend, { ...route('send'), body: ROBOT_BODY })
  send(@Body() body: RobotSendDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.sendByRobot(body, call);
  }

  @UploadRoute(robotUpload, { ...route('upload'), field: 'media', maxBytes: MAX_MEDIA_BYTES })
  upload(
    @Body() form: RobotUploadDto,
    @UploadedFile() file: ReceivedFile | undefined,
    @Call() call: CallContext,
  ): Promise<unknown> {
    return this.wecom.uploadForRobot(form, requireFile(file, 'media'), call);
  }
}
