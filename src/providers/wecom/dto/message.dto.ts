import { ChoiceField, IdListField, IntegerField, TextField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../delivery-error.js';
import type { Advice } from '../../message-catalog.js';
import { FromApp, rootMessage, RootMessage } from '../../message-field.js';
import { wecomMessages } from './messages.js';

/** As `touser`: everybody whom the app may see. */
export const EVERYBODY = '@all';

/** Types whose tables on the platform's page have `safe`. */
const CONFIDENTIAL_TYPES = ['text', 'image', 'video', 'file', 'mpnews'];

/**
 * Body of `POST /v1/wecom/message/send`. Rules between its members are in {@link messageSendComplaints}.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
@ApiSchema({
  description:
    '发送应用消息；touser、toparty、totag 至少填一个，消息内容放在与 msgtype 同名的成员中。Sends a message of the app; at least one of touser, toparty and totag is needed, and the content stands in the member named like msgtype.',
})
@RootMessage(wecomMessages)
export class MessageSendDto {
  @FromApp('agentId')
  agentid?: string | number;

  @IdListField({
    required: false,
    separator: '|',
    max: 1000,
    description: {
      zh: '接收人的 userid，最多 1000 个；@all 表示应用可见范围内的全部成员',
      en: 'userids of the recipients, at most 1000; @all is everybody whom the app may see',
    },
    example: 'zhangsan|lisi',
  })
  touser?: string[];

  @IdListField({
    required: false,
    separator: '|',
    max: 100,
    description: {
      zh: '接收部门的 id，最多 100 个；touser 为 @all 时忽略',
      en: 'ids of departments, at most 100; ignored when touser is @all',
    },
    example: '2|3',
  })
  toparty?: string[];

  @IdListField({
    required: false,
    separator: '|',
    max: 100,
    description: {
      zh: '接收标签的 id，最多 100 个；touser 为 @all 时忽略',
      en: 'ids of tags, at most 100; ignored when touser is @all',
    },
    example: '7',
  })
  totag?: string[];

  @ChoiceField({
    required: false,
    values: [0, 1, 2],
    description: {
      zh: '保密：0 可分享，1 不可分享且有水印，2 仅限企业内分享（只用于 mpnews）；news 不可保密',
      en: 'Confidential: 0 no, 1 cannot be shared and has a watermark, 2 shared inside the company only (mpnews); never for news',
    },
    example: 0,
  })
  safe?: 0 | 1 | 2;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: {
      zh: '是否把 $userName=ID$ 等替换为名称：0 否，1 是',
      en: 'Are $userName=ID$ and the like replaced by names: 0 no, 1 yes',
    },
    example: 0,
  })
  enable_id_trans?: 0 | 1;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: {
      zh: '是否检查重复：0 否，1 是，间隔内相同的请求只收到一次',
      en: 'Is an equal request suppressed within the interval: 0 no, 1 yes',
    },
    example: 0,
  })
  enable_duplicate_check?: 0 | 1;

  @IntegerField({
    required: false,
    min: 1,
    max: 14_400,
    description: {
      zh: '重复检查的间隔（秒），默认 1800，最多 4 小时',
      en: 'Interval of the check in seconds, 1800 by default, at most 4 hours',
    },
    example: 1800,
  })
  duplicate_check_interval?: number;
}

/**
 * What is wrong between the members of a request whose single members are valid: somebody must receive the message, and
 * not every type can be confidential or go to everybody.
 */
export function messageSendComplaints(dto: MessageSendDto): Complaint[] {
  const msgtype = String(rootMessage(dto).msgtype);
  return [...recipientComplaints(dto, msgtype), ...safeComplaints(msgtype, dto.safe)];
}

/** What the platform will ignore of a valid request, as far as its page says. */
export function messageSendAdvice(dto: MessageSendDto): Advice[] {
  const msgtype = String(rootMessage(dto).msgtype);
  const others = (['toparty', 'totag'] as const).filter((member) => (dto[member]?.length ?? 0) > 0);
  return [
    ...(dto.touser?.includes(EVERYBODY) ? others.map(ignoredBesideEverybody) : []),
    ...(dto.safe && wecomMessages.model(msgtype) && !CONFIDENTIAL_TYPES.includes(msgtype)
      ? [notConfidential(msgtype)]
      : []),
  ];
}

/** What `safe` cannot be with a type; the group chats have the same rule. */
export function safeComplaints(msgtype: string, safe: number | undefined): Complaint[] {
  if (!safe) return [];
  // Error 40074, https://developer.work.weixin.qq.com/document/path/90313
  if (msgtype === 'news')
    return [
      {
        path: 'safe',
        message: { zh: 'news 不支持保密，请改用 mpnews', en: 'news cannot be confidential; use mpnews' },
      },
    ];
  if (safe !== 2 || msgtype === 'mpnews' || !wecomMessages.model(msgtype)) return [];
  return [{ path: 'safe', message: { zh: '2 只用于 mpnews', en: '2 is for mpnews only' } }];
}

function recipientComplaints(dto: MessageSendDto, msgtype: string): Complaint[] {
  const touser = dto.touser ?? [];
  const others = (dto.toparty?.length ?? 0) + (dto.totag?.length ?? 0);
  if (touser.length + others === 0) return [NOBODY];
  if (!touser.includes(EVERYBODY)) return [];
  if (msgtype === 'miniprogram_notice') return [NO_NOTICE_TO_EVERYBODY];
  // The page knows @all only as the whole value. A broadcast is not something to find out by trying.
  return touser.length > 1 ? [EVERYBODY_AND_SOMEBODY] : [];
}

const NOBODY: Complaint = {
  path: 'touser',
  message: {
    zh: 'touser、toparty、totag 至少填一个',
    en: 'at least one of touser, toparty and totag is required',
  },
};

const NO_NOTICE_TO_EVERYBODY: Complaint = {
  path: 'touser',
  message: { zh: '小程序通知不能发给 @all', en: 'a mini program notice cannot be sent to @all' },
};

const EVERYBODY_AND_SOMEBODY: Complaint = {
  path: 'touser',
  message: { zh: '@all 不能与其他 userid 同时填写', en: '@all cannot stand beside other userids' },
};

function ignoredBesideEverybody(path: string): Advice {
  return { path, message: { zh: 'touser 为 @all 时平台忽略它', en: 'the platform ignores it when touser is @all' } };
}

function notConfidential(msgtype: string): Advice {
  return {
    path: 'safe',
    message: {
      zh: `平台文档没有说 ${msgtype} 消息可以保密，可能会被忽略`,
      en: `the platform does not say that ${msgtype} can be confidential, and may ignore it`,
    },
  };
}

/**
 * Body of `POST /v1/wecom/message/recall`: within 24 hours and by the app that sent it.
 *
 * @see https://developer.work.weixin.qq.com/document/path/94867
 */
// Named, since the twin has a class of this name too and a schema must have its name alone.
@ApiSchema({ name: 'WeComRecallDto', description: '撤回 24 小时内的应用消息。Recalls a message of the last 24 hours.' })
export class RecallDto {
  @TextField({
    maxBytes: 1024,
    description: { zh: '发送时返回的 msgid', en: 'The msgid that sending answered' },
    example: 'vcT8gGc-7dFb4bxT35ONjBDz901sLlXPZw1DAMC_Gc26qRpK',
  })
  msgid: string;
}
