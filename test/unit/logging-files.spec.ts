import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FileSink, type FileSinkOptions } from '../../src/logging/file-sink.js';
import { firstDayKept, isOlder, LocalDay } from '../../src/logging/log-days.js';

const INFO = 30;
const WARN = 40;
const ERROR = 50;
const FATAL = 60;

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'message-center-logs-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A sink in which it is noon of 31 January 2026, or another time. */
function aSink(dir: string, overrides: Partial<FileSinkOptions> = {}): FileSink {
  const sink = new FileSink({ dir, keepDays: 14, now: () => local(2026, 1, 31, 12), ...overrides });
  onTestFinished(() => sink.closeNow());
  return sink;
}

function local(year: number, month: number, day: number, hour = 0, minute = 0): number {
  return new Date(year, month - 1, day, hour, minute).getTime();
}

function text(dir: string, name: string): string {
  return readFileSync(join(dir, name), 'utf8');
}

describe(FileSink.name, () => {
  it('writes every line by day, and errors into a file of their own as well', async () => {
    const dir = join(aFolder(), 'not', 'there');
    const sink = aSink(dir);
    for (const level of [INFO, WARN, ERROR, FATAL]) sink.write(`{"level":${level}}\n`, level);
    await sink.close(1_000);
    expect(readdirSync(dir).toSorted()).toEqual(['error-2026-01-31.log', 'message-center-2026-01-31.log']);
    expect(text(dir, 'message-center-2026-01-31.log')).toBe('{"level":30}\n{"level":40}\n{"level":50}\n{"level":60}\n');
    expect(text(dir, 'error-2026-01-31.log')).toBe('{"level":50}\n{"level":60}\n');
    expect(sink.status).toMatchObject({ dir, written: 6, pending: 0, dropped: 0, failing: false, lastError: null });
  });

  it('keeps the files of worker processes apart', async () => {
    const dir = aFolder();
    await Promise.all(
      [1, 2].map(async (worker) => {
        const sink = aSink(dir, { worker });
        sink.write(`{"worker":${worker}}\n`, ERROR);
        await sink.close(1_000);
      }),
    );
    expect(readdirSync(dir).toSorted()).toEqual([
      'error-2026-01-31.worker1.log',
      'error-2026-01-31.worker2.log',
      'message-center-2026-01-31.worker1.log',
      'message-center-2026-01-31.worker2.log',
    ]);
    expect(text(dir, 'message-center-2026-01-31.worker2.log')).toBe('{"worker":2}\n');
  });

  it('goes on in the file of the day after a restart', async () => {
    const dir = aFolder();
    for (const run of [1, 2]) {
      const sink = aSink(dir);
      sink.write(`{"run":${run}}\n`, INFO);
      await sink.close(1_000);
    }
    expect(text(dir, 'message-center-2026-01-31.log')).toBe('{"run":1}\n{"run":2}\n');
  });

  it('begins a new file at local midnight', async () => {
    const dir = aFolder();
    let now = local(2026, 1, 31, 23, 59);
    const sink = aSink(dir, { now: () => now });
    sink.write('"before"\n', INFO);
    now = local(2026, 2, 1, 0, 0);
    sink.write('"after"\n', INFO);
    await sink.close(1_000);
    expect(text(dir, 'message-center-2026-01-31.log')).toBe('"before"\n');
    expect(text(dir, 'message-center-2026-02-01.log')).toBe('"after"\n');
  });

  it('writes within a second by itself', async () => {
    const dir = aFolder();
    const sink = aSink(dir);
    sink.write('"line"\n', INFO);
    await vi.waitFor(() => expect(text(dir, 'message-center-2026-01-31.log')).toBe('"line"\n'), { timeout: 1_000 });
    expect(existsSync(join(dir, 'error-2026-01-31.log'))).toBe(false);
  });

  it('makes the file anew when it was moved or deleted', async () => {
    const dir = aFolder();
    const sink = aSink(dir);
    sink.write('"one"\n', INFO);
    await vi.waitFor(() => expect(sink.status.pending).toBe(0));
    renameSync(join(dir, 'message-center-2026-01-31.log'), join(dir, 'moved'));
    sink.write('"two"\n', INFO);
    await vi.waitFor(() => expect(sink.status.pending).toBe(0));
    rmSync(dir, { recursive: true });
    sink.write('"three"\n', INFO);
    await sink.close(1_000);
    expect(text(dir, 'message-center-2026-01-31.log')).toBe('"three"\n');
  });

  it('deletes files of its own from before the days to keep, and nothing else', async () => {
    const dir = aFolder();
    const kept = [
      'message-center-2026-01-18.log',
      'error-2026-01-18.worker3.log',
      'message-center-2025-01-01.log.gz',
      'other-2025-01-01.log',
      'message-center-old.log',
      'message-center-2025-01-01.worker.log',
      'my-message-center-2025-01-01.log',
    ];
    const deleted = [
      'message-center-2026-01-17.log',
      'error-2026-01-17.log',
      'message-center-2025-12-31.worker12.log',
      'error-2024-02-29.worker1.log',
    ];
    for (const name of [...kept, ...deleted]) writeFileSync(join(dir, name), 'x');
    const sink = aSink(dir, { keepDays: 14 });
    sink.write('"line"\n', INFO);
    await sink.close(1_000);
    expect(readdirSync(dir).toSorted()).toEqual([...kept, 'message-center-2026-01-31.log'].toSorted());
  });

  it('keeps lines while the folder cannot be written, and writes them when it can', async () => {
    const parent = aFolder();
    const dir = join(parent, 'log');
    writeFileSync(dir, 'a file where the folder should be');
    const sink = aSink(dir);
    sink.write('"one"\n', ERROR);
    await vi.waitFor(() => expect(sink.status).toMatchObject({ failing: true, pending: 2, dropped: 0 }));
    expect(sink.status.lastError?.reason).toMatch(/EEXIST|ENOTDIR/);
    rmSync(dir);
    sink.write('"two"\n', INFO);
    await vi.waitFor(() => expect(sink.status).toMatchObject({ failing: false, pending: 0, written: 3 }), {
      timeout: 5_000,
    });
    expect(text(dir, 'message-center-2026-01-31.log')).toBe('"one"\n"two"\n');
  });

  it.skipIf(!existsSync('/dev/full'))('outlives a full disk: keeps what it can hold and counts the rest', async () => {
    const dir = aFolder();
    const file = join(dir, 'message-center-2026-01-31.log');
    symlinkSync('/dev/full', file);
    const sink = aSink(dir);
    const line = `"${'x'.repeat(9_997)}"\n`;
    for (let i = 0; i < 1_000; i += 1) sink.write(line, INFO);
    await vi.waitFor(() => expect(sink.status).toMatchObject({ failing: true, pending: 800, dropped: 200 }));
    expect(sink.status.lastError?.reason).toBe('ENOSPC');
    rmSync(file);
    await vi.waitFor(() => expect(sink.status).toMatchObject({ failing: false, pending: 0, written: 800 }), {
      timeout: 5_000,
    });
    expect(text(dir, 'message-center-2026-01-31.log')).toBe(line.repeat(800));
  });

  it('counts what it could not write when it is closed', async () => {
    const dir = join(aFolder(), 'log');
    writeFileSync(dir, '');
    const sink = aSink(dir);
    sink.write('"one"\n', ERROR);
    await sink.close(300);
    expect(sink.status).toMatchObject({ written: 0, pending: 0, dropped: 2 });
  });

  it('writes what is pending when the process ends at once', () => {
    const dir = aFolder();
    mkdirSync(join(dir, 'log'));
    const sink = aSink(join(dir, 'log'));
    sink.write('"one"\n', ERROR);
    sink.closeNow();
    expect(text(join(dir, 'log'), 'error-2026-01-31.log')).toBe('"one"\n');
    expect(sink.status).toMatchObject({ written: 2, pending: 0, dropped: 0 });
  });
});

describe(LocalDay.name, () => {
  it.each([
    [local(2026, 1, 31, 0, 0), '2026-01-31'],
    [local(2026, 1, 31, 23, 59), '2026-01-31'],
    [local(2026, 2, 1), '2026-02-01'],
    [local(2026, 12, 31, 23, 59), '2026-12-31'],
    [local(2024, 2, 29, 12), '2024-02-29'],
  ])('%i is in %s', (now, expected) => {
    expect(new LocalDay().of(now)).toBe(expected);
  });

  it('follows a clock that is put back', () => {
    const day = new LocalDay();
    expect([local(2026, 2, 1, 1), local(2026, 1, 31, 23)].map((now) => day.of(now))).toEqual([
      '2026-02-01',
      '2026-01-31',
    ]);
  });
});

describe(firstDayKept.name, () => {
  it.each([
    [local(2026, 1, 31, 12), 1, '2026-01-31'],
    [local(2026, 1, 31, 12), 14, '2026-01-18'],
    [local(2026, 3, 1), 2, '2026-02-28'],
    [local(2026, 1, 1, 5), 2, '2025-12-31'],
  ])('at %i with %i days it is %s', (now, keepDays, expected) => {
    expect(firstDayKept(now, keepDays)).toBe(expected);
  });

  it('takes only names of ours for older', () => {
    expect(isOlder('message-center-2026-01-17.log', '2026-01-18')).toBe(true);
    expect(isOlder('message-center-2026-01-18.log', '2026-01-18')).toBe(false);
    expect(isOlder('../error-2026-01-17.log', '2026-01-18')).toBe(false);
  });
});
