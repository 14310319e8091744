import { DeliveryError } from '../../delivery-error.js';
import type { OperationResult, PlatformAnswer, PlatformRequest } from '../../provider.contract.js';
import { leftOut, warningOf } from '../wecom.answers.js';

/** Whom a message did not reach, by the members in which the platform lists them. */
type Missed = Readonly<Record<'invaliduser' | 'invalidparty' | 'invalidtag' | 'unlicenseduser', readonly string[]>>;

/**
 * Whom a message of an app reached: the platform names beside its yes those who get nothing.
 * @param data further members of the result
 * @throws DeliveryError kind `rejected` when everybody whom the request named was left out. The platform's page promises
 *   81013 for that; a yes beside such lists says the same, and nobody may take it for a message that somebody got
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function reachedOf(
  answer: PlatformAnswer,
  request: PlatformRequest,
  data: Readonly<Record<string, unknown>>,
  receipt?: string,
): OperationResult {
  const missed: Missed = {
    invaliduser: leftOut(answer, 'invaliduser'),
    invalidparty: leftOut(answer, 'invalidparty'),
    invalidtag: leftOut(answer, 'invalidtag'),
    unlicenseduser: leftOut(answer, 'unlicenseduser'),
  };
  if (isEverybodyMissed(request, missed)) throw reachedNobody(missed);
  return reached(answer, missed, data, receipt);
}

/** `partial` as soon as anybody was left out: the platform says yes all the same. */
export function reached(
  answer: PlatformAnswer,
  missed: Readonly<Record<string, readonly string[]>>,
  data: Readonly<Record<string, unknown>>,
  receipt?: string,
): OperationResult {
  const outcome = isNobody(missed) ? 'sent' : 'partial';
  const warning = warningOf(answer);
  return {
    data: { ...data, outcome, ...missed },
    outcome,
    ...(receipt === undefined ? {} : { receipt }),
    ...(warning === undefined ? {} : { warning }),
  };
}

/**
 * Is everybody in the lists whom the request named? Whoever is named and not listed was reached: `@all`, and a
 * department whose members may all be listed, for who is in it only the platform knows.
 */
function isEverybodyMissed({ body }: PlatformRequest, missed: Missed): boolean {
  if (isNobody(missed)) return false;
  const { touser, toparty, totag } = JSON.parse(body ?? '{}') as Readonly<Record<string, unknown>>;
  return (
    areIn(touser, [...missed.invaliduser, ...missed.unlicenseduser]) &&
    areIn(toparty, missed.invalidparty) &&
    areIn(totag, missed.invalidtag)
  );
}

function isNobody(missed: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.values(missed).every((list) => list.length === 0);
}

/** Ids of people have no case, and come back in lower case. */
function areIn(joined: unknown, list: readonly string[]): boolean {
  const listed = new Set(list.map((id) => id.toLowerCase()));
  const named = typeof joined === 'string' ? joined.split('|') : [];
  return named.every((id) => listed.has(id.toLowerCase()));
}

function reachedNobody(missed: Missed): DeliveryError {
  return new DeliveryError('rejected', {
    provider: 'wecom',
    reason: 'nobody-reached',
    data: missed,
    hint: {
      zh: '没有人收到：核对 touser、toparty、totag，接收人须在应用可见范围内并有接口许可',
      en: 'Nobody was reached: check touser, toparty and totag; recipients must be visible to the app and licensed',
    },
  });
}
