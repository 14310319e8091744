import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';

/** Codes that are remembered at most; a platform that makes up codes must not fill the memory. */
const MOST = 1_000;

/** Reports each code of a platform that its error table does not know, once. */
@Injectable()
export class UnknownCodes {
  private readonly seen = new Set<string>();

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  readonly report = (provider: string, code: string): void => {
    const key = `${provider} ${code}`;
    if (this.seen.has(key) || this.seen.size > MOST) return;
    this.seen.add(key);
    this.logger.warn({ provider, errcode: code }, 'the platform used a code that the error table does not know');
  };
}
