/**
 * The extensions of one environment, and where each is in its life.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */

/** “You can register up to 10 extensions for a function.” */
export const extensionsMax = 10;

export type ExtensionState =
  | 'Started' // an external one, whose process runs
  | 'Registered'
  | 'Ready' // asks for the next event
  | 'Running' // is at work on one
  | 'InitError'
  | 'ExitError'
  | 'Exited';

export type LifecycleEvent = InvokeEvent | ShutdownEvent;

export interface InvokeEvent {
  readonly eventType: 'INVOKE';
  /** Milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly tracing: { readonly type: 'X-Amzn-Trace-Id'; readonly value: string };
}

export type ShutdownReason = 'spindown' | 'timeout' | 'failure';

export interface ShutdownEvent {
  readonly eventType: 'SHUTDOWN';
  readonly shutdownReason: ShutdownReason;
  readonly deadlineMs: number;
}

export interface Extension {
  readonly name: string;
  readonly identifier: string;
  /** A process of its own, from /opt/extensions; internal ones live in the runtime's. */
  readonly external: boolean;
  events: readonly string[];
  state: ExtensionState;
  errorType?: string;
  /** Answers the request for the next event. */
  answer?: ((event: LifecycleEvent) => void) | undefined;
  /** What happened while it wasn't asking. */
  waiting?: LifecycleEvent | undefined;
}

/** Refused by the API; 403 unless it says otherwise. */
export class ExtensionsApiError extends Error {
  readonly errorType: string;
  readonly status: number;

  constructor(errorType: string, message: string, status = 403) {
    super(message);
    this.errorType = errorType;
    this.status = status;
  }
}

export class ExtensionRegistry {
  readonly #extensions = new Map<string, Extension>();
  readonly #newId: () => string;
  #closed = false;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  get all(): Extension[] {
    return [...this.#extensions.values()];
  }

  /** After Init nobody registers any more. */
  close(): void {
    this.#closed = true;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get isEmpty(): boolean {
    return this.#extensions.size === 0;
  }

  /** An external extension, whose process is about to start. */
  expect(name: string): void {
    this.#add({ name, identifier: this.#newId(), external: true, events: [], state: 'Started' });
  }

  /** @throws ExtensionsApiError */
  register(name: string, events: readonly string[]): Extension {
    const known = this.#named(name);
    for (const event of events) {
      if (event === 'INVOKE' || (event === 'SHUTDOWN' && known?.external)) continue;
      const reason =
        event === 'SHUTDOWN' ? 'ShutdownEventNotSupportedForInternalExtension' : 'InvalidEventType';
      throw new ExtensionsApiError('Extension.InvalidEventType', `${event}: ${reason}`);
    }
    if (known?.external) {
      move(known, ['Started'], 'Registered');
      known.events = events;
      return known;
    }
    if (this.#closed) {
      throw new ExtensionsApiError('Extension.RegistrationClosed', 'Extension registration closed already');
    }
    if (known) {
      throw new ExtensionsApiError(
        'Extension.InvalidExtensionState',
        'Extension with this name already registered',
      );
    }
    if (this.#extensions.size >= extensionsMax) {
      throw new ExtensionsApiError(
        'Extension.TooManyExtensions',
        `Extension limit (${extensionsMax}) reached`,
      );
    }
    return this.#add({ name, identifier: this.#newId(), external: false, events, state: 'Registered' });
  }

  /** The extension asks for its next event: it is done with the one before. @throws ExtensionsApiError */
  next(extension: Extension, answer: (event: LifecycleEvent) => void): void {
    move(extension, ['Registered', 'Ready', 'Running'], 'Ready');
    extension.answer = answer;
    const { waiting } = extension;
    extension.waiting = undefined;
    if (waiting) deliver(extension, waiting);
  }

  /** The extension tells that it can't go on. @throws ExtensionsApiError */
  fail(extension: Extension, phase: 'init' | 'exit', errorType: string): void {
    if (phase === 'init') move(extension, ['Registered'], 'InitError');
    else move(extension, ['Registered', 'Ready', 'Running'], 'ExitError');
    extension.errorType = errorType;
  }

  /** The process of an external extension has ended. */
  exited(name: string): Extension | undefined {
    const extension = this.#named(name);
    if (!extension) return undefined;
    if (extension.state !== 'InitError' && extension.state !== 'ExitError') extension.state = 'Exited';
    extension.answer = undefined;
    return extension;
  }

  /** Tells all that registered for such events; those that aren't asking get it when they ask. */
  publish(event: LifecycleEvent): void {
    for (const extension of this.#extensions.values()) {
      if (!extension.events.includes(event.eventType)) continue;
      if (extension.answer) deliver(extension, event);
      else extension.waiting = event;
    }
  }

  /** @throws ExtensionsApiError when there is none. @param identifier as the request's header says it. */
  find(identifier: string | undefined): Extension {
    if (!identifier) {
      throw new ExtensionsApiError(
        'Extension.MissingExtensionIdentifier',
        'Missing Lambda-Extension-Identifier header',
      );
    }
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(identifier)) {
      throw new ExtensionsApiError(
        'Extension.InvalidExtensionIdentifier',
        'Invalid Lambda-Extension-Identifier',
      );
    }
    const extension = this.#extensions.get(identifier.toLowerCase());
    if (extension && extension.state !== 'Started') return extension;
    throw new ExtensionsApiError('Extension.UnknownExtensionIdentifier', `Unknown extension ${identifier}`);
  }

  #named(name: string): Extension | undefined {
    for (const extension of this.#extensions.values()) if (extension.name === name) return extension;
    return undefined;
  }

  #add(extension: Extension): Extension {
    this.#extensions.set(extension.identifier, extension);
    return extension;
  }
}

function deliver(extension: Extension, event: LifecycleEvent): void {
  const { answer } = extension;
  extension.answer = undefined;
  extension.state = 'Running';
  answer?.(event);
}

function move(extension: Extension, from: readonly ExtensionState[], to: ExtensionState): void {
  if (!from.includes(extension.state)) {
    throw new ExtensionsApiError(
      'Extension.InvalidExtensionState',
      `State transition from ${extension.state} to ${to} failed for extension ${extension.name}. Error: State transition is not allowed`,
    );
  }
  extension.state = to;
}
