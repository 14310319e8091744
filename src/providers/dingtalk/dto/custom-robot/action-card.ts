import { ObjectListField, TextField } from '../../../../inbound/fields.js';
import type { TextOptions } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../delivery-error.js';
import type { MessageType } from '../../../message-catalog.js';
import { CLICK_LINK } from '../messages/page.js';
import { ROBOT_PAGE } from './page.js';

const SWITCH = {
  expression: /^[01]$/,
  means: { zh: '必须是文本 "0" 或 "1"', en: 'must be the text "0" or "1"' },
} as const satisfies TextOptions['pattern'];

@ApiSchema({ description: '自定义机器人卡片的一个按钮。One button of a card of a custom robot.' })
export class DingTalkRobotButton {
  @TextField({ description: { zh: '按钮文字', en: 'Label of the button' }, example: '同意' })
  title: string;

  @TextField({
    pattern: CLICK_LINK,
    description: { zh: '点击按钮后打开的地址', en: 'Address opened by the button' },
    example: 'https://oa.example.com/approvals/20260?action=agree',
  })
  actionURL: string;
}

/**
 * Two forms: one button (`singleTitle` and `singleURL`), or several (`btns`). The type is called `actionCard` here and
 * `action_card` in work notices, and not one member has the same name in both.
 */
@ApiSchema({
  description:
    '自定义机器人卡片消息的内容：singleTitle 和 singleURL，或 btns，二选一。Content of an action card of a custom robot: either singleTitle and singleURL, or btns.',
})
export class DingTalkRobotActionCardContent {
  @TextField({
    description: {
      zh: '会话列表和通知中显示的标题',
      en: 'Title shown in the list of conversations and in the notification',
    },
    example: '数据库磁盘告警',
  })
  title: string;

  @TextField({
    description: { zh: 'Markdown 正文', en: 'The Markdown text' },
    example: '### 数据库磁盘告警\n使用率 **91%**',
  })
  text: string;

  @TextField({
    required: false,
    empty: true,
    description: {
      zh: '单按钮的文字，与 singleURL 同时填写',
      en: 'Label of the only button, together with singleURL',
    },
    example: '查看详情',
  })
  singleTitle?: string;

  @TextField({
    required: false,
    empty: true,
    pattern: CLICK_LINK,
    description: {
      zh: '单按钮打开的地址，与 singleTitle 同时填写',
      en: 'Address of the only button, together with singleTitle',
    },
    example: 'https://monitor.example.com/alerts/7781',
  })
  singleURL?: string;

  @ObjectListField(() => DingTalkRobotButton, {
    required: false,
    description: { zh: '多个按钮', en: 'Several buttons' },
  })
  btns?: DingTalkRobotButton[];

  @TextField({
    required: false,
    empty: true,
    pattern: SWITCH,
    description: {
      zh: '按钮的排列："0" 竖直，"1" 横向',
      en: 'Arrangement of the buttons: "0" vertical, "1" horizontal',
    },
    example: '1',
  })
  btnOrientation?: string;

  @TextField({
    required: false,
    empty: true,
    pattern: SWITCH,
    description: { zh: '是否隐藏头像："0" 显示，"1" 隐藏', en: 'Hide the avatar: "0" no, "1" yes' },
    example: '0',
  })
  hideAvatar?: string;
}

export const robotActionCardMessage: MessageType = {
  msgtype: 'actionCard',
  title: { zh: '卡片消息', en: 'Action card' },
  source: ROBOT_PAGE,
  content: DingTalkRobotActionCardContent,
  check: actionCardComplaints,
  examples: [
    {
      name: 'actionCard-single',
      summary: { zh: '一个按钮：磁盘告警', en: 'One button: a disk alert' },
      message: {
        msgtype: 'actionCard',
        actionCard: {
          title: '数据库磁盘告警',
          text: '### 数据库磁盘告警\n- 主机：db-prod-02\n- 使用率：**91%**\n- 预计 6 小时后写满',
          singleTitle: '查看详情',
          singleURL: 'https://monitor.example.com/alerts/7781',
        },
      },
    },
    {
      name: 'actionCard-multi',
      summary: { zh: '多个按钮：上线审批', en: 'Several buttons: approval of a release' },
      message: {
        msgtype: 'actionCard',
        actionCard: {
          title: '上线审批：会员中心 v5.0.0',
          text: '### 会员中心 v5.0.0 申请上线\n- 申请人：张三\n- 窗口：今晚 22:00 至 23:00',
          btnOrientation: '1',
          btns: [
            { title: '同意', actionURL: 'https://oa.example.com/approvals/20260?action=agree' },
            { title: '拒绝', actionURL: 'https://oa.example.com/approvals/20260?action=refuse' },
          ],
        },
      },
    },
  ],
};

/** The platform ignores `btns` beside a `singleTitle`: nobody who sends both can want that. */
function actionCardComplaints(content: Record<string, unknown>, path: string): readonly Complaint[] {
  const single = ['singleTitle', 'singleURL'].filter((member) => isFilled(content[member]));
  const several = isFilled(content.btns);
  if (several === single.length > 0) {
    return [
      {
        path,
        message: {
          zh: 'singleTitle 和 singleURL，或 btns，必须且只能填写其中一种',
          en: 'needs either singleTitle and singleURL, or btns, and not both',
        },
      },
    ];
  }
  if (single.length !== 1) return [];
  const missing = single[0] === 'singleTitle' ? 'singleURL' : 'singleTitle';
  return [
    {
      path: `${path}.${missing}`,
      message: { zh: `必须与 ${single[0]} 同时填写`, en: `is required together with ${single[0]}` },
    },
  ];
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}
