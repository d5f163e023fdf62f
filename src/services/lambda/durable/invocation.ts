/** What passes between an execution and its function: the event of an invocation, and what its answer means. */
import type { ErrorObject } from '@aws-sdk/client-lambda';
import type { InvocationResult } from '../../../compute/index.ts';
import { replayed, wireOperation } from './describe.ts';
import { executionArn } from './names.ts';
import type { ExecutionRecord, OperationRecord } from './records.ts';

/** Of operations in an event; the rest is asked for. Bytes. */
const stateBytesMax = 4 * 1024 * 1024;
const stateOperationsMax = 1000;

/** @param operations all of the execution. */
export function invocationEvent(record: ExecutionRecord, operations: readonly OperationRecord[]): Buffer {
  const shown = replayed(operations);
  const parts: string[] = [];
  let bytes = 0;
  for (const operation of shown) {
    const part = JSON.stringify(wireOperation(operation));
    bytes += Buffer.byteLength(part);
    if (parts.length > 0 && (bytes > stateBytesMax || parts.length >= stateOperationsMax)) break;
    parts.push(part);
  }
  const last = shown[parts.length - 1];
  const more = parts.length < shown.length && last ? `,"NextMarker":"${last.sequence}"` : '';
  const head = `"DurableExecutionArn":${JSON.stringify(executionArn(record))},"CheckpointToken":${JSON.stringify(record.token)}`;
  return Buffer.from(`{${head},"InitialExecutionState":{"Operations":[${parts.join(',')}]${more}}}`);
}

export type Answer =
  | { kind: 'SUCCEEDED'; result: string | undefined }
  | { kind: 'FAILED'; error: ErrorObject }
  | { kind: 'PENDING' }
  /** The invocation failed: it is tried again. */
  | { kind: 'broken'; error: ErrorObject };

export function answerOf(result: InvocationResult): Answer {
  const text = Buffer.from(result.payload).toString('utf8');
  if (!result.ok) return { kind: 'broken', error: errorOf(text) };
  const output = parsed(text);
  const { Status, Result, Error: error } = output;
  if (Status === 'SUCCEEDED')
    return { kind: 'SUCCEEDED', result: Result === undefined ? undefined : String(Result) };
  if (Status === 'FAILED') return { kind: 'FAILED', error: (error ?? {}) as ErrorObject };
  if (Status === 'PENDING') return { kind: 'PENDING' };
  return { kind: 'FAILED', error: invalid('Invalid Status in invocation output.') };
}

export function invalid(ErrorMessage: string): ErrorObject {
  return { ErrorType: 'InvalidParameterValueException', ErrorMessage };
}

/** From the error object of a function. */
export function errorOf(payload: string): ErrorObject {
  const { errorMessage, errorType, stackTrace } = parsed(payload);
  return {
    ...(errorMessage === undefined ? {} : { ErrorMessage: String(errorMessage) }),
    ...(errorType === undefined ? {} : { ErrorType: String(errorType) }),
    ...(Array.isArray(stackTrace) ? { StackTrace: stackTrace.map(String) } : {}),
  };
}

/** As callers of a function see an error: the error object of a function. */
export function errorPayload(error: ErrorObject): Buffer {
  return Buffer.from(
    JSON.stringify({
      errorMessage: error.ErrorMessage,
      errorType: error.ErrorType,
      errorData: error.ErrorData,
      stackTrace: error.StackTrace,
    }),
  );
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
