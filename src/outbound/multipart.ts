import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { OutboundUpload } from './exchange.js';

/** A multipart body whose length is known beforehand: neither platform understands chunked uploads reliably. */
export interface MultipartBody {
  readonly contentType: string;
  readonly contentLength: number;
  /** A stream over the parts; the file's bytes are not copied. */
  stream(): Readable;
}

/**
 * Builds a multipart/form-data body with one file.
 *
 * File names travel as raw UTF-8 in `filename="…"`: WeCom does not understand `filename*=` (RFC 5987) and shows
 * percent-encoded names as they are.
 */
export function multipartBody(upload: OutboundUpload): MultipartBody {
  const boundary = `----message-center-${randomBytes(12).toString('hex')}`;
  const name = upload.fileName.replace(/[\r\n\0]/g, ' ').replaceAll('"', '%22');
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="${upload.field}"; filename="${name}"; filelength=${upload.bytes.byteLength}\r\n` +
      `Content-Type: ${upload.contentType}\r\n\r\n`,
    'utf8',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`, 'utf8');
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength: head.byteLength + upload.bytes.byteLength + tail.byteLength,
    stream: () => Readable.from([head, upload.bytes, tail], { objectMode: true }),
  };
}
