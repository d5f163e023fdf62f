/**
 * The extensions of one environment: their part in Init, in each invocation and in the shutdown, and what they hear of
 * its log. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import type { Clock, Timer } from '../../kernel/index.ts';
import type { EnvironmentLog, LogTap } from '../environmentLog.ts';
import type { PlatformEvent } from '../platformEvents.ts';
import type { EnvironmentSpec, Invocation } from '../port.ts';
import { type Extension, ExtensionRegistry, type ShutdownReason } from './registry.ts';
import { Subscriber } from './subscriber.ts';
import { lineRecord, platformRecord, type Subscription } from './subscription.ts';
import type { RuntimeSupervisor, SupervisorListener } from './supervisor.ts';

/** “2000 ms – a function with one or more registered external extensions”, of which 300 are the runtime's. */
const shutdownMs = 2000;
const runtimeShutdownMs = 300;
/** Ours: what is kept of Init for those that subscribe in the course of it. */
const historyMax = 1000;

export interface ExtensionsOptions {
  readonly clock: Clock;
  readonly log: EnvironmentLog;
  newId(): string;
  /** Files of /opt/extensions. */
  readonly external: readonly string[];
  /** Where servers inside the sandbox are reached from outside. */
  readonly address: string;
  /** An extension can't go on, and its environment with it. */
  onFailed(errorType: string, message: string): void;
  /** The runtime has ended, beside them. @param status as a shell counts it. */
  onRuntimeExit(status: number): void;
}

type Past =
  | { time: number; event: PlatformEvent }
  | { time: number; kind: 'function' | 'extension'; message: string };

export class Extensions implements LogTap, SupervisorListener {
  readonly registry: ExtensionRegistry;
  readonly #options: ExtensionsOptions;
  readonly #subscribers = new Map<Extension, Subscriber>();
  #spec: EnvironmentSpec | undefined;
  #supervisor: RuntimeSupervisor | undefined;
  #history: Past[] | undefined = [];
  #waiter: { until: () => boolean; run: () => void } | undefined;
  #running = new Set<string>();
  #runtimeGone = false;
  #onRuntimeGone: (() => void) | undefined;
  #isShuttingDown = false;

  constructor(options: ExtensionsOptions) {
    this.#options = options;
    this.registry = new ExtensionRegistry(options.newId);
    for (const name of options.external) this.registry.expect(name);
    if (options.external.length > 0) options.log.tap = this;
  }

  newId(): string {
    return this.#options.newId();
  }

  get spec(): EnvironmentSpec | undefined {
    return this.#spec;
  }

  /** Whether nothing needs to be waited for. */
  get isIdle(): boolean {
    if (this.registry.isEmpty) return true;
    return this.registry.all.every(({ state }) => state === 'Ready');
  }

  get hasExternal(): boolean {
    return this.#options.external.length > 0;
  }

  /** Init begins: external extensions start. @param supervisor where there are some. */
  begin(spec: EnvironmentSpec, supervisor: RuntimeSupervisor | undefined): void {
    this.#spec = spec;
    this.#supervisor = supervisor;
    for (const name of this.#options.external) this.#running.add(name);
    supervisor?.startExtensions();
  }

  /** Calls back once all external extensions have registered: only then does the runtime load the function. */
  whenRegistered(run: () => void): void {
    this.#wait(() => this.registry.all.every(({ state }) => state !== 'Started'), run);
  }

  /** Calls back once all extensions ask for their next event. */
  whenIdle(run: () => void): void {
    this.#wait(() => this.isIdle, run);
  }

  /** Init is over, one way or the other: nobody registers or subscribes any more. */
  initialized(): void {
    this.registry.close();
    this.#history = undefined;
    for (const { name, state, events, errorType } of this.registry.all)
      this.#options.log.extension(name, state, events, errorType);
  }

  /** An invocation begins. @param deadlineMs milliseconds since the epoch. */
  invoke({ requestId, functionArn, traceId }: Invocation, deadlineMs: number): void {
    this.registry.publish({
      eventType: 'INVOKE',
      deadlineMs,
      requestId,
      invokedFunctionArn: functionArn,
      tracing: { type: 'X-Amzn-Trace-Id', value: traceId },
    });
  }

  /** Whether telemetry is on its way to one of them at the moment. */
  get isTelling(): boolean {
    for (const subscriber of this.#subscribers.values()) if (subscriber.isSending) return true;
    return false;
  }

  freeze(): void {
    for (const subscriber of this.#subscribers.values()) subscriber.pause();
  }

  thaw(): void {
    for (const subscriber of this.#subscribers.values()) subscriber.resume();
  }

  /** Lets external extensions end by themselves, within two seconds. Resolves when they have, or the time is up. */
  async shutdown(reason: ShutdownReason): Promise<void> {
    const { clock } = this.#options;
    this.#isShuttingDown = true;
    this.#waiter = undefined;
    const deadlineMs = clock.now() + shutdownMs;
    for (const subscriber of this.#subscribers.values()) void subscriber.flush();
    if (!this.#runtimeGone) {
      this.#supervisor?.signalRuntime(reason === 'spindown' ? 'SIGTERM' : 'SIGKILL');
      await this.#until(clock.now() + runtimeShutdownMs, (done) => {
        this.#onRuntimeGone = done;
      });
      if (!this.#runtimeGone) this.#supervisor?.signalRuntime('SIGKILL');
    }
    this.registry.publish({ eventType: 'SHUTDOWN', shutdownReason: reason, deadlineMs });
    const waits = this.registry.all.some(
      ({ name, events }) => this.#running.has(name) && events.includes('SHUTDOWN'),
    );
    if (waits) {
      await this.#until(deadlineMs, (done) => {
        this.#waiter = { until: () => this.#running.size === 0, run: done };
      });
    }
  }

  close(): void {
    this.#waiter = undefined;
    for (const subscriber of this.#subscribers.values()) subscriber.close();
  }

  onRuntimeExit(status: number): void {
    this.#runtimeGone = true;
    this.#onRuntimeGone?.();
    this.#options.onRuntimeExit(status);
  }

  get backlog(): Promise<void> | undefined {
    return this.#options.log.backlog;
  }

  onExtensionLine(line: string): void {
    this.#options.log.extensionLine(line);
  }

  /** @param status as a shell counts it. */
  onExtensionExit(name: string, status: number): void {
    this.#running.delete(name);
    const extension = this.registry.exited(name);
    if (!this.#isShuttingDown) {
      // The shell's way of saying that it can't start a program.
      const errorType = status === 126 || status === 127 ? 'Extension.LaunchError' : 'Extension.Crash';
      if (extension) extension.errorType ??= errorType;
      this.#options.onFailed(errorType, `exit code ${status}`);
    }
    this.changed();
  }

  /** An extension told that it can't go on. */
  failed(extension: Extension): void {
    if (!this.#isShuttingDown) this.#options.onFailed(`Extension.${extension.state}`, 'exit code 0');
  }

  /** Something is as it wasn't: what was waited for may have come. */
  changed(): void {
    const waiter = this.#waiter;
    if (!waiter?.until()) return;
    this.#waiter = undefined;
    waiter.run();
  }

  /** Once per extension; what it asks for again replaces what it asked for before. */
  subscribe(extension: Extension, subscription: Subscription): void {
    const { clock, log, address } = this.#options;
    const subscriber = new Subscriber(subscription, clock, address);
    this.#subscribers.get(extension)?.close();
    this.#subscribers.set(extension, subscriber);
    log.tap = this;
    for (const past of this.#history ?? []) {
      if ('event' in past) tell(subscriber, past.time, past.event);
      else this.#tellLine(subscriber, past.time, past.kind, past.message);
    }
    log.subscription(subscription.api, extension.name, subscription.types);
  }

  subscriptionOf(extension: Extension): Subscription | undefined {
    return this.#subscribers.get(extension)?.subscription;
  }

  platform(time: number, event: PlatformEvent): void {
    this.#remember({ time, event });
    for (const subscriber of this.#subscribers.values()) tell(subscriber, time, event);
  }

  line(time: number, kind: 'function' | 'extension', message: string): void {
    this.#remember({ time, kind, message });
    for (const subscriber of this.#subscribers.values()) this.#tellLine(subscriber, time, kind, message);
  }

  #tellLine(subscriber: Subscriber, time: number, kind: 'function' | 'extension', message: string): void {
    const { subscription } = subscriber;
    if (!subscription.types.includes(kind)) return;
    subscriber.push(lineRecord(subscription, time, kind, message, this.#spec?.logFormat === 'JSON'));
  }

  #remember(past: Past): void {
    if (this.#history && this.#history.length < historyMax) this.#history.push(past);
  }

  #wait(until: () => boolean, run: () => void): void {
    if (until()) run();
    else this.#waiter = { until, run };
  }

  /** Resolves when `done` is called, or at `deadline`. */
  #until(deadline: number, start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined = this.#options.clock.at(deadline, resolve);
      start(() => {
        timer?.cancel();
        timer = undefined;
        resolve();
      });
    });
  }
}

function tell(subscriber: Subscriber, time: number, event: PlatformEvent): void {
  const { subscription } = subscriber;
  if (!subscription.types.includes('platform')) return;
  const record = platformRecord(subscription, time, event);
  if (record) subscriber.push(record);
}
