/** What an environment is started from. */
import type { Clock } from '../kernel/index.ts';
import type { CodeCache } from './codeCache.ts';
import type { ExtensionsServer } from './extensions/server.ts';
import type { RuntimeApi } from './runtimeApi.ts';
import { type RuntimeHost, type RuntimeListener, RuntimeProcess } from './runtimeProcess.ts';
import type { SandboxDriver, SandboxRequest } from './sandbox/port.ts';

/** @typeParam Started what stops one day. */
export interface EnvironmentStart<Started> {
  readonly request: SandboxRequest;
  readonly driver: SandboxDriver;
  readonly clock: Clock;
  /** For custom runtimes, which speak HTTP. */
  readonly runtimeApi?: RuntimeApi;
  /** What extensions speak to. */
  readonly api: RuntimeApi | ExtensionsServer;
  /** Files of /opt/extensions. */
  readonly external: readonly string[];
  /** Where the sandbox has a place for compiled code. */
  readonly codeCache?: CodeCache;
  /** Starts what the runtime runs in, where that isn't a child process of the driver's making. */
  process?(listener: RuntimeListener): RuntimeHost;
  newId(): string;
  /** The function's files are in place already: it was known before the start. */
  readonly placed?: boolean;
  /** Called once, when the process is gone and its folder removed. */
  onStopped(environment: Started): void;
}

/** Calls back when the runtime is there for another invocation. Brume's own always are. */
export function whenAsked({ runtimeApi }: EnvironmentStart<never>, run: () => void): void {
  if (runtimeApi) runtimeApi.whenAsked(run);
  else run();
}

/** Starts what the runtime runs in. */
export function hostOf(start: EnvironmentStart<never>, listener: RuntimeListener): RuntimeHost {
  const { driver, request, runtimeApi } = start;
  return start.process?.(listener) ?? new RuntimeProcess(driver.launch(request), runtimeApi, listener);
}
