import { charLength, ObjectListField, TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../delivery-error.js';
import type { MessageType } from '../../../message-catalog.js';
import { CLICK_LINK, MESSAGE_PAGE } from './page.js';

/** Limit of the list of buttons, in characters of its JSON. */
const BUTTON_LIST_CHARS = 1000;

@ApiSchema({ description: '卡片的一个按钮。One button of a card.' })
export class DingTalkActionCardButton {
  @TextField({
    maxChars: 20,
    description: { zh: '按钮文字', en: 'Label of the button' },
    example: '同意',
  })
  title: string;

  @TextField({
    maxChars: 700,
    pattern: CLICK_LINK,
    description: { zh: '点击按钮后打开的地址', en: 'Address opened by the button' },
    example: 'https://oa.example.com/approvals/20260?action=agree',
  })
  action_url: string;
}

/**
 * Two forms: one button (`single_title` and `single_url`), or several (`btn_orientation` and `btn_json_list`). Empty
 * texts and lists count as absent, since many clients write out every member.
 */
@ApiSchema({
  description:
    '卡片消息的内容：single_title 和 single_url，或 btn_orientation 和 btn_json_list，二选一。Content of an action card: either single_title and single_url, or btn_orientation and btn_json_list.',
})
export class DingTalkActionCardContent {
  // The lengths of this class are those of error 34016:
  // https://open.dingtalk.com/document/development/server-api-error-codes-1
  @TextField({
    required: false,
    empty: true,
    maxChars: 64,
    description: {
      zh: '会话列表和通知中显示的标题',
      en: 'Title shown in the list of conversations and in the notification',
    },
    example: '数据库磁盘告警',
  })
  title?: string;

  @TextField({
    maxChars: 5000,
    advisedChars: 1000,
    description: {
      zh: 'Markdown 正文，建议 1000 个字符以内',
      en: 'Markdown text; the platform advises at most 1000 characters',
    },
    example: '### 数据库磁盘告警\n使用率 **91%**',
  })
  markdown: string;

  @TextField({
    required: false,
    empty: true,
    maxChars: 20,
    description: {
      zh: '单按钮的文字，与 single_url 同时填写',
      en: 'Label of the only button, together with single_url',
    },
    example: '查看详情',
  })
  single_title?: string;

  @TextField({
    required: false,
    empty: true,
    maxChars: 500,
    pattern: CLICK_LINK,
    description: {
      zh: '单按钮打开的地址，与 single_title 同时填写',
      en: 'Address of the only button, together with single_title',
    },
    example: 'https://monitor.example.com/alerts/7781',
  })
  single_url?: string;

  @TextField({
    required: false,
    empty: true,
    pattern: {
      expression: /^[01]$/,
      means: { zh: '必须是文本 "0"（竖直）或 "1"（横向）', en: 'must be the text "0" (vertical) or "1" (horizontal)' },
    },
    description: {
      zh: '按钮的排列："0" 竖直，"1" 横向；与 btn_json_list 同时填写',
      en: 'Arrangement of the buttons: "0" vertical, "1" horizontal; together with btn_json_list',
    },
    example: '1',
  })
  btn_orientation?: string;

  @ObjectListField(() => DingTalkActionCardButton, {
    required: false,
    description: {
      zh: '按钮列表，整个列表的 JSON 最多 1000 个字符；与 btn_orientation 同时填写',
      en: 'The buttons, at most 1000 characters as JSON; together with btn_orientation',
    },
  })
  btn_json_list?: DingTalkActionCardButton[];
}

export const actionCardMessage: MessageType = {
  msgtype: 'action_card',
  title: { zh: '卡片消息', en: 'Action card' },
  source: MESSAGE_PAGE,
  content: DingTalkActionCardContent,
  check: actionCardComplaints,
  examples: [
    {
      name: 'action_card-single',
      summary: { zh: '一个按钮：磁盘告警', en: 'One button: a disk alert' },
      message: {
        msgtype: 'action_card',
        action_card: {
          title: '数据库磁盘告警',
          markdown: '### 数据库磁盘告警\n- 主机：db-prod-02\n- 使用率：**91%**\n- 预计 6 小时后写满',
          single_title: '查看详情',
          single_url: 'https://monitor.example.com/alerts/7781',
        },
      },
    },
    {
      name: 'action_card-multi',
      summary: { zh: '多个按钮：上线审批', en: 'Several buttons: approval of a release' },
      message: {
        msgtype: 'action_card',
        action_card: {
          title: '上线审批：会员中心 v5.0.0',
          markdown:
            '### 会员中心 v5.0.0 申请上线\n- 申请人：张三\n- 窗口：今晚 22:00 至 23:00\n- 影响：积分查询短暂不可用',
          btn_orientation: '1',
          btn_json_list: [
            { title: '同意', action_url: 'https://oa.example.com/approvals/20260?action=agree' },
            { title: '拒绝', action_url: 'https://oa.example.com/approvals/20260?action=refuse' },
          ],
        },
      },
    },
  ],
};

function actionCardComplaints(content: Record<string, unknown>, path: string): readonly Complaint[] {
  const single = given(content, ['single_title', 'single_url']);
  const multi = given(content, ['btn_orientation', 'btn_json_list']);
  if ((single.length === 0) === (multi.length === 0)) return [eitherForm(path)];
  const complaints = [
    ...missingTwin(single, ['single_title', 'single_url'], path),
    ...missingTwin(multi, ['btn_orientation', 'btn_json_list'], path),
  ];
  return complaints.length > 0 ? complaints : buttonListComplaints(content.btn_json_list, path);
}

function given(content: Record<string, unknown>, members: readonly string[]): readonly string[] {
  return members.filter((member) => {
    const value = content[member];
    return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
  });
}

function missingTwin(present: readonly string[], pair: readonly [string, string], path: string): readonly Complaint[] {
  if (present.length !== 1) return [];
  const missing = present[0] === pair[0] ? pair[1] : pair[0];
  return [
    {
      path: `${path}.${missing}`,
      message: { zh: `必须与 ${present[0]} 同时填写`, en: `is required together with ${present[0]}` },
    },
  ];
}

function eitherForm(path: string): Complaint {
  return {
    path,
    message: {
      zh: 'single_title 和 single_url，或 btn_orientation 和 btn_json_list，必须且只能填写其中一组',
      en: 'needs either single_title and single_url, or btn_orientation and btn_json_list, and not both pairs',
    },
  };
}

function buttonListComplaints(list: unknown, path: string): readonly Complaint[] {
  const chars = charLength(JSON.stringify(list ?? []));
  if (chars <= BUTTON_LIST_CHARS) return [];
  return [
    {
      path: `${path}.btn_json_list`,
      message: {
        zh: `整个列表的 JSON 最多 ${BUTTON_LIST_CHARS} 个字符，现为 ${chars}`,
        en: `at most ${BUTTON_LIST_CHARS} characters as JSON, got ${chars}`,
      },
    },
  ];
}
