import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/index.ts';
import { EnvironmentLog } from './environmentLog.ts';
import { exitFailure, timeoutFailure } from './failures.ts';
import { filteredLine } from './logLevels.ts';
import type { EnvironmentSpec } from './port.ts';
import { endLine, initReportLine, initStartLine, reportLine, runtimeVersionOf, startLine } from './report.ts';

const requestId = '8f507cfc-1234-4d5e-9abc-0123456789ab';

describe('platform lines', () => {
  it('read as those of AWS in the Text format', () => {
    expect(startLine(requestId, '$LATEST')).toBe(`START RequestId: ${requestId} Version: $LATEST`);
    expect(endLine(requestId)).toBe(`END RequestId: ${requestId}`);
    const facts = { requestId, durationMs: 1.5, billedMs: 125, memoryMb: 128, memoryUsedMb: 65 };
    expect(reportLine({ ...facts, initMs: 123.4, status: 'success' })).toBe(
      `REPORT RequestId: ${requestId}\tDuration: 1.50 ms\tBilled Duration: 125 ms\tMemory Size: 128 MB\tMax Memory Used: 65 MB\tInit Duration: 123.40 ms\t`,
    );
    expect(reportLine({ ...facts, status: 'timeout' })).toMatch(/MB\tStatus: timeout$/);
    expect(reportLine({ ...facts, status: 'error', errorType: 'Runtime.ExitError' })).toMatch(
      /MB\tStatus: error\tError Type: Runtime.ExitError$/,
    );
    expect(initReportLine(12, 'init', 'error', 'Runtime.ImportModuleError')).toBe(
      'INIT_REPORT Init Duration: 12.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError',
    );
    expect(initStartLine(runtimeVersionOf('nodejs24.x', '24.21.0'))).toMatch(
      /^INIT_START Runtime Version: nodejs:24\.v21\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/,
    );
    expect(runtimeVersionOf('python3.12', '3.12.1').runtimeVersion).toBe('python:3.12.v12');
  });
});

describe('the JSON format', () => {
  /** What stands in the log after a whole life of an environment. */
  function lifeOf(change: Partial<EnvironmentSpec>) {
    const lines: string[] = [];
    const log = new EnvironmentLog(new VirtualClock(0), () => undefined);
    log.assign({
      runtime: 'nodejs24.x',
      memoryMb: 128,
      environment: { AWS_LAMBDA_FUNCTION_NAME: 'orders', AWS_LAMBDA_FUNCTION_VERSION: '7' },
      logFormat: 'JSON',
      onLog: ({ message }) => lines.push(message),
      ...change,
    } as EnvironmentSpec);
    const facts = { requestId, durationMs: 1.5, billedMs: 125, memoryMb: 128, memoryUsedMb: 65 };
    log.initStart({ id: 'e1', startedAt: 0 }, '24.1.0', 'init');
    log.initRuntimeDone('success');
    log.initReport(5, 'success');
    log.start(0, { requestId, version: '7', traceId: 'Root=1-2-3;Sampled=0' } as never);
    log.runtimeDone({ ...facts, status: 'success' }, 17);
    log.report({ ...facts, status: 'success' });
    log.report({ ...facts, status: 'timeout' });
    return lines.map((line) => JSON.parse(line) as { time: string; type: string; record: object });
  }
  const typesOf = (change: Partial<EnvironmentSpec>) =>
    lifeOf(change).map(({ type }) => type.replace('platform.', ''));

  it('holds the events of its system log level', () => {
    expect(typesOf({})).toEqual(['initStart', 'start', 'report', 'report']);
    expect(typesOf({ systemLogLevel: 'INFO' })).toEqual(['initStart', 'start', 'report', 'report']);
    expect(typesOf({ systemLogLevel: 'WARN' })).toEqual(['report']);
    const all = ['initStart', 'initRuntimeDone', 'initReport', 'start', 'runtimeDone', 'report', 'report'];
    expect(typesOf({ systemLogLevel: 'DEBUG' })).toEqual(all);
    const provisioned = { initializationType: 'provisioned-concurrency' } as const;
    expect(typesOf(provisioned)).toEqual(['initStart', 'initReport', 'start', 'report', 'report']);
  });

  it('has the members that AWS documents', () => {
    const [initStart, , , start, runtimeDone, report, timeout] = lifeOf({ systemLogLevel: 'DEBUG' });
    expect(initStart?.record).toMatchObject({
      initializationType: 'on-demand',
      phase: 'init',
      functionName: 'orders',
      functionVersion: '7',
      instanceId: 'e1',
      instanceMaxMemory: 134217728,
    });
    const time = '1970-01-01T00:00:00.000Z';
    expect(start).toEqual({ time, type: 'platform.start', record: { requestId, version: '7' } });
    expect(runtimeDone?.record).toEqual({
      requestId,
      status: 'success',
      metrics: { durationMs: 1.5, producedBytes: 17 },
    });
    const metrics = { durationMs: 1.5, billedDurationMs: 125, memorySizeMB: 128, maxMemoryUsedMB: 65 };
    expect(report?.record).toEqual({ requestId, metrics, status: 'success' });
    expect(timeout?.record).toEqual({ requestId, metrics, status: 'timeout' });
  });

  it('drops lines of the function below its application log level', () => {
    const at = (level: unknown) => JSON.stringify({ timestamp: '2024-11-02T16:51:31.587199Z', level, m: 1 });
    for (const level of ['INFO', 'info', 'DEBUG', 'TRACE', 3, undefined, 'NOTICE'])
      expect(filteredLine(at(level), 'WARN', 0)).toBeUndefined();
    for (const level of ['WARN', 'warning', 'ERROR', 'CRITICAL'])
      expect(filteredLine(at(level), 'WARN', 0)).toBe(at(level));
    expect(filteredLine(at('debug'), 'TRACE', 0)).toBe(at('debug'));
    const uncaught = '{"timestamp": "2024-11-02T16:51:31Z", "log_level": "ERROR"}';
    expect(filteredLine(uncaught, 'ERROR', 0)).toBe(uncaught);
  });

  it('takes lines without a valid time for INFO, and gives them one', () => {
    const line = '{"level":"ERROR","timestamp":"yesterday"}';
    expect(filteredLine(line, 'WARN', 0)).toBeUndefined();
    const timed = filteredLine('{"level":"DEBUG","message":"x"}', 'INFO', 0);
    expect(JSON.parse(timed ?? '')).toEqual({
      timestamp: '1970-01-01T00:00:00.000Z',
      level: 'DEBUG',
      message: 'x',
    });
  });

  it('keeps text, and embedded metrics', () => {
    for (const line of ['plain', '{ not JSON', '{"_aws":{},"level":"DEBUG"}'])
      expect(filteredLine(line, 'FATAL', 0)).toBe(line);
  });
});

describe('failures of an environment', () => {
  const messageOf = (payload: Buffer) => JSON.parse(payload.toString()).errorMessage;

  it('name the exit status or the signal as AWS does', () => {
    const of = (status: number) => messageOf(exitFailure(requestId, status).payload);
    expect(of(1)).toBe(`RequestId: ${requestId} Error: Runtime exited with error: exit status 1`);
    expect(of(137)).toBe(`RequestId: ${requestId} Error: Runtime exited with error: signal: killed`);
    expect(of(0)).toBe(`RequestId: ${requestId} Error: Runtime exited without providing a reason`);
    // 129 and 128 are what the Node.js runtime exits with; 128 names no signal.
    expect(of(128)).toContain('exit status 128');
  });

  it('say how long a task was given', () => {
    expect(messageOf(timeoutFailure(requestId, 3000, 0).payload)).toBe(
      `RequestId: ${requestId} Error: Task timed out after 3.00 seconds`,
    );
  });
});
