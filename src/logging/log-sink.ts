/** What one way out of the process has to say about itself; counts are of this process since its start. */
export interface SinkStatus {
  /** Lines that wait in memory. */
  readonly pending: number;
  /** Lines that will never arrive there. */
  readonly dropped: number;
  /** What went wrong last; it may be over. */
  readonly lastError: SinkProblem | null;
  /** The last thing that was tried went wrong. */
  readonly failing: boolean;
}

export interface SinkProblem {
  readonly at: string;
  readonly reason: string;
}

/** A place where finished lines go, beside stdout. Never throws and never waits: it counts what it cannot do. */
export interface LogSink {
  /**
   * @param line masked, escaped, with its line end
   * @param level pino's number
   */
  write(line: string, level: number): void;
  readonly status: SinkStatus;
  /** Brings out what is pending, and takes nothing more. What is left after that time is dropped and counted. */
  close(milliseconds: number): Promise<void>;
  /** The process ends within this call: brings out what can be brought out without waiting. */
  closeNow(): void;
}

/** A problem as it is shown: now, short, on one line. */
export function problem(reason: string): SinkProblem {
  return { at: new Date().toISOString(), reason };
}
