import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/config/access.settings.js';
import { Lifecycle } from '../../src/health/lifecycle.js';
import { bodyType, routesIn, type OpenApiDocument, type Route } from '../conformance/routes.js';
import { aKey, bearer } from '../support/api-keys.js';
import { call, post, startTestGateway, type TestGateway } from '../support/gateway.js';

const everything = aKey('everything', { scopes: SCOPES, apps: ['*'] });
/** No route of the document needs its scope. */
const nothing = aKey('nothing', { scopes: ['admin'] });
const usedUp = aKey('used-up', { scopes: SCOPES, limit: { requests: 1, seconds: 3_600 } });
const REPLAY = '/v1/deliveries/retry';

/** What a route answered, with the media type of it. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

describe('what a route answers is what the OpenAPI document says', () => {
  let gateway: TestGateway;
  let routes: readonly Route[];

  beforeAll(async () => {
    gateway = await startTestGateway({
      settings: {
        'access.apiKeys': [everything, nothing, usedUp].map(({ entry }) => entry),
        'messagesExternal.enabled': true,
      },
    });
    routes = routesIn((await call(`${gateway.url}/docs-json`)).body as unknown as OpenApiDocument);
    await call(`${gateway.url}/sys/check`, bearer(usedUp.key));
  });
  afterAll(() => gateway.close());

  const closed = (): readonly Route[] => routes.filter(({ entry }) => entry['x-scope'] !== undefined);
  const posts = (): readonly Route[] => routes.filter(({ method }) => method === 'POST');
  const route = (name: string): Route => routes.find((each) => nameOf(each) === name) as Route;
  const takesKey = ({ entry }: Route): boolean =>
    entry.parameters?.some(({ name }) => name === 'Idempotency-Key') === true;

  /** Asks the route for nothing in particular, with a body of its form. */
  async function ask(of: Route, key: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const type = bodyType(of);
    const body = type === undefined ? undefined : type === 'application/json' ? '{}' : new FormData();
    const answer = await call(urlOf(of), {
      method: of.method,
      ...(body === undefined ? {} : { body }),
      headers: {
        ...bearer(key).headers,
        ...(typeof body === 'string' ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
    });
    return { status: answer.status, type: mediaType(answer.headers.get('content-type')), text: answer.text };
  }

  /** Says that the body has so many bytes, and sends none. */
  function announce(of: Route, bytes: number): Promise<Answer> {
    const json = bodyType(of) === 'application/json';
    const headers = {
      ...bearer(everything.key).headers,
      'Content-Type': json ? 'application/json' : 'multipart/form-data; boundary=b',
      'Content-Length': bytes,
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest(urlOf(of), { method: of.method, headers }, (response) => {
        resolve({ status: response.statusCode ?? 0, type: mediaType(response.headers['content-type']), text: '' });
        request.destroy();
      });
      request.once('error', reject);
      request.flushHeaders();
    });
  }

  function urlOf({ path, entry }: Route): string {
    const robot = entry.parameters?.some(({ name }) => name === 'robot') === true;
    return `${gateway.url}${path.replace('{id}', 'dlv_none')}${robot ? '?robot=ops' : ''}`;
  }

  /** The routes that did not answer as expected, or as their entry says. */
  async function wrong(
    list: readonly Route[],
    asked: (of: Route) => Promise<Answer>,
    expected: readonly number[] = [],
  ): Promise<readonly string[]> {
    expect(list.length).toBeGreaterThan(0);
    const complaints: string[] = [];
    for (const each of list) {
      const { status, type } = await asked(each);
      if (expected.length > 0 && !expected.includes(status)) complaints.push(`${nameOf(each)} answers ${status}`);
      if (!documents(each, { status, type })) complaints.push(`${nameOf(each)} does not document ${status} ${type}`);
    }
    return complaints;
  }

  it('to a request without anything in it', async () => {
    expect(await wrong(routes, (of) => ask(of, everything.key))).toEqual([]);
  });

  it('to a key without the scope', async () => {
    expect(await wrong(closed(), (of) => ask(of, nothing.key), [403])).toEqual([]);
  });

  it('to a caller above its limit', async () => {
    const counted = closed().filter(({ path }) => path !== '/metrics');
    expect(await wrong(counted, (of) => ask(of, usedUp.key), [429])).toEqual([]);
  });

  it('to a wrong key, and to too many of them', async () => {
    expect(await wrong(closed(), (of) => ask(of, 'wrong'), [401, 429])).toEqual([]);
    const silent = closed().filter(({ entry }) => !('401' in entry.responses && '429' in entry.responses));
    expect(silent.map(nameOf)).toEqual([]);
  });

  it('to a body that is too long', async () => {
    expect(await wrong(posts(), (of) => announce(of, 1_000_000_000), [413])).toEqual([]);
  });

  it('to a body that is packed, or no form', async () => {
    const packed = { 'Content-Encoding': 'gzip' };
    const noForm = { 'Content-Type': 'text/plain' };
    const refused = (of: Route): Promise<Answer> =>
      ask(of, everything.key, bodyType(of) === 'application/json' ? packed : noForm);
    expect(await wrong(posts(), refused, [415])).toEqual([]);
  });

  it('to no body at all: refused wherever one is required, and nowhere else', async () => {
    const init = { method: 'POST', ...bearer(everything.key) };
    const refusing: string[] = [];
    for (const each of posts()) {
      if ([400, 415].includes((await call(urlOf(each), init)).status)) refusing.push(nameOf(each));
    }
    const requiring = posts().filter(({ entry }) => entry.requestBody?.required === true);
    expect(refusing.toSorted()).toEqual(requiring.map(nameOf).toSorted());
  });

  it('to an Idempotency-Key: read where it is documented, and nowhere else', async () => {
    const reading: string[] = [];
    for (const each of closed()) {
      const { text } = await ask(each, everything.key, { 'Idempotency-Key': 'two words' });
      if (text.includes('Idempotency-Key')) reading.push(nameOf(each));
    }
    expect(reading.toSorted()).toEqual(closed().filter(takesKey).map(nameOf).toSorted());
    expect(reading.toSorted()).toEqual(posts().map(nameOf).toSorted());
  });

  it('to a key that was used for another request, on a route that replays', async () => {
    const init = { headers: { ...bearer(everything.key).headers, 'Idempotency-Key': 'replay-1' } };
    const first = await post(`${gateway.url}${REPLAY}`, {}, init);
    expect(first.status).toBe(200);
    const repeated = await post(`${gateway.url}${REPLAY}`, {}, init);
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
    const other = await post(`${gateway.url}${REPLAY}`, { status: 'unknown' }, init);
    expect(other).toMatchObject({ status: 422, body: { error: { kind: 'key-reused' } } });
  });

  it('wherever a key is taken: every failure of a key, and of no key elsewhere', () => {
    const told = ({ entry }: Route): boolean =>
      ['400', '409', '422', '503', '504'].every((status) => status in entry.responses) &&
      JSON.stringify(entry.responses['422']).includes('key-reused');
    const taking = routes.filter(takesKey);
    expect(taking.filter((each) => !told(each)).map(nameOf)).toEqual([]);
    const others = routes.filter((each) => !takesKey(each));
    expect(others.filter(({ entry }) => JSON.stringify(entry).includes('key-reused')).map(nameOf)).toEqual([]);
    // That it is too late to cancel has nothing to do with a key.
    const conflicting = others.filter(({ entry }) => '409' in entry.responses).map(nameOf);
    expect(conflicting).toEqual(['DELETE /v1/deliveries/{id}']);
  });

  it('when it is not ready', async () => {
    const leaving = await startTestGateway();
    try {
      leaving.app.get(Lifecycle).drain();
      const { status, headers, body } = await call(`${leaving.url}/health/ready`);
      expect({ status, body }).toMatchObject({ status: 503, body: { status: 'error' } });
      for (const probe of ['GET /health/ready', 'GET /health/live']) {
        expect(documents(route(probe), { status, type: mediaType(headers.get('content-type')) }), probe).toBe(true);
      }
    } finally {
      await leaving.close();
    }
  });
});

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

function mediaType(contentType: string | null | undefined): string {
  return (contentType ?? '').split(';')[0] ?? '';
}

function documents({ entry }: Route, { status, type }: Omit<Answer, 'text'>): boolean {
  return entry.responses[String(status)]?.content?.[type] !== undefined;
}
