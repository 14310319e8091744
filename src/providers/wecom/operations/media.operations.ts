import { textMember } from '../../answer-members.js';
import { checkMedia } from '../../media-rules.js';
import type { Operation } from '../../provider.contract.js';
import { exampleFile, type ReceivedFile } from '../../received-file.js';
import { MediaUploadDto } from '../dto/media.dto.js';
import { saysYes, WECOM_TOKEN } from '../wecom.answers.js';
import type { WeComApp } from '../wecom.settings.js';

/** A validated form with its file. */
export type MediaUpload = MediaUploadDto & { readonly media: ReceivedFile };

/** The largest file of any kind that the platform takes, bytes. */
export const MAX_MEDIA_BYTES = 20 * 1024 * 1024;

export const mediaUpload: Operation<MediaUpload, WeComApp> = {
  id: 'media.upload',
  effect: 'upload',
  title: { zh: '上传临时素材（三天有效）', en: 'Upload a media file (lives three days)' },
  failure: { zh: '资源上传失败', en: 'The file was not uploaded' },
  source: 'https://developer.work.weixin.qq.com/document/path/90253',
  input: MediaUploadDto as new () => MediaUpload,
  data: { type: 'string', description: 'media_id', example: '3a1Wt5KnfoWVNzOSeoNMyLW0BJ9_NZ1wvQ2SQ2nKpQ4I' },
  render: ({ type, media }, app) => {
    checkMedia(type, media, app.settings.media[type]);
    return {
      method: 'POST',
      base: 'qyapi',
      path: '/cgi-bin/media/upload',
      query: { type },
      token: WECOM_TOKEN,
      upload: { field: 'media', fileName: media.originalname, contentType: media.mimetype, bytes: media.buffer },
    };
  },
  succeeded: saysYes('media_id'),
  result: (answer) => ({
    data: answer.body.media_id ?? null,
    outcome: 'sent',
    receipt: textMember(answer, 'media_id'),
  }),
  examples: [
    {
      name: 'image',
      summary: { zh: '上传图片', en: 'Upload a picture' },
      input: { type: 'image', media: exampleFile('dashboard.png', 'image/png', 'pixels') },
    },
  ],
};

/** Uploaded media live three days: https://developer.work.weixin.qq.com/document/path/90253 */
export const MEDIA_LIFE_SECONDS = 3 * 86_400;

/** Does a message refer to uploaded media? */
export function carriesMedia(message: Readonly<Record<string, unknown>>): boolean {
  return /"(?:thumb_)?media_id":/.test(JSON.stringify(message));
}
