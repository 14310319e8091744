import { ConfigError } from '../config/config.error.js';
import { FileChangedError, NotAFileError } from '../config/replace-file.js';
import { SealedValueError } from '../config/sealed-value.js';
import { SettingPathError } from '../config/setting-path.js';
import { fail } from './output.js';

/** Why a command cannot do what it was asked; the message is for the person who typed it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

const EXPECTED = [CommandError, ConfigError, FileChangedError, NotAFileError, SealedValueError, SettingPathError];

/** Runs a command's action; what may be expected to go wrong ends it with a sentence and a failure, not with a stack. */
export async function guarded(action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isExpected(error)) throw error;
    fail(error.message);
  }
}

/** May it be expected to go wrong, so that its message says enough? */
export function isExpected(error: unknown): error is Error {
  return error instanceof Error && (EXPECTED.some((kind) => error instanceof kind) || isFileError(error));
}

/** A file that is not there, may not be read or cannot be written; the message names it and the reason. */
function isFileError(error: NodeJS.ErrnoException): boolean {
  return error.syscall !== undefined && error.path !== undefined;
}
