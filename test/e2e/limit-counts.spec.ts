import { describe, expect, it, onTestFinished } from 'vitest';
import { aNotice } from '../support/dingtalk.js';
import { aWeComText, NOTICE, startDeliveryWorld, WECOM } from '../support/delivery-world.js';
import { startRedis } from '../support/redis.js';

/** What the published limits are in this file: so few that a test meets them. */
const FEW = { 'providers.wecom.limits': { 'corp-api-minute': 2 } };

describe('counts of limits that the configuration has instead of the published ones', () => {
  it('hold for all apps of the provider, and an app may have its own', async () => {
    const app = {
      appKey: 'dingother',
      appSecret: 'other-secret-0123456789',
      agentId: 7,
      limits: { 'app-api-second': 60 },
    };
    const world = await startDeliveryWorld({
      settings: { 'providers.dingtalk.limits': { 'app-api-second': 40 }, 'providers.dingtalk.apps.other': app },
    });
    const perSecond = async (name: string): Promise<unknown> => {
      const { body } = await world.post(`${NOTICE}?dryRun=true&app=${name}`, aNotice());
      const { limits } = body.data as { limits: readonly { id: string; count: number }[] };
      return limits.find(({ id }) => id === 'app-api-second')?.count;
    };
    expect(await perSecond('default')).toBe(40);
    expect(await perSecond('other')).toBe(60);
  });

  it('are kept on the synchronous road where it enforces them', async () => {
    const world = await startDeliveryWorld({ settings: { ...FEW, 'limits.sync': 'enforce' } });
    const send = async (): Promise<number> => (await world.post(WECOM, aWeComText())).status;
    expect([await send(), await send(), await send()]).toEqual([200, 200, 429]);
    expect(world.messageCount()).toBe(2);
  });

  it('are waited for on the asynchronous road', async () => {
    const world = await startDeliveryWorld({ settings: FEW });
    const ids = [await world.acceptWeCom(), await world.acceptWeCom(), await world.acceptWeCom()];
    const views = () => Promise.all(ids.map((id) => world.view(id)));
    const states = async (): Promise<string[]> => (await views()).map(({ status }) => status).toSorted();
    await expect.poll(states).toEqual(['queued', 'sent', 'sent']);
    const waiting = (await views()).find(({ status }) => status === 'queued');
    expect(waiting?.pacedBy).toContain('corp-api-minute');
  });

  it('of a person and a day are counted for work notices too, above which nothing would be shown', async () => {
    const world = await startDeliveryWorld({ settings: { 'providers.dingtalk.limits': { 'notice-member-day': 1 } } });
    const first = await world.reaches(await world.accept(), 'sent');
    // There is no room before it would expire, so it is sent and says so.
    const second = await world.reaches(await world.accept(), 'sent');
    expect([first.mayBeDropped, second.mayBeDropped]).toEqual([false, true]);
    const others = aNotice({ userid_list: 'lisi' });
    expect(await world.reaches(await world.accept('', others), 'sent')).toMatchObject({ mayBeDropped: false });
  });

  it('are kept in Redis for whoever is named, half of a character pair included', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const world = await startDeliveryWorld({ redis });
    const id = await world.accept(
      '',
      JSON.stringify(aNotice({ userid_list: 'manager4220,X' })).replace('X', '\\ud800'),
    );
    await world.reaches(id, 'sent');
  });

  it('may be above the published ones', async () => {
    const world = await startDeliveryWorld({ settings: { 'providers.wecom.limits': { 'message-member-minute': 40 } } });
    const ids = await Promise.all(Array.from({ length: 31 }, () => world.acceptWeCom()));
    for (const id of ids) await world.reaches(id, 'sent');
  });
});
