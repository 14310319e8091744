import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/providers/provider.contract.js';
import type { Fault } from '../../../src/simulator/faults.js';
import { objectIn } from '../platform-caller.js';
import { firstExample } from '../providers.js';
import { expectFailure, type ConformanceWorld } from '../world.js';

/** More than the gateway reads of any answer, lists of a whole company included. */
const HUGE_BYTES = 9 * 1024 * 1024;

const NO_VERDICTS: readonly (readonly [string, Fault])[] = [
  ['an empty object under HTTP 200', { kind: 'json', body: {} }],
  ['a list under HTTP 200', { kind: 'json', body: [] }],
  ['HTTP 404 in words', { kind: 'status', status: 404, body: 'not found' }],
  ['a web page', { kind: 'html' }],
  ['a web page under HTTP 200', { kind: 'html', status: 200 }],
  ['an empty answer', { kind: 'empty' }],
  ['half an answer', { kind: 'truncated' }],
  ['a redirect', { kind: 'redirect', to: '/elsewhere' }],
  ['an answer without end', { kind: 'huge', bytes: HUGE_BYTES }],
  ['a connection that breaks', { kind: 'cut-after-read' }],
];

/** Only the platform's own word counts, and without one the outcome is unknown and nothing is repeated. */
export function promisesAboutVerdicts(theWorld: () => ConformanceWorld, operation: Operation): void {
  describe('believes the platform alone', () => {
    it.each(NO_VERDICTS)('%s is no verdict: 504, and nothing is repeated', async (_name, fault) => {
      const world = theWorld();
      world.simulator.faults.next(fault);

      const answer = await world.send(firstExample(operation));

      expectFailure(answer, 504, 'outcome-unknown');
      expect(world.calls()).toHaveLength(1);
    });

    it('a yes under HTTP 500 is no yes: 504', async () => {
      const world = theWorld();
      const body = await aYes(world, operation);
      world.simulator.faults.next({ kind: 'status', status: 500, body, contentType: 'application/json' });

      expectFailure(await world.send(firstExample(operation)), 504, 'outcome-unknown');
    });

    it('its code 0 is a yes as a number and as text', async () => {
      const world = theWorld();
      const yes = await aYes(world, operation);
      const code = codeMember(operation, yes);
      if (code === undefined) return;
      const body = JSON.stringify({ ...objectIn(yes), [code]: '0' });
      world.simulator.faults.next({ kind: 'status', status: 200, body, contentType: 'application/json' });

      expect((await world.send(firstExample(operation))).status).toBe(200);
    });

    it('silence is none, whether the message arrived or not: 504 at the deadline, and nothing is repeated', async () => {
      const world = theWorld();
      world.simulator.faults.next({ kind: 'hang' }).next({ kind: 'process-then-hang' });
      const example = firstExample(operation);

      const answers = await Promise.all([world.sendHastily(example), world.sendHastily(example)]);

      for (const answer of answers) expectFailure(answer, 504, 'outcome-unknown');
      expect(world.calls()).toHaveLength(2);
    });

    it('a platform that cannot be reached got nothing: 502, safe to repeat', async () => {
      const world = theWorld();
      const { simulator } = world;
      const port = Number(new URL(simulator.url).port);
      const example = firstExample(operation);
      expect((await world.send(example)).status).toBe(200);

      await simulator.close();
      try {
        const answer = await world.send(example);

        expectFailure(answer, 502, 'provider-unavailable');
        expect(answer.body.error?.retryable).toBe(true);
      } finally {
        await simulator.start(port);
      }
    });

    it('"too fast" is passed on: 429 with Retry-After', async () => {
      const world = theWorld();
      world.simulator.throttle(true);
      try {
        const answer = await world.send(firstExample(operation));

        expectFailure(answer, 429, 'provider-throttled');
        expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
        expect(world.calls()).toHaveLength(1);
      } finally {
        world.simulator.throttle(false);
      }
    });
  });
}

/** What the platform answers when it says yes. */
async function aYes(world: ConformanceWorld, operation: Operation): Promise<string> {
  await world.send(firstExample(operation));
  const yes = world.calls().at(-1)?.answer ?? '';
  expect(operation.succeeded({ status: 200, body: objectIn(yes) })).toBe(true);
  world.reset();
  return yes;
}

/** The member whose 0 is the yes; undefined for a platform that says yes in another way. */
function codeMember(operation: Operation, yes: string): string | undefined {
  const body = objectIn(yes);
  return Object.keys(body).find(
    (member) => body[member] === 0 && !operation.succeeded({ status: 200, body: { ...body, [member]: 1 } }),
  );
}
