/**
 * The lines the platform itself writes to a function's log, letter for letter as AWS writes them.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html and, for the JSON format,
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
import { createHash } from 'node:crypto';

export type LogFormat = 'Text' | 'JSON';

export interface ReportFacts {
  requestId: string;
  durationMs: number;
  billedMs: number;
  memoryMb: number;
  memoryUsedMb: number;
  initMs?: number;
  status: 'success' | 'error' | 'timeout';
  errorType?: string;
  traceId?: string;
}

export function initStartLine(
  format: LogFormat,
  time: number,
  runtime: string,
  version: string,
  initializationType = 'on-demand',
): string {
  const arn = `arn:aws:lambda:us-east-1::runtime:${createHash('sha256').update(`${runtime}:${version}`).digest('hex')}`;
  const name = runtime.replace(/^([a-z]+)(.*?)\.x$/, '$1:$2').replace(/^([a-z]+)(\d[\d.]*)$/, '$1:$2');
  const runtimeVersion = `${name}.v${version.split('.')[1] ?? '1'}`;
  if (format === 'Text') {
    return `INIT_START Runtime Version: ${runtimeVersion}\tRuntime Version ARN: ${arn}`;
  }
  return platformEvent(time, 'platform.initStart', {
    initializationType,
    phase: 'init',
    runtimeVersion,
    runtimeVersionArn: arn,
  });
}

/** Written only when Init didn't succeed. */
export function initReportLine(
  format: LogFormat,
  time: number,
  initMs: number,
  status: 'error' | 'timeout',
  errorType: string,
): string {
  if (format === 'Text') {
    const type = status === 'error' ? `\tError Type: ${errorType}` : '';
    return `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: init\tStatus: ${status}${type}`;
  }
  return platformEvent(time, 'platform.initReport', {
    initializationType: 'on-demand',
    phase: 'init',
    status,
    errorType,
    metrics: { durationMs: initMs },
  });
}

export function startLine(format: LogFormat, time: number, requestId: string, version: string): string {
  if (format === 'Text') return `START RequestId: ${requestId} Version: ${version}`;
  return platformEvent(time, 'platform.start', { requestId, version });
}

/** @returns undefined in the JSON format, which has no such event. */
export function endLine(format: LogFormat, requestId: string): string | undefined {
  return format === 'Text' ? `END RequestId: ${requestId}` : undefined;
}

export function reportLine(format: LogFormat, time: number, facts: ReportFacts): string {
  if (format === 'Text') {
    let line = `REPORT RequestId: ${facts.requestId}\tDuration: ${facts.durationMs.toFixed(2)} ms\tBilled Duration: ${facts.billedMs} ms\tMemory Size: ${facts.memoryMb} MB\tMax Memory Used: ${facts.memoryUsedMb} MB\t`;
    if (facts.initMs !== undefined) line += `Init Duration: ${facts.initMs.toFixed(2)} ms\t`;
    if (facts.status !== 'success') line += `Status: ${facts.status}`;
    if (facts.status === 'error' && facts.errorType) line += `\tError Type: ${facts.errorType}`;
    return line;
  }
  return platformEvent(time, 'platform.report', {
    requestId: facts.requestId,
    metrics: {
      durationMs: facts.durationMs,
      billedDurationMs: facts.billedMs,
      memorySizeMB: facts.memoryMb,
      maxMemoryUsedMB: facts.memoryUsedMb,
      ...(facts.initMs === undefined ? {} : { initDurationMs: facts.initMs }),
    },
    status: facts.status,
    ...(facts.errorType ? { errorType: facts.errorType } : {}),
  });
}

function platformEvent(time: number, type: string, record: object): string {
  return JSON.stringify({ time: new Date(time).toISOString(), type, record });
}
