/** What TransactWriteItems and ExecuteTransaction share: writes that happen all or not at all, once for a token. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/port.ts';
import { Consumption } from '../domain/capacity.ts';
import { checkTransactable } from '../domain/globalTable.ts';
import { itemBytes } from '../domain/itemSize.ts';
import type { Table } from '../domain/table.ts';
import {
  IdempotentParameterMismatchException,
  TransactionInProgressException,
  ValidationException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context, Room } from '../room.ts';
import { findToken, rememberToken } from '../store/tokens.ts';
import { isThrottled, throttledReason } from '../throughput.ts';
import { type CancellationReason, cancelled, checkNoConflict, itemId } from './inFlight.ts';
import { allCollectionMetrics, type MetricsInput, type Write, writeItem } from './write.ts';

/** A write ready to run. */
export interface Step {
  write: Write;
  table: Table;
}

/**
 * @param clientToken makes a repeated request harmless for ten minutes. @param request what must be the same then.
 * @returns what the writes consumed; undefined when they were done by an earlier request.
 * @throws TransactionCanceledException with a reason for each step.
 */
export async function transact(
  ctx: Context,
  steps: readonly Step[],
  clientToken: string | undefined,
  request: unknown,
): Promise<ReadonlyMap<Table, Consumption> | undefined> {
  const { room, now } = ctx;
  for (const { table } of steps) checkTransactable(table);
  const items = steps.map(({ table, write }) => itemId(table, write.key));
  if (new Set(items).size !== items.length) {
    throw new ValidationException('Transaction request cannot include multiple operations on one item');
  }
  // Half a surrogate pair has no place in a store key.
  const token = clientToken?.toWellFormed();
  const digest = token === undefined ? '' : digestOf(request);
  const underWay = token === undefined ? undefined : { id: `${ctx.account} ${ctx.region} ${token}`, digest };
  if (underWay) checkNotUnderWay(ctx, underWay);
  checkNoConflict(room, items);
  return room.inFlight.during(items, underWay, () =>
    room.items.store.transact(async (tx) => {
      if (token !== undefined) {
        const known = await findToken(tx, ctx, token, now);
        if (known === digest) return undefined;
        if (known !== undefined) throw mismatch();
        await rememberToken(tx, ctx, token, digest, now);
      }
      return run(tx, ctx, steps);
    }),
  );
}

/** @throws TransactionInProgressException for a request that is repeated before it was answered. */
function checkNotUnderWay({ room }: Context, { id, digest }: { id: string; digest: string }): void {
  const underWay = room.inFlight.digestOf(id);
  if (underWay === undefined) return;
  if (underWay !== digest) throw mismatch();
  throw new TransactionInProgressException(
    'The transaction with the given request token is already in progress.',
  );
}

function mismatch(): Error {
  return new IdempotentParameterMismatchException(
    'The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical',
  );
}

/** All or nothing: one failed step cancels all, and every step's reason is told in order. */
async function run(tx: Transaction, ctx: Context, steps: readonly Step[]): Promise<Map<Table, Consumption>> {
  const consumptions = new Map<Table, Consumption>();
  const reasons: CancellationReason[] = [];
  let bytes = 0;
  for (const { write, table } of steps) {
    const consumption = consumptions.get(table) ?? new Consumption(table);
    consumptions.set(table, consumption);
    try {
      const { after } = await writeItem(tx, ctx.room, write, 2, consumption);
      bytes += after ? itemBytes(after) : 0;
      reasons.push({ Code: 'None' });
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  if (bytes > limits.transactBytesMax) {
    throw new ValidationException(`Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`);
  }
  return consumptions;
}

/** @throws what isn't the step's own fault. */
function reasonOf(error: unknown): CancellationReason {
  if (!(error instanceof AwsError)) throw error;
  if (error.code === 'ConditionalCheckFailedException') {
    return { Code: 'ConditionalCheckFailed', Message: error.message, ...error.members };
  }
  if (error.code === 'ItemCollectionSizeLimitExceededException') {
    return { Code: 'ItemCollectionSizeLimitExceeded', Message: error.message };
  }
  if (isThrottled(error)) return throttledReason(error);
  if (error.code === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
  if (error.code === 'DuplicateItemException') return { Code: 'DuplicateItem', Message: error.message };
  throw error;
}

function digestOf(request: unknown): string {
  const text = JSON.stringify(request, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return createHash('sha256').update(text).digest('base64');
}

/** A repeated request is answered as if it had just run; what it cost then was two reads an item. */
export async function describeTransaction(
  room: Room,
  input: MetricsInput,
  steps: readonly Step[],
  consumptions: ReadonlyMap<Table, Consumption> | undefined,
): Promise<object> {
  const capacities: object[] = [];
  if (consumptions) {
    for (const one of consumptions.values()) {
      const capacity = one.describe(input.ReturnConsumedCapacity, 'write');
      if (capacity) capacities.push(capacity);
    }
  } else {
    const reads = new Map<Table, Consumption>();
    for (const { table } of steps) {
      const one = reads.get(table) ?? new Consumption(table);
      one.addTable(2);
      reads.set(table, one);
    }
    for (const one of reads.values()) {
      const capacity = one.describe(input.ReturnConsumedCapacity, 'read');
      if (capacity) capacities.push(capacity);
    }
  }
  const metrics = await allCollectionMetrics(room, input, () =>
    steps.map(({ table, write }) => ({ table, name: table.name, key: write.key })),
  );
  return {
    ...(capacities.length > 0 ? { ConsumedCapacity: capacities } : {}),
    ...(metrics ? { ItemCollectionMetrics: metrics } : {}),
  };
}
