import { randomInt } from 'node:crypto';
import { jsonAnswer, type Answer } from '../../../simulator/simulated-call.js';
import { ERROR_TEXTS, type ErrorCode } from './error-texts.js';

/** A call that the platform answers with a code other than 0, still under HTTP 200. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly errcode: ErrorCode,
    /** What the platform adds to its words, for example which member is too long. */
    readonly detail = '',
    /** Members that the reply has beside the code. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${errcode} ${ERROR_TEXTS[errcode]} ${detail}`.trimEnd());
  }
}

export interface ReplyStyle {
  /** The caller's address as the platform saw it, which it quotes. */
  readonly address: string;
  /** Puts the phrase `wrong json format` into errmsg, which the platform does even where it accepts a call. */
  readonly warning: boolean;
}

const WARNING = 'Warning: wrong json format.';

/**
 * A failure in the platform's form: words, a number for its support, the caller's address, a page on the code.
 *
 * @see https://developer.work.weixin.qq.com/document/path/92520
 */
export function refusalAnswer(refusal: Refusal, style: ReplyStyle): Answer {
  const { errcode, detail, members } = refusal;
  const words = [
    detail === '' ? ERROR_TEXTS[errcode] : `${detail}. ${ERROR_TEXTS[errcode]}`,
    ...(style.warning ? [WARNING] : []),
    `hint: [${hint()}]`,
    `from ip: ${style.address}`,
    `more info at https://open.work.weixin.qq.com/devtool/query?e=${errcode}`,
  ];
  return jsonAnswer({ errcode, errmsg: words.join(', '), ...members });
}

export function okAnswer(members: Readonly<Record<string, unknown>>, style: ReplyStyle): Answer {
  return jsonAnswer({ errcode: 0, errmsg: style.warning ? `ok. ${WARNING}` : 'ok', ...members });
}

/** 25 digits, as seen: too many for a JavaScript number. */
function hint(): string {
  return `16${Array.from({ length: 23 }, () => randomInt(10)).join('')}`;
}
