import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ALERT_KINDS } from '../../src/metrics/call-metrics.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { aNotice, startDingTalkWorld, type DingTalkWorld } from '../support/dingtalk.js';
import { call, post, startTestGateway } from '../support/gateway.js';
import { startRedis } from '../support/redis.js';
import { scrape } from '../support/scrape.js';

const NOTICE = { provider: 'dingtalk', app: 'default', operation: 'notice.send' };

interface AlertGroup {
  readonly rules: readonly {
    readonly expr: string;
    readonly annotations: { readonly summary?: string; readonly description?: string };
  }[];
}

async function startWorld(): Promise<DingTalkWorld> {
  const world = await startDingTalkWorld();
  onTestFinished(() => world.close());
  return world;
}

describe('GET /metrics about the service itself', () => {
  describe('the state of the service', () => {
    it('shows the age of tokens in use', async () => {
      const world = await startWorld();
      const age = async (): Promise<number | undefined> =>
        (await scrape(world.url)).value('token_age_seconds', { provider: 'dingtalk', app: 'default' });
      await world.notify();
      expect(await age()).toBeLessThanOrEqual(2);
    });

    it('follows the configuration, new apps included', async () => {
      const platform = await new DingTalkSimulator().start();
      const { apps, ...block } = platform.gatewayConfig() as { apps: Record<string, object> };
      const file = join(mkdtempSync(join(tmpdir(), 'message-center-metrics-')), 'config.json');
      const write = (names: readonly string[], more: object = {}): void => {
        const named = Object.fromEntries(names.map((name) => [name, apps.default]));
        writeFileSync(file, JSON.stringify({ providers: { dingtalk: { ...block, apps: named } }, ...more }));
      };
      write(['default']);
      const gateway = await startTestGateway({ file });
      onTestFinished(async () => {
        await gateway.close();
        await platform.close();
      });
      const state = async (): Promise<(number | undefined)[]> => {
        const metrics = await scrape(gateway.url);
        const ops = { ...NOTICE, app: 'ops', kind: 'ok' };
        return [
          metrics.value('config_version'),
          metrics.value('config_last_reload_successful'),
          metrics.value('provider_calls_total', ops),
        ];
      };
      expect(await state()).toEqual([1, 1, undefined]);
      write(['default'], { nonsense: true });
      await expect.poll(state, { timeout: 5_000 }).toEqual([1, 0, undefined]);
      write(['default', 'ops']);
      await expect.poll(state, { timeout: 5_000 }).toEqual([2, 1, 0]);
    });
  });

  describe('its description', () => {
    const file = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const namesIn = (text: string): string[] => [...new Set(text.match(/message_center_[a-z0-9_]*[a-z0-9]/g))];

    it('names every metric, and no other', async () => {
      const described = namesIn(file('docs/metrics.md')).filter(
        (name) => !/_bucket$|_(?:process|nodejs)(?:_|$)/.test(name),
      );
      const { text } = await scrape((await startWorld()).url);
      const there = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
      expect(described.toSorted()).toEqual(there.filter((name) => !/_(?:process|nodejs)_/.test(name)).toSorted());
    });

    it('has alerts that ask only for what is there', async () => {
      const served = await scrape((await startWorld()).url);
      const { text } = served;
      const alerts = file('docker/prometheus/alerts.yml');
      const missing = namesIn(alerts).filter((name) => !text.includes(`# TYPE ${name.replace(/_bucket$/, '')} `));
      expect(missing).toEqual([]);
      const kinds = [...alerts.matchAll(/kind=~?"([^"]+)"/g)].flatMap(([, kind = '']) => kind.split('|'));
      expect(kinds.filter((kind) => !(ALERT_KINDS as readonly string[]).includes(kind))).toEqual([]);
      const states = [...alerts.matchAll(/[{ ,]state=~?"([^"]+)"/g)].flatMap(([, state = '']) => state.split('|'));
      expect(states.filter((state) => served.value('deliveries', { state }) === undefined)).toEqual([]);
    });

    it('has alerts about deliveries, each with a reason to get up', () => {
      const { groups } = parse(file('docker/prometheus/alerts.yml')) as { groups: readonly AlertGroup[] };
      const rules = groups.flatMap((group) => group.rules);
      expect(rules.filter(({ annotations }) => !(annotations.summary && annotations.description))).toEqual([]);
      const asked = rules.map(({ expr }) => expr).join('\n');
      for (const state of ['dead', 'quarantined'])
        expect(asked).toMatch(new RegExp(`message_center_deliveries\\{state=~?"[^"]*\\b${state}\\b`));
      expect(asked).toContain('message_center_delivery_oldest_due_seconds');
      expect(asked).toContain('message_center_delivery_possible_duplicates_total');
    });
  });

  describe('the calls of the month', () => {
    let redis: Awaited<ReturnType<typeof startRedis>>;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.close());

    it('stand in /sys/status too', async () => {
      const world = await startWorld();
      await world.notify();
      const { calls } = (await call(`${world.url}/sys/status`)).body as unknown as { calls: Record<string, unknown> };
      expect(calls).toEqual({
        month: expect.stringMatching(/^\d{4}-\d\d$/),
        shared: false,
        calls: { 'dingtalk/default': 1 },
      });
    });

    it('are those of all replicas and survive restarts where there is Redis', async () => {
      const platform = await new DingTalkSimulator().start();
      onTestFinished(() => platform.close());
      const start = async (): Promise<Awaited<ReturnType<typeof startTestGateway>>> =>
        startTestGateway({ simulators: [platform], settings: { 'redis.url': redis.url } });
      const send = ({ url }: { url: string }): Promise<unknown> => post(`${url}/v1/dd/topapi/message`, aNotice());
      const [one, two] = await Promise.all([start(), start()]);
      await send(one);
      await send(two);
      await send(two);
      await Promise.all([one.close(), two.close()]);

      const three = await start();
      onTestFinished(() => three.close());
      await send(three);
      const metrics = await scrape(three.url);
      expect(metrics.value('provider_calls_month', { provider: 'dingtalk', app: 'default' })).toBe(4);
      expect(metrics.value('provider_calls_total', { ...NOTICE, kind: 'ok' })).toBe(1);
    });
  });
});
