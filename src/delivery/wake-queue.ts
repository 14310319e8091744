/**
 * Does what a wake-up is for; never throws. Whoever has something left to do beside which others may begin calls
 * `makeRoom` before he is done, as often as he likes.
 */
export type OnWake = (id: string, makeRoom: () => void) => Promise<void>;

/**
 * Wakes a worker for a delivery, now. It carries the id and nothing else, may wake twice or not at all: the record in
 * the store is the truth, and the sweeper wakes again what was lost.
 */
export interface WakeQueue {
  /** Has the store of the queue no room to write, so that workers have to be told without it? */
  readonly full: boolean;
  /**
   * @param id id of the delivery; waking for the same id twice before a worker came may be one wake-up
   * @param again the first wake-up may be lost, or in the hands of a worker that is gone
   * @throws when the queue cannot be reached or written; the sweeper will do it later
   */
  wake(id: string, again?: boolean): Promise<void>;
  /** Starts to work: calls back for each wake-up, at most `concurrency` at once. */
  work(concurrency: number, onWake: OnWake): Promise<void>;
  /** Wake-ups that wait for a worker, thousands of them estimated; undefined when the queue cannot be asked. */
  depth(): Promise<number | undefined>;
  /** No new wake-ups; resolves when the running ones are done. */
  close(): Promise<void>;
}
