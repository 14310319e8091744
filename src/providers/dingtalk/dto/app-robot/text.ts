import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import { robotMessage } from './page.js';

@ApiSchema({ description: 'sampleText 的 msgParam。msgParam of sampleText.' })
export class DingTalkSampleTextParam {
  @TextField({
    description: {
      zh: '消息内容；接口发送的消息不能 @ 人',
      en: 'The text; messages sent through the API cannot mention anybody',
    },
    example: '订单服务已恢复',
  })
  content: string;
}

export const sampleText = robotMessage(
  'sampleText',
  { zh: '文本', en: 'Text' },
  DingTalkSampleTextParam,
  { zh: '告警恢复', en: 'An alert is over' },
  { content: '【恢复】订单服务 order-api 错误率已降到 0.1%，持续 14 分钟的告警结束。' },
);
