import { Module } from '@nestjs/common';
import { AppRobotController } from './controllers/app-robot.controller.js';
import { ChatController } from './controllers/chat.controller.js';
import { CustomRobotController } from './controllers/custom-robot.controller.js';
import { DirectoryController } from './controllers/directory.controller.js';
import { GroupController } from './controllers/group.controller.js';
import { MediaController } from './controllers/media.controller.js';
import { WorkNoticeController } from './controllers/work-notice.controller.js';
import { DingTalkService } from './dingtalk.service.js';

/** DingTalk's routes and its injectable service. */
@Module({
  controllers: [
    ChatController,
    WorkNoticeController,
    MediaController,
    GroupController,
    AppRobotController,
    CustomRobotController,
    DirectoryController,
  ],
  providers: [DingTalkService],
  exports: [DingTalkService],
})
export class DingTalkModule {}
