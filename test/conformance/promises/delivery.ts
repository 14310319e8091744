import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/providers/provider.contract.js';
import { examplesOf, firstExample, type Example, type Input } from '../providers.js';
import { bodySchema, bodyType, isFile, type Route } from '../routes.js';
import { requiredOf } from '../schemas.js';
import { expectFailure, type ConformanceWorld } from '../world.js';

/** Valid requests arrive, broken ones do not leave. */
export function promisesAboutDelivery(theWorld: () => ConformanceWorld, operation: Operation): void {
  describe('delivers', () => {
    it.each(examplesOf(operation).map((example) => [example.name, example] as const))(
      'the example %s, and the platform takes it',
      async (_name, example) => {
        const world = theWorld();

        const answer = await world.send(example);

        expect(answer.text).toContain('"ok":1');
        expect(answer.status).toBe(200);
        expect(world.calls()).toHaveLength(1);
        expect(world.simulator.ledger.messages()).toHaveLength(operation.effect === 'send' ? 1 : 0);
      },
    );

    it('nothing when the request is broken: 400, the member is named, and the platform hears nothing', async () => {
      const world = theWorld();
      const route = world.route(operation.id);
      const required = requiredOf(bodySchema(route), world.document);
      const broken = brokenInputs(route, firstExample(operation), required);

      const answers = await Promise.all(broken.map(({ input }) => world.sendInput(route, input)));

      for (const [index, answer] of answers.entries()) {
        expectFailure(answer, 400, 'invalid-request');
        const named = (answer.body.data as { path: string }[]).flatMap(({ path }) => path.split('.'));
        expect(named).toContain(broken[index]?.member);
      }
      expect(world.simulator.ledger.calls()).toEqual([]);
    });
  });
}

interface BrokenInput {
  readonly member: string;
  readonly input: Input;
}

/**
 * The example with one member broken at a time: of another type in JSON, empty as a parameter, a form without its file.
 * What the document calls required is left out as well.
 */
function brokenInputs(route: Route, { input }: Example, required: readonly string[]): readonly BrokenInput[] {
  const members = Object.keys(input);
  if (route.method === 'GET') return members.map((member) => ({ member, input: { ...input, [member]: '' } }));
  if (bodyType(route) === 'multipart/form-data') {
    return members
      .filter((member) => isFile(input[member]))
      .map((member) => ({ member, input: without(input, member) }));
  }
  return [
    ...members.map((member) => ({ member, input: { ...input, [member]: ofAnotherType(input[member]) } })),
    ...required.map((member) => ({ member, input: without(input, member) })),
  ];
}

function without(input: Input, member: string): Input {
  return Object.fromEntries(Object.entries(input).filter(([name]) => name !== member));
}

function ofAnotherType(value: unknown): unknown {
  const object = typeof value === 'object' && value !== null && !Array.isArray(value);
  return object ? 'text' : { of: 'another type' };
}
