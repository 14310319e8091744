import { createRequire } from 'node:module';
import type * as ClassValidator from 'class-validator';

/**
 * The parts of class-validator that are used, by their own names and from their own files. Its index brings a hundred
 * rules as well, with `validator` and the tables of all telephone numbers: 300 files and 6 MB for what nothing here
 * uses. A DTO may still import any rule from the package itself. Measured: docs/performance.md; guarded by
 * test/architecture.spec.ts.
 */
const part = createRequire(import.meta.url) as (file: string) => typeof ClassValidator;

export const { Allow } = part('class-validator/cjs/decorator/common/Allow.js');
export const { IsOptional } = part('class-validator/cjs/decorator/common/IsOptional.js');
export const { ValidateNested } = part('class-validator/cjs/decorator/common/ValidateNested.js');
export const { getMetadataStorage } = part('class-validator/cjs/metadata/MetadataStorage.js');
export const { registerDecorator } = part('class-validator/cjs/register-decorator.js');
export const { Validator } = part('class-validator/cjs/validation/Validator.js');
