import { z } from 'zod';
import type { ProviderConfiguration } from '../providers/provider.contract.js';
import { access, callerLimit, cidr, httpStatus } from './access.settings.js';
import { logging } from './logging.settings.js';
import { callbacks } from './callback.settings.js';
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
  workers: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .meta({ description: 'Worker processes, kept alive by a primary; 1 needs no primary.' }),
  role: z.enum(['api', 'worker', 'all']).default('all').meta({
    description: 'api serves requests, worker delivers in the background, all does both; the two need Redis.',
  }),
  trustProxy: z.array(cidr).default([]).meta({ description: 'Proxies whose X-Forwarded-For is believed.' }),
  shutdownTimeout: duration('Hard end of a shutdown.').prefault('25s'),
  shutdownDelay: duration('Pause between "not ready" and refusing connections, for load balancers to notice.').prefault(
    '1s',
  ),
});

const rootShape = {
  server: server.prefault({}),
  redis: z
    .strictObject({
      url: secret('redis://[user:password@]host:port[/db] or rediss://').optional(),
      allowNoPassword: z.boolean().default(false).meta({
        description:
          'Start in production with a Redis elsewhere that asks for no password: only where nobody else can reach it.',
      }),
    })
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
  delivery: z
    .strictObject({
      onUnknown: z.enum(['resend', 'park']).default('resend').meta({
        description: 'When bytes left and no verdict came back: send again and say so, or wait for a person.',
      }),
      ttl: duration('How long after its due time a message may still be sent.').prefault('3h20m'),
      concurrency: z
        .number()
        .int()
        .min(1)
        .max(1_000)
        .default(10)
        .meta({ description: 'Sends at once per worker process.' }),
      takeover: duration(
        'How long an attempt may outlast its deadline before its worker is taken for dead and another takes over.',
      ).prefault('5s'),
      durability: z
        .enum(['memory', 'replica', 'disk'])
        .default('memory')
        .meta({ description: 'What a 202 waits for in Redis: nothing, a replica (WAIT), the disk (WAITAOF).' }),
      dashboard: z
        .boolean()
        .default(false)
        .meta({ description: 'Bull Board at /admin/queues, for API keys with the scope admin. Needs Redis.' }),
      retry: z
        .array(duration('Pause before a further attempt.'))
        .min(1)
        .prefault(['2s', '10s', '30s', '2m', '10m', '30m', '1h', '1h'])
        .meta({ description: 'Pauses between attempts, each stretched or shortened by up to 20 %.' }),
    })
    .prefault({}),
  limits: z
    .strictObject({
      sync: z.enum(['observe', 'enforce']).default('observe').meta({
        description:
          "Platforms' limits on the synchronous road: count only, or refuse with 429 before the platform does.",
      }),
      robots: z.enum(['enforce', 'observe']).default('enforce').meta({
        description:
          'Windows of robots on the synchronous road: refuse with 429 before the platform blocks the robot, or count only (for a relay or a private deployment that takes more).',
      }),
      caller: callerLimit
        .prefault({ requests: 600_000, seconds: 60 })
        .meta({ description: 'Requests of one caller (key or allow-list entry) in so many seconds.' }),
    })
    .prefault({}),
  callbacks,
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
export function configSchema(providers: readonly ProviderConfiguration[]) {
  const blocks = Object.fromEntries(providers.map((provider) => [provider.id, provider.settings.prefault({})]));
  return z
    .strictObject({ ...rootShape, providers: z.strictObject(blocks).prefault({}) })
    .superRefine(({ server: { role }, redis: { url } }, context) => {
      if (role === 'all' || url !== undefined) return;
      const message = `${role} works with other processes through Redis: set redis.url (or REDIS_URL), or let one process do all`;
      context.addIssue({ code: 'custom', path: ['server', 'role'], message });
    });
}

const withoutProviders = z.strictObject(rootShape);

/** The validated configuration. Provider blocks are typed where they are used: in the provider. */
export type Config = z.output<typeof withoutProviders> & { readonly providers: Readonly<Record<string, unknown>> };

/** The JSON Schema of the file, for editors; also what environment names and secrets are looked up in. */
export function configJsonSchema(providers: readonly ProviderConfiguration[]): JsonSchema {
  return z.toJSONSchema(configSchema(providers), { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** The part of JSON Schema that zod writes and the loader reads. */
export interface JsonSchema {
  readonly type?: string;
  /** A duration: milliseconds once it is read. */
  readonly duration?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly secret?: boolean;
  readonly description?: string;
}
