import 'reflect-metadata';
import { inspect, isDeepStrictEqual } from 'node:util';
import { IsInt } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { accept, isPlanned, readStrictly, TextField, type DtoClass } from '../../src/inbound/fields.js';
import { PROVIDERS } from '../../src/providers/index.js';
import type { ProviderDefinition } from '../../src/providers/provider.contract.js';
import { ignoresUnknownMembers, takeMessage } from '../../src/providers/message-field.js';
import { FIXTURE_PROVIDERS } from '../fixtures/providers/index.js';

type Json = Record<string, unknown>;

interface Sample {
  readonly name: string;
  readonly dto: DtoClass;
  readonly examples: readonly Json[];
  readonly unknown: 'refuse' | 'drop';
}

/** Requests without their message, and the content objects of the messages. */
function samplesOf(definition: ProviderDefinition): Sample[] {
  return definition.operations.flatMap((operation) => {
    const dto = operation.input as DtoClass;
    const unknown = ignoresUnknownMembers(dto) ? ('drop' as const) : ('refuse' as const);
    const inputs = operation.examples.map(({ input }) => input as Json);
    const rests = inputs.map((input) => takeMessage(dto, input)?.rest() ?? input);
    const { messages } = operation;
    const contents = (messages?.types ?? []).flatMap(({ msgtype, content, variants, examples }) => {
      const given = examples.map(({ message }) => messages?.form.contentOf(message) as Json);
      const ruled = [content, ...Object.values(variants?.contents ?? {}).map((rules) => rules.content)];
      return ruled.map((one) => ({
        name: `${definition.id} ${msgtype} ${one.name}`,
        dto: one,
        examples: given,
        unknown: 'drop' as const,
      }));
    });
    return [{ name: `${definition.id} ${operation.id}`, dto, examples: rests, unknown }, ...contents];
  });
}

const definitions = await Promise.all([...PROVIDERS, ...FIXTURE_PROVIDERS].map(({ definition }) => definition()));
const byClass = new Map(definitions.flatMap(samplesOf).map((sample) => [sample.dto, sample]));

/** What class-transformer and class-validator make of it; undefined when they refuse. */
function slowly({ dto, unknown }: Sample, value: Json): object | undefined {
  const { instance, complaints } = readStrictly(dto, value, unknown);
  return complaints.length === 0 ? instance : undefined;
}

/** A small generator with a seed, so that a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ODD: readonly unknown[] = [
  null,
  '',
  'x'.repeat(6_000),
  0,
  -1,
  1.5,
  12_345_678,
  true,
  [],
  {},
  ['a', 1, null],
  [{}],
  { constructor: 1 },
  'http://a.example/b',
  'javascript:alert(1)',
  '1,2,,3',
];

/** The same object with one thing changed, somewhere. */
function mutated(value: Json, pick: (below: number) => number): Json {
  const copy = structuredClone(value);
  let place: Json | unknown[] = copy;
  for (;;) {
    const deeper = Object.values(place).filter((entry) => typeof entry === 'object' && entry !== null);
    if (deeper.length === 0 || pick(3) === 0) break;
    place = deeper[pick(deeper.length)] as Json;
  }
  // Members of a list have numbers, whatever a caller writes.
  const foreign = Array.isArray(place) ? [String(place.length)] : ['unknown_member', 'toString', '__proto__'];
  const names = [...Object.keys(place), ...foreign];
  const name = names[pick(names.length)] as string;
  if (pick(4) === 0) Reflect.deleteProperty(place, name);
  else
    Object.defineProperty(place, name, {
      value: structuredClone(ODD[pick(ODD.length)]),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return copy;
}

describe('the short way of the validation', () => {
  it('is there for every request and every message, but for those named here', () => {
    const without = [...byClass.values()].filter(({ dto }) => !isPlanned(dto)).map(({ name }) => name);
    // It has a rule between two of its members.
    expect(without).toEqual(['dingtalk notice.recall']);
  });

  it.each([...byClass.values()])(
    'accepts nothing that class-validator refuses, and makes the same: $name',
    (sample) => {
      const pick = random(20_261_122);
      const bodies = sample.examples.flatMap((example) => [
        example,
        ...Array.from({ length: 60 }, () => mutated(mutated(example, pick), pick)),
      ]);
      for (const body of bodies) {
        const made = accept(sample.dto, body, sample.unknown);
        if (made === undefined) continue;
        const slow = slowly(sample, body);
        expect(slow, JSON.stringify(body)).toBeDefined();
        expect(isDeepStrictEqual(made, slow), `${inspect(body)}: ${inspect(made)} is not ${inspect(slow)}`).toBe(true);
      }
    },
  );

  it('is taken by every example of the shipped providers that class-validator accepts', () => {
    const shipped = [...byClass.values()].filter(({ dto, name }) => isPlanned(dto) && !name.startsWith('feishu'));
    const missed = shipped.flatMap((sample) =>
      sample.examples
        .filter((example) => slowly(sample, example) && !accept(sample.dto, example, sample.unknown))
        .map((example) => `${sample.name}: ${JSON.stringify(example)}`),
    );
    expect(missed).toEqual([]);
  });

  it('is not there for a class with a foreign decorator', () => {
    class Foreign {
      @TextField({ description: { zh: '文本', en: 'Text' } })
      text: string;

      @IsInt()
      count: number;
    }
    expect(isPlanned(Foreign)).toBe(false);
    expect(accept(Foreign, { text: 'a', count: 1 }, 'refuse')).toBeUndefined();
  });
});
