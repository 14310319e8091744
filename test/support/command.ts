import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How a command ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface CommandOptions {
  /** The whole environment; nothing of the test's own is inherited but `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What stands on its standard input. */
  readonly input?: string;
  readonly cwd: string;
}

/** Runs a command of the built program to its end. */
export function runCommand(
  args: readonly string[],
  { env = {}, input = '', cwd }: CommandOptions,
): Promise<CommandEnd> {
  const started = performance.now();
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { PATH: process.env.PATH ?? '', ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  // A command that fails before it reads is no failure of the test.
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr, milliseconds: performance.now() - started }));
  });
}
