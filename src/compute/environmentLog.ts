/** What an environment writes to its function's log: the function's own lines, and the platform's around them. */
import type { Clock } from '../kernel/index.ts';
import type { EnvironmentIdentity, EnvironmentSpec, Invocation } from './port.ts';
import {
  endLine,
  initReportLine,
  initStartLine,
  type LogFormat,
  type ReportFacts,
  reportLine,
  startLine,
} from './report.ts';

/** How much of what a runtime says while it fails to come up is kept. Characters. */
const bootOutputMax = 4096;

export class EnvironmentLog {
  readonly #clock: Clock;
  readonly #requestId: () => string | undefined;
  #spec: EnvironmentSpec | undefined;
  #environment: EnvironmentIdentity = { id: '', startedAt: 0 };
  #bootOutput = '';

  /** @param requestId of the invocation whose code runs, if any does. */
  constructor(clock: Clock, requestId: () => string | undefined) {
    this.#clock = clock;
    this.#requestId = requestId;
  }

  /** From here on there is a function, whose log it is. */
  assign(spec: EnvironmentSpec): void {
    this.#spec = spec;
  }

  /** What the runtime said before it had a log to say it in. */
  get bootOutput(): string {
    return this.#bootOutput.trim();
  }

  line(message: string): void {
    const spec = this.#spec;
    if (!spec) {
      // A runtime that doesn't come up says why before it has a log to say it in.
      if (this.#bootOutput.length < bootOutputMax) this.#bootOutput += `${message}\n`;
      return;
    }
    const requestId = this.#requestId();
    spec.onLog({
      time: this.#clock.now(),
      message,
      environment: this.#environment,
      ...(requestId === undefined ? {} : { requestId }),
    });
  }

  /** @param version of the interpreter. */
  initStart(environment: EnvironmentIdentity, version: string): void {
    this.#environment = environment;
    const { runtime = '', initializationType = 'on-demand' } = this.#spec ?? {};
    this.#say(initStartLine(this.#format, environment.startedAt, runtime, version, initializationType));
  }

  /** Of an Init that didn't succeed. */
  initReport(initMs: number, status: 'error' | 'timeout', errorType: string): void {
    this.line(initReportLine(this.#format, this.#clock.now(), initMs, status, errorType));
  }

  start(now: number, { requestId, version }: Invocation): void {
    this.#say(startLine(this.#format, now, requestId, version));
  }

  report(facts: ReportFacts): void {
    const end = endLine(this.#format, facts.requestId);
    if (end) this.line(end);
    this.#say(reportLine(this.#format, this.#clock.now(), facts), facts.status !== 'success');
  }

  get #format(): LogFormat {
    return this.#spec?.logFormat ?? 'Text';
  }

  /** A line of the platform's own. */
  #say(line: string, failed = false): void {
    if (!failed && this.#format === 'JSON' && this.#spec?.systemLogLevel === 'WARN') return;
    this.line(line);
  }
}
