import { ChoiceField, IdField, IdListField, TextField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../delivery-error.js';
import { rootMessage, RootMessage } from '../../message-field.js';
import { safeComplaints } from './message.dto.js';
import { appchatMessages } from './messages.js';

const GROUP = {
  description: { zh: '群聊 id，只限本应用创建的群', en: 'Id of a group chat that this app made' },
  example: 'oncall20261012',
} as const;

const GROUP_NAME = {
  required: false,
  advisedChars: 50,
  cuts: true,
  description: { zh: '群名称，超过 50 个字符会被截断', en: 'Name of the group; cut after 50 characters' },
  example: '支付服务值班群',
} as const;

/**
 * Body of `POST /v1/wecom/appchat/create`. Rules between its members are in {@link appchatCreateComplaints}.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90245
 */
@ApiSchema({
  description:
    '创建群聊；应用的可见范围必须是根部门。Creates a group chat; the app must be visible to the whole company.',
})
export class AppchatCreateDto {
  @TextField(GROUP_NAME)
  name?: string;

  @IdField({
    required: false,
    description: {
      zh: '群主的 userid，必须也在 userlist 中；不填则随机',
      en: 'userid of the owner, who must be in userlist too; without it the platform picks one',
    },
    example: 'zhangsan',
  })
  owner?: string;

  @IdListField({
    separator: '|',
    min: 2,
    max: 2000,
    description: { zh: '成员的 userid，2 到 2000 个', en: 'userids of the members, 2 to 2000' },
    example: ['zhangsan', 'lisi'],
  })
  userlist: string[];

  @TextField({
    required: false,
    maxChars: 32,
    pattern: {
      expression: /^[0-9a-zA-Z]+$/,
      means: { zh: '只能由数字和字母组成', en: 'may have digits and letters only' },
    },
    description: {
      zh: '群聊 id，最多 32 个数字或字母，不可重复；不填则由平台生成',
      en: 'Id of the group, at most 32 digits or letters, unique; without it the platform makes one up',
    },
    example: 'oncall20261012',
  })
  chatid?: string;
}

/** What is wrong between the members of a request whose single members are valid (error 86207). */
export function appchatCreateComplaints(dto: AppchatCreateDto): Complaint[] {
  const owner = dto.owner?.toLowerCase();
  // userids are not case-sensitive.
  if (owner === undefined || dto.userlist.some((userid) => userid.toLowerCase() === owner)) return [];
  return [{ path: 'owner', message: { zh: '必须也在 userlist 中', en: 'must be in userlist too' } }];
}

/**
 * Body of `POST /v1/wecom/appchat/update`.
 *
 * @see https://developer.work.weixin.qq.com/document/path/98913
 */
@ApiSchema({ description: '修改群聊，只限本应用创建的群。Changes a group chat that this app made.' })
export class AppchatUpdateDto {
  @IdField(GROUP)
  chatid: string;

  @TextField(GROUP_NAME)
  name?: string;

  @IdField({
    required: false,
    description: {
      zh: '新群主的 userid；移出现任群主时必填',
      en: 'userid of the new owner, required where the present one is removed',
    },
    example: 'lisi',
  })
  owner?: string;

  @IdListField({
    required: false,
    separator: '|',
    max: 2000,
    description: { zh: '要加入的 userid', en: 'userids to add' },
    example: ['wangwu'],
  })
  add_user_list?: string[];

  @IdListField({
    required: false,
    separator: '|',
    max: 2000,
    description: { zh: '要移出的 userid', en: 'userids to remove' },
    example: ['zhangsan'],
  })
  del_user_list?: string[];
}

/**
 * Query of `GET /v1/wecom/appchat/get`.
 *
 * @see https://developer.work.weixin.qq.com/document/path/98914
 */
@ApiSchema({ description: '查询群聊，只限本应用创建的群。Reads a group chat that this app made.' })
export class AppchatGetDto {
  @IdField(GROUP)
  chatid: string;
}

/**
 * Body of `POST /v1/wecom/appchat/send`. Rules between its members are in {@link appchatSendComplaints}.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
@ApiSchema({
  description:
    '向群聊发送消息，消息内容放在与 msgtype 同名的成员中。Sends a message to a group chat; the content stands in the member named like msgtype.',
})
@RootMessage(appchatMessages)
export class AppchatSendDto {
  @IdField(GROUP)
  chatid: string;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '保密：0 否，1 是；news 不可保密', en: 'Confidential: 0 no, 1 yes; never for news' },
    example: 0,
  })
  safe?: 0 | 1;
}

/** What is wrong between the members of a request whose single members are valid. */
export function appchatSendComplaints(dto: AppchatSendDto): Complaint[] {
  return safeComplaints(String(rootMessage(dto).msgtype), dto.safe);
}
