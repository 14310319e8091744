import { z } from 'zod';
import { cidrProblem } from '../inbound/address-list.js';
import { hashApiKey, isApiKey, keyHint } from '../inbound/api-key.js';
import { name, secret } from './scalars.js';

/** An address or a network. */
export const cidr = z.string().superRefine((text, context) => {
  const problem = cidrProblem(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** System A allows comments (`__…`) and blanks in its list of addresses; so do we. */
const comment = z.string().regex(/^(\s*|__[\s\S]*)$/);

/** What a caller may do; a closed list, see `docs/security.md`. */
export const SCOPES = [
  'send',
  'broadcast',
  'external',
  'directory',
  'read',
  'cancel',
  'replay',
  'metrics',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** `semantic`: honest HTTP statuses; `always-200`: system A's habit. */
export const httpStatus = z.enum(['semantic', 'always-200']);

const apps = z
  .array(z.string().min(1))
  .meta({ description: 'Default: every app. Patterns like wecom/*, dingtalk/default, dingtalk/robots/ops.' });

/** How many requests a caller may make in how many seconds. */
export const callerLimit = z.strictObject({
  requests: z.number().int().min(1),
  seconds: z.number().int().min(1).max(86_400).default(60),
});

const allowEntry = z.strictObject({
  cidr,
  scopes: z
    .array(z.enum(SCOPES))
    .refine((scopes) => !scopes.includes('admin'), 'an address never has the scope admin: use an API key')
    .meta({ description: 'Default: send, read and broadcast. Never admin.' })
    .optional(),
  apps: apps.optional(),
  httpStatus: httpStatus.optional(),
  limit: callerLimit.optional(),
});

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a hash as `message-center keys create` prints it');
const moment = z.iso.datetime({ offset: true });

const apiKey = z.strictObject({
  id: name.meta({ description: 'Name of the key; stays the same when its secret is rotated.' }),
  hash: hash.meta({ description: 'Hash of the key, from `keys create`.' }),
  previousHash: hash
    .optional()
    .meta({ description: 'The secret before the rotation, still good until previousUntil.' }),
  previousUntil: moment.optional(),
  scopes: z.array(z.enum(SCOPES)).default(['send', 'read']).meta({ description: 'Default: send and read.' }),
  apps: apps.optional(),
  allow: z.array(cidr).optional().meta({ description: 'Addresses from which the key is good; default: any.' }),
  expiresAt: moment.optional(),
  revoked: z.boolean().default(false),
  httpStatus: httpStatus.optional(),
  limit: callerLimit.optional(),
});

/** A key in one line, as in MSG_API_KEYS: `id:hash`, or the key itself. It may send and read; others are objects. */
const shortKey = z
  .string()
  .refine((text) => isApiKey(text) || /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}:[A-Za-z0-9_-]{43}$/.test(text), {
    message: 'must be id:hash, or a whole key as `message-center keys create` prints it',
  })
  .meta({ secret: true });

/** The block `access`. Keys given whole are hashed here, and the plain value is dropped. */
export const access = z
  .strictObject({
    allow: z
      .array(z.union([comment, cidr, allowEntry]))
      .default([])
      .meta({ description: 'Addresses and networks that may call. With neither these nor keys: loopback only.' }),
    apiKeys: z
      .array(z.union([shortKey, apiKey]))
      .default([])
      .meta({ description: 'API keys; an address or a key suffices.' }),
    pepper: secret('Further secret in the hashes of the keys, kept apart from them.').optional(),
  })
  .transform((block, context) => {
    const apiKeys = block.apiKeys.map((key) => (typeof key === 'string' ? longKey(key, block.pepper ?? '') : key));
    const ids = apiKeys.map(({ id }) => id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined)
      context.addIssue({ code: 'custom', path: ['apiKeys'], message: `two keys are called ${twice}` });
    return { allow: block.allow, apiKeys, pepper: block.pepper };
  });

/** An API key as configured. */
export type ApiKeyEntry = z.output<typeof apiKey>;
/** An entry of `access.allow`, comments excluded. */
export type AllowEntry = z.output<typeof allowEntry>;
export type CallerLimit = z.output<typeof callerLimit>;

/** Is this entry of the list a comment or a blank, as system A has them? */
export function isComment(entry: string | AllowEntry): entry is string {
  return typeof entry === 'string' && /^(\s*|__[\s\S]*)$/.test(entry);
}

function longKey(text: string, pepper: string): ApiKeyEntry {
  const common = { scopes: ['send', 'read'] as Scope[], revoked: false };
  if (isApiKey(text)) return { id: keyHint(text), hash: hashApiKey(text, pepper), ...common };
  const at = text.indexOf(':');
  return { id: text.slice(0, at), hash: text.slice(at + 1), ...common };
}
