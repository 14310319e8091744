import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import type { MessageCenterAdapter } from '../inbound/http-adapter.js';
import { loadSwagger } from './openapi.decorators.js';
import type { OpenApiService } from './openapi.service.js';

/** Where Swagger's pages are: the UI with its files, and the document in two notations. */
const PATHS = ['/docs', '/docs/*file', '/docs-json', '/docs-yaml'];

type Pages = (request: Request, response: Response, next: NextFunction) => void;

/** Serves the Swagger UI at /docs and the document at /docs-json. Both are made when they are first asked for. */
export function serveOpenApi(app: NestExpressApplication, openApi: OpenApiService): void {
  let pages: Pages | undefined;
  const serve = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    pages ??= await pagesOf(app, await openApi.document());
    pages(request, response, next);
  };
  const adapter = app.getHttpAdapter() as MessageCenterAdapter;
  for (const path of PATHS) adapter.get(path, serve);
}

/** Swagger's own routes, in an Express of their own: that of the service takes no more routes once it listens. */
async function pagesOf(app: NestExpressApplication, document: OpenAPIObject): Promise<Pages> {
  const { SwaggerModule } = await loadSwagger();
  const adapter = new ExpressAdapter();
  adapter.disable('x-powered-by');
  adapter.disable('etag');
  // The same application, except that routes and files go to that Express.
  const elsewhere = Object.create(app, {
    getHttpAdapter: { value: () => adapter },
    useStaticAssets: { value: (folder: string, options: object) => adapter.useStaticAssets(folder, options) },
  }) as NestExpressApplication;
  SwaggerModule.setup('docs', elsewhere, document, {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    customSiteTitle: 'Message Center',
    swaggerOptions: {
      displayRequestDuration: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0,
      docExpansion: 'list',
    },
  });
  return adapter.getInstance<Pages>();
}
