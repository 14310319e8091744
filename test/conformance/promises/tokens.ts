import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/providers/provider.contract.js';
import type { Fault } from '../../../src/simulator/faults.js';
import { firstExample } from '../providers.js';
import { expectFailure, type ConformanceWorld } from '../world.js';

/** A rejected token costs the caller nothing but latency, and never a second message. */
export function promisesAboutTokens(theWorld: () => ConformanceWorld, operation: Operation): void {
  if (operation.target === 'robot') return;

  describe('renews a rejected token', () => {
    it('once, and repeats once, within the request', async () => {
      const world = theWorld();
      const { simulator } = world;
      await world.send(firstExample(operation));
      world.reset();
      simulator.revokeTokens();
      const before = simulator.tokenRequests();

      const answer = await world.send(firstExample(operation));

      expect(answer.status).toBe(200);
      expect(simulator.tokenRequests() - before).toBe(1);
      expect(world.calls()).toHaveLength(2);
      expect(simulator.ledger.messages()).toHaveLength(operation.effect === 'send' ? 1 : 0);
    });

    it('and reports a platform that rejects the new one too, without a third try', async () => {
      const world = theWorld();
      const rejection = await theRejection(world, operation);
      const before = world.simulator.tokenRequests();
      world.simulator.faults.next(rejection, { times: 2 });

      const answer = await world.send(firstExample(operation));

      expectFailure(answer, 502, 'credentials');
      expect(world.simulator.tokenRequests() - before).toBe(1);
      expect(world.calls()).toHaveLength(2);
    });
  });
}

/** What this operation is answered when its token is rejected, as a fault. The gateway has a good token afterwards. */
async function theRejection(world: ConformanceWorld, operation: Operation): Promise<Fault> {
  const example = firstExample(operation);
  const token = await world.platform.token();
  world.simulator.revokeTokens();
  world.prepare(example);
  const reply = await world.platform.send(world.rendered(example), { token });
  await world.send(example);
  world.reset();
  return { kind: 'status', status: reply.status, body: reply.text, contentType: 'application/json' };
}
