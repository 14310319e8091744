import { z } from 'zod';
import type { ProviderDefinition } from '../providers/provider.contract.js';
import { access, callerLimit, cidr, httpStatus } from './access.settings.js';
import { logging } from './logging.settings.js';
import { duration, secret } from './scalars.js';

const server = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').meta({ description: 'Address to listen on.' }),
  port: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(27_779)
    .meta({ description: 'Port to listen on; 0 takes any free one.' }),
  workers: z.number().int().min(1).max(64).default(1).meta({ description: 'Worker processes.' }),
  role: z.enum(['api', 'worker', 'all']).default('all').meta({ description: 'What this process does.' }),
  trustProxy: z.array(cidr).default([]).meta({ description: 'Proxies whose X-Forwarded-For is believed.' }),
  shutdownTimeout: duration('Hard end of a shutdown.').prefault('25s'),
  shutdownDelay: duration('Pause between "not ready" and refusing connections, for load balancers to notice.').prefault(
    '1s',
  ),
});

const rootShape = {
  server: server.prefault({}),
  redis: z
    .strictObject({ url: secret('redis://[user:password@]host:port[/db] or rediss://').optional() })
    .prefault({})
    .meta({
      description: 'Redis for tokens, queue, limits and idempotency. Without it memory serves, in one process.',
    }),
  outbound: z
    .strictObject({
      timeoutMs: z
        .number()
        .int()
        .min(100)
        .max(120_000)
        .default(10_000)
        .meta({ description: 'Deadline of one operation, ms.' }),
      uploadTimeoutMs: z
        .number()
        .int()
        .min(100)
        .max(600_000)
        .default(60_000)
        .meta({ description: 'Deadline of an upload, ms.' }),
    })
    .prefault({}),
  access: access.prefault({}),
  limits: z
    .strictObject({
      caller: callerLimit
        .prefault({ requests: 600_000, seconds: 60 })
        .meta({ description: 'Requests of one caller (key or allow-list entry) in so many seconds.' }),
    })
    .prefault({}),
  envelope: z.strictObject({ httpStatus: httpStatus.default('semantic') }).prefault({}),
  messagesExternal: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .meta({ description: 'The three routes of system B, whose callers bring their own credentials.' }),
    })
    .prefault({}),
  docs: z
    .strictObject({
      enabled: z.boolean().default(true).meta({ description: 'Swagger UI at /docs, document at /docs-json.' }),
    })
    .prefault({}),
  logging: logging.prefault({}),
};

/** The schema of the whole configuration; every registered provider contributes its block. */
export function configSchema(providers: readonly ProviderDefinition[]) {
  const blocks = Object.fromEntries(providers.map((provider) => [provider.id, provider.settings.prefault({})]));
  return z.strictObject({ ...rootShape, providers: z.strictObject(blocks).prefault({}) });
}

const withoutProviders = z.strictObject(rootShape);

/** The validated configuration. Provider blocks are typed where they are used: in the provider. */
export type Config = z.output<typeof withoutProviders> & { readonly providers: Readonly<Record<string, unknown>> };

/** The JSON Schema of the file, for editors; also what environment names and secrets are looked up in. */
export function configJsonSchema(providers: readonly ProviderDefinition[]): JsonSchema {
  return z.toJSONSchema(configSchema(providers), { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** The part of JSON Schema that zod writes and the loader reads. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly secret?: boolean;
  readonly description?: string;
}
