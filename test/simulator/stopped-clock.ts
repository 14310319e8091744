/** A clock that stands still until it is told how far to go. */
export class StoppedClock {
  constructor(private at = Date.UTC(2026, 8, 1, 2, 0, 0)) {}

  readonly now = (): number => this.at;

  advance(seconds: number): void {
    this.at += seconds * 1000;
  }
}
