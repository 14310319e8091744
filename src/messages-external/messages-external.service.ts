import { Injectable } from '@nestjs/common';
import { validate } from '../inbound/validation.pipe.js';
import { Redactor } from '../logging/redactor.js';
import { detachedCall, type CallContext } from '../providers/call-context.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { ProviderCaller } from '../providers/provider-caller.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import type { DingdingGroupChatDto, WeChatApplicationDto, WeChatGroupChatDto } from './messages-external.dto.js';

/** What system B's functions answer: true, or why not. */
export type ExternalResult = true | ExternalFailure;

export interface ExternalFailure {
  /** The platform's code; −1 when the platform said nothing. */
  readonly errcode: number | string;
  readonly errmsg: string;
}

/** What the platform is asked: which of its operations, as whom, with what. */
interface ExternalMessage {
  readonly provider: string;
  readonly operation: string;
  readonly credentials: Readonly<Record<string, string | undefined>>;
  readonly input: Record<string, unknown>;
}

/**
 * The three functions of the DolphinDB module `messages_external`. Callers bring the credentials; they are used for
 * one call and forgotten, only the token is kept, under a hash.
 */
@Injectable()
export class MessagesExternalService {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly caller: ProviderCaller,
  ) {}

  /** Sends text to a WeCom group chat. Never throws for what a platform or the network did. */
  weChatGroupChat(parameters: WeChatGroupChatDto, call?: CallContext): Promise<ExternalResult> {
    return answered(() => this.send(groupChat(parameters), call));
  }

  /** Sends text to everybody whom a WeCom application may see. */
  weChatApplication(parameters: WeChatApplicationDto, call?: CallContext): Promise<ExternalResult> {
    return answered(() => this.send(application(parameters), call));
  }

  /** Sends text to a DingTalk group chat. */
  dingdingGroupChat(parameters: DingdingGroupChatDto, call?: CallContext): Promise<ExternalResult> {
    return answered(() => this.send(dingding(parameters), call));
  }

  /**
   * The same for the routes, whose envelope and status tell the failure.
   * @throws DeliveryError
   */
  async sendOrThrow(
    request:
      | { readonly name: 'weChat_group_chat'; readonly parameters: WeChatGroupChatDto }
      | { readonly name: 'weChat_application'; readonly parameters: WeChatApplicationDto }
      | { readonly name: 'dingding_group_chat'; readonly parameters: DingdingGroupChatDto },
    call: CallContext,
  ): Promise<true> {
    if (request.name === 'weChat_group_chat') return this.send(groupChat(request.parameters), call);
    if (request.name === 'weChat_application') return this.send(application(request.parameters), call);
    return this.send(dingding(request.parameters), call);
  }

  private async send(message: ExternalMessage, call: CallContext = detachedCall('external')): Promise<true> {
    try {
      const operation = this.registry.operation(message.provider, message.operation);
      const input = validate(operation.input, message.input);
      const app = this.registry.adHocApp(message.provider, message.credentials);
      // The scope `external` includes broadcasting through these routes: nobody is asked for a further one.
      await this.caller.runAdHoc(app, operation, input, asApp(call, app.name));
      return true;
    } catch (error) {
      throw error instanceof DeliveryError ? withoutSecrets(error, message.credentials) : error;
    }
  }
}

/** The call of an app that is nobody's: nobody has to be allowed to use it. */
function asApp(call: CallContext, app: string): CallContext {
  const onLeave = (listener: () => void): void => call.onLeave(listener);
  const pageAt = (cursor: string): string => call.pageAt(cursor);
  return { ...call, app, principal: undefined, onLeave, pageAt };
}

/**
 * A platform may quote what it was given. The caller's secrets are taken out of its words here, not taught to the
 * redactor of the process: otherwise a caller could mask words in everybody's answers.
 */
function withoutSecrets(error: DeliveryError, credentials: ExternalMessage['credentials']): DeliveryError {
  const redactor = new Redactor();
  for (const secret of [credentials.corpSecret, credentials.appSecret]) redactor.learn(secret);
  const errmsg = error.details.errmsg === undefined ? {} : { errmsg: redactor.redact(error.details.errmsg) };
  const safe = new DeliveryError(error.kind, { ...error.details, ...errmsg });
  safe.operationSentence = error.operationSentence;
  return safe;
}

/** Failure as system B's dictionary. */
export function externalFailure(error: DeliveryError): ExternalFailure {
  const { errcode, errmsg, complaints } = error.details;
  if (errcode !== undefined) return { errcode, errmsg: errmsg ?? '' };
  const words = complaints?.map(({ path, message }) => `${path} ${message.zh}`).join('；');
  return { errcode: -1, errmsg: words ?? error.details.hint?.zh ?? error.message };
}

async function answered(send: () => Promise<true>): Promise<ExternalResult> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof DeliveryError) return externalFailure(error);
    throw error;
  }
}

function text(content: string): Record<string, unknown> {
  return { msgtype: 'text', text: { content } };
}

function groupChat({ corp_id, corp_secret, chatId, message }: WeChatGroupChatDto): ExternalMessage {
  return {
    provider: 'wecom',
    operation: 'appchat.send',
    credentials: { corpId: corp_id, corpSecret: corp_secret },
    input: { chatid: chatId, ...text(message) },
  };
}

function application({ corp_id, corp_secret, agentId, message }: WeChatApplicationDto): ExternalMessage {
  return {
    provider: 'wecom',
    operation: 'message.send',
    credentials: { corpId: corp_id, corpSecret: corp_secret, agentId: String(agentId) },
    input: { touser: '@all', ...text(message) },
  };
}

function dingding({ app_key, app_secret, corp_secret, chatId, message }: DingdingGroupChatDto): ExternalMessage {
  const appSecret = app_secret ?? corp_secret;
  if (appSecret === undefined || (app_secret !== undefined && corp_secret !== undefined)) {
    throw DeliveryError.invalid([
      {
        path: 'app_secret',
        message: {
          zh: 'app_secret（或 corp_secret）必须且只能填写一个',
          en: 'exactly one of app_secret and corp_secret is required',
        },
      },
    ]);
  }
  return {
    provider: 'dingtalk',
    operation: 'chat.send',
    credentials: { appKey: app_key, appSecret },
    input: { chatid: chatId, msg: text(message) },
  };
}
