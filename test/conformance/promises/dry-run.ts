import { describe, expect, it } from 'vitest';
import type { DryRun } from '../../../src/providers/dry-run.js';
import type { Operation } from '../../../src/providers/provider.contract.js';
import { examplesOf } from '../providers.js';
import type { ConformanceWorld } from '../world.js';

/** What a dry run shows is what a sending sends. */
export function promisesAboutDryRuns(theWorld: () => ConformanceWorld, operation: Operation): void {
  if (operation.effect !== 'send') return;

  describe('runs dry', () => {
    it.each(examplesOf(operation).map((example) => [example.name, example] as const))(
      'the example %s: shown without secrets as it would leave, and nothing leaves',
      async (_name, example) => {
        const world = theWorld();

        const answer = await world.dryRun(example);

        expect(world.simulator.ledger.calls()).toEqual([]);
        const dry = answer.body.data as DryRun;
        expect(dry).toMatchObject({ dryRun: true, provider: world.definition.id, operation: operation.id });
        const rendered = world.rendered(example);
        expect(dry.request).toMatchObject({
          method: rendered.method,
          bytes: Buffer.byteLength(rendered.body ?? ''),
          query: rendered.query ?? {},
        });
        expect(new URL(dry.request.url).pathname).toBe(rendered.path);
        expect(Object.keys(dry.request.body as object)).toEqual(
          Object.keys(JSON.parse(rendered.body ?? '{}') as object),
        );
        const secrets = world.secrets.filter((secret) => secret !== new URL(world.simulator.url).host);
        expect(secrets.filter((secret) => answer.text.includes(secret))).toEqual([]);
      },
    );
  });
}
