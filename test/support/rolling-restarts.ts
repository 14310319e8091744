import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { Balancer } from './balancer.js';
import { dingTalkEnvironment, startProcess, type GatewayProcess } from './process.js';
import { freePort } from './redis.js';

export interface RollingOptions {
  readonly restarts: number;
  readonly perSecond: number;
}

/** What the client behind the balancer saw. */
export interface RollingResult {
  readonly requests: number;
  /** Answers by status; 0 is a connection that broke. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Exit codes of the instances that were ended. */
  readonly exits: readonly (number | null)[];
  /** Messages that people saw. */
  readonly messages: number;
  readonly seconds: number;
  /** What was said instead of 200, at most ten times. */
  readonly complaints: readonly string[];
}

/** The platform's own limits are not what is measured. */
const NO_LIMITS = { perUserPerDay: 1e6, recipientsPerMinute: 1e6 };

/** Two instances behind a balancer, restarted one after the other by SIGTERM while a client sends at a steady rate. */
export async function rollingRestarts({ restarts, perSecond }: RollingOptions): Promise<RollingResult> {
  const started = performance.now();
  const platform = await new DingTalkSimulator({ noticeLimits: NO_LIMITS, ledgerLimit: 100_000 }).start();
  const ports = [await freePort(), await freePort()];
  const launch = (port = 0): Promise<GatewayProcess> =>
    startProcess({ env: { ...dingTalkEnvironment(platform), PORT: String(port) } });
  const instances = await Promise.all(ports.map(launch));
  const balancer = new Balancer(instances.map(({ url }) => url));
  const client = new SteadyClient(await balancer.start(), perSecond);
  const exits: (number | null)[] = [];
  try {
    client.start();
    for (let turn = 0; turn < restarts; turn += 1) {
      const at = turn % instances.length;
      const ending = instances[at] as GatewayProcess;
      ending.signal('SIGTERM');
      exits.push((await ending.exited).code);
      instances[at] = await launch(ports[at]);
      await balancer.until(ending.url, true);
    }
    await client.stop();
  } finally {
    balancer.close();
    await Promise.all(instances.map((instance) => instance.kill()));
    await platform.close();
  }
  const { statuses, requests, complaints } = client;
  const messages = platform.ledger.messages().filter(({ shown }) => shown).length;
  const seconds = Math.round((performance.now() - started) / 1_000);
  return { requests, statuses, exits, messages, seconds, complaints };
}

/** Sends notices at a steady rate, whether or not the ones before were answered. */
class SteadyClient {
  requests = 0;
  readonly statuses: Record<number, number> = {};
  readonly complaints: string[] = [];
  private readonly open = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly url: string,
    private readonly perSecond: number,
  ) {}

  start(): void {
    const began = performance.now();
    this.timer = setInterval(() => {
      const due = ((performance.now() - began) / 1_000) * this.perSecond;
      while (this.requests < due) this.send();
    }, 5);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
  }

  private send(): void {
    this.requests += 1;
    const body = JSON.stringify({
      userid_list: 'zhangsan',
      msg: { msgtype: 'text', text: { content: `#${this.requests}` } },
    });
    const sent = fetch(`${this.url}/v1/dd/topapi/message`, { method: 'POST', body })
      .then(async (answer) => this.note(answer.status, await answer.text()))
      .catch((error: Error) => this.note(0, `${error.message}: ${String(error.cause)}`))
      .finally(() => this.open.delete(sent));
    this.open.add(sent);
  }

  private note(status: number, text: string): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (status !== 200 && this.complaints.length < 10) this.complaints.push(`${status} ${text.slice(0, 200)}`);
  }
}
