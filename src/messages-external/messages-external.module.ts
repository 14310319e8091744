import { Module } from '@nestjs/common';
import { EnvelopeExceptionFilter } from '../envelope/envelope.exception-filter.js';
import { MessagesExternalController, MessagesExternalEnabled } from './messages-external.controller.js';
import { MessagesExternalFilter } from './messages-external.filter.js';
import { MessagesExternalService } from './messages-external.service.js';

/** System B: its routes, and the same functions for other modules of a Nest application. */
@Module({
  controllers: [MessagesExternalController],
  providers: [MessagesExternalService, MessagesExternalEnabled, MessagesExternalFilter, EnvelopeExceptionFilter],
  exports: [MessagesExternalService],
})
export class MessagesExternalModule {}
