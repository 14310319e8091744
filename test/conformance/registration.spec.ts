import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProviderRegistry } from '../../src/providers/provider.registry.js';
import type { RegisteredProvider } from '../../src/providers/index.js';
import type { ProviderDefinition } from '../../src/providers/provider.contract.js';
import { FIXTURE_PROVIDERS } from '../fixtures/providers/index.js';
import { startTestGateway } from '../support/gateway.js';
import { ALL_PROVIDERS } from './providers.js';

const [first, ...others] = ALL_PROVIDERS.map(({ definition }) => definition) as [
  ProviderDefinition,
  ...ProviderDefinition[],
];
const ALL_IDS = [first, ...others].map(({ id }) => id).join(', ');

/** Starts a gateway that has one more provider; it is not meant to start. */
function startWith(definition: ProviderDefinition): Promise<unknown> {
  const added: RegisteredProvider = { definition, module: class AddedModule {} };
  return startTestGateway({ providers: [...ALL_PROVIDERS, added] });
}

describe(ProviderRegistry.name, () => {
  it('stops the boot when two providers have one id, and names the registered ones', async () => {
    await expect(startWith({ ...first })).rejects.toThrow(
      `two providers are called '${first.id}'; registered: ${ALL_IDS}, ${first.id}`,
    );
  });

  it.each(['DingTalk', 'ding-talk', '2ding', 'd', 'x'.repeat(33)])(
    'stops the boot when an id is malformed, and names the registered ones: %s',
    async (id) => {
      await expect(startWith({ ...first, id })).rejects.toThrow(
        `'${id}' is no provider id: 2 to 32 lower-case letters and digits, a letter first; registered: ${ALL_IDS}, ${id}`,
      );
    },
  );

  it('stops the boot when a provider has two operations of one id, and names those it has', async () => {
    const [operation] = first.operations;
    if (!operation) throw new Error(`${first.id} has no operation`);
    await expect(
      startWith({ ...first, id: 'added', operations: [operation, { ...operation, effect: 'read' }] }),
    ).rejects.toThrow(
      `provider 'added' has two operations called '${operation.id}'; it has: ${operation.id}, ${operation.id}`,
    );
  });

  it('names the known ones when a provider or an operation is asked for that is not there', async () => {
    const gateway = await startTestGateway({ providers: ALL_PROVIDERS });
    onTestFinished(() => gateway.close());
    const registry = gateway.app.get(ProviderRegistry);
    expect(() => registry.provider('slack')).toThrow(`there is no provider 'slack'; registered: ${ALL_IDS}`);
    expect(() => registry.operation(first.id, 'chat.burn')).toThrow(
      `provider '${first.id}' has no operation 'chat.burn'; it has: ${first.operations.map(({ id }) => id).join(', ')}`,
    );
  });
});

/** What a provider folder holds; `<id>` is the folder's name. Knowing one provider is knowing all. */
const FILES = [
  'README.md',
  '<id>.provider.ts',
  '<id>.module.ts',
  '<id>.service.ts',
  '<id>.settings.ts',
  '<id>.answers.ts',
  '<id>.facts.ts',
  '<id>.limits.ts',
  '<id>.errors.json',
  'controllers/route.ts',
  'dto/messages.ts',
  'simulator/<id>.simulator.ts',
];

describe('the providers in test/fixtures', () => {
  const root = new URL('../fixtures/providers/', import.meta.url);
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map(({ name }) => name);

  it('are the folders there: each has its line in index.ts', () => {
    expect(FIXTURE_PROVIDERS.map(({ configuration }) => configuration.id).toSorted()).toEqual(names.toSorted());
  });

  it.each(names)('have the same files as the real ones: %s', (name) => {
    const wanted = FILES.map((file) => `${name}/${file.replace('<id>', name)}`);
    expect(wanted.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  });
});
