import { createHash } from 'node:crypto';
import type { Bilingual } from '../../../../envelope/kinds.js';
import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../delivery-error.js';
import type { MessageType } from '../../../message-catalog.js';
import { ROBOT_PAGE } from './page.js';

/** Size of the picture itself, before base64, bytes. */
const MAX_BYTES = 2 * 1024 * 1024;
/** How the two formats that the platform takes begin. */
const JPG = Buffer.from([0xff, 0xd8, 0xff]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

@ApiSchema({ description: '群机器人图片消息的内容。Content of an image message of a group robot.' })
export class WeComRobotImageContent {
  @TextField({
    pattern: {
      expression: /^[A-Za-z0-9+/]+={0,2}$/,
      means: {
        zh: '必须是 base64，不带换行和 data: 前缀',
        en: 'must be base64, without line breaks and without a data: prefix',
      },
    },
    description: {
      zh: '图片内容的 base64；图片最大 2 MB，JPG 或 PNG',
      en: 'The picture as base64: JPG or PNG, at most 2 MB before the encoding',
    },
  })
  base64: string;

  @TextField({
    pattern: {
      expression: /^[0-9a-fA-F]{32}$/,
      means: { zh: '必须是 32 位十六进制数', en: 'must be 32 hexadecimal digits' },
    },
    description: { zh: '图片内容（编码前）的 md5', en: 'md5 of the picture, before the encoding' },
  })
  md5: string;
}

/** A picture of one pixel, so that the example is one that a reader can take in. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const robotImageMessage: MessageType = {
  msgtype: 'image',
  title: { zh: '图片消息', en: 'Image message' },
  source: ROBOT_PAGE,
  content: WeComRobotImageContent,
  check: imageComplaints,
  examples: [
    {
      name: 'image',
      summary: { zh: '一个像素', en: 'One pixel' },
      message: { msgtype: 'image', image: { base64: PIXEL, md5: md5Of(Buffer.from(PIXEL, 'base64')) } },
    },
  ],
};

function imageComplaints(content: Record<string, unknown>, path: string): readonly Complaint[] {
  const picture = Buffer.from(String(content.base64), 'base64');
  const complain = (member: string, message: Bilingual): Complaint[] => [{ path: `${path}.${member}`, message }];
  if (picture.length > MAX_BYTES) {
    return complain('base64', {
      zh: `图片最大 ${MAX_BYTES} 字节，现为 ${picture.length}`,
      en: `the picture may have ${MAX_BYTES} bytes, got ${picture.length}`,
    });
  }
  if (![JPG, PNG].some((begin) => picture.subarray(0, begin.length).equals(begin)))
    return complain('base64', { zh: '必须是 JPG 或 PNG 图片', en: 'must be a JPG or PNG picture' });
  const md5 = md5Of(picture);
  if (String(content.md5).toLowerCase() === md5) return [];
  return complain('md5', {
    zh: `与图片不符，应为编码前内容的 md5: ${md5}`,
    en: `does not match the picture; the md5 of its bytes is ${md5}`,
  });
}

/** What the platform compares; it protects nothing. */
function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
