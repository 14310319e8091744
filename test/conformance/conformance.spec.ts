import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { promisesAboutCredentials } from './promises/credentials.js';
import { promisesAboutDeclarations } from './promises/declarations.js';
import { promisesAboutDelivery } from './promises/delivery.js';
import { promisesAboutDryRuns } from './promises/dry-run.js';
import { promisesAboutOpenApi } from './promises/openapi.js';
import { promisesAboutRedaction } from './promises/redaction.js';
import { promisesAboutRepeats } from './promises/repeats.js';
import { promisesAboutStrictness } from './promises/strictness.js';
import { promisesAboutTokens } from './promises/tokens.js';
import { promisesAboutVerdicts } from './promises/verdicts.js';
import { ALL_PROVIDERS } from './providers.js';
import { ConformanceWorld } from './world.js';

/**
 * What every provider promises, proven against its own simulator with production wiring. A provider that is registered
 * is tested: there is nothing to add here.
 *
 *     npx vitest run test/conformance -t feishu
 */
describe.each(ALL_PROVIDERS.map((provider) => [provider.definition.id, provider] as const))('%s', (_id, provider) => {
  let world: ConformanceWorld;
  const theWorld = (): ConformanceWorld => world;

  beforeAll(async () => {
    world = await ConformanceWorld.start(provider);
  });
  beforeEach(() => world.reset());
  afterAll(() => world.close());

  promisesAboutDeclarations(theWorld, provider.definition);
  promisesAboutCredentials(provider.definition);
  describe.each(provider.definition.operations.map((operation) => [operation.id, operation] as const))(
    '%s',
    (_operation, operation) => {
      promisesAboutOpenApi(theWorld, provider.definition.id, operation);
      promisesAboutDelivery(theWorld, operation);
      promisesAboutDryRuns(theWorld, operation);
      promisesAboutVerdicts(theWorld, operation);
      promisesAboutTokens(theWorld, operation);
      promisesAboutStrictness(theWorld, operation);
      promisesAboutRepeats(provider.definition, operation);
    },
  );
  // The last one, since it looks at everything that was said before.
  promisesAboutRedaction(theWorld, provider.definition);
});
