import { describe, expect, it } from 'vitest';
import type { DescribedProvider } from '../../../src/providers/provider-catalog.js';
import type { ProviderDefinition } from '../../../src/providers/provider.contract.js';
import { firstExample } from '../providers.js';
import { routesOf } from '../routes.js';
import type { ConformanceWorld } from '../world.js';

const HAN = /\p{Script=Han}/u;

/** What a provider declares is well-formed, complete and reachable. */
export function promisesAboutDeclarations(theWorld: () => ConformanceWorld, definition: ProviderDefinition): void {
  describe('declares', () => {
    it('titles in both languages', () => {
      const { operations } = definition;
      const titles = [definition.title, ...operations.flatMap(({ title, failure }) => [title, failure])];
      for (const { zh, en } of titles) {
        expect(zh).toMatch(HAN);
        expect(en).not.toMatch(HAN);
      }
    });

    it('an example of every operation and of every message type, each under a name of its own', () => {
      for (const { id, examples, messages } of definition.operations) {
        const names = examples.map(({ name }) => name);
        expect(names.length, id).toBeGreaterThan(0);
        expect(new Set(names).size, id).toBe(names.length);
        const texts = examples.map(({ input }) => JSON.stringify(input));
        const unseen = messages?.types.filter(({ msgtype }) => !texts.some((text) => text.includes(`"${msgtype}"`)));
        expect(unseen ?? [], id).toEqual([]);
      }
    });

    it('limits that can be counted, on operations that exist, with their source', () => {
      const operations = definition.operations.map(({ id }) => id);
      const ids = definition.limits.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const limit of definition.limits) {
        expect(limit.count, limit.id).toSatisfy((count: number) => Number.isInteger(count) && count > 0);
        expect(limit.seconds, limit.id).toBeGreaterThan(0);
        expect(operations, limit.id).toEqual(expect.arrayContaining([...(limit.operations ?? [])]));
        expect(limit.source, limit.id).toMatch(/^https:\/\//);
      }
    });

    it('an error table in both languages, with the codes of a rejected token and of throttling', () => {
      const { entries } = definition.errors;
      for (const { code, cause, hint, source } of entries) {
        expect(`${cause.zh} ${hint.zh}`, code).toMatch(HAN);
        expect(`${cause.en} ${hint.en}`, code).not.toMatch(HAN);
        expect(source, code).not.toBe('');
      }
      expect(entries.some(({ refreshToken }) => refreshToken)).toBe(true);
      expect(entries.some(({ kind }) => kind === 'provider-throttled')).toBe(true);
      expect(entries.some(({ kind, refreshToken }) => kind === 'credentials' && !refreshToken)).toBe(true);
    });

    it('operations that each have exactly one route, and routes that each have an operation', () => {
      const routes = routesOf(definition.id, theWorld().document).map(({ entry }) => String(entry['x-operation']));
      expect(routes.toSorted()).toEqual(definition.operations.map(({ id }) => id).toSorted());
    });

    it('itself to GET /v1/providers: apps, robots, operations, message types with schema and example, limits', async () => {
      const world = theWorld();
      const { body } = await world.get('/v1/providers');
      const described = (body.data as DescribedProvider[]).find(({ id }) => id === definition.id);
      const { title, docs, limits, operations } = definition;
      expect(described).toMatchObject({ title, docs, limits, apps: expect.arrayContaining([world.app.name]) });
      expect(described?.robots).toEqual(expect.arrayContaining(world.robot ? [world.robot.name] : []));
      expect(described?.operations).toEqual(
        operations.map(({ id, title: name, effect, target = 'app', source, messages }) => {
          const { method, path, entry } = world.route(id);
          const messageTypes = messages?.types.map(({ msgtype }) => msgtype) ?? [];
          const input: unknown = expect.any(Object);
          return {
            id,
            title: name,
            effect,
            target,
            method,
            path,
            scope: entry['x-scope'],
            source,
            input,
            messageTypes,
          };
        }),
      );
      const types = new Set(operations.flatMap(({ messages }) => messages?.types.map(({ msgtype }) => msgtype) ?? []));
      expect(new Set(described?.messageTypes.map(({ msgtype }) => msgtype))).toEqual(types);
      for (const { msgtype, schema, examples } of described?.messageTypes ?? []) {
        // One member names the type, another holds its content, whatever the platform calls them.
        const members = Object.values(schema.properties as Readonly<Record<string, object>>);
        expect(members, msgtype).toHaveLength(2);
        expect(members, msgtype).toContainEqual(expect.objectContaining({ enum: [msgtype] }));
        expect(examples.length, msgtype).toBeGreaterThan(0);
        expect(JSON.stringify(schema), msgtype).not.toContain('$ref');
      }
    });

    it('a message that reached some of its people as partial, if the platform ever says so', async () => {
      const world = theWorld();
      const { simulator } = world;
      const sending = definition.operations.filter(({ effect }) => effect === 'send');
      const documented = sending.filter(({ data }) => JSON.stringify(data).includes('"partial"'));
      expect(simulator.reachOnlySome !== undefined, 'the simulator shows what the operations document').toBe(
        documented.length > 0,
      );
      simulator.reachOnlySome?.(true);
      try {
        for (const operation of documented) {
          const answer = await world.send(firstExample(operation));
          expect(answer).toMatchObject({ status: 200, body: { ok: 1, data: { outcome: 'partial' } } });
        }
      } finally {
        simulator.reachOnlySome?.(false);
      }
    });
  });
}
