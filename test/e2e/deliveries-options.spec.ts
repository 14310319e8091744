import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  aWeComText,
  NOTICE,
  startDeliveryWorld,
  WECOM,
  WECOM_CALL,
  type DeliveryWorld,
  type DeliveryWorldOptions,
} from '../support/delivery-world.js';
import { aNotice, NOTICE_CALL } from '../support/dingtalk.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { within } from '../support/within.js';

const inDays = (days: number): string => encodeURIComponent(new Date(Date.now() + days * 86_400_000).toISOString());

describe.each(['memory', 'redis'] as const)('options of asynchronous sending over %s', (kind) => {
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    if (kind === 'redis') redis = await startRedis();
  });
  afterAll(() => redis?.close());

  const start = (options: DeliveryWorldOptions = {}): Promise<DeliveryWorld> =>
    startDeliveryWorld({ ...(redis === undefined ? {} : { redis }), ...options });

  describe('when it is sent', () => {
    it('sendAt: not before its time, and soon after it', async () => {
      const world = await start();
      const due = Date.now() + 700;
      const id = await world.accept(`sendAt=${encodeURIComponent(new Date(due).toISOString())}`);
      expect(await world.view(id)).toMatchObject({ status: 'scheduled' });
      await world.reaches(id, 'sent');
      const at = Date.parse(world.dingtalk.ledger.messages()[0]?.at ?? '');
      expect(at - due).toBeGreaterThanOrEqual(-5);
      expect(at - due).toBeLessThan(within(1_000));
    });

    it('sendAt: a moment that is only just past is now', async () => {
      const world = await start();
      await world.reaches(await world.accept(`sendAt=${inDays(-30 / 86_400)}`), 'sent');
    });

    it('delay: so long after it was accepted', async () => {
      const world = await start();
      const id = await world.accept('delay=3h20m');
      const { status, dueAt, acceptedAt, nextAttemptAt } = await world.view(id);
      expect(status).toBe('scheduled');
      expect(Date.parse(String(dueAt)) - Date.parse(String(acceptedAt))).toBe(12_000_000);
      expect(nextAttemptAt).toBe(dueAt);
    });

    it('ttl: counted from the due time', async () => {
      const world = await start();
      const { dueAt, expiresAt } = await world.view(await world.accept('delay=1h&ttl=90'));
      expect(Date.parse(String(expiresAt)) - Date.parse(String(dueAt))).toBe(90_000);
    });

    it('ttl: what cannot be sent in its time expires and is not sent afterwards', async () => {
      const world = await start({ settings: { 'delivery.retry': ['5s'] } });
      world.dingtalk.faults.next({ kind: 'status', status: 503 }, { path: NOTICE_CALL });
      const id = await world.accept('ttl=700ms&onUnknown=resend');
      const { status } = await world.reaches(id, 'unknown').catch(() => world.reaches(id, 'expired', 100));
      expect(['expired', 'unknown']).toContain(status);
      expect(world.messageCount()).toBe(0);
    });

    it('ttl: 3 h 20 min unless the configuration says otherwise', async () => {
      const world = await start();
      const { dueAt, expiresAt } = await world.view(await world.accept('delay=1h'));
      expect(Date.parse(String(expiresAt)) - Date.parse(String(dueAt))).toBe(12_000_000);
    });

    it('media: refused beyond the three days that the platform keeps them', async () => {
      const world = await start();
      const image = aWeComText({ msgtype: 'image', image: { media_id: 'MEDIA_ID' }, text: undefined });
      const late = await world.post(`${WECOM}?async=true&sendAt=${inDays(3.1)}`, image);
      expect({ status: late.status, data: JSON.stringify(late.body.data) }).toEqual({
        status: 400,
        data: expect.stringContaining('query.sendAt'),
      });
      expect((await world.post(`${WECOM}?async=true&sendAt=${inDays(2.9)}`, image)).status).toBe(202);
      expect(await world.list()).toHaveLength(1);
    });
  });

  describe('a value that cannot be read', () => {
    const wrong = [
      `sendAt=${inDays(31)}`,
      `sendAt=${inDays(-1)}`,
      'sendAt=tomorrow',
      'sendAt=2027-01-31',
      'sendAt=2027-01-31T09:00:00',
      'sendAt=2027-02-31T09:00:00Z&sendAt=2027-02-31T09:00:00Z',
      `sendAt=${inDays(1)}&delay=60`,
      'delay=-5',
      'delay=31d',
      'delay=soon',
      'delay=721h',
      'ttl=8d',
      'ttl=-1',
      'ttl=',
      'onUnknown=retry',
      'dedupe=maybe',
      'dedupe=true',
      'delai=60',
    ];

    it('is refused with its name, and nothing is accepted', async () => {
      const world = await start();
      for (const query of wrong) {
        const { status, body } = await world.post(`${NOTICE}?async=true&${query}`);
        const name = query.slice(0, query.indexOf('='));
        expect({
          query,
          status,
          named: JSON.stringify(body.data).includes(`query.${name}`) || query.includes('&delay'),
        }).toEqual({
          query,
          status: 400,
          named: true,
        });
      }
      for (const query of ['async=1', 'async=TRUE', 'dryRun=yes']) {
        expect({ query, status: (await world.post(`${NOTICE}?${query}`)).status }).toEqual({ query, status: 400 });
      }
      expect(await world.list()).toEqual([]);
      expect(world.messageCount()).toBe(0);
    });

    it('sendAt: a day or a time that does not exist is refused as such', async () => {
      const world = await start();
      const soon = new Date(Date.now() + 5 * 86_400_000);
      const day = soon.toISOString().slice(0, 10);
      const month = (months: number): string =>
        new Date(Date.UTC(soon.getUTCFullYear(), months, 1)).toISOString().slice(0, 7);
      // The 31st of the next month that has 30 days would be read as the first of the month after it.
      const short = [3, 5, 8, 10, 15].find((at) => at >= soon.getUTCMonth()) ?? 3;
      const moments = [
        `${month(short)}-31T09:00:00Z`,
        `${month(13)}-30T09:00:00Z`,
        `${month(short)}-00T09:00:00Z`,
        `${day}T24:00:00Z`,
        `${day}T25:00:00%2B08:00`,
        `${day}T09:00:60Z`,
        `${day}T09:00:00%2B24:00`,
      ];
      for (const sendAt of moments) {
        const { status, body } = await world.post(`${NOTICE}?async=true&sendAt=${sendAt}`, undefined, {
          'Accept-Language': 'en',
        });
        expect({ sendAt, status, data: body.data }).toEqual({
          sendAt,
          status: 400,
          data: [{ path: 'query.sendAt', message: 'names a day or a time that does not exist' }],
        });
      }
      expect((await world.post(`${NOTICE}?async=true&sendAt=${day}t23:59:59.123456z`)).status).toBe(202);
      expect(await world.list()).toHaveLength(1);
    });

    it('is refused as well when it is not asked to be asynchronous at all', async () => {
      const world = await start();
      for (const query of [`sendAt=${inDays(1)}`, 'delay=5', 'ttl=60', 'onUnknown=park', 'dedupe=off']) {
        expect({ query, status: (await world.post(`${NOTICE}?${query}`)).status }).toEqual({ query, status: 400 });
      }
      expect(world.messageCount()).toBe(0);
    });
  });

  describe('when nobody knows what became of it', () => {
    const HASTY = { 'delivery.retry': ['100ms', '100ms'] };

    it('DingTalk: it is sent again, and says that it may be a duplicate', async () => {
      const world = await start({ settings: HASTY });
      world.dingtalk.faults.next({ kind: 'cut-after-read' }, { path: NOTICE_CALL });
      const { possibleDuplicate, attempts } = await world.reaches(await world.accept(), 'sent');
      expect({ possibleDuplicate, attempts: attempts.map(({ result }) => result) }).toEqual({
        possibleDuplicate: true,
        attempts: ['outcome-unknown', 'sent'],
      });
      expect(world.messageCount()).toBe(2);
    });

    it('onUnknown=park: it waits for a person, and is sent again only by one', async () => {
      const world = await start({ settings: HASTY });
      world.dingtalk.faults.next({ kind: 'cut-after-read' }, { path: NOTICE_CALL });
      const id = await world.accept('onUnknown=park');
      await world.reaches(id, 'unknown');
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(world.messageCount()).toBe(1);
      expect((await world.replay(id)).status).toBe(200);
      expect(await world.reaches(id, 'sent')).toMatchObject({
        possibleDuplicate: true,
        attempts: [{ n: 1 }, { n: 2 }],
      });
    });

    it('a message to everybody is parked by default', async () => {
      const world = await start({ settings: HASTY });
      const id = await world.accept('delay=1h', { to_all_user: true, msg: aNotice().msg });
      expect(await world.view(id)).toMatchObject({ onUnknown: 'park' });
    });

    it('WeCom: it is sent again with the same bytes, and people see it once', async () => {
      const world = await start({ settings: HASTY });
      world.wecom.faults.next({ kind: 'cut-after-read' }, { path: WECOM_CALL });
      const { possibleDuplicate } = await world.reaches(await world.acceptWeCom('onUnknown=park'), 'sent');
      expect(possibleDuplicate).toBe(true);
      const bodies = world.wecom.ledger.calls({ path: WECOM_CALL }).map(({ body }) => body);
      expect(bodies).toHaveLength(2);
      expect(new Set(bodies).size).toBe(1);
      expect(JSON.parse(String(bodies[0]))).toMatchObject({ enable_duplicate_check: 1 });
      expect(world.wecom.ledger.messages().map(({ shown }) => shown)).toEqual([true, false]);
    });

    it.each([
      ['lives longer than the platform recognises a repeat', 'ttl=7d', {}],
      ['may be sent a last time when that is over', 'ttl=4h', {}],
      ['would live longer when it is replayed', 'ttl=60', { 'delivery.ttl': '1d' }],
    ])('WeCom: what %s is parked, and carries the check all the same', async (_what, ttl, settings) => {
      const world = await start({ settings: { ...HASTY, ...settings } });
      world.wecom.faults.next({ kind: 'cut-after-read' }, { path: WECOM_CALL });
      const { attempts } = await world.reaches(await world.acceptWeCom(`onUnknown=park&${ttl}`), 'unknown');
      expect(attempts).toHaveLength(1);
      const [sent] = world.wecom.ledger.calls({ path: WECOM_CALL });
      expect(JSON.parse(String(sent?.body))).toMatchObject({ enable_duplicate_check: 1 });
    });

    it('WeCom: a longer life is no matter where the policy is to resend', async () => {
      const world = await start({ settings: HASTY });
      world.wecom.faults.next({ kind: 'cut-after-read' }, { path: WECOM_CALL });
      const { possibleDuplicate } = await world.reaches(await world.acceptWeCom('onUnknown=resend&ttl=7d'), 'sent');
      expect(possibleDuplicate).toBe(true);
    });

    it('WeCom: the same alert sent twice on purpose is seen twice', async () => {
      const world = await start();
      const alert = aWeComText();
      for (const id of [await world.acceptWeCom('', alert), await world.acceptWeCom('', alert)]) {
        await world.reaches(id, 'sent');
      }
      expect(world.wecom.ledger.messages().map(({ shown }) => shown)).toEqual([true, true]);
    });

    it.each([
      ['dedupe=off', 'dedupe=off', {}],
      ['a check of its own', '', { enable_duplicate_check: 0 }],
    ])('WeCom, %s: the request stays as the caller wrote it', async (_name, query, changes) => {
      const world = await start();
      await world.reaches(await world.acceptWeCom(query, aWeComText(changes)), 'sent');
      const [sent] = world.wecom.ledger.calls({ path: WECOM_CALL });
      const { enable_duplicate_check, duplicate_check_interval } = JSON.parse(sent?.body ?? '{}') as Record<
        string,
        unknown
      >;
      expect({ enable_duplicate_check, duplicate_check_interval }).toEqual(changes);
    });
  });
});

describe('a list of deliveries', () => {
  it.each([
    ['from=2026-99-99T00:00:00Z', 'from'],
    ['to=2026-11-31T00:00:00Z', 'to'],
    ['from=2026-11-01T00:00:00%2B99:99', 'from'],
    ['app=default&app=default', 'query.app'],
  ])('refuses %s instead of leaving it out', async (query, path) => {
    const world = await startDeliveryWorld();
    const { status, body } = await world.get(`/v1/deliveries?${query}`);
    expect(status).toBe(400);
    expect(body.data).toMatchObject([{ path }]);
  });
});
