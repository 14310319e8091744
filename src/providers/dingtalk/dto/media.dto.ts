import { ChoiceField } from '../../../inbound/fields.js';
import { ApiProperty, ApiSchema } from '../../../openapi/openapi.decorators.js';
import { IgnoreUnknownMembers } from '../../message-field.js';

/** Kinds of media the platform stores. */
export const MEDIA_TYPES = ['image', 'voice', 'video', 'file'] as const;

export type MediaType = (typeof MEDIA_TYPES)[number];

/**
 * Fields of the multipart form of `POST /v1/dd/media/upload`.
 *
 * @see https://open.dingtalk.com/document/development/upload-media-files
 */
@ApiSchema({ description: '上传媒体文件。Uploads a media file.' })
@IgnoreUnknownMembers()
export class MediaUploadDto {
  @ChoiceField({
    values: MEDIA_TYPES,
    description: {
      zh: '媒体类型：图片、语音、视频或普通文件',
      en: 'Kind of media: image, voice, video or another file',
    },
    example: 'image',
  })
  type: MediaType;

  /** Only for the OpenAPI document: the file part is read by the upload interceptor and is never a field of the form. */
  @ApiProperty({
    type: 'string',
    format: 'binary',
    description:
      '文件，文件名必须带平台支持的扩展名。The file; its name must end in an extension the platform supports.',
  })
  media: unknown;
}
