import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 not to put objects into the old generation from the start because most of their kind have outlived a
 * collection. Where requests wait for a platform about as long as it takes to fill the new generation, it does so with
 * parts of requests; each of them then keeps the rest of its request from being collected, and a process that has come
 * into that state stays in it: 300 MB instead of 180, and a fifth more CPU. Measured: docs/performance.md.
 */
export function letRequestsDieYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
