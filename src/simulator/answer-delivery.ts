import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.js';
import { jsonAnswer, jsonTextAnswer, type Answer } from './simulated-call.js';

const BAD_GATEWAY_PAGE = [
  '<html>',
  '<head><title>502 Bad Gateway</title></head>',
  '<body>',
  '<center><h1>502 Bad Gateway</h1></center>',
  '<hr><center>nginx</center>',
  '</body>',
  '</html>',
  '',
].join('\r\n');

/** The answer that a fault gives in place of processing, or nothing if the call is to be processed. */
export function standInFor(fault: Fault): Answer | undefined {
  switch (fault.kind) {
    case 'status':
      return { status: fault.status, contentType: fault.contentType ?? 'text/plain', body: fault.body ?? '' };
    case 'json':
      return jsonAnswer(fault.body, fault.status);
    case 'html':
      return { status: fault.status ?? 502, contentType: 'text/html', body: fault.body ?? BAD_GATEWAY_PAGE };
    case 'empty':
      return { status: fault.status ?? 200, contentType: 'application/json', body: '' };
    case 'redirect':
      return { status: 302, contentType: 'text/html', body: '', headers: { location: fault.to } };
    case 'code': {
      const { kind: _kind, ...members } = fault;
      return jsonAnswer(members);
    }
    case 'huge':
      return jsonTextAnswer('');
    default:
      return undefined;
  }
}

/** Whether a fault keeps the call from ever being answered, and how. */
export function silenceOf(fault: Fault | undefined): 'cut' | 'hung' | undefined {
  if (fault?.kind === 'cut-after-read') return 'cut';
  return fault?.kind === 'hang' || fault?.kind === 'process-then-hang' ? 'hung' : undefined;
}

/** The answer as the fault spoils it in its content; how it travels is the business of {@link deliver}. */
export function spoil(answer: Answer, fault: Fault | undefined): Answer {
  if (fault?.kind === 'wrong-content-type') return { ...answer, contentType: 'text/plain' };
  // Done on the text because parsing would round task ids above 2^53.
  if (fault?.kind === 'string-errcode') {
    return { ...answer, body: answer.body.replace(/"errcode":(-?\d+)/, '"errcode":"$1"') };
  }
  return answer;
}

/** Writes the answer, whole or in the way that the fault wants. Ends early if the caller leaves. */
export async function deliver(
  response: ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
  closing: AbortSignal,
): Promise<void> {
  const body = Buffer.from(answer.body);
  const length = fault?.kind === 'huge' ? fault.bytes : body.length;
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': length,
    ...answer.headers,
  });
  switch (fault?.kind) {
    case 'huge':
      await pipeline(Readable.from(hugeJson(fault.bytes)), response);
      return;
    case 'drip':
      await drip(response, body, fault.everyMs, closing);
      return;
    case 'truncated':
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
      return;
    default:
      response.end(body);
  }
}

async function drip(response: ServerResponse, body: Buffer, everyMs: number, closing: AbortSignal): Promise<void> {
  for (const [index] of body.entries()) {
    if (response.destroyed) return;
    response.write(body.subarray(index, index + 1));
    await sleep(everyMs, undefined, { signal: closing });
  }
  response.end();
}

function* hugeJson(bytes: number): Generator<Buffer> {
  const open = Buffer.from('{"errcode":0,"errmsg":"ok","padding":"');
  const close = Buffer.from('"}');
  yield open.subarray(0, bytes);
  let left = bytes - open.length - close.length;
  const chunk = Buffer.alloc(65_536, 'x');
  for (; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
  if (bytes >= open.length + close.length) yield close;
}
