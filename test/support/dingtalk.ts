import {
  DingTalkSimulator,
  type DingTalkSimulatorOptions,
} from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { call, post, startTestGateway, type TestAnswer, type TestGateway, type TestGatewayOptions } from './gateway.js';

/** Path of the platform's call behind `POST /v1/dd/topapi/message`. */
export const NOTICE_CALL = '/topapi/message/corpconversation/asyncsend_v2';

let messages = 0;

/** A text message that no test has sent before: the platform silently drops what a person already got today. */
export function aText(content = '支付服务响应超时'): Record<string, unknown> {
  messages += 1;
  return { msgtype: 'text', text: { content: `${content} #${messages}` } };
}

/** Body of a work notice. */
export function aNotice(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { userid_list: 'zhangsan', msg: aText(), ...overrides };
}

/** Body that creates a group. */
export function aGroup(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { name: '值班群', owner: 'manager4220', useridlist: ['manager4220', 'zhangsan'], ...overrides };
}

/** What a test uploads; everything has a default. */
export interface UploadForm {
  readonly type?: string;
  readonly fileName?: string;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** A gateway with a DingTalk of its own. */
export interface DingTalkWorld {
  readonly platform: DingTalkSimulator;
  readonly gateway: TestGateway;
  readonly url: string;
  /** Sends a work notice to `zhangsan`, or what the body says. */
  readonly notify: (body?: Readonly<Record<string, unknown>>, init?: RequestInit) => Promise<TestAnswer>;
  /** Creates a group; gives back its chatid. */
  readonly newChat: () => Promise<string>;
  readonly sendToChat: (chatid: unknown, msg?: unknown, init?: RequestInit) => Promise<TestAnswer>;
  readonly upload: (form?: UploadForm, init?: RequestInit) => Promise<TestAnswer>;
  readonly close: () => Promise<void>;
}

export interface DingTalkWorldOptions extends TestGatewayOptions {
  readonly dingtalk?: DingTalkSimulatorOptions;
}

/** Starts both. Close them with {@link DingTalkWorld.close}. */
export async function startDingTalkWorld(options: DingTalkWorldOptions = {}): Promise<DingTalkWorld> {
  const platform = await new DingTalkSimulator(options.dingtalk).start();
  const gateway = await startTestGateway({ simulators: [platform], ...options });
  return dingTalkWorld(platform, gateway);
}

/** The same around a platform and a gateway that are there already. */
export function dingTalkWorld(platform: DingTalkSimulator, gateway: TestGateway): DingTalkWorld {
  const { url } = gateway;
  return {
    platform,
    gateway,
    url,
    notify: (body = aNotice(), init = {}) => post(`${url}/v1/dd/topapi/message`, body, init),
    newChat: async () => String((await post(`${url}/v1/dd/chat/create`, aGroup())).body.data),
    sendToChat: (chatid, msg = aText(), init = {}) => post(`${url}/v1/dd/chat/send`, { chatid, msg }, init),
    upload: (form = {}, init = {}) => call(`${url}/v1/dd/media/upload`, { method: 'POST', body: aForm(form), ...init }),
    close: async () => {
      await gateway.close();
      await platform.close();
    },
  };
}

/** A multipart form with a picture in it. */
export function aForm({
  type = 'image',
  fileName = 'a.png',
  bytes = Buffer.from('pixels'),
}: UploadForm = {}): FormData {
  const form = new FormData();
  form.set('type', type);
  form.set('media', new File([bytes], fileName, { type: 'image/png' }));
  return form;
}

/** Every access token that the platform ever gave out. */
export function tokensOf(platform: DingTalkSimulator): string[] {
  const answers = platform.ledger.calls({ path: '/gettoken' }).map((record) => record.answer ?? '');
  const tokens = answers.flatMap((answer) => /"access_token":"([^"]+)"/.exec(answer)?.[1] ?? []);
  return [...new Set(tokens)];
}
