import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_ROBOTS } from '../../src/providers/dingtalk/simulator/custom-robots.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { DEFAULT_ROBOTS as WECOM_ROBOTS } from '../../src/providers/wecom/simulator/robots.js';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';

const MINUTE = 60_000;

interface Reply {
  readonly errcode: number;
  readonly errmsg: string;
}

async function post(url: string, query: Record<string, string>, body: unknown): Promise<Reply> {
  const address = `${url}?${new URLSearchParams(query).toString()}`;
  const headers = { 'content-type': 'application/json' };
  return (await (await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as Reply;
}

describe('the simulator of DingTalk’s custom robots', () => {
  const [robot] = DEFAULT_ROBOTS;
  let now: number;
  let platform: DingTalkSimulator;

  beforeEach(async () => {
    now = 1_790_000_000_000;
    platform = await new DingTalkSimulator({ clock: () => now }).start();
  });
  afterEach(() => platform.close());

  function signed(timestamp = now): Record<string, string> {
    const { accessToken = '', secret = '' } = robot ?? {};
    const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
    return { access_token: accessToken, timestamp: String(timestamp), sign };
  }
  const send = (body: object, query = signed()): Promise<Reply> => post(`${platform.url}/robot/send`, query, body);
  const text = (content = 'x', more = {}): object => ({ msgtype: 'text', text: { content }, ...more });

  it('takes 20 messages a minute, and blocks whoever sends one more for ten minutes', async () => {
    for (let n = 0; n < 20; n += 1) expect((await send(text())).errcode).toBe(0);
    expect((await send(text())).errcode).toBe(130_101);
    now += 5 * MINUTE;
    expect((await send(text())).errcode).toBe(410_100);
    now += 5 * MINUTE;
    expect((await send(text())).errcode).toBe(0);
  });

  it('lets the minute slide', async () => {
    for (let n = 0; n < 20; n += 1) {
      expect((await send(text())).errcode).toBe(0);
      now += 2_000;
    }
    now += MINUTE - 40_000;
    expect((await send(text())).errcode).toBe(0);
    expect((await send(text())).errcode).toBe(130_101);
  });

  it('takes a message with one msgUuid once', async () => {
    for (const msgUuid of ['a', 'a', 'b']) expect((await send(text('x', { msgUuid }))).errcode).toBe(0);
    expect(platform.ledger.messages()).toHaveLength(2);
  });

  it('tells only those of a mention whom the text names', async () => {
    await send(text('@1 please', { at: { atMobiles: ['1', '2'], isAtAll: true } }));
    expect(platform.ledger.messages()[0]?.recipients).toEqual({ robot: 'ops', users: ['1'], all: true });
  });

  it.each([
    ['an hour and a bit late', () => signed(now - 3_600_001), 310_000, 'invalid timestamp'],
    [
      'seconds instead of milliseconds',
      () => ({ ...signed(), timestamp: String(now / 1_000) }),
      310_000,
      'invalid timestamp',
    ],
    [
      'a signature of another moment',
      () => ({ ...signed(now - 1), timestamp: String(now) }),
      310_000,
      'sign not match',
    ],
    [
      'a signature that was encoded twice',
      () => ({ ...signed(), sign: encodeURIComponent(signed().sign ?? '') }),
      310_000,
      'sign not match',
    ],
    ['no signature', () => ({ access_token: robot?.accessToken ?? '' }), 310_000, 'invalid timestamp'],
    [
      'another token',
      () => ({ ...signed(), access_token: 'https://oapi.dingtalk.com/robot/send?access_token=a' }),
      300_005,
      'token is not exist',
    ],
  ])('refuses %s', async (_name, query, errcode, errmsg) => {
    expect(await send(text(), query())).toMatchObject({ errcode, errmsg });
  });

  it.each([
    ['a type of work notices', { msgtype: 'action_card', action_card: {} }, 400_105],
    ['Markdown without its title', { msgtype: 'markdown', markdown: { text: 'x' } }, 400_402],
    ['Markdown without its text', { msgtype: 'markdown', markdown: { title: 'x' } }, 400_403],
    [
      'the spelling of a feed card in a link',
      { msgtype: 'link', link: { title: 'x', text: 'x', messageURL: 'https://a.example' } },
      40_035,
    ],
    ['more than 20,000 bytes', { msgtype: 'text', text: { content: 'x'.repeat(20_000) } }, 460_101],
    [
      '51 people',
      { msgtype: 'text', text: { content: 'x' }, at: { atUserIds: Array.from({ length: 51 }, String) } },
      40_035,
    ],
  ])('refuses %s', async (_name, body, errcode) => {
    expect((await send(body)).errcode).toBe(errcode);
    expect(platform.ledger.messages()).toEqual([]);
  });
});

describe('the simulator of WeCom’s group robots', () => {
  const key = WECOM_ROBOTS[0]?.key ?? '';
  let now: number;
  let platform: WeComSimulator;

  beforeEach(async () => {
    now = 1_790_000_000_000;
    platform = await new WeComSimulator({ clock: () => now }).start();
  });
  afterEach(() => platform.close());

  const send = (body: object, query = { key }): Promise<Reply> =>
    post(`${platform.url}/cgi-bin/webhook/send`, query, body);

  it('takes 20 messages a minute', async () => {
    const text = { msgtype: 'text', text: { content: 'x' } };
    for (let n = 0; n < 20; n += 1) expect((await send(text)).errcode).toBe(0);
    expect((await send(text)).errcode).toBe(45_009);
    now += MINUTE;
    expect((await send(text)).errcode).toBe(0);
  });

  it.each([
    ['text of 2,049 bytes', { msgtype: 'text', text: { content: 'x'.repeat(2_049) } }, 40_058],
    ['Markdown of 4,098 bytes', { msgtype: 'markdown_v2', markdown_v2: { content: '字'.repeat(1_366) } }, 40_058],
    ['a type of applications', { msgtype: 'textcard', textcard: {} }, 40_008],
    ['media that it did not upload', { msgtype: 'file', file: { media_id: 'x' } }, 40_007],
    ['a picture whose md5 is another', { msgtype: 'image', image: { base64: '/9j/', md5: '0'.repeat(32) } }, 40_058],
  ])('refuses %s', async (_name, body, errcode) => {
    expect((await send(body)).errcode).toBe(errcode);
    expect(platform.ledger.messages()).toEqual([]);
  });

  it('knows its robots by their keys', async () => {
    expect((await send({ msgtype: 'text', text: { content: 'x' } }, { key: 'x' })).errcode).toBe(93_000);
  });
});
