import type { OpenAPIObject } from '@nestjs/swagger';

export type JsonSchema = Record<string, unknown>;

export interface DocumentedRoute {
  readonly method: string;
  readonly path: string;
  readonly operation: Record<string, unknown>;
}

/** Answers questions about operations and schemas from the OpenAPI document. */
export class DocumentedApi {
  private readonly routes: readonly DocumentedRoute[];

  constructor(private readonly document: OpenAPIObject) {
    this.routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, entry]) => ({ path, method, operation: entry as Record<string, unknown> })),
    );
  }

  /** The route of a provider's operation. */
  route(provider: string, operation: string): DocumentedRoute | undefined {
    return this.routes.find(
      (route) => route.operation['x-provider'] === provider && route.operation['x-operation'] === operation,
    );
  }

  /** What a route takes: its body, or else its parameters. */
  inputSchema({ operation }: DocumentedRoute): JsonSchema | null {
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

  /** Replaces references by what they refer to: a client then needs nothing but this answer. */
  resolve(node: unknown): JsonSchema {
    return this.resolveNode(node) as JsonSchema;
  }

  private resolveNode(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((entry) => this.resolveNode(entry));
    if (typeof node !== 'object' || node === null) return node;
    const { $ref, discriminator: _discriminator, ...rest } = node as Record<string, unknown>;
    if (typeof $ref === 'string') {
      const name = $ref.split('/').at(-1) ?? '';
      return this.resolveNode(this.document.components?.schemas?.[name] ?? {});
    }
    return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, this.resolveNode(value)]));
  }
}
