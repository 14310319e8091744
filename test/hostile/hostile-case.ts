/** What is sent. `{key}` in a raw request stands for the API key, which every other request carries. */
export type HostileRequest =
  | { readonly raw: string | Buffer }
  | {
      readonly method?: string;
      readonly path: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
      /** Without the API key: the request is judged by its address. */
      readonly keyless?: boolean;
    };

/** One row of the corpus. */
export interface HostileCase {
  readonly name: string;
  readonly request: HostileRequest;
  /**
   * `refused`: any 4xx, and the platform is not asked. `sent`: it is harmless data and arrives as it is. `either`: a
   * platform decides; nothing of ours may fail. `closed`: the connection ends without an answer. A number: that status
   * exactly, and the platform is not asked.
   */
  readonly end: 'refused' | 'sent' | 'either' | 'closed' | number;
}

export const NOTICE = '/v1/dd/topapi/message';
export const CHAT = '/v1/dd/chat/send';
export const ROBOT = '/v1/dd/robot/oto/send';
export const WECOM = '/v1/wecom/message/send';
export const EXTERNAL = '/v1/messages_external/weChat_application';
export const REPLAY = '/v1/deliveries/retry';

/** A POST of this text as JSON. */
export function json(
  path: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): HostileRequest {
  return { method: 'POST', path, body, headers: { 'Content-Type': 'application/json', ...headers } };
}

/** The same of an object. */
export function post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): HostileRequest {
  return json(path, JSON.stringify(body), headers);
}

export function get(path: string, headers: Readonly<Record<string, string>> = {}): HostileRequest {
  return { method: 'GET', path, headers };
}

/** A work notice of DingTalk with this message. */
export function notice(msg: unknown, more: Readonly<Record<string, unknown>> = {}): unknown {
  return { userid_list: 'zhangsan', msg, ...more };
}

/** A one-to-one message of DingTalk's app robot with this content. */
export function robot(msgParam: unknown, more: Readonly<Record<string, unknown>> = {}): unknown {
  return { userIds: 'zhangsan', msgKey: 'sampleText', msgParam, ...more };
}

/** A message of WeCom with this content. */
export function wecom(msgtype: string, content: unknown, more: Readonly<Record<string, unknown>> = {}): unknown {
  return { touser: 'zhangsan', msgtype, [msgtype]: content, ...more };
}

/** Rows that differ in one value. */
export function rows<T>(
  values: readonly (readonly [name: string, value: T])[],
  row: (value: T, name: string) => Omit<HostileCase, 'name'>,
  prefix = '',
): HostileCase[] {
  return values.map(([name, value]) => ({ name: `${prefix}${name}`, ...row(value, name) }));
}
