import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { ADDRESS_LENGTH, APPCHAT_PAGE, MESSAGE_PAGE, WEB_ADDRESS } from './page.js';

/** What a text card of an application message and of a group chat have in common. */
abstract class TextCardLink {
  @TextField({
    ...ADDRESS_LENGTH,
    pattern: WEB_ADDRESS,
    description: { zh: '点击后打开的地址，http 或 https 开头', en: 'Address opened by a click, http or https' },
    example: 'https://oa.example.com/approvals/20260',
  })
  url: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 4,
    cuts: true,
    description: { zh: '按钮文字，默认“详情”，超过 4 个字会被截断', en: 'Label of the button; cut after 4 characters' },
    example: '去审批',
  })
  btntxt?: string;
}

// The page of application messages counts the title and the description in characters, the page of group chats in bytes.

@ApiSchema({ description: '文本卡片消息的内容。Content of a text card message.' })
export class WeComTextCardContent extends TextCardLink {
  @TextField({
    advisedChars: 128,
    cuts: true,
    description: { zh: '标题，超过 128 个字符会被截断', en: 'Title; the platform cuts it after 128 characters' },
    example: '采购申请待审批',
  })
  title: string;

  @TextField({
    advisedChars: 512,
    cuts: true,
    description: {
      zh: '描述，超过 512 个字符会被截断；可用 <br> 和 <div class="gray|highlight|normal">',
      en: 'Description, cut after 512 characters; <br> and <div class="gray|highlight|normal"> are shown',
    },
    example: '<div class="normal">申请人：张三</div>',
  })
  description: string;
}

@ApiSchema({ description: '群聊文本卡片消息的内容。Content of a text card message to a group chat.' })
export class WeComAppchatTextCardContent extends TextCardLink {
  @TextField({
    advisedBytes: 128,
    cuts: true,
    description: { zh: '标题，超过 128 字节会被截断', en: 'Title; the platform cuts it after 128 bytes' },
    example: '采购申请待审批',
  })
  title: string;

  @TextField({
    advisedBytes: 512,
    cuts: true,
    description: {
      zh: '描述，超过 512 字节会被截断；可用 <br> 和 <div class="gray|highlight|normal">',
      en: 'Description, cut after 512 bytes; <br> and <div class="gray|highlight|normal"> are shown',
    },
    example: '<div class="normal">申请人：张三</div>',
  })
  description: string;
}

export const textCardMessage: MessageType = {
  msgtype: 'textcard',
  title: { zh: '文本卡片消息', en: 'Text card message' },
  source: MESSAGE_PAGE,
  content: WeComTextCardContent,
  examples: [
    {
      name: 'textcard',
      summary: { zh: '采购审批', en: 'A purchase to approve' },
      message: {
        msgtype: 'textcard',
        textcard: {
          title: '采购申请待审批',
          description:
            '<div class="gray">2026年10月12日</div><div class="normal">张三申请采购显示器 4 台，共 7196 元</div><div class="highlight">请于今天 18:00 前审批</div>',
          url: 'https://oa.example.com/approvals/20260',
          btntxt: '去审批',
        },
      },
    },
  ],
};

export const appchatTextCardMessage: MessageType = {
  ...textCardMessage,
  source: APPCHAT_PAGE,
  content: WeComAppchatTextCardContent,
};
