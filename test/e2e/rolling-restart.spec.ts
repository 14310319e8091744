import { expect, it } from 'vitest';
import { rollingRestarts } from '../support/rolling-restarts.js';

/** The long form, 20 restarts at 200 requests/s, is scripts/figures/rolling-restarts.mjs. */
it('rolling restarts behind a balancer that follows /health/ready: no request is lost', async () => {
  const { statuses, requests, exits, messages, complaints } = await rollingRestarts({ restarts: 3, perSecond: 50 });
  expect(complaints).toEqual([]);
  expect(statuses).toEqual({ 200: requests });
  expect(messages).toBe(requests);
  expect(exits).toEqual([0, 0, 0]);
}, 60_000);
