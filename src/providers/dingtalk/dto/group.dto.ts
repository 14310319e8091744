import { ChoiceField, IdField, IdListField, ObjectField, TextField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';
import { ChatSwitches } from './chat.dto.js';

/** The switches of the old API, in an object of their own. */
@ApiSchema({ description: '群管理选项，每项 0 或 1，缺省 0。Switches of a group; each is 0 or 1, and 0 unless given.' })
export class DingTalkManagementOptions extends ChatSwitches {}

/** What creating and updating a group share. */
abstract class GroupOptions {
  @ChoiceField({
    required: false,
    values: ['emp', 'ext'],
    description: {
      zh: '群主的类型：emp 员工，ext 外部联系人',
      en: 'Kind of the owner: emp employee, ext external contact',
    },
  })
  ownerType?: 'emp' | 'ext';

  @TextField({
    required: false,
    description: { zh: '群头像的 media_id', en: "media_id of the group's picture" },
    example: '@lADPDfJ6V8nGxRbNAfTNAlg',
  })
  icon?: string;

  @ObjectField(() => DingTalkManagementOptions, {
    required: false,
    description: { zh: '群管理选项', en: 'Switches of the group' },
  })
  managementOptions?: DingTalkManagementOptions;
}

/**
 * Body of `POST /v1/dd/group/create`.
 *
 * @see https://open.dingtalk.com/document/development/create-common-group-new-version-v2
 */
@ApiSchema({ description: '创建群会话（新版接口）。Creates a group, through the new API.' })
export class GroupCreateDto extends GroupOptions {
  @TextField({ maxChars: 20, description: { zh: '群名称', en: 'Name of the group' }, example: '支付服务值班群' })
  name: string;

  @IdField({
    description: { zh: '群主的 userid', en: 'userid of the owner' },
    example: 'manager4220',
  })
  owner: string;

  // The old API takes 40 in one call; the page of the new one names no number.
  @IdListField({
    separator: ',',
    max: 1000,
    description: { zh: '成员的 userid', en: 'userids of the members' },
    example: ['manager4220', 'zhangsan'],
  })
  useridlist: string[];

  @ChoiceField({
    required: false,
    values: [0, 2],
    description: {
      zh: '群类型：2 企业内部群（缺省），0 普通群（需平台开通）',
      en: 'Kind of the group: 2 internal (the default), 0 ordinary, which the platform has to allow first',
    },
  })
  conversationTag?: 0 | 2;

  @IdListField({
    required: false,
    separator: ',',
    description: { zh: '外部联系人的 unionid', en: 'unionids of external contacts' },
  })
  extidlist?: string[];
}

/**
 * Body of `POST /v1/dd/group/update`. Only groups that a server created can be updated.
 *
 * @see https://open.dingtalk.com/document/development/api-updategroup
 */
@ApiSchema({
  description:
    '修改群会话（新版接口），只限接口创建的群。Changes a group that was created through the API, through the new API.',
})
export class GroupUpdateDto extends GroupOptions {
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

  @IdListField({
    required: false,
    separator: ',',
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
}

/**
 * Query of `GET /v1/dd/chat/open-conversation-id`.
 *
 * @see https://open.dingtalk.com/document/development/obtain-group-openconversationid
 */
@ApiSchema({ description: '把 chatid 转换为 openConversationId。Turns a chatid into an openConversationId.' })
export class ChatConvertDto {
  // It becomes a part of the platform's path, where dots alone would lead elsewhere.
  @IdField({
    pattern: {
      expression: /^(?!\.{1,2}$)[!-~]+$/,
      means: { zh: '不是有效的 chatid', en: 'is not a chatid' },
    },
    description: { zh: '接口或 JSAPI 得到的群会话 id', en: 'Id of the group, from the API or a JSAPI' },
    example: 'chat7a1f0c5d2b',
  })
  chatid: string;
}
