import { BooleanField, ChoiceField, IdField, IdListField, TextField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';
import { IgnoreUnknownMembers, MessageField } from '../../message-field.js';
import { dingtalkMessages } from './messages.js';

/** Members of one call; a group holds 1000. */
const MEMBERS_PER_CALL = 40;

/** Switches that creating and updating a group share; each is 0 or 1, and the platform's default is 0. */
export abstract class ChatSwitches {
  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '新成员可否查看历史消息：0 不可，1 可', en: 'May new members read the history: 0 no, 1 yes' },
  })
  showHistoryType?: 0 | 1;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '群可否被搜索：0 不可，1 可', en: 'Can the group be found by search: 0 no, 1 yes' },
  })
  searchable?: 0 | 1;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '入群是否验证：0 否，1 是', en: 'Must joining be approved: 0 no, 1 yes' },
  })
  validationType?: 0 | 1;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '@所有人 的范围：0 所有人，1 仅群主', en: 'Who may mention all: 0 everybody, 1 the owner' },
  })
  mentionAllAuthority?: 0 | 1;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '谁可管理群：0 所有人，1 仅群主', en: 'Who may manage the group: 0 everybody, 1 the owner' },
  })
  managementType?: 0 | 1;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '全员禁言：0 否，1 是', en: 'Are all members muted: 0 no, 1 yes' },
  })
  chatBannedType?: 0 | 1;
}

/**
 * Body of `POST /v1/dd/chat/create`.
 *
 * @see https://open.dingtalk.com/document/development/session-management-creates-groups
 */
@ApiSchema({ description: '创建群会话。Creates a group.' })
@IgnoreUnknownMembers()
export class ChatCreateDto extends ChatSwitches {
  @TextField({ maxChars: 20, description: { zh: '群名称', en: 'Name of the group' }, example: '支付服务值班群' })
  name: string;

  @IdField({
    description: {
      zh: '群主的 userid，必须也在 useridlist 中',
      en: 'userid of the owner, who must be in useridlist too',
    },
    example: 'manager4220',
  })
  owner: string;

  @IdListField({
    separator: ',',
    max: MEMBERS_PER_CALL,
    description: { zh: '成员的 userid', en: 'userids of the members' },
    example: ['manager4220', 'zhangsan'],
  })
  useridlist: string[];
}

/**
 * Body of `POST /v1/dd/chat/update`. Only groups made by `chat/create` can be updated.
 *
 * @see https://open.dingtalk.com/document/development/modify-a-group-session
 */
@ApiSchema({ description: '修改群会话，只限接口创建的群。Changes a group that was created through the API.' })
export class ChatUpdateDto extends ChatSwitches {
  @IdField({ description: { zh: '群会话 id', en: 'Id of the group' }, example: 'chat7a1f0c5d2b' })
  chatid: string;

  @TextField({
    required: false,
    maxChars: 20,
    description: { zh: '新的群名称', en: 'New name of the group' },
    example: '支付服务值班群',
  })
  name?: string;

  @IdField({
    required: false,
    description: { zh: '新群主的 userid', en: 'userid of the new owner' },
    example: 'zhangsan',
  })
  owner?: string;

  @ChoiceField({
    required: false,
    values: ['emp', 'ext'],
    description: {
      zh: '新群主的类型：emp 员工，ext 外部联系人',
      en: 'Kind of the new owner: emp employee, ext external contact',
    },
  })
  ownerType?: 'emp' | 'ext';

  @IdListField({
    required: false,
    separator: ',',
    max: MEMBERS_PER_CALL,
    description: { zh: '要加入的 userid', en: 'userids to add' },
    example: ['lisi'],
  })
  add_useridlist?: string[];

  @IdListField({
    required: false,
    separator: ',',
    description: { zh: '要移出的 userid', en: 'userids to remove' },
    example: ['wangwu'],
  })
  del_useridlist?: string[];

  @IdListField({
    required: false,
    separator: ',',
    description: { zh: '要加入的外部联系人', en: 'External contacts to add' },
  })
  add_extidlist?: string[];

  @IdListField({
    required: false,
    separator: ',',
    description: { zh: '要移出的外部联系人', en: 'External contacts to remove' },
  })
  del_extidlist?: string[];

  @TextField({
    required: false,
    description: { zh: '群头像的 media_id', en: "media_id of the group's picture" },
    example: '@lADPDfJ6V8nGxRbNAfTNAlg',
  })
  icon?: string;

  @BooleanField({ required: false, description: { zh: '是否禁言', en: 'Is the group muted' } })
  isBan?: boolean;
}

/**
 * Query of `GET /v1/dd/chat/get`.
 *
 * @see https://open.dingtalk.com/document/development/obtain-a-group-session
 */
@ApiSchema({ description: '查询群会话，只限接口创建的群。Reads a group that was created through the API.' })
export class ChatGetDto {
  @IdField({ description: { zh: '群会话 id', en: 'Id of the group' }, example: 'chat7a1f0c5d2b' })
  chatid: string;
}

/**
 * Body of `POST /v1/dd/chat/send`.
 *
 * @see https://open.dingtalk.com/document/development/send-group-messages
 */
@ApiSchema({ description: '向群会话发送消息。Sends a message to a group.' })
@IgnoreUnknownMembers()
export class ChatSendDto {
  @IdField({ description: { zh: '群会话 id', en: 'Id of the group' }, example: 'chat7a1f0c5d2b' })
  chatid: string;

  @MessageField(dingtalkMessages)
  msg: Record<string, unknown>;
}
