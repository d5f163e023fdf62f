/**
 * The lines the platform itself writes to a function's log in the Text format, letter for letter as AWS writes them.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
 */
import { createHash } from 'node:crypto';
import type { InitPhaseName, ReportFacts, Status } from './platformEvents.ts';

/** @param version of the interpreter. @returns names of the runtime's version, as INIT_START says them. */
export function runtimeVersionOf(
  runtime: string,
  version: string,
): { runtimeVersion: string; runtimeVersionArn: string } {
  const digest = createHash('sha256').update(`${runtime}:${version}`).digest('hex');
  const name = runtime.replace(/^([a-z]+)(.*?)\.x$/, '$1:$2').replace(/^([a-z]+)(\d[\d.]*)$/, '$1:$2');
  return {
    runtimeVersion: `${name}.v${version.split('.')[1] ?? '1'}`,
    runtimeVersionArn: `arn:aws:lambda:us-east-1::runtime:${digest}`,
  };
}

export function initStartLine(names: { runtimeVersion: string; runtimeVersionArn: string }): string {
  return `INIT_START Runtime Version: ${names.runtimeVersion}\tRuntime Version ARN: ${names.runtimeVersionArn}`;
}

/** Written when Init didn't succeed, and for SnapStart, whose invocations don't tell of it. */
export function initReportLine(
  initMs: number,
  phase: InitPhaseName,
  status: Status,
  errorType: string,
): string {
  if (status === 'success') return `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms`;
  const type = status === 'error' ? `\tError Type: ${errorType}` : '';
  return `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: ${phase}\tStatus: ${status}${type}`;
}

export function restoreStartLine(names: { runtimeVersion: string; runtimeVersionArn: string }): string {
  return `RESTORE_START Runtime Version: ${names.runtimeVersion}\tRuntime Version ARN: ${names.runtimeVersionArn}`;
}

export function restoreReportLine(restoreMs: number, status: Status, errorType: string): string {
  const ending = status === 'success' ? '' : `\tStatus: ${status}`;
  const type = status === 'error' ? `\tError Type: ${errorType}` : '';
  return `RESTORE_REPORT Restore Duration: ${restoreMs.toFixed(2)} ms${ending}${type}`;
}

export function startLine(requestId: string, version: string): string {
  return `START RequestId: ${requestId} Version: ${version}`;
}

export function endLine(requestId: string): string {
  return `END RequestId: ${requestId}`;
}

export function reportLine(facts: ReportFacts): string {
  let line = `REPORT RequestId: ${facts.requestId}\tDuration: ${facts.durationMs.toFixed(2)} ms\tBilled Duration: ${facts.billedMs} ms\tMemory Size: ${facts.memoryMb} MB\tMax Memory Used: ${facts.memoryUsedMb} MB\t`;
  if (facts.initMs !== undefined) line += `Init Duration: ${facts.initMs.toFixed(2)} ms\t`;
  if (facts.restoreMs !== undefined)
    line += `Restore Duration: ${facts.restoreMs.toFixed(2)} ms\tBilled Restore Duration: ${Math.ceil(facts.restoreMs)} ms\t`;
  if (facts.status !== 'success') line += `Status: ${facts.status}`;
  if (facts.status === 'error' && facts.errorType) line += `\tError Type: ${facts.errorType}`;
  return line;
}

/** One for each extension at the end of Init. */
export function extensionLine(
  name: string,
  state: string,
  events: readonly string[],
  errorType?: string,
): string {
  const error = errorType === undefined ? '' : `\tError Type: ${errorType}`;
  return `EXTENSION\tName: ${name}\tState: ${state}\tEvents: [${events.join(',')}]${error}`;
}

export function subscriptionLine(api: 'telemetry' | 'logs', name: string, types: readonly string[]): string {
  const words = types.map((type) => type.charAt(0).toUpperCase() + type.slice(1));
  return `${api.toUpperCase()}\tName: ${name}\tState: Subscribed\tTypes: [${words.join(',')}]`;
}
