import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { logging, type ElasticsearchSettings } from '../../src/config/logging.settings.js';
import { backoff } from '../../src/logging/backoff.js';
import { readBulkAnswer } from '../../src/logging/bulk-verdict.js';
import { ElasticsearchSink } from '../../src/logging/elasticsearch-sink.js';
import { BulkStandIn, OK, type BulkLine } from '../support/elasticsearch.js';

const INFO = 30;

let elasticsearch: BulkStandIn;
let written = 0;

beforeEach(async () => {
  elasticsearch = await new BulkStandIn().start();
  written = 0;
});
afterEach(() => elasticsearch.stop());

function aSink(overrides: Partial<Record<keyof ElasticsearchSettings, unknown>> = {}): ElasticsearchSink {
  const settings = { url: elasticsearch.url, interval: '20ms', timeout: '300ms', ...overrides };
  const sink = new ElasticsearchSink(
    logging.parse({ elasticsearch: settings }).elasticsearch as ElasticsearchSettings,
    (text) => text,
  );
  onTestFinished(() => sink.closeNow());
  return sink;
}

/** Writes lines numbered from 0 over the whole test. */
function write(sink: ElasticsearchSink, count: number, more: Readonly<Record<string, unknown>> = {}): void {
  for (let i = 0; i < count; i += 1) {
    sink.write(`${JSON.stringify({ level: 'info', n: written, ...more, msg: 'request' })}\n`, INFO);
    written += 1;
  }
}

/** Nothing waits any more. */
function settled(sink: ElasticsearchSink): Promise<unknown> {
  return vi.waitFor(() => expect(sink.status.pending).toBe(0), { timeout: 10_000, interval: 20 });
}

/** Every line that was written is there, once. */
function expectEveryLine(): void {
  expect(elasticsearch.stored('n').toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: written }, (_, n) => n),
  );
}

describe(ElasticsearchSink.name, () => {
  it('ships every line in order, in batches, into the index of the day', async () => {
    const sink = aSink({ batchLines: 100, index: 'gateway' });
    write(sink, 250, { text: '支付\u2028 "quoted"' });
    await settled(sink);
    expect(elasticsearch.stored('n')).toEqual(Array.from({ length: 250 }, (_, n) => n));
    expect(elasticsearch.requests).toBe(3);
    const [first] = elasticsearch.documents.values();
    expect(first?.index).toMatch(/^gateway-\d{4}\.\d{2}\.\d{2}$/);
    expect(first?.source).toMatchObject({ text: '支付\u2028 "quoted"', level: 'info', msg: 'request' });
    expect(String(first?.source['@timestamp'])).toContain(first?.index.slice(8).replaceAll('.', '-'));
    expect(sink.status).toMatchObject({ shipped: 250, pending: 0, dropped: 0, failing: false, lastError: null });
  });

  it('keeps a batch to its bytes', async () => {
    const sink = aSink({ batchBytes: 10_000 });
    write(sink, 30, { text: 'x'.repeat(4_000) });
    await settled(sink);
    expectEveryLine();
    expect(elasticsearch.requests).toBe(15);
  });

  it('ships only lines of its level and above', async () => {
    const sink = aSink({ level: 'error' });
    sink.write('{"msg":"warning"}\n', 40);
    sink.write('{"msg":"error"}\n', 50);
    await settled(sink);
    expect(elasticsearch.stored('msg')).toEqual(['error']);
  });

  it('loses nothing while Elasticsearch goes away and comes back', async () => {
    const sink = aSink({ batchLines: 50 });
    write(sink, 120);
    await settled(sink);
    await elasticsearch.stop();
    write(sink, 300);
    await vi.waitFor(() => expect(sink.status).toMatchObject({ failing: true, pending: 300 }));
    expect(sink.status.lastError?.reason).toMatch(/ECONN/);
    await elasticsearch.start();
    write(sink, 10);
    await settled(sink);
    expectEveryLine();
    expect(sink.status).toMatchObject({ shipped: 430, dropped: 0, failing: false });
  });

  it.each([429, 500, 503, 401, 403, 404])('waits and repeats when the answer is %i', async (status) => {
    const sink = aSink();
    elasticsearch.mode = { kind: 'status', status };
    write(sink, 20);
    await vi.waitFor(() => expect(sink.status.lastError?.reason).toBe(`HTTP ${status}`));
    elasticsearch.mode = OK;
    await settled(sink);
    expectEveryLine();
    expect(sink.status).toMatchObject({ shipped: 20, dropped: 0 });
  });

  it('repeats after an answer that does not come in time', async () => {
    const sink = aSink({ timeout: '100ms' });
    elasticsearch.mode = { kind: 'hang' };
    write(sink, 20);
    await vi.waitFor(() => expect(sink.status.lastError?.reason).toBe('no answer within 100 ms'));
    elasticsearch.mode = OK;
    await settled(sink);
    expectEveryLine();
  });

  it('makes no second document of a batch whose answer was lost', async () => {
    const sink = aSink();
    elasticsearch.mode = { kind: 'answer-lost' };
    write(sink, 20);
    await vi.waitFor(() => expect(sink.status.failing).toBe(true));
    elasticsearch.mode = OK;
    await settled(sink);
    expectEveryLine();
    expect(elasticsearch.duplicates).toBe(20);
    expect(sink.status).toMatchObject({ shipped: 20, dropped: 0 });
  });

  it('repeats only the lines of a batch that were not taken', async () => {
    const sink = aSink();
    const seen = new Set<string>();
    elasticsearch.mode = {
      kind: 'each',
      statusOf: ({ id }: BulkLine, position) => {
        if (seen.has(id) || position % 3 !== 0) return 0;
        seen.add(id);
        return 429;
      },
    };
    write(sink, 30);
    await settled(sink);
    expectEveryLine();
    expect(elasticsearch.duplicates).toBe(0);
    expect(sink.status).toMatchObject({ shipped: 30, dropped: 0 });
  });

  it('counts a line that Elasticsearch refuses, and ships the others', async () => {
    const sink = aSink();
    elasticsearch.mode = { kind: 'each', statusOf: ({ source }) => (source.n === 7 ? 400 : 0) };
    write(sink, 20);
    await settled(sink);
    expect(elasticsearch.documents.size).toBe(19);
    expect(sink.status).toMatchObject({ shipped: 19, dropped: 1, droppedBecause: { refused: 1 } });
    expect(sink.status.lastError?.reason).toBe('400 some_exception status 400');
  });

  it('gives up a line that fails ten times while others get through', async () => {
    const sink = aSink();
    elasticsearch.mode = { kind: 'each', statusOf: ({ source }) => (source.n === 0 ? 500 : 0) };
    const others = setInterval(() => write(sink, 1), 50);
    await vi.waitFor(() => expect(sink.status.droppedBecause.refused).toBe(1), { timeout: 10_000 });
    clearInterval(others);
    await settled(sink);
    expect(sink.status).toMatchObject({ shipped: written - 1, dropped: 1 });
  });

  it('sends smaller batches when one is too large as a whole', async () => {
    const sink = aSink();
    elasticsearch.maxBytes = 2_000;
    write(sink, 64);
    await settled(sink);
    expectEveryLine();
    expect(sink.status).toMatchObject({ shipped: 64, dropped: 0 });
  });

  it('refuses a single line that is too large, and goes on', async () => {
    const sink = aSink();
    elasticsearch.maxBytes = 2_000;
    write(sink, 1, { text: 'x'.repeat(4_000) });
    write(sink, 3);
    await settled(sink);
    expect(sink.status).toMatchObject({ shipped: 3, dropped: 1, droppedBecause: { refused: 1 } });
  });

  it('holds what fits into its memory, and counts the rest', async () => {
    const sink = aSink({ bufferBytes: 100_000 });
    await elasticsearch.stop();
    write(sink, 1_000);
    const { dropped, droppedBecause } = sink.status;
    expect(dropped).toBeGreaterThan(0);
    expect(droppedBecause.bufferFull).toBe(dropped);
    await elasticsearch.start();
    await settled(sink);
    expect(elasticsearch.documents.size).toBe(1_000 - dropped);
    write(sink, 5);
    await settled(sink);
    expect(sink.status).toMatchObject({ shipped: 1_005 - dropped, dropped });
  });

  it('ships what is pending when it is closed', async () => {
    const sink = aSink({ interval: '1m', batchLines: 10 });
    write(sink, 95);
    await sink.close(5_000);
    expectEveryLine();
    expect(sink.status).toMatchObject({ shipped: 95, pending: 0, dropped: 0 });
  });

  it('ships what is pending when Elasticsearch comes back while it is closed', async () => {
    const sink = aSink({ interval: '1m' });
    await elasticsearch.stop();
    write(sink, 40);
    const closed = sink.close(5_000);
    await elasticsearch.start();
    await closed;
    expectEveryLine();
    expect(sink.status).toMatchObject({ shipped: 40, dropped: 0 });
  });

  it.each([
    ['is away', () => elasticsearch.stop()],
    ['hangs', () => (elasticsearch.mode = { kind: 'hang' })],
  ])('is closed in time and counts what is left when Elasticsearch %s', async (_name, fail) => {
    const sink = aSink({ interval: '1m', timeout: '10s' });
    await fail();
    write(sink, 40);
    const started = performance.now();
    await sink.close(400);
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(sink.status).toMatchObject({ shipped: 0, pending: 0, dropped: 40, droppedBecause: { shutdown: 40 } });
  });

  it.each([
    [{ username: 'gateway', password: 'p:w' }, `Basic ${Buffer.from('gateway:p:w').toString('base64')}`],
    [{ apiKey: 'encoded==' }, 'ApiKey encoded=='],
    [{}, undefined],
  ])('says who it is: %j', async (credentials, authorization) => {
    const sink = aSink(credentials);
    write(sink, 1);
    await settled(sink);
    expect([...elasticsearch.authorizations]).toEqual([authorization]);
  });

  it('takes user name and password from the address', async () => {
    const sink = aSink({ url: elasticsearch.url.replace('//', '//gateway:p%40ss@') });
    write(sink, 1);
    await settled(sink);
    expect([...elasticsearch.authorizations]).toEqual([`Basic ${Buffer.from('gateway:p@ss').toString('base64')}`]);
  });
});

describe(readBulkAnswer.name, () => {
  it.each([
    ['no JSON', 'oops'],
    ['no items', '{"errors":false}'],
    ['items of another batch', '{"errors":false,"items":[{"create":{"status":201}}]}'],
    ['null', 'null'],
  ])('believes no answer with %s', (_name, body) => {
    expect(readBulkAnswer({ status: 200, body }, 2).kind).toBe('again');
  });

  it('repeats a line without a status', () => {
    const body = '{"errors":true,"items":[{"create":{"status":201}},{},null]}';
    expect(readBulkAnswer({ status: 200, body }, 3)).toMatchObject({ fates: ['shipped', 'again', 'again'] });
  });

  it('does not follow a redirect', () => {
    expect(readBulkAnswer({ status: 302, body: '' }, 1)).toMatchObject({ kind: 'again', reason: 'HTTP 302' });
  });
});

describe(backoff.name, () => {
  it.each([
    [1, 0, 250],
    [1, 1, 500],
    [2, 1, 1_000],
    [6, 1, 16_000],
    [7, 1, 30_000],
    [7, 0, 15_000],
    [1_000, 1, 30_000],
  ])('after %i failures in a row (random %d): %i ms', (failures, random, expected) => {
    expect(backoff(failures, random)).toBe(expected);
  });
});
