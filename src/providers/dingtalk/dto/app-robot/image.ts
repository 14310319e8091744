import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import { robotMessage } from './page.js';

@ApiSchema({ description: 'sampleImageMsg 的 msgParam。msgParam of sampleImageMsg.' })
export class DingTalkSampleImageParam {
  @TextField({
    description: { zh: '图片的完整地址，或上传图片得到的 media_id', en: 'Full address, or media_id, of the picture' },
    example: '@lADPDfJ6V8nGxRbNAfTNAlg',
  })
  photoURL: string;
}

export const sampleImageMsg = robotMessage(
  'sampleImageMsg',
  { zh: '图片', en: 'Picture' },
  DingTalkSampleImageParam,
  { zh: '监控截图', en: 'A picture of a dashboard' },
  { photoURL: '@lADPDfJ6V8nGxRbNAfTNAlg' },
);
