import { DEFAULT_ROBOTS } from '../../src/providers/wecom/simulator/robots.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { wecomFacts } from '../../src/providers/wecom/wecom.facts.js';
import {
  DEFAULT_APPS,
  WeComSimulator,
  type WeComSimulatorOptions,
} from '../../src/providers/wecom/simulator/wecom.simulator.js';
import type { StoppedClock } from './stopped-clock.js';
import { startStage, type WeComCaller, type Reply } from './wecom-caller.js';

const [, ops] = DEFAULT_APPS;
const HOUR = 60 * 60;

describe('WeComSimulator guards its APIs', () => {
  let clock: StoppedClock;
  let platform: WeComSimulator;
  let caller: WeComCaller;

  async function restart(options: WeComSimulatorOptions = {}): Promise<void> {
    ({ clock, platform, caller } = await startStage(options));
  }

  const send = (): Promise<Reply> => caller.sendText('hello');

  beforeEach(() => restart());

  describe('with tokens', () => {
    it('gives a long token for two hours', async () => {
      const reply = await caller.fetchToken();
      expect(reply).toMatchObject({ errcode: 0, errmsg: 'ok', expires_in: 7200 });
      expect(String(reply.access_token).length).toBeGreaterThan(200);
    });

    it('gives the same token again without extending its life', async () => {
      const first = await caller.fetchToken();
      clock.advance(7199);
      expect((await caller.fetchToken()).access_token).toBe(first.access_token);
      expect((await send()).errcode).toBe(0);
      clock.advance(1);
      expect((await send()).errcode).toBe(42001);
    });

    it('gives a new token once the old one is too old', async () => {
      const first = await caller.fetchToken();
      clock.advance(7200);
      expect((await caller.fetchToken()).access_token).not.toBe(first.access_token);
      expect((await send()).errcode).toBe(0);
    });

    it('says 40014 for a token that is too old on request, since both codes were seen', async () => {
      await restart({ expiredTokenCode: 40014 });
      clock.advance(7200);
      expect((await send()).errcode).toBe(40014);
    });

    it('refuses a revoked token with 40014 until a new one is fetched', async () => {
      platform.revokeTokens();
      expect((await send()).errcode).toBe(40014);
      await caller.fetchToken();
      expect((await send()).errcode).toBe(0);
    });

    it('gives different tokens to different apps, each good for its own agent id only', async () => {
      const first = await caller.fetchToken();
      const second = await caller.fetchToken(ops.secret);
      expect(second.access_token).not.toBe(first.access_token);
      expect((await send()).errcode).toBe(301002);
      expect((await caller.sendText('hello', { agentid: ops.agentId })).errcode).toBe(0);
    });

    it('reads the token from the query alone', async () => {
      const { access_token } = await caller.fetchToken();
      const body = JSON.stringify({ access_token, msgtype: 'text' });
      expect((await caller.call('POST', '/cgi-bin/message/send', body)).errcode).toBe(41001);
      expect((await caller.call('POST', '/cgi-bin/message/send?access_token=', body)).errcode).toBe(41001);
    });

    it('fetches no token while credentials are rejected, and leaves issued ones alone', async () => {
      platform.rejectCredentials(true);
      expect((await caller.fetchToken()).errcode).toBe(40001);
      expect((await send()).errcode).toBe(0);
      platform.rejectCredentials(false);
      expect((await caller.fetchToken()).errcode).toBe(0);
    });

    it('counts every request to the token endpoint', async () => {
      const before = platform.tokenRequests();
      platform.faults.next({ kind: 'code', errcode: -1, errmsg: 'system busy' }, { path: '/cgi-bin/gettoken' });
      for (const secret of [undefined, 'wrong', undefined]) await caller.fetchToken(secret);
      expect(platform.tokenRequests() - before).toBe(3);
    });
  });

  describe('with wrong secrets', () => {
    const codesOf = async (secrets: (string | undefined)[]): Promise<unknown[]> => {
      const codes = [];
      for (const secret of secrets) codes.push((await caller.fetchToken(secret)).errcode);
      return codes;
    };

    it('blocks the address after the fifth, for right secrets as well', async () => {
      const codes = await codesOf(['a', 'b', 'c', 'd', 'e', 'f', undefined, ops.secret]);
      expect(codes).toEqual([40001, 40001, 40001, 40001, 40001, 45009, 45009, 45009]);
    });

    it('lets the address in again after an hour', async () => {
      await codesOf(['a', 'b', 'c', 'd', 'e']);
      clock.advance(HOUR - 1);
      expect(await codesOf([undefined])).toEqual([45009]);
      clock.advance(1);
      expect(await codesOf([undefined])).toEqual([0]);
    });

    it('forgives a few that are spread over more than an hour', async () => {
      await codesOf(['a', 'b', 'c', 'd']);
      clock.advance(HOUR);
      expect(await codesOf(['e', undefined])).toEqual([40001, 0]);
    });

    it('blocks after another number on request', async () => {
      await restart({ wrongSecretsPerHour: 1 });
      expect(await codesOf(['a', undefined])).toEqual([40001, 45009]);
    });

    it('does not count a wrong corp id or a missing secret', async () => {
      for (let time = 0; time < 6; time += 1) {
        expect((await caller.fetchToken(undefined, 'wwother')).errcode).toBe(40013);
        expect((await caller.fetchToken('')).errcode).toBe(41004);
      }
      expect((await caller.fetchToken()).errcode).toBe(0);
    });
  });

  describe('with switches', () => {
    it('answers 45009 while throttled', async () => {
      platform.throttle(true);
      expect((await send()).errcode).toBe(45009);
      platform.throttle(false);
      expect((await send()).errcode).toBe(0);
    });

    it('answers -1 while busy', async () => {
      platform.busy(true);
      expect((await send()).errcode).toBe(-1);
      platform.busy(false);
      expect((await send()).errcode).toBe(0);
    });

    it('quotes the address of a caller that is not trusted', async () => {
      platform.trustedIps(['10.0.0.1']);
      const reply = await send();
      expect(reply).toMatchObject({ errcode: 60020, errmsg: expect.stringContaining('from ip: 127.0.0.1,') });
      platform.trustedIps(['10.0.0.1', '127.0.0.1']);
      expect((await send()).errcode).toBe(0);
      platform.trustedIps(null);
      expect((await send()).errcode).toBe(0);
    });

    it('trusts only certain addresses from the start on request, and still gives them tokens', async () => {
      await restart({ trustedIps: ['10.0.0.1'] });
      expect((await caller.fetchToken()).errcode).toBe(0);
      expect((await send()).errcode).toBe(60020);
    });

    it('warns of wrong json in errmsg while errcode stays 0', async () => {
      platform.wrongJsonWarning(true);
      expect(await send()).toMatchObject({ errcode: 0, errmsg: expect.stringContaining('wrong json format') });
      platform.wrongJsonWarning(false);
      expect(await send()).toMatchObject({ errcode: 0, errmsg: 'ok' });
    });

    it('limits calls to one API within a minute, but not the sending of messages', async () => {
      await restart({ callsPerMinute: 1 });
      const codes = [(await caller.upload()).errcode, (await caller.upload()).errcode];
      expect(codes).toEqual([0, 45009]);
      expect([(await send()).errcode, (await send()).errcode]).toEqual([0, 0]);
      clock.advance(60);
      expect((await caller.upload()).errcode).toBe(0);
    });
  });

  describe('in its words', () => {
    it('gives every failure a hint number, the address it saw and a page', async () => {
      platform.revokeTokens();
      const { errmsg } = await send();
      expect(errmsg).toMatch(
        /^invalid access_token, hint: \[\d{25}\], from ip: 127\.0\.0\.1, more info at https:\/\/open\.work\.weixin\.qq\.com\/devtool\/query\?e=40014$/,
      );
    });

    it('names the member and its limit, so that the gateway can pass them on', async () => {
      const { errmsg = '' } = await caller.sendText('x'.repeat(2049));
      expect(wecomFacts(errmsg)).toEqual({
        ip: '127.0.0.1',
        hintId: expect.stringMatching(/^\d{25}$/),
        field: 'text.content',
        limit: '2048',
      });
    });

    it('gives no JSON for a path that does not exist', async () => {
      await expect(caller.get('/cgi-bin/message/sendall')).rejects.toThrow(SyntaxError);
    });
  });

  it('describes itself as the provider block of the gateway configuration', () => {
    const corpId = 'wwsimcorp00000001';
    expect(platform.gatewayConfig()).toEqual({
      baseUrl: platform.url,
      apps: {
        default: { corpId, corpSecret: DEFAULT_APPS[0].secret, agentId: 1_000_002 },
        ops: { corpId, corpSecret: ops.secret, agentId: 1_000_003 },
      },
      robots: { ops: { key: DEFAULT_ROBOTS[0]?.key } },
    });
  });
});
