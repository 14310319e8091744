import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { VERSION } from '../version.js';
import { loadSwagger } from './openapi.decorators.js';

const DESCRIPTION = `
统一的消息网关：其他程序通过它把消息发到钉钉和企业微信。每个 JSON 应答都是同一个信封，\`ok\` 为 1 表示成功；失败时 \`error.kind\` 说明种类，\`error.hint\` 说明办法。

One gateway through which other programs reach people in DingTalk and WeCom. Every JSON answer has the same envelope: \`ok\` is 1 on success; on failure \`error.kind\` says what sort it is and \`error.hint\` what to do.
`.trim();

/** The OpenAPI document of the whole service, built from the routes that are there. */
export async function openApiDocument(app: INestApplication): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await loadSwagger();
  const config = new DocumentBuilder()
    .setTitle('Message Center')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'API key, mck_…' }, 'bearer')
    .addApiKey({ type: 'apiKey', name: 'X-API-Key', in: 'header', description: 'API key, mck_…' }, 'apiKey')
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('apiKey')
    .build();
  return arranged(
    SwaggerModule.createDocument(app, config, {
      operationIdFactory: (controller, method) => `${controller}.${method}`,
    }),
  );
}

/** What people come for stands first: the providers' tags, then the rest. Routes that are open to all say so. */
function arranged(document: OpenAPIObject): OpenAPIObject {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path) as DocumentedOperation[]);
  for (const operation of operations) if (operation['x-scope'] === undefined) operation.security = [];
  const ofProviders = operations.filter((operation) => operation['x-provider'] !== undefined);
  const names = [...ofProviders, ...operations].flatMap(({ tags = [] }) => tags);
  return { ...document, tags: [...new Set(names)].map((name) => ({ name })) };
}

/** The members of an operation that are looked at here. */
interface DocumentedOperation {
  readonly tags?: readonly string[];
  security?: readonly object[];
  readonly 'x-provider'?: string;
  readonly 'x-scope'?: string;
}
