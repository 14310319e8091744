import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { logging } from '../../src/config/logging.settings.js';
import { serializeError } from '../../src/logging/error-serializer.js';
import type { LogSink, SinkStatus } from '../../src/logging/log-sink.js';
import { createLogger, NestLogger } from '../../src/logging/logger.js';
import { Redactor } from '../../src/logging/redactor.js';
import { RepeatLimiter } from '../../src/logging/repeat-limiter.js';
import { MAX_LINE_BYTES, safeLine } from '../../src/logging/safe-line.js';
import { SinkWatch } from '../../src/logging/sink-watch.js';
import { StdoutSink } from '../../src/logging/stdout-sink.js';

type Line = Readonly<Record<string, unknown>>;

function line(fields: unknown): string {
  return `${JSON.stringify(fields)}\n`;
}

function parsed(text: string): Line {
  return JSON.parse(text) as Line;
}

/** A logger whose lines a test can read. */
function aLogger(redactor = new Redactor()) {
  const lines: string[] = [];
  const output = createLogger('trace', redactor, (text) => lines.push(text), { lines: 3, windowMs: 100 });
  return { output, logger: output.logger, lines, records: () => lines.map(parsed) };
}

describe('a line', () => {
  class Own {
    readonly shown = 1;
  }
  const circular: Record<string, unknown> = { a: 1 };
  circular.self = circular;

  it.each<readonly [string, Record<string, unknown>]>([
    ['texts and numbers', { requestId: 'r-1', status: 200, ms: 1.5, aborted: true, nothing: null }],
    ['no members', {}],
    ['what is not there', { traceparent: undefined, warning: undefined, route: '/v1' }],
    ['what JSON does not have', { nan: Number.NaN, endless: Infinity, run: () => 1, sign: Symbol('x') }],
    ['Chinese, quotes, control characters', { a: '消息"\\\n\u0000\u2028', b: '😀' }],
    ['a nested object and a list', { advice: ['msg.text', 'msg.title'], context: { a: { b: [1, 2] } } }],
    ['an error', { err: new TypeError('wrong'), delivery: 'dlv_1' }],
    ['an error under another name', { cause: new TypeError('wrong') }],
    ['a date and what has a form of its own', { at: new Date(0), own: { toJSON: () => 'own' } }],
    ['an object of a class', new Own() as unknown as Record<string, unknown>],
    ['no prototype', Object.assign(Object.create(null) as Record<string, unknown>, { a: 1 })],
    ['a form of the whole', { a: 1, toJSON: () => 'own' }],
    ['a circle', circular],
    ['a large integer', { big: 12n }],
    ['names that the line has as well', { level: 'mine', time: 'now', msg: 'mine' }],
    ['hostile names', { 'a"b': 1, __proto__: { c: 1 } }],
  ])('is the same text as that of pino: %s', (_what, fields) => {
    const { logger, lines } = aLogger();
    const expected: string[] = [];
    const pinos = pino(
      {
        level: 'trace',
        base: undefined,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { err: serializeError },
        timestamp: () => ',"time":"T"',
      },
      { write: (text) => expected.push(text) },
    );
    const untimed = (text: string): string => text.replace(/"time":"[^"]*"/, '"time":"T"');
    for (const one of [logger, pinos]) {
      one.info(fields, 'request');
      one.error(fields, 'a "quoted" message');
      one.debug(fields);
      one.warn('without fields');
      one.child({ bound: 1 }).info(fields, 'of a child');
    }
    expect(lines.map(untimed)).toEqual(expected.map(safeLine));
  });

  it('shows half of a surrogate pair as what it is, where pino writes a character of UTF-8 that there is not', () => {
    const { logger, lines } = aLogger();
    logger.info({ cut: '\ud83d' }, 'request');
    expect(lines[0]).toContain(String.raw`"cut":"\ud83d"`);
  });
});

describe(safeLine.name, () => {
  it('leaves an ordinary line alone', () => {
    const text = line({ level: 'info', msg: '支付服务 ok', n: 1 });
    expect(safeLine(text)).toBe(text);
  });

  it.each([
    '\u2028',
    '\u2029',
    '\u0085',
    '\u009b31m',
    '\u007f',
    '\u202e',
    '\u2066',
    '\u200f',
    '\n',
    '\r',
    '\u001b[31m',
    '\0',
  ])('keeps %j from doing anything, without changing it', (hostile) => {
    const text = safeLine(line({ msg: `a${hostile}b` }));
    expect(text.slice(0, -1)).toMatch(/^[\u0020-\u007e]*$/);
    expect(parsed(text).msg).toBe(`a${hostile}b`);
  });

  it.each([
    ['one long text', { a: 'x'.repeat(50_000) }],
    ['one long Chinese text', { a: '消'.repeat(20_000) }],
    ['texts that escaping makes longer', { a: '\u2028'.repeat(9_000) }],
    ['several long texts', { a: 'x'.repeat(9_000), b: ['y'.repeat(9_000)], c: { d: 'z'.repeat(9_000) } }],
    ['surrogate pairs', { a: '😀'.repeat(9_000) }],
  ])('cuts %s to a line of 16 kB', (_name, fields) => {
    const text = safeLine(line({ level: 'warn', requestId: 'r-1', ...fields, msg: 'm' }));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_LINE_BYTES);
    expect(text.endsWith('\n')).toBe(true);
    expect(parsed(text)).toMatchObject({ level: 'warn', requestId: 'r-1', msg: 'm' });
    expect(text).toMatch(/…\[cut, \d+ characters\]/);
  });

  it('keeps every digit of numbers in a line that is cut', () => {
    const text = safeLine(`{"receipt":12345678901234567890,"a":"${'x'.repeat(20_000)}"}\n`);
    expect(text).toContain('12345678901234567890');
  });

  it.each([
    ['too many members', line({ level: 'warn', many: Array.from({ length: 9_000 }, (_, i) => i) })],
    ['text that is not JSON', `{"level":"warn",${'\u2028"\\'.repeat(9_000)}\n`],
  ])('shows the head of a line with %s', (_name, long) => {
    const text = safeLine(long);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_LINE_BYTES);
    expect(parsed(text)).toMatchObject({ level: 'warn', msg: 'a log line was too long' });
  });
});

describe(serializeError.name, () => {
  it('tells what it is and where it happened, and nothing that hangs on it', () => {
    const error = Object.assign(new TypeError('boom'), { code: 'E_BOOM', body: 'canary', config: { data: 'canary' } });
    const logged = serializeError(error);
    expect(logged).toMatchObject({ type: 'TypeError', message: 'boom', code: 'E_BOOM' });
    expect(logged.stack).toMatch(/^at .*logging\.spec/);
    expect(JSON.stringify(logged)).not.toContain('canary');
  });

  it('does not show the text that was not JSON', () => {
    const failed = (text: string): unknown => {
      try {
        return JSON.parse(text);
      } catch (error) {
        return error;
      }
    };
    for (const text of ['canary', '{"a": canary}', '{"a":1,"b": "c" canary canary canary canary canary']) {
      expect(JSON.stringify(serializeError(failed(text)))).not.toContain('canary');
    }
  });

  it('shows no more than the beginning of a message, and no frame that the message made up', () => {
    const logged = serializeError(new Error(`bad\n    at fake (canary.ts:1:1)\n${'x'.repeat(2_000)}`));
    expect(logged.stack).not.toContain('canary');
    expect(logged.message.length).toBeLessThan(600);
  });

  it.each([
    ['a text', 'string', 'a text'],
    [{ body: 'canary' }, 'Object', 'something that is not an Error was thrown'],
    [undefined, 'undefined', 'something that is not an Error was thrown'],
    [null, 'object', 'something that is not an Error was thrown'],
    [Object.create(null), 'object', 'something that is not an Error was thrown'],
  ])('names %j that was thrown', (thrown, type, message) => {
    expect(serializeError(thrown)).toEqual({ type, message });
  });

  it('follows causes, but not in circles', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    expect(serializeError(error).cause).toMatchObject({ message: 'inner' });
    error.cause = error;
    expect(JSON.stringify(serializeError(error)).length).toBeLessThan(20_000);
  });
});

describe(RepeatLimiter.name, () => {
  const WARN = 40;
  const record = (message: string, fields: Line = {}, level = WARN) => ({ level, message, fields });

  it('lets so many through per window, and counts the rest', () => {
    const sut = new RepeatLimiter({ lines: 10, windowMs: 60_000 });
    const passed = Array.from({ length: 100 }, (_, i) => sut.admits(record('no access token'), i));
    expect(passed.filter(Boolean)).toHaveLength(10);
    expect(sut.endWindows(59_999)).toEqual([]);
    expect(sut.endWindows(60_000)).toEqual([{ level: WARN, message: 'no access token', fields: {}, repeated: 90 }]);
    expect(sut.admits(record('no access token'), 60_001)).toBe(true);
    expect(sut.endWindows()).toEqual([]);
    expect(sut.nextEnd).toBeUndefined();
  });

  it.each<[string, Line, Line]>([
    ['kind', { kind: 'timeout' }, { kind: 'throttled' }],
    ['route', { route: '/a' }, { route: '/b' }],
    ['provider', { provider: 'dingtalk' }, { provider: 'wecom' }],
    ['app', { app: 'a' }, { app: 'b' }],
    ['errcode', { errcode: 40014 }, { errcode: 42001 }],
    ['error', { err: new Error('x') }, { err: new TypeError('x') }],
  ])('counts another %s by itself', (_name, one, other) => {
    const sut = new RepeatLimiter({ lines: 1, windowMs: 60_000 });
    expect([one, other, one, other].map((fields) => sut.admits(record('m', fields), 0))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(sut.endWindows()).toMatchObject([{ repeated: 1 }, { repeated: 1 }]);
  });

  it('does not tell requests apart', () => {
    const sut = new RepeatLimiter({ lines: 1, windowMs: 60_000 });
    expect(sut.admits(record('m', { requestId: 'a', kind: 'k' }), 0)).toBe(true);
    expect(sut.admits(record('m', { requestId: 'b', kind: 'k' }), 0)).toBe(false);
    expect(sut.endWindows()).toMatchObject([{ fields: { kind: 'k' }, repeated: 1 }]);
  });

  it.each([
    ['request', WARN],
    ['platform call', WARN],
    ['anything', 30],
    ['unhandled rejection', 60],
  ])('never holds back %j at level %i', (message, level) => {
    const sut = new RepeatLimiter({ lines: 1, windowMs: 60_000 });
    expect([1, 2, 3].map((now) => sut.admits(record(message, {}, level), now))).toEqual([true, true, true]);
  });

  it('stays small however many sorts there are', () => {
    const sut = new RepeatLimiter({ lines: 1, windowMs: 60_000 });
    for (let i = 0; i < 5_000; i += 1) sut.admits(record(`m${i}`), 0);
    expect(sut.admits(record('m0'), 0)).toBe(false);
    expect(sut.admits(record('m4999'), 0)).toBe(true);
  });
});

describe(createLogger.name, () => {
  it('collapses repeated errors into one line at the end of the window', async () => {
    const { logger, records } = aLogger();
    for (let i = 0; i < 50; i += 1) logger.warn({ requestId: `r-${i}`, kind: 'timeout' }, 'no access token');
    expect(records()).toHaveLength(3);
    await vi.waitFor(() => expect(records()).toHaveLength(4));
    expect(records().at(-1)).toMatchObject({ level: 'warn', kind: 'timeout', repeated: 47, msg: 'no access token' });
    expect(records().at(-1)).not.toHaveProperty('requestId');
  });

  it('tells what it held back when it is closed', async () => {
    const { logger, output, records } = aLogger();
    for (let i = 0; i < 5; i += 1) logger.error({ err: new Error('boom') }, 'unexpected error');
    await output.close();
    expect(records().at(-1)).toMatchObject({ level: 'error', repeated: 2, msg: 'unexpected error' });
    expect(String(records().at(-1)?.error)).toMatch(/^Error at /);
  });

  it('masks secrets in whatever is logged, before a line is cut', () => {
    const redactor = new Redactor();
    redactor.learn('canary-secret');
    const { logger, lines } = aLogger(redactor);
    logger.info({ text: `${'x'.repeat(4_090)}canary-secret${'y'.repeat(20_000)}` }, 'line');
    logger.error(new Error('failed with canary-secret'));
    expect(lines.join('')).not.toMatch(/canary/);
  });

  it('shows an error that Nest reports as an error', () => {
    const { logger, records } = aLogger();
    new NestLogger(logger).error(new Error('boom'), 'Somewhere');
    expect(records()[0]).toMatchObject({ context: 'Somewhere', err: { type: 'Error', message: 'boom' } });
  });

  it('takes over another level', () => {
    const { logger, output, lines } = aLogger();
    output.configure(logging.parse({ level: 'error' }));
    logger.warn('no');
    logger.error('yes');
    expect(lines).toHaveLength(1);
  });
});

describe(SinkWatch.name, () => {
  function aWatch() {
    const status: { -readonly [K in keyof SinkStatus]: SinkStatus[K] } = {
      pending: 0,
      dropped: 0,
      failing: false,
      lastError: null,
    };
    const sink: LogSink = { status, write: () => undefined, close: () => Promise.resolve(), closeNow: () => undefined };
    return { status, sut: new SinkWatch('files', sink) };
  }

  it('is silent while lines arrive', () => {
    expect(aWatch().sut.check(0)).toBeUndefined();
  });

  it('says once a minute that lines wait, and when they arrive again', () => {
    const { status, sut } = aWatch();
    Object.assign(status, { failing: true, pending: 5, lastError: { at: '', reason: 'ENOSPC' } });
    expect(sut.check(0)).toMatchObject({ level: 'warn', fields: { sink: 'files', pending: 5, reason: 'ENOSPC' } });
    expect(sut.check(59_000)).toBeUndefined();
    expect(sut.check(60_000)).toMatchObject({ level: 'warn' });
    status.failing = false;
    expect(sut.check(61_000)).toMatchObject({ level: 'info', message: 'log lines arrive again' });
    expect(sut.check(62_000)).toBeUndefined();
  });

  it('counts each lost line once', () => {
    const { status, sut } = aWatch();
    status.dropped = 10;
    expect(sut.check(0)).toMatchObject({ level: 'error', fields: { lost: 10 }, message: 'log lines were lost' });
    status.dropped = 15;
    expect(sut.check(30_000)).toBeUndefined();
    expect(sut.check(60_000)).toMatchObject({ fields: { lost: 5, dropped: 15 } });
    status.dropped = 16;
    expect(sut.last()).toMatchObject({ fields: { lost: 1, dropped: 16 } });
    expect(sut.last()).toBeUndefined();
  });
});

describe(StdoutSink.name, () => {
  function aFile(): { readonly path: string; readonly fd: number } {
    const dir = mkdtempSync(join(tmpdir(), 'message-center-stdout-'));
    const path = join(dir, 'out');
    const fd = openSync(path, 'w');
    onTestFinished(() => {
      closeSync(fd);
      rmSync(dir, { recursive: true });
    });
    return { path, fd };
  }

  it('writes every line, in order, soon and when it is closed', async () => {
    const { path, fd } = aFile();
    const sink = new StdoutSink(fd);
    const lines = Array.from({ length: 5_000 }, (_, i) => `line ${i} 消息\n`);
    for (const line of lines.slice(0, 3)) sink.write(line);
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe(lines.slice(0, 3).join('')));
    for (const line of lines.slice(3)) sink.write(line);
    await sink.close();
    expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
    expect(sink.status).toEqual({ dropped: 0, lastError: null });
  });

  it('writes what is buffered when there is no time left', () => {
    const { path, fd } = aFile();
    const sink = new StdoutSink(fd);
    sink.write('one\n');
    sink.flush();
    expect(readFileSync(path, 'utf8')).toBe('one\n');
  });

  it.skipIf(!existsSync('/dev/full'))('outlives a full disk, and can still be closed', async () => {
    const fd = openSync('/dev/full', 'w');
    const sink = new StdoutSink(fd);
    for (let i = 0; i < 2_000; i += 1) sink.write(`${'x'.repeat(9_999)}\n`);
    await vi.waitFor(() => expect(sink.status.lastError?.reason).toBe('ENOSPC'));
    expect(sink.status.dropped).toBe(400);
    await sink.close();
    expect(sink.status.dropped).toBe(2_000);
    closeSync(fd);
  });
});

describe('logging settings', () => {
  it('have defaults', () => {
    expect(logging.parse({})).toEqual({ level: 'info', keepDays: 14 });
    expect(logging.parse({ elasticsearch: { url: 'http://es:9200' } }).elasticsearch).toMatchObject({
      index: 'message-center',
      level: 'trace',
      batchLines: 500,
      interval: 1_000,
      timeout: 10_000,
    });
  });

  it.each<[string, Line]>([
    ['an address without a scheme', { url: 'es:9200' }],
    ['another scheme', { url: 'ftp://es' }],
    ['a query', { url: 'http://es/?a=b' }],
    ['an unreadable password', { url: 'http://u:50%@es' }],
    ['a bad index name', { url: 'http://es', index: 'Gateway' }],
    ['a password alone', { url: 'http://es', password: 'secret' }],
    ['a user twice', { url: 'http://u:p@es', username: 'u', password: 'p' }],
    ['a user and a key', { url: 'http://es', username: 'u', password: 'p', apiKey: 'k' }],
  ])('refuse %s', (_name, elasticsearch) => {
    expect(logging.safeParse({ elasticsearch }).success).toBe(false);
  });
});
