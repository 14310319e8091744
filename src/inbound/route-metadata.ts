import type { ExecutionContext } from '@nestjs/common';

type Target = object;

/**
 * Reads what the decorators of a route say, once for each route: reflection at every request costs more than the guards
 * that ask for it.
 * @param read gets the handler and its class; the handler's own word comes first
 */
export function perRoute<T>(read: (targets: readonly [Target, Target]) => T): (context: ExecutionContext) => T {
  const known = new WeakMap<Target, WeakMap<Target, { readonly value: T }>>();
  return (context) => {
    const [handler, owner] = [context.getHandler() as Target, context.getClass() as Target];
    let ofHandler = known.get(handler);
    if (!ofHandler) known.set(handler, (ofHandler = new WeakMap()));
    let entry = ofHandler.get(owner);
    if (!entry) ofHandler.set(owner, (entry = { value: read([handler, owner]) }));
    return entry.value;
  };
}

/** The first of the targets that says something under this key. */
export function metadataOf(key: symbol, targets: readonly Target[]): unknown {
  for (const target of targets) {
    const value: unknown = Reflect.getMetadata(key, target);
    if (value !== undefined) return value;
  }
  return undefined;
}
