import { IntegerField, TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import { robotMessage } from './page.js';

/** Whether the numbers are wanted as text or as numbers the page does not say: both pass. */
@ApiSchema({ description: 'sampleVideo 的 msgParam。msgParam of sampleVideo.' })
export class DingTalkSampleVideoParam {
  @IntegerField({
    min: 1,
    fromText: true,
    description: { zh: '时长（秒），数字或文本', en: 'Length in seconds, a number or text' },
    example: '10',
  })
  duration: number;

  @TextField({
    description: { zh: '上传视频得到的 media_id', en: 'media_id of an uploaded video' },
    example: '@lAjPDfJ6V8nGyUXOQCxnjM5V1H8d',
  })
  videoMediaId: string;

  @TextField({ description: { zh: '视频格式：mp4', en: 'Format: mp4' }, example: 'mp4' })
  videoType: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '封面图片的 media_id', en: 'media_id of the cover picture' },
    example: '@lADPDfJ6V8nGxRbNAfTNAlg',
  })
  picMediaId?: string;

  @IntegerField({
    required: false,
    min: 1,
    fromText: true,
    description: { zh: '显示高度（像素），数字或文本', en: 'Height in pixels, a number or text' },
    example: '400',
  })
  height?: number;

  @IntegerField({
    required: false,
    min: 1,
    fromText: true,
    description: { zh: '显示宽度（像素），数字或文本', en: 'Width in pixels, a number or text' },
    example: '600',
  })
  width?: number;
}

export const sampleVideo = robotMessage(
  'sampleVideo',
  { zh: '视频', en: 'Video' },
  DingTalkSampleVideoParam,
  { zh: '机房巡检录像', en: 'A film of the server room' },
  {
    duration: '10',
    videoMediaId: '@lAjPDfJ6V8nGyUXOQCxnjM5V1H8d',
    videoType: 'mp4',
    picMediaId: '@lADPDfJ6V8nGxRbNAfTNAlg',
    height: '400',
    width: '600',
  },
);
