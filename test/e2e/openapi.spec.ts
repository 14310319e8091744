import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ERROR_KINDS, kindRule } from '../../src/envelope/kinds.js';
import { Lifecycle } from '../../src/health/lifecycle.js';
import { OpenApiService } from '../../src/openapi/openapi.service.js';
import { PROVIDERS } from '../support/providers.js';
import { call, startTestGateway, type TestGateway } from '../support/gateway.js';

type Json = Readonly<Record<string, unknown>>;

interface Media {
  readonly schema?: Json;
  readonly examples?: Readonly<Record<string, { readonly summary?: string; readonly value?: unknown }>>;
}

interface OperationObject {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Json }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Record<string, Media> }>
  >;
  readonly 'x-scope'?: string;
  readonly 'x-provider'?: string;
  readonly 'x-operation'?: string;
}

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

interface Route {
  readonly name: string;
  readonly path: string;
  readonly operation: OperationObject;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

describe('the OpenAPI document', () => {
  let gateway: TestGateway;
  let document: OpenApi;

  beforeAll(async () => {
    gateway = await startTestGateway();
    document = (await call(`${gateway.url}/docs-json`)).body as unknown as OpenApi;
  });
  afterAll(() => gateway.close());

  const routes = (prefix = '/'): Route[] =>
    Object.entries(document.paths)
      .filter(([path]) => path.startsWith(prefix))
      .flatMap(([path, item]) =>
        Object.entries(item).map(([method, operation]) => ({
          name: `${method.toUpperCase()} ${path}`,
          path,
          operation,
        })),
      );
  /** Routes that run an operation of a provider. */
  const providerRoutes = (): Route[] =>
    routes('/v1/').filter(({ operation }) => operation['x-operation'] !== undefined);
  /** The names of the routes for which something does not hold. */
  const without = (list: readonly Route[], holds: (operation: OperationObject) => boolean): string[] =>
    list.filter(({ operation }) => !holds(operation)).map(({ name }) => name);
  const bodyOf = ({ requestBody }: OperationObject): Media | undefined => Object.values(requestBody?.content ?? {})[0];

  describe('is one that tools can read', () => {
    it('of version 3.1, with a title and our version', () => {
      expect(document.openapi).toMatch(/^3\.1\./);
      expect(document.info).toMatchObject({ title: expect.stringMatching(/./), version: expect.stringMatching(/^\d/) });
    });

    it('in which every $ref leads somewhere', () => {
      const broken = refsIn(document).filter((ref) => resolve(document, ref) === undefined);
      expect(broken).toEqual([]);
    });

    it('in which every path has known methods, and every parameter of it is declared', () => {
      for (const { name, path, operation } of routes()) {
        expect(METHODS).toContain(name.split(' ')[0]?.toLowerCase());
        const wanted = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
        const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect(declared.map((parameter) => parameter.name).toSorted(), name).toEqual(wanted.toSorted());
      }
    });

    it('in which every answer has a description', () => {
      const silent = ({ responses }: OperationObject): boolean =>
        Object.values(responses).every(({ description }) => description !== undefined);
      expect(without(routes(), silent)).toEqual([]);
    });

    it('in which no parameter of a route is declared twice', () => {
      for (const { name, operation } of routes()) {
        const names = (operation.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`);
        expect(names, name).toEqual([...new Set(names)]);
      }
    });
  });

  describe('tells a client all it needs', () => {
    it('every route has an operationId of its own', () => {
      const ids = routes().map(({ operation }) => operation.operationId);
      expect(ids).not.toContain(undefined);
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    });

    it('every route has a tag and a summary', () => {
      expect(without(routes(), ({ tags, summary }) => (tags?.length ?? 0) > 0 && Boolean(summary))).toEqual([]);
    });

    it('every route under /v1 names the scope it needs', () => {
      expect(without(routes('/v1/'), (operation) => operation['x-scope'] !== undefined)).toEqual([]);
    });

    it('every operation of every provider has a route', () => {
      const documented = providerRoutes().map(
        ({ operation }) => `${operation['x-provider']} ${operation['x-operation']}`,
      );
      const declared = PROVIDERS.flatMap(({ definition }) =>
        definition.operations.map(({ id }) => `${definition.id} ${id}`),
      );
      expect([...new Set(documented)].toSorted()).toEqual(declared.toSorted());
    });

    it('every provider route documents each status its failures can have', () => {
      const statuses = new Set(
        ERROR_KINDS.filter(
          (kind) => !['not-found', 'conflict', 'key-reused', 'too-large', 'unsupported-media'].includes(kind),
        ).map((kind) => String(kindRule(kind).status)),
      );
      const complete = ({ responses }: OperationObject): boolean =>
        [...statuses].every((status) => status in responses);
      expect(without(providerRoutes(), complete)).toEqual([]);
    });

    it('every route with a body documents 413 and 415', () => {
      const withBody = providerRoutes().filter(({ operation }) => operation.requestBody !== undefined);
      expect(withBody.length).toBeGreaterThan(5);
      expect(without(withBody, ({ responses }) => '413' in responses && '415' in responses)).toEqual([]);
    });

    it('every success of a provider route is the envelope around its data', () => {
      for (const { name, operation } of providerRoutes()) {
        const schema = JSON.stringify(operation.responses['200']?.content?.['application/json']?.schema);
        expect(schema, name).toContain('#/components/schemas/Envelope');
        expect(schema, name).toContain('"data"');
      }
    });

    it('the app, or the robot, can be chosen on every provider route', () => {
      const names = ({ parameters = [] }: OperationObject): string[] => parameters.map(({ name }) => name);
      const chooses = (operation: OperationObject): boolean =>
        names(operation).includes('X-App') && names(operation).includes('app');
      const named = providerRoutes().filter(({ path }) => !path.startsWith('/v1/messages_external'));
      const ofRobots = named.filter(({ operation }) => names(operation).includes('robot'));
      const withApps = named.filter((route) => !ofRobots.includes(route));
      expect(without(withApps, chooses)).toEqual([]);
      expect(ofRobots.length).toBeGreaterThan(0);
      // A robot is no app: neither can be taken for the other.
      expect(ofRobots.filter(({ operation }) => names(operation).some((name) => /^(x-)?app$/i.test(name)))).toEqual([]);
    });
  });

  describe('shows every message type', () => {
    const dingtalkTypes = ['text', 'markdown', 'action_card', 'link', 'oa', 'image', 'voice', 'file'];

    it.each(['/v1/dd/topapi/message', '/v1/dd/chat/send'])('%s has an example of each', (path) => {
      const { operation } = routes(path).find((route) => route.name === `POST ${path}`) as Route;
      const examples = Object.values(bodyOf(operation)?.examples ?? {});
      const shown = examples.map(({ value }) => (value as { msg: { msgtype: string } }).msg.msgtype);
      expect([...new Set(shown)].toSorted()).toEqual(dingtalkTypes.toSorted());
    });

    it('and every other route with messages as well', () => {
      for (const { definition } of PROVIDERS) {
        for (const { id, messages, examples } of definition.operations) {
          const text = JSON.stringify(examples.map(({ input }) => input));
          for (const { msgtype } of messages?.types ?? [])
            expect(text, `${definition.id} ${id}`).toContain(`"${msgtype}"`);
        }
      }
    });

    it.each(['WorkNoticeDto', 'ChatSendDto'])('the msg of %s is one of them, told apart by msgtype', (dto) => {
      const { oneOf, discriminator } = resolve(document, `#/components/schemas/${dto}/properties/msg`) as {
        oneOf: readonly { $ref: string }[];
        discriminator: { propertyName: string; mapping: Record<string, string> };
      };
      expect(discriminator.propertyName).toBe('msgtype');
      expect(Object.keys(discriminator.mapping).toSorted()).toEqual(dingtalkTypes.toSorted());
      expect(Object.values(discriminator.mapping).toSorted()).toEqual(oneOf.map(({ $ref }) => $ref).toSorted());
      for (const [msgtype, ref] of Object.entries(discriminator.mapping)) {
        const { properties, required } = resolve(document, ref) as { properties: Json; required: readonly string[] };
        expect(properties.msgtype).toMatchObject({ enum: [msgtype] });
        expect(required).toEqual(expect.arrayContaining(['msgtype', msgtype]));
      }
    });
  });

  it('has a page for people at /docs', async () => {
    const page = await call(`${gateway.url}/docs`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('swagger-ui');
    expect((await call(`${gateway.url}/docs/`)).text).toContain('swagger-ui');
  });

  it.each([
    ['/docs/swagger-ui-init.js', 'application/javascript', '/v1/dd/chat/send'],
    ['/docs/swagger-ui.css', 'text/css', '.swagger-ui'],
    ['/docs-yaml', 'text/yaml', 'openapi: 3.1.0'],
  ])('has %s beside the page', async (path, type, part) => {
    const file = await call(`${gateway.url}${path}`);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toContain(type);
    expect(file.headers.has('x-powered-by')).toBe(false);
    expect(file.text).toContain(part);
  });

  it('has no page of another name there', async () => {
    expect((await call(`${gateway.url}/docs/nothing`)).body).toMatchObject({ ok: 0, error: { kind: 'not-found' } });
  });

  const around = ['/docs', '/docs/', '/docs-json', '/docs-yaml', '/docs/swagger-ui-init.js', '/docs/swagger-ui.css'];

  it.each([...around, '/docs/nothing', '/docs/LICENSE', '/docs/errors'])(
    'answers %s with the headers of every answer, to GET and HEAD',
    async (path) => {
      for (const method of ['GET', 'HEAD']) {
        const { headers } = await call(`${gateway.url}${path}`, { method, headers: { 'X-Request-Id': 'mine' } });
        expect(headers.get('x-request-id'), method).toBe('mine');
        expect(headers.get('x-content-type-options'), method).toBe('nosniff');
        expect(headers.get('content-type'), method).toMatch(/; charset=utf-8$/i);
      }
    },
  );

  it('asks to close the connection once the gateway drains, as every answer does', async () => {
    const draining = await startTestGateway();
    try {
      await call(`${draining.url}/docs`);
      draining.app.get(Lifecycle).drain();
      for (const path of ['/ping', ...around, '/docs/nothing'])
        expect((await call(draining.url + path)).headers.get('connection'), path).toBe('close');
    } finally {
      await draining.close();
    }
  });

  it('that cannot be made are that request’s trouble alone', async () => {
    const own = await startTestGateway();
    onTestFinished(() => own.close());
    const failing = vi.spyOn(own.app.get(OpenApiService), 'document').mockRejectedValueOnce(new Error('no such file'));
    const answer = await call(`${own.url}/docs-json`);
    expect(answer).toMatchObject({ status: 500, body: { error: { kind: 'internal' } } });
    expect(failing).toHaveBeenCalledOnce();
    expect((await call(`${own.url}/docs-json`)).status).toBe(200);
  });

  it.each(['/docs-json', '/docs-yaml', '/docs/swagger-ui-init.js'])(
    'sends %s from one buffer to everybody',
    async (path) => {
      const sent = new Set<unknown>();
      const server = gateway.app.getHttpServer();
      const look = (_request: unknown, response: ServerResponse): void => {
        const end = response.end.bind(response);
        response.end = ((chunk: unknown, ...rest: []) => end(sent.add(chunk) && chunk, ...rest)) as typeof end;
      };
      server.prependListener('request', look);
      onTestFinished(() => void server.off('request', look));
      const [one, other] = [await call(gateway.url + path), await call(gateway.url + path)];
      expect(one.text.length).toBeGreaterThan(100_000);
      expect(other.text).toBe(one.text);
      expect([...sent]).toEqual([expect.any(Buffer)]);
    },
  );

  it('can be turned off', async () => {
    const closed = await startTestGateway({ settings: { 'docs.enabled': false } });
    try {
      expect((await call(`${closed.url}/docs`)).status).toBe(404);
      expect((await call(`${closed.url}/docs-json`)).status).toBe(404);
    } finally {
      await closed.close();
    }
  });
});

/** Every $ref, and every target of a discriminator. */
function refsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string' && (key === '$ref' || value.startsWith('#/')) ? [value] : refsIn(value),
  );
}

function resolve(document: unknown, ref: string): unknown {
  if (!ref.startsWith('#/')) return undefined;
  return ref
    .slice(2)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, key) => (node as Json | undefined)?.[key], document);
}
