import type { Cluster, Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import { clusterMessage, COLLECT_MS, type ClusterMessage } from './cluster-messages.js';
import type { MetricSnapshot } from './metric-registry.js';

/** What outlives a worker: these only ever grow. Gauges end with their process. */
const LASTING = new Set(['counter', 'histogram']);

/**
 * The primary's side of `/metrics` with several worker processes: whichever is scraped answers for all. Called once,
 * before or after the workers are started.
 *
 * What ended workers had counted stays in the sum. Without that a restart of one worker would look like a counter that
 * began anew, and `rate()` would count everything a second time.
 */
export function serveClusterMetrics(cluster: Cluster): void {
  const primary = new PrimaryMetrics(cluster);
  cluster.on('message', (worker, message: unknown) => primary.receive(worker, clusterMessage(message)));
  cluster.on('exit', (worker) => primary.ended(worker));
}

interface Waiting {
  readonly workers: Set<number>;
  readonly done: () => void;
}

class PrimaryMetrics {
  /** What each living worker said last. */
  private readonly last = new Map<number, readonly MetricSnapshot[]>();
  /** What the ended ones had counted. */
  private retired: readonly MetricSnapshot[] = [];
  private retiring = Promise.resolve();
  private readonly waiting = new Map<number, Waiting>();
  private rounds = 0;
  private collecting: Promise<string> | undefined;

  constructor(private readonly cluster: Cluster) {}

  receive(worker: Worker, message: ClusterMessage | undefined): void {
    if (message?.type === 'metrics') {
      // Several scrapes at once are answered by one collection.
      this.collecting ??= this.collect().finally(() => (this.collecting = undefined));
      const { id } = message;
      // Without an answer the worker shows its own metrics, and says so.
      void this.collecting.then((text) => send(worker, { type: 'metrics:all', id, text })).catch(() => undefined);
    } else if (message?.type === 'metrics:own') {
      if (!worker.isDead()) this.last.set(worker.id, message.metrics);
      this.settle(message.id, worker.id);
    }
  }

  ended(worker: Worker): void {
    for (const id of this.waiting.keys()) this.settle(id, worker.id);
    const lasting = this.last.get(worker.id)?.filter(({ type }) => LASTING.has(type));
    this.last.delete(worker.id);
    if (!lasting) return;
    this.retiring = this.retire(lasting, this.retiring).catch(() => undefined);
  }

  /** One after the other: each adds to what the one before left. */
  private async retire(metrics: readonly MetricSnapshot[], before: Promise<void>): Promise<void> {
    await before;
    const sum = AggregatorRegistry.aggregate([this.retired, metrics]);
    this.retired = (await sum.getMetricsAsJSON()) as unknown as MetricSnapshot[];
  }

  private async collect(): Promise<string> {
    const asked = Object.values(this.cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true);
    const late = await this.ask(asked as Worker[]);
    await this.retiring;
    const text = await AggregatorRegistry.aggregate([...this.last.values(), this.retired]).metrics();
    return late === 0
      ? text
      : `# ${late} of ${asked.length} workers did not answer: what they said last is used\n${text}`;
  }

  /** Asks the workers for their metrics; gives back how many did not answer in time. */
  private async ask(workers: readonly Worker[]): Promise<number> {
    if (workers.length === 0) return 0;
    this.rounds += 1;
    const id = this.rounds;
    const missing = new Set(workers.map((worker) => worker.id));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, COLLECT_MS);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.waiting.set(id, { workers: missing, done });
      for (const worker of workers) send(worker, { type: 'metrics:collect', id });
    });
    this.waiting.delete(id);
    return missing.size;
  }

  private settle(id: number, worker: number): void {
    const round = this.waiting.get(id);
    if (!round) return;
    round.workers.delete(worker);
    if (round.workers.size === 0) round.done();
  }
}

/** A worker may end at any moment: what cannot be delivered is dropped. */
function send(worker: Worker, message: ClusterMessage): void {
  if (worker.isConnected()) worker.send(message, undefined, undefined, () => undefined);
}
