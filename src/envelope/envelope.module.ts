import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { EnvelopeExceptionFilter } from './envelope.exception-filter.js';
import { ResponseEnvelopeInterceptor } from './response-envelope.interceptor.js';

/** One envelope around everything that leaves, good or bad. */
@Module({
  providers: [
    { provide: APP_INTERCEPTOR, useClass: ResponseEnvelopeInterceptor },
    { provide: APP_FILTER, useClass: EnvelopeExceptionFilter },
  ],
})
export class EnvelopeModule {}
