import type { PlatformAnswer } from './provider.contract.js';

/** A member of an answer as text: ids come as text or as numbers. Undefined when it is neither. */
export function textMember({ body }: PlatformAnswer, member: string): string | undefined {
  const value = body[member];
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}
