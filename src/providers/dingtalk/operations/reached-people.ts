import { textMember } from '../../answer-members.js';
import { DeliveryError } from '../../delivery-error.js';
import type { OperationResult, PlatformAnswer, PlatformRequest } from '../../provider.contract.js';

/** Lists of people whom a one-to-one message did not reach. The last one is in the platform's SDKs alone. */
export const LEFT_OUT = ['invalidStaffIdList', 'flowControlledStaffIdList', 'filteredStaffIdList'] as const;

/** After so long people whom the platform throttles may be tried again, seconds. No figure is published. */
const THROTTLED_SECONDS = 60;

type Lists = Readonly<Record<(typeof LEFT_OUT)[number], readonly string[]>>;

/** Everybody whom a message did not reach. */
export function leftOut(body: PlatformAnswer['body']): ReadonlySet<string> {
  return new Set(Object.values(listsIn(body)).flat());
}

/**
 * Whom a one-to-one message reached: the platform says yes as soon as it has taken the call, and names beside it those
 * who get nothing.
 * @throws DeliveryError when nobody is left: kind `provider-throttled` where the platform throttles some of them, so
 *   that a repeat makes sense and doubles nothing, else `rejected`
 * @see https://open.dingtalk.com/document/development/chatbots-send-one-on-one-chat-messages-in-batches
 */
export function reachedOf(answer: PlatformAnswer, request: PlatformRequest): OperationResult {
  const lists = listsIn(answer.body);
  const missed = leftOut(answer.body);
  const { userIds } = JSON.parse(request.body ?? '{}') as { readonly userIds: readonly string[] };
  if (userIds.every((userId) => missed.has(userId))) throw reachedNobody(lists);
  const processQueryKey = textMember(answer, 'processQueryKey');
  const outcome = missed.size > 0 ? 'partial' : 'sent';
  return { data: { processQueryKey: processQueryKey ?? null, outcome, ...lists }, outcome, receipt: processQueryKey };
}

function reachedNobody(lists: Lists): DeliveryError {
  const throttled = lists.flowControlledStaffIdList.length > 0;
  return new DeliveryError(throttled ? 'provider-throttled' : 'rejected', {
    provider: 'dingtalk',
    reason: 'nobody-reached',
    data: lists,
    ...(throttled ? { retryAfter: THROTTLED_SECONDS } : {}),
    hint: throttled
      ? {
          zh: '没有人收到：平台正在限流其中的接收人，稍后再试',
          en: 'Nobody was reached: the platform throttles recipients among them; try again later',
        }
      : {
          zh: '没有人收到：核对 userIds，接收人须在职且在应用可见范围内',
          en: 'Nobody was reached: check userIds; recipients must be active and visible to the app',
        },
  });
}

function listsIn(body: PlatformAnswer['body']): Lists {
  const lists = LEFT_OUT.map((member) => {
    const value = body[member];
    return [member, Array.isArray(value) ? value.map(String) : []];
  });
  return Object.fromEntries(lists) as Lists;
}
