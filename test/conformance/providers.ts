import { loadProviders, PROVIDERS, type RegisteredProvider } from '../../src/providers/index.js';
import type { Operation, OperationExample } from '../../src/providers/provider.contract.js';
import { FIXTURE_PROVIDERS } from '../fixtures/providers/index.js';

/** Every provider that the suite runs against: what is registered is tested. */
export const ALL_PROVIDERS: readonly RegisteredProvider[] = await loadProviders([...PROVIDERS, ...FIXTURE_PROVIDERS]);

export type Input = Readonly<Record<string, unknown>>;

/** An example as the suite needs it: its input is what stands in a request. */
export interface Example extends OperationExample<Input> {
  readonly operation: Operation;
}

/** The examples of an operation. */
export function examplesOf(operation: Operation): readonly Example[] {
  return operation.examples.map((example) => ({ ...example, input: example.input as Input, operation }));
}

/** The first example of an operation: the one by which its promises are tested. */
export function firstExample(operation: Operation): Example {
  const [example] = examplesOf(operation);
  if (example) return example;
  throw new Error(`the operation ${operation.id} has no example`);
}
