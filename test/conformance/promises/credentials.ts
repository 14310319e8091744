import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProviderDefinition } from '../../../src/providers/provider.contract.js';
import { call } from '../../support/gateway.js';
import { firstExample } from '../providers.js';
import { callerRequest, routesOf, type OpenApiDocument } from '../routes.js';
import { appsOf, expectFailure, robotsOf, startPointedAt } from '../world.js';

/** A wrong secret is asked about once: platforms block the address of those who go on asking. */
export function promisesAboutCredentials(definition: ProviderDefinition): void {
  describe('with a wrong secret', () => {
    it('says "credentials", after one question to the platform, which is not asked again', async () => {
      const simulator = await (await definition.simulator()).start();
      onTestFinished(() => simulator.close());
      simulator.rejectCredentials(true);
      const gateway = await startPointedAt(simulator);
      onTestFinished(() => gateway.close());
      const questions = appsOf(definition, simulator).length;
      const [robot] = robotsOf(definition, simulator);
      const document = (await call(`${gateway.url}/docs-json`)).body as unknown as OpenApiDocument;
      const routes = routesOf(definition.id, document);

      for (const operation of definition.operations) {
        const route = routes.find(({ entry }) => entry['x-operation'] === operation.id);
        if (!route) throw new Error(`no route of ${definition.id} has x-operation ${operation.id}`);
        const { path, init } = callerRequest(route, firstExample(operation).input, robot?.name);
        expectFailure(await call(gateway.url + path, init), 502, 'credentials');
      }

      expect(simulator.tokenRequests()).toBe(questions);
      // A robot has no token to ask for: what it sends is what is refused.
      const byRobots = definition.operations.filter(({ target }) => target === 'robot').length;
      expect(simulator.ledger.calls()).toHaveLength(questions + byRobots);
    });
  });
}
