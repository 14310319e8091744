/**
 * The closed set of failure kinds. This table is the only place that says what a kind means for a caller:
 * neither controllers nor workers branch on a platform's code.
 */

/** A sentence for people, in both languages the service speaks. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

/** A language the service speaks. */
export type Language = keyof Bilingual;

/** What the asynchronous road does with a failed attempt. */
export type AsyncOutcome =
  /** our own refusal: the request was never accepted */
  | 'never-accepted'
  /** final: the platform said no */
  | 'refused'
  /** tried again later, counts as an attempt */
  | 'later'
  /** tried again later, does not count as an attempt */
  | 'later-uncounted'
  /** bytes left and nobody knows what became of them */
  | 'unknown'
  /** our bug: kept for a human */
  | 'dead';

export interface KindRule {
  /** HTTP status of the synchronous answer. */
  readonly status: number;
  /** May the very same request be sent again by the caller without thinking? */
  readonly retryable: boolean;
  readonly asynchronous: AsyncOutcome;
  /** Sentence when neither the operation nor the error has one of its own. */
  readonly sentence: Bilingual;
  /** What to do, when the error has no hint of its own. */
  readonly hint: Bilingual;
}

export const KINDS = {
  'invalid-request': {
    status: 400,
    retryable: false,
    asynchronous: 'never-accepted',
    sentence: { zh: '参数格式有误', en: 'The request is not valid' },
    hint: { zh: '按 data 中列出的成员修改请求', en: 'Correct the members listed in data' },
  },
  unauthenticated: {
    status: 401,
    retryable: false,
    asynchronous: 'never-accepted',
    sentence: { zh: '身份验证失败', en: 'Authentication failed' },
    hint: {
      zh: '用 Authorization: Bearer 或 X-API-Key 提供有效的密钥',
      en: 'Send a valid key in Authorization: Bearer or X-API-Key',
    },
  },
  forbidden: {
    status: 403,
    retryable: false,
    asynchronous: 'never-accepted',
    sentence: { zh: '没有权限', en: 'Not allowed' },
    hint: {
      zh: '请管理员把来源地址加入 access.allow，或授予所需的 scope',
      en: 'Ask the operator to add the address to access.allow or to grant the scope',
    },
  },
  'not-found': {
    status: 404,
    retryable: false,
    asynchronous: 'never-accepted',
    sentence: { zh: '接口或资源不存在', en: 'No such route or resource' },
    hint: { zh: '接口清单见 /docs', en: 'The routes are listed at /docs' },
  },
  conflict: {
    status: 409,
    retryable: true,
    asynchronous: 'never-accepted',
    sentence: { zh: '相同请求正在处理', en: 'The same request is being processed' },
    hint: { zh: '按 Retry-After 稍后重试', en: 'Try again after Retry-After seconds' },
  },
  'key-reused': {
    status: 422,
    retryable: false,
    asynchronous: 'never-accepted',
    sentence: { zh: 'Idempotency-Key 已用于其他请求', en: 'The Idempotency-Key was used for another request' },
    hint: { zh: '为不同的请求换一个新的 Idempotency-Key', en: 'Use a new Idempotency-Key for a different request' },
  },
  'too-large': {
    status: 413,
    retryable: false,
    asynchronous: 'never-accepted',
    sentence: { zh: '请求体太大', en: 'The body is too large' },
    hint: { zh: '减小请求体或文件', en: 'Send a smaller body or file' },
  },
  'unsupported-media': {
    status: 415,
    retryable: false,
    asynchronous: 'never-accepted',
    sentence: { zh: '不支持的请求格式', en: 'Unsupported media type' },
    hint: { zh: '用 Content-Type: application/json 和 UTF-8', en: 'Use Content-Type: application/json in UTF-8' },
  },
  throttled: {
    status: 429,
    retryable: true,
    asynchronous: 'later',
    sentence: { zh: '请求太频繁', en: 'Too many requests' },
    hint: { zh: '按 Retry-After 稍后重试', en: 'Try again after Retry-After seconds' },
  },
  rejected: {
    status: 422,
    retryable: false,
    asynchronous: 'refused',
    sentence: { zh: '平台拒绝了请求', en: 'The platform refused the request' },
    hint: { zh: '按平台给出的原因修改内容或接收人', en: 'Change the content or the recipients as the platform says' },
  },
  credentials: {
    status: 502,
    retryable: false,
    asynchronous: 'later',
    sentence: { zh: '平台不接受应用凭证', en: 'The platform does not accept the credentials of the app' },
    hint: { zh: '核对该应用的密钥配置', en: 'Check the secrets configured for this app' },
  },
  permission: {
    status: 502,
    retryable: false,
    asynchronous: 'later',
    sentence: { zh: '应用没有接口权限', en: 'The app lacks a permission on the platform' },
    hint: { zh: '在平台的开发者后台为应用申请权限', en: "Grant the permission in the platform's developer console" },
  },
  'ip-not-allowed': {
    status: 502,
    retryable: false,
    asynchronous: 'later',
    sentence: { zh: '平台不接受本机出口 IP', en: 'The platform does not accept our egress address' },
    hint: {
      zh: '把网关的出口 IP 加入应用的可信 IP，或为应用配置 proxy',
      en: "Add the gateway's egress address to the app's trusted addresses, or configure a proxy for the app",
    },
  },
  'provider-throttled': {
    status: 429,
    retryable: true,
    asynchronous: 'later-uncounted',
    sentence: { zh: '平台限流', en: 'The platform limits the rate' },
    hint: {
      zh: '按 Retry-After 稍后重试，或改用异步发送',
      en: 'Try again after Retry-After seconds, or send asynchronously',
    },
  },
  'provider-quota': {
    status: 429,
    retryable: false,
    asynchronous: 'refused',
    sentence: { zh: '平台额度已用完', en: 'The quota of the platform is used up' },
    hint: {
      zh: '当日或当月额度用完，重试无效',
      en: 'The quota of the day or month is used up; repeating does not help',
    },
  },
  'provider-unavailable': {
    status: 502,
    retryable: true,
    asynchronous: 'later',
    sentence: { zh: '平台暂不可用', en: 'The platform is unavailable' },
    hint: { zh: '消息没有发出，可以稍后重试', en: 'Nothing was sent; it is safe to try again later' },
  },
  'outcome-unknown': {
    status: 504,
    retryable: false,
    asynchronous: 'unknown',
    sentence: { zh: '发送结果未知', en: 'The outcome is unknown' },
    hint: {
      zh: '请求已发给平台但没有得到可读的答复，消息可能已送达；重试可能造成重复',
      en: 'The request left but no readable verdict came back; it may have been delivered, and a repeat may duplicate it',
    },
  },
  unavailable: {
    status: 503,
    retryable: true,
    asynchronous: 'never-accepted',
    sentence: { zh: '服务暂不可用', en: 'The service is unavailable' },
    hint: { zh: '按 Retry-After 稍后重试', en: 'Try again after Retry-After seconds' },
  },
  internal: {
    status: 500,
    retryable: false,
    asynchronous: 'dead',
    sentence: { zh: '服务内部错误', en: 'Internal error' },
    hint: {
      zh: '把 requestId 交给管理员，日志中有同一编号',
      en: 'Give the requestId to the operator; the log has the same id',
    },
  },
} as const satisfies Record<string, KindRule>;

export type ErrorKind = keyof typeof KINDS;

export const ERROR_KINDS = Object.keys(KINDS) as ErrorKind[];

/** The rule of a kind. */
export function kindRule(kind: ErrorKind): KindRule {
  return KINDS[kind];
}
