// What is measured: the gateway as in production, the raw forwarder, and the platform behind both.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { certificate } from './certificate.mjs';
import { MEASURED_CORE, OTHER_CORES } from './machine.mjs';
import { end, folder, launch, launchServer, until } from './processes.mjs';
import { bodies } from './bodies.mjs';

const ROOT = new URL('../../', import.meta.url);

/** Starts the platform. `scheme` is http or https, `delayMs` what it takes to answer. */
export async function startUpstream({ scheme = 'http', delayMs = 0 } = {}) {
  const { key, cert } = scheme === 'https' ? certificate() : {};
  const server = await launchServer('upstream', { delayMs, key, cert }, { cores: OTHER_CORES });
  return { ...server, origin: `${scheme}://127.0.0.1:${server.port}` };
}

/** Starts the platform that takes as little as it can, for what shares its core. HTTP, at once. */
export async function startPlainUpstream() {
  const server = await launchServer('plain-upstream', {}, { cores: OTHER_CORES });
  return { ...server, origin: `http://127.0.0.1:${server.port}` };
}

/** Starts the yardstick. */
export async function startForwarder(upstream) {
  const server = await launchServer(
    'forwarder',
    { origin: upstream.origin },
    { cores: MEASURED_CORE, env: trust(upstream) },
  );
  return { ...server, name: 'raw forwarder', url: `http://127.0.0.1:${server.port}/`, headers: {} };
}

/** What `npm start` gives to node, with the same flags. */
export const SERVE = startArguments();

let gateways = 0;

/**
 * Starts the built gateway with everything on: an API key with scopes, a limit per caller, validation, envelope, one
 * log line per request into a file, metrics.
 * @param settings.redis URL of Redis: limits, tokens and deliveries go there
 * @param settings.apps further apps, app1 … appN; each has the platform's own rate of sending
 */
export async function startGateway(name, upstream, settings = {}) {
  const { workers = 1, redis, role = 'all', apps = 0, concurrency, cores = MEASURED_CORE } = settings;
  const { createApiKey, hashApiKey } = await import(new URL('build/inbound/api-key.js', ROOT).href);
  const key = createApiKey();
  const limit = { requests: 1_000_000_000, seconds: 60 };
  const file = `gateway-${(gateways += 1)}`;
  const config = {
    server: { host: '127.0.0.1', port: 0, workers, role },
    ...(redis === undefined ? {} : { redis: { url: redis } }),
    access: { apiKeys: [{ id: 'bench', hash: hashApiKey(key, ''), scopes: ['send', 'read'], limit }] },
    ...(concurrency === undefined ? {} : { delivery: { concurrency } }),
    providers: { dingtalk: { baseUrl: upstream.origin, apiBaseUrl: upstream.origin, apps: appsOf(apps) } },
  };
  writeFileSync(join(folder, `${file}.json`), JSON.stringify(config));
  const child = launch('node', [...SERVE, '-c', `${file}.json`], {
    cores,
    env: { NODE_ENV: 'production', ...trust(upstream) },
    stdout: `${file}.log`,
  });
  const origin = await listening(child, file, workers);
  const headers = { authorization: `Bearer ${key}` };
  const gateway = { name, pid: child.pid, origin, url: `${origin}/v1/dd/chat/send`, headers, end: () => end(child) };
  if (role !== 'worker') await checkAnswers(gateway);
  return gateway;
}

function startArguments() {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const [node, ...given] = scripts.start.split(' ');
  if (node !== 'node') throw new Error(`npm start does not start node but ${node}`);
  return given.map((argument) => (argument === 'dist/main.js' ? fileURLToPath(new URL(argument, ROOT)) : argument));
}

/** Sends one message, and fails with the answer if it is not taken: nothing is worse than measuring refusals. */
async function checkAnswers({ url, headers }) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: bodies[0],
  });
  if (!answer.ok) throw new Error(`the gateway answers ${answer.status}: ${await answer.text()}`);
  await answer.text();
}

function appsOf(count) {
  const names = ['default', ...Array.from({ length: count }, (_, index) => `app${index + 1}`)];
  return Object.fromEntries(
    names.map((name) => [name, { appKey: `bench-${name}`, appSecret: `bench-secret-${name}`, agentId: 1 }]),
  );
}

function trust({ origin }) {
  return origin.startsWith('https:') ? { NODE_EXTRA_CA_CERTS: certificate().cert } : {};
}

function listening(child, file, workers) {
  const message = workers > 1 ? 'all workers serve' : 'listening';
  return until(`the gateway to listen, see ${file}.log`, () => {
    const text = readFileSync(join(folder, `${file}.log`), 'utf8');
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}:\n${text}`);
    const line = text.split('\n').find((one) => one.includes(`"msg":"${message}"`));
    return line === undefined ? undefined : JSON.parse(line).url;
  });
}
