import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: '文件消息的内容。Content of a file message.' })
export class WeComFileContent {
  @TextField({
    description: {
      zh: '上传文件得到的 media_id，三天内有效；显示的文件名取自上传时的文件名',
      en: 'media_id of an uploaded file, which lives three days; the name shown is the one it was uploaded with',
    },
    example: '1Yv-ZFile7Kd2mXq9RtB5wLnC8sHjPe4',
  })
  media_id: string;
}

export const fileMessage: MessageType = {
  msgtype: 'file',
  title: { zh: '文件消息', en: 'File message' },
  source: MESSAGE_PAGE,
  content: WeComFileContent,
  examples: [
    {
      name: 'file',
      summary: { zh: '巡检报告', en: 'An inspection report' },
      message: { msgtype: 'file', file: { media_id: '1Yv-ZFile7Kd2mXq9RtB5wLnC8sHjPe4' } },
    },
  ],
};
