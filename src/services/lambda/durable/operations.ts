/** Looking at durable executions, stopping them, and completing their callbacks: https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html */
import type {
  ErrorObject,
  GetDurableExecutionCommandInput,
  GetDurableExecutionHistoryCommandInput,
  GetDurableExecutionHistoryResponse,
  GetDurableExecutionResponse,
  GetDurableExecutionStateCommandInput,
  GetDurableExecutionStateResponse,
  ListDurableExecutionsByFunctionCommandInput,
  ListDurableExecutionsByFunctionResponse,
  SendDurableExecutionCallbackFailureCommandInput,
  SendDurableExecutionCallbackHeartbeatCommandInput,
  StopDurableExecutionCommandInput,
  StopDurableExecutionResponse,
} from '@aws-sdk/client-lambda';
import { CallbackTimeoutException, InvalidParameterValueException } from '../errors.ts';
import { type Context, loadFunction, named, pageOf, readMarker } from '../operations/context.ts';
import { resolveVersion } from '../resolve.ts';
import { describeExecution, describeOperation, describeWhole, replayed } from './describe.ts';
import type { Draft } from './draft.ts';
import { errorDetails, eventOf, resultDetails, withoutData } from './history.ts';
import { itemsDefault } from './limits.ts';
import { executionNotFound, parseCallbackId, parseExecutionArn } from './names.ts';
import type { ExecutionRecord, OperationRecord } from './records.ts';

export async function GetDurableExecution(
  ctx: Context,
  input: GetDurableExecutionCommandInput,
): Promise<GetDurableExecutionResponse> {
  return describeWhole(await load(ctx, input.DurableExecutionArn));
}

export async function GetDurableExecutionHistory(
  ctx: Context,
  input: GetDurableExecutionHistoryCommandInput,
): Promise<GetDurableExecutionHistoryResponse> {
  const record = await load(ctx, input.DurableExecutionArn);
  const size = input.MaxItems || itemsDefault;
  const after = readMarker(input.Marker);
  const found = await ctx.room.durable.store.events(record, {
    ...(after === undefined ? {} : { after: Number(after) || 0 }),
    limit: size + 1,
    reverse: input.ReverseOrder === true,
  });
  const { items, nextMarker } = pageOf(found, size, ({ EventId }) => String(EventId));
  return {
    Events: input.IncludeExecutionData ? items : items.map(withoutData),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

/** Of the invocation that is under way. */
export async function GetDurableExecutionState(
  ctx: Context,
  input: GetDurableExecutionStateCommandInput,
): Promise<GetDurableExecutionStateResponse> {
  const key = parseExecutionArn(input.DurableExecutionArn ?? '');
  const record = await ctx.room.durable.store.execution(key);
  const tokens = [record?.token, record?.previous?.token];
  if (record?.status !== 'RUNNING' || !tokens.includes(input.CheckpointToken))
    throw new InvalidParameterValueException('Invalid checkpoint token');
  const after = Number(input.Marker ?? -1);
  const size = input.MaxItems || itemsDefault;
  const operations = replayed(await ctx.room.durable.store.operations(key));
  const rest = operations.filter(({ sequence }) => sequence > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    Operations: page.map(describeOperation),
    ...(rest.length > size && last ? { NextMarker: String(last.sequence) } : {}),
  };
}

/** A function has more executions than a page looks at when its filters leave few. */
const lookedAtMax = 1000;

/** “If not specified, lists executions for the $LATEST version.” Filters may leave pages with fewer items than there are. */
export async function ListDurableExecutionsByFunction(
  ctx: Context,
  input: ListDurableExecutionsByFunctionCommandInput,
): Promise<ListDurableExecutionsByFunctionResponse> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  await loadFunction(ctx, name);
  const { configuration } = await resolveVersion(ctx.room.store, name, ctx.room.platform.ids);
  const size = input.MaxItems || itemsDefault;
  const reverse = input.ReverseOrder === true;
  let after = readPlace(readMarker(input.Marker));
  const shown: ExecutionRecord[] = [];
  for (;;) {
    const found = await ctx.room.durable.store.list(name, {
      ...(after ? { after } : {}),
      limit: lookedAtMax,
      reverse,
    });
    shown.push(...found.filter((record) => fits(record, input, configuration.version)));
    const last = found.at(-1);
    if (shown.length > size || found.length < lookedAtMax || !last) break;
    after = [last.startedAt, last.id];
  }
  const { items, nextMarker } = pageOf(shown, size, ({ startedAt, id }) => `${startedAt}:${id}`);
  return {
    DurableExecutions: items.map(describeExecution),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

/** Nothing that has ended is stopped again. */
export async function StopDurableExecution(
  ctx: Context,
  input: StopDurableExecutionCommandInput,
): Promise<StopDurableExecutionResponse> {
  const record = await load(ctx, input.DurableExecutionArn);
  const stopped = await ctx.room.durable.change(record, async (draft) => {
    await draft.finish('STOPPED', { error: input.Error ?? {} });
    return draft.record.endedAt;
  });
  return {
    StopTimestamp: new Date(stopped ?? (await load(ctx, input.DurableExecutionArn)).endedAt ?? ctx.now),
  };
}

export async function SendDurableExecutionCallbackSuccess(
  ctx: Context,
  input: { CallbackId?: string | undefined; Result?: Uint8Array | undefined },
): Promise<object> {
  const result =
    input.Result && input.Result.length > 0 ? Buffer.from(input.Result).toString('utf8') : undefined;
  await close(ctx, input.CallbackId, 'SUCCEEDED', { result });
  return {};
}

export async function SendDurableExecutionCallbackFailure(
  ctx: Context,
  input: SendDurableExecutionCallbackFailureCommandInput,
): Promise<object> {
  await close(ctx, input.CallbackId, 'FAILED', { error: input.Error ?? {} });
  return {};
}

/** The callback has its whole time between heartbeats again. */
export async function SendDurableExecutionCallbackHeartbeat(
  ctx: Context,
  input: SendDurableExecutionCallbackHeartbeatCommandInput,
): Promise<object> {
  await onCallback(ctx, input.CallbackId, async (draft, operation) => {
    if (operation.heartbeatSeconds === undefined) return;
    const heartbeatBy = draft.now + operation.heartbeatSeconds * 1000;
    draft.put({ ...operation, heartbeatBy });
    await draft.alarm('heartbeat', heartbeatBy, operation.id);
  });
  return {};
}

function close(
  ctx: Context,
  callbackId: string | undefined,
  status: 'SUCCEEDED' | 'FAILED',
  outcome: { result?: string | undefined; error?: ErrorObject },
): Promise<void> {
  return onCallback(ctx, callbackId, async (draft, operation) => {
    const closed: OperationRecord = { ...operation, status, endedAt: draft.now, ...outcome };
    const details = status === 'SUCCEEDED' ? resultDetails(outcome.result) : errorDetails(outcome.error);
    draft.event(eventOf(closed, status, { ...details }));
    await draft.tell(closed);
  });
}

/** @throws CallbackTimeoutException when the callback isn't open any more. */
async function onCallback(
  ctx: Context,
  callbackId: string | undefined,
  body: (draft: Draft, operation: OperationRecord) => Promise<void>,
): Promise<void> {
  const { key, operationId } = parseCallbackId(callbackId ?? '');
  const done = await ctx.room.durable.change(key, async (draft) => {
    const operation = await draft.operation(operationId);
    if (operation?.callbackId !== callbackId || operation?.status !== 'STARTED') return false;
    await body(draft, operation);
    return true;
  });
  if (!done) {
    throw new CallbackTimeoutException(
      'The callback ID token has either expired or the callback associated with the token has already been closed.',
    );
  }
}

async function load(ctx: Context, arn = ''): Promise<ExecutionRecord> {
  const record = await ctx.room.durable.store.execution(parseExecutionArn(arn));
  if (!record) throw executionNotFound(arn);
  return record;
}

function fits(
  record: ExecutionRecord,
  wanted: ListDurableExecutionsByFunctionCommandInput,
  version: string,
): boolean {
  const { DurableExecutionName, Statuses, StartedAfter, StartedBefore } = wanted;
  return (
    record.version === version &&
    (DurableExecutionName === undefined || record.executionName === DurableExecutionName) &&
    (Statuses === undefined || Statuses.includes(record.status)) &&
    (StartedAfter === undefined || record.startedAt > new Date(StartedAfter).getTime()) &&
    (StartedBefore === undefined || record.startedAt < new Date(StartedBefore).getTime())
  );
}

function readPlace(marker: string | undefined): readonly [number, string] | undefined {
  const [, time, id] = /^(\d+):(.+)$/.exec(marker ?? '') ?? [];
  return time === undefined || id === undefined ? undefined : [Number(time), id];
}
