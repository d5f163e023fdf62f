/** Follows the logs of several functions at once and writes their lines in the order of time, each function in its colour. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { clock } from '../clock.ts';
import { clientConfig, type Target } from '../target.ts';

/** How often logs are asked for more: while something happens, and when nothing has for a while. Milliseconds. */
const pollBusyMs = 150;
const pollQuietMs = 600;
const quietAfterMs = 10_000;
/** Lines of other environments may arrive this much later than newer ones. Milliseconds. */
const overlapMs = 5_000;
/** Ids remembered per log group, so that what two polls both answer is shown once. */
const seenMax = 20_000;

/** ANSI colours that can be read on light and dark grounds. */
const colours = [36, 35, 33, 32, 34, 96, 95, 93, 92, 94];

export interface FollowedLog {
  /** How the function is called on the screen. */
  readonly name: string;
  readonly logGroup: string;
}

interface Following extends FollowedLog {
  readonly seen: Set<string>;
  /** Newest line so far, in milliseconds since the epoch of the cloud's clock. */
  newest: number;
}

interface Line {
  readonly time: number;
  readonly name: string;
  readonly message: string;
}

export interface LogTailOptions {
  /** Milliseconds since the epoch of the cloud's clock: what is older isn't shown. */
  readonly since: number;
  readonly colour: boolean;
  write(text: string): void;
  /** The cloud answers no more, or again. */
  onReachable(reachable: boolean): void;
}

export class LogTail {
  readonly #client: CloudWatchLogsClient;
  readonly #options: LogTailOptions;
  readonly #logs = new Map<string, Following>();
  readonly #names: string[] = [];
  readonly #stopped = new AbortController();
  #reachable = true;
  #paused = false;
  #busyUntil = 0;

  constructor(target: Target, options: LogTailOptions) {
    this.#client = new CloudWatchLogsClient({ ...clientConfig(target), maxAttempts: 1 });
    this.#options = options;
  }

  /** Follows these logs and no others; those that are followed already go on where they are. */
  follow(logs: readonly FollowedLog[]): void {
    const wanted = new Set(logs.map(({ logGroup }) => logGroup));
    for (const logGroup of this.#logs.keys()) if (!wanted.has(logGroup)) this.#logs.delete(logGroup);
    for (const { name, logGroup } of logs) {
      if (!this.#names.includes(name)) this.#names.push(name);
      if (this.#logs.has(logGroup)) continue;
      this.#logs.set(logGroup, { name, logGroup, seen: new Set(), newest: this.#options.since });
    }
  }

  /** While something else draws on the screen, nothing is written; it is made up for after. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Something is about to happen: look often. */
  expect(): void {
    this.#busyUntil = clock.now() + quietAfterMs;
  }

  /** Runs until {@link LogTail.stop}. */
  async run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      if (!this.#paused) await this.#poll();
      const wait = clock.now() < this.#busyUntil ? pollBusyMs : pollQuietMs;
      await clock.sleep(wait, signal).catch(() => {});
    }
    await this.#poll();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #poll(): Promise<void> {
    try {
      const found = await Promise.all([...this.#logs.values()].map((log) => this.#newLines(log)));
      const lines = found.flat().sort((left, right) => left.time - right.time);
      if (lines.length > 0) this.expect();
      for (const line of lines) this.#options.write(this.#format(line));
      this.#reach(true);
    } catch {
      this.#reach(false);
    }
  }

  async #newLines(log: Following): Promise<Line[]> {
    const lines: Line[] = [];
    const startTime = Math.max(this.#options.since, log.newest - overlapMs);
    let nextToken: string | undefined;
    do {
      const page = await this.#client
        .send(
          new FilterLogEventsCommand({
            logGroupName: log.logGroup,
            startTime,
            ...(nextToken ? { nextToken } : {}),
          }),
        )
        .catch((error: Error) => {
          // A function makes its group at its first invocation.
          if (error.name === 'ResourceNotFoundException') return { events: [], nextToken: undefined };
          throw error;
        });
      for (const { eventId = '', timestamp = 0, message = '' } of page.events ?? []) {
        if (log.seen.has(eventId)) continue;
        log.seen.add(eventId);
        log.newest = Math.max(log.newest, timestamp);
        lines.push({ time: timestamp, name: log.name, message });
      }
      nextToken = page.nextToken;
    } while (nextToken);
    for (const oldest of log.seen) {
      if (log.seen.size <= seenMax) break;
      log.seen.delete(oldest);
    }
    return lines;
  }

  #reach(reachable: boolean): void {
    if (this.#reachable === reachable || this.#stopped.signal.aborted) return;
    this.#reachable = reachable;
    this.#options.onReachable(reachable);
  }

  #format({ time, name, message }: Line): string {
    const width = Math.max(...this.#names.map(({ length }) => length));
    const at = new Date(time).toISOString().slice(11, 23);
    const label = name.padEnd(width);
    if (!this.#options.colour) return linesOf(message, (line) => `${at} ${label} ${line}`);
    const colour = colours[this.#names.indexOf(name) % colours.length];
    const isPlatform = /^(START|END|REPORT|INIT_START) /.test(message);
    return linesOf(
      message,
      (line) =>
        `\x1b[2m${at}\x1b[0m \x1b[${colour}m${label}\x1b[0m ${isPlatform ? `\x1b[2m${line}\x1b[0m` : line}`,
    );
  }
}

function linesOf(message: string, format: (line: string) => string): string {
  return message
    .trimEnd()
    .split('\n')
    .map((line) => `${format(line)}\n`)
    .join('');
}
