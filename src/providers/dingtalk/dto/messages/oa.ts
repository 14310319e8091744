import { ObjectField, ObjectListField, TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { CLICK_LINK, MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: 'OA 消息的头部。Head of an OA message.' })
export class DingTalkOaHead {
  @TextField({
    pattern: {
      expression: /^[0-9a-f]{8}$/i,
      means: { zh: '必须是 8 位十六进制 AARRGGBB，不带 0x', en: 'must be 8 hexadecimal digits AARRGGBB, without 0x' },
    },
    description: { zh: '背景颜色 AARRGGBB，不带 0x', en: 'Background colour AARRGGBB, without 0x' },
    example: 'FFE64340',
  })
  bgcolor: string;

  @TextField({
    description: {
      zh: '头部标题；在工作通知中会被替换为应用名称',
      en: 'Heading; in work notices the platform shows the name of the app instead',
    },
    example: '审批提醒',
  })
  text: string;
}

/** Whom it may go to is a rule of the whole work notice: `workNoticeComplaints`. */
@ApiSchema({
  description:
    'OA 消息的状态栏，只用于最多 5 人的 userid_list。Status bar of an OA message, only for a userid_list of at most 5 people.',
})
export class DingTalkOaStatusBar {
  @TextField({
    required: false,
    empty: true,
    description: { zh: '状态文字', en: 'Text of the status' },
    example: '待审批',
  })
  status_value?: string;

  @TextField({
    required: false,
    empty: true,
    pattern: {
      expression: /^0x[0-9a-f]{8}$/i,
      means: { zh: '必须形如 0xFF78C06E', en: 'must look like 0xFF78C06E' },
    },
    description: { zh: '背景颜色，0xFF 加 6 位十六进制', en: 'Background colour, 0xFF and 6 hexadecimal digits' },
    example: '0xFFF65E5E',
  })
  status_bg?: string;
}

@ApiSchema({ description: '表单的一行。One line of the form.' })
export class DingTalkOaFormItem {
  @TextField({ required: false, empty: true, description: { zh: '名称', en: 'Label' }, example: '申请人：' })
  key?: string;

  @TextField({ required: false, empty: true, description: { zh: '值', en: 'Value' }, example: '王五' })
  value?: string;
}

@ApiSchema({ description: '单行富文本：突出显示的数字。A highlighted figure.' })
export class DingTalkOaRich {
  @TextField({
    required: false,
    empty: true,
    description: { zh: '数目，文本形式', en: 'Figure, as text' },
    example: '3',
  })
  num?: string;

  @TextField({ required: false, empty: true, description: { zh: '单位', en: 'Unit' }, example: '天' })
  unit?: string;
}

@ApiSchema({ description: 'OA 消息的正文。Body of an OA message.' })
export class DingTalkOaBody {
  @TextField({
    required: false,
    empty: true,
    advisedChars: 50,
    description: { zh: '标题，建议 50 个字符以内', en: 'Title; the platform advises at most 50 characters' },
    example: '王五提交的请假申请',
  })
  title?: string;

  @ObjectListField(() => DingTalkOaFormItem, {
    required: false,
    description: { zh: '表单，最多显示 6 行', en: 'The form; 6 lines are shown' },
  })
  form?: DingTalkOaFormItem[];

  @ObjectField(() => DingTalkOaRich, {
    required: false,
    description: { zh: '突出显示的数字', en: 'A highlighted figure' },
  })
  rich?: DingTalkOaRich;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '内容，最多显示 3 行', en: 'Text; 3 lines are shown' },
    example: '回老家参加婚礼',
  })
  content?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '图片的 media_id', en: 'media_id of a picture' },
    example: '@lADPDfJ6V8nGxRbNAfTNAlg',
  })
  image?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '附件数目，文本形式，仅供显示', en: 'Number of attachments, as text, only shown' },
    example: '1',
  })
  file_count?: string;

  @TextField({ required: false, empty: true, description: { zh: '作者', en: 'Author' }, example: '人事系统' })
  author?: string;
}

@ApiSchema({ description: 'OA 消息的内容。Content of an OA message.' })
export class DingTalkOaContent {
  @TextField({
    pattern: CLICK_LINK,
    description: { zh: '点击消息后打开的地址', en: 'Address opened by a click on the message' },
    example: 'https://oa.example.com/approvals/20260',
  })
  message_url: string;

  @TextField({
    required: false,
    empty: true,
    pattern: CLICK_LINK,
    description: { zh: '在电脑端点击后打开的地址', en: 'Address opened by a click on a computer' },
    example: 'https://oa.example.com/pc/approvals/20260',
  })
  pc_message_url?: string;

  @ObjectField(() => DingTalkOaHead, { description: { zh: '头部', en: 'Head' } })
  head: DingTalkOaHead;

  @ObjectField(() => DingTalkOaStatusBar, {
    required: false,
    description: { zh: '状态栏', en: 'Status bar' },
  })
  status_bar?: DingTalkOaStatusBar;

  @ObjectField(() => DingTalkOaBody, { description: { zh: '正文', en: 'Body' } })
  body: DingTalkOaBody;
}

export const oaMessage: MessageType = {
  msgtype: 'oa',
  title: { zh: 'OA 消息', en: 'OA message' },
  source: MESSAGE_PAGE,
  content: DingTalkOaContent,
  examples: [
    {
      name: 'oa',
      summary: { zh: '请假审批', en: 'A request for leave' },
      message: {
        msgtype: 'oa',
        oa: {
          message_url: 'https://oa.example.com/approvals/20260',
          pc_message_url: 'https://oa.example.com/pc/approvals/20260',
          head: { bgcolor: 'FF3296FA', text: '审批提醒' },
          body: {
            title: '王五提交的请假申请',
            form: [
              { key: '请假类型：', value: '年假' },
              { key: '开始时间：', value: '2026-10-08 09:00' },
              { key: '结束时间：', value: '2026-10-10 18:00' },
            ],
            rich: { num: '3', unit: '天' },
            content: '回老家参加婚礼，工作已交接给赵六。',
            file_count: '1',
            author: '人事系统',
          },
        },
      },
    },
  ],
};
