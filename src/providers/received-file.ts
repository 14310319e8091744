import type { Bilingual } from '../envelope/kinds.js';
import { DeliveryError } from './delivery-error.js';

/** System A's sentence, whoever finds it out: the configuration, the length of the form, or the form's reader. */
export const FILE_TOO_LARGE: Bilingual = { zh: '文件太大', en: 'The file is too large' };

/** A file that a caller uploaded, in memory. */
export interface ReceivedFile {
  readonly originalname: string;
  readonly mimetype: string;
  readonly size: number;
  readonly buffer: Uint8Array;
}

/** A small file for the example of an upload. */
export function exampleFile(originalname: string, mimetype: string, text: string): ReceivedFile {
  const buffer = Buffer.from(text);
  return { originalname, mimetype, size: buffer.length, buffer };
}

/** Extension of a file name in lower case, without the dot; empty when there is none. */
export function extensionOf(fileName: string): string {
  return /\.([A-Za-z0-9]{1,10})$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

/**
 * The uploaded file.
 * @throws DeliveryError kind `invalid-request` when the form has none, or an empty one
 */
export function requireFile(file: ReceivedFile | undefined, field: string): ReceivedFile {
  if (file && file.size > 0) return file;
  const message = file ? { zh: '文件是空的', en: 'the file is empty' } : { zh: '缺少文件', en: 'the file is missing' };
  throw DeliveryError.invalid([{ path: field, message }]);
}
