import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from './logger.js';
import { Redactor } from './redactor.js';

/** Injection token of the logger. */
export const LOGGER = Symbol('logger');

/** The logger and the redactor of the process, made before Nest starts so that a failed start is logged as well. */
@Global()
@Module({})
export class LoggingModule {
  static register(logger: Logger, redactor: Redactor): DynamicModule {
    return {
      module: LoggingModule,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: Redactor, useValue: redactor },
      ],
      exports: [LOGGER, Redactor],
    };
  }
}
