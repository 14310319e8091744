import { randomBytes } from 'node:crypto';
import { jsonAnswer, jsonTextAnswer, type Answer } from '../../../simulator/simulated-call.js';

/** A call that the platform answers with a code other than 0, still under HTTP 200. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';

  constructor(
    readonly errcode: number,
    readonly errmsg: string,
  ) {
    super(`${errcode} ${errmsg}`);
  }
}

/** Refused in front of the API: token, permission, address, rate. Below `/topapi` such a code comes inside errcode 88. */
export class GateRefusal extends Refusal {
  override readonly name = 'GateRefusal';
}

/** The small codes of the `/topapi` gateway: 22 unknown method, 40 missing argument, 41 malformed argument. */
export class ArgumentRefusal extends Refusal {
  override readonly name = 'ArgumentRefusal';

  private constructor(
    errcode: number,
    subject: string,
    readonly subMsg: string,
  ) {
    super(errcode, `${subject}[submsg=${subMsg}]`);
  }

  static unknownMethod(path: string): ArgumentRefusal {
    const apiName = `dingtalk.oapi.${path.replace(/^\/topapi\//, '').replaceAll('/', '.')}`;
    return new ArgumentRefusal(22, 'Invalid method', `不合法ApiName，ApiName = ${apiName}`);
  }

  static missing(argument: string): ArgumentRefusal {
    return new ArgumentRefusal(40, 'Missing required arguments', `缺少参数 ${argument}`);
  }

  static malformed(argument: string): ArgumentRefusal {
    return new ArgumentRefusal(41, 'Invalid arguments', `参数不合法 ${argument}`);
  }
}

/** How gate refusals are written. */
export interface RefusalStyle {
  /** Whether code 88 is put around. */
  readonly wrapped: boolean;
  /** Whether the inner code appears in errmsg alone, as in some replies seen in the field. */
  readonly subCodeOnlyInErrmsg: boolean;
}

export function refusalAnswer(refusal: Refusal, style: RefusalStyle): Answer {
  const { errcode, errmsg } = refusal;
  if (refusal instanceof ArgumentRefusal) {
    return jsonAnswer({ errcode, sub_msg: refusal.subMsg, errmsg, request_id: requestId() });
  }
  if (!(refusal instanceof GateRefusal) || !style.wrapped) {
    return jsonAnswer({ errcode, errmsg, request_id: requestId() });
  }
  return jsonAnswer({
    errcode: 88,
    ...(!style.subCodeOnlyInErrmsg && { sub_code: String(errcode), sub_msg: errmsg }),
    errmsg: `ding talk error[subcode=${errcode},submsg=${errmsg}]`,
    request_id: requestId(),
  });
}

/** Success. A bigint is written as a JSON number with all its digits. */
export function okAnswer(members: Readonly<Record<string, unknown>> = {}): Answer {
  const mark = '\u0000';
  const json = JSON.stringify(
    { errcode: 0, errmsg: 'ok', ...members, request_id: requestId() },
    (_key, value: unknown) => (typeof value === 'bigint' ? `${mark}${value}` : value),
  );
  return jsonTextAnswer(json.replace(/"\\u0000(\d+)"/g, '$1'));
}

function requestId(): string {
  return `16${BigInt(`0x${randomBytes(7).toString('hex')}`).toString(36)}`;
}
