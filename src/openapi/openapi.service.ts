import { Injectable, type INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

/** The OpenAPI document of the running service, built when it is first asked for. */
@Injectable()
export class OpenApiService {
  private app: INestApplication | undefined;
  private built: Promise<OpenAPIObject> | undefined;

  /** Called once, when the application is made. */
  attach(app: INestApplication): void {
    this.app = app;
  }

  /** A failure is not kept: whoever asks next makes it try again. */
  document(): Promise<OpenAPIObject> {
    this.built ??= this.build().catch((error: unknown) => {
      this.built = undefined;
      throw error;
    });
    return this.built;
  }

  private async build(): Promise<OpenAPIObject> {
    if (!this.app) throw new Error('the application is not made yet');
    const { openApiDocument } = await import('./openapi.document.js');
    return openApiDocument(this.app);
  }
}
