import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { createApiKey, hashApiKey } from '../../src/inbound/api-key.js';
import { aKey, bearer, inMilliseconds, type TestKey } from '../support/api-keys.js';
import { aNotice, startDingTalkWorld, type DingTalkWorld } from '../support/dingtalk.js';
import { call, startTestGateway, type TestAnswer, type TestGatewayOptions } from '../support/gateway.js';

interface ExampleSecret {
  readonly stringData: { readonly 'api-keys': string };
}

/** The tests' own address; as a trusted proxy it may speak for others. */
const TESTS = '127.0.0.1';

/** A platform with two apps behind a gateway that knows these keys. */
async function startWith(keys: readonly TestKey[], options: TestGatewayOptions = {}): Promise<DingTalkWorld> {
  const app = { name: 'default', appKey: 'key-of-default', appSecret: 'secret-of-default', agentId: 1 };
  const world = await startDingTalkWorld({
    dingtalk: { apps: [app, { name: 'ops', appKey: 'key-of-ops', appSecret: 'secret-of-ops', agentId: 2 }] },
    ...options,
    settings: { 'access.apiKeys': keys.map(({ entry }) => entry), ...options.settings },
  });
  onTestFinished(() => world.close());
  return world;
}

function check({ url }: { readonly url: string }, headers: Record<string, string> = {}): Promise<TestAnswer> {
  return call(`${url}/sys/check`, { headers });
}

async function statusOf(world: DingTalkWorld, key: string): Promise<number> {
  return (await check(world, bearer(key).headers)).status;
}

describe('an API key', () => {
  describe('is presented', () => {
    it.each([
      ['as Authorization: Bearer', (key: string) => ({ Authorization: `Bearer ${key}` })],
      ['in any case of the word Bearer', (key: string) => ({ authorization: `bEARER  ${key}` })],
      ['as X-API-Key', (key: string) => ({ 'X-API-Key': key })],
      ['as both, when they are the same', (key: string) => ({ Authorization: `Bearer ${key}`, 'X-API-Key': key })],
    ])('%s', async (_name, headers) => {
      const billing = aKey();
      const world = await startWith([billing]);
      expect((await world.notify(aNotice(), { headers: headers(billing.key) })).status).toBe(200);
    });

    it('as two different ones: 401, since nobody can tell which is meant', async () => {
      const [one, other] = [aKey('one'), aKey('other')];
      const world = await startWith([one, other]);
      expect((await check(world, { ...bearer(one.key).headers, 'X-API-Key': other.key })).status).toBe(401);
    });

    it.each(['api_key', 'apikey', 'key', 'access_token', 'token', 'X-API-Key', 'authorization'])(
      'never as the query parameter %s, and is not in the log then',
      async (name) => {
        const billing = aKey();
        const world = await startWith([billing]);
        expect((await call(`${world.url}/sys/check?${name}=${billing.key}`)).status).toBe(403);
        expect(world.gateway.logs.join('')).not.toContain(billing.key);
      },
    );
  });

  describe('is configured', () => {
    it('in MSG_API_KEYS, whole or as id:hash', async () => {
      const [whole, hashed] = [createApiKey(), createApiKey()];
      const gateway = await startTestGateway({ env: { MSG_API_KEYS: `${whole}, ops:${hashApiKey(hashed, '')}` } });
      onTestFinished(() => gateway.close());
      const answers = await Promise.all([whole, hashed].map((key) => check(gateway, bearer(key).headers)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    });

    it('in MSG_API_KEYS_FILE, with scopes, as the example of the secret writes them', async () => {
      const example = parse(readFileSync('docker/kubernetes/secret.example.yaml', 'utf8')) as ExampleSecret;
      const [ci, prometheus] = [createApiKey(), createApiKey()];
      const file = join(mkdtempSync(join(tmpdir(), 'message-center-api-keys-')), 'api-keys');
      const text = example.stringData['api-keys'];
      writeFileSync(
        file,
        text.replace('HASH_OF_CI', hashApiKey(ci, '')).replace('HASH_OF_PROMETHEUS', hashApiKey(prometheus, '')),
      );
      const gateway = await startTestGateway({ env: { MSG_API_KEYS_FILE: file } });
      onTestFinished(() => gateway.close());
      const metrics = [prometheus, ci].map((key) => call(`${gateway.url}/metrics`, bearer(key)));
      expect((await Promise.all(metrics)).map(({ status }) => status)).toEqual([200, 403]);
      expect((await call(`${gateway.url}/v1/providers`, bearer(ci))).status).toBe(200);
    });

    it('with a pepper: a hash made without it is worth nothing', async () => {
      const key = createApiKey();
      const entry = { id: 'peppered', hash: hashApiKey(key, 'pepper of the house') };
      const without = aKey('without');
      const world = await startWith([{ key, entry }, without], {
        settings: { 'access.pepper': 'pepper of the house', 'access.apiKeys': [entry, without.entry] },
      });
      expect([await statusOf(world, key), await statusOf(world, without.key)]).toEqual([200, 401]);
    });

    it('and this machine is no exception any more', async () => {
      const world = await startWith([aKey()]);
      expect(await check(world)).toMatchObject({ status: 403, text: '非法来访: 127.0.0.1' });
    });
  });

  describe('may do what its entry says', () => {
    it('by default: send and read, and not reach everybody', async () => {
      const billing = aKey();
      const world = await startWith([billing]);
      expect((await world.notify(aNotice(), bearer(billing.key))).status).toBe(200);
      expect(await statusOf(world, billing.key)).toBe(200);
      const everybody = await world.notify(aNotice({ to_all_user: true }), bearer(billing.key));
      expect(everybody).toMatchObject({ status: 403, body: { error: { kind: 'forbidden' } } });
      expect((await call(`${world.url}/metrics`, bearer(billing.key))).status).toBe(403);
    });

    it('with broadcast: reach everybody', async () => {
      const all = aKey('all', { scopes: ['send', 'broadcast'] });
      const world = await startWith([all]);
      expect((await world.notify(aNotice({ to_all_user: true }), bearer(all.key))).status).toBe(200);
    });

    it.each([
      [['dingtalk/ops'], { ops: 200, default: 403 }],
      [['dingtalk/*'], { ops: 200, default: 200 }],
      [['wecom/*'], { ops: 403, default: 403 }],
      [[], { ops: 403, default: 403 }],
    ])('with the apps %j: just those', async (apps, expected) => {
      const ops = aKey('ops', { apps });
      const world = await startWith([ops]);
      for (const [app, status] of Object.entries(expected)) {
        const { headers } = bearer(ops.key);
        expect((await world.notify(aNotice(), { headers: { ...headers, 'X-App': app } })).status, app).toBe(status);
      }
    });

    it('from its addresses alone: 403 from elsewhere, and where the address cannot be judged', async () => {
      const office = aKey('office', { allow: ['10.0.0.0/8', '2001:db8::/32'] });
      const world = await startWith([office], { settings: { 'server.trustProxy': [TESTS] } });
      const from = async (address: string): Promise<number> =>
        (await check(world, { ...bearer(office.key).headers, 'X-Forwarded-For': address })).status;
      expect(await Promise.all(['10.9.8.7', '2001:db8::1', '203.0.113.9', 'unknown'].map(from))).toEqual([
        200, 200, 403, 403,
      ]);
      expect(await statusOf(world, office.key)).toBe(403);
    });

    it('with the HTTP status that its caller is used to', async () => {
      const old = aKey('old', { httpStatus: 'always-200' });
      const world = await startWith([old]);
      const answer = await world.notify(aNotice({ msg: {} }), bearer(old.key));
      expect(answer).toMatchObject({ status: 200, body: { ok: 0, error: { kind: 'invalid-request' } } });
    });
  });

  describe('ends', () => {
    it('at expiresAt', async () => {
      const brief = aKey('brief', { expiresAt: inMilliseconds(500) });
      const world = await startWith([brief]);
      expect(await statusOf(world, brief.key)).toBe(200);
      await expect.poll(() => statusOf(world, brief.key), { timeout: 3_000, interval: 100 }).toBe(401);
    });

    it('after a rotation: both secrets are good until previousUntil, then the new one alone', async () => {
      const [before, after] = [aKey('rotated'), aKey('rotated')];
      const { hash } = before.entry;
      const entry = { ...after.entry, previousHash: hash, previousUntil: inMilliseconds(500) };
      const world = await startWith([{ key: after.key, entry }]);
      expect([await statusOf(world, before.key), await statusOf(world, after.key)]).toEqual([200, 200]);
      await expect.poll(() => statusOf(world, before.key), { timeout: 3_000, interval: 100 }).toBe(401);
      expect(await statusOf(world, after.key)).toBe(200);
    });
  });

  describe('that is not valid', () => {
    it.each([
      ['a wrong one', createApiKey()],
      ['nothing', ''],
      ['no key at all', 'letmein'],
      ['one with a typo', `${createApiKey().slice(0, -1)}!`],
      ['10 kB', `mck_live_${'x'.repeat(10_000)}`],
    ])('is never excused by the address it comes from: %s', async (_name, key) => {
      const world = await startWith([aKey()], { settings: { 'access.allow': [TESTS] } });
      expect((await check(world)).status).toBe(200);
      expect((await check(world, { 'X-API-Key': key })).status).toBe(401);
    });

    it('is 401 even where nothing is configured', async () => {
      const world = await startWith([]);
      expect([(await check(world)).status, await statusOf(world, createApiKey())]).toEqual([200, 401]);
    });

    it('gets the same answer whatever is wrong with it, but for the id of the request', async () => {
      const [good, revoked] = [aKey('good'), aKey('revoked', { revoked: true })];
      const expired = aKey('expired', { expiresAt: '2020-01-01T00:00:00Z' });
      const replaced = aKey('replaced');
      const { hash } = replaced.entry;
      const rotated = { ...aKey('rotated').entry, previousHash: hash, previousUntil: '2020-01-01T00:00:00Z' };
      const world = await startWith([good, revoked, expired, { key: '', entry: rotated }]);
      const damaged = `${good.key.slice(0, -6)}000000`;
      const wrong = [createApiKey(), 'malformed', damaged, revoked.key, expired.key, replaced.key].map(bearer);
      const answers = await Promise.all(
        [...wrong, { headers: { Authorization: 'Basic YTpi' } }].map((init) => world.notify({}, init)),
      );
      const told = answers.map(({ status, text, headers }) => {
        const names = [...headers.keys()].filter((name) => name !== 'date').join();
        return `${status} ${names} ${text.replace(/"requestId":"[^"]+"/, '')}`;
      });
      expect(told[0]).toMatch(/^401 /);
      expect(new Set(told).size).toBe(1);
    });

    it('is counted: the 11th within a minute is 429 with Retry-After, while a valid key goes on', async () => {
      const billing = aKey();
      const world = await startWith([billing]);
      const statuses: number[] = [];
      for (let turn = 0; turn < 11; turn += 1) statuses.push(await statusOf(world, createApiKey()));
      const refused = await check(world, bearer(createApiKey()).headers);
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await statusOf(world, billing.key)).toBe(200);
    });

    it('is counted by the address behind a trusted proxy: one guesser does not shut out the others', async () => {
      const world = await startWith([aKey()], { settings: { 'server.trustProxy': [TESTS] } });
      const guess = async (address: string): Promise<number> =>
        (await check(world, { ...bearer(createApiKey()).headers, 'X-Forwarded-For': address })).status;
      for (let turn = 0; turn < 10; turn += 1) await guess('203.0.113.1');
      expect([await guess('203.0.113.1'), await guess('203.0.113.2')]).toEqual([429, 401]);
    });
  });

  it('is shown nowhere: not in answers, not in logs, not in the status', async () => {
    const [billing, stranger] = [aKey(), createApiKey()];
    const world = await startWith([billing], { logLevel: 'trace' });
    const answers = [
      await world.notify(aNotice(), bearer(billing.key)),
      await world.notify(aNotice({ msg: { msgtype: billing.key } }), bearer(billing.key)),
      await call(`${world.url}/v1/nowhere?key=${billing.key}`, { headers: { 'X-API-Key': stranger } }),
      await call(`${world.url}/sys/status`, bearer(billing.key)),
      await check(world, bearer(stranger).headers),
    ];
    const written = [...answers.map(({ text }) => text), ...world.gateway.logs].join('\n');
    for (const key of [billing.key, stranger]) expect(written).not.toContain(key);
    expect(written).not.toContain(String(billing.entry.hash));
    expect(written).toContain('"caller":"billing"');
  });
});
