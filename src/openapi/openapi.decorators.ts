import type { Type } from '@nestjs/common';
import type * as Swagger from '@nestjs/swagger';

/**
 * Swagger's decorators, by their own names, without Swagger: each remembers where it stands and what it was told, and
 * is applied when the OpenAPI document is made. A start that is asked for no document does without the package and what
 * it brings, 540 files. Measured: docs/performance.md; guarded by test/architecture.spec.ts.
 */
export const ApiBody = decorator('ApiBody');
export const ApiConsumes = decorator('ApiConsumes');
export const ApiExcludeController = decorator('ApiExcludeController');
export const ApiExtension = decorator('ApiExtension');
export const ApiExtraModels = decorator('ApiExtraModels');
export const ApiHeader = decorator('ApiHeader');
export const ApiOkResponse = decorator('ApiOkResponse');
export const ApiOperation = decorator('ApiOperation');
export const ApiParam = decorator('ApiParam');
export const ApiProduces = decorator('ApiProduces');
export const ApiProperty = decorator('ApiProperty');
export const ApiQuery = decorator('ApiQuery');
export const ApiResponse = decorator('ApiResponse');
export const ApiTags = decorator('ApiTags');

/** Names that classes have in the document, where they are not their own. */
const schemaNames = new WeakMap<object, string>();

/** Swagger's decorator; the name is known at once, since {@link getSchemaPath} asks for it. */
export function ApiSchema(options: Swagger.ApiSchemaOptions): ClassDecorator {
  return (target) => {
    if (options.name !== undefined) schemaNames.set(target, options.name);
    applyApiSchema(options)(target);
  };
}
const applyApiSchema = decorator('ApiSchema');

/** Reference to the schema of a class, as Swagger's own function gives it. */
export function getSchemaPath(model: Type): string {
  return `#/components/schemas/${schemaNames.get(model) ?? model.name}`;
}

/** Loads Swagger, and applies to it every decorator that waits. */
export async function loadSwagger(): Promise<typeof Swagger> {
  const swagger = await import('@nestjs/swagger');
  for (const apply of waiting.splice(0)) apply(swagger);
  return swagger;
}

type DecoratorName = Extract<keyof typeof Swagger, `Api${string}`>;
type DecoratorFactory = (...options: unknown[]) => (...place: unknown[]) => unknown;

/** In the order in which they would have been applied: what comes later may add to what was said before. */
const waiting: ((swagger: typeof Swagger) => void)[] = [];

function decorator<Name extends DecoratorName>(name: Name): (typeof Swagger)[Name] {
  const factory: DecoratorFactory =
    (...options) =>
    (...place) => {
      waiting.push((swagger) => (swagger[name] as DecoratorFactory)(...options)(...place));
    };
  return factory as (typeof Swagger)[Name];
}
