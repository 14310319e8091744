import { createRequire } from 'node:module';

/**
 * Loads a module, named from this folder, with require(): everything below it is read and linked in one go. import()
 * goes through the event loop for each file, of which serving needs 1,100; that takes 0.15 s more. Nothing that is
 * loaded so may have an `await` at its top level. Measured: docs/performance.md; guarded by test/architecture.spec.ts.
 */
export const load = createRequire(import.meta.url) as (file: string) => unknown;
