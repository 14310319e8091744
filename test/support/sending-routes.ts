import type { OpenApiDocument } from '../conformance/routes.js';
import { routesIn, takesRobot } from '../conformance/routes.js';
import type { DeliveryWorld } from './delivery-world.js';

/** A sending route as the OpenAPI document tells it. */
export interface SendingRoute {
  /** With `?robot=ops` where a robot sends. */
  readonly path: string;
  readonly provider: string;
  readonly operation: string;
  /** Its first example. */
  readonly example: Readonly<Record<string, unknown>>;
}

/** Every route that knows `async`, by path. */
export async function sendingRoutes(world: DeliveryWorld): Promise<readonly SendingRoute[]> {
  const document = (await world.get('/docs-json')).body as unknown as OpenApiDocument;
  return routesIn(document)
    .filter(({ entry }) => entry.parameters?.some(({ name }) => name === 'async'))
    .map(({ path, entry }) => ({
      path: takesRobot({ method: '', path, entry }) ? `${path}?robot=ops` : path,
      provider: String(entry['x-provider']),
      operation: String(entry['x-operation']),
      example: firstExample(entry),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The path of a route with more parameters. */
export function asked({ path }: SendingRoute, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

/** Makes what the example refers to exist on its platform. */
export function prepareExample(world: DeliveryWorld, { provider, operation, example }: SendingRoute): void {
  const simulators: readonly { provider: string; prepare?(operation: string, input: object): void }[] = [
    world.dingtalk,
    world.wecom,
  ];
  simulators.find((simulator) => simulator.provider === provider)?.prepare?.(operation, example);
}

type Entry = OpenApiDocument['paths'][string][string];

function firstExample(entry: Entry): Readonly<Record<string, unknown>> {
  const { examples = {} } = entry.requestBody?.content['application/json'] ?? {};
  const [example] = Object.values(examples);
  return example?.value as Readonly<Record<string, unknown>>;
}
