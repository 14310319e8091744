import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { aKey, bearer } from '../support/api-keys.js';
import { startDeliveryWorld } from '../support/delivery-world.js';
import { call, post, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';

const SEND = '/v1/wecom/robot/send?robot=ops';
const UPLOAD = '/v1/wecom/robot/upload?robot=ops';
const WEBHOOK = '/cgi-bin/webhook/send';
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const quiet = aKey('quiet', { scopes: ['send'], apps: ['wecom/robots/*', 'wecom/robots/ops'] });

function anImage(picture: Buffer, md5 = createHash('md5').update(picture).digest('hex')): Record<string, unknown> {
  return { msgtype: 'image', image: { base64: picture.toString('base64'), md5 } };
}

describe('WeCom group robots', () => {
  let wecom: WeComSimulator;
  let gateway: TestGateway;

  beforeAll(async () => {
    wecom = await new WeComSimulator({
      robots: ['ops', 'dev'].map((name) => ({ name, key: `key-of-${name}-0123456789` })),
    }).start();
    gateway = await startTestGateway({
      simulators: [wecom],
      settings: { 'access.allow': ['127.0.0.1'], 'access.apiKeys': [quiet.entry], 'limits.robots': 'observe' },
    });
  });
  beforeEach(() => {
    wecom.ledger.clear();
    wecom.prepare('robot.send', {});
  });
  afterAll(async () => {
    await gateway.close();
    await wecom.close();
  });

  const send = (body: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> =>
    post(gateway.url + SEND, body, { headers });

  function upload(type: string, name: string, bytes: Uint8Array): Promise<TestAnswer> {
    const form = new FormData();
    form.set('type', type);
    form.set('media', new File([Uint8Array.from(bytes)], name));
    return call(gateway.url + UPLOAD, { method: 'POST', body: form });
  }

  it('post with their key, which is in no answer and no log line', async () => {
    const answer = await send({ msgtype: 'markdown_v2', markdown_v2: { content: '# 日报' } });
    expect(answer).toMatchObject({ status: 200, body: { ok: 1, data: null } });
    const [webhook] = wecom.ledger.calls({ path: WEBHOOK });
    expect(webhook?.query).toEqual({ key: 'key-of-ops-0123456789' });
    expect(gateway.logs.join('') + answer.text).not.toContain('key-of-');
  });

  it.each([
    ['file', '巡检报告.pdf'],
    ['voice', 'alarm.amr'],
  ])('upload a %s and send it', async (type, name) => {
    const uploaded = await upload(type, name, Buffer.from('more than five bytes'));
    expect(uploaded.status).toBe(200);
    const mediaId = uploaded.body.data as string;
    expect(wecom.uploaded(mediaId)).toMatchObject({ type, filename: name });
    expect((await send({ msgtype: type, [type]: { media_id: mediaId } })).status).toBe(200);
    // Another robot cannot use it.
    const foreign = await post(`${gateway.url}/v1/wecom/robot/send?robot=dev`, {
      msgtype: type,
      [type]: { media_id: mediaId },
    });
    expect(foreign.body.error).toMatchObject({ kind: 'rejected', errcode: 40_007 });
  });

  it.each([
    ['image', 'a.png', 400],
    ['voice', 'a.mp3', 415],
  ])('refuse to upload a %s called %s: %d', async (type, name, status) => {
    expect((await upload(type, name, PNG)).status).toBe(status);
    expect(wecom.ledger.calls()).toEqual([]);
  });

  it('send a picture of 2 MB', async () => {
    const picture = Buffer.alloc(2 * 1024 * 1024);
    PNG.copy(picture);
    expect((await send(anImage(picture))).status).toBe(200);
  });

  const tooLarge = Buffer.alloc(2 * 1024 * 1024 + 1);
  PNG.copy(tooLarge);
  const card = {
    card_type: 'news_notice',
    main_title: { title: 't' },
    card_action: { type: 1, url: 'https://a.example' },
  };

  it.each([
    ['a picture above 2 MB', anImage(tooLarge), 'image.base64'],
    ['a picture that is none', anImage(Buffer.from('GIF89a and more')), 'image.base64'],
    ['an md5 of something else', anImage(PNG, '0'.repeat(32)), 'image.md5'],
    [
      'a data: address',
      { msgtype: 'image', image: { base64: 'data:image/png;base64,AAAA', md5: '0'.repeat(32) } },
      'image.base64',
    ],
    [
      'a card that needs an app',
      { msgtype: 'template_card', template_card: { card_type: 'vote_interaction' } },
      'template_card.card_type',
    ],
    [
      'a card with a menu',
      {
        msgtype: 'template_card',
        template_card: {
          ...card,
          card_type: 'text_notice',
          action_menu: { desc: 'x', action_list: [{ text: 'a', key: 'b' }] },
          task_id: 'a',
        },
      },
      'template_card.action_menu',
    ],
    [
      'a news notice without its picture',
      {
        msgtype: 'template_card',
        template_card: { ...card, image_text_area: { image_url: 'https://a.example/a.png' } },
      },
      'template_card.card_image',
    ],
    [
      'nine articles',
      {
        msgtype: 'news',
        news: { articles: Array.from({ length: 9 }, () => ({ title: 't', url: 'https://a.example' })) },
      },
      'news.articles',
    ],
    ['a member beside the message', { msgtype: 'text', text: { content: 'x' }, touser: '@all' }, 'touser'],
  ])('%s: 400 names the member, and nothing leaves', async (_name, body, member) => {
    const answer = await send(body);
    expect({ status: answer.status, paths: (answer.body.data as { path: string }[]).map(({ path }) => path) }).toEqual({
      status: 400,
      paths: [member],
    });
    expect(wecom.ledger.calls()).toEqual([]);
  });

  it.each([
    { content: 'x', mentioned_list: ['@all'] },
    { content: 'x', mentioned_mobile_list: ['@all'] },
    { content: 'x <@all>' },
  ])('mention everybody only with the scope: %j', async (text) => {
    const message = { msgtype: 'text', text };
    expect((await send(message, bearer(quiet.key).headers)).body.error).toMatchObject({ kind: 'forbidden' });
    expect((await send(message)).status).toBe(200);
  });

  it('say what is wrong when the key is not theirs', async () => {
    wecom.rejectCredentials(true);
    try {
      const answer = await send({ msgtype: 'text', text: { content: 'x' } });
      expect(answer.body.error).toMatchObject({ kind: 'credentials', errcode: 93_000 });
    } finally {
      wecom.rejectCredentials(false);
    }
  });
});

describe('the window of a WeCom robot', () => {
  it('is kept on the synchronous road, and uploads do not count', async () => {
    const world = await startDeliveryWorld();
    for (let n = 0; n < 20; n += 1)
      expect((await world.post(SEND, { msgtype: 'text', text: { content: `#${n}` } })).status).toBe(200);
    const form = new FormData();
    form.set('type', 'file');
    form.set('media', new File(['more than five bytes'], 'a.txt'));
    expect((await call(world.url + UPLOAD, { method: 'POST', body: form })).status).toBe(200);
    expect((await world.post(SEND, { msgtype: 'text', text: { content: 'one more' } })).body.error).toMatchObject({
      kind: 'throttled',
    });
    expect(world.wecom.ledger.calls({ path: WEBHOOK })).toHaveLength(20);
  });
});
