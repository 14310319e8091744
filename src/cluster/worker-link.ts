import cluster from 'node:cluster';
import { HEARTBEAT_MS, WORKER_SLOT, type WorkerMessage } from './worker-messages.js';

/** The place of this process among the workers; undefined when it is not a worker. */
export function workerSlot(env: NodeJS.ProcessEnv): number | undefined {
  return cluster.isWorker ? Number(env[WORKER_SLOT] ?? cluster.worker?.id) : undefined;
}

/** From now on the primary hears that the event loop of this worker turns. */
export function startHeartbeat(): void {
  const beat = (): void => void send({ type: 'worker:alive' });
  beat();
  setInterval(beat, HEARTBEAT_MS).unref();
}

/**
 * Tells the primary that this worker serves.
 * @param onOrphaned called when the primary is gone; must end the process in order
 */
export function tellListening(url: string, onOrphaned: () => void): void {
  // Else Node ends the process as soon as the channel breaks, in the middle of a request.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  process.once('disconnect', onOrphaned);
  void send({ type: 'worker:listening', url });
}

/** Tells the primary why this worker ends; resolves when that is on its way. */
export function tellFailed(reason: string): Promise<void> {
  return send({ type: 'worker:failed', reason });
}

/** The primary may have gone: what cannot be delivered is dropped. */
function send(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
}
