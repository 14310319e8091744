import type { ReceivedFile } from '../../src/providers/received-file.js';
import type { Input } from './providers.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** The part of an OpenAPI operation that the suite reads. */
export interface OpenApiOperation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly externalDocs?: { readonly url: string };
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: JsonObject }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>;
  readonly 'x-provider'?: string;
  readonly 'x-operation'?: string;
  readonly 'x-scope'?: string;
}

interface MediaType {
  readonly schema?: JsonObject;
  readonly examples?: Readonly<Record<string, { readonly summary?: string; readonly value?: unknown }>>;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> };
}

/** A route as the OpenAPI document tells it: nobody tells the suite where a provider's operations are. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly entry: OpenApiOperation;
}

/** Every route of the document. */
export function routesIn({ paths }: OpenApiDocument): readonly Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, entry]) => ({ method: method.toUpperCase(), path, entry })),
  );
}

/** The routes of one provider. */
export function routesOf(provider: string, document: OpenApiDocument): readonly Route[] {
  return routesIn(document).filter(({ entry }) => entry['x-provider'] === provider);
}

/** Does the route want to know which robot? */
export function takesRobot({ entry }: Route): boolean {
  return entry.parameters?.some(({ name }) => name === 'robot') === true;
}

/** Media type of the body that a route takes; undefined when it takes parameters. */
export function bodyType({ entry }: Route): string | undefined {
  return Object.keys(entry.requestBody?.content ?? {})[0];
}

/** Schema of the body that a route takes. */
export function bodySchema(route: Route): unknown {
  return route.entry.requestBody?.content[bodyType(route) ?? '']?.schema;
}

/**
 * The request of a caller: parameters, JSON or a form, as the route is documented.
 * @param robot named on routes of robots; the simulators of the gateway's own platforms have one called `ops`
 */
export function callerRequest(
  route: Route,
  input: Input,
  robot = 'ops',
): { readonly path: string; readonly init: RequestInit } {
  const { method } = route;
  const path = takesRobot(route) ? `${route.path}?robot=${robot}` : route.path;
  if (method === 'GET') {
    const query = new URLSearchParams(
      Object.entries(input).map(([name, value]): [string, string] => [name, String(value)]),
    );
    return { path: `${path}?${query.toString()}`, init: { method } };
  }
  if (bodyType(route) === 'multipart/form-data') return { path, init: { method, body: formOf(input) } };
  const headers = { 'Content-Type': 'application/json' };
  return { path, init: { method, headers, body: JSON.stringify(input) } };
}

function formOf(input: Input): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(input)) {
    if (isFile(value)) form.set(name, fileOf(value.originalname, value.mimetype, value.buffer));
    else form.set(name, String(value));
  }
  return form;
}

/** Is it a file that a caller uploads? */
export function isFile(value: unknown): value is ReceivedFile {
  return typeof value === 'object' && value !== null && 'originalname' in value && 'buffer' in value;
}

/** A file of a form. */
export function fileOf(name: string, type: string, bytes: Uint8Array): File {
  return new File([Uint8Array.from(bytes)], name, { type });
}
