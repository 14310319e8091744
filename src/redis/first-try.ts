import { withinTime } from './within-time.js';

/** How long a start waits for a Redis that does not answer, milliseconds. */
const FIRST_TRY_MS = 3_000;

/**
 * Waits for the first try of a connection, whatever comes of it, but not for long: beside a Redis that is silent or still
 * loads its data a gateway serves what it can without it. The connection goes on trying.
 */
export async function firstTry(connecting: Promise<unknown>): Promise<void> {
  await withinTime(connecting, FIRST_TRY_MS);
}
