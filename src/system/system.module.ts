import { Module } from '@nestjs/common';
import { StatusService } from './status.service.js';
import { SystemController } from './system.controller.js';

/** What the service says about itself. */
@Module({ controllers: [SystemController], providers: [StatusService] })
export class SystemModule {}
