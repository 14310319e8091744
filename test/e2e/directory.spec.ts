import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { call, post, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { scrape } from '../support/scrape.js';

const ENGLISH = { headers: { 'Accept-Language': 'en' } };
const GETUSERID = '/cgi-bin/user/getuserid';

let numbers = 0;
/** A mobile number that nobody in the simulated companies has, and no test has used. */
function nobody(): string {
  numbers += 1;
  return `1391234${String(numbers).padStart(4, '0')}`;
}

describe('the directory', () => {
  let redis: TestRedis;
  let dingtalk: DingTalkSimulator;
  let wecom: WeComSimulator;
  /** Two replicas that share Redis, and one gateway that has none. */
  let replicas: readonly [TestGateway, TestGateway];
  let alone: TestGateway;

  beforeAll(async () => {
    redis = await startRedis();
    dingtalk = await new DingTalkSimulator({
      apps: [
        { name: 'default', appKey: 'dingall', appSecret: 'sim-secret-of-all-6hT2', agentId: 1 },
        { name: 'ops', appKey: 'dingops', appSecret: 'sim-secret-of-ops-9kQ4', agentId: 2, contactScope: [3] },
      ],
    }).start();
    wecom = await new WeComSimulator({ headcountLimit: 10_000 }).start();
    const start = (settings: Record<string, unknown>): Promise<TestGateway> =>
      startTestGateway({
        simulators: [dingtalk, wecom],
        settings: { 'providers.wecom.apps.ops.lookups.missesPerDay': 3, ...settings },
        logLevel: 'trace',
      });
    const shared = { 'redis.url': redis.url };
    replicas = await Promise.all([start(shared), start(shared)]);
    alone = await start({});
  });
  afterAll(async () => {
    await Promise.all([...replicas, alone].map((gateway) => gateway.close()));
    await Promise.all([dingtalk.close(), wecom.close(), redis.close()]);
  });
  beforeEach(() => {
    dingtalk.ledger.clear();
    wecom.ledger.clear();
  });

  const get = (path: string): Promise<TestAnswer> => call(alone.url + path, ENGLISH);
  const find = (gateway: TestGateway, provider: string, mobile: unknown, app = 'default'): Promise<TestAnswer> =>
    post(`${gateway.url}/v1/${provider}/user/by-mobile`, { mobile }, { headers: { ...ENGLISH.headers, 'X-App': app } });
  const asked = (): number => wecom.ledger.calls({ path: GETUSERID }).length;

  describe('lists', () => {
    it('departments and members of a large company come in one answer of WeCom, without pages', async () => {
      const department = Array.from({ length: 10_000 }, (_, id) => ({
        id,
        name: `部门 ${id}`,
        parentid: 1,
        order: id,
      }));
      wecom.faults.next(
        { kind: 'json', body: { errcode: 0, errmsg: 'ok', department } },
        { path: '/cgi-bin/department/list' },
      );
      expect((await get('/v1/wecom/department/list')).body).toMatchObject({ ok: 1, count: 10_000 });
      const userlist = Array.from({ length: 10_000 }, (_, n) => ({
        userid: `u${n}`,
        name: `员工 ${n}`,
        department: [2],
      }));
      wecom.faults.next(
        { kind: 'json', body: { errcode: 0, errmsg: 'ok', userlist } },
        { path: '/cgi-bin/user/simplelist' },
      );
      expect((await get('/v1/wecom/department/users?id=2')).body).toMatchObject({ ok: 1, count: 10_000 });
    });

    it('departments of DingTalk: those directly below, by default below the root', async () => {
      const { status, body } = await get('/v1/dd/department/list');
      expect(status).toBe(200);
      expect(body.count).toBe(2);
      expect(body.data).toEqual([
        { id: 2, name: '研发部', parentId: 1, create_dept_group: true, auto_add_user: true },
        { id: 3, name: '运维部', parentId: 1, create_dept_group: true, auto_add_user: true },
      ]);
      expect((await get('/v1/dd/department/list?id=21')).body).toMatchObject({ data: [], count: 0 });
    });

    it('people of DingTalk: page after page, each with the address of the next', async () => {
      const people: unknown[] = [];
      const pages: number[] = [];
      let path: string | undefined = '/v1/dd/department/users?id=3&limit=25&app=ops';
      while (path !== undefined) {
        const { body, headers } = await get(path);
        people.push(...(body.data as unknown[]));
        pages.push(body.count);
        const link = headers.get('link');
        path =
          link === null
            ? undefined
            : /^<(\/v1\/dd\/department\/users\?[^>]*app=ops[^>]*)>; rel="next"$/.exec(link)?.[1];
        if (link !== null) expect(path, link).toBeDefined();
      }
      expect(pages).toEqual([25, 25, 10]);
      expect(new Set(people.map((person) => JSON.stringify(person))).size).toBe(60);
      expect(people[0]).toEqual({ userid: 'user001', name: '员工001' });
    });

    it('departments and people of WeCom: all that the app sees, whole', async () => {
      const all = await get('/v1/wecom/department/list');
      expect(all.body).toMatchObject({
        count: 4,
        data: expect.arrayContaining([expect.objectContaining({ id: 21, name: '平台组', parentId: 2 })]),
      });
      const ids = (answer: TestAnswer): unknown[] => (answer.body.data as { id: number }[]).map(({ id }) => id);
      expect(ids(await get('/v1/wecom/department/list?app=ops'))).toEqual([2, 21]);
      expect(ids(await get('/v1/wecom/department/list?id=2'))).toEqual([2, 21]);
      expect((await get('/v1/wecom/department/users?id=2')).body).toMatchObject({
        count: 3,
        data: expect.arrayContaining([{ userid: 'zhangsan', name: '张三', department: [2] }]),
      });
    });

    it.each([
      ['/v1/dd/department/list?id=', 'id'],
      ['/v1/dd/department/list?id=root', 'id'],
      ['/v1/dd/department/list?id=0', 'id'],
      ['/v1/dd/department/list?id=2&id=3', 'id'],
      ['/v1/dd/department/list?dept_id=2', 'query.dept_id'],
      ['/v1/dd/department/users', 'query.id'],
      ['/v1/dd/department/users?id=2&limit=0', 'limit'],
      ['/v1/dd/department/users?id=2&limit=101', 'limit'],
      ['/v1/dd/department/users?id=2&limit=ten', 'limit'],
      ['/v1/dd/department/users?id=2&cursor=-1', 'cursor'],
      ['/v1/dd/department/users?id=2&page=2', 'query.page'],
      ['/v1/wecom/department/list?id=1.5', 'id'],
      ['/v1/wecom/department/users', 'query.id'],
      ['/v1/wecom/department/users?id=2&cursor=1', 'query.cursor'],
    ])('nothing for %s: 400 that names %s', async (path, member) => {
      const { status, body } = await get(path);
      expect(status).toBe(400);
      expect((body.data as { path: string }[]).map((complaint) => complaint.path).join()).toContain(member);
      expect([...dingtalk.ledger.calls(), ...wecom.ledger.calls()]).toEqual([]);
    });

    it.each([
      ['/v1/dd/department/users?id=2&app=ops', 50004, 'visibility'],
      ['/v1/dd/department/users?id=77', 60003, 'department tree'],
      ['/v1/wecom/department/users?id=3&app=ops', 60011, 'visible range'],
      ['/v1/wecom/department/list?id=77', 60123, 'department'],
    ])('%s: the refusal %i of the platform, with what to do', async (path, errcode, hint) => {
      const { status, body } = await get(path);
      expect(body.error).toMatchObject({ errcode, hint: expect.stringContaining(hint) });
      expect([422, 502]).toContain(status);
    });
  });

  describe('finds a person by mobile number', () => {
    it('in DingTalk and in WeCom, given as text or as a number', async () => {
      for (const [provider, mobile, userid] of [
        ['dd', '13800000001', 'zhangsan'],
        ['dd', 13800000001, 'zhangsan'],
        ['dd', '+852-51234567', 'lisi'],
        ['wecom', '13800000003', 'wangwu'],
      ] as const) {
        expect((await find(alone, provider, mobile)).body).toMatchObject({ ok: 1, data: { userid } });
      }
    });

    it.each([
      [''],
      ['abc'],
      ['1234'],
      ['138 0000 0001'],
      ['1'.repeat(33)],
      [{}],
      [['13800000001']],
      [null],
      [true],
      [1.5],
    ])('not by %j: 400, and the platform hears nothing', async (mobile) => {
      for (const provider of ['dd', 'wecom']) {
        const { status, body } = await find(alone, provider, mobile);
        expect(status).toBe(400);
        expect(body.data).toEqual([{ path: 'mobile', message: expect.any(String) }]);
      }
      expect(asked()).toBe(0);
    });

    it('not by an address, where a number would end up in logs', async () => {
      const mobile = nobody();
      const inAddress = await get(`/v1/wecom/user/by-mobile?mobile=${mobile}`);
      expect(inAddress.status).toBe(404);
      const inQuery = await post(`${alone.url}/v1/wecom/user/by-mobile?mobile=${mobile}`, { mobile: '13800000001' });
      expect(inQuery.status).toBe(400);
      expect(alone.logs.filter((line) => line.includes(mobile))).toEqual([]);
    });
  });

  describe('remembers whom the platform does not find', () => {
    it('on every replica, and says that it was remembered', async () => {
      const mobile = nobody();
      const first = await find(replicas[0], 'wecom', mobile);
      expect(first.body.error).toMatchObject({ kind: 'rejected', errcode: 46004 });
      expect(first.body.data).toContain('user no exist');

      for (const replica of [replicas[1], replicas[0]]) {
        const again = await find(replica, 'wecom', mobile);
        expect(again.status).toBe(422);
        expect(again.body.error).toMatchObject({
          kind: 'rejected',
          errcode: 46004,
          errmsg: expect.stringMatching(/^not found \(remembered since 20.+Z; the platform was not asked\)$/),
          hint: expect.stringContaining('not asked again before'),
        });
      }
      expect(asked()).toBe(1);
      const metrics = await scrape(replicas[1].url);
      expect(metrics.value('lookup_misses_total', { provider: 'wecom', app: 'default', from: 'memory' })).toBe(1);
    });

    it('for one app, not for another that may see more', async () => {
      const mobile = nobody();
      await find(replicas[0], 'wecom', mobile, 'ops');
      await find(replicas[0], 'wecom', mobile);
      expect(asked()).toBe(2);
    });

    it('without Redis in the memory of the process, in DingTalk too', async () => {
      const mobile = nobody();
      for (let time = 0; time < 3; time += 1) {
        expect((await find(alone, 'dd', mobile)).body.error).toMatchObject({ errcode: 60121 });
      }
      expect(dingtalk.ledger.calls({ path: '/topapi/v2/user/getbymobile' })).toHaveLength(1);
    });

    it('once, however many ask for the same person at once', async () => {
      const mobile = nobody();
      const answers = await Promise.all(Array.from({ length: 20 }, () => find(alone, 'wecom', mobile)));
      expect(new Set(answers.map(({ body }) => body.error?.errcode))).toEqual(new Set([46004]));
      expect(asked()).toBe(1);
    });

    it('but no hit and no failure: they are asked for again', async () => {
      await find(alone, 'wecom', '13800000001');
      await find(alone, 'wecom', '13800000001');
      expect(asked()).toBe(2);
      const mobile = nobody();
      wecom.faults.next({ kind: 'html' }, { path: GETUSERID });
      expect((await find(alone, 'wecom', mobile)).status).toBe(504);
      expect((await find(alone, 'wecom', mobile)).body.error?.errcode).toBe(46004);
      expect(asked()).toBe(4);
    });
  });

  describe('stops asking WeCom before it bars the company', () => {
    it('after so many misses of an app in a day, on all replicas together, however many ask at once', async () => {
      redis.flush();
      const answers = await Promise.all(
        Array.from({ length: 24 }, (_, index) => find(replicas[index % 2 === 0 ? 0 : 1], 'wecom', nobody(), 'ops')),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 422)).toHaveLength(3);
      expect(statuses.filter((status) => status === 429)).toHaveLength(21);
      expect(asked()).toBe(3);

      const refused = await find(replicas[1], 'wecom', nobody(), 'ops');
      expect(refused.body.error).toMatchObject({ kind: 'throttled', hint: expect.stringContaining('missesPerDay') });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_000);
      const by = { by: 'lookup-misses' };
      const refusals = await Promise.all(
        replicas.map(async ({ url }) => (await scrape(url)).value('throttled_total', by)),
      );
      expect(refusals.reduce((sum = 0, value = 0) => sum + value, 0)).toBe(22);
    });

    it('while the other app of the company may go on', async () => {
      expect((await find(replicas[0], 'wecom', '13800000001')).status).toBe(200);
    });

    it('without Redis each process for itself', async () => {
      const statuses: number[] = [];
      for (let time = 0; time < 5; time += 1) statuses.push((await find(alone, 'wecom', nobody(), 'ops')).status);
      expect(statuses).toEqual([422, 422, 422, 429, 429]);
      expect(asked()).toBe(3);
    });
  });

  it('the number stands in no log line, metric, answer or key of Redis, and no bare hash of it', async () => {
    const mobile = nobody();
    const body = JSON.stringify({ mobile });
    const headers = { 'Content-Type': 'application/json', 'X-App': 'default' };
    const said: string[] = [];
    for (const provider of ['dd', 'wecom']) {
      for (const key of ['directory-1', 'directory-2']) {
        const init = { method: 'POST', body, headers: { ...headers, 'Idempotency-Key': `${key}-${provider}` } };
        said.push((await call(`${replicas[0].url}/v1/${provider}/user/by-mobile`, init)).text);
      }
    }
    // The platform's words quote it.
    const words = `invalid mobile ${mobile}`;
    wecom.faults.next({ kind: 'code', errcode: 60103, errmsg: words }, { path: GETUSERID });
    await find(replicas[0], 'wecom', `+${mobile}`);
    said.push(...replicas[0].logs, (await scrape(replicas[0].url)).text, (await get('/sys/status')).text);
    const kept = redis.dump();

    expect([...said, kept].filter((text) => text.includes(mobile))).toEqual([]);
    expect(kept).toContain('{mc}:lookup:miss:');
    const fingerprints = [...kept.matchAll(/"fingerprint","([\w-]+)"/g)].map(([, fingerprint]) => fingerprint);
    expect(fingerprints.length).toBeGreaterThanOrEqual(4);
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
  });

  it('goes on while Redis is frozen', async () => {
    await find(replicas[0], 'wecom', '13800000001');
    redis.freeze();
    try {
      const mobile = nobody();
      expect((await find(replicas[0], 'wecom', '13800000001')).status).toBe(200);
      await find(replicas[0], 'wecom', mobile);
      expect((await find(replicas[0], 'wecom', mobile)).body.error?.errmsg).toContain('remembered');
    } finally {
      redis.thaw();
    }
  });
});
