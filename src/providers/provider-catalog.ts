import { Injectable } from '@nestjs/common';
import type { Bilingual } from '../envelope/kinds.js';
import type { Principal } from '../inbound/principal.js';
import { OpenApiService } from '../openapi/openapi.service.js';
import { DocumentedApi, type JsonSchema } from './documented-api.js';
import type { Operation, ProviderDefinition } from './provider.contract.js';
import type { PublishedLimit } from './published-limits.js';
import { ProviderRegistry } from './provider.registry.js';
import { ROBOT_PREFIX } from './robot-source.js';

/** One operation as `GET /v1/providers` shows it. */
export interface DescribedOperation {
  readonly id: string;
  readonly title: Bilingual;
  readonly effect: string;
  /** Who does it: an app, or a robot named with `?robot=`. */
  readonly target: 'app' | 'robot';
  readonly method: string;
  readonly path: string;
  readonly scope: string;
  readonly source: string;
  /** JSON Schema of the body, or of the parameters. */
  readonly input: JsonSchema | null;
  readonly messageTypes: readonly string[];
}

export interface DescribedMessageType {
  readonly msgtype: string;
  readonly title: Bilingual;
  readonly source: string;
  /** Operations that take it. */
  readonly operations: readonly string[];
  readonly schema: JsonSchema;
  readonly examples: readonly unknown[];
}

export interface DescribedProvider {
  readonly id: string;
  readonly title: Bilingual;
  readonly docs: string;
  /** Apps that the caller may use. */
  readonly apps: readonly string[];
  /** Robots that the caller may use. */
  readonly robots: readonly string[];
  readonly operations: readonly DescribedOperation[];
  readonly messageTypes: readonly DescribedMessageType[];
  readonly limits: readonly PublishedLimit[];
}

/** Describes every provider to programs, from its declaration and from the OpenAPI document. */
@Injectable()
export class ProviderCatalog {
  private api: DocumentedApi | undefined;

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly openApi: OpenApiService,
  ) {}

  async describe(principal: Principal | undefined): Promise<DescribedProvider[]> {
    const api = (this.api ??= new DocumentedApi(await this.openApi.document()));
    return this.registry.all.map((provider) => ({
      id: provider.id,
      title: provider.title,
      docs: provider.docs,
      apps: this.registry.appNames(provider.id).filter((app) => principal?.mayUse(provider.id, app) ?? true),
      robots: this.registry
        .robotNames(provider.id)
        .filter((robot) => principal?.mayUse(provider.id, ROBOT_PREFIX + robot) ?? true),
      operations: provider.operations.map((operation) => describeOperation(api, provider, operation)),
      messageTypes: describeMessageTypes(api, provider),
      limits: provider.limits,
    }));
  }
}

function describeOperation(api: DocumentedApi, provider: ProviderDefinition, operation: Operation): DescribedOperation {
  const route = api.route(provider.id, operation.id);
  const scope = route?.operation['x-scope'];
  return {
    id: operation.id,
    title: operation.title,
    effect: operation.effect,
    target: operation.target ?? 'app',
    method: route?.method.toUpperCase() ?? '',
    path: route?.path ?? '',
    scope: typeof scope === 'string' ? scope : '',
    source: operation.source,
    input: route ? api.inputSchema(route) : null,
    messageTypes: operation.messages?.types.map(({ msgtype }) => msgtype) ?? [],
  };
}

function describeMessageTypes(api: DocumentedApi, provider: ProviderDefinition): DescribedMessageType[] {
  const found = new Map<string, DescribedMessageType>();
  for (const operation of provider.operations) {
    for (const type of operation.messages?.types ?? []) {
      const schemaName = operation.messages?.model(type.msgtype)?.name ?? '';
      const known = found.get(schemaName);
      found.set(schemaName, {
        msgtype: type.msgtype,
        title: type.title,
        source: type.source,
        operations: [...(known?.operations ?? []), operation.id],
        schema: api.resolve({ $ref: `#/components/schemas/${schemaName}` }),
        examples: type.examples.map(({ message }) => message),
      });
    }
  }
  return [...found.values()];
}
