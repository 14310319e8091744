/** What `serve` was told on the command line. */
export interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly logLevel?: string;
  readonly sandbox?: boolean;
  readonly daemon?: boolean;
  readonly pidFile?: string;
  readonly logFile?: string;
  /** Keeps even a single worker alive from a primary; a daemon does. */
  readonly supervised?: boolean;
}
