import type { Recipients } from '../../../simulator/ledger.js';
import type { ErrorCode } from './error-texts.js';
import type { Members } from './members.js';
import { Refusal } from './refusals.js';
import type { Visibility } from './visible-range.js';

/** To whom a call addresses a message. */
export interface Addressees {
  readonly users: readonly string[];
  readonly departments: readonly string[];
  readonly tags: readonly string[];
  readonly all: boolean;
}

/** What became of the addressees: ids of those reached, and what was left out. */
export interface Resolution {
  readonly reached: readonly string[];
  readonly invalidUsers: readonly string[];
  readonly invalidDepartments: readonly string[];
  readonly invalidTags: readonly string[];
  readonly unlicensed: readonly string[];
  /** Whether not one of the addressees is valid. */
  readonly reachesNobody: boolean;
}

export const MAX_USERS = 1000;
export const MAX_DEPARTMENTS = 100;
export const MAX_TAGS = 100;

/**
 * `touser`, `toparty`, `totag`: text joined by `|`. `@all` alone means everybody and makes the platform ignore the
 * other two; what it means among other ids is not said, so there it is an unknown id.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function addresseesOf(body: Members): Addressees {
  const users = joinedIds(body, 'touser', MAX_USERS, 40032);
  if (users.length === 1 && users[0] === '@all') return { users: [], departments: [], tags: [], all: true };
  const departments = joinedIds(body, 'toparty', MAX_DEPARTMENTS, 82002);
  const tags = joinedIds(body, 'totag', MAX_TAGS, 82003);
  if (users.length + departments.length + tags.length === 0) throw new Refusal(82001);
  return { users, departments, tags, all: false };
}

/** Who of the addressees is within the app's sight and may be served. */
export function resolve(
  addressees: Addressees,
  visibility: Visibility,
  isUnlicensed: (userid: string) => boolean,
): Resolution {
  const users = addressees.users.map((userid) => ({ userid, user: visibility.user(userid) }));
  const departments = addressees.departments.map((id) => ({ id, members: visibility.department(id) }));
  const tags = addressees.tags.map((id) => ({ id, members: visibility.tag(id) }));

  const named = users.flatMap(({ user }) => user ?? []);
  const grouped = [...departments, ...tags].flatMap(({ members }) => members ?? []);
  const everyone = addressees.all ? visibility.everyone() : [];
  const ids = [...new Set([...named, ...grouped, ...everyone].map(({ userid }) => userid))];
  const isNobodyAddressed =
    !named.some(({ userid }) => !isUnlicensed(userid)) && ![...departments, ...tags].some(({ members }) => members);
  const reached = ids.filter((userid) => !isUnlicensed(userid));
  return {
    reached,
    // Seen in the field: ids come back in lower case.
    invalidUsers: users.filter(({ user }) => !user).map(({ userid }) => userid.toLowerCase()),
    invalidDepartments: departments.filter(({ members }) => !members).map(({ id }) => id),
    invalidTags: tags.filter(({ members }) => !members).map(({ id }) => id),
    unlicensed: ids.filter(isUnlicensed),
    reachesNobody: addressees.all ? reached.length === 0 : isNobodyAddressed,
  };
}

/** The reply's members about recipients left out; none are sent that would be empty. */
export function leftOut(resolution: Resolution): Record<string, string> {
  const lists = {
    invaliduser: resolution.invalidUsers,
    invalidparty: resolution.invalidDepartments,
    invalidtag: resolution.invalidTags,
    unlicenseduser: resolution.unlicensed,
  };
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return Object.fromEntries(filled.map(([member, list]) => [member, list.join('|')]));
}

/** As the ledger wants it. */
export function recordedRecipients({ users, departments, tags, all }: Addressees): Recipients {
  return {
    ...(users.length > 0 && { users }),
    ...(departments.length > 0 && { departments }),
    ...(tags.length > 0 && { tags }),
    ...(all && { all }),
  };
}

function joinedIds(body: Members, member: string, max: number, tooMany: ErrorCode): string[] {
  const ids = (body.text(member) ?? '').split('|').filter((id) => id !== '');
  if (ids.length > max) throw new Refusal(tooMany, member);
  return [...new Set(ids)];
}
