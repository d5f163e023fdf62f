/** What is kept of durable executions: https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html. Names are AWS's. */
import type {
  ErrorObject,
  Event,
  ExecutionStatus,
  OperationStatus,
  OperationType,
} from '@aws-sdk/client-lambda';
import type { Place } from '../store.ts';

/** Where an execution is. */
export interface ExecutionKey extends Place {
  /** A UUID. */
  id: string;
}

export interface ExecutionRecord extends ExecutionKey {
  executionName: string;
  /** `$LATEST` or a number: every invocation of the execution runs it. */
  version: string;
  /** JSON text. */
  input: string;
  tenantId: string | undefined;
  traceId: string | undefined;
  status: ExecutionStatus;
  /** JSON text. */
  result?: string | undefined;
  error?: ErrorObject | undefined;
  /** Milliseconds since the epoch, as all times here. */
  startedAt: number;
  endedAt?: number;
  timeoutSeconds: number;
  retentionDays: number;
  /** Whether an invocation is under way or about to be. */
  busy: boolean;
  /** Number of the latest invocation. */
  turn: number;
  /** What the next checkpoint must show; another one with every checkpoint and invocation. */
  token: string;
  /** The checkpoint before, so that it may be sent again. */
  previous?: { token: string; clientToken: string | undefined; told: string[] };
  /** Invocations that failed one after the other. */
  failures: number;
  /** Operations that changed without the function knowing yet. */
  news: string[];
  /** How many such changes this invocation was told of by checkpoints. */
  told: number;
  nextSequence: number;
  nextEvent: number;
  /** The operation of another execution that waits for this one. */
  parent?: { execution: ExecutionKey; operationId: string };
}

export interface OperationRecord {
  id: string;
  /** In order of their start. */
  sequence: number;
  parentId: string | undefined;
  name: string | undefined;
  type: OperationType;
  subType: string | undefined;
  status: OperationStatus;
  startedAt: number;
  endedAt?: number;
  /** Of EXECUTION and CHAINED_INVOKE. */
  input?: string | undefined;
  result?: string | undefined;
  error?: ErrorObject | undefined;
  /** Of a STEP. */
  attempt?: number;
  nextAttemptAt?: number | undefined;
  /** Of a WAIT. */
  waitSeconds?: number;
  endsAt?: number;
  /** Of a CONTEXT. */
  replayChildren?: boolean | undefined;
  /** Of a CALLBACK. */
  callbackId?: string;
  heartbeatSeconds?: number;
  heartbeatBy?: number;
  /** Of a CHAINED_INVOKE. */
  functionName?: string;
  tenantId?: string | undefined;
}

/** An event of the history, before it has its number and its time. */
export type HistoryEvent = Omit<Event, 'EventId' | 'EventTimestamp'>;
