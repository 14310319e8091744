import { describe, expect, it, onTestFinished } from 'vitest';
import type { Operation, ProviderDefinition } from '../../../src/providers/provider.contract.js';
import { PlatformCaller } from '../platform-caller.js';
import { firstExample } from '../providers.js';
import { appsOf, renderedFor, robotsOf } from '../world.js';

/** What the platform can recognise as a repeat reaches people once; what only looks like one reaches them again. */
export function promisesAboutRepeats(definition: ProviderDefinition, operation: Operation): void {
  if (!operation.asRepeatable) return;

  describe('makes repeats recognisable', () => {
    it('one delivery sent twice arrives once, and another of equal content arrives too', async () => {
      const simulator = await (await definition.simulator()).start();
      onTestFinished(() => simulator.close());
      const [app] = appsOf(definition, simulator);
      if (!app) throw new Error(`gatewayConfig() of the simulator of ${definition.id} configures no app`);
      const [robot] = robotsOf(definition, simulator);
      const platform = new PlatformCaller(definition, app, robot);
      const proof = await platform.proof(operation);
      const example = firstExample(operation);
      simulator.prepare?.(operation.id, example.input);
      const request = renderedFor(operation.target === 'robot' && robot ? robot : app, example);

      for (const deliveryId of [A_DELIVERY, A_DELIVERY, ANOTHER_DELIVERY]) {
        const repeatable = operation.asRepeatable?.(request, deliveryId);
        expect(repeatable, 'an example sets no duplicate check of its own').toBeDefined();
        const reply = await platform.send(repeatable?.request ?? request, proof);
        expect(platform.accepted(operation, reply), reply.text).toBe(true);
      }

      expect(simulator.ledger.messages().filter(({ shown }) => shown)).toHaveLength(2);
    });
  });
}

const A_DELIVERY = 'dlv_abcdefghijklmnopqrstuvwxy2';
const ANOTHER_DELIVERY = 'dlv_abcdefghijklmnopqrstuvwxy3';
