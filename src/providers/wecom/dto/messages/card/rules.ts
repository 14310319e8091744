import type { Bilingual } from '../../../../../envelope/kinds.js';
import type { Complaint } from '../../../../delivery-error.js';

/** Given and not empty: many clients write out every member, so an empty text counts as absent. */
export function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list; none where there is no list. */
export function objectsIn(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** What a click opens, by the number under `type`: the member that must be given with it. */
export type Targets = Readonly<Record<number, string>>;

/** Targets of most parts of a card: 0 nothing, 1 an address, 2 a mini program. */
export const LINK_TARGETS: Targets = { 1: 'url', 2: 'appid' };

/** Targets of a row: 0 nothing, 1 an address, 2 a file, 3 a member. */
export const ROW_TARGETS: Targets = { 1: 'url', 2: 'media_id', 3: 'userid' };

/** Complaint about a part of a card whose `type` names a target that is not given. */
export function targetComplaints(part: unknown, targets: Targets, path: string): readonly Complaint[] {
  if (!isObject(part)) return [];
  const type = typeof part.type === 'number' ? part.type : 0;
  const member = targets[type];
  return member === undefined || isFilled(part[member]) ? [] : [requiredByType(`${path}.${member}`, type)];
}

/** The same for every entry of a list. */
export function listTargetComplaints(list: unknown, targets: Targets, path: string): readonly Complaint[] {
  return objectsIn(list).flatMap((part, index) => targetComplaints(part, targets, `${path}[${index}]`));
}

/** Complaints about entries whose key an earlier entry has already. */
export function repeatedComplaints(list: unknown, member: string, path: string): readonly Complaint[] {
  const seen = new Set<unknown>();
  return objectsIn(list).flatMap((entry, index) => {
    const key = entry[member];
    if (!isFilled(key)) return [];
    if (seen.has(key)) return [{ path: `${path}[${index}].${member}`, message: REPEATED }];
    seen.add(key);
    return [];
  });
}

/** Rules of the parts that several card types share. */
export function sharedComplaints(card: Record<string, unknown>, path: string): readonly Complaint[] {
  const menu = isObject(card.action_menu) ? card.action_menu.action_list : undefined;
  return [
    ...repeatedComplaints(menu, 'key', `${path}.action_menu.action_list`),
    ...targetComplaints(card.quote_area, LINK_TARGETS, `${path}.quote_area`),
    ...listTargetComplaints(card.horizontal_content_list, ROW_TARGETS, `${path}.horizontal_content_list`),
    ...listTargetComplaints(card.jump_list, LINK_TARGETS, `${path}.jump_list`),
    ...targetComplaints(card.card_action, LINK_TARGETS, `${path}.card_action`),
  ];
}

/** A notice with a menu can be clicked, so the platform wants to know which task that is. */
export function menuTaskComplaints(card: Record<string, unknown>, path: string): readonly Complaint[] {
  if (!isObject(card.action_menu) || isFilled(card.task_id)) return [];
  return [
    {
      path: `${path}.task_id`,
      message: { zh: '填写了 action_menu 时必须填写', en: 'is required together with action_menu' },
    },
  ];
}

const REPEATED: Bilingual = { zh: '与前面的重复', en: 'repeats an earlier one' };

function requiredByType(path: string, type: number): Complaint {
  return { path, message: { zh: `type 为 ${type} 时必须填写`, en: `is required when type is ${type}` } };
}
