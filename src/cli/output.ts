/** What commands print for people; log lines go another way. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says what is not as it should be, while the command goes on. */
export function warn(text: string): void {
  process.stderr.write(`warning: ${text}\n`);
}

/** Says why a command failed and lets the process end with a failure. */
export function fail(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
