import { getMetadataStorage } from './class-validator.js';
import { convertOf, nestedMembers, perClass, ruleOf, type Check, type Convert, type DtoClass } from './field-rule.js';

/** What class-validator calls the decorators that a plan can follow; any other makes the class go the long way. */
const FOLLOWED: ReadonlySet<string> = new Set([
  'customValidation',
  'nestedValidation',
  'whitelistValidation',
  'conditionalValidation',
]);

interface PlannedMember {
  readonly name: string;
  readonly check: Check | undefined;
  readonly convert: Convert | undefined;
  readonly nested: (() => DtoClass) | undefined;
}

type Plan = ReadonlyMap<string, PlannedMember>;

/**
 * A valid instance of a DTO class, made by the rules of its fields alone; undefined when anything is unusual, which is
 * no verdict: the caller then asks class-validator, which says what is wrong. It may only ever accept, so the messages,
 * their order and every odd case have one author.
 *
 * class-validator looks through the metadata of every class of the process at each validation, and class-transformer
 * walks each value: together a tenth of a request (docs/performance.md). That this accepts nothing that they refuse, and
 * makes the same object, is tested on mutated examples of every DTO: test/unit/fast-accept.spec.ts.
 * @param value the object as it came; it is not changed
 * @param unknown what to do with members that the class does not know
 * @param skip members that are not looked at
 */
export function accept<T extends object>(
  dto: DtoClass<T>,
  value: Readonly<Record<string, unknown>>,
  unknown: 'refuse' | 'drop',
  skip?: ReadonlySet<string>,
): T | undefined {
  const plan = planOf(dto);
  if (!plan) return undefined;
  const instance = new dto() as Record<string, unknown>;
  for (const name of Object.keys(value)) {
    if (skip?.has(name)) continue;
    const member = plan.get(name);
    if (!member) {
      // Names that every object has are odd enough for the long way.
      if (unknown === 'refuse' || name in Object.prototype) return undefined;
      continue;
    }
    const made = acceptMember(member, value[name], unknown);
    if (made === undefined) return undefined;
    instance[name] = made;
  }
  for (const { name, check } of plan.values()) {
    if (check && !Object.hasOwn(instance, name) && check(undefined) !== undefined) return undefined;
  }
  return instance as T;
}

/** Can instances of this class be accepted without class-validator? For the tests: a class that cannot is slow. */
export function isPlanned(dto: DtoClass): boolean {
  return planOf(dto) !== undefined;
}

function acceptMember(member: PlannedMember, given: unknown, unknown: 'refuse' | 'drop'): unknown {
  const { check, convert, nested } = member;
  const value = convert ? convert(given) : given;
  if (value === undefined || (check ? check(value) !== undefined : typeof value === 'object' && value !== null))
    return undefined;
  if (!nested || value === null) return value;
  if (!Array.isArray(value)) return accept(nested(), value as Record<string, unknown>, unknown);
  const list = value.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null
      ? accept(nested(), entry as Record<string, unknown>, unknown)
      : undefined,
  );
  return list.includes(undefined) ? undefined : list;
}

const planOf = perClass((dto): Plan | undefined => {
  const plan = new Map<string, PlannedMember>();
  const ruled = new Set<string>();
  const nested = new Map(nestedMembers(dto).map(({ member, type }) => [member, type]));
  for (const { type, name, propertyName } of getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false)) {
    const check = ruleOf(dto, propertyName);
    // Two rules for one member, a rule that is not a field's, or an object whose class is not known here.
    if (type === 'customValidation' && (name !== 'field' || !check || ruled.has(propertyName))) return undefined;
    if (!FOLLOWED.has(type) || (type === 'nestedValidation' && !nested.has(propertyName))) return undefined;
    if (type === 'customValidation') ruled.add(propertyName);
    const member = { name: propertyName, check, convert: convertOf(dto, propertyName) };
    plan.set(propertyName, { ...member, nested: nested.get(propertyName) });
  }
  return plan;
});
