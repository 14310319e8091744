/** `long` is what `npm run test:torture` runs; `short` is the same with fewer messages, and runs with all other tests. */
export type Scale = 'short' | 'long';

/** One row of the table in docs/delivery.md. */
export interface Scenario {
  readonly test: string;
  readonly figure: string;
  /** Why there is no short form, where there is none. */
  readonly onlyLong?: string;
  /** Its short form moves the clock of the test process: nothing else may run, or be made ready, beside it. */
  readonly movesClock?: boolean;
  /**
   * Starts what has to be up before its time begins.
   * @param turn when nothing else runs any more: only then may it keep this process busy
   */
  prepare(scale: Scale, turn: Promise<void>): Promise<Stage>;
}

/** A row that is ready to run. */
export interface Stage {
  readonly run: () => Promise<Outcome>;
  readonly close: () => Promise<void>;
}

/** For a row that starts for itself what it needs. */
export function unprepared(run: (scale: Scale) => Promise<Outcome>): Scenario['prepare'] {
  return (scale) => Promise.resolve({ run: () => run(scale), close: () => Promise.resolve() });
}

export interface Outcome {
  /** What was measured, for the table. */
  readonly measured: string;
  /** What was not reached; nothing when the figure holds. */
  readonly missed: readonly string[];
}

/** Collects what is wrong, so that a run tells all of it. */
export class Verdict {
  readonly missed: string[] = [];

  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.missed.push(otherwise);
  }

  outcome(measured: string): Outcome {
    return { measured, missed: this.missed };
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until it holds; false when it never did. */
export async function until(
  holds: () => Promise<boolean> | boolean,
  timeoutMs: number,
  everyMs = 50,
): Promise<boolean> {
  const giveUp = Date.now() + timeoutMs;
  for (;;) {
    if (await holds()) return true;
    if (Date.now() > giveUp) return false;
    await sleep(everyMs);
  }
}

/** Does something for every number below `count`, so many at once. */
export async function forEach(count: number, atOnce: number, action: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await action(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
