/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** Path in the file (`server.port`), name of a variable, or the file itself. */
  readonly path: string;
  readonly reason: string;
}

/** The configuration is not valid; lists everything that is wrong, not only the first. Names paths, never values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /**
   * @param watched every file that was read or missed: when one of them changes, it is worth another try
   */
  constructor(
    readonly problems: readonly ConfigProblem[],
    readonly watched: readonly string[] = [],
  ) {
    super(
      ['The configuration is not valid:', ...problems.map(({ path, reason }) => `  ${path}: ${reason}`)].join('\n'),
    );
  }
}
