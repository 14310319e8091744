import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Logger } from '../../src/logging/logger.js';
import { LOGGER } from '../../src/logging/logging.module.js';
import { ProviderCaller } from '../../src/providers/provider-caller.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { aNotice, startDingTalkWorld, type DingTalkWorld } from '../support/dingtalk.js';
import { BulkStandIn } from '../support/elasticsearch.js';
import { call, post, startTestGateway } from '../support/gateway.js';
import { dingTalkEnvironment, startProcess } from '../support/process.js';

type Line = Readonly<Record<string, unknown>>;

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** What some reader of logs takes for the end of a line, or for a command. */
const HOSTILE = /[\p{Cc}\p{Zl}\p{Zp}]/u;

function records(lines: readonly string[]): Line[] {
  return lines.map((line) => JSON.parse(line) as Line);
}

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'message-center-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function anElasticsearch(): Promise<BulkStandIn> {
  const elasticsearch = await new BulkStandIn().start();
  onTestFinished(() => elasticsearch.stop());
  return elasticsearch;
}

async function status(url: string): Promise<Line> {
  return (JSON.parse((await call(`${url}/sys/status`)).text) as { logging: Line }).logging;
}

/** The lines of the files whose name begins so, over all days. */
function linesOf(dir: string, prefix: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.startsWith(prefix))
    .toSorted()
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').split(/(?<=\n)/))
    .filter((line) => line !== '');
}

describe('log lines', () => {
  let world: DingTalkWorld;

  beforeAll(async () => {
    world = await startDingTalkWorld();
    world.gateway.app.get<Logger>(LOGGER).level = 'info';
  });
  afterAll(() => world.close());

  /** The lines that one action caused. */
  async function during(action: () => Promise<unknown>): Promise<Line[]> {
    const before = world.gateway.logs.length;
    await action();
    await vi.waitFor(() => expect(world.gateway.logs.slice(before).join('')).toContain('"msg":"request"'));
    return records(world.gateway.logs.slice(before));
  }

  it('are one per request, with the id and the trace of the caller and what the platform said', async () => {
    const lines = await during(() =>
      world.notify(aNotice(), { headers: { 'X-Request-Id': 'r-1', traceparent: TRACE } }),
    );
    const own = lines.filter(({ msg }) => msg === 'request' || msg === 'platform call');
    expect(own).toMatchObject([
      {
        msg: 'request',
        requestId: 'r-1',
        traceparent: TRACE,
        route: '/v1/dd/topapi/message',
        status: 200,
        provider: 'dingtalk',
        outcome: 'sent',
        receipt: expect.stringMatching(/^\d+$/),
        platformMs: expect.any(Number),
      },
    ]);
  });

  it('are two where the platform refuses, and for whoever debugs', async () => {
    const refused = await during(() => {
      world.platform.throttle(true);
      onTestFinished(() => world.platform.throttle(false));
      return world.notify(aNotice());
    });
    expect(refused.map(({ msg }) => msg)).toEqual(['platform call', 'request']);
    world.gateway.app.get<Logger>(LOGGER).level = 'debug';
    onTestFinished(() => void (world.gateway.app.get<Logger>(LOGGER).level = 'info'));
    const debugged = await during(() => world.notify(aNotice()));
    expect(debugged.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['platform call', 'request']));
  });

  it('carry no trace that is not one', async () => {
    const lines = await during(() => world.notify(aNotice(), { headers: { traceparent: 'canary-trace' } }));
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toMatch(/canary|traceparent/);
  });

  it('stay one per request whatever a request contains', async () => {
    const { host } = new URL(world.url);
    let arrived = 0;
    const count = (): void => void (arrived += 1);
    world.gateway.app.getHttpServer().on('request', count);
    onTestFinished(() => void world.gateway.app.getHttpServer().off('request', count));
    const before = world.gateway.logs.length;
    const evil = [
      '%0a{"msg":"request"}',
      '\u2028',
      '\u0085',
      '\u001b[31m',
      '\r\n\r\n',
      '\u202e',
      '\ud83d\ude00',
      'x'.repeat(12_000),
    ];
    const requests = evil.flatMap((text) => [
      rawRequest(host, `GET /v1/${text} HTTP/1.1`, []),
      rawRequest(host, 'GET /sys/check HTTP/1.1', [`X-Request-Id: ${text}`]),
      rawRequest(host, 'GET /sys/check HTTP/1.1', [`traceparent: ${text}`, `X-App: ${text}`, `User-Agent: ${text}`]),
      rawRequest(host, `GET /sys/check?app=${text} HTTP/1.1`, []),
      post(`${world.url}/v1/dd/topapi/message`, { [text]: text, userid_list: text, msg: { msgtype: text } }).then(
        () => 1,
      ),
      post(`${world.url}/v1/dd/topapi/message`, text),
    ]);
    await Promise.all(requests);
    expect(arrived).toBeGreaterThan(30);
    const lines = await vi.waitFor(() => {
      const found = world.gateway.logs.slice(before);
      expect(found.filter((line) => line.endsWith('"msg":"request"}\n'))).toHaveLength(arrived);
      return found;
    });
    for (const line of lines) {
      expect(line.slice(0, -1)).not.toMatch(HOSTILE);
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(16 * 1024);
      expect(JSON.parse(line)).toHaveProperty('requestId');
    }
  });

  it('show where an unexpected error happened, and never the body', async () => {
    const run = vi
      .spyOn(world.gateway.app.get(ProviderCaller), 'run')
      .mockImplementation((_provider, _operation, input) => {
        throw Object.assign(new Error('boom'), { body: input, config: { data: JSON.stringify(input) } });
      });
    onTestFinished(() => run.mockRestore());
    const lines = await during(() =>
      world.notify({ ...aNotice(), userid_list: 'canary-user' }, { headers: { 'X-Request-Id': 'r-2' } }),
    );
    const error = lines.find(({ msg }) => msg === 'unexpected error');
    expect(error).toMatchObject({
      level: 'error',
      requestId: 'r-2',
      err: { type: 'Error', message: 'boom', stack: expect.stringMatching(/^at /) as string },
    });
    expect(JSON.stringify(lines)).not.toContain('canary-user');
  });

  it('of repeated unexpected errors are few, those of the requests are complete', async () => {
    const run = vi.spyOn(world.gateway.app.get(ProviderCaller), 'run').mockImplementation(() => {
      throw new RangeError('again');
    });
    onTestFinished(() => run.mockRestore());
    const before = world.gateway.logs.length;
    await Promise.all(Array.from({ length: 40 }, () => world.notify()));
    const lines = await vi.waitFor(() => {
      const found = records(world.gateway.logs.slice(before));
      expect(found.filter(({ msg }) => msg === 'request')).toHaveLength(40);
      return found;
    });
    expect(lines.filter(({ msg }) => msg === 'unexpected error')).toHaveLength(10);
  });
});

describe('log files', () => {
  it('hold the lines of stdout, errors in a file of their own', async () => {
    const dir = aFolder();
    const world = await startDingTalkWorld({ settings: { 'logging.dir': dir } });
    vi.spyOn(world.gateway.app.get(ProviderCaller), 'run').mockImplementationOnce(() => {
      throw new Error('boom');
    });
    await world.notify();
    await world.notify();
    expect(await status(world.url)).toMatchObject({ files: { dir, dropped: 0, failing: false }, elasticsearch: null });
    await world.close();
    expect(linesOf(dir, 'message-center-').join('')).toBe(world.gateway.logs.join(''));
    expect(records(linesOf(dir, 'error-')).map(({ msg }) => msg)).toEqual(['unexpected error']);
  });

  it('that cannot be written stop nothing: stdout says so, and lines arrive when they can', async () => {
    const dir = join(aFolder(), 'log');
    writeFileSync(dir, 'not a folder');
    const world = await startDingTalkWorld({ settings: { 'logging.dir': dir } });
    onTestFinished(() => world.close());
    expect((await world.notify()).status).toBe(200);
    const complaint = 'log lines do not arrive, they wait in memory';
    await vi.waitFor(() => expect(world.gateway.logs.join('')).toContain(complaint), { timeout: 5_000 });
    expect(await status(world.url)).toMatchObject({
      files: { failing: true, dropped: 0, lastError: { reason: expect.stringMatching(/ENOTDIR|EEXIST/) as string } },
    });
    rmSync(dir);
    await vi.waitFor(() => expect(world.gateway.logs.join('')).toContain('log lines arrive again'), { timeout: 5_000 });
    expect((await world.notify()).status).toBe(200);
    await vi.waitFor(() => expect(linesOf(dir, 'message-center-')).toEqual(world.gateway.logs), { timeout: 5_000 });
  });

  it('follow a change of the configuration', async () => {
    const [one, two, file] = [aFolder(), aFolder(), join(aFolder(), 'config.yaml')];
    writeFileSync(file, `logging: { dir: ${one} }`);
    const gateway = await startTestGateway({ file });
    await call(`${gateway.url}/sys/check`);
    writeFileSync(file, `logging: { dir: ${two} }`);
    await vi.waitFor(() => expect(gateway.logs.join('')).toContain('configuration reloaded'), { timeout: 5_000 });
    await call(`${gateway.url}/sys/check`);
    await gateway.close();
    const before = linesOf(one, 'message-center-');
    const after = linesOf(two, 'message-center-');
    expect([...before, ...after]).toEqual(gateway.logs);
    expect(after.length).toBeGreaterThan(0);
  });
});

describe('shipping to Elasticsearch', () => {
  const password = 'canary-es-password';

  it('brings every line there once while Elasticsearch goes away and comes back, and shows no secret', async () => {
    const elasticsearch = await anElasticsearch();
    const url = elasticsearch.url.replace('//', `//gateway:${password}@`);
    const world = await startDingTalkWorld({
      settings: { 'logging.elasticsearch': { url, interval: '50ms', timeout: '500ms', batchLines: 20 } },
    });
    await world.notify();
    await vi.waitFor(() => expect(elasticsearch.documents.size).toBeGreaterThan(0));
    await elasticsearch.stop();
    await Promise.all(Array.from({ length: 60 }, () => world.notify()));
    await vi.waitFor(() => expect(world.gateway.logs.join('')).toContain('they wait in memory'), { timeout: 5_000 });
    const away = await status(world.url);
    expect(away).toMatchObject({ elasticsearch: { dropped: 0, failing: true } });
    expect((away.elasticsearch as Line).pending).toBeGreaterThan(100);
    await elasticsearch.start();
    elasticsearch.mode = { kind: 'answer-lost' };
    await vi.waitFor(() => expect(elasticsearch.documents.size).toBeGreaterThan(20), { timeout: 10_000 });
    elasticsearch.mode = { kind: 'each', statusOf: (_line, position) => (position % 5 === 4 ? 429 : 0) };
    await vi.waitFor(() => expect(elasticsearch.documents.size).toBeGreaterThan(60), { timeout: 10_000 });
    elasticsearch.mode = { kind: 'ok' };
    await vi.waitFor(() => expect(world.gateway.logs.join('')).toContain('log lines arrive again'), {
      timeout: 10_000,
    });
    const shown = JSON.stringify(await status(world.url));
    await world.close();
    const shipped = [...elasticsearch.documents.values()].map(({ source }) => {
      const { '@timestamp': at, ...record } = source;
      expect(at).toBeDefined();
      return JSON.stringify(record);
    });
    expect(shipped.toSorted()).toEqual(world.gateway.logs.map((line) => line.trimEnd()).toSorted());
    expect(shown).toContain('"dropped":0');
    const output = world.gateway.logs.join('') + shown;
    expect(output).not.toContain(password);
    expect(output).not.toContain(Buffer.from(`gateway:${password}`).toString('base64'));
  });

  it('says what was lost when Elasticsearch stays away until the end', async () => {
    const elasticsearch = await anElasticsearch();
    elasticsearch.mode = { kind: 'status', status: 503 };
    const gateway = await startTestGateway({
      settings: { 'logging.elasticsearch': { url: elasticsearch.url, interval: '50ms' } },
    });
    await call(`${gateway.url}/sys/check`);
    const before = gateway.logs.length;
    await gateway.close();
    const last = records(gateway.logs).at(-1);
    expect(last).toMatchObject({
      level: 'error',
      msg: 'log lines were lost',
      sink: 'elasticsearch',
      reason: 'HTTP 503',
    });
    expect(last?.lost).toBeGreaterThanOrEqual(before - 1);
  });
});

describe('the program', () => {
  let platform: DingTalkSimulator;

  beforeAll(async () => {
    platform = await new DingTalkSimulator().start();
  });
  afterAll(() => platform.close());

  it('brings every line to stdout, files and Elasticsearch before it ends', async () => {
    const dir = aFolder();
    const elasticsearch = await anElasticsearch();
    const program = await startProcess({
      env: {
        ...dingTalkEnvironment(platform),
        MSG_LOG_DIR: dir,
        MSG_LOG_ES_URL: elasticsearch.url,
        LOG_LEVEL: 'debug',
      },
    });
    await Promise.all(Array.from({ length: 50 }, () => post(`${program.url}/v1/dd/topapi/message`, aNotice())));
    program.signal('SIGTERM');
    const { code, output } = await program.exited;
    expect(code).toBe(0);
    const lines = output.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.filter((line) => line.includes('"msg":"request"'))).toHaveLength(50);
    expect(lines.at(-1)).toContain('"msg":"stopped"');
    expect(linesOf(dir, 'message-center-').map((line) => line.trimEnd())).toEqual(lines);
    expect(elasticsearch.stored('msg')).toEqual(records(lines).map(({ msg }) => msg));
  });

  it('ends in time and says what was lost when Elasticsearch hangs', async () => {
    const elasticsearch = await anElasticsearch();
    elasticsearch.mode = { kind: 'hang' };
    const program = await startProcess({
      env: { ...dingTalkEnvironment(platform), MSG_LOG_ES_URL: elasticsearch.url },
    });
    await post(`${program.url}/v1/dd/topapi/message`, aNotice());
    program.signal('SIGINT');
    const { code } = await program.exited;
    expect(code).toBe(0);
    expect(program.logs().at(-1)).toMatchObject({ msg: 'log lines were lost', sink: 'elasticsearch' });
  });
});

/** Sends bytes as they are; some of them do not get past Node's parser. */
async function rawRequest(host: string, line: string, headers: readonly string[]): Promise<void> {
  const [hostname, port] = host.split(':');
  const socket = connect(Number(port), hostname);
  socket.write([line, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n'));
  socket.on('error', () => undefined).resume();
  await once(socket, 'close');
}
