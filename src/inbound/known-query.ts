import { SetMetadata } from '@nestjs/common';
import { metadataOf, perRoute } from './route-metadata.js';

const QUERY = Symbol('known-query');

/**
 * Names of the query parameters a route knows beside `app`. Any other is refused: a mistyped one must not send. A route
 * that knows `robot` takes its robot from there, and no app.
 */
export function KnownQuery(...names: readonly string[]): MethodDecorator {
  return SetMetadata(QUERY, names);
}

/** The names that {@link KnownQuery} gave to the route; none without it. */
export const knownQuery = perRoute(
  ([handler]) => (metadataOf(QUERY, [handler]) as readonly string[] | undefined) ?? [],
);
