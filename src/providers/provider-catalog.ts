import { Injectable } from '@nestjs/common';
import type { Bilingual } from '../envelope/kinds.js';
import type { Principal } from '../inbound/principal.js';
import { OpenApiService } from '../openapi/openapi.service.js';
import type { Operation, ProviderDefinition } from './provider.contract.js';
import type { PublishedLimit } from './published-limits.js';
import { ProviderRegistry } from './provider.registry.js';
import { ROBOT_PREFIX } from './robot-source.js';

type JsonSchema = Record<string, unknown>;

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

interface DocumentedRoute {
  readonly method: string;
  readonly path: string;
  readonly operation: Record<string, unknown>;
}

/** Describes every provider to programs, from its declaration and from the OpenAPI document. */
@Injectable()
export class ProviderCatalog {
  private routes: readonly DocumentedRoute[] | undefined;

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly openApi: OpenApiService,
  ) {}

  describe(principal: Principal | undefined): DescribedProvider[] {
    return this.registry.all.map((provider) => ({
      id: provider.id,
      title: provider.title,
      docs: provider.docs,
      apps: this.registry.appNames(provider.id).filter((app) => principal?.mayUse(provider.id, app) ?? true),
      robots: this.registry
        .robotNames(provider.id)
        .filter((robot) => principal?.mayUse(provider.id, ROBOT_PREFIX + robot) ?? true),
      operations: provider.operations.map((operation) => this.operation(provider, operation)),
      messageTypes: this.messageTypes(provider),
      limits: provider.limits,
    }));
  }

  private operation(provider: ProviderDefinition, operation: Operation): DescribedOperation {
    const route = this.route(provider.id, operation.id);
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
      input: route ? this.inputSchema(route) : null,
      messageTypes: operation.messages?.types.map(({ msgtype }) => msgtype) ?? [],
    };
  }

  private messageTypes(provider: ProviderDefinition): DescribedMessageType[] {
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
          schema: this.resolve({ $ref: `#/components/schemas/${schemaName}` }),
          examples: type.examples.map(({ message }) => message),
        });
      }
    }
    return [...found.values()];
  }

  private inputSchema({ operation }: DocumentedRoute): JsonSchema | null {
    const body = operation.requestBody as { content?: Record<string, { schema?: JsonSchema }> } | undefined;
    const schema = Object.values(body?.content ?? {})[0]?.schema;
    if (schema) return this.resolve(schema);
    const parameters =
      (operation.parameters as { name: string; in: string; required?: boolean; schema?: JsonSchema }[] | undefined) ??
      [];
    const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.name !== 'app');
    return {
      type: 'object',
      properties: Object.fromEntries(query.map(({ name, schema: parameter }) => [name, parameter ?? {}])),
      required: query.filter(({ required }) => required).map(({ name }) => name),
    };
  }

  private route(provider: string, operation: string): DocumentedRoute | undefined {
    this.routes ??= Object.entries(this.openApi.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, entry]) => ({ path, method, operation: entry as Record<string, unknown> })),
    );
    return this.routes.find(
      (route) => route.operation['x-provider'] === provider && route.operation['x-operation'] === operation,
    );
  }

  /** Replaces references by what they refer to: a client then needs nothing but this answer. */
  private resolve(node: unknown): JsonSchema {
    return this.resolveNode(node) as JsonSchema;
  }

  private resolveNode(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((entry) => this.resolveNode(entry));
    if (typeof node !== 'object' || node === null) return node;
    const { $ref, discriminator: _discriminator, ...rest } = node as Record<string, unknown>;
    if (typeof $ref === 'string') {
      const name = $ref.split('/').at(-1) ?? '';
      return this.resolveNode(this.openApi.document.components?.schemas?.[name] ?? {});
    }
    return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, this.resolveNode(value)]));
  }
}
