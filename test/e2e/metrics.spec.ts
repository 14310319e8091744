import { describe, expect, it, onTestFinished } from 'vitest';
import { createApiKey, hashApiKey } from '../../src/inbound/api-key.js';
import { ALERT_KINDS } from '../../src/metrics/call-metrics.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { PROVIDERS } from '../support/providers.js';
import { DEFAULT_APPS, DEFAULT_CORP_ID, WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { aNotice, aText, NOTICE_CALL, startDingTalkWorld, tokensOf, type DingTalkWorld } from '../support/dingtalk.js';
import { call, post, startTestGateway } from '../support/gateway.js';
import { scrape } from '../support/scrape.js';

const NOTICE = { provider: 'dingtalk', app: 'default', operation: 'notice.send' };

async function startWorld(settings: Readonly<Record<string, unknown>> = {}): Promise<DingTalkWorld> {
  const world = await startDingTalkWorld({ settings });
  onTestFinished(() => world.close());
  return world;
}

describe('GET /metrics', () => {
  describe('the answer', () => {
    it('is plain Prometheus text, whatever the envelope and the documentation are set to', async () => {
      const { url } = await startWorld({ 'envelope.httpStatus': 'always-200', 'docs.enabled': false });
      const answer = await call(`${url}/metrics`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain;.*version=0\.0\.4/);
      expect(answer.text).toMatch(/^# HELP message_center_/);
      const names = (await scrape(url)).samples.map(({ name }) => name);
      expect(names.filter((name) => !name.startsWith('message_center_'))).toEqual([]);
    });

    it('holds the metrics of the process and of the build', async () => {
      const metrics = await scrape((await startWorld()).url);
      expect(metrics.value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
      expect(metrics.value('nodejs_eventloop_lag_p99_seconds')).toBeDefined();
      expect(metrics.value('build_info', { node: process.version })).toBe(1);
      expect(metrics.value('workers')).toBe(1);
    });

    it('needs the scope metrics', async () => {
      const key = createApiKey('test');
      const other = createApiKey('test');
      const { url } = await startWorld({
        'access.apiKeys': [
          { id: 'prometheus', hash: hashApiKey(key, ''), scopes: ['metrics'] },
          { id: 'sender', hash: hashApiKey(other, ''), scopes: ['send', 'read'] },
        ],
      });
      const as = async (token?: string): Promise<number> =>
        (await call(`${url}/metrics`, { headers: token === undefined ? {} : { 'X-API-Key': token } })).status;
      expect([await as(), await as(other), await as(key)]).toEqual([403, 403, 200]);
    });

    it('comes while its caller is over the limit', async () => {
      const { url } = await startWorld({ 'limits.caller': { requests: 2, seconds: 60 } });
      const answers = [];
      for (let request = 0; request < 5; request += 1) answers.push((await call(`${url}/sys/check`)).status);
      expect(answers).toEqual([200, 200, 429, 429, 429]);
      expect((await scrape(url)).value('throttled_total', { by: 'caller' })).toBe(3);
    });
  });

  describe('before anything was sent', () => {
    it('has a zero for every operation of every configured app', async () => {
      const platforms = await Promise.all([new DingTalkSimulator().start(), new WeComSimulator().start()]);
      const gateway = await startTestGateway({ simulators: platforms });
      onTestFinished(async () => {
        await gateway.close();
        await Promise.all(platforms.map((platform) => platform.close()));
      });
      const metrics = await scrape(gateway.url);
      for (const { provider } of platforms) {
        const operations = PROVIDERS.find(({ definition }) => definition.id === provider)?.definition.operations ?? [];
        expect(operations.length).toBeGreaterThan(3);
        for (const { id: operation, target } of operations) {
          const series = { provider, app: target === 'robot' ? 'robots/ops' : 'default', operation };
          for (const kind of ALERT_KINDS) expect(metrics.value('provider_calls_total', { ...series, kind })).toBe(0);
          expect(metrics.value('provider_call_seconds_count', { provider, operation })).toBe(0);
        }
        expect(metrics.value('provider_calls_month', { provider, app: 'default' })).toBe(0);
        expect(metrics.value('token_fetches_total', { provider, app: 'default', result: 'credentials' })).toBe(0);
      }
      for (const by of ['caller', 'key-failure', 'in-flight', 'provider', 'provider-quota'])
        expect(metrics.value('throttled_total', { by })).toBe(0);
    });
  });

  describe('calls to a platform', () => {
    it('are counted by what they came to', async () => {
      const world = await startWorld();
      const { faults } = world.platform;
      await world.notify();
      await world.notify();
      faults.next({ kind: 'code', errcode: 34014, errmsg: 'refused' });
      await world.notify();
      faults.next({ kind: 'code', errcode: 45009, errmsg: 'too many' });
      await world.notify();
      faults.next({ kind: 'cut-after-read' });
      await world.notify();

      const metrics = await scrape(world.url);
      const kinds = Object.fromEntries(
        metrics.samples
          .filter(({ name, labels }) => name.endsWith('provider_calls_total') && labels.operation === NOTICE.operation)
          .map(({ labels, value }) => [labels.kind, value]),
      );
      expect(kinds).toMatchObject({
        ok: 2,
        rejected: 1,
        'provider-throttled': 1,
        'outcome-unknown': 1,
        credentials: 0,
      });
      const { provider, app, operation } = NOTICE;
      expect(metrics.value('provider_call_seconds_count', { provider, operation })).toBe(5);
      expect(metrics.value('provider_call_seconds_bucket', { provider, operation, le: '+Inf' })).toBe(5);
      expect(metrics.value('throttled_total', { by: 'provider' })).toBe(1);
      expect(metrics.value('provider_calls_in_flight', { provider, app })).toBe(0);
      expect(metrics.value('provider_calls_month', { provider, app })).toBe(5);
    });

    it('that reached only some are partial', async () => {
      const platform = await new WeComSimulator().start();
      const gateway = await startTestGateway({ simulators: [platform] });
      onTestFinished(async () => {
        await gateway.close();
        await platform.close();
      });
      const answer = await post(`${gateway.url}/v1/wecom/message/send`, { touser: 'zhangsan|nobody', ...aText() });
      expect(answer.status).toBe(200);
      const series = { provider: 'wecom', app: 'default', operation: 'message.send' };
      const metrics = await scrape(gateway.url);
      expect(metrics.value('provider_calls_total', { ...series, kind: 'partial' })).toBe(1);
      expect(metrics.value('provider_calls_total', { ...series, kind: 'ok' })).toBe(0);
    });

    it('that are repeated with a new token are one call and two of the month', async () => {
      const world = await startWorld();
      await world.notify();
      world.platform.revokeTokens();
      expect((await world.notify()).status).toBe(200);
      const metrics = await scrape(world.url);
      expect(metrics.value('provider_calls_total', { ...NOTICE, kind: 'ok' })).toBe(2);
      expect(metrics.value('provider_calls_total', { ...NOTICE, kind: 'credentials' })).toBe(0);
      expect(metrics.value('provider_calls_month', { app: 'default', provider: 'dingtalk' })).toBe(3);
      expect(metrics.value('token_fetches_total', { provider: 'dingtalk', app: 'default', result: 'ok' })).toBe(2);
    });

    it('are seen while they run', async () => {
      const world = await startWorld();
      world.platform.faults.next({ kind: 'delay', ms: 600 });
      const running = world.notify();
      const inFlight = async (): Promise<number | undefined> =>
        (await scrape(world.url)).value('provider_calls_in_flight', { provider: 'dingtalk', app: 'default' });
      await expect.poll(inFlight).toBe(1);
      await running;
      expect(await inFlight()).toBe(0);
    });

    it('beyond the cap of an app are counted as held back, not as calls', async () => {
      const platform = await new DingTalkSimulator().start();
      const config = platform.gatewayConfig() as { apps: Record<string, object> };
      config.apps.default = { ...config.apps.default, maxInFlight: 1 };
      const gateway = await startTestGateway({ settings: { 'providers.dingtalk': config } });
      onTestFinished(async () => {
        await gateway.close();
        await platform.close();
      });
      platform.faults.always({ kind: 'delay', ms: 400 }, { path: NOTICE_CALL });
      const send = (): Promise<{ status: number }> => post(`${gateway.url}/v1/dd/topapi/message`, aNotice());
      const answers = await Promise.all([send(), send(), send()]);
      expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '503', '503']);
      const metrics = await scrape(gateway.url);
      expect(metrics.value('throttled_total', { by: 'in-flight' })).toBe(2);
      expect(metrics.sum('provider_calls_total', NOTICE)).toBe(1);
    });

    it('without a token count with the reason', async () => {
      const world = await startWorld();
      await world.notify();
      world.platform.revokeTokens();
      world.platform.faults.always({ kind: 'code', errcode: 40001, errmsg: 'secret' }, { path: '/gettoken' });
      expect((await world.notify()).status).toBe(502);
      const metrics = await scrape(world.url);
      expect(metrics.value('provider_calls_total', { ...NOTICE, kind: 'credentials' })).toBe(1);
      const fetches = { provider: 'dingtalk', app: 'default', result: 'credentials' };
      expect(metrics.value('token_fetches_total', fetches)).toBe(1);
    });

    it('with credentials of the caller are those of the app external', async () => {
      const platform = await new WeComSimulator().start();
      const gateway = await startTestGateway({
        simulators: [platform],
        settings: { 'messagesExternal.enabled': true },
      });
      onTestFinished(async () => {
        await gateway.close();
        await platform.close();
      });
      const [{ secret, agentId }] = DEFAULT_APPS;
      const parameters = { corp_id: DEFAULT_CORP_ID, corp_secret: secret, agentId, message: '系统恢复' };
      const answer = await post(`${gateway.url}/v1/messages_external/weChat_application`, parameters);
      expect(answer.status).toBe(200);
      const metrics = await scrape(gateway.url);
      const series = { provider: 'wecom', app: 'external', operation: 'message.send' };
      expect(metrics.value('provider_calls_total', { ...series, kind: 'ok' })).toBe(1);
      expect(metrics.value('provider_calls_total', { ...series, kind: 'rejected' })).toBe(0);
      expect(metrics.value('provider_calls_month', { provider: 'wecom', app: 'external' })).toBe(1);
      expect(metrics.text).not.toContain(secret);
    });
  });

  describe('requests of callers', () => {
    it('are counted by the pattern of the route and the class of the status', async () => {
      const world = await startWorld();
      await world.notify();
      await world.notify({ nonsense: true });
      await call(`${world.url}/v1/dd/chat/none-such/${'x'.repeat(40)}`);
      await call(`${world.url}/heartbeat?from=monitor-77`);
      const metrics = await scrape(world.url);
      const notice = { method: 'POST', route: '/v1/dd/topapi/message' };
      expect(metrics.value('http_requests_total', { ...notice, status: '2xx' })).toBe(1);
      expect(metrics.value('http_requests_total', { ...notice, status: '4xx' })).toBe(1);
      expect(metrics.value('http_requests_total', { method: 'GET', route: 'unmatched', status: '4xx' })).toBe(1);
      expect(metrics.value('http_requests_total', { route: '/heartbeat' })).toBe(1);
      expect(metrics.value('http_request_seconds_count', { route: notice.route })).toBe(2);
    });

    it('whose caller left are told apart', async () => {
      const world = await startWorld();
      world.platform.faults.next({ kind: 'delay', ms: 500 });
      const leaving = world.notify(aNotice(), { signal: AbortSignal.timeout(150) });
      await expect(leaving).rejects.toThrow();
      const aborted = async (): Promise<number | undefined> =>
        (await scrape(world.url)).value('http_requests_total', { route: '/v1/dd/topapi/message', status: 'aborted' });
      await expect.poll(aborted).toBe(1);
    });

    it('with odd methods are one series', async () => {
      const { url } = await startWorld();
      for (const method of ['PROPFIND', 'MKCOL', 'PURGE']) await call(`${url}/`, { method });
      const metrics = await scrape(url);
      expect(metrics.value('http_requests_total', { method: 'other', status: '4xx' })).toBe(3);
      expect(metrics.labelValues('method')).not.toContain('PURGE');
    });

    it('with a wrong key are counted once they are too many', async () => {
      const { url } = await startWorld();
      const headers = { 'X-API-Key': createApiKey('test') };
      for (let attempt = 0; attempt < 12; attempt += 1) await call(`${url}/sys/status`, { headers });
      expect((await scrape(url)).value('throttled_total', { by: 'key-failure' })).toBe(2);
    });
  });

  it('labels tell nothing about people, messages, addresses or secrets', async () => {
    const world = await startWorld();
    const chatid = await world.newChat();
    await world.sendToChat(chatid, aText('机密内容'));
    await world.notify(aNotice({ userid_list: 'zhangsan' }));
    await call(`${world.url}/v1/dd/chat/get?chatid=${chatid}`);
    await call(`${world.url}/search?q=canary-in-a-query`, { headers: { 'X-App': 'canary-app' } });
    await post(`${world.url}/v1/dd/topapi/message`, aNotice(), { headers: { 'X-App': 'canary-app' } });
    await call(`${world.url}/canary-in-a-path`);
    const { text, ...metrics } = await scrape(world.url);
    const { apps } = world.platform.gatewayConfig() as { apps: Record<string, Record<string, unknown>> };
    const identities = Object.values(apps).flatMap(({ appKey, appSecret }) => [String(appKey), String(appSecret)]);
    for (const told of [chatid, '机密', 'zhangsan', 'canary', '127.0.0.1', ...identities, ...tokensOf(world.platform)])
      expect(text).not.toContain(told);
    expect(
      metrics.samples.flatMap(({ labels }) => Object.values(labels)).filter((value) => /[?=]/.test(value)),
    ).toEqual([]);
  });
});
