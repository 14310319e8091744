import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seconds, type Outcome, type Scenario, type Stage } from './scenario.js';

/** What a short form may take where the machine is its own, milliseconds; how long they took is told at the end. */
const SHORT_MS = 5_000;
/** With the tests of three other files beside it on two cores everything takes longer: but no short form this long. */
const TOO_LONG_MS = 3 * SHORT_MS;
/** Longest wait for processes to start, or to end. */
const PREPARATION_MS = 90_000;

interface Preparation {
  readonly stage: Promise<Stage>;
  /** Its turn has come. */
  readonly begin: () => void;
}

/**
 * Runs the short forms with all other tests, one after another. The processes that a row needs are started while
 * the row before it runs: that is not its time.
 */
export function shortForms(scenarios: readonly Scenario[]): void {
  const early = new Map<Scenario, Preparation>();
  const durations = new Map<string, number>();
  afterAll(async () => {
    const slow = [...durations].filter(([, took]) => took > SHORT_MS).map(([test, took]) => `${seconds(took)} ${test}`);
    const slowest = seconds(Math.max(0, ...durations.values()));
    process.stdout.write(
      `torture, in short: ${durations.size} rows, slowest ${slowest}; over 5 s: ${slow.join(', ') || 'none'}\n`,
    );
    // What was made ready for a row that did not run.
    for (const { begin, stage } of early.values()) {
      begin();
      await stage.then(({ close }) => close()).catch(() => undefined);
    }
  }, PREPARATION_MS);
  scenarios.forEach((scenario, at) => {
    describe(scenario.test, () => {
      if (scenario.onlyLong !== undefined) {
        it.skip(`${scenario.figure} (only in npm run test:torture: ${scenario.onlyLong})`);
        return;
      }
      let stage: Stage;
      beforeEach(async () => {
        const preparation = early.get(scenario) ?? prepare(scenario);
        early.delete(scenario);
        preparation.begin();
        stage = await preparation.stage;
        const next = scenarios[at + 1];
        if (next && next.onlyLong === undefined && !scenario.movesClock && !early.has(next))
          early.set(next, prepare(next));
      }, PREPARATION_MS);
      afterEach(() => stage.close(), PREPARATION_MS);

      it(scenario.figure, { timeout: 60_000 }, async () => {
        const began = performance.now();
        const { missed } = await stage.run();
        const took = performance.now() - began;
        durations.set(scenario.test, took);
        expect(missed).toEqual([]);
        expect(took).toBeLessThan(TOO_LONG_MS);
      });
    });
  });
}

function prepare(scenario: Scenario): Preparation {
  let begin = (): void => undefined;
  const turn = new Promise<void>((resolve) => (begin = resolve));
  const stage = scenario.prepare('short', turn);
  // Whoever waits for it hears of it.
  stage.catch(() => undefined);
  return { stage, begin: () => begin() };
}

/** A row of the table in docs/delivery.md. */
export function tableRow({ test, figure }: Scenario, { measured, missed }: Outcome): string {
  const verdict = missed.length === 0 ? 'reached' : `**missed**: ${missed.join('; ')}`;
  return `| ${test} | ${figure} | ${measured} | ${verdict} |`;
}
