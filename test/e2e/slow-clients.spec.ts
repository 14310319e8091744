import { beforeAll, describe, expect, it } from 'vitest';
import { slowClients, type SlowClientsResult } from '../support/slow-clients.js';

/** What is below it is the noise of a busy machine, milliseconds. */
const NOISE_MS = 40;

describe('500 clients that send half a request and fall silent', () => {
  let result: SlowClientsResult;

  beforeAll(async () => {
    result = await slowClients({ sockets: 500, requests: 200, perSecond: 150 });
  }, 60_000);

  it('do not hold up the others: their p99 stays within three times', () => {
    expect(result.p99With).toBeLessThan(3 * Math.max(result.p99Without, NOISE_MS));
  });

  it('are closed within 12 s when half of the head is missing', () => {
    expect(result.headsClosed).toBeLessThan(12);
  });

  it('are closed within 12 s when half of the body is missing', () => {
    expect(result.bodiesClosed).toBeLessThan(12);
  });
});
