/** A failure a person can act on: what went wrong, what to do next, and the exit code that says which kind it was. */
export class Failure extends Error {
  readonly exitCode: number;
  /** What to do next, a sentence a line. */
  readonly hints: readonly string[];

  constructor(
    message: string,
    options: { exitCode?: number; hints?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? exitCodes.failed;
    this.hints = options.hints ?? [];
  }
}

/** Exit codes of `brume`, stable: scripts depend on them. `docs/cli.md` lists them. */
export const exitCodes = {
  done: 0,
  /** The operation was tried and failed. */
  failed: 1,
  /** The command line can't be understood. */
  usage: 2,
  /** No cloud answers at the endpoint. */
  unreachable: 3,
  /** The cloud can't start: port taken, data folder locked or written by a newer version. */
  cannotStart: 4,
} as const;
