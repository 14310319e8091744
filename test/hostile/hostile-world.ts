import { connect } from 'node:net';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import type { CallRecord } from '../../src/simulator/ledger.js';
import { aKey } from '../support/api-keys.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import type { HostileRequest } from './hostile-case.js';

/** Longest wait for an answer, milliseconds. */
const PATIENCE_MS = 8_000;
/** How long a connection may stay open after its answer, and how long half a request is held open, milliseconds. */
const LINGER_MS = 150;
/** Paths on which platforms give out tokens: they are asked for by us, not by a caller. */
const TOKEN_PATHS = new Set(['/gettoken', '/cgi-bin/gettoken']);

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A gateway with both platforms, Redis, and secrets that must be seen nowhere. */
export class HostileWorld {
  /** Every byte that came back. */
  readonly received: string[] = [];

  private constructor(
    readonly gateway: TestGateway,
    readonly redis: TestRedis,
    private readonly platforms: readonly [DingTalkSimulator, WeComSimulator],
    readonly key: string,
  ) {}

  static async start(): Promise<HostileWorld> {
    const redis = await startRedis();
    const platforms = [await new DingTalkSimulator().start(), await new WeComSimulator().start()] as const;
    const caller = aKey('hostile', {
      scopes: ['send', 'read', 'external', 'metrics', 'cancel', 'replay', 'directory'],
    });
    const gateway = await startTestGateway({
      simulators: platforms,
      logLevel: 'trace',
      settings: {
        'redis.url': redis.url,
        'access.apiKeys': [caller.entry],
        'access.allow': ['10.0.0.1'],
        'messagesExternal.enabled': true,
      },
    });
    // Swagger is loaded by the first who asks for it, which takes longer than our requests wait on busy cores.
    await (await fetch(`${gateway.url}/docs`)).text();
    return new HostileWorld(gateway, redis, platforms, caller.key);
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await Promise.all(this.platforms.map((platform) => platform.close()));
    await this.redis.close();
  }

  /** What the platforms were asked since the last look, tokens left out. */
  takeCalls(): readonly CallRecord[] {
    const calls = this.platforms.flatMap(({ ledger }) => ledger.calls().filter(({ path }) => !TOKEN_PATHS.has(path)));
    for (const { ledger } of this.platforms) ledger.clear();
    return calls;
  }

  /** What must be seen nowhere: the key, the secrets of the apps, and every token in use. */
  secrets(): readonly string[] {
    const settings = this.platforms.map((platform) => JSON.stringify(platform.gatewayConfig()));
    const secrets = settings.flatMap((text) =>
      [...text.matchAll(/"(?:appSecret|corpSecret|accessToken|secret|key)":"([^"]+)"/g)].map(
        ([, value]) => value ?? '',
      ),
    );
    return [this.key, ...secrets];
  }

  /** Lines that tell of a request. */
  requestLines(): readonly string[] {
    return this.gateway.logs.filter((line) => line.includes('"msg":"request"'));
  }

  /** Sends the bytes and reads until the gateway closes. */
  async exchange(request: HostileRequest): Promise<readonly RawAnswer[]> {
    const text = await this.write(this.bytesOf(request));
    this.received.push(text);
    return answersIn(text);
  }

  private bytesOf(request: HostileRequest): Buffer {
    if ('raw' in request) {
      return typeof request.raw === 'string' ? Buffer.from(request.raw.replaceAll('{key}', this.key)) : request.raw;
    }
    const { method = 'GET', path, headers = {}, body, keyless = false } = request;
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const head: Record<string, string> = {
      Host: new URL(this.gateway.url).host,
      Connection: 'close',
      ...(keyless ? {} : { 'X-API-Key': this.key }),
      ...(bytes === undefined ? {} : { 'Content-Length': String(bytes.length) }),
      ...headers,
    };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.concat([
      Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
      bytes ?? Buffer.alloc(0),
    ]);
  }

  private write(bytes: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(Number(new URL(this.gateway.url).port), '127.0.0.1');
      const timer = setTimeout(() => socket.destroy(new Error('the gateway neither answers nor closes')), PATIENCE_MS);
      const end = (): void => {
        clearTimeout(timer);
        clearTimeout(leave);
        resolve(Buffer.concat(chunks).toString('utf8'));
      };
      // Not before the answer: whoever leaves early is not answered. Not later: half a request would hang for seconds.
      const leave = setTimeout(() => socket.end(), LINGER_MS);
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        leave.refresh();
      });
      socket.once('close', end);
      // A gateway that refuses while we still write resets the connection: what it said before counts.
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === undefined) reject(error);
      });
      socket.write(bytes);
    });
  }
}

/** The answers in what came over one connection; interim ones (100 Continue) left out. */
function answersIn(text: string): readonly RawAnswer[] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('\r\n\r\n');
      return { status: Number(part.slice(9, 12)), head: part.slice(0, at), body: part.slice(at + 4) };
    })
    .filter(({ status }) => status >= 200);
}
