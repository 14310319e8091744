import { Injectable, type INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { openApiDocument } from './openapi.document.js';

/** The OpenAPI document of the running service, built when it is first asked for. */
@Injectable()
export class OpenApiService {
  private app: INestApplication | undefined;
  private built: OpenAPIObject | undefined;

  /** Called once, when the application is made. */
  attach(app: INestApplication): void {
    this.app = app;
  }

  get document(): OpenAPIObject {
    if (!this.app) throw new Error('the application is not made yet');
    this.built ??= openApiDocument(this.app);
    return this.built;
  }
}
