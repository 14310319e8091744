import * as fc from 'fast-check';
import { anyCommands } from './model-commands.js';
import { everythingEnds, newWorld } from './model.js';
import { unprepared, type Scenario } from './scenario.js';

export const modelTest: Scenario = {
  test: 'model test (fast-check commands: send, retry, cancel, replay, crash, tick, verdicts)',
  figure: '2,000 runs, invariants hold',
  prepare: unprepared(async (scale) => {
    const numRuns = scale === 'short' ? 200 : 2_000;
    const property = fc.asyncProperty(anyCommands, async (commands) => {
      const { model, real } = newWorld();
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await everythingEnds(model, real);
      } finally {
        await real.store.close();
      }
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns });
    const missed = failed ? [`${String(errorInstance)} after ${fc.stringify(counterexample)}`] : [];
    return { measured: `${numRuns} runs of at most 50 commands on the store in memory`, missed };
  }),
};
