import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyCases } from '../hostile/bodies.js';
import type { HostileCase } from '../hostile/hostile-case.js';
import { HostileWorld, type RawAnswer } from '../hostile/hostile-world.js';
import { messageCases } from '../hostile/messages.js';
import { rawCases } from '../hostile/raw.js';
import { requestCases } from '../hostile/requests.js';
import { uploadCases } from '../hostile/uploads.js';
import { bearer } from '../support/api-keys.js';
import { call } from '../support/gateway.js';

const CORPUS: readonly (readonly [string, readonly HostileCase[]])[] = [
  ['bodies', bodyCases],
  ['messages', messageCases],
  ['requests', requestCases],
  ['raw connections', rawCases],
  ['uploads', uploadCases],
];

const NO_ANSWER: RawAnswer = { status: 0, head: '', body: '' };

/** Members of an object at any depth that make a platform mention or reach everybody. */
const EVERYBODY = ['at', 'isAtAll', 'mentioned_list', 'mentioned_mobile_list', 'to_all_user', 'atall'];

describe('hostile input', () => {
  let world: HostileWorld;

  beforeAll(async () => {
    world = await HostileWorld.start();
  });
  afterAll(() => world.close());

  it('comes in at least 300 named forms', () => {
    const names = CORPUS.flatMap(([, cases]) => cases.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(300);
  });

  describe.each(CORPUS)('%s', (_table, cases) => {
    it.each(cases.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
      const before = world.requestLines().length;
      world.takeCalls();

      const answers = await world.exchange(row.request);

      expect(answers).toHaveLength(row.end === 'closed' ? 0 : 1);
      const [answer = NO_ANSWER] = answers;
      const calls = world.takeCalls();
      expectEnd(row, answer, calls.length > 0);
      const ours = /\r\nx-request-id:/i.test(answer.head);
      if (ours) expectOurForm(answer);
      const lines = (): number => world.requestLines().length - before;
      // Of what the parser refuses we learn only when the request had begun.
      if (ours) await expect.poll(lines, { interval: 2 }).toBe(1);
      else expect(lines()).toBeLessThanOrEqual(1);
      for (const { body } of calls) expectNobodyMentioned(body);
    });
  });

  it('leaves no trace of a secret: in no answer, log line, metric, nor in Redis', async () => {
    const metrics = await call(`${world.gateway.url}/metrics`, bearer(world.key));
    const status = await call(`${world.gateway.url}/sys/status`, bearer(world.key));
    const places: readonly [string, string][] = [
      ['answers', world.received.join('\n')],
      ['log', world.gateway.logs.join('\n')],
      ['metrics', metrics.text],
      ['status', status.text],
      ['Redis', world.redis.dump()],
    ];
    const found = places.flatMap(([place, text]) =>
      world
        .secrets()
        .filter((secret) => text.includes(secret))
        .map(() => place),
    );
    expect(found).toEqual([]);
  });

  it('leaves every log entry on one line, without control characters', () => {
    const broken = world.gateway.logs.filter((line) => /[\p{Cc}\u2028\u2029]/u.test(line.trimEnd()));
    expect(broken).toEqual([]);
  });

  it('leaves objects without members that nobody gave them', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it('leaves the gateway alive: the next message arrives', async () => {
    const body = JSON.stringify({ userid_list: 'zhangsan', msg: { msgtype: 'text', text: { content: 'still here' } } });
    const init = { method: 'POST', body, headers: bearer(world.key).headers };
    expect((await call(`${world.gateway.url}/v1/dd/topapi/message`, init)).status).toBe(200);
  });
});

function expectEnd({ end }: HostileCase, { status, body }: RawAnswer, asked: boolean): void {
  if (end === 'closed') expect(asked, 'the platform was asked').toBe(false);
  else if (end === 'sent') expect({ status, asked }, body).toEqual({ status: 200, asked: true });
  else if (end === 'either')
    expect(status < 500 || (asked && [502, 504].includes(status)), `${status} ${body}`).toBe(true);
  else {
    expect(asked, 'the platform was asked').toBe(false);
    if (typeof end === 'number') expect(status, body).toBe(end);
    else expect(Math.floor(status / 100), `${status} ${body}`).toBe(4);
  }
}

/** The envelope; or plain text from the routes that have none. */
function expectOurForm({ head, body }: RawAnswer): void {
  if (!/\r\ncontent-type: application\/json/i.test(head)) return expect(body).toMatch(/^[^<{]*$/);
  const envelope = JSON.parse(body) as Record<string, unknown>;
  const members = ['id', 'ok', 'code', 'msg', 'data', 'count'];
  expect(Object.keys(envelope)).toEqual(envelope.ok === 1 ? members : [...members, 'error']);
}

function expectNobodyMentioned(body: string): void {
  const seen: string[] = [];
  JSON.parse(body || '{}', (key: string, value: unknown) => {
    if (EVERYBODY.includes(key) && value !== false) seen.push(key);
    return value;
  });
  expect(seen).toEqual([]);
}
