import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '../openapi/openapi.decorators.js';
import { Envelope, FailureEnvelope } from './envelope.js';
import { KINDS, type ErrorKind } from './kinds.js';

/** JSON Schema of `data`, or a DTO class. */
export type DataSchema = Record<string, unknown> | (new () => object);

export interface EnvelopeDocs {
  readonly data: DataSchema;
  readonly description: string;
  readonly example?: unknown;
  readonly errors: readonly ErrorKind[];
}

/** Documents the answers of a route: the envelope around its data, and each status its failures can have. */
export function ApiEnvelope(docs: EnvelopeDocs): MethodDecorator & ClassDecorator {
  const { data } = docs;
  const schema = typeof data === 'function' ? { $ref: getSchemaPath(data) } : data;
  const byStatus = groupByStatus(docs.errors);
  return applyDecorators(
    ApiExtraModels(Envelope, FailureEnvelope, ...(typeof data === 'function' ? [data] : [])),
    ApiResponse({
      status: 200,
      description: docs.description,
      schema: {
        allOf: [{ $ref: getSchemaPath(Envelope) }, { type: 'object', properties: { data: schema } }],
        ...(docs.example === undefined
          ? {}
          : {
              example: {
                id: 1,
                ok: 1,
                code: 0,
                msg: '',
                data: docs.example,
                count: Array.isArray(docs.example) ? docs.example.length : 0,
              },
            }),
      },
    }),
    ...[...byStatus].map(([status, kinds]) =>
      ApiResponse({ status, description: describe(kinds), schema: { $ref: getSchemaPath(FailureEnvelope) } }),
    ),
  );
}

/** Documents the failures of a route with `@RawResponse()`: the sentence alone, as text. */
export function ApiPlainErrors(...errors: readonly ErrorKind[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...[...groupByStatus(errors)].map(([status, kinds]) =>
      ApiResponse({
        status,
        description: describe(kinds),
        content: { 'text/plain': { schema: { type: 'string', example: KINDS[kinds[0] as ErrorKind].sentence.zh } } },
      }),
    ),
  );
}

function describe(kinds: readonly ErrorKind[]): string {
  return kinds.map((kind) => `${kind}: ${KINDS[kind].sentence.zh}。${KINDS[kind].sentence.en}.`).join('\n\n');
}

function groupByStatus(kinds: readonly ErrorKind[]): Map<number, ErrorKind[]> {
  const groups = new Map<number, ErrorKind[]>();
  for (const kind of new Set(kinds)) {
    const { status } = KINDS[kind];
    groups.set(status, [...(groups.get(status) ?? []), kind]);
  }
  return groups;
}
