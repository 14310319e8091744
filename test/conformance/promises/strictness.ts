import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { messageMember } from '../../../src/providers/message-field.js';
import type { Operation, PlatformRequest } from '../../../src/providers/provider.contract.js';
import { examplesOf, firstExample, type Example, type Input } from '../providers.js';
import type { ConformanceWorld } from '../world.js';

/** Where a value stands in a JSON value. */
type Path = readonly (string | number)[];

/**
 * The simulator is as strict as the platform, and does not rely on the gateway's DTOs: what they would have stopped is
 * sent to it directly, and it has to say no by itself.
 */
export function promisesAboutStrictness(theWorld: () => ConformanceWorld, operation: Operation): void {
  describe('has a simulator that refuses by itself', () => {
    it('a call without a token, or without what proves the robot', async () => {
      const world = theWorld();
      const request = world.rendered(firstExample(operation));
      if (!request.token && operation.target !== 'robot') return;

      const reply = await world.platform.send(request);

      expect(reply.refused, reply.text).toBe(true);
      expect(world.simulator.ledger.messages()).toEqual([]);
    });

    if (!operation.messages) return;

    it.each(examplesOf(operation).map((example) => [example.name, example] as const))(
      'the example %s without its content, and with content of another type',
      async (_name, example) => {
        const world = theWorld();
        const request = world.rendered(example);
        const proof = await world.platform.proof(operation);
        const content = contentPath(request, example);
        const sendDirectly = (changed: PlatformRequest): ReturnType<typeof world.platform.send> => {
          world.prepare(example);
          return world.platform.send(changed, proof);
        };

        const whole = await sendDirectly(request);
        expect(world.platform.accepted(operation, whole), whole.text).toBe(true);
        world.reset();
        for (const value of [undefined, 42, [], true]) {
          const reply = await sendDirectly(withValue(request, content, value));
          expect(reply.refused, `content ${JSON.stringify(value)}: ${reply.text}`).toBe(true);
        }
        expect(world.simulator.ledger.messages()).toEqual([]);
      },
    );
  });
}

/** Where the provider put the content object of a message: as it is, or as JSON text. */
function contentPath(request: PlatformRequest, { operation, input }: Example): Path {
  const member = messageMember(operation.input)?.member;
  const message = (member === undefined ? input : input[member]) as Input;
  const content = operation.messages?.form.contentOf(message);
  const path = find(JSON.parse(request.body ?? 'null'), (value) => isDeepStrictEqual(asObject(value), content));
  if (path) return path;
  throw new Error(`the content of the message is not in the rendered request: ${request.body}`);
}

function asObject(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function find(node: unknown, matches: (value: unknown) => boolean, path: Path = []): Path | undefined {
  if (matches(node)) return path;
  if (typeof node !== 'object' || node === null) return undefined;
  for (const [key, value] of Object.entries(node)) {
    const found = find(value, matches, [...path, key]);
    if (found) return found;
  }
  return undefined;
}

/** The request with another value at a place of its body; undefined removes what is there. */
function withValue(request: PlatformRequest, path: Path, value: unknown): PlatformRequest {
  const body: unknown = JSON.parse(request.body ?? 'null');
  const holder = path.slice(0, -1).reduce((node, key) => (node as Record<string, unknown>)[key], body);
  (holder as Record<string, unknown>)[String(path.at(-1))] = value;
  return { ...request, body: JSON.stringify(body) };
}
