import { ApiProperty } from '../openapi/openapi.decorators.js';
import { ERROR_KINDS, kindRule, type Bilingual, type ErrorKind, type Language } from './kinds.js';
import type { DeliveryError } from '../providers/delivery-error.js';

/** What went wrong, for programs and for people. */
export class ErrorMember {
  @ApiProperty({ enum: ERROR_KINDS, description: '错误种类。The kind of the failure; a closed set.' })
  kind: ErrorKind;

  @ApiProperty({ type: String, nullable: true, description: '出错的平台。The provider that refused, if one did.' })
  provider: string | null;

  @ApiProperty({
    oneOf: [{ type: 'integer' }, { type: 'string' }],
    nullable: true,
    description: '平台错误码（已解包）。Code of the platform, unwrapped.',
  })
  errcode: number | string | null;

  @ApiProperty({ type: String, nullable: true, description: "平台原文。The platform's own words." })
  errmsg: string | null;

  @ApiProperty({ type: String, description: '应对办法。What to do about it.' })
  hint: string;

  @ApiProperty({ description: '能否原样重发。May the very same request be sent again?' })
  retryable: boolean;

  @ApiProperty({ type: Number, nullable: true, description: '多少秒后重试。Seconds to wait before a repeat.' })
  retryAfter: number | null;

  @ApiProperty({ description: '说明页。Page that explains the kind.' })
  docs: string;

  @ApiProperty({ description: '请求编号，日志中同一编号。Id of the request, the same in the log.' })
  requestId: string;
}

/** The six members of every answer, in this order. On failure `error` follows. */
export class Envelope {
  @ApiProperty({ enum: [0, 1], description: '1 成功，0 失败。1 on success.' })
  id: number;

  @ApiProperty({ enum: [0, 1], description: '1 成功，0 失败。1 on success.' })
  ok: number;

  @ApiProperty({ enum: [0, 1], description: '0 成功，1 失败。0 on success.' })
  code: number;

  @ApiProperty({ description: '成功为空，失败为一句话。Empty on success, a sentence on failure.' })
  msg: string;

  @ApiProperty({
    nullable: true,
    description: '结果；失败时为平台原文或校验清单。The result; on failure what the platform said.',
  })
  data: unknown;

  @ApiProperty({ type: 'integer', description: 'data 为列表时的项数。Number of items when data is a list.' })
  count: number;

  error?: ErrorMember;

  /** The members in the order in which they are written. */
  constructor(ok: 0 | 1, msg: string, data: unknown, error?: ErrorMember) {
    this.id = ok;
    this.ok = ok;
    this.code = 1 - ok;
    this.msg = msg;
    this.data = data === undefined ? null : data;
    this.count = Array.isArray(data) ? data.length : 0;
    if (error) this.error = error;
  }
}

/** The envelope of a failure. */
export class FailureEnvelope extends Envelope {
  @ApiProperty({ type: ErrorMember })
  declare error: ErrorMember;
}

/** The success envelope around a result. */
export function success(data: unknown): Envelope {
  return new Envelope(1, '', data);
}

/** What a failure envelope needs beside its error. */
export interface FailureContext {
  readonly hint: Bilingual;
  readonly language: Language;
  readonly requestId: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** The failure envelope of an error. */
export function failure(error: DeliveryError, { hint, language, requestId, retryAfter }: FailureContext): Envelope {
  const rule = kindRule(error.kind);
  const { details } = error;
  return new Envelope(0, sentenceOf(error)[language], failureData(error, language), {
    kind: error.kind,
    provider: details.provider ?? null,
    errcode: details.errcode ?? null,
    errmsg: details.errmsg ?? null,
    hint: hint[language],
    retryable: rule.retryable && !details.partlyDone && !details.final,
    retryAfter: retryAfter ?? null,
    docs: `/docs/errors#${error.kind}`,
    requestId,
  });
}

/**
 * An operation that ran speaks for itself; a request that never ran is described by its own kind. What the platform
 * refused is therefore "the group message was not sent", not "the platform refused".
 */
function sentenceOf(error: DeliveryError): Bilingual {
  return error.details.sentence ?? error.operationSentence ?? kindRule(error.kind).sentence;
}

function failureData(error: DeliveryError, language: Language): unknown {
  const { complaints, errcode, errmsg, detail, data } = error.details;
  if (data !== undefined) return data;
  if (complaints) return complaints.map(({ path, message }) => ({ path, message: message[language] }));
  if (errcode !== undefined) return `[${errcode}] ${errmsg ?? ''}`;
  return detail ?? null;
}

/** Chinese unless the caller prefers English. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (!acceptLanguage) return 'zh';
  const ranked = acceptLanguage.split(',', 16).map((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const q = parameters
      .map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1])
      .find((value) => value !== undefined);
    return { tag, weight: q === undefined ? 1 : Number(q) };
  });
  const weightOf = (language: string): number =>
    Math.max(
      0,
      ...ranked.filter(({ tag }) => tag === language || tag.startsWith(`${language}-`)).map(({ weight }) => weight),
    );
  return weightOf('en') > weightOf('zh') ? 'en' : 'zh';
}
