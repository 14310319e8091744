import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { LoggingStatus } from './log-pipeline.js';
import type { Logger } from './logger.js';
import { Redactor } from './redactor.js';

/** Injection token of the logger. */
export const LOGGER = Symbol('logger');

/** Injection token of a function that gives the {@link LoggingStatus}; null for a logger that keeps none. */
export const LOG_STATUS = Symbol('log status');

/** The logger and the redactor of the process, made before Nest starts so that a failed start is logged as well. */
@Global()
@Module({})
export class LoggingModule {
  static register(logger: Logger, redactor: Redactor, status?: () => LoggingStatus): DynamicModule {
    return {
      module: LoggingModule,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: LOG_STATUS, useValue: status ?? ((): null => null) },
        { provide: Redactor, useValue: redactor },
      ],
      exports: [LOGGER, LOG_STATUS, Redactor],
    };
  }
}
