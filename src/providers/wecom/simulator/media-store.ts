import { createHash, randomBytes } from 'node:crypto';
import { MultipartError, type MultipartPart } from '../../../simulator/multipart.js';
import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import type { ErrorCode } from './error-texts.js';
import type { JsonObject } from './members.js';
import { Refusal } from './refusals.js';

interface MediaRule {
  readonly maxBytes: number;
  readonly tooLarge: ErrorCode;
  /** In lower case, without the dot. Absent: any. */
  readonly extensions?: readonly string[];
  readonly wrongFormat: ErrorCode;
}

const MB = 1024 * 1024;
const MORE_THAN_BYTES = 5;
const LIFE_MS = 3 * 24 * 60 * 60 * 1000;

/**
 * The table of the upload page. Formats are judged by the name's extension, since clients that send
 * application/octet-stream for everything are served; how long a recording plays is not looked at.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90253
 */
const RULES: ReadonlyMap<string, MediaRule> = new Map<string, MediaRule>([
  ['image', { maxBytes: 10 * MB, tooLarge: 40009, extensions: ['jpg', 'jpeg', 'png'], wrongFormat: 40004 }],
  ['voice', { maxBytes: 2 * MB, tooLarge: 45001, extensions: ['amr'], wrongFormat: 301017 }],
  ['video', { maxBytes: 10 * MB, tooLarge: 40011, extensions: ['mp4'], wrongFormat: 40004 }],
  ['file', { maxBytes: 20 * MB, tooLarge: 45001, wrongFormat: 40004 }],
]);

/** An uploaded file, by its measures. */
export interface StoredMedia {
  readonly mediaId: string;
  readonly type: string;
  readonly filename: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** `POST /cgi-bin/media/upload`, and the ids that messages of every app may use for three days. */
export class MediaStore {
  private readonly stored = new Map<string, StoredMedia>();

  constructor(private readonly clock: () => number) {}

  find(mediaId: string): StoredMedia | undefined {
    return this.stored.get(mediaId);
  }

  /**
   * The media that a message names.
   *
   * @throws Refusal 40145 three days after the upload, 40007 if it never was or is of another type
   */
  use(mediaId: string, type?: string): StoredMedia {
    const media = this.stored.get(mediaId);
    if (!media) throw new Refusal(40007);
    if (this.clock() >= media.expiresAt) throw new Refusal(40145);
    if (type !== undefined && media.type !== type) throw new Refusal(40007, `media is of type ${media.type}`);
    return media;
  }

  /** A file that was uploaded just before, under an id that a caller knows. */
  adopt(mediaId: string, type: string): void {
    const sha256 = createHash('sha256').update('').digest('hex');
    const expiresAt = this.clock() + LIFE_MS;
    this.stored.set(mediaId, { mediaId, type, filename: 'example.pdf', bytes: 0, sha256, expiresAt });
  }

  upload(call: SimulatedCall): JsonObject {
    const type = call.query.get('type') ?? '';
    const rule = RULES.get(type);
    if (!rule) throw new Refusal(40005);
    const { filename = '', data } = mediaPart(call);
    const extension = /\.([^.]+)$/.exec(filename)?.[1]?.toLowerCase() ?? '';
    if (rule.extensions && !rule.extensions.includes(extension)) throw new Refusal(rule.wrongFormat);
    if (data.length <= MORE_THAN_BYTES) throw new Refusal(40006);
    if (data.length > rule.maxBytes) throw new Refusal(rule.tooLarge);

    const now = this.clock();
    const mediaId = `3${randomBytes(48).toString('base64url')}`;
    const sha256 = createHash('sha256').update(data).digest('hex');
    this.stored.set(mediaId, { mediaId, type, filename, bytes: data.length, sha256, expiresAt: now + LIFE_MS });
    return { type, media_id: mediaId, created_at: String(Math.floor(now / 1000)) };
  }
}

/** The part named `media`. Everything that keeps the platform from finding it is "empty media data". */
function mediaPart(call: SimulatedCall): MultipartPart {
  // Seen in the field: a body sent in chunks arrives empty.
  if (call.headers['content-length'] === undefined) throw new Refusal(44001, 'Content-Length is missing');
  const part = partsOf(call).find(({ name }) => name === 'media');
  if (!part || part.data.length === 0) throw new Refusal(44001);
  // Seen in the field: the platform does not understand the extended form, even beside the plain one.
  if (part.filename === undefined || part.filenameStar !== undefined) throw new Refusal(44001, 'filename');
  return part;
}

function partsOf(call: SimulatedCall): MultipartPart[] {
  try {
    return call.multipart();
  } catch (error) {
    if (error instanceof MultipartError) throw new Refusal(44001);
    throw error;
  }
}
