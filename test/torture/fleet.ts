import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Agent, fetch as undiciFetch } from 'undici';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { startTestGateway } from '../support/gateway.js';
import { startProcess, type GatewayProcess } from '../support/process.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { forEach, until, type Scale } from './scenario.js';

/** AOF as operators are advised to run it. */
const AOF = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];
/** No limit of the platform may hide a message in these tests. */
const UNLIMITED = { perMemberPerMinute: 1e9, perMemberPerHour: 1e9, personsPerDay: 1e9 };
export const APPS = ['default', 'second'].map((name, i) => ({
  name,
  agentId: 1_000_002 + i,
  secret: `torture-${name}-secret-0123456789abcdefghijklmnop`,
  visibleRange: { departments: [1] },
}));
export const FINAL_STATES = ['sent', 'partial', 'rejected', 'unknown', 'cancelled', 'expired', 'dead', 'quarantined'];
const WAITING = ['accepted', 'scheduled', 'queued', 'retrying', 'sending'];

export type Role = 'api' | 'worker' | 'all';

export interface FleetOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly redisArgs?: readonly string[];
}

/** A gateway of the fleet, whatever it runs in. */
export interface Member {
  readonly url: string;
}

/** What became of a delivery, as its record says. */
export interface Stored {
  readonly id: string;
  /** Undefined: there is no record. */
  readonly state: string | undefined;
  readonly flagged: boolean;
  readonly attempts: number;
}

export interface Answer {
  readonly status: number;
  readonly milliseconds: number;
  readonly id: string | undefined;
}

/**
 * Gateways around one Redis, with the platform in this process, which keeps every message it receives. In the long form
 * every gateway is a process; in the short one only those are that something happens to, for starting one takes more
 * than a second of a core. The others are made in this process, as production makes them.
 */
export class Fleet {
  readonly processes = new Set<GatewayProcess>();
  readonly client: Redis;
  readonly configFile: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'message-center-torture-'));
  private readonly agent = new Agent({ connections: 128, keepAliveTimeout: 4_000 });

  private readonly closers: (() => Promise<void>)[] = [];

  private constructor(
    readonly scale: Scale,
    private readonly turn: Promise<void>,
    readonly platform: WeComSimulator,
    readonly platformLine: TcpProxy,
    readonly redis: TestRedis,
    readonly redisLine: TcpProxy,
    private readonly settings: Readonly<Record<string, unknown>>,
  ) {
    this.client = new Redis(redis.port, '127.0.0.1', { maxRetriesPerRequest: null });
    this.client.on('error', () => undefined);
    this.configFile = join(this.folder, 'config.json');
    this.configure();
  }

  static async start(
    scale: Scale,
    turn: Promise<void>,
    { settings = {}, redisArgs = [] }: FleetOptions = {},
  ): Promise<Fleet> {
    const platform = await new WeComSimulator({ apps: APPS, limits: UNLIMITED, ledgerLimit: 300_000 }).start();
    const platformLine = await new TcpProxy(Number(new URL(platform.url).port)).start();
    const redis = await startRedis([...AOF, ...redisArgs]);
    const redisLine = await new TcpProxy(redis.port).start();
    return new Fleet(scale, turn, platform, platformLine, redis, redisLine, settings);
  }

  /** Writes the configuration; running processes load it again. */
  configure(change: (apps: Record<string, { corpSecret: string }>) => void = () => undefined): void {
    const block = this.platform.gatewayConfig() as { apps: Record<string, { corpSecret: string }> };
    const apps = structuredClone(block.apps);
    change(apps);
    const wecom = { ...block, apps, baseUrl: `http://127.0.0.1:${this.platformLine.port}` };
    const { delivery = {}, outbound: _, ...rest } = this.settings;
    writeFileSync(
      this.configFile,
      JSON.stringify({
        server: { port: 0, shutdownDelay: 1 },
        redis: { url: `redis://127.0.0.1:${this.redisLine.port}/0` },
        outbound: this.outbound(),
        delivery,
        logging: { level: 'warn' },
        providers: { wecom },
        ...rest,
      }),
    );
  }

  /** A gateway that nothing happens to. */
  async spawn(role: Role): Promise<Member> {
    if (this.scale === 'long') return this.spawnProcess(role);
    // Making one keeps this process busy for a while: nobody may be measured in it.
    await this.turn;
    const { timeoutMs } = this.outbound();
    const gateway = await startTestGateway({
      file: this.configFile,
      env: { ROLE: role, MSG_DOCS: 'false' },
      settings: { 'outbound.timeoutMs': timeoutMs },
      logLevel: 'warn',
    });
    this.closers.push(() => gateway.close());
    return gateway;
  }

  /** A gateway in a process of its own: to be killed, to be ended, or to have another clock. */
  async spawnProcess(role: Role, env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
    const started = await startProcess({
      args: ['serve', '--config', this.configFile],
      env: { ROLE: role, LOG_LEVEL: 'info', MSG_DOCS: 'false', ...env },
    });
    this.processes.add(started);
    return started;
  }

  /** Ends it as a crash does. */
  async crash(gateway: GatewayProcess): Promise<void> {
    this.processes.delete(gateway);
    await gateway.kill();
  }

  /** Sends message `n`, to the two apps in turn. */
  async send(
    url: string,
    n: number,
    query = 'async=true&dedupe=off',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const app = APPS[n % APPS.length]?.name ?? 'default';
    const body = JSON.stringify({ toparty: ['2'], msgtype: 'text', text: { content: contentOf(n) } });
    return this.request('POST', `${url}/v1/wecom/message/send?${query}`, body, { 'X-App': app, ...headers });
  }

  async request(
    method: string,
    url: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const started = performance.now();
    const took = (): number => performance.now() - started;
    try {
      const answer = await undiciFetch(url, {
        method,
        ...(body === undefined ? {} : { body }),
        headers: { 'content-type': 'application/json', ...headers },
        dispatcher: this.agent,
      });
      const text = await answer.text();
      return { status: answer.status, milliseconds: took(), id: /"id":"(dlv_[a-z2-7]{26})"/.exec(text)?.[1] };
    } catch {
      return { status: 0, milliseconds: took(), id: undefined };
    }
  }

  /** Sends so many and gives back the ids by message; all must be accepted. */
  async acceptMany(count: number, urls: readonly string[], query?: string): Promise<string[]> {
    const ids: string[] = [];
    await forEach(count, 64, async (n) => {
      const { id, status } = await this.send(String(urls[n % urls.length]), n, query);
      if (status !== 202 || id === undefined) throw new Error(`message ${n} was answered ${status}`);
      ids[n] = id;
    });
    return ids;
  }

  /** How often the platform received each message. */
  received(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { content } of this.platform.ledger.messages()) {
      const text = textOf(content);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return counts;
  }

  /** Deliveries that are not final yet. */
  async open(): Promise<number> {
    return this.countIn(WAITING);
  }

  async finished(): Promise<number> {
    return this.countIn(FINAL_STATES);
  }

  async countIn(states: readonly string[]): Promise<number> {
    const apps = await this.client.smembers('{mc}:apps');
    const counts = await Promise.all(
      apps.flatMap((app) => states.map((state) => this.client.zcard(`{mc}:index:${app}:${state}`))),
    );
    const sending = states.includes('sending') ? await this.client.zcard('{mc}:sending') : 0;
    return counts.reduce((sum, count) => sum + count, sending);
  }

  /** In short: lets the 10 s be over after which the sweeper takes the wake-up of what is in these states for lost. */
  async hasten(states: readonly string[] = ['accepted', 'queued']): Promise<void> {
    if (this.scale === 'long') return;
    const ids = await this.client.zrange('{mc}:due', 0, -1);
    const stored = await this.stored(ids);
    const waiting = stored.filter(({ state }) => states.includes(state ?? ''));
    await Promise.all(waiting.map(({ id }) => this.client.zincrby('{mc}:due', -10_000, id).catch(refusedAsFull)));
  }

  /**
   * Waits until everything is final; false when it is not in time.
   * @param alsoHastened further states that the short form does not wait for
   */
  drained(timeoutMs: number, alsoHastened: readonly string[] = []): Promise<boolean> {
    let looks = 0;
    const isDrained = async (): Promise<boolean> => {
      if ((await this.open()) === 0) return true;
      looks += 1;
      // A wake-up may have ended with its worker; one that comes before the end of the lease is repeated.
      if (looks % 10 === 0) await this.hasten(['accepted', 'queued', 'sending', ...alsoHastened]);
      return false;
    };
    return until(isDrained, timeoutMs, 100);
  }

  async stored(ids: readonly string[]): Promise<Stored[]> {
    const records: Stored[] = [];
    for (let from = 0; from < ids.length; from += 500) {
      const some = ids.slice(from, from + 500);
      const pipeline = this.client.pipeline();
      for (const id of some) pipeline.hmget(`{mc}:delivery:${id}`, 'state', 'duplicate', 'attempt');
      const answers = (await pipeline.exec()) ?? [];
      answers.forEach(([, values], i) => {
        const [state, duplicate, attempt] = values as (string | null)[];
        records.push({
          id: String(some[i]),
          state: state ?? undefined,
          flagged: duplicate === '1',
          attempts: Number(attempt),
        });
      });
    }
    return records;
  }

  private outbound(): { readonly timeoutMs: number } {
    return { timeoutMs: 5_000, ...(this.settings.outbound as object | undefined) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.processes].map((gateway) => gateway.kill()));
    await Promise.all(this.closers.map((close) => close()));
    this.client.disconnect();
    await this.agent.destroy();
    await this.redisLine.close();
    await this.platformLine.close();
    await this.redis.close();
    await this.platform.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Settings by which another worker takes over soon: milliseconds of an attempt, and of the pause behind it. */
export function quickTakeover(timeoutMs: number, takeoverMs: number): Readonly<Record<string, unknown>> {
  return { outbound: { timeoutMs }, delivery: { takeover: `${takeoverMs}ms` } };
}

/** The text of a message that the platform received. */
export function textOf(content: unknown): string {
  return /torture \d+/.exec(JSON.stringify(content))?.[0] ?? '';
}

/** Text of message `n`: the platform's ledger is searched by it. */
export function contentOf(n: number): string {
  return `torture ${n}`;
}

/** A Redis that is full takes nothing from us either: there the time has to pass by itself. */
function refusedAsFull(error: unknown): void {
  if (!(error instanceof Error && error.message.startsWith('OOM'))) throw error;
}
