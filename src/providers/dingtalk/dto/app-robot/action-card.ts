import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import { CLICK_LINK } from '../messages/page.js';
import { robotMessage } from './page.js';

abstract class Card {
  @TextField({
    description: { zh: '会话列表和通知中显示的标题', en: 'Title in the list of conversations and in the notification' },
    example: '上线审批',
  })
  title: string;

  @TextField({ description: { zh: 'Markdown 正文', en: 'Markdown text' }, example: '### 会员中心 v5.0.0 申请上线' })
  text: string;
}

/** Label of a button, by its number. */
function Label(number?: number): PropertyDecorator {
  const which =
    number === undefined ? { zh: '按钮', en: 'the button' } : { zh: `按钮 ${number}`, en: `button ${number}` };
  return TextField({ description: { zh: `${which.zh}的文字`, en: `Label of ${which.en}` }, example: '同意' });
}

/** Address that a button opens. */
function Target(number?: number): PropertyDecorator {
  const which =
    number === undefined ? { zh: '按钮', en: 'the button' } : { zh: `按钮 ${number}`, en: `button ${number}` };
  return TextField({
    pattern: CLICK_LINK,
    description: { zh: `点击${which.zh}后打开的地址`, en: `Address opened by ${which.en}` },
    example: 'https://oa.example.com/approvals/20260?action=agree',
  });
}

@ApiSchema({ description: 'sampleActionCard 的 msgParam：一个按钮。msgParam of sampleActionCard: one button.' })
export class DingTalkSampleActionCardParam extends Card {
  @Label()
  singleTitle: string;

  @Target()
  singleURL: string;
}

@ApiSchema({ description: 'sampleActionCard2：两个竖排按钮。Two buttons, one below the other.' })
export class DingTalkSampleActionCard2Param extends Card {
  @Label(1)
  actionTitle1: string;

  @Target(1)
  actionURL1: string;

  @Label(2)
  actionTitle2: string;

  @Target(2)
  actionURL2: string;
}

@ApiSchema({ description: 'sampleActionCard3：三个竖排按钮。Three buttons, one below the other.' })
export class DingTalkSampleActionCard3Param extends DingTalkSampleActionCard2Param {
  @Label(3)
  actionTitle3: string;

  @Target(3)
  actionURL3: string;
}

@ApiSchema({ description: 'sampleActionCard4：四个竖排按钮。Four buttons, one below the other.' })
export class DingTalkSampleActionCard4Param extends DingTalkSampleActionCard3Param {
  @Label(4)
  actionTitle4: string;

  @Target(4)
  actionURL4: string;
}

@ApiSchema({ description: 'sampleActionCard5：五个竖排按钮。Five buttons, one below the other.' })
export class DingTalkSampleActionCard5Param extends DingTalkSampleActionCard4Param {
  @Label(5)
  actionTitle5: string;

  @Target(5)
  actionURL5: string;
}

/** Not one more button: two of them, and with names of their own. */
@ApiSchema({ description: 'sampleActionCard6：两个横排按钮。Two buttons side by side.' })
export class DingTalkSampleActionCard6Param extends Card {
  @Label(1)
  buttonTitle1: string;

  @Target(1)
  buttonUrl1: string;

  @Label(2)
  buttonTitle2: string;

  @Target(2)
  buttonUrl2: string;
}

const APPROVAL = {
  title: '上线审批：会员中心 v5.0.0',
  text: '### 会员中心 v5.0.0 申请上线\n- 申请人：张三\n- 窗口：今晚 22:00 至 23:00',
} as const;

const LABELS = ['同意', '拒绝', '转交', '推迟一天', '查看详情'] as const;

/** The members of the first so many vertical buttons. */
function buttons(count: number): Record<string, string> {
  const members = LABELS.slice(0, count).flatMap((label, index): [string, string][] => [
    [`actionTitle${index + 1}`, label],
    [`actionURL${index + 1}`, `https://oa.example.com/approvals/20260?action=${index + 1}`],
  ]);
  return Object.fromEntries(members);
}

const SUMMARY = { zh: '上线审批', en: 'Approval of a release' } as const;

export const sampleActionCards = [
  robotMessage(
    'sampleActionCard',
    { zh: '卡片，一个按钮', en: 'Card with one button' },
    DingTalkSampleActionCardParam,
    { zh: '磁盘告警', en: 'A disk alert' },
    {
      title: '数据库磁盘告警',
      text: '### 数据库磁盘告警\n- 主机：db-prod-02\n- 使用率：**91%**',
      singleTitle: '查看详情',
      singleURL: 'https://monitor.example.com/alerts/7781',
    },
  ),
  robotMessage(
    'sampleActionCard2',
    { zh: '卡片，两个竖排按钮', en: 'Card with two buttons, one below the other' },
    DingTalkSampleActionCard2Param,
    SUMMARY,
    { ...APPROVAL, ...buttons(2) },
  ),
  robotMessage(
    'sampleActionCard3',
    { zh: '卡片，三个竖排按钮', en: 'Card with three buttons, one below the other' },
    DingTalkSampleActionCard3Param,
    SUMMARY,
    { ...APPROVAL, ...buttons(3) },
  ),
  robotMessage(
    'sampleActionCard4',
    { zh: '卡片，四个竖排按钮', en: 'Card with four buttons, one below the other' },
    DingTalkSampleActionCard4Param,
    SUMMARY,
    { ...APPROVAL, ...buttons(4) },
  ),
  robotMessage(
    'sampleActionCard5',
    { zh: '卡片，五个竖排按钮', en: 'Card with five buttons, one below the other' },
    DingTalkSampleActionCard5Param,
    SUMMARY,
    { ...APPROVAL, ...buttons(5) },
  ),
  robotMessage(
    'sampleActionCard6',
    { zh: '卡片，两个横排按钮', en: 'Card with two buttons side by side' },
    DingTalkSampleActionCard6Param,
    SUMMARY,
    {
      ...APPROVAL,
      buttonTitle1: '同意',
      buttonUrl1: 'https://oa.example.com/approvals/20260?action=agree',
      buttonTitle2: '拒绝',
      buttonUrl2: 'https://oa.example.com/approvals/20260?action=refuse',
    },
  ),
] as const;
