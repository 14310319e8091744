import { applyDecorators, Get, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import type { Scope } from '../config/access.settings.js';
import { Envelope } from '../envelope/envelope.js';
import { ApiEnvelope } from '../envelope/envelope.decorators.js';
import type { ErrorKind } from '../envelope/kinds.js';
import { FormClaimInterceptor } from '../idempotency/form-claim.interceptor.js';
import { ApiIdempotencyKey, IDEMPOTENCY_ERRORS } from '../idempotency/idempotency.decorators.js';
import { RequireScope } from '../inbound/access.guard.js';
import { JsonBody, MultipartBody } from '../inbound/body.guard.js';
import type { JsonBodyOptions } from '../inbound/json-body.js';
import { KnownQuery } from '../inbound/known-query.js';
import {
  ApiBody,
  ApiConsumes,
  ApiExtension,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '../openapi/openapi.decorators.js';
import { SEND_QUERY } from './call-options.js';
import { rootMessageCatalog, rootMessageSchema } from './message-field.js';
import { OVERLONG_POLICIES } from './overlong/long-text.js';
import type { Operation, OperationEffect } from './provider.contract.js';

/** Scope that a route needs, by what its operation does. */
const SCOPE_BY_EFFECT: Readonly<Record<OperationEffect, Scope>> = {
  send: 'send',
  manage: 'send',
  upload: 'send',
  read: 'read',
};

/** Failures that every provider route can have. */
export const COMMON_ERRORS: readonly ErrorKind[] = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'rejected',
  'throttled',
  'provider-throttled',
  'provider-quota',
  'credentials',
  'permission',
  'ip-not-allowed',
  'provider-unavailable',
  'outcome-unknown',
  'unavailable',
  'internal',
];

/** Failures that every POST has beside them. */
export const POST_ERRORS: readonly ErrorKind[] = [...IDEMPOTENCY_ERRORS, 'too-large', 'unsupported-media'];

/** What surrounds the file in a multipart body, bytes at most. */
const MULTIPART_OVERHEAD = 16 * 1024;

interface RouteOptions {
  readonly provider: string;
  readonly path: string;
  readonly scope?: Scope;
}

export interface PostRouteOptions extends RouteOptions {
  /** Limits of the JSON body. */
  readonly body?: Partial<JsonBodyOptions>;
}

/** A route that takes a JSON body: method, body rules, scope and the whole OpenAPI entry, in one decorator. */
export function PostRoute(operation: Operation, options: PostRouteOptions): MethodDecorator {
  const examples = Object.fromEntries(
    operation.examples.map(({ name, summary, input }) => [
      name,
      { summary: `${summary.zh} / ${summary.en}`, value: input },
    ]),
  );
  return applyDecorators(
    Post(options.path),
    HttpCode(200),
    JsonBody(options.body ?? {}),
    ...(operation.effect === 'send' ? [sendOptions(operation)] : senderOnly(operation)),
    apiBody(operation, operation.examples.length > 0 ? { examples } : {}),
    ApiIdempotencyKey(),
    documented(operation, options, POST_ERRORS),
  );
}

/** A route that takes query parameters, named here because any other is refused. */
export function GetRoute(
  operation: Operation,
  options: RouteOptions & { readonly query: readonly string[] },
): MethodDecorator {
  return applyDecorators(Get(options.path), KnownQuery(...options.query), documented(operation, options, []));
}

export interface UploadRouteOptions extends RouteOptions {
  /** Name of the form field with the file. */
  readonly field: string;
  /** Largest file the platform takes, bytes; the configuration may allow less. */
  readonly maxBytes: number;
}

/** A route that takes a file as multipart/form-data. */
export function UploadRoute(operation: Operation, options: UploadRouteOptions): MethodDecorator {
  return applyDecorators(
    Post(options.path),
    HttpCode(200),
    MultipartBody(options.maxBytes + MULTIPART_OVERHEAD),
    UseInterceptors(
      FileInterceptor(options.field, {
        defParamCharset: 'utf8',
        limits: {
          fileSize: options.maxBytes,
          files: 1,
          fields: 16,
          parts: 17,
          fieldSize: 4_096,
          fieldNameSize: 64,
          headerPairs: 32,
        },
      }),
      FormClaimInterceptor,
    ),
    ApiConsumes('multipart/form-data'),
    ApiBody({ type: operation.input }),
    ...senderOnly(operation),
    ApiIdempotencyKey(),
    documented(operation, options, POST_ERRORS),
  );
}

const OVERLONG = ApiQuery({
  name: 'overlong',
  required: false,
  schema: { type: 'string', enum: [...OVERLONG_POLICIES], default: 'reject' },
  description:
    '正文超长时：拒绝、截断并注明、拆分为多条。What to do with a text that is too long: refuse it, cut it with a notice, or send it as several messages.',
});

/** What every sending route takes beside its body; see docs/delivery.md. */
function sendOptions(operation: Operation): MethodDecorator {
  const text = { type: 'string' } as const;
  return applyDecorators(
    KnownQuery(
      ...SEND_QUERY,
      ...(operation.longText ? ['overlong'] : []),
      ...(operation.target === 'robot' ? ['robot'] : []),
    ),
    ...(operation.longText ? [OVERLONG] : []),
    ApiQuery({
      name: 'dryRun',
      required: false,
      schema: { type: 'boolean' },
      description: '只校验和渲染，不发送。Validates and renders, sends nothing.',
    }),
    ApiQuery({
      name: 'async',
      required: false,
      schema: { type: 'boolean' },
      description: '立即应答 202，后台投递。Answers 202 at once and delivers in the background.',
    }),
    ApiQuery({
      name: 'sendAt',
      required: false,
      schema: { ...text, format: 'date-time' },
      description: '定时发送（异步）。When to send.',
    }),
    ApiQuery({
      name: 'delay',
      required: false,
      schema: text,
      description: '延迟发送，秒或 3h20m（异步）。How long to wait before sending.',
    }),
    ApiQuery({
      name: 'ttl',
      required: false,
      schema: text,
      description: '到期后多久放弃（异步）。How long after its time it may still be sent.',
    }),
    ApiQuery({
      name: 'onUnknown',
      required: false,
      schema: { ...text, enum: ['resend', 'park'] },
      description: '结果未知时重发或搁置（异步）。What to do when the outcome is unknown.',
    }),
    ApiQuery({
      name: 'dedupe',
      required: false,
      schema: { ...text, enum: ['on', 'off'] },
      description: '让平台识别重发（异步）。Let the platform recognise a repeat.',
    }),
    ApiHeader({
      name: 'Prefer',
      required: false,
      schema: { ...text, enum: ['respond-async'] },
      description: '同 async=true。The same as async=true (RFC 7240).',
    }),
    ApiResponse({
      status: 202,
      description: 'Accepted for delivery; see the Location header.',
      schema: { $ref: getSchemaPath(Envelope) },
    }),
  );
}

/** Which robot, on a route that knows no other parameter. */
function senderOnly({ target }: Operation): readonly MethodDecorator[] {
  return target === 'robot' ? [KnownQuery('robot')] : [];
}

/** How the caller names the app or the robot. */
function senderParameters({ target }: Operation): readonly MethodDecorator[] {
  if (target === 'robot') {
    return [
      ApiQuery({
        name: 'robot',
        required: true,
        schema: { type: 'string' },
        description: '机器人名称（配置中的 robots）。Name of the robot in the configuration.',
      }),
    ];
  }
  return [
    ApiHeader({
      name: 'X-App',
      required: false,
      schema: { type: 'string' },
      description: '应用名称，缺省 default。Name of the app.',
    }),
    ApiQuery({ name: 'app', required: false, schema: { type: 'string' }, description: '同 X-App。The same as X-App.' }),
  ];
}

/** A message at the root of the body is documented as the DTO plus one of the messages. */
function apiBody(operation: Operation, extra: object): MethodDecorator {
  const catalog = rootMessageCatalog(operation.input);
  if (!catalog) return ApiBody({ type: operation.input, ...extra });
  return applyDecorators(
    ApiExtraModels(operation.input),
    ApiBody({ schema: rootMessageSchema(operation.input, catalog), ...extra }),
  );
}

function documented(operation: Operation, options: RouteOptions, errors: readonly ErrorKind[]): MethodDecorator {
  const { title, data } = operation;
  return applyDecorators(
    RequireScope(options.scope ?? SCOPE_BY_EFFECT[operation.effect]),
    ApiOperation({
      operationId: `${options.provider}.${operation.id}`,
      summary: `${title.zh} · ${title.en}`,
      externalDocs: { url: operation.source },
    }),
    ApiExtension('x-provider', options.provider),
    ApiExtension('x-operation', operation.id),
    ...senderParameters(operation),
    ApiEnvelope({ data, description: title.en, errors: [...COMMON_ERRORS, ...errors] }),
  );
}
