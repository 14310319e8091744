import cluster from 'node:cluster';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { clusterMessage, SCRAPE_MS, type ClusterMessage } from './cluster-messages.js';
import { MetricRegistry } from './metric-registry.js';

/**
 * The text of `/metrics`: of this process, or, in a worker process, of all of them. The worker asks its primary, see
 * `cluster-metrics.ts`.
 */
@Injectable()
export class ScrapeService implements OnModuleInit, OnApplicationShutdown {
  private readonly waiting = new Map<number, (text: string) => void>();
  private asked = 0;
  private running: Promise<string> | undefined;

  constructor(private readonly registry: MetricRegistry) {}

  onModuleInit(): void {
    if (cluster.isWorker) process.on('message', this.receive);
  }

  onApplicationShutdown(): void {
    process.off('message', this.receive);
  }

  /** Several scrapes at once share one answer. */
  text(): Promise<string> {
    this.running ??= this.read().finally(() => (this.running = undefined));
    return this.running;
  }

  private async read(): Promise<string> {
    if (!cluster.isWorker) return this.registry.text();
    const all = await this.askPrimary();
    if (all !== undefined) return all;
    return (
      `# worker ${cluster.worker?.id ?? '?'} alone: the primary did not answer within ${SCRAPE_MS / 1_000} s\n` +
      (await this.registry.text())
    );
  }

  private async askPrimary(): Promise<string | undefined> {
    this.asked += 1;
    const id = this.asked;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string | undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), SCRAPE_MS);
        this.waiting.set(id, resolve);
        send({ type: 'metrics', id });
      });
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  private readonly receive = (received: unknown): void => {
    const message = clusterMessage(received);
    if (message?.type === 'metrics:all') this.waiting.get(message.id)?.(message.text);
    else if (message?.type === 'metrics:collect') void this.tell(message.id);
  };

  /** What the primary does not get in time it replaces by what it got last. */
  private async tell(id: number): Promise<void> {
    const metrics = await this.registry.snapshots().catch(() => undefined);
    if (metrics) send({ type: 'metrics:own', id, metrics });
  }
}

/** The primary may have gone: what cannot be delivered is dropped. */
function send(message: ClusterMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
