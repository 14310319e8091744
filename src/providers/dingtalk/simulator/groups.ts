import { jsonAnswer, type Answer, type SimulatedCall } from '../../../simulator/simulated-call.js';
import type { SimulatedApp } from './access-tokens.js';
import { FLAGS, MAX_NAME, type Chats } from './chats.js';
import type { Directory } from './directory.js';
import { NewApiBody } from './new-api-body.js';
import { NewApiRefusal } from './new-api-refusals.js';

/** `/v1.0/im`: the same conversations as those of the old API. */
export class Groups {
  constructor(
    private readonly chats: Chats,
    private readonly directory: Directory,
  ) {}

  /** @see https://open.dingtalk.com/document/development/create-common-group-new-version-v2 */
  create(call: SimulatedCall, app: SimulatedApp): Answer {
    const body = NewApiBody.of(call, 'parameter.invalid');
    const name = nameIn(body.requiredText('name'));
    const owner = body.requiredText('owner');
    const members = this.employees(body.texts('useridlist'));
    if (members.length === 0) throw NewApiRefusal.bad('parameter.invalid', '群成员为空');
    // Unknown people are outside the app's visible scope, which is all the platform says.
    if (!this.directory.hasUser(owner)) throw NewApiRefusal.bad('permession.checkFailed', '群主不在应用的可见范围内');
    if (!members.includes(owner)) throw NewApiRefusal.bad('parameter.invalid', '群成员列表中没有群主');
    if ((body.integer('conversationTag', 0, 2) ?? 2) !== 2) {
      throw NewApiRefusal.bad('permession.checkFailed', '普通群需要开通白名单');
    }
    ownerTypeIn(body);
    const { chatid, openConversationId } = this.chats.open({ name, owner, members, flags: flagsIn(body), app });
    return jsonAnswer({ conversationTag: 2, openConversationId, chatid });
  }

  /** @see https://open.dingtalk.com/document/development/api-updategroup */
  update(call: SimulatedCall): Answer {
    const body = NewApiBody.of(call, 'parameter.invalid');
    const chat = this.chats.known(body.requiredText('chatid'));
    if (!chat) throw NewApiRefusal.bad('parameter.invalid', '不合法的群会话 chatid');
    const name = body.text('name');
    if (name !== undefined) nameIn(name);
    const owner = body.text('owner');
    if (owner !== undefined) this.employees([owner]);
    ownerTypeIn(body);
    const removed = body.texts('del_useridlist');
    const members = [...chat.members, ...this.employees(body.texts('add_useridlist'))].filter(
      (id) => !removed.includes(id),
    );
    if (!members.includes(owner ?? chat.owner)) throw NewApiRefusal.bad('parameter.invalid', '群成员列表中没有群主');

    Object.assign(chat.flags, flagsIn(body));
    chat.name = name ?? chat.name;
    chat.owner = owner ?? chat.owner;
    chat.members = new Set(members);
    return jsonAnswer({ success: true });
  }

  /** @see https://open.dingtalk.com/document/development/obtain-group-openconversationid */
  convert(call: SimulatedCall): Answer {
    const chat = this.chats.known(call.params.chatId ?? '');
    if (!chat) throw NewApiRefusal.bad('invalideChatId', '不合法的chatId');
    return jsonAnswer({ openConversationId: chat.openConversationId });
  }

  private employees(userIds: readonly string[]): readonly string[] {
    const unknown = userIds.find((userId) => !this.directory.hasUser(userId));
    if (unknown !== undefined) throw NewApiRefusal.bad('parameter.invalid', `用户不存在 ${unknown}`);
    return userIds;
  }
}

function nameIn(name: string): string {
  if (name === '' || name.length > MAX_NAME) throw NewApiRefusal.bad('parameter.invalid', '不合法的群名称');
  return name;
}

function ownerTypeIn(body: NewApiBody): void {
  const ownerType = body.text('ownerType') ?? 'emp';
  if (ownerType !== 'emp') throw NewApiRefusal.bad('parameter.invalid', '内部群的群主必须是员工');
}

function flagsIn(body: NewApiBody): Record<string, number> {
  const options = body.object('managementOptions');
  const flags: Record<string, number> = {};
  for (const flag of FLAGS) {
    const value = options[flag];
    if (value === undefined) continue;
    if (value !== 0 && value !== 1) throw NewApiRefusal.bad('parameter.invalid', `参数不合法 ${flag}`);
    flags[flag] = value;
  }
  return flags;
}
