import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Simulator } from '../../src/simulator/simulator.contract.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Longest wait for a process to listen or to end by itself, milliseconds. */
const PATIENCE_MS = 40_000;

export interface ProcessOptions {
  /** Arguments of the program; `serve` is what it does without any. */
  readonly args?: readonly string[];
  /** The whole environment; nothing of the test's own is inherited but `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; an empty folder of its own without it. */
  readonly cwd?: string;
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Everything it wrote, both streams. */
  readonly output: string;
}

/** The built program, running by itself as in production. */
export interface GatewayProcess {
  /** Where it listens. */
  readonly url: string;
  readonly pid: number;
  /** Everything it wrote so far, both streams. */
  output(): string;
  /** Its log lines so far. */
  logs(): readonly LogLine[];
  /** Resolves with the first log line that says so. */
  logged(message: string): Promise<LogLine>;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<ProcessExit>;
  /** Ends it at once, if it still runs. */
  kill(): Promise<void>;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/**
 * Starts the program and waits until it listens.
 * @throws Error with its output when it ends or stays silent instead
 */
export async function startProcess(options: ProcessOptions = {}): Promise<GatewayProcess> {
  const started = new StartedProcess(options);
  const { url } = await started.logged('listening');
  return Object.assign(started, { url: String(url) });
}

/** Runs the program until it ends by itself. */
export function runProcess(options: ProcessOptions = {}): Promise<ProcessExit> {
  return new StartedProcess(options).ended();
}

/** Environment of a gateway whose DingTalk is the simulator. */
export function dingTalkEnvironment(simulator: Simulator): Record<string, string> {
  const { apps } = simulator.gatewayConfig() as {
    apps: Record<string, { appKey: string; appSecret: string; agentId: number }>;
  };
  const app = apps.default;
  if (!app) throw new Error('the simulator has no app called default');
  return {
    PORT: '0',
    MSG_DD_BASE_URL: simulator.url,
    MSG_DD_API_BASE_URL: simulator.url,
    MSG_DD_APP_KEY: app.appKey,
    MSG_DD_APP_SECRET: app.appSecret,
    MSG_DD_AGENT_ID: String(app.agentId),
  };
}

class StartedProcess {
  readonly exited: Promise<ProcessExit>;
  private readonly child: ChildProcess;
  private text = '';
  private readonly listeners = new Set<() => void>();

  constructor({ args = [], env = {}, cwd }: ProcessOptions) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd: cwd ?? mkdtempSync(join(tmpdir(), 'message-center-process-')),
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const read = (chunk: string): void => {
      this.text += chunk;
      for (const listener of this.listeners) listener();
    };
    this.child.stdout?.setEncoding('utf8').on('data', read);
    this.child.stderr?.setEncoding('utf8').on('data', read);
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal, output: this.text }));
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  output(): string {
    return this.text;
  }

  logs(): readonly LogLine[] {
    return this.text.split('\n').flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [parse(line)] : []));
  }

  async logged(message: string): Promise<LogLine> {
    const giveUp = AbortSignal.timeout(PATIENCE_MS);
    const ended = this.exited.then(() => 'ended' as const);
    for (;;) {
      const line = this.logs().find(({ msg }) => msg === message);
      if (line) return line;
      const more = await Promise.race([this.nextOutput(giveUp), ended]);
      if (more === 'output') continue;
      await this.kill();
      throw new Error(`the process did not log '${message}' but ${more}:\n${this.text}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** How it ended by itself. */
  async ended(): Promise<ProcessExit> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
  }

  private nextOutput(giveUp: AbortSignal): Promise<'output' | 'stayed silent'> {
    return new Promise((resolve) => {
      const settle = (what: 'output' | 'stayed silent'): void => {
        this.listeners.delete(onOutput);
        giveUp.removeEventListener('abort', onGiveUp);
        resolve(what);
      };
      const onOutput = (): void => settle('output');
      const onGiveUp = (): void => settle('stayed silent');
      this.listeners.add(onOutput);
      giveUp.addEventListener('abort', onGiveUp);
    });
  }
}

function parse(line: string): LogLine {
  return JSON.parse(line) as LogLine;
}
