import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aKey, bearer } from '../support/api-keys.js';
import { aNotice, startDingTalkWorld, type DingTalkWorld } from '../support/dingtalk.js';
import { call, type TestAnswer } from '../support/gateway.js';

/** A page that a colleague opens can send requests from a listed address; only a key shows who is behind them. */
describe('a request that a browser sends', () => {
  const billing = aKey();
  let world: DingTalkWorld;

  beforeAll(async () => {
    world = await startDingTalkWorld({
      settings: { 'access.allow': ['127.0.0.1'], 'access.apiKeys': [billing.entry] },
    });
  });
  afterAll(() => world.close());

  const send = (headers: Record<string, string>): Promise<TestAnswer> => world.notify(aNotice(), { headers });

  const foreign: readonly [string, Record<string, string>][] = [
    ['for a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['for a page of the same site', { 'Sec-Fetch-Site': 'same-site' }],
    ['for whom the header has an unknown word', { 'Sec-Fetch-Site': 'elsewhere' }],
    ['with another Origin', { Origin: 'https://evil.example' }],
    ['with a secret Origin (sandboxed frames, files)', { Origin: 'null' }],
    ['with an Origin that is none', { Origin: 'not an origin' }],
    ['with our host and another port', { Origin: 'http://127.0.0.1:1' }],
    [
      'with one header that is good and one that is not',
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' },
    ],
  ];

  it.each(foreign)('%s: 403 without a key, and nothing is sent', async (_name, headers) => {
    world.platform.ledger.clear();
    expect(await send(headers)).toMatchObject({ status: 403, body: { error: { kind: 'forbidden' } } });
    expect(world.platform.ledger.messages()).toEqual([]);
  });

  it.each(foreign)('%s: 200 with a key', async (_name, headers) => {
    expect((await send({ ...headers, ...bearer(billing.key).headers })).status).toBe(200);
  });

  it.each(foreign)('%s: reading is refused as well', async (_name, headers) => {
    expect((await call(`${world.url}/v1/providers`, { headers })).status).toBe(403);
  });

  it.each([
    ['typed into the address bar', { 'Sec-Fetch-Site': 'none' }],
    ['for a page of ours', { 'Sec-Fetch-Site': 'same-origin' }],
  ])('%s: 200', async (_name, headers) => {
    expect((await send(headers)).status).toBe(200);
  });

  it('for “Try it out” of the Swagger UI: 200', async () => {
    expect((await call(`${world.url}/docs`)).text).toContain('swagger-ui');
    const headers = { 'Sec-Fetch-Site': 'same-origin', Origin: world.url, Referer: `${world.url}/docs` };
    expect((await send(headers)).status).toBe(200);
  });

  it('is not allowed by CORS: no answer has a header that lets a page read it', async () => {
    const answers = [
      await call(`${world.url}/v1/dd/topapi/message`, {
        method: 'OPTIONS',
        headers: { Origin: 'https://evil.example' },
      }),
      await send({ Origin: 'https://evil.example' }),
    ];
    const names = answers.flatMap(({ headers }) => [...headers.keys()]);
    expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});
