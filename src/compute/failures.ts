/** What a caller gets when the environment, not the function's code, ends an invocation. */

export interface Failure {
  errorType: string;
  payload: Buffer;
}

/** One that stands in the log too, in words. */
export interface LoggedFailure extends Failure {
  line: string;
}

/**
 * The runtime's process ended. AWS puts the reason into the message; the words are those of Go's `os/exec`.
 * @param status exit status as a shell counts it: above 128 a signal.
 */
export function exitFailure(requestId: string, status: number): LoggedFailure {
  return logged(
    failure('Runtime.ExitError', `RequestId: ${requestId} Error: ${exitReason(status)}`),
    requestId,
    exitReason(status),
  );
}

/** A container's program couldn't be started; the message says why, as Lambda would. */
export class InvalidEntrypoint extends Error {}

/**
 * The runtime's process ended, or never began.
 * @param isCustom the program is the function's own `bootstrap`. @param cause of what never began.
 */
export function endFailure(
  requestId: string,
  status: number,
  isCustom: boolean,
  cause: Error | undefined,
): LoggedFailure {
  if (cause instanceof InvalidEntrypoint) {
    const found = failure('Runtime.InvalidEntrypoint', `RequestId: ${requestId} Error: ${cause.message}`);
    return logged(found, requestId, cause.message);
  }
  return (isCustom ? entrypointFailure(requestId, status) : undefined) ?? exitFailure(requestId, status);
}

/** What a shell answers for a program that it can't run, or can't find. */
const notRunnable = new Set([126, 127]);

/** The function's own `bootstrap` isn't there or isn't a program; undefined when `status` tells of something else. */
function entrypointFailure(requestId: string, status: number): LoggedFailure | undefined {
  if (!notRunnable.has(status)) return undefined;
  const reason = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
  const found = failure('Runtime.InvalidEntrypoint', `RequestId: ${requestId} Error: ${reason}`);
  return logged(found, requestId, exitReason(status));
}

/** What follows `Error:`, and what stands in the log. */
function exitReason(status: number): string {
  if (status === 0) return 'Runtime exited without providing a reason';
  const signal = signals[status - 128];
  if (signal) return `Runtime exited with error: signal: ${signal}`;
  return `Runtime exited with error: exit status ${status}`;
}

/** @param timeoutMs the function's timeout, or that of Init. @param now milliseconds since the epoch. */
export function timeoutFailure(requestId: string, timeoutMs: number, now: number): LoggedFailure {
  const reason = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
  return {
    ...failure('Sandbox.Timedout', `RequestId: ${requestId} Error: ${reason}`),
    line: `${new Date(now).toISOString()} ${requestId} ${reason}\n`,
  };
}

/** @param reason `exit code 1`, of an extension. */
export function extensionFailure(requestId: string, errorType: string, reason: string): LoggedFailure {
  return logged(failure(errorType, `RequestId: ${requestId} Error: ${reason}`), requestId, reason);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB for a synchronous response. */
export function tooLargeFailure(bytesMax: number): Failure {
  return failure(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${bytesMax} bytes).`,
  );
}

/** @param output what the runtime said before it had a log to say it in. */
export function bootFailure(status: number, cause: Error | undefined, output: string): Error {
  const why = [cause?.message ?? exitReason(status), output].filter(Boolean).join(': ');
  return new Error(`the runtime ended before it was up: ${why}`);
}

/** What a runtime calls the error it reports; `Unhandled` when it doesn't say. */
export function errorTypeOf(body: Buffer): string {
  try {
    const { errorType }: { errorType?: unknown } = JSON.parse(body.toString('utf8'));
    return typeof errorType === 'string' ? errorType : 'Unhandled';
  } catch {
    return 'Unhandled';
  }
}

function logged(found: Failure, requestId: string, reason: string): LoggedFailure {
  return { ...found, line: `RequestId: ${requestId} Error: ${reason}\n${found.errorType}` };
}

function failure(errorType: string, errorMessage: string): Failure {
  return { errorType, payload: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
}

/** Names as Go prints them. */
const signals: Readonly<Record<number, string>> = {
  1: 'hangup',
  2: 'interrupt',
  3: 'quit',
  4: 'illegal instruction',
  6: 'aborted',
  7: 'bus error',
  8: 'floating point exception',
  9: 'killed',
  11: 'segmentation fault',
  13: 'broken pipe',
  15: 'terminated',
};
