import { expect, it } from 'vitest';
import type { Outcome, Scenario } from './scenario.js';

/** Runs the short forms with all other tests. */
export function shortForms(scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios) {
    if (scenario.onlyLong !== undefined) {
      it.skip(`${scenario.test} (only in npm run test:torture: ${scenario.onlyLong})`);
      continue;
    }
    it(`${scenario.test}: ${scenario.figure}`, { timeout: 60_000 }, async () => {
      expect((await scenario.run('short')).missed).toEqual([]);
    });
  }
}

/** A row of the table in docs/delivery.md. */
export function tableRow({ test, figure }: Scenario, { measured, missed }: Outcome): string {
  const verdict = missed.length === 0 ? 'reached' : `**missed**: ${missed.join('; ')}`;
  return `| ${test} | ${figure} | ${measured} | ${verdict} |`;
}
