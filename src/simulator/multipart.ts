/** A body that claims to be multipart/form-data and is not. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError';
}

/** A field or a file of a form. Header text is decoded as UTF-8, as browsers and HTTP clients send it. */
export interface MultipartPart {
  readonly name: string;
  /** The plain `filename` parameter; undefined if absent, also when only `filename*` was sent. */
  readonly filename?: string;
  /** The extended `filename*` parameter as sent (RFC 5987), which RFC 7578 forbids in forms. */
  readonly filenameStar?: string;
  readonly contentType?: string;
  /** The part's header block, byte for byte, without the closing empty line. */
  readonly rawHeaders: Buffer;
  readonly data: Buffer;
}

const CRLF = Buffer.from('\r\n');
const END_OF_HEADERS = Buffer.from('\r\n\r\n');

/**
 * Parses a form strictly by RFC 7578: CRLF line ends, a closing delimiter, `Content-Disposition: form-data` with a
 * name on every part. Lenient parsers hide mistakes that platforms do not forgive.
 *
 * @throws MultipartError with the reason
 */
export function parseMultipart(contentType: string, body: Buffer): MultipartPart[] {
  const boundary = boundaryOf(contentType);
  const first = Buffer.from(`--${boundary}`);
  const delimiter = Buffer.from(`\r\n--${boundary}`);

  let at = body.indexOf(first);
  if (at !== 0 && !(at > 0 && body.subarray(at - 2, at).equals(CRLF))) {
    throw new MultipartError('the boundary of the Content-Type header does not open the body');
  }
  at += first.length;

  const parts: MultipartPart[] = [];
  while (!body.subarray(at, at + 2).equals(Buffer.from('--'))) {
    if (!body.subarray(at, at + 2).equals(CRLF)) throw new MultipartError('a boundary must end its line');
    const start = at + 2;
    const end = body.indexOf(delimiter, start);
    if (end < 0) throw new MultipartError('the closing boundary is missing');
    parts.push(parsePart(body.subarray(start, end)));
    at = end + delimiter.length;
  }
  return parts;
}

function boundaryOf(contentType: string): string {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) throw new MultipartError('not multipart/form-data');
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary || boundary.length > 70) throw new MultipartError('Content-Type names no usable boundary');
  return boundary;
}

function parsePart(part: Buffer): MultipartPart {
  const headersEnd = part.indexOf(END_OF_HEADERS);
  if (headersEnd < 0) throw new MultipartError('a part has no header block');
  const rawHeaders = part.subarray(0, headersEnd);
  const headers = new Map<string, string>();
  for (const line of rawHeaders.toString('utf8').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new MultipartError('a header line of a part has no name');
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }

  const disposition = headers.get('content-disposition');
  if (!disposition || !/^form-data\s*(;|$)/i.test(disposition)) {
    throw new MultipartError('a part lacks Content-Disposition: form-data');
  }
  const parameters = dispositionParameters(disposition);
  const name = parameters.get('name');
  if (name === undefined) throw new MultipartError('a part has no name');

  const filename = parameters.get('filename');
  const filenameStar = parameters.get('filename*');
  const contentType = headers.get('content-type');
  return {
    name,
    ...(filename !== undefined && { filename }),
    ...(filenameStar !== undefined && { filenameStar }),
    ...(contentType !== undefined && { contentType }),
    rawHeaders,
    data: part.subarray(headersEnd + END_OF_HEADERS.length),
  };
}

function dispositionParameters(disposition: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [, key = '', quoted, token] of disposition.matchAll(/;\s*([\w*-]+)=(?:"((?:\\.|[^"\\])*)"|([^\s;]*))/g)) {
    parameters.set(key.toLowerCase(), quoted === undefined ? (token ?? '') : quoted.replace(/\\(["\\])/g, '$1'));
  }
  return parameters;
}
