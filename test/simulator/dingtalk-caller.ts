import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';
import {
  DingTalkSimulator,
  type DingTalkSimulatorOptions,
} from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { StoppedClock } from './stopped-clock.js';

export type Reply = Record<string, unknown> & { errcode?: number; errmsg?: string };

export interface UploadForm {
  type?: string;
  field?: string;
  filename?: string;
  content?: string | Buffer;
}

const NOTICES = '/topapi/message/corpconversation';

/** Speaks to the simulator in plain HTTP, as the platform's documentation writes it, knowing nothing of the gateway. */
export class DingTalkCaller {
  readonly agentId = 1_000_001;
  private readonly dispatcher = new Agent();
  private token = '';

  constructor(private readonly platform: DingTalkSimulator) {}

  async fetchToken(appKey = 'dingsimkey', appSecret = 'sim-secret-Zk3vQ8mT1xR7bN5cW9pL2yH6'): Promise<Reply> {
    const reply = await this.get(`/gettoken?appkey=${appKey}&appsecret=${appSecret}`);
    if (reply.errcode === 0) this.token = String(reply.access_token);
    return reply;
  }

  /** The path with the token fetched last. */
  withToken(path: string): string {
    return `${path}${path.includes('?') ? '&' : '?'}access_token=${this.token}`;
  }

  async text(method: 'GET' | 'POST', path: string, body?: string | Buffer, contentType?: string): Promise<string> {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const reply = await request(this.platform.url + path, {
      method,
      headers,
      body: body ?? null,
      dispatcher: this.dispatcher,
    });
    return reply.body.text();
  }

  async call(method: 'GET' | 'POST', path: string, body?: string | Buffer, contentType?: string): Promise<Reply> {
    const reply: Reply = JSON.parse(await this.text(method, path, body, contentType));
    return reply;
  }

  get(path: string): Promise<Reply> {
    return this.call('GET', path);
  }

  post(path: string, body: unknown): Promise<Reply> {
    return this.call('POST', path, JSON.stringify(body), 'application/json');
  }

  postForm(path: string, fields: Record<string, string>): Promise<Reply> {
    return this.call('POST', path, new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded');
  }

  /** Any of the work notice APIs, with token and agent id. */
  notice(name: string, args: Record<string, unknown>): Promise<Reply> {
    return this.post(this.withToken(`${NOTICES}/${name}`), { agent_id: this.agentId, ...args });
  }

  chat(name: string, body: unknown): Promise<Reply> {
    return this.post(this.withToken(`/chat/${name}`), body);
  }

  async newChat(members = ['zhangsan', 'lisi']): Promise<string> {
    return String((await this.chat('create', { name: '值班群', owner: members[0], useridlist: members })).chatid);
  }

  upload(form: UploadForm = {}): Promise<Reply> {
    const { type = 'image', field = 'media', filename = 'a.png', content = 'pixels' } = form;
    const disposition = `form-data; name="${field}"${filename === '' ? '' : `; filename="${filename}"`}`;
    const body = Buffer.concat([
      Buffer.from(`--limit\r\nContent-Disposition: ${disposition}\r\nContent-Type: image/png\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n--limit--\r\n'),
    ]);
    const path = this.withToken(`/media/upload${type === '' ? '' : `?type=${type}`}`);
    return this.call('POST', path, body, 'multipart/form-data; boundary=limit');
  }

  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }
}

/** A simulated DingTalk on a clock that stands still, and a caller that has a token of it. */
export interface Stage {
  readonly clock: StoppedClock;
  readonly platform: DingTalkSimulator;
  readonly caller: DingTalkCaller;
}

/** Starts a stage of its own for the running test, which ends with it. */
export async function startStage(options: DingTalkSimulatorOptions = {}): Promise<Stage> {
  const clock = new StoppedClock();
  const platform = await new DingTalkSimulator({ clock: clock.now, ...options }).start();
  const caller = new DingTalkCaller(platform);
  onTestFinished(async () => {
    await caller.close();
    await platform.close();
  });
  await caller.fetchToken();
  return { clock, platform, caller };
}
