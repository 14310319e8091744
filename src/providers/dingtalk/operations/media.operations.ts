import { textMember } from '../../answer-members.js';
import { checkMedia } from '../../media-rules.js';
import type { Operation } from '../../provider.contract.js';
import { OLD_API_TOKEN, saysYes } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';
import { MediaUploadDto } from '../dto/media.dto.js';
import { exampleFile, type ReceivedFile } from '../../received-file.js';

/** A validated form with its file. */
export type MediaUpload = MediaUploadDto & { readonly media: ReceivedFile };

/** The largest file of any kind that the platform takes, bytes. */
export const MAX_MEDIA_BYTES = 20 * 1024 * 1024;

export const mediaUpload: Operation<MediaUpload, DingTalkApp> = {
  id: 'media.upload',
  effect: 'upload',
  title: { zh: '上传媒体文件', en: 'Upload a media file' },
  failure: { zh: '资源上传失败', en: 'The file was not uploaded' },
  source: 'https://open.dingtalk.com/document/development/upload-media-files',
  input: MediaUploadDto as new () => MediaUpload,
  data: { type: 'string', description: 'media_id', example: '@lADPDfJ6V2eEAXHNAsjNAsg' },
  render: ({ type, media }, app) => {
    checkMedia(type, media, app.settings.media[type]);
    return {
      method: 'POST',
      base: 'oapi',
      path: '/media/upload',
      // The page lists `type` as a member of the form, but some clients get 40004 unless it is in the address.
      query: { type },
      token: OLD_API_TOKEN,
      upload: { field: 'media', fileName: media.originalname, contentType: media.mimetype, bytes: media.buffer },
    };
  },
  succeeded: saysYes,
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
