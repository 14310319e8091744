import { readFileSync } from 'node:fs';

/** Version of the running service, as package.json says; the build takes that along. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
