import { Module } from '@nestjs/common';
import { AppchatController } from './controllers/appchat.controller.js';
import { DirectoryController } from './controllers/directory.controller.js';
import { MediaController } from './controllers/media.controller.js';
import { MessageController } from './controllers/message.controller.js';
import { RobotController } from './controllers/robot.controller.js';
import { WeComService } from './wecom.service.js';

/** WeCom's routes and its injectable service. */
@Module({
  controllers: [MessageController, AppchatController, MediaController, DirectoryController, RobotController],
  providers: [WeComService],
  exports: [WeComService],
})
export class WeComModule {}
