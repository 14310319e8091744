/** What commands print for people; log lines go another way. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says why a command failed and lets the process end with a failure. */
export function fail(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
