import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DASHBOARD_PATH } from '../../src/delivery/queue/queue-dashboard.js';
import { aKey, bearer, type TestKey } from '../support/api-keys.js';
import { startDeliveryWorld, type DeliveryWorld } from '../support/delivery-world.js';
import { call, type TestAnswer } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const ADMIN = aKey('admin', { scopes: ['admin'] });
const SENDER = aKey('sender', { scopes: ['send', 'read', 'metrics'] });
const REVOKED = aKey('former', { scopes: ['admin'], revoked: true });
const EVERY_PAGE = ['', '/', '/api/queues', '/static/css/main.css', '/queue/anything'];

describe('the dashboard of the queue', () => {
  let redis: TestRedis;
  beforeAll(async () => (redis = await startRedis()));
  afterAll(() => redis.close());

  const start = (settings: Readonly<Record<string, unknown>>): Promise<DeliveryWorld> => {
    const apiKeys = [ADMIN, SENDER, REVOKED].map(({ entry }) => entry);
    return startDeliveryWorld({ redis, settings: { 'access.apiKeys': apiKeys, ...settings } });
  };
  const ask = (world: DeliveryWorld, page: string, who?: TestKey, method = 'GET'): Promise<TestAnswer> =>
    call(`${world.url}${DASHBOARD_PATH}${page}`, { method, ...(who === undefined ? {} : bearer(who.key)) });

  it('is not there unless it is asked for', async () => {
    const world = await start({});
    for (const page of EVERY_PAGE) expect((await ask(world, page, ADMIN)).status).toBe(404);
  });

  it('shows the queue to an administrator, and no page of it to anybody else', async () => {
    const world = await start({ 'delivery.dashboard': true });
    const answer = await ask(world, '/api/queues', ADMIN);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ queues: [{ readOnlyMode: true }] });
    const page = await ask(world, '', ADMIN);
    expect(page.text).toContain('<html');
    expect(page.headers.get('x-request-id')).not.toBeNull();
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    for (const page of EVERY_PAGE) {
      expect((await ask(world, page)).status).toBe(403);
      expect((await ask(world, page, SENDER)).status).toBe(403);
      expect((await ask(world, page, REVOKED)).status).toBe(401);
      expect((await ask(world, page, aKey('admin'))).status).toBe(401);
    }
  });

  it('changes nothing, whoever asks', async () => {
    const world = await start({ 'delivery.dashboard': true });
    const { queues } = JSON.parse((await ask(world, '/api/queues', ADMIN)).text) as { queues: { name: string }[] };
    const queue = `/api/queues/${encodeURIComponent(queues[0]?.name ?? '')}`;
    for (const deed of ['pause', 'empty', 'clean/completed', 'retry/failed'])
      expect((await ask(world, `${queue}/${deed}`, ADMIN, 'PUT')).status).toBe(405);
  });
});
