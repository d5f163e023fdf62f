/** CheckpointDurableExecution: what a function has done is kept before it goes on. */
import type {
  CheckpointDurableExecutionCommandInput,
  CheckpointDurableExecutionResponse,
  OperationUpdate,
} from '@aws-sdk/client-lambda';
import { InvalidParameterValueException } from '../errors.ts';
import type { Context } from '../operations/context.ts';
import { applyUpdate } from './apply.ts';
import { describeOperation } from './describe.ts';
import type { Draft } from './draft.ts';
import { tokenOf } from './executions.ts';
import { parseExecutionArn } from './names.ts';
import type { OperationRecord } from './records.ts';
import { checkUpdates } from './validate.ts';

/** All updates are applied or none. The token is used up, unless the same request is sent again. */
export async function CheckpointDurableExecution(
  ctx: Context,
  input: CheckpointDurableExecutionCommandInput,
): Promise<CheckpointDurableExecutionResponse> {
  const key = parseExecutionArn(input.DurableExecutionArn ?? '');
  const answer = await ctx.room.durable.change(key, async (draft) => {
    const { record } = draft;
    const { ClientToken } = input;
    const isRepeated =
      ClientToken !== undefined &&
      record.previous?.token === input.CheckpointToken &&
      record.previous?.clientToken === ClientToken;
    if (isRepeated) return answerWith(draft, record.previous?.told ?? []);
    if (record.token !== input.CheckpointToken) throw invalidToken();
    const touched = await apply(ctx, draft, input.Updates ?? []);
    const told = [...new Set([...record.news, ...touched])];
    record.told += record.news.length;
    record.news = [];
    record.previous = { token: record.token, clientToken: ClientToken, told };
    record.token = draft.isRunning ? tokenOf(ctx.room.platform.ids.uuid()) : record.token;
    return answerWith(draft, told);
  });
  if (!answer) throw invalidToken();
  return answer;
}

async function answerWith(
  draft: Draft,
  told: readonly string[],
): Promise<CheckpointDurableExecutionResponse> {
  const operations: OperationRecord[] = [];
  for (const id of told) {
    const operation = await draft.operation(id);
    if (operation) operations.push(operation);
  }
  return {
    ...(draft.isRunning ? { CheckpointToken: draft.record.token } : {}),
    NewExecutionState: { Operations: operations.map(describeOperation) },
  };
}

/** @returns ids of the operations that have changed, each once. */
async function apply(ctx: Context, draft: Draft, given: readonly OperationUpdate[]): Promise<string[]> {
  const { record } = draft;
  // The execution has one operation of its own, whatever the function calls it.
  const updates = given.map((update) =>
    update.Type === 'EXECUTION' ? { ...update, Id: record.id } : update,
  );
  const known = new Map<string, OperationRecord>();
  for (const { Id, ParentId } of updates) {
    for (const id of [Id, ParentId]) {
      const operation = id === undefined || known.has(id) ? undefined : await draft.operation(id);
      if (operation) known.set(operation.id, operation);
    }
  }
  checkUpdates(updates, known);
  for (const update of updates) {
    const id = update.Id ?? '';
    if (update.Type === 'EXECUTION') {
      const status = update.Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED';
      await draft.finish(status, { result: update.Payload, error: update.Error });
      continue;
    }
    const current = known.get(id);
    const place = { now: ctx.room.platform.clock.now(), sequence: record.nextSequence };
    const { operation, events, timers } = applyUpdate(record, update, current, place);
    if (!current) record.nextSequence += 1;
    known.set(id, operation);
    draft.put(operation);
    for (const event of events) draft.event(event);
    for (const { kind, at } of timers) await draft.alarm(kind, at, id);
    if (operation.type === 'CHAINED_INVOKE' && operation.status === 'STARTED') await draft.call(id);
  }
  return [...new Set(updates.map(({ Id = '' }) => Id))];
}

function invalidToken(): Error {
  return new InvalidParameterValueException('Invalid checkpoint token');
}
