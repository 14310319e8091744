import { z } from 'zod';
import { duration, secret } from './scalars.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

const url = secret('Address of Elasticsearch or OpenSearch, http(s)://[user:password@]host:port[/path].').superRefine(
  (text, context) => {
    const problem = urlProblem(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  },
);

function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an address like http://host:9200';
  const { protocol, search, hash, username, password } = new URL(text);
  if (/%(?![0-9a-f]{2})/i.test(username + password)) return 'must have % in user name and password written as %25';
  if (protocol !== 'https:' && protocol !== 'http:') return 'must start with https:// or http://';
  if (search !== '' || hash !== '') return 'must not have a query or fragment';
  return undefined;
}

const elasticsearch = z
  .strictObject({
    url,
    index: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be small letters, digits, dot, _ and -, at most 100')
      .default('message-center')
      .meta({ description: 'First part of the index names; the day follows: message-center-2026.01.31 (UTC).' }),
    level: z.enum(LEVELS).default('trace').meta({ description: 'Ship lines of this level and above.' }),
    username: z.string().min(1).meta({ description: 'User name, if the url has none.' }).optional(),
    password: secret('Password of that user.').optional(),
    apiKey: secret('API key as Elasticsearch encodes it, instead of a user.').optional(),
    batchLines: z.number().int().min(1).max(10_000).default(500).meta({ description: 'Lines of one request.' }),
    batchBytes: z
      .number()
      .int()
      .min(10_000)
      .max(50_000_000)
      .default(1_000_000)
      .meta({ description: 'About how large one request gets, bytes.' }),
    interval: duration('Longest wait of a line for others to go with.').prefault('1s'),
    timeout: duration('Deadline of one request.').prefault('10s'),
    bufferBytes: z
      .number()
      .int()
      .min(100_000)
      .max(1_000_000_000)
      .default(16_000_000)
      .meta({ description: 'About how much may wait in memory while Elasticsearch is away, bytes.' }),
  })
  .superRefine(({ url: address, username, password, apiKey }, context) => {
    const inUrl = URL.canParse(address) && new URL(address).username !== '';
    const ways = [inUrl, username !== undefined || password !== undefined, apiKey !== undefined].filter(Boolean);
    if (ways.length > 1)
      context.addIssue({ code: 'custom', message: 'say who we are in one way: in the url, by username, or by apiKey' });
    if ((username === undefined) !== (password === undefined))
      context.addIssue({ code: 'custom', message: 'username and password go together' });
  });

/** The `logging` part of the configuration. */
export const logging = z.strictObject({
  level: z.enum([...LEVELS, 'silent']).default('info'),
  dir: z.string().min(1).meta({ description: 'Folder for log files by day. None: stdout only.' }).optional(),
  keepDays: z
    .number()
    .int()
    .min(1)
    .max(3_650)
    .default(14)
    .meta({ description: 'Days whose files are kept, today included; older ones of ours are deleted.' }),
  elasticsearch: elasticsearch.meta({ description: 'Ships every line there as well.' }).optional(),
});

/** How this process logs. */
export type LoggingSettings = z.output<typeof logging>;

/** Where and how lines are shipped. */
export type ElasticsearchSettings = z.output<typeof elasticsearch>;
