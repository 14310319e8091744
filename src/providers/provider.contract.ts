import type { ZodType } from 'zod';
import type { DataSchema } from '../envelope/envelope.decorators.js';
import type { Bilingual } from '../envelope/kinds.js';
import type { Advice } from '../inbound/advice.js';
import type { DtoClass } from '../inbound/fields.js';
import type { Simulator } from '../simulator/simulator.contract.js';
import type { Complaint } from './delivery-error.js';
import type { ErrorTable, PlatformVerdict } from './error-table.js';
import type { LookUp } from './look-up.js';
import type { MessageCatalog } from './message-catalog.js';
import type { LongText } from './overlong/long-text.js';
import type { PublishedLimit } from './published-limits.js';
import type { RepeatableRequest } from './repeatable-request.js';
import type { RobotSource } from './robot-source.js';

/** What every named app of every provider has. A provider's own settings (keys, agent id) come on top. */
export interface AppSettings {
  /** Deadline of one operation, milliseconds. Overrides `MSG_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
  /** HTTP proxy for this app's calls, `http://host:port`. */
  readonly proxy?: string;
  /** Calls in flight at once; above it callers get 503. */
  readonly maxInFlight?: number;
  /** Other counts than those of the provider's published limits, by id of the limit. */
  readonly limits?: Readonly<Record<string, number>>;
}

/**
 * One app, resolved: the provider's settings and the app's own in one object. This is what {@link Operation.render}
 * and {@link TokenSource} receive.
 */
export interface ResolvedApp<Settings extends AppSettings = AppSettings> {
  readonly provider: string;
  /** Name in the configuration, `default`; of a robot `robots/ops`. */
  readonly name: string;
  readonly settings: Settings;
  /** Base URLs by name, without a trailing slash: `{ oapi: 'https://oapi.dingtalk.com' }`. */
  readonly baseUrls: Readonly<Record<string, string>>;
}

/**
 * Where a platform wants its access token: in a query parameter, or in a header, there behind the word `scheme` and a
 * blank if it is given.
 *
 * @example
 * const dingtalk: TokenPlace = { query: 'access_token' }; // …?access_token=TOKEN
 * const feishu: TokenPlace = { header: 'authorization', scheme: 'Bearer' }; // Authorization: Bearer TOKEN
 */
export type TokenPlace = { readonly query: string } | { readonly header: string; readonly scheme?: string };

/** A file on its way to the platform. */
export interface UploadPart {
  /** Name of the form field. */
  readonly field: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/**
 * A rendered request, ready to be sent or stored: everything but the token. It is plain data (uploads excepted), so the
 * asynchronous road can keep it and send exactly the same bytes later.
 */
export interface PlatformRequest {
  readonly method: 'GET' | 'POST';
  /** Name of one of the app's base URLs. */
  readonly base: string;
  /** Path below the base URL, starting with `/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /** Sent as multipart/form-data instead of `body`; such a request is never stored. */
  readonly upload?: UploadPart;
  /** Where the token goes; absent when the call needs none. */
  readonly token?: TokenPlace;
  /** Longest answer that is read, bytes, for lists that grow with the company; 256 kB unless it is given. */
  readonly answerBytes?: number;
}

/** A platform's answer that could be read as a JSON object. Integers beyond 2^53 are kept as text, digit by digit. */
export interface PlatformAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What an operation gives back when the platform said yes. */
export interface OperationResult {
  /** Goes into `data` of the envelope. */
  readonly data: unknown;
  /** `partial` when the platform took the message but left people out. */
  readonly outcome: 'sent' | 'partial';
  /** The platform's id of what was sent, as text, for logs and delivery records. */
  readonly receipt?: string;
  /** Something the platform remarked beside its yes; goes into the log. */
  readonly warning?: string;
  /** `data` is a list that goes on: what the query parameter `cursor` has to say to get the rest. */
  readonly next?: string;
}

/**
 * What an operation does to the world: it decides the scope, whether it may run asynchronously and which deadline
 * applies.
 *
 * - `send`: reaches people; may be asynchronous, dry-run, idempotent
 * - `manage`: changes something on the platform (a group), always synchronous
 * - `upload`: carries a file, has the longer deadline
 * - `read`: asks, changes nothing
 */
export type OperationEffect = 'send' | 'manage' | 'upload' | 'read';

/**
 * A valid request of an operation: shown in the OpenAPI document and sent by the conformance suite. Every operation has
 * at least one, every message type of a sending operation too. Ids of groups, media and messages in it need not exist
 * anywhere: {@link Simulator.prepare} makes them exist in the simulator.
 */
export interface OperationExample<Input> {
  /** Unique in the operation, `text`, `action_card-single`. */
  readonly name: string;
  readonly summary: Bilingual;
  /**
   * What a caller sends, before validation. The file of an upload is a `ReceivedFile`, see `exampleFile()`; an
   * upload's example is not shown in the OpenAPI document.
   */
  readonly input: Input;
}

/**
 * One thing a provider can do. Pure: it renders a request and reads an answer; it opens no connection, knows no token
 * and keeps no state. The synchronous and the asynchronous road run the same operation.
 *
 * @example
 * const chatSend: Operation<ChatSendDto, DingTalkApp> = {
 *   id: 'chat.send',
 *   effect: 'send',
 *   title: { zh: '发送群消息', en: 'Send a message to a group' },
 *   failure: { zh: '群消息发送失败', en: 'The group message was not sent' },
 *   source: 'https://open.dingtalk.com/document/development/send-group-messages',
 *   input: ChatSendDto,
 *   messages: dingtalkMessages,
 *   data: { type: 'string', example: 'msg…' },
 *   render: (input) => ({ method: 'POST', base: 'oapi', path: '/chat/send', body: JSON.stringify(input), token: { query: 'access_token' } }),
 *   succeeded: (answer) => answer.body.errcode === 0,
 *   result: (answer) => ({ data: answer.body.messageId, outcome: 'sent' }),
 *   examples: [],
 * };
 */
export interface Operation<Input = unknown, App extends AppSettings = AppSettings> {
  /** Unique in the provider, `noun.verb`; a metrics label, so never anything of the caller's. */
  readonly id: string;
  readonly effect: OperationEffect;
  /** Who does it: one of the apps, with its token, or one of the robots, see {@link RobotSource}. Default `app`. */
  readonly target?: 'app' | 'robot';
  readonly title: Bilingual;
  /** `msg` of the envelope when it fails. */
  readonly failure: Bilingual;
  /** The platform's page. */
  readonly source: string;
  /** DTO of the input: what is validated and what the OpenAPI document shows. */
  readonly input: DtoClass<Input & object>;
  /** Message types it takes, for sending operations. */
  readonly messages?: MessageCatalog;
  /** Schema of `data` in the answer; give an `example` in it. */
  readonly data: DataSchema;
  /**
   * Where the platform has closed the operation to new apps: what to use instead. Added to the hint when the platform
   * says that the app lacks the permission.
   */
  readonly closed?: Bilingual;
  /** Rules between members of an input whose single members are valid. */
  check?(input: Input): readonly Complaint[];
  /** What the platform only advises, or we only assume; passed on, and named in the log and in the dry run. */
  advise?(input: Input, app: ResolvedApp<App>): readonly Advice[];
  /** Does this input address everybody? Such a call needs the scope `broadcast`. */
  broadcasts?(input: Input): boolean;
  /**
   * Builds the platform's request from a validated input.
   * @throws DeliveryError kind `invalid-request` when the input contradicts the app's configuration
   */
  render(input: Input, app: ResolvedApp<App>): PlatformRequest;
  /**
   * For sending operations whose platform can recognise a repeat: the request changed so that it does, for this very
   * delivery and no other. Undefined when the caller's own values forbid it.
   * @param deliveryId unique and stable over all attempts
   */
  asRepeatable?(request: PlatformRequest, deliveryId: string): RepeatableRequest | undefined;
  /** For operations that find somebody: what becomes of misses. */
  readonly lookUp?: LookUp<Input, App>;
  /** People it addresses by name, for limits per person; absent or empty when there are none to count. */
  recipients?(input: Input): readonly string[];
  /**
   * The text of the message, if it has one with a certain limit: callers then choose with `overlong` what becomes of
   * one that is too long.
   */
  longText?(input: Input): LongText<Input> | undefined;
  /** For how long the rendered request stays good, seconds; absent: for ever. Uploaded media die, for instance. */
  goodForSeconds?(input: Input): number | undefined;
  /**
   * Did the platform say yes? True only on its own word: its code is 0, or, where it may leave the code out, the
   * documented result member is there. The HTTP status proves nothing in either direction.
   */
  succeeded(answer: PlatformAnswer): boolean;
  /**
   * Reads the result of an answer for which {@link succeeded} is true, given to this request.
   * @throws DeliveryError when the platform took the call and reached nobody with it
   */
  result(answer: PlatformAnswer, request: PlatformRequest): OperationResult;
  readonly examples: readonly OperationExample<Input>[];
}

/**
 * How a provider gets access tokens. When to ask, whom to give it to and what to do with a rejected one is not its
 * business.
 *
 * @example
 * const tokens: TokenSource<FeishuApp> = {
 *   identity: ({ settings }) => [settings.appId, settings.appSecret],
 *   secret: ({ settings }) => settings.appSecret,
 *   request: ({ settings }) => ({
 *     method: 'POST',
 *     base: 'open',
 *     path: '/open-apis/auth/v3/tenant_access_token/internal',
 *     body: JSON.stringify({ app_id: settings.appId, app_secret: settings.appSecret }),
 *   }),
 *   read: ({ body }) =>
 *     body.code === 0 ? { token: String(body.tenant_access_token), expiresIn: Number(body.expire) } : undefined,
 * };
 */
export interface TokenSource<App extends AppSettings = AppSettings> {
  /**
   * What makes a token belong to this app and no other: key or corporation id, and the secret. It is hashed before it
   * is used as a cache key; base URLs are added by the caller.
   */
  identity(app: ResolvedApp<App>): readonly string[];
  /** The secret from which the key is derived that encrypts the token in Redis. */
  secret(app: ResolvedApp<App>): string;
  /** The request that asks for a token; it has no {@link PlatformRequest.token} itself. */
  request(app: ResolvedApp<App>): PlatformRequest;
  /**
   * The token and its life in seconds, as the platform told it. Undefined when the answer is a refusal or holds none;
   * then {@link ProviderDefinition.verdict} says why.
   */
  read(answer: PlatformAnswer): { readonly token: string; readonly expiresIn: number } | undefined;
}

/**
 * What the configuration knows of a provider. It stands in `<id>.settings.ts`, which imports no DTO and nothing of
 * Nest: commands and the process that supervises the workers read it, and load nothing else of the provider.
 */
export interface ProviderConfiguration {
  /**
   * 2 to 32 lower-case letters and digits, a letter first, unique: anything else stops the boot. Key in the
   * configuration, label in metrics, name in errors.
   */
  readonly id: string;
  /**
   * Schema of the block `providers.<id>` of the configuration. Secrets are marked with `secret()`: only then are they
   * masked everywhere. Apps stand under `apps` by name, with `{}` as the default, so that the service starts without
   * any. Building blocks are in `config/scalars.ts`.
   */
  readonly settings: ZodType;
  /** Environment names outside the general `MSG__…` form: `{ MSG_DD_APP_KEY: 'apps.default.appKey' }`. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A provider: one folder under `src/providers/` and one entry in `src/providers/index.ts`. Everything a provider
 * author must say is here; routing, envelope, tokens, retry, pacing, idempotency, metrics, OpenAPI and
 * `GET /v1/providers` follow from it.
 */
export interface ProviderDefinition<App extends AppSettings = AppSettings> extends ProviderConfiguration {
  readonly title: Bilingual;
  /** Entry page of the platform's documentation. */
  readonly docs: string;
  /** The named apps of a validated settings block, with provider-wide settings already in each, see `withCommon()`. */
  apps(settings: unknown): readonly ResolvedApp<App>[];
  /**
   * An app made from credentials that a caller sent along instead of naming a configured one. Such an app is used for
   * one call and kept nowhere. Absent when the provider takes no foreign credentials.
   */
  adHocApp?(credentials: Readonly<Record<string, string | undefined>>, settings: unknown): ResolvedApp<App>;
  readonly tokens: TokenSource<App>;
  /** Robots with a webhook; absent when the platform has none. */
  readonly robots?: RobotSource;
  readonly operations: readonly Operation[];
  readonly errors: ErrorTable;
  /**
   * What the platform said, normalised: its code (unwrapped where it wraps), its words and the facts in them. Asked
   * for every answer that is not a success, of token calls too.
   * Undefined when the answer carries no verdict at all (`{}`), and when its code says yes: under an HTTP status that
   * says no, a yes is no verdict either, and the outcome is unknown.
   */
  verdict(answer: PlatformAnswer): PlatformVerdict | undefined;
  readonly limits: readonly PublishedLimit[];
  /**
   * A new simulator of the platform, not yet started. The simulator is imported inside this function: production never
   * loads its code, only the sandbox and the tests do.
   */
  simulator(): Promise<Simulator>;
}
