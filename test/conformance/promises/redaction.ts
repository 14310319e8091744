import { describe, expect, it } from 'vitest';
import type { Operation, ProviderDefinition } from '../../../src/providers/provider.contract.js';
import type { Fault } from '../../../src/simulator/faults.js';
import { objectIn } from '../platform-caller.js';
import { firstExample, type Example } from '../providers.js';
import type { ConformanceWorld } from '../world.js';

/** What the redactor puts in the place of a secret. */
const MASK = '***';

/** Tokens, secrets and the platform's address stay inside. */
export function promisesAboutRedaction(theWorld: () => ConformanceWorld, definition: ProviderDefinition): void {
  describe('keeps to itself', () => {
    it('tokens, secrets and address: they are in no answer and in no log line, whatever goes wrong', async () => {
      const world = theWorld();
      const token = await world.platform.token();
      const secrets = [token, definition.tokens.secret(world.app), ...world.robotSecrets];
      for (const operation of sendersOf(definition)) {
        const example = firstExample(operation);
        await world.send(example);
        const refusal = await aRefusal(world, example);
        for (const fault of tattlers(refusal, secrets)) {
          world.reset();
          // Twice: a refusal that sounds like a rejected token is followed by a repeat.
          world.simulator.faults.next(fault, { times: 2 });
          await world.send(example);
        }
      }
      world.reset();
      await world.get('/sys/status');
      await world.get('/v1/providers');

      const said = [...world.answers.map(({ text }) => text), ...world.logs];
      expect(
        said.some((text) => text.includes(MASK)),
        'some of it was said and masked',
      ).toBe(true);
      for (const secret of world.secrets) {
        expect(said.filter((text) => text.includes(secret) || text.includes(encodeURIComponent(secret)))).toEqual([]);
      }
    });
  });
}

/** One operation that sends by an app, and one by a robot where there is one. */
function sendersOf({ id, operations }: ProviderDefinition): readonly Operation[] {
  const sending = operations.filter(({ effect }) => effect === 'send');
  const byApp = sending.find(({ target }) => target !== 'robot') ?? operations[0];
  if (!byApp) throw new Error(`${id} has no operation`);
  return [byApp, ...sending.filter(({ target }) => target === 'robot').slice(0, 1)];
}

interface Refusal {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A refusal of the platform in its own form. */
async function aRefusal(world: ConformanceWorld, example: Example): Promise<Refusal> {
  const { status, text } = await world.platform.send(world.rendered(example));
  world.reset();
  return { status, body: objectIn(text) };
}

/** Answers that tell what they should not: a refusal whose words quote the request, pages that do, broken ones. */
function tattlers({ status, body }: Refusal, secrets: readonly string[]): readonly Fault[] {
  const words = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify({ secret })]).join(' ');
  const refusal = Object.fromEntries(
    Object.entries(body).map(([member, value]) => [member, isWords(value) ? `${value} ${words}` : value]),
  );
  return [
    { kind: 'json', status, body: refusal },
    { kind: 'html', body: `<html>${words}</html>` },
    { kind: 'status', status: 500, body: words },
    { kind: 'redirect', to: `/elsewhere?${words}` },
    { kind: 'truncated' },
    { kind: 'cut-before-read' },
    { kind: 'huge', bytes: 512 * 1024 },
  ];
}

/** Text for people; a code written as text is left alone. */
function isWords(value: unknown): value is string {
  return typeof value === 'string' && !/^\d*$/.test(value);
}
