import { Global, Module } from '@nestjs/common';
import { ErrorPageController } from './error-page.controller.js';
import { OpenApiService } from './openapi.service.js';

/** What the service says about its own API. */
@Global()
@Module({ controllers: [ErrorPageController], providers: [OpenApiService], exports: [OpenApiService] })
export class OpenApiModule {}
