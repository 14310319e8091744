/** Every text in a JSON value, however deep, with the name of the member that holds it (that of the list, in a list). */
export function* textMembers(value: unknown, member = ''): Generator<readonly [member: string, text: string]> {
  if (typeof value === 'string') yield [member, value];
  else if (Array.isArray(value)) for (const entry of value) yield* textMembers(entry, member);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) yield* textMembers(inner, name);
  }
}
