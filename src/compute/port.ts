/**
 * Where functions run. The lambda service describes an execution environment; this room starts, feeds, freezes
 * and stops it. It knows nothing of functions, versions or aliases.
 */
import type { Readable } from 'node:stream';

export interface EnvironmentSpec {
  /** Equal keys may share a warm environment: function ARN with version and revision. */
  readonly key: string;
  /** `nodejs24.x`, `python3.12`, … */
  readonly runtime: string;
  readonly handler: string;
  /** Folder with the unpacked code; appears as /var/task, read-only. Absolute. */
  readonly codeFolder: string;
  /** Unpacked layers, in order; appear merged as /opt. */
  readonly layerFolders: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly ephemeralStorageMb: number;
  readonly initTimeoutMs: number;
  /** Lines of the function's own output and of the platform; called in order. */
  onLog(line: string): void;
}

export interface Invocation {
  readonly requestId: string;
  readonly payload: Uint8Array;
  readonly deadline: number;
  readonly functionArn: string;
  readonly traceId: string;
  readonly clientContext?: string;
  readonly cognitoIdentity?: string;
}

export type InvocationResult =
  | { ok: true; payload: Uint8Array | Readable; initMs?: number; durationMs: number; memoryUsedMb: number }
  | {
      ok: false;
      /** `Unhandled` as in `X-Amz-Function-Error`. */
      kind: 'Unhandled' | 'Handled';
      /** The JSON error object: errorMessage, errorType, stackTrace. */
      payload: Uint8Array;
      initMs?: number;
      durationMs: number;
      memoryUsedMb: number;
      timedOut?: boolean;
    };

export interface Computer {
  /** Runs one invocation in a warm environment of `spec.key`, or in a new one. */
  invoke(spec: EnvironmentSpec, invocation: Invocation): Promise<InvocationResult>;
  /** Stops the environments of a key (code or configuration changed), after what they are doing. */
  retire(key: string): Promise<void>;
  /** Why `runtime` can't run here, or undefined when it can. */
  missing(runtime: string): Promise<string | undefined>;
  close(): Promise<void>;
}
