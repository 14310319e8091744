import { Balancer } from '../support/balancer.js';
import type { GatewayProcess } from '../support/process.js';
import { freePort } from '../support/redis.js';
import { contentOf, type Fleet, type Member } from './fleet.js';
import { onFleet } from './on-fleet.js';
import { seconds, Verdict, type Outcome, type Scenario } from './scenario.js';

/** A client that sends at a steady rate, whether or not what it sent before was answered; every second one asynchronously. */
class SteadyClient {
  requests = 0;
  /** Message numbers that were not answered with a yes, by status. */
  readonly refused = new Map<number, number>();
  private readonly open = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly fleet: Fleet,
    private readonly url: string,
  ) {}

  start(perSecond: number): void {
    const began = performance.now();
    this.timer = setInterval(() => {
      const due = ((performance.now() - began) / 1_000) * perSecond;
      while (this.requests < due) this.send(this.requests++);
    }, 5);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
  }

  private send(n: number): void {
    const sent = this.fleet
      .send(this.url, n, n % 2 === 0 ? 'async=true&dedupe=off' : '')
      .then(({ status }) => this.note(status))
      .finally(() => this.open.delete(sent));
    this.open.add(sent);
  }

  private note(status: number): void {
    if (status !== 200 && status !== 202) this.refused.set(status, (this.refused.get(status) ?? 0) + 1);
  }
}

interface Instances {
  /** Those that are ended in turn. */
  readonly ending: GatewayProcess[];
  readonly staying: readonly Member[];
}

/** In the long form whoever ends is started again on his port; in the short one somebody else comes for him. */
async function restartInTurn(fleet: Fleet, { ending, staying }: Instances): Promise<Outcome> {
  const [restarts, perSecond] = fleet.scale === 'short' ? [1, 50] : [20, 200];
  const verdict = new Verdict();
  const balancer = new Balancer([...ending, ...staying].map(({ url }) => url));
  const client = new SteadyClient(fleet, await balancer.start());
  const exits: (number | null)[] = [];
  const started = performance.now();
  try {
    client.start(perSecond);
    for (let turn = 0; turn < restarts; turn += 1) {
      const at = turn % ending.length;
      const instance = ending[at] as GatewayProcess;
      instance.signal('SIGTERM');
      exits.push((await instance.exited).code);
      fleet.processes.delete(instance);
      if (fleet.scale === 'short') {
        const { url } = await fleet.spawn('all');
        balancer.add(url);
        await balancer.until(url, true);
      } else {
        ending[at] = await fleet.spawnProcess('all', { PORT: new URL(instance.url).port });
        await balancer.until(instance.url, true);
      }
    }
    await client.stop();
  } finally {
    balancer.close();
  }
  const took = performance.now() - started;
  const drained = await fleet.drained(30_000);
  const received = fleet.received();
  let [lost, repeated] = [0, 0];
  for (let n = 0; n < client.requests; n += 1) {
    const times = received.get(contentOf(n)) ?? 0;
    if (times === 0) lost += 1;
    else repeated += times - 1;
  }
  const refused = [...client.refused.values()].reduce((sum, count) => sum + count, 0);
  const told = [...client.refused].map(([status, count]) => `${count} × ${status}`).join(', ');
  verdict.expect(refused === 0, `${told} at the client; balancer: ${[...balancer.failures].join(', ')}`);
  verdict.expect(drained && lost === 0, `${lost} lost`);
  verdict.expect(repeated === 0, `${repeated} repeated`);
  verdict.expect(
    exits.every((code) => code === 0),
    `exit codes ${exits.join(', ')}`,
  );
  return verdict.outcome(
    `${client.requests} requests in ${seconds(took)}, half of them asynchronous: ${refused} non-2xx, ${lost} lost, ` +
      `${repeated} repeated`,
  );
}

export const rollingRestarts: Scenario = {
  test: '20 rolling SIGTERM restarts of 2 instances at 200 requests/s, behind a balancer',
  figure: '0 lost, 0 repeated, 0 non-2xx at the client',
  prepare: onFleet({
    // The pause must be longer than the balancer's probe interval and time-out together: it knows no sooner.
    options: (scale) => ({ settings: { server: { port: 0, shutdownDelay: scale === 'short' ? '1500ms' : '2s' } } }),
    cast: async (fleet) => {
      if (fleet.scale === 'short') {
        const [ending, staying] = await Promise.all([fleet.spawnProcess('all'), fleet.spawn('all')]);
        return { ending: [ending], staying: [staying] };
      }
      const ports = await Promise.all([freePort(), freePort()]);
      const ending = await Promise.all(ports.map((port) => fleet.spawnProcess('all', { PORT: String(port) })));
      return { ending, staying: [] };
    },
    act: restartInTurn,
  }),
};
