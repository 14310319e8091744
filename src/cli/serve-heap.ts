import { setFlagsFromString } from 'node:v8';

/**
 * By how much of what is alive the old generation may grow before it is collected, percent. V8 would wait much longer
 * beside a large new generation (docs/decisions/start-flags.md), until 60 MB more are taken. Measured under full load: a
 * collection each ten seconds that holds everybody up for 10 ms.
 */
const GROWTH_PERCENT = 20;

/** Fits V8's heap to a gateway: what a process may decide for itself. Measured: docs/performance.md. */
export function fitHeap(): void {
  letRequestsDieYoung();
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}

/**
 * Tells V8 not to put objects into the old generation from the start because most of their kind have outlived a
 * collection. Where requests wait for a platform about as long as it takes to fill the new generation, it does so with
 * parts of requests; each of them then keeps the rest of its request from being collected, and a process that has come
 * into that state stays in it: 300 MB instead of 180, and a fifth more CPU.
 */
function letRequestsDieYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
