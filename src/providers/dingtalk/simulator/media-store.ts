import { createHash, randomBytes } from 'node:crypto';
import { MultipartError, type MultipartPart } from '../../../simulator/multipart.js';
import type { Answer, SimulatedCall } from '../../../simulator/simulated-call.js';
import { okAnswer, Refusal } from './refusals.js';

export interface MediaLimit {
  readonly maxBytes: number;
  /** In lower case, without the dot. */
  readonly extensions: readonly string[];
}

const MB = 1024 * 1024;

/**
 * The table of the upload page. The text of code 40006 names smaller sizes (image 1 MB, file 10 MB); which ones the
 * platform enforces is not known, so the larger ones hold here.
 *
 * @see https://open.dingtalk.com/document/development/upload-media-files
 */
export const DEFAULT_MEDIA_LIMITS: Readonly<Record<string, MediaLimit>> = {
  image: { maxBytes: 20 * MB, extensions: ['jpg', 'gif', 'png', 'bmp'] },
  voice: { maxBytes: 2 * MB, extensions: ['amr', 'mp3', 'wav'] },
  video: { maxBytes: 20 * MB, extensions: ['mp4'] },
  file: { maxBytes: 20 * MB, extensions: ['doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'zip', 'pdf', 'rar'] },
};

/** An uploaded file, by its measures. */
export interface StoredMedia {
  readonly mediaId: string;
  readonly type: string;
  readonly filename: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `POST /media/upload`, and the ids that messages may use afterwards. They never expire. */
export class MediaStore {
  private readonly stored = new Map<string, StoredMedia>();

  constructor(
    private readonly limits: Readonly<Record<string, MediaLimit>>,
    private readonly clock: () => number,
  ) {}

  readonly has = (mediaId: string): boolean => this.stored.has(mediaId);

  find(mediaId: string): StoredMedia | undefined {
    return this.stored.get(mediaId);
  }

  /** A file that was uploaded at another time, under an id that a caller knows. */
  adopt(mediaId: string): void {
    const sha256 = createHash('sha256').update('').digest('hex');
    this.stored.set(mediaId, { mediaId, type: 'file', filename: 'example', bytes: 0, sha256 });
  }

  upload(call: SimulatedCall): Answer {
    const part = mediaPart(call);
    // The page lists the type among the body's fields and notes 40004 for clients that do not put it into the URL.
    const type = call.query.get('type') ?? '';
    const limit = Object.hasOwn(this.limits, type) ? this.limits[type] : undefined;
    if (!limit) throw new Refusal(40004, '不合法的媒体文件类型');
    // Seen in the field: the part needs a plain `filename` that ends in a supported extension.
    const filename = part.filename ?? '';
    const extension = /\.([^.]+)$/.exec(filename)?.[1]?.toLowerCase();
    if (extension === undefined || !limit.extensions.includes(extension)) throw new Refusal(40005, '不合法的文件类型');
    if (part.data.length === 0) throw new Refusal(44001, '多媒体文件为空');
    if (part.data.length > limit.maxBytes) throw new Refusal(40006, '不合法的文件大小');

    const mediaId = `@lA${randomBytes(18).toString('base64url')}`;
    const sha256 = createHash('sha256').update(part.data).digest('hex');
    this.stored.set(mediaId, { mediaId, type, filename, bytes: part.data.length, sha256 });
    return okAnswer({ type, media_id: mediaId, created_at: this.clock() });
  }
}

function mediaPart(call: SimulatedCall): MultipartPart {
  const part = partsOf(call).find(({ name }) => name === 'media');
  if (!part) throw new Refusal(41005, '缺少多媒体文件数据');
  return part;
}

function partsOf(call: SimulatedCall): MultipartPart[] {
  try {
    return call.multipart();
  } catch (error) {
    if (error instanceof MultipartError) throw new Refusal(43008, '参数需要multipart类型');
    throw error;
  }
}
