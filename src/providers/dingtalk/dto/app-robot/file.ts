import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import { robotMessage } from './page.js';

@ApiSchema({ description: 'sampleFile 的 msgParam。msgParam of sampleFile.' })
export class DingTalkSampleFileParam {
  @TextField({
    description: { zh: '上传文件得到的 media_id', en: 'media_id of an uploaded file' },
    example: '@lAzPDfJ6V8nGyTzOHyHrXs5rNnH2',
  })
  mediaId: string;

  @TextField({ description: { zh: '显示的文件名', en: 'Name that is shown' }, example: '对账单.xlsx' })
  fileName: string;

  // The page names xlsx, pdf, zip, rar, doc and docx; another one is the platform's to refuse.
  @TextField({
    description: {
      zh: '文件类型：xlsx、pdf、zip、rar、doc、docx',
      en: 'Kind of the file: xlsx, pdf, zip, rar, doc, docx',
    },
    example: 'xlsx',
  })
  fileType: string;
}

export const sampleFile = robotMessage(
  'sampleFile',
  { zh: '文件', en: 'File' },
  DingTalkSampleFileParam,
  { zh: '每日对账单', en: 'The daily statement' },
  { mediaId: '@lAzPDfJ6V8nGyTzOHyHrXs5rNnH2', fileName: '对账单-20260831.xlsx', fileType: 'xlsx' },
);
