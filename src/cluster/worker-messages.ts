/** What a worker process tells its primary about itself. */
export type WorkerMessage =
  /** the event loop turns */
  | { readonly type: 'worker:alive' }
  | { readonly type: 'worker:listening'; readonly url: string }
  /** it cannot start, and would not the next time either; it ends with {@link START_FAILED} */
  | { readonly type: 'worker:failed'; readonly reason: string };

/** How often a worker says that it lives, milliseconds. */
export const HEARTBEAT_MS = 5_000;

/** Exit code of a worker that cannot start: EX_CONFIG of sysexits.h. */
export const START_FAILED = 78;

/** The variable that tells a worker its place among the workers, 1 to n; whoever replaces it has the same. */
export const WORKER_SLOT = 'MESSAGE_CENTER_WORKER';

/** The message, if it is one of ours: the channel is shared with whatever else the processes have to say. */
export function workerMessage(message: unknown): WorkerMessage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  const { type } = message;
  return typeof type === 'string' && type.startsWith('worker:') ? (message as WorkerMessage) : undefined;
}
