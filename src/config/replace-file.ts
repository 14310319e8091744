import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The file became another one between reading and writing. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';

  constructor(file: string) {
    super(`${file} was changed by somebody else meanwhile; nothing was written, try again`);
  }
}

/** Devices, pipes and folders are not replaced by a file. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';

  constructor(file: string) {
    super(`${file} is not a regular file; nothing was written`);
  }
}

/**
 * Writes a file so that a reader sees the old text or the new one, never half: beside it, then renamed. A symlink
 * stays one; mode and owner stay; a new file is readable by its owner only.
 * @param expected the text that the new one was made from; undefined for a file that did not exist
 * @throws FileChangedError when the file holds something else by now
 * @throws NotAFileError
 */
export function replaceFile(file: string, text: string, expected: string | undefined): void {
  const target = existsSync(file) ? realpathSync(file) : file;
  const before = statSync(target, { throwIfNoEntry: false });
  if (before && !before.isFile()) throw new NotAFileError(file);
  const draft = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (before) keepOwnerAndMode(draft, before);
    if ((existsSync(target) ? readFileSync(target, 'utf8') : undefined) !== expected) throw new FileChangedError(file);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

function keepOwnerAndMode(draft: string, { uid, gid, mode }: { uid: number; gid: number; mode: number }): void {
  const now = statSync(draft);
  // Only where it differs: without being root one may not even ask for what is already so.
  if (now.uid !== uid || now.gid !== gid) chownSync(draft, uid, gid);
  chmodSync(draft, mode & 0o7777);
}
