import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProviders } from '../../src/providers/index.js';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { call, startTestGateway, type TestGateway } from '../support/gateway.js';

const RECIPES = fileURLToPath(new URL('../../docs/recipes/', import.meta.url));
const WRITTEN = 'http://127.0.0.1:27779';

interface SandboxMessage {
  readonly operation: string;
  readonly content: unknown;
  readonly recipients: { readonly chat?: string };
}

/** Every command of a page, in order, as its reader would paste them. */
function commandsOf(page: string): string {
  const text = readFileSync(RECIPES + page, 'utf8');
  return [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, commands]) => commands).join('\n');
}

describe('recipes', () => {
  let sandbox: Sandbox;
  let gateway: TestGateway;

  beforeAll(async () => {
    sandbox = await Sandbox.start(await loadProviders());
    gateway = await startTestGateway({ settings: sandbox.flags(), mount: (app) => sandbox.mount(app) });
  });
  afterAll(async () => {
    await gateway.close();
    await sandbox.close();
  });

  /** What the commands of a page print, run in a shell against the sandbox. */
  async function run(page: string): Promise<string[]> {
    const commands = commandsOf(page);
    expect(commands).toContain(WRITTEN);
    const script = commands.replaceAll(WRITTEN, gateway.url);
    const { stdout } = await promisify(execFile)('bash', ['-eu', '-o', 'pipefail', '-c', script], { timeout: 30_000 });
    return stdout.split('\n').filter((line) => line !== '');
  }

  it.each(readdirSync(RECIPES))('%s: every command of the page works against the sandbox', async (page) => {
    const printed = await run(page);
    expect(printed.length).toBeGreaterThan(0);
    for (const line of printed) expect(line).toContain('"ok":1');
  });

  it('group-chat.md reaches the chats that it made', async () => {
    await call(`${gateway.url}/sandbox/messages`, { method: 'DELETE' });
    await run('group-chat.md');
    const messages = (await call(`${gateway.url}/sandbox/messages`)).body as unknown as SandboxMessage[];
    const sorted = messages.toSorted((a, b) => (a.operation < b.operation ? -1 : 1));
    expect(sorted.map(({ operation, content }) => `${operation} ${JSON.stringify(content)}`)).toEqual([
      expect.stringMatching(/^appchat\.send .*发布完成/),
      expect.stringMatching(/^chat\.send .*磁盘使用率 92%，请处理/),
      expect.stringMatching(/^robot-group\.send .*磁盘使用率 92%，请处理/),
    ]);
    const [room, chat] = sorted.map(({ recipients }) => recipients.chat);
    const members = await call(`${gateway.url}/v1/dd/chat/get?chatid=${chat}`);
    expect(members.body.data).toMatchObject({
      name: '运维值班群',
      owner: 'zhangsan',
      useridlist: ['zhangsan', 'user001', 'user003', 'user005', 'user007', 'user009'],
    });
    const { body } = await call(`${gateway.url}/v1/wecom/appchat/get?chatid=${room}`);
    expect(body.data).toMatchObject({
      name: '平台值班群',
      owner: 'zhangsan',
      userlist: ['zhangsan', 'lisi', 'user002', 'user004', 'user006', 'user008'],
    });
  });
});
