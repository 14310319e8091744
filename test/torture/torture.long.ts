import { afterAll, expect, it } from 'vitest';
import { tableRow } from './runner.js';
import type { Outcome, Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

const rows: string[] = [];

async function runLong(scenario: Scenario): Promise<Outcome> {
  const stage = await scenario.prepare('long', Promise.resolve());
  try {
    return await stage.run();
  } finally {
    await stage.close();
  }
}

for (const scenario of SCENARIOS) {
  it(scenario.test, async () => {
    const outcome = await runLong(scenario).catch((error: unknown) => ({
      measured: 'did not finish',
      missed: [String(error)],
    }));
    const row = tableRow(scenario, outcome);
    rows.push(row);
    process.stdout.write(`${row}\n`);
    expect(outcome.missed).toEqual([]);
  });
}

afterAll(() => {
  const head = `Measured ${new Date().toISOString().slice(0, 10)} with \`npm run test:torture\`:`;
  process.stdout.write(`\n${head}\n\n| test | figure | measured | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`);
});
