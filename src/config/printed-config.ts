import type { LoadedConfig } from './config.loader.js';
import type { JsonSchema } from './config.schema.js';
import { formatDuration } from './scalars.js';
import { maskSecrets } from './secrets.js';
import { eachSetting, isMarked } from './setting-walk.js';

/** The configuration in force as a file would say it: secrets masked, durations as text that is read back the same. */
export function printedConfig({ config, sealed }: LoadedConfig, schema: JsonSchema): unknown {
  const printed = maskSecrets(config, schema, sealed);
  eachSetting(printed, schema, (value, setting, holder, key) => {
    if (typeof value === 'number' && isMarked(setting, 'duration')) holder[key] = formatDuration(value);
  });
  return printed;
}
