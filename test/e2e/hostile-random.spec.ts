import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDERS } from '../support/providers.js';
import { routesIn, type OpenApiDocument } from '../conformance/routes.js';
import { HostileWorld } from '../hostile/hostile-world.js';
import { bearer } from '../support/api-keys.js';
import { call, post } from '../support/gateway.js';

/** Routes with a JSON body, as the document names them; read once, outside of the tests that it makes. */
const PATHS = await jsonRoutes();

/** Any JSON, with the names that mean something to JavaScript or to us among its members. */
const key = fc.oneof(
  fc.constantFrom('msg', 'msgtype', 'text', 'content', 'userid_list', 'touser', 'chatid', '__proto__', 'constructor'),
  fc.string(),
);
const anyJson = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });
const anyObject = fc.dictionary(key, anyJson, { maxKeys: 8 });

/** An example of the API in which one member, at any depth, became something else. */
const examples = PROVIDERS.flatMap(({ definition }) =>
  definition.operations.flatMap((operation) => operation.examples.map(({ input }) => input)),
);
const damagedExample = fc
  .record({
    example: fc.constantFrom(...examples),
    steps: fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }),
    value: anyJson,
  })
  .map(({ example, steps, value }) => damaged(JSON.parse(JSON.stringify(example)) as unknown, steps, value));

describe('any JSON', () => {
  let world: HostileWorld;

  beforeAll(async () => {
    world = await HostileWorld.start();
  });
  afterAll(() => world.close());

  it('sent to any route is answered below 500, 500 times', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), fc.oneof(anyJson, anyObject, damagedExample), async (path, body) => {
        const { status, text } = await post(world.gateway.url + path, body, bearer(world.key));
        expect(status, `${path} ${text}`).toBeLessThan(500);
      }),
      { numRuns: 500 },
    );
  });

  it('is a table of every route that takes JSON', () => {
    expect(PATHS.length).toBeGreaterThan(12);
  });
});

/** Replaces the member that the steps lead to. */
function damaged(node: unknown, steps: readonly number[], value: unknown): unknown {
  if (typeof node !== 'object' || node === null || steps.length === 0) return value;
  const names = Object.keys(node);
  const [step = 0, ...rest] = steps;
  const name = names[step % Math.max(1, names.length)];
  if (name === undefined) return value;
  const copy = { ...(node as Record<string, unknown>) };
  return { ...copy, [name]: damaged(copy[name], rest, value) };
}

async function jsonRoutes(): Promise<readonly string[]> {
  const world = await HostileWorld.start();
  try {
    const document = (await call(`${world.gateway.url}/docs-json`)).body as unknown as OpenApiDocument;
    return routesIn(document)
      .filter(({ method, path }) => method === 'POST' && !path.endsWith('/upload'))
      .map(({ path }) => path.replace('{id}', 'dlv_aaaaaaaaaaaaaaaaaaaaaaaaaa'));
  } finally {
    await world.close();
  }
}
