import { expect, it } from 'vitest';
import type { Outcome, Scenario } from './scenario.js';

/** Short forms that run at once: most of their time is waiting for processes to start. */
const AT_ONCE = 2;

/** Runs the short forms with all other tests. */
export function shortForms(scenarios: readonly Scenario[]): void {
  const waiting: (() => void)[] = [];
  let running = 0;
  const run = async (scenario: Scenario): Promise<Outcome> => {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await scenario.run('short');
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
  for (const scenario of scenarios) {
    if (scenario.onlyLong !== undefined) {
      it.skip(`${scenario.test} (only in npm run test:torture: ${scenario.onlyLong})`);
      continue;
    }
    const options = { timeout: 180_000, concurrent: scenario.movesClock !== true };
    it(`${scenario.test}: ${scenario.figure}`, options, async () => {
      expect((await run(scenario)).missed).toEqual([]);
    });
  }
}

/** A row of the table in docs/delivery.md. */
export function tableRow({ test, figure }: Scenario, { measured, missed }: Outcome): string {
  const verdict = missed.length === 0 ? 'reached' : `**missed**: ${missed.join('; ')}`;
  return `| ${test} | ${figure} | ${measured} | ${verdict} |`;
}
