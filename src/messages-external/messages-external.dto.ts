import { IdField, IntegerField, TextField } from '../inbound/fields.js';
import { ApiSchema } from '../openapi/openapi.decorators.js';

/** Longest message, bytes: what the platforms take as text. */
const MESSAGE = {
  maxBytes: 2_048,
  description: { zh: '消息文本', en: 'Text of the message' },
  example: '行情采集延迟 35 秒',
} as const;

const CORP_ID = { description: { zh: '企业 id', en: 'Id of the corporation' }, example: 'ww0123456789abcdef' } as const;
const CORP_SECRET = { description: { zh: '应用的 secret', en: 'Secret of the app' }, example: '***' } as const;
const CHAT_ID = {
  description: { zh: '群聊 id', en: 'Id of the group chat' },
  example: 'wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA',
} as const;

/** Parameters of `weChat_group_chat`, named as in system B. */
@ApiSchema({ description: '企业微信群聊。WeCom group chat.' })
export class WeChatGroupChatDto {
  @TextField({ ...CORP_ID, maxBytes: 128 })
  corp_id: string;

  @TextField({ ...CORP_SECRET, maxBytes: 512 })
  corp_secret: string;

  @IdField(CHAT_ID)
  chatId: string;

  @TextField(MESSAGE)
  message: string;
}

/** Parameters of `weChat_application`. */
@ApiSchema({
  description:
    '企业微信应用消息，发给应用可见范围内的全部成员。WeCom application message, to everybody the app may see.',
})
export class WeChatApplicationDto {
  @TextField({ ...CORP_ID, maxBytes: 128 })
  corp_id: string;

  @TextField({ ...CORP_SECRET, maxBytes: 512 })
  corp_secret: string;

  @IntegerField({
    fromText: true,
    min: 0,
    description: { zh: '应用的 agentid，数字或文本', en: 'agentid of the app, number or text' },
    example: 1000002,
  })
  agentId: number;

  @TextField(MESSAGE)
  message: string;
}

/** Parameters of `dingding_group_chat`. Its page once calls the secret `corp_secret`; both names are taken. */
@ApiSchema({
  description: '钉钉群聊；app_secret 也可写作 corp_secret。DingTalk group chat; app_secret may be called corp_secret.',
})
export class DingdingGroupChatDto {
  @TextField({ maxBytes: 128, description: { zh: '应用的 AppKey', en: 'AppKey of the app' }, example: 'dingabcdefgh' })
  app_key: string;

  @TextField({
    required: false,
    maxBytes: 512,
    description: { zh: '应用的 AppSecret', en: 'AppSecret of the app' },
    example: '***',
  })
  app_secret?: string;

  @TextField({
    required: false,
    maxBytes: 512,
    description: { zh: 'app_secret 的另一名称', en: 'Another name of app_secret' },
  })
  corp_secret?: string;

  @IdField({ ...CHAT_ID, example: 'chat3a7c2e9f51d04b86' })
  chatId: string;

  @TextField(MESSAGE)
  message: string;
}
