/**
 * The parts of class-validator that are used, by their own names and from their own files. Its index brings a hundred
 * rules as well, with `validator` and the tables of all telephone numbers: 300 files and 6 MB for what nothing here
 * uses. A DTO may still import any rule from the package itself. Measured: docs/performance.md; guarded by
 * test/architecture.spec.ts; types: class-validator-parts.d.ts.
 */
export { Allow } from 'class-validator/cjs/decorator/common/Allow.js';
export { IsOptional } from 'class-validator/cjs/decorator/common/IsOptional.js';
export { ValidateNested } from 'class-validator/cjs/decorator/common/ValidateNested.js';
export { getMetadataStorage } from 'class-validator/cjs/metadata/MetadataStorage.js';
export { registerDecorator } from 'class-validator/cjs/register-decorator.js';
export { Validator } from 'class-validator/cjs/validation/Validator.js';
