import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import type { MessageCenterAdapter } from '../inbound/http-adapter.js';
import { loadSwagger } from './openapi.decorators.js';
import type { OpenApiService } from './openapi.service.js';

/** Where Swagger's pages are: the UI with its files, and the document in two notations. */
const PATHS = ['/docs', '/docs/*file', '/docs-json', '/docs-yaml'];

/** What contains the whole document. */
const DOCUMENTS = new Set(['/docs-json', '/docs-yaml', '/docs/swagger-ui-init.js']);

/** What an Express gives to every request and answer. */
interface Prototypes {
  request: object;
  response: object;
}

type Pages = (request: Request, response: Response, next: NextFunction) => void;

/** Serves the Swagger UI at /docs and the document at /docs-json. Both are made when they are first asked for. */
export function serveOpenApi(app: NestExpressApplication, openApi: OpenApiService): void {
  let pages: Pages | undefined;
  const ready = async (): Promise<Pages> => (pages ??= await pagesOf(app, await openApi.document()));
  // A failure is this request's alone: nobody waits for what is returned here.
  const serve: Pages = (request, response, next) => {
    ready().then((made) => made(request, response, next), next);
  };
  const adapter = app.getHttpAdapter() as MessageCenterAdapter;
  for (const path of PATHS) adapter.get(path, serve);
}

/** Swagger's own routes, in an Express of their own: that of the service takes no more routes once it listens. */
async function pagesOf(app: NestExpressApplication, document: OpenAPIObject): Promise<Pages> {
  const { SwaggerModule } = await loadSwagger();
  const adapter = new SwaggerAdapter();
  adapter.disable('x-powered-by');
  adapter.disable('etag');
  // Requests and answers stay those of the service, with its headers; also when no page is found.
  const { request, response } = app.getHttpAdapter().getInstance() as Prototypes;
  Object.assign(adapter.getInstance<Prototypes>(), { request, response });
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

type Page = (request: Request, response: Pick<Response, 'type' | 'send'>) => unknown;

/** Makes a document when it is first asked for, and sends it to everybody from one buffer. */
class SwaggerAdapter extends ExpressAdapter {
  override get(...route: unknown[]): unknown {
    const [path, page] = route as [string, Page];
    return super.get(path, DOCUMENTS.has(path) ? madeOnce(page) : page) as unknown;
  }
}

function madeOnce(page: Page): Page {
  let made: { readonly type: string; readonly body: Buffer } | undefined;
  return async (request, response) => {
    made ??= await written(page, request);
    response.type(made.type).send(made.body);
  };
}

/** What a page of Swagger would answer. */
async function written(page: Page, request: Request) {
  let type = '';
  let body = '';
  const response = {
    type: (given: string) => (type = given),
    send: (given: string) => (body = given),
  };
  await page(request, response as unknown as Response);
  return { type: `${type}; charset=utf-8`, body: Buffer.from(body) };
}
