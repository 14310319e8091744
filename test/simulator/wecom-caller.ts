import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';
import {
  DEFAULT_APPS,
  DEFAULT_CORP_ID,
  WeComSimulator,
  type WeComSimulatorOptions,
} from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { StoppedClock } from './stopped-clock.js';

export type Reply = Record<string, unknown> & { errcode?: number; errmsg?: string };

export interface UploadForm {
  type?: string;
  field?: string;
  filename?: string;
  content?: string | Buffer;
  /** The whole Content-Disposition in place of the usual one. */
  disposition?: string;
  chunked?: boolean;
}

type Body = string | Buffer | Readable;

/** Speaks to the simulator in plain HTTP, as the platform's documentation writes it, knowing nothing of the gateway. */
export class WeComCaller {
  private readonly dispatcher = new Agent();
  private token = '';

  constructor(
    private readonly platform: WeComSimulator,
    readonly agentId = DEFAULT_APPS[0].agentId,
  ) {}

  async fetchToken(secret = DEFAULT_APPS[0].secret, corpId = DEFAULT_CORP_ID): Promise<Reply> {
    const reply = await this.get(`/cgi-bin/gettoken?corpid=${corpId}&corpsecret=${secret}`);
    if (reply.errcode === 0) this.token = String(reply.access_token);
    return reply;
  }

  /** The path with the token fetched last. */
  withToken(path: string): string {
    return `/cgi-bin${path}${path.includes('?') ? '&' : '?'}access_token=${this.token}`;
  }

  async call(method: 'GET' | 'POST', path: string, body?: Body, contentType?: string): Promise<Reply> {
    const reply = await request(this.platform.url + path, {
      method,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      body: body ?? null,
      dispatcher: this.dispatcher,
    });
    const parsed: Reply = JSON.parse(await reply.body.text());
    return parsed;
  }

  get(path: string): Promise<Reply> {
    return this.call('GET', path);
  }

  post(path: string, body: unknown): Promise<Reply> {
    return this.call('POST', this.withToken(path), JSON.stringify(body), 'application/json');
  }

  /** An app message to zhangsan, unless said otherwise. */
  send(message: Record<string, unknown>): Promise<Reply> {
    return this.post('/message/send', { touser: 'zhangsan', agentid: this.agentId, ...message });
  }

  sendText(content: string, changes: Record<string, unknown> = {}): Promise<Reply> {
    return this.send({ msgtype: 'text', text: { content }, ...changes });
  }

  sendCard(template_card: unknown, changes: Record<string, unknown> = {}): Promise<Reply> {
    return this.send({ msgtype: 'template_card', template_card, ...changes });
  }

  chat(name: string, body: Record<string, unknown>): Promise<Reply> {
    return this.post(`/appchat/${name}`, body);
  }

  async newChat(userlist = ['zhangsan', 'lisi', 'wangwu']): Promise<string> {
    return String((await this.chat('create', { name: '值班群', owner: userlist[0], userlist })).chatid);
  }

  async chatInfo(chatid: string): Promise<unknown> {
    return (await this.get(this.withToken(`/appchat/get?chatid=${chatid}`))).chat_info;
  }

  upload(form: UploadForm = {}): Promise<Reply> {
    const { type = 'image', field = 'media', filename = 'a.png', content = 'pixels' } = form;
    const disposition = form.disposition ?? `form-data; name="${field}"; filename="${filename}"`;
    const body = Buffer.concat([
      Buffer.from(`--limit\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n--limit--\r\n'),
    ]);
    const path = this.withToken(`/media/upload${type === '' ? '' : `?type=${type}`}`);
    return this.call('POST', path, form.chunked ? Readable.from([body]) : body, 'multipart/form-data; boundary=limit');
  }

  async uploaded(type = 'image', filename = 'a.png'): Promise<string> {
    return String((await this.upload({ type, filename })).media_id);
  }

  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }
}

/** A simulated WeCom on a clock that stands still, and a caller that has a token of it. */
export interface Stage {
  readonly clock: StoppedClock;
  readonly platform: WeComSimulator;
  readonly caller: WeComCaller;
}

/** Starts a stage of its own for the running test, which ends with it. */
export async function startStage(options: WeComSimulatorOptions = {}): Promise<Stage> {
  const clock = new StoppedClock();
  const platform = await new WeComSimulator({ clock: clock.now, ...options }).start();
  const caller = new WeComCaller(platform);
  onTestFinished(async () => {
    await caller.close();
    await platform.close();
  });
  await caller.fetchToken();
  return { clock, platform, caller };
}
