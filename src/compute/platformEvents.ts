/**
 * What the platform tells about an environment, as events: the lines of the JSON log format, and what extensions get
 * that subscribe to telemetry. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */

export type SystemLevel = 'DEBUG' | 'INFO' | 'WARN';

export interface PlatformEvent {
  readonly type: string;
  readonly record: unknown;
  /** From which system log level on it stands in the log; its table is on the page of log-level filtering. */
  readonly level: SystemLevel;
}

export type Status = 'success' | 'error' | 'timeout';

export interface ReportFacts {
  requestId: string;
  durationMs: number;
  billedMs: number;
  memoryMb: number;
  memoryUsedMb: number;
  initMs?: number;
  restoreMs?: number;
  status: Status;
  errorType?: string;
  traceId?: string;
  /** What extensions took after the runtime was done: since when (milliseconds since the epoch) and how long. */
  extensions?: { since: number; durationMs: number };
}

/** `invoke`: Init had failed, and was done again as part of an invocation. */
export type InitPhaseName = 'init' | 'invoke';

export interface InitFacts {
  initializationType: string;
  phase: InitPhaseName;
  functionName?: string | undefined;
  functionVersion?: string | undefined;
}

export function initStartEvent(
  facts: InitFacts & {
    runtimeVersion: string;
    runtimeVersionArn: string;
    instanceId: string;
    memoryMb: number;
  },
): PlatformEvent {
  const { initializationType, runtimeVersion, runtimeVersionArn } = facts;
  return {
    type: 'platform.initStart',
    level: 'INFO',
    record: {
      initializationType,
      phase: facts.phase,
      runtimeVersion,
      runtimeVersionArn,
      functionName: facts.functionName,
      functionVersion: facts.functionVersion,
      instanceId: facts.instanceId,
      instanceMaxMemory: facts.memoryMb * 1024 * 1024,
    },
  };
}

/** The runtime has loaded the function, or failed to. */
export function initRuntimeDoneEvent(
  initializationType: string,
  phase: InitPhaseName,
  status: Status,
  errorType?: string,
): PlatformEvent {
  return {
    type: 'platform.initRuntimeDone',
    level: status === 'success' ? 'DEBUG' : 'WARN',
    record: { initializationType, phase, status, ...(errorType ? { errorType } : {}) },
  };
}

export function initReportEvent(
  initializationType: string,
  phase: InitPhaseName,
  initMs: number,
  status: Status,
  errorType?: string,
): PlatformEvent {
  const quiet = initializationType === 'on-demand' ? 'DEBUG' : 'INFO';
  return {
    type: 'platform.initReport',
    level: status === 'success' ? quiet : 'WARN',
    record: {
      initializationType,
      phase,
      status,
      ...(errorType ? { errorType } : {}),
      metrics: { durationMs: initMs },
    },
  };
}

export function restoreStartEvent(facts: {
  runtimeVersion: string;
  runtimeVersionArn: string;
  functionName?: string | undefined;
  functionVersion?: string | undefined;
  instanceId: string;
  memoryMb: number;
}): PlatformEvent {
  const { memoryMb, ...names } = facts;
  return {
    type: 'platform.restoreStart',
    level: 'INFO',
    record: { ...names, instanceMaxMemory: memoryMb * 1024 * 1024 },
  };
}

/** The hooks have run, or failed. */
export function restoreRuntimeDoneEvent(status: Status, errorType?: string): PlatformEvent {
  return {
    type: 'platform.restoreRuntimeDone',
    level: status === 'success' ? 'DEBUG' : 'WARN',
    record: { status, ...(errorType ? { errorType } : {}) },
  };
}

export function restoreReportEvent(durationMs: number, status: Status, errorType?: string): PlatformEvent {
  return {
    type: 'platform.restoreReport',
    level: status === 'success' ? 'INFO' : 'WARN',
    record: { status, ...(errorType ? { errorType } : {}), metrics: { durationMs } },
  };
}

export function startEvent(requestId: string, version: string, traceId?: string): PlatformEvent {
  return { type: 'platform.start', level: 'INFO', record: { requestId, version, ...tracingOf(traceId) } };
}

/** @param producedBytes of the response, when there is one. */
export function runtimeDoneEvent(facts: ReportFacts, producedBytes: number | undefined): PlatformEvent {
  const { requestId, status, errorType, durationMs } = facts;
  return {
    type: 'platform.runtimeDone',
    level: status === 'success' ? 'DEBUG' : 'WARN',
    record: {
      requestId,
      status,
      ...(errorType ? { errorType } : {}),
      ...tracingOf(facts.traceId),
      metrics: { durationMs, ...(producedBytes === undefined ? {} : { producedBytes }) },
    },
  };
}

/** Known to the older Logs API alone. */
export function endEvent(requestId: string): PlatformEvent {
  return { type: 'platform.end', level: 'DEBUG', record: { requestId } };
}

export function reportEvent(facts: ReportFacts): PlatformEvent {
  const { extensions } = facts;
  return {
    type: 'platform.report',
    level: facts.status === 'success' ? 'INFO' : 'WARN',
    record: {
      requestId: facts.requestId,
      metrics: {
        durationMs: facts.durationMs,
        billedDurationMs: facts.billedMs,
        memorySizeMB: facts.memoryMb,
        maxMemoryUsedMB: facts.memoryUsedMb,
        ...(facts.initMs === undefined ? {} : { initDurationMs: facts.initMs }),
        ...(facts.restoreMs === undefined ? {} : { restoreDurationMs: facts.restoreMs }),
      },
      status: facts.status,
      ...(facts.errorType ? { errorType: facts.errorType } : {}),
      ...tracingOf(facts.traceId),
      ...(extensions === undefined
        ? {}
        : {
            spans: [
              {
                name: 'extensionOverhead',
                start: new Date(extensions.since).toISOString(),
                durationMs: extensions.durationMs,
              },
            ],
          }),
    },
  };
}

/** @param state `Ready` when all is well. */
export function extensionEvent(
  name: string,
  state: string,
  events: readonly string[],
  errorType?: string,
): PlatformEvent {
  return {
    type: 'platform.extension',
    level: state === 'Ready' ? 'INFO' : 'WARN',
    record: { name, state, events, ...(errorType ? { errorType } : {}) },
  };
}

export function subscriptionEvent(
  api: 'telemetry' | 'logs',
  name: string,
  types: readonly string[],
): PlatformEvent {
  const type = api === 'logs' ? 'platform.logsSubscription' : 'platform.telemetrySubscription';
  return { type, level: 'INFO', record: { name, state: 'Subscribed', types } };
}

export function logsDroppedEvent(droppedRecords: number, droppedBytes: number): PlatformEvent {
  return {
    type: 'platform.logsDropped',
    level: 'WARN',
    record: {
      droppedBytes,
      droppedRecords,
      reason: 'Consumer seems to have fallen behind as it has not acknowledged receipt of logs.',
    },
  };
}

/** Only what is sampled is traced. */
function tracingOf(traceId: string | undefined): object {
  if (!traceId?.includes('Sampled=1')) return {};
  const spanId = /Parent=([0-9a-f]{16})/.exec(traceId)?.[1];
  return { tracing: { ...(spanId ? { spanId } : {}), type: 'X-Amzn-Trace-Id', value: traceId } };
}
