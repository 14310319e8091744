import { describe, expect, it } from 'vitest';
import { KINDS, type ErrorKind } from '../../../src/envelope/kinds.js';
import { COMMON_ERRORS, POST_ERRORS } from '../../../src/providers/provider-route.js';
import type { Operation } from '../../../src/providers/provider.contract.js';
import { examplesOf } from '../providers.js';
import { bodySchema, bodyType, routesIn, type OpenApiDocument } from '../routes.js';
import { membersOf } from '../schemas.js';
import type { ConformanceWorld } from '../world.js';

const NAMELESS =
  'members are missing: perhaps two DTOs have one name, and one of them needs @ApiSchema({ name }) of its own';
/** By method: a POST has a body and may carry a key. */
const FAILURES: Readonly<Record<string, readonly ErrorKind[]>> = {
  GET: COMMON_ERRORS,
  POST: [...COMMON_ERRORS, ...POST_ERRORS],
};

/** A client that knows nothing but the document can call the operation. */
export function promisesAboutOpenApi(theWorld: () => ConformanceWorld, provider: string, operation: Operation): void {
  describe('is documented', () => {
    it('by id, tag, summary in both languages, source, scope and every status', () => {
      const { document } = theWorld();
      const { entry, method } = theWorld().route(operation.id);
      expect(entry).toMatchObject({
        operationId: `${provider}.${operation.id}`,
        summary: `${operation.title.zh} · ${operation.title.en}`,
        externalDocs: { url: operation.source },
        tags: [expect.stringMatching(/./)],
        'x-scope': expect.stringMatching(/./),
      });
      const ids = routesIn(document).map((route) => route.entry.operationId);
      expect(ids.filter((id) => id === entry.operationId)).toHaveLength(1);
      expect(Object.keys(entry.responses)).toEqual(expect.arrayContaining(['200', ...statusesOf(FAILURES[method])]));
      expect(entry.responses['200']?.content?.['application/json']?.schema).toMatchObject({
        allOf: expect.arrayContaining([expect.objectContaining({ properties: { data: expect.any(Object) } })]),
      });
    });

    it('with a schema that has every member of its examples, and with the examples', () => {
      const { document } = theWorld();
      const route = theWorld().route(operation.id);
      const type = bodyType(route);
      const known = [
        ...membersOf(bodySchema(route), document),
        ...(route.entry.parameters ?? []).map(({ name }) => name),
      ];
      for (const { input } of examplesOf(operation)) {
        expect(known, NAMELESS).toEqual(expect.arrayContaining(Object.keys(input)));
      }
      expect(danglingReferences(route.entry, document)).toEqual([]);
      if (type !== 'application/json') return;
      const shown = route.entry.requestBody?.content[type]?.examples;
      expect(Object.entries(shown ?? {}).map(([name, { value }]) => [name, value])).toEqual(
        examplesOf(operation).map(({ name, input }) => [name, JSON.parse(JSON.stringify(input))]),
      );
    });
  });
}

function statusesOf(kinds: readonly ErrorKind[] = []): readonly string[] {
  return kinds.map((kind) => String(KINDS[kind].status));
}

/** References of an operation to schemas that are not there. */
function danglingReferences(entry: unknown, document: OpenApiDocument): readonly string[] {
  return [...JSON.stringify(entry).matchAll(/"#\/components\/schemas\/([^"]+)"/g)]
    .map(([, name = '']) => name)
    .filter((name) => !Object.hasOwn(document.components.schemas, name));
}
