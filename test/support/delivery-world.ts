import { expect, onTestFinished } from 'vitest';
import type { DeliveryView } from '../../src/delivery/delivery.view.js';
import type { DeliveryState } from '../../src/delivery/delivery.record.js';
import {
  DingTalkSimulator,
  type DingTalkSimulatorOptions,
} from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { WeComSimulator, type WeComSimulatorOptions } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { aNotice } from './dingtalk.js';
import { call, post, startTestGateway, type TestAnswer, type TestGateway } from './gateway.js';
import type { TestRedis } from './redis.js';

/** Paths of the gateway that tests send through. */
export const NOTICE = '/v1/dd/topapi/message';
export const WECOM = '/v1/wecom/message/send';

/** Paths of the platforms' calls behind them. */
export const WECOM_CALL = '/cgi-bin/message/send';

/** Short pauses between attempts, so that a test need not wait. */
export const HASTY_RETRY = ['100ms', '100ms', '100ms'];

export interface DeliveryWorldOptions {
  /** Where deliveries live; in memory without it. */
  readonly redis?: TestRedis;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly dingtalk?: DingTalkSimulatorOptions;
  readonly wecom?: WeComSimulatorOptions;
}

let databases = 0;
let messages = 0;

/** A database of Redis that no other world of this file uses. */
export function freshDatabase({ port }: TestRedis): string {
  databases += 1;
  return `redis://127.0.0.1:${port}/${databases}`;
}

/** A WeCom text message that no test has sent before, to one member. */
export function aWeComText(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  messages += 1;
  return { touser: ['zhangsan'], msgtype: 'text', text: { content: `磁盘空间不足 #${messages}` }, ...overrides };
}

/** A gateway with both platforms, and what a test asks of its deliveries. */
export class DeliveryWorld {
  constructor(
    readonly dingtalk: DingTalkSimulator,
    readonly wecom: WeComSimulator,
    readonly gateway: TestGateway,
  ) {}

  get url(): string {
    return this.gateway.url;
  }

  post(path: string, body: unknown = aNotice(), headers: Readonly<Record<string, string>> = {}): Promise<TestAnswer> {
    return post(this.url + path, body, { headers });
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<TestAnswer> {
    return call(this.url + path, { headers });
  }

  /** Sends a work notice asynchronously; gives back the id of the delivery. */
  async accept(query = '', body: unknown = aNotice()): Promise<string> {
    return this.acceptAt(NOTICE, query, body);
  }

  async acceptWeCom(query = '', body: unknown = aWeComText()): Promise<string> {
    return this.acceptAt(WECOM, query, body);
  }

  async view(id: string): Promise<DeliveryView> {
    const { status, body } = await this.get(`/v1/deliveries/${id}`);
    expect(status).toBe(200);
    return body.data as DeliveryView;
  }

  /** Waits until the delivery is in this state. */
  async reaches(id: string, state: DeliveryState, timeout = 8_000): Promise<DeliveryView> {
    await expect.poll(async () => (await this.view(id)).status, { timeout, interval: 20 }).toBe(state);
    return this.view(id);
  }

  async cancel(id: string): Promise<TestAnswer> {
    return call(`${this.url}/v1/deliveries/${id}`, { method: 'DELETE' });
  }

  async replay(id: string, body: unknown = {}): Promise<TestAnswer> {
    return this.post(`/v1/deliveries/${id}/retry`, body);
  }

  /** Every delivery there is, the newest first. */
  async list(query = ''): Promise<readonly DeliveryView[]> {
    const { status, body } = await this.get(`/v1/deliveries?${query}`);
    expect(status).toBe(200);
    return body.data as DeliveryView[];
  }

  /** How many messages both platforms accepted. */
  messageCount(): number {
    return this.dingtalk.ledger.messages().length + this.wecom.ledger.messages().length;
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.dingtalk.close();
    await this.wecom.close();
  }

  private async acceptAt(path: string, query: string, body: unknown): Promise<string> {
    const answer = await this.post(`${path}?async=true&${query}`, body);
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 202, error: undefined });
    return (answer.body.data as { id: string }).id;
  }
}

/** Starts all three; they are closed when the test is over. */
export async function startDeliveryWorld(options: DeliveryWorldOptions = {}): Promise<DeliveryWorld> {
  const dingtalk = await new DingTalkSimulator(options.dingtalk).start();
  const wecom = await new WeComSimulator(options.wecom).start();
  const redis = options.redis === undefined ? {} : { 'redis.url': freshDatabase(options.redis) };
  const gateway = await startTestGateway({
    simulators: [dingtalk, wecom],
    settings: { ...redis, ...options.settings },
  });
  const world = new DeliveryWorld(dingtalk, wecom, gateway);
  onTestFinished(() => world.close());
  return world;
}
