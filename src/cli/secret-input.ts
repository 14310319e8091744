import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandError } from './guarded.js';

/** More is no secret but a file that was piped in by mistake. */
const MAX_BYTES = 64 * 1024;

/**
 * A secret from standard input: piped in, or typed without being shown. Never from the arguments of a command, which
 * every user of the machine can list and the shell keeps.
 * @param question what to type
 */
export async function readSecret(question: string): Promise<string> {
  const value = process.stdin.isTTY ? await typed(question) : await piped();
  if (value === '') throw new CommandError('nothing came from standard input: pipe the value in');
  return value;
}

async function piped(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new CommandError(`more than ${MAX_BYTES / 1024} kB came from standard input`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    return text.replace(/\r?\n$/, '');
  } catch {
    throw new CommandError('what came from standard input is not UTF-8 text');
  }
}

async function typed(question: string): Promise<string> {
  process.stderr.write(`${question}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const interrupted = new AbortController();
  terminal.once('SIGINT', () => interrupted.abort());
  try {
    return await terminal.question('', { signal: interrupted.signal });
  } catch {
    throw new CommandError('interrupted');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
