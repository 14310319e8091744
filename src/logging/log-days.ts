import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of our files, and of no others: what is deleted must be ours. */
const OURS = /^(?:message-center|error)-(\d{4}-\d{2}-\d{2})(?:\.worker\d+)?\.log$/;

/** The local day of a moment as `YYYY-MM-DD`; asked for each line, so the day's bounds are kept. */
export class LocalDay {
  private from = 0;
  private until = 0;
  private name = '';

  of(now: number): string {
    if (now < this.from || now >= this.until) {
      const date = new Date(now);
      const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
      this.from = new Date(year, month, day).getTime();
      this.until = new Date(year, month, day + 1).getTime();
      this.name = dayName(date);
    }
    return this.name;
  }
}

/** The first local day whose files are kept, when today counts as one of the days to keep. */
export function firstDayKept(now: number, keepDays: number): string {
  const date = new Date(now);
  return dayName(new Date(date.getFullYear(), date.getMonth(), date.getDate() - keepDays + 1));
}

/** Is this a file of ours from before that day? */
export function isOlder(fileName: string, firstKept: string): boolean {
  const day = OURS.exec(fileName)?.[1];
  return day !== undefined && day < firstKept;
}

/**
 * Deletes our files from before a day.
 * @throws Error with `code` when the folder cannot be read
 */
export async function deleteOlder(dir: string, firstKept: string): Promise<void> {
  const names = await readdir(dir);
  // Each worker does this: a file that another one has just deleted is no failure.
  await Promise.allSettled(names.filter((name) => isOlder(name, firstKept)).map((name) => unlink(join(dir, name))));
}

function dayName(date: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
