import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/config/access.settings.js';
import { PROVIDERS } from '../support/providers.js';
import type { Operation } from '../../src/providers/provider.contract.js';
import type { Simulator } from '../../src/simulator/simulator.contract.js';
import type { Input } from '../conformance/providers.js';
import { callerRequest, routesIn, type OpenApiDocument, type Route } from '../conformance/routes.js';
import { aKey, bearer, type TestKey } from '../support/api-keys.js';
import { call, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';
import { aNotice } from '../support/dingtalk.js';

/** Routes that anybody may call, as docs/security.md lists them. */
const OPEN = ['GET /health/live', 'GET /health/ready', 'GET /heartbeat', 'GET /ping'];
/** Open as well, and about the API itself: they are not part of the document. */
const DOCS = /^GET \/docs(?:$|[-/])/;

const only = new Map(SCOPES.map((scope) => [scope, aKey(`only-${scope}`, { scopes: [scope] })]));
const allBut = new Map(
  SCOPES.map((scope) => [scope, aKey(`all-but-${scope}`, { scopes: SCOPES.filter((other) => other !== scope) })]),
);
const elsewhere = aKey('elsewhere', { scopes: SCOPES, apps: ['dingtalk/none', 'none/*'] });
const everything = aKey('everything', { scopes: SCOPES });

function keyFor(keys: ReadonlyMap<string, TestKey>, scope: Scope): string {
  const found = keys.get(scope);
  if (!found) throw new Error(`there is no scope ${scope}`);
  return found.key;
}

describe('who may call what', () => {
  let gateway: TestGateway;
  let simulators: readonly Simulator[];
  let routes: readonly Route[];
  /** A delivery of DingTalk's default app that waits for an hour. */
  let delivery: string;

  beforeAll(async () => {
    simulators = await Promise.all(PROVIDERS.map(async ({ definition }) => (await definition.simulator()).start()));
    const keys = [...only.values(), ...allBut.values(), elsewhere, everything];
    gateway = await startTestGateway({
      simulators,
      settings: {
        'access.apiKeys': keys.map(({ entry }) => entry),
        'messagesExternal.enabled': true,
        'limits.robots': 'observe',
      },
    });
    routes = routesIn((await call(`${gateway.url}/docs-json`)).body as unknown as OpenApiDocument);
  });
  afterAll(async () => {
    await gateway.close();
    await Promise.all(simulators.map((simulator) => simulator.close()));
  });

  const scopeOf = ({ entry }: Route): Scope | undefined => entry['x-scope'] as Scope | undefined;
  const closed = (): readonly Route[] => routes.filter((route) => scopeOf(route) !== undefined);
  const ofProviders = (): readonly Route[] => routes.filter(({ entry }) => entry['x-operation'] !== undefined);
  const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

  const operationOf = ({ entry }: Route): Operation | undefined =>
    PROVIDERS.find(({ definition }) => definition.id === entry['x-provider'])?.definition.operations.find(
      ({ id }) => id === entry['x-operation'],
    );

  /** A request that is right in everything but, perhaps, its caller. */
  async function ask(route: Route, key: string | undefined): Promise<TestAnswer> {
    const operation = operationOf(route);
    const input = (operation?.examples[0]?.input ?? {}) as Input;
    if (operation) {
      for (const simulator of simulators) {
        if (simulator.provider === route.entry['x-provider']) simulator.prepare?.(operation.id, input);
      }
    }
    const { path, init } = callerRequest(route, input);
    const headers = { ...(init.headers as Record<string, string>), ...(key === undefined ? {} : bearer(key).headers) };
    return call(gateway.url + path.replace('{id}', delivery), { ...init, headers });
  }

  async function newDelivery(): Promise<string> {
    const answer = await call(`${gateway.url}/v1/dd/topapi/message?delay=1h`, {
      method: 'POST',
      body: JSON.stringify(aNotice()),
      headers: bearer(everything.key).headers,
    });
    return (answer.body.data as { readonly id: string }).id;
  }

  /** What each of these routes answers, by name. */
  async function answers(
    list: readonly Route[],
    keyOf: (route: Route) => string | undefined,
  ): Promise<Record<string, number>> {
    const statuses: Record<string, number> = {};
    for (const route of list) {
      delivery = await newDelivery();
      statuses[nameOf(route)] = (await ask(route, keyOf(route))).status;
    }
    return statuses;
  }

  const all = (list: readonly Route[], status: number): Record<string, number> =>
    Object.fromEntries(list.map((route) => [nameOf(route), status]));

  it('the document names every route that is there', () => {
    const documented = new Set(routes.map(nameOf));
    const missing = registered(gateway).filter((name) => !documented.has(name) && !DOCS.test(name));
    expect(missing).toEqual([]);
  });

  it('every route names a scope of the closed list, but those that are open', () => {
    expect(
      routes
        .filter((route) => scopeOf(route) === undefined)
        .map(nameOf)
        .toSorted(),
    ).toEqual(OPEN);
    expect(closed().filter((route) => !SCOPES.includes(scopeOf(route) as Scope))).toEqual([]);
  });

  it('open routes answer without a caller', async () => {
    const open = routes.filter((route) => scopeOf(route) === undefined);
    expect(await answers(open, () => undefined)).toEqual(all(open, 200));
  });

  it('no caller: 403, since the address is not listed', async () => {
    expect(await answers(closed(), () => undefined)).toEqual(all(closed(), 403));
  });

  it('a key that nobody knows: 401, or 429 once it is guessing', async () => {
    const statuses = Object.values(await answers(closed(), () => aKey().key));
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect([...new Set(statuses.slice(10))]).toEqual([429]);
  });

  it('every scope but the right one: 403', async () => {
    expect(await answers(closed(), (route) => keyFor(allBut, scopeOf(route) as Scope))).toEqual(all(closed(), 403));
  });

  it('the right scope for another app: 403 from every route of a platform', async () => {
    expect(await answers(ofProviders(), () => elsewhere.key)).toEqual(all(ofProviders(), 403));
  });

  it('the right scope for another app: its deliveries are not there', async () => {
    const ofOne = routes.filter(({ path }) => path.startsWith('/v1/deliveries/{id}'));
    expect(ofOne.length).toBeGreaterThan(2);
    expect(await answers(ofOne, () => elsewhere.key)).toEqual(all(ofOne, 404));
    const list = await call(`${gateway.url}/v1/deliveries`, bearer(elsewhere.key));
    expect(list).toMatchObject({ status: 200, body: { data: [], count: 0 } });
  });

  it('the right scope for another app: replaying by filter touches nothing of others', async () => {
    const { path, init } = { path: '/v1/deliveries/retry', init: { method: 'POST', body: '{}' } };
    const headers = { ...bearer(elsewhere.key).headers, 'Content-Type': 'application/json' };
    expect((await call(gateway.url + path, { ...init, headers })).body.data).toEqual({ replayed: [], skipped: [] });
  });

  it('the right scope for another app: its providers show no app', async () => {
    const { body } = await call(`${gateway.url}/v1/providers`, bearer(elsewhere.key));
    expect((body.data as { readonly apps: unknown }[]).flatMap(({ apps }) => apps)).toEqual([]);
  });

  it('the right scope alone suffices: 200 from every route of a platform', async () => {
    expect(await answers(ofProviders(), (route) => keyFor(only, scopeOf(route) as Scope))).toEqual(
      all(ofProviders(), 200),
    );
  });

  it('the right scope alone suffices: no other route refuses it, and none fails', async () => {
    const others = closed().filter((route) => !ofProviders().includes(route));
    const statuses = await answers(others, (route) => keyFor(only, scopeOf(route) as Scope));
    const wrong = Object.entries(statuses).filter(([, status]) => status === 401 || status === 403 || status >= 500);
    expect(wrong).toEqual([]);
  });
});

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** Every route that the HTTP adapter really has, `METHOD /path/{id}` as the document writes it. */
function registered({ app }: TestGateway): string[] {
  const { router } = app.getHttpAdapter().getInstance() as unknown as { router: { stack: readonly Layer[] } };
  return router.stack.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {}).map(
      (method) => `${method.toUpperCase()} ${route?.path.replace(/:(\w+)/g, '{$1}') ?? ''}`,
    ),
  );
}
