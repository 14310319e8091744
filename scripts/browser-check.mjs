// Opens the Swagger page and the sandbox's inbox in a real browser and looks whether they show what they should.
// Usage: node scripts/browser-check.mjs [folder for screenshots]
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const screenshots = process.argv[2];
const browser = process.env.CHROMIUM ?? 'chromium';
const profile = mkdtempSync(join(tmpdir(), 'message-center-browser-'));

/** A browser that looks at nothing but the page it was asked for. */
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--lang=zh-CN',
  `--user-data-dir=${profile}`,
  '--virtual-time-budget=8000',
  '--window-size=1280,1600',
];

const gateway = spawn(process.execPath, ['dist/main.js', 'serve'], {
  env: { ...process.env, NODE_ENV: 'development', PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});

try {
  const url = await listening(gateway);
  const words = `浏览器检查 ${Date.now()}`;
  const sent = await fetch(`${url}/v1/dd/topapi/message`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userid_list: 'zhangsan', msg: { msgtype: 'text', text: { content: words } } }),
  });
  if (!sent.ok) throw new Error(`the message was not sent: ${sent.status}`);
  await shows(`${url}/sandbox`, 'inbox', [words, 'zhangsan', 'dingtalk']);
  await shows(`${url}/docs`, 'swagger', ['Message Center', 'WeCom 群聊', '/v1/dd/chat/send', '/v1/wecom/message/send']);
  await shows(`${url}/docs/errors`, 'errors', ['outcome-unknown', '40014']);
  process.stdout.write('3 passed, 0 failed\n');
} finally {
  gateway.kill('SIGINT');
  rmSync(profile, { recursive: true, force: true });
}

async function shows(address, name, texts) {
  const { stdout } = await run(browser, [...QUIET, '--dump-dom', address], { maxBuffer: 64e6, timeout: 60_000 });
  const missing = texts.filter((text) => !stdout.includes(text));
  if (missing.length > 0) throw new Error(`${name} does not show: ${missing.join(', ')}`);
  if (screenshots)
    await run(browser, [...QUIET, `--screenshot=${join(screenshots, `${name}.png`)}`, address], { timeout: 60_000 });
  process.stdout.write(`${name}: shows ${texts.length} of ${texts.length}\n`);
}

function listening(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const url = /"url":"([^"]+)"/.exec(text)?.[1];
      if (url) resolve(url);
    });
    child.on('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
  });
}
