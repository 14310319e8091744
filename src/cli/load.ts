import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Loads a module, named from this folder, with require(): everything below it is read and linked in one go. import()
 * goes through the event loop for each file, of which serving needs 1,100; that takes 0.15 s more. It is what is left
 * where Node cannot require ES modules (22 before 22.12). Nothing that is loaded so may have an `await` at its top
 * level. Measured: docs/performance.md; guarded by test/architecture.spec.ts.
 */
export async function load(file: string): Promise<unknown> {
  return process.features.require_module ? require(file) : import(file);
}
