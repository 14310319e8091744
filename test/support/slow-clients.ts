import { connect, type Socket } from 'node:net';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { dingTalkEnvironment, startProcess } from './process.js';

export interface SlowClientsOptions {
  readonly sockets: number;
  /** Normal requests per measurement, and how many of them in a second. */
  readonly requests: number;
  readonly perSecond: number;
}

export interface SlowClientsResult {
  /** 99th percentile of normal requests, milliseconds. */
  readonly p99Without: number;
  readonly p99With: number;
  /** Of the half-open sockets: seconds until half of a head, and half of a body, were all closed. */
  readonly headsClosed: number;
  readonly bodiesClosed: number;
}

/** Pause after all of them connected, milliseconds. */
const SETTLE_MS = 500;

const HALF_HEAD = 'POST /v1/dd/chat/send HTTP/1.1\r\nHost: gateway\r\nContent-Le';
const HALF_BODY =
  'POST /v1/dd/chat/send HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"chatid":';

/** Normal requests without, then beside, clients that send half a request and fall silent. */
export async function slowClients({ sockets, requests, perSecond }: SlowClientsOptions): Promise<SlowClientsResult> {
  const platform = await new DingTalkSimulator().start();
  const gateway = await startProcess({ env: { ...dingTalkEnvironment(platform) } });
  try {
    const measure = (): Promise<number> => p99Of(gateway.url, requests, perSecond);
    // The first requests pay for what is loaded and compiled on first use.
    await measure();
    const before = await measure();
    const port = Number(new URL(gateway.url).port);
    const heads = await open(port, HALF_HEAD, Math.floor(sockets / 2));
    const bodies = await open(port, HALF_BODY, Math.ceil(sockets / 2));
    // That they all came at once is over; that they stay is what is measured.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    // Other tests come and go meanwhile: their noise is in both figures, or in neither.
    const p99With = Math.min(await measure(), await measure());
    const [headsClosed, bodiesClosed] = await Promise.all([heads.closed, bodies.closed]);
    return { p99Without: Math.max(before, await measure()), p99With, headsClosed, bodiesClosed };
  } finally {
    await gateway.kill();
    await platform.close();
  }
}

/** Opens so many sockets, each with these bytes and nothing more. */
async function open(port: number, bytes: string, count: number): Promise<{ readonly closed: Promise<number> }> {
  const started = performance.now();
  const sockets = await Promise.all(Array.from({ length: count }, () => openOne(port, bytes)));
  const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)))).then(
    () => (performance.now() - started) / 1_000,
  );
  return { closed };
}

function openOne(port: number, bytes: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, () => resolve(socket)));
    // An answer is read and ignored, and the end of the gateway is not ours: such clients do nothing by themselves.
    socket.resume().on('error', reject);
  });
}

async function p99Of(url: string, count: number, perSecond: number): Promise<number> {
  const times: number[] = [];
  const sends: Promise<void>[] = [];
  const started = performance.now();
  for (let turn = 0; turn < count; turn += 1) {
    const wait = started + (turn * 1_000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    sends.push(timed(url).then((milliseconds) => void times.push(milliseconds)));
  }
  await Promise.all(sends);
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? 0;
}

async function timed(url: string): Promise<number> {
  const started = performance.now();
  const answer = await fetch(`${url}/v1/dd/topapi/message?dryRun=true`, {
    method: 'POST',
    body: '{"userid_list":"zhangsan","msg":{"msgtype":"text","text":{"content":"x"}}}',
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`a normal request was answered ${answer.status}`);
  return performance.now() - started;
}
