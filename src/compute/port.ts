/**
 * Where functions run. The lambda service describes an execution environment; this room starts, feeds, freezes
 * and stops it. It knows nothing of functions, versions or aliases.
 */

/** What stands for a runtime where the function is a container image, which brings its own. */
export const imageRuntime = 'image';

/** A container image as a function uses it. */
export interface ImageUse {
  /** As the function names it: `123456789012.dkr.ecr.us-east-1.amazonaws.com/orders:7`, or any name that the engine knows. */
  readonly reference: string;
  /** Which image that was when the function got it: an id of this machine's, or a name with a digest. */
  readonly pinned?: string;
  readonly architecture: 'x86_64' | 'arm64';
  /** In place of the image's own; absent or empty: the image's. */
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDirectory?: string;
}

/** An image of this machine. */
export interface ResolvedImage {
  /** `sha256:…`, by which the engine runs it. */
  readonly id: string;
  /** `sha256:…`, as its registry knows it; its id where no registry does. */
  readonly digest: string;
  /** Bytes, uncompressed. */
  readonly size: number;
}

export interface EnvironmentSpec {
  /** Equal keys may share a warm environment: function ARN with version and revision. */
  readonly key: string;
  /** `nodejs24.x`, `python3.12`, … */
  readonly runtime: string;
  /** The function is a container image: `runtime` is `imageRuntime`, handler, code folder and layers are empty. */
  readonly image?: ImageUse;
  readonly handler: string;
  /** Folder with the unpacked code; appears as /var/task, read-only. Absolute; its content never changes. */
  readonly codeFolder: string;
  /** Whose code it is (ARN of the function): environments of the same owner and code share what was compiled of it. */
  readonly codeOwner?: string;
  /** Unpacked layers, in order; appear merged as /opt. */
  readonly layerFolders: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that differ per environment (`AWS_LAMBDA_LOG_STREAM_NAME`). */
  variablesOf?(environment: EnvironmentIdentity): Record<string, string>;
  readonly memoryMb: number;
  readonly ephemeralStorageMb: number;
  readonly initTimeoutMs: number;
  /**
   * A debugger attaches to this port of 127.0.0.1 (Node.js alone). Init waits for it; from then on no timeout and no
   * bound of memory ends the environment, and it doesn't rest; only a change of the function does.
   */
  readonly inspectPort?: number;
  /** Of the function, for extensions that ask. */
  readonly accountId?: string;
  /** As the log says it; `on-demand` when absent. */
  readonly initializationType?: 'on-demand' | 'provisioned-concurrency' | 'snap-start';
  /** `Text` when absent. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html */
  readonly logFormat?: 'Text' | 'JSON';
  /** With `WARN` the platform writes only what went wrong; the JSON format alone knows levels. */
  readonly systemLogLevel?: 'DEBUG' | 'INFO' | 'WARN';
  /** Lines of the function below this level are dropped; the JSON format alone knows levels. */
  readonly applicationLogLevel?: string;
  /**
   * Lines of the function's own output and of the platform; called in order.
   * @returns a promise when the log takes no more for now, which resolves once it does: the function waits meanwhile.
   */
  onLog(event: LogEvent): unknown;
}

export interface EnvironmentIdentity {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Without the line's end; may hold several lines when the function wrote them as one message. */
  readonly message: string;
  /** The same object for all events of an environment. */
  readonly environment: EnvironmentIdentity;
  /** The invocation in whose time it was written; absent while the environment initializes. */
  readonly requestId?: string;
}

export interface Invocation {
  readonly requestId: string;
  readonly payload: Uint8Array;
  /** The function's timeout in milliseconds, from the moment its code begins to run. */
  readonly timeoutMs: number;
  readonly functionArn: string;
  /** `$LATEST` or a number, for the START line. */
  readonly version: string;
  readonly traceId: string;
  /** JSON text, as it stands in `X-Amz-Client-Context` once decoded. */
  readonly clientContext?: string;
  readonly cognitoIdentity?: string;
  /** Of functions that keep tenants apart. */
  readonly tenantId?: string;
  /** Gets a streamed response as it is written; without it the whole response is collected. */
  readonly onStream?: ResponseStream;
}

export interface ResponseStream {
  /** The function began to answer. */
  open(contentType: string): void;
  chunk(bytes: Uint8Array): void;
}

/** What the REPORT line says. */
export interface InvocationUsage {
  initMs?: number;
  /** SnapStart: before the invocation. */
  restoreMs?: number;
  durationMs: number;
  billedMs: number;
  memoryUsedMb: number;
}

interface Invoked extends InvocationUsage {
  /** There when extensions still go on: what the whole of it took, once they are done. Never rejects. */
  report?: Promise<InvocationUsage & { extensionsMs: number }>;
}

export type InvocationResult =
  /** The payload is empty when the response was streamed. */
  | ({ ok: true; payload: Uint8Array } & Invoked)
  | ({
      ok: false;
      /** `Unhandled` as in `X-Amz-Function-Error`. */
      kind: 'Unhandled' | 'Handled';
      /** The JSON error object: errorMessage, errorType, stackTrace. */
      payload: Uint8Array;
      timedOut?: boolean;
      /** SnapStart: the function's code hasn't run, as its environment couldn't be restored. */
      restoreFailed?: 'error' | 'timeout';
    } & Invoked);

/** Nothing on this machine runs the function's runtime; the message says what to do about it. */
export class MissingRuntime extends Error {}

/** What an environment of a function needs before its code is known; see `Computer.prepare`. */
export type EnvironmentShape = Pick<EnvironmentSpec, 'runtime' | 'memoryMb' | 'ephemeralStorageMb'>;

export interface Computer {
  /**
   * Runs one invocation in a warm environment of `spec.key`, or in a new one.
   * @throws MissingRuntime when nothing on this machine runs `spec.runtime`.
   */
  invoke(spec: EnvironmentSpec, invocation: Invocation): Promise<InvocationResult>;
  /** Starts sandboxes of this shape ahead of need, in the background, so that a cold start finds one. */
  prepare(shape: EnvironmentShape & Pick<EnvironmentSpec, 'image'>): void;
  /** What the container engine has under this name; undefined when it has none, and when there is no engine. */
  resolveImage(reference: string): Promise<ResolvedImage | undefined>;
  /**
   * Initializes environments of `spec.key` ahead of need and keeps that many, whatever becomes of single ones, until the
   * key is retired. Past half of what the machine bears, the rest start when they are needed.
   * Rejects with the type of the error when one can't be initialized.
   */
  provision(spec: EnvironmentSpec, count: number): Promise<void>;
  /**
   * Initializes an environment of `spec.key` (SnapStart) and keeps one standing by, a new one for each that is taken, until
   * the key is retired or the machine needs its memory. Rejects with the type of the error when it can't be initialized.
   */
  snapshot(spec: EnvironmentSpec): Promise<void>;
  /** Stops the environments of a key (code or configuration changed), after what they are doing. */
  retire(key: string): Promise<void>;
  /** Why `runtime` can't run here, or undefined when it can. */
  missing(runtime: string): Promise<string | undefined>;
  /** Which protection is at work and what is missing, for `brume doctor`. */
  describe(): SandboxDescription;
  close(): Promise<void>;
}

export interface SandboxDescription {
  /** `bwrap`, `process` or `container`. */
  driver: string;
  /** What keeps a function from the host and from other functions. */
  protections: string[];
  /** What doesn't, and what to do about it. */
  missing: string[];
}
