import type { ConfigService } from '../config/config.service.js';
import type { Redactor } from '../logging/redactor.js';

/** Makes the redactor know the live secrets, those of later configurations as well. */
export function learn(redactor: Redactor, config: ConfigService): void {
  let known = config.secrets;
  for (const secret of known) redactor.learn(secret);
  config.onChange(() => {
    for (const secret of config.secrets) redactor.learn(secret);
    for (const secret of known) redactor.forget(secret);
    known = config.secrets;
  });
}
