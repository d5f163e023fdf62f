/** What an environment writes to its function's log: the function's own lines, and the platform's around them. */
import type { Clock } from '../kernel/index.ts';
import { filteredLine } from './logLevels.ts';
import {
  endEvent,
  extensionEvent,
  type InitPhaseName,
  initReportEvent,
  initRuntimeDoneEvent,
  initStartEvent,
  type PlatformEvent,
  type ReportFacts,
  reportEvent,
  restoreReportEvent,
  restoreRuntimeDoneEvent,
  restoreStartEvent,
  runtimeDoneEvent,
  type Status,
  startEvent,
  subscriptionEvent,
} from './platformEvents.ts';
import type { EnvironmentIdentity, EnvironmentSpec, Invocation } from './port.ts';
import {
  endLine,
  extensionLine,
  initReportLine,
  initStartLine,
  reportLine,
  restoreReportLine,
  restoreStartLine,
  runtimeVersionOf,
  startLine,
  subscriptionLine,
} from './report.ts';

/** How much of what a runtime says while it fails to come up is kept. Characters. */
const bootOutputMax = 4096;
const levels = { DEBUG: 1, INFO: 2, WARN: 3 } as const;

/** What extensions may subscribe to, besides the log itself. */
export interface LogTap {
  /** @param time milliseconds since the epoch. */
  platform(time: number, event: PlatformEvent): void;
  line(time: number, kind: 'function' | 'extension', message: string): void;
}

export class EnvironmentLog {
  /** Set where there are extensions. */
  tap: LogTap | undefined;
  /** There while the log takes no more. */
  backlog: Promise<void> | undefined;
  readonly #clock: Clock;
  readonly #requestId: () => string | undefined;
  #spec: EnvironmentSpec | undefined;
  #environment: EnvironmentIdentity = { id: '', startedAt: 0 };
  #phase: InitPhaseName = 'init';
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

  /** A line of the function's own. */
  line(message: string): void {
    const now = this.#clock.now();
    const threshold = this.#isJson ? this.#spec?.applicationLogLevel : undefined;
    const kept = threshold === undefined ? message : filteredLine(message, threshold, now);
    if (kept === undefined) return;
    this.tap?.line(now, 'function', kept);
    this.#write(now, kept);
  }

  /** A line of an extension. */
  extensionLine(message: string): void {
    const now = this.#clock.now();
    this.tap?.line(now, 'extension', message);
    this.#write(now, message);
  }

  /** A line of the platform that says, in words, what ended an invocation. */
  fault(message: string): void {
    const now = this.#clock.now();
    this.tap?.platform(now, { type: 'platform.fault', record: message.trimEnd(), level: 'WARN' });
    this.#write(now, message);
  }

  /** What only Brume has to say, in the shape of the function's other lines. */
  note(message: string): void {
    const now = this.#clock.now();
    const timestamp = new Date(now).toISOString();
    this.#write(now, this.#isJson ? JSON.stringify({ timestamp, level: 'WARN', message }) : message);
  }

  /** @param version of the interpreter. @param phase `invoke` when Init is done again, of which the text log says nothing. */
  initStart(environment: EnvironmentIdentity, version: string, phase: InitPhaseName): void {
    this.#environment = environment;
    this.#phase = phase;
    const { runtime = '', memoryMb = 0, environment: variables } = this.#spec ?? {};
    const names = runtimeVersionOf(runtime, version);
    // What a container image brings along has no version that the platform knows.
    if (!this.#isJson && !this.#spec?.image && phase === 'init')
      this.#write(environment.startedAt, initStartLine(names));
    if (!this.tellsEvents) return;
    const event = initStartEvent({
      ...names,
      initializationType: this.#initializationType,
      phase,
      functionName: variables?.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: variables?.AWS_LAMBDA_FUNCTION_VERSION,
      instanceId: environment.id,
      memoryMb,
    });
    this.#tell(environment.startedAt, event);
  }

  /** The runtime has loaded the function, or failed to. */
  initRuntimeDone(status: Status, errorType?: string): void {
    if (!this.tellsEvents) return;
    this.#tell(
      this.#clock.now(),
      initRuntimeDoneEvent(this.#initializationType, this.#phase, status, errorType),
    );
  }

  /** Init is over. @param errorType what went wrong, unless all went well. */
  initReport(initMs: number, status: Status, errorType = ''): void {
    const now = this.#clock.now();
    const isTold = status !== 'success' || this.#initializationType === 'snap-start';
    if (!this.#isJson && isTold) this.#write(now, initReportLine(initMs, this.#phase, status, errorType));
    if (!this.tellsEvents) return;
    this.#tell(now, initReportEvent(this.#initializationType, this.#phase, initMs, status, errorType));
  }

  /** SnapStart: from here on it is the environment of an invocation. @param version of the interpreter. */
  restoreStart(environment: EnvironmentIdentity, version: string): void {
    this.#environment = environment;
    const { runtime = '', memoryMb = 0, environment: variables } = this.#spec ?? {};
    const names = runtimeVersionOf(runtime, version);
    if (!this.#isJson) this.#write(environment.startedAt, restoreStartLine(names));
    if (!this.tellsEvents) return;
    const event = restoreStartEvent({
      ...names,
      functionName: variables?.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: variables?.AWS_LAMBDA_FUNCTION_VERSION,
      instanceId: environment.id,
      memoryMb,
    });
    this.#tell(environment.startedAt, event);
  }

  /** Restore is over. @param errorType what went wrong, unless all went well. */
  restored(restoreMs: number, status: Status, errorType = ''): void {
    const now = this.#clock.now();
    if (!this.#isJson) this.#write(now, restoreReportLine(restoreMs, status, errorType));
    if (!this.tellsEvents) return;
    this.#tell(now, restoreRuntimeDoneEvent(status, errorType));
    this.#tell(now, restoreReportEvent(restoreMs, status, errorType));
  }

  start(now: number, { requestId, version, traceId }: Invocation): void {
    if (!this.#isJson) this.#write(now, startLine(requestId, version));
    if (this.tellsEvents) this.#tell(now, startEvent(requestId, version, traceId));
  }

  /** The runtime is done with an invocation. @param producedBytes of the response, when there is one. */
  runtimeDone(facts: ReportFacts, producedBytes: number | undefined): void {
    this.#tell(this.#clock.now(), runtimeDoneEvent(facts, producedBytes));
  }

  report(facts: ReportFacts): void {
    const now = this.#clock.now();
    if (!this.#isJson) {
      this.#write(now, endLine(facts.requestId));
      this.#write(now, reportLine(facts));
    }
    if (!this.tellsEvents) return;
    this.tap?.platform(now, endEvent(facts.requestId));
    this.#tell(now, reportEvent(facts));
  }

  /** How an extension came through Init. */
  extension(name: string, state: string, events: readonly string[], errorType?: string): void {
    const now = this.#clock.now();
    if (!this.#isJson) this.#write(now, extensionLine(name, state, events, errorType));
    this.#tell(now, extensionEvent(name, state, events, errorType));
  }

  subscription(api: 'telemetry' | 'logs', name: string, types: readonly string[]): void {
    const now = this.#clock.now();
    if (!this.#isJson) this.#write(now, subscriptionLine(api, name, types));
    this.#tell(now, subscriptionEvent(api, name, types));
  }

  get #isJson(): boolean {
    return this.#spec?.logFormat === 'JSON';
  }

  /** Whether anybody wants events. */
  get tellsEvents(): boolean {
    return this.tap !== undefined || this.#isJson;
  }

  get #initializationType(): string {
    return this.#spec?.initializationType ?? 'on-demand';
  }

  #tell(now: number, event: PlatformEvent): void {
    this.tap?.platform(now, event);
    if (!this.#isJson || levels[event.level] < levels[this.#spec?.systemLogLevel ?? 'INFO']) return;
    const { type, record } = event;
    this.#write(now, JSON.stringify({ time: new Date(now).toISOString(), type, record }));
  }

  #write(time: number, message: string): void {
    const spec = this.#spec;
    if (!spec) {
      // A runtime that doesn't come up says why before it has a log to say it in.
      if (this.#bootOutput.length < bootOutputMax) this.#bootOutput += `${message}\n`;
      return;
    }
    const requestId = this.#requestId();
    const full = spec.onLog({
      time,
      message,
      environment: this.#environment,
      ...(requestId === undefined ? {} : { requestId }),
    });
    if (full instanceof Promise && full !== this.backlog) this.#waitFor(full);
  }

  #waitFor(full: Promise<void>): void {
    this.backlog = full;
    void full.then(() => {
      if (this.backlog === full) this.backlog = undefined;
    });
  }
}
