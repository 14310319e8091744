import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartReport } from '../../src/providers/message-parts.js';
import { startDeliveryWorld, type DeliveryWorld } from '../support/delivery-world.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const DINGTALK = '/v1/dd/robot/send?robot=ops';
const WECOM = '/v1/wecom/robot/send?robot=ops';
const WEBHOOK = '/cgi-bin/webhook/send';

/** Rows of a report that take about this many bytes, with a head. */
function aTable(bytes: number): string {
  const rows = Array.from({ length: Math.ceil(bytes / 31) }, (_, n) => `| 服务-${n} | 99.9${n % 10}% | 正常 |`);
  return ['# 日报', '', '| 服务 | 可用率 | 备注 |', '| --- | --- | --- |', ...rows].join('\n');
}

function markdown(content: string): Record<string, unknown> {
  return { msgtype: 'markdown_v2', markdown_v2: { content } };
}

function sentTo(world: DeliveryWorld): string[] {
  return world.wecom.ledger
    .messages()
    .map(({ content }) => (content as { markdown_v2: { content: string } }).markdown_v2.content);
}

describe('a robot’s message that is too long', () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());

  it.each([
    ['WeCom', WECOM, markdown(aTable(9_000)), 'markdown_v2.content', 4_096],
    ['DingTalk', DINGTALK, { msgtype: 'text', text: { content: '长'.repeat(7_000) } }, 'text.content', 198],
  ])('is refused by %s unless the caller says what to do', async (_name, path, body, member, limit) => {
    const world = await startDeliveryWorld();
    const answer = await world.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.data).toEqual([{ path: member, message: expect.stringContaining(String(limit)) }]);
    expect(answer.text).toContain('overlong=split');
    expect(world.messageCount()).toBe(0);
  });

  it('is cut on demand, with a notice, and counts once', async () => {
    const world = await startDeliveryWorld();
    expect((await world.post(`${WECOM}&overlong=truncate`, markdown(aTable(9_000)))).status).toBe(200);
    const [sent = ''] = sentTo(world);
    expect(Buffer.byteLength(sent)).toBeLessThanOrEqual(4_096);
    expect(sent).toMatch(/已截断，全文 \d+ 字节/);
  });

  it('is split on demand: in order, numbered, the table with its head', async () => {
    const world = await startDeliveryWorld();
    const answer = await world.post(`${WECOM}&overlong=split`, markdown(aTable(9_000)));
    const parts = sentTo(world);
    expect(answer.body.data).toEqual({
      parts: parts.map((_, index) => ({ part: index + 1, outcome: 'sent', data: null })),
    });
    expect(parts.length).toBeGreaterThan(2);
    for (const [index, part] of parts.entries()) {
      expect(part.startsWith(`(${index + 1}/${parts.length})\n\n`)).toBe(true);
      expect(part).toContain('| 服务 | 可用率 | 备注 |\n| --- | --- | --- |');
    }
    expect(parts.join('').match(/服务-\d+/g)).toHaveLength(291);
  });

  it('is the same in a dry run, of which nothing leaves', async () => {
    const world = await startDeliveryWorld();
    const answer = await world.post(`${WECOM}&overlong=split&dryRun=true`, markdown(aTable(9_000)));
    const { parts } = answer.body.data as { parts: { bytes: number; body: { markdown_v2: { content: string } } }[] };
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[1]?.body.markdown_v2.content).toMatch(/^\(2\//);
    expect(world.wecom.ledger.calls({ path: WEBHOOK })).toEqual([]);
  });

  it('mentions people once: with the part that names them, else with the first', async () => {
    const world = await startDeliveryWorld();
    const text = { content: `${'一句话。'.repeat(1_000)}\n\n请 @zhangsan 看这里。${'另一句。'.repeat(1_000)}` };
    const at = { atUserIds: ['zhangsan', 'lisi'] };
    const answer = await world.post(`${DINGTALK}&overlong=split`, { msgtype: 'text', text, at, msgUuid: 'key' });
    expect(answer.status).toBe(200);
    const messages = world.dingtalk.ledger.messages();
    expect(messages.map(({ recipients }) => recipients.users)).toEqual([['lisi'], ['zhangsan']]);
  });

  it.each(['memory', 'redis'])('needs room for all of its parts (%s): without it nothing leaves', async (road) => {
    const world = await startDeliveryWorld(road === 'redis' ? { redis } : {});
    for (let n = 0; n < 18; n += 1) expect((await world.post(WECOM, markdown(`#${n}`))).status).toBe(200);
    const answer = await world.post(`${WECOM}&overlong=split`, markdown(aTable(9_000)));
    expect(answer.status).toBe(429);
    expect(sentTo(world)).toHaveLength(18);
    expect((await world.post(WECOM, markdown('two'))).status).toBe(200);
    expect((await world.post(WECOM, markdown('are left'))).status).toBe(200);
  });

  it('stops at the part that fails, says which went out, and is not sent again under its key', async () => {
    const world = await startDeliveryWorld();
    const body = markdown(aTable(13_000));
    world.wecom.faults
      .next({ kind: 'delay', ms: 0 }, { path: WEBHOOK })
      .next({ kind: 'json', body: { errcode: 45_009, errmsg: 'freq' } }, { path: WEBHOOK });
    const headers = { 'Idempotency-Key': 'report-1' };
    const answer = await world.post(`${WECOM}&overlong=split`, body, headers);
    expect(answer.status).toBe(429);
    expect(answer.body.error).toMatchObject({ kind: 'provider-throttled', errcode: 45_009, retryable: false });
    const { parts } = answer.body.data as { parts: PartReport[] };
    expect(parts.map(({ outcome }) => outcome)).toEqual(['sent', 'not-sent', ...parts.slice(2).map(() => 'not-sent')]);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts[1]?.data).toContain('[45009]');

    const repeat = await world.post(`${WECOM}&overlong=split`, body, headers);
    expect(repeat.headers.get('idempotency-replayed')).toBe('true');
    expect(repeat.body.data).toEqual(answer.body.data);
    expect(sentTo(world)).toHaveLength(1);
  });

  it('is a plain failure when its first part is refused', async () => {
    const world = await startDeliveryWorld();
    world.wecom.faults.next({ kind: 'json', body: { errcode: 45_009, errmsg: 'freq' } }, { path: WEBHOOK });
    const answer = await world.post(`${WECOM}&overlong=split`, markdown(aTable(9_000)));
    expect(answer.body).toMatchObject({ data: '[45009] freq', error: { retryable: true } });
    expect(sentTo(world)).toEqual([]);
  });

  it.each(['memory', 'redis'])(
    'is accepted as one delivery for each part, of one batch, and leaves in order (%s)',
    async (road) => {
      const world = await startDeliveryWorld(road === 'redis' ? { redis } : {});
      const headers = { 'Idempotency-Key': 'report-2' };
      const query = `${WECOM}&overlong=split&async=true`;
      const answer = await world.post(query, markdown(aTable(9_000)), headers);
      expect(answer.status).toBe(202);
      const { id, batchId, parts } = answer.body.data as { id: string; batchId: string; parts: { id: string }[] };
      expect(parts[0]?.id).toBe(id);
      expect(new Set(parts.map((part) => part.id)).size).toBe(parts.length);
      for (const part of parts) expect((await world.view(part.id)).batchId).toBe(batchId);
      for (const part of parts) await world.reaches(part.id, 'sent');
      expect(sentTo(world).map((part) => part.slice(1, 2))).toEqual(parts.map((_, index) => String(index + 1)));

      const repeat = await world.post(query, markdown(aTable(9_000)), headers);
      expect(repeat.body.data).toEqual(answer.body.data);
      expect(sentTo(world)).toHaveLength(parts.length);
    },
  );

  it('is not taken for one on routes that know no limit, and a mistyped policy sends nothing', async () => {
    const world = await startDeliveryWorld();
    const wrong = await world.post(`${WECOM}&overlong=cut`, markdown('short'));
    expect(wrong.body.data).toMatchObject([{ path: 'query.overlong' }]);
    const elsewhere = await world.post('/v1/dd/topapi/message?overlong=split');
    expect(elsewhere.body.data).toMatchObject([{ path: 'query.overlong' }]);
    expect(world.messageCount()).toBe(0);
  });
});
