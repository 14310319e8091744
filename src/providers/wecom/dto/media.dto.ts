import { ChoiceField } from '../../../inbound/fields.js';
import { ApiProperty, ApiSchema } from '../../../openapi/openapi.decorators.js';

/** Kinds of media the platform stores. */
export const MEDIA_TYPES = ['image', 'voice', 'video', 'file'] as const;

export type MediaType = (typeof MEDIA_TYPES)[number];

/**
 * Fields of the multipart form of `POST /v1/wecom/media/upload`.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90253
 */
// Named, since the twin has a class of this name too and a schema must have its name alone.
@ApiSchema({
  name: 'WeComMediaUploadDto',
  description:
    '上传临时素材，media_id 三天内有效，同企业的应用都可使用。Uploads a media file; its media_id lives three days and serves every app of the company.',
})
export class MediaUploadDto {
  @ChoiceField({
    values: MEDIA_TYPES,
    description: {
      zh: '媒体类型：图片 10 MB（JPG、PNG），语音 2 MB、60 秒（AMR），视频 10 MB（MP4），文件 20 MB',
      en: 'Kind of media: image of 10 MB (JPG, PNG), voice of 2 MB and 60 s (AMR), video of 10 MB (MP4), file of 20 MB',
    },
    example: 'image',
  })
  type: MediaType;

  /** Only for the OpenAPI document: the file part is read by the upload interceptor and is never a field of the form. */
  @ApiProperty({
    type: 'string',
    format: 'binary',
    description:
      '文件，大于 5 字节；文件名会显示给接收人。The file, of more than 5 bytes; the recipients see its name.',
  })
  media: unknown;
}
