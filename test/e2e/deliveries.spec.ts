import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey, hashApiKey } from '../../src/inbound/api-key.js';
import { asked, prepareExample, sendingRoutes } from '../support/sending-routes.js';
import {
  aWeComText,
  NOTICE,
  startDeliveryWorld,
  WECOM,
  type DeliveryWorld,
  type DeliveryWorldOptions,
} from '../support/delivery-world.js';
import { aNotice } from '../support/dingtalk.js';
import { call, post } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const ID = /^dlv_[a-z2-7]{26}$/;

describe.each(['memory', 'redis'] as const)('asynchronous sending over %s', (kind) => {
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    if (kind === 'redis') redis = await startRedis();
  });
  afterAll(() => redis?.close());

  const start = (options: DeliveryWorldOptions = {}): Promise<DeliveryWorld> => {
    return startDeliveryWorld({ ...(redis === undefined ? {} : { redis }), ...options });
  };

  describe('every sending route', () => {
    it('answers Prefer: respond-async with 202, Location, Preference-Applied and a status URL, and delivers', async () => {
      const world = await start();
      const routes = await sendingRoutes(world);
      expect(routes.map(({ path }) => path)).toEqual([
        '/v1/dd/chat/send',
        '/v1/dd/robot/group/send',
        '/v1/dd/robot/oto/send',
        '/v1/dd/robot/send?robot=ops',
        '/v1/dd/topapi/message',
        '/v1/wecom/appchat/send',
        '/v1/wecom/message/send',
        '/v1/wecom/robot/send?robot=ops',
      ]);
      for (const route of routes) {
        prepareExample(world, route);
        const answer = await world.post(route.path, route.example, { Prefer: 'respond-async' });
        const { id, ...rest } = answer.body.data as { id: string };
        expect({ route: route.path, status: answer.status, ok: answer.body.ok }).toEqual({
          route: route.path,
          status: 202,
          ok: 1,
        });
        expect(id).toMatch(ID);
        expect(rest).toEqual({ status: 'accepted', statusUrl: `/v1/deliveries/${id}` });
        expect(answer.headers.get('location')).toBe(`/v1/deliveries/${id}`);
        expect(answer.headers.get('preference-applied')).toBe('respond-async');
        const { operation, provider } = await world.reaches(id, 'sent');
        expect({ operation, provider }).toEqual({ operation: route.operation, provider: route.provider });
      }
    });

    it('answers ?async=true with 202 as well', async () => {
      const world = await start();
      for (const route of await sendingRoutes(world)) {
        prepareExample(world, route);
        const answer = await world.post(asked(route, 'async=true'), route.example);
        expect({ route: route.path, status: answer.status }).toEqual({ route: route.path, status: 202 });
      }
    });

    it('asked for a dry run sends nothing and accepts nothing, asynchronous or not', async () => {
      const world = await start();
      for (const route of await sendingRoutes(world)) {
        for (const query of ['dryRun=true', 'dryRun=true&async=true&delay=60']) {
          const { status, body } = await world.post(asked(route, query), route.example);
          expect({ status, dryRun: (body.data as { dryRun: boolean }).dryRun }).toEqual({ status: 200, dryRun: true });
        }
      }
      expect(await world.list()).toEqual([]);
      // Tokens are fetched ahead by the gateway itself.
      const calls = [...world.dingtalk.ledger.calls(), ...world.wecom.ledger.calls()];
      expect(calls.map(({ path }) => path).filter((path) => !path.endsWith('/gettoken'))).toEqual([]);
    });

    it('without being asked to waits for the outcome, as ever', async () => {
      const world = await start();
      const { status, body, headers } = await world.post(NOTICE);
      expect({ status, data: typeof body.data, location: headers.get('location') }).toEqual({
        status: 200,
        data: 'number',
        location: null,
      });
      expect(await world.list()).toEqual([]);
    });

    it('refuses a message that is not valid before anything is accepted', async () => {
      const world = await start();
      const { status } = await world.post(`${NOTICE}?async=true`, aNotice({ msg: { msgtype: 'text', text: {} } }));
      expect(status).toBe(400);
      expect(await world.list()).toEqual([]);
    });

    it('answers 200 to a caller that wants 200 whatever happens, and delivers all the same', async () => {
      const world = await start({ settings: { 'envelope.httpStatus': 'always-200' } });
      const { status, body } = await world.post(`${NOTICE}?async=true`);
      expect({ status, ok: body.ok }).toEqual({ status: 200, ok: 1 });
      await world.reaches((body.data as { id: string }).id, 'sent');
    });
  });

  describe('GET /v1/deliveries/{id}', () => {
    it('tells state, times, the result of the platform and every attempt', async () => {
      const world = await start();
      const id = await world.accept();
      const view = await world.reaches(id, 'sent');
      const [message] = world.dingtalk.ledger.messages();
      expect(view).toMatchObject({
        id,
        status: 'sent',
        provider: 'dingtalk',
        app: 'default',
        operation: 'notice.send',
        possibleDuplicate: false,
        nextAttemptAt: null,
        result: Number(message?.id),
        attempts: [{ n: 1, result: 'sent', late: false, worker: expect.stringContaining(String(process.pid)) }],
      });
      for (const time of [view.acceptedAt, view.dueAt, view.finishedAt]) expect(Date.parse(String(time))).not.toBeNaN();
    });

    it('tells nothing of what was written in the message', async () => {
      const world = await start();
      const id = await world.accept('', aNotice({ msg: { msgtype: 'text', text: { content: 'quite private' } } }));
      await world.reaches(id, 'sent');
      expect((await world.get(`/v1/deliveries/${id}`)).text).not.toContain('quite private');
    });

    it('answers 404 to an id that is not there and to one that never was', async () => {
      const world = await start();
      for (const id of [`dlv_${'a'.repeat(26)}`, 'dlv_x', '7', '..%2F..']) {
        expect((await world.get(`/v1/deliveries/${id}`)).status).toBe(404);
      }
    });
  });

  describe('GET /v1/deliveries', () => {
    it('lists the newest first, in pages that a Link joins', async () => {
      const world = await start();
      const ids: string[] = [];
      for (let i = 0; i < 5; i += 1) ids.push(await world.accept('delay=60'));
      const seen: string[] = [];
      let next: string | undefined = '/v1/deliveries?limit=2';
      for (let pages = 0; next !== undefined && pages < 5; pages += 1) {
        const { body, headers } = await world.get(next);
        seen.push(...(body.data as { id: string }[]).map(({ id }) => id));
        next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      }
      // What was accepted in the same millisecond comes in any order, but always the same one.
      expect(seen.toSorted()).toEqual(ids.toSorted());
      expect(new Set(seen).size).toBe(5);
    });

    it('filters by provider, app, status and time', async () => {
      const world = await start();
      const sent = await world.acceptWeCom();
      await world.reaches(sent, 'sent');
      await new Promise((resolve) => setTimeout(resolve, 5));
      const waiting = await world.accept('delay=60');
      const accepted = (await world.view(waiting)).acceptedAt ?? '';
      const ids = async (query: string): Promise<string[]> => (await world.list(query)).map(({ id }) => id);
      expect(await ids('provider=wecom')).toEqual([sent]);
      expect(await ids('status=scheduled')).toEqual([waiting]);
      expect(await ids(`from=${accepted}`)).toEqual([waiting]);
      expect(await ids(`to=${accepted}`)).toEqual([sent]);
      expect(await ids('app=default')).toEqual([waiting, sent]);
      expect(await ids('app=ops')).toEqual([]);
    });

    it('refuses a filter, a limit or a cursor that it cannot read', async () => {
      const world = await start();
      const queries = ['status=done', 'limit=0', 'limit=201', 'from=yesterday', 'cursor=bm9uc2Vuc2U', 'limti=5'];
      for (const query of queries) {
        expect({ query, status: (await world.get(`/v1/deliveries?${query}`)).status }).toEqual({ query, status: 400 });
      }
    });
  });

  it('shows a caller the deliveries of its apps and no others', async () => {
    const [dd, all] = [createApiKey(), createApiKey()];
    const scopes = ['send', 'read', 'cancel', 'replay'];
    const world = await start({
      settings: {
        'access.apiKeys': [
          { id: 'dd', hash: hashApiKey(dd, ''), scopes, apps: ['dingtalk/*'] },
          { id: 'all', hash: hashApiKey(all, ''), scopes },
        ],
      },
    });
    const as = (key: string): Record<string, string> => ({ 'X-API-Key': key });
    const wecom = (await world.post(`${WECOM}?async=true&delay=60`, aWeComText(), as(all))).body.data as { id: string };
    await world.post(`${NOTICE}?async=true&delay=60`, aNotice(), as(all));
    const path = `/v1/deliveries/${wecom.id}`;
    expect((await world.get('/v1/deliveries', as(all))).body.data).toHaveLength(2);
    expect((await world.get('/v1/deliveries', as(dd))).body.data).toMatchObject([{ provider: 'dingtalk' }]);
    expect((await world.get(path, as(dd))).status).toBe(404);
    expect((await call(world.url + path, { method: 'DELETE', headers: as(dd) })).status).toBe(404);
    expect((await post(`${world.url}${path}/retry`, {}, { headers: as(dd) })).status).toBe(404);
    expect((await world.get(path, as(all))).status).toBe(200);
  });

  describe('DELETE /v1/deliveries/{id}', () => {
    it('cancels what waits, for good', async () => {
      const world = await start();
      const id = await world.accept('delay=600ms');
      const { status, body } = await world.cancel(id);
      expect({ status, state: (body.data as { status: string }).status }).toEqual({ status: 200, state: 'cancelled' });
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      expect((await world.view(id)).status).toBe('cancelled');
      expect(world.messageCount()).toBe(0);
    });

    it('answers 409 with the state when the message was sent', async () => {
      const world = await start();
      const id = await world.accept();
      await world.reaches(id, 'sent');
      const { status, body } = await world.cancel(id);
      expect({ status, kind: body.error?.kind, state: (body.data as { status: string }).status }).toEqual({
        status: 409,
        kind: 'conflict',
        state: 'sent',
      });
    });
  });

  it('tells nobody to repeat what a final state refuses', async () => {
    const world = await start();
    const sent = await world.accept();
    await world.reaches(sent, 'sent');
    const cancelled = await world.accept('delay=60');
    await world.cancel(cancelled);
    for (const id of [sent, cancelled]) {
      for (const answer of [await world.cancel(id), await world.replay(id)]) {
        expect({
          status: answer.status,
          error: answer.body.error,
          retryAfter: answer.headers.get('retry-after'),
        }).toMatchObject({
          status: 409,
          error: { kind: 'conflict', retryable: false, retryAfter: null },
          retryAfter: null,
        });
      }
    }
  });

  it('says when to repeat what only a passing state refuses', async () => {
    const world = await start();
    const { status, body, headers } = await world.replay(await world.accept('delay=60'));
    expect({ status, error: body.error, retryAfter: headers.get('retry-after') }).toMatchObject({
      status: 409,
      error: { kind: 'conflict', retryable: true, retryAfter: 1 },
      retryAfter: '1',
    });
  });
});
