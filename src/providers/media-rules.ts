import { z } from 'zod';
import { DeliveryError } from './delivery-error.js';
import { extensionOf, FILE_TOO_LARGE, type ReceivedFile } from './received-file.js';

/** Every name of a file, with an extension or without. */
export const ANY = '*';

/** What may be uploaded as one kind of media. */
export interface MediaRule {
  /** Allowed extensions in system A's form: `.jpg.png`; {@link ANY} where the platform has no list. */
  readonly ext: string;
  /** Largest file, kB. */
  readonly size: number;
}

/**
 * Schema of the `media` block of an app: a rule for each kind of media, by default what the platform takes. The
 * configuration may only narrow the size.
 */
export function mediaSettings(platform: Readonly<Record<string, MediaRule>>) {
  const rules = Object.entries(platform).map(([type, rule]) => [type, mediaRule(rule)] as const);
  return z.strictObject(Object.fromEntries(rules)).prefault({}).meta({ description: 'What may be uploaded.' });
}

function mediaRule(platform: MediaRule) {
  return z
    .strictObject({
      ext: extensions(platform),
      size: z
        .number()
        .int()
        .min(1)
        .max(platform.size)
        .default(platform.size)
        .meta({ description: 'Largest file in kB.' }),
    })
    .prefault({});
}

/** `*` only where the platform takes every name: elsewhere it would promise what the platform refuses. */
function extensions({ ext }: MediaRule) {
  const [pattern, problem, description]: readonly [RegExp, string, string] =
    ext === ANY
      ? [
          /^(?:\*|(?:\.[A-Za-z0-9]+)+)$/,
          'must be * or extensions like .jpg.png',
          'Allowed extensions, like .jpg.png; * for every name, with an extension or without.',
        ]
      : [/^(?:\.[A-Za-z0-9]+)+$/, 'must be extensions like .jpg.png', 'Allowed extensions, like .jpg.png.'];
  return z.string().regex(pattern, problem).default(ext).meta({ description });
}

/**
 * Checks a file by the configured size and extension, with system A's sentences.
 * @throws DeliveryError kinds `too-large`, `unsupported-media`
 */
export function checkMedia(type: string, file: ReceivedFile, rule: MediaRule): void {
  if (file.size > rule.size * 1024) {
    throw new DeliveryError('too-large', {
      sentence: FILE_TOO_LARGE,
      hint: { zh: `${type} 最大 ${rule.size} kB`, en: `A file of type ${type} may have ${rule.size} kB` },
    });
  }
  if (rule.ext === ANY) return;
  const extension = extensionOf(file.originalname);
  if (extension === '' || !rule.ext.toLowerCase().split('.').includes(extension)) {
    throw new DeliveryError('unsupported-media', {
      sentence: { zh: '文件格式不支持', en: 'The file format is not supported' },
      detail: rule.ext,
      hint: { zh: `${type} 支持的扩展名: ${rule.ext}`, en: `Extensions for ${type}: ${rule.ext}` },
    });
  }
}
