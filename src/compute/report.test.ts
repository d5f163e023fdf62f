import { describe, expect, it } from 'vitest';
import { exitFailure, timeoutFailure } from './failures.ts';
import { endLine, initReportLine, initStartLine, reportLine, startLine } from './report.ts';

const requestId = '8f507cfc-1234-4d5e-9abc-0123456789ab';

describe('platform lines', () => {
  it('read as those of AWS in the Text format', () => {
    expect(startLine('Text', 0, requestId, '$LATEST')).toBe(`START RequestId: ${requestId} Version: $LATEST`);
    expect(endLine('Text', requestId)).toBe(`END RequestId: ${requestId}`);
    const facts = { requestId, durationMs: 1.5, billedMs: 125, memoryMb: 128, memoryUsedMb: 65 };
    expect(reportLine('Text', 0, { ...facts, initMs: 123.4, status: 'success' })).toBe(
      `REPORT RequestId: ${requestId}\tDuration: 1.50 ms\tBilled Duration: 125 ms\tMemory Size: 128 MB\tMax Memory Used: 65 MB\tInit Duration: 123.40 ms\t`,
    );
    expect(reportLine('Text', 0, { ...facts, status: 'timeout' })).toMatch(/MB\tStatus: timeout$/);
    expect(reportLine('Text', 0, { ...facts, status: 'error', errorType: 'Runtime.ExitError' })).toMatch(
      /MB\tStatus: error\tError Type: Runtime.ExitError$/,
    );
    expect(initReportLine('Text', 0, 12, 'error', 'Runtime.ImportModuleError')).toBe(
      'INIT_REPORT Init Duration: 12.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError',
    );
    expect(initStartLine('Text', 0, 'nodejs24.x', '24.21.0')).toMatch(
      /^INIT_START Runtime Version: nodejs:24\.v21\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/,
    );
    expect(initStartLine('Text', 0, 'python3.12', '3.12.1')).toContain('Runtime Version: python:3.12.v12');
  });

  it('are events in the JSON format, which has no END', () => {
    expect(JSON.parse(startLine('JSON', 0, requestId, '7'))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      type: 'platform.start',
      record: { requestId, version: '7' },
    });
    expect(endLine('JSON', requestId)).toBeUndefined();
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
    expect(messageOf(timeoutFailure(requestId, 3000).payload)).toBe(
      `RequestId: ${requestId} Error: Task timed out after 3.00 seconds`,
    );
  });
});
