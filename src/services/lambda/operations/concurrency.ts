/** Reserved concurrency: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
import type {
  DeleteFunctionConcurrencyCommandInput,
  GetFunctionConcurrencyCommandInput,
  PutFunctionConcurrencyCommandInput,
} from '@aws-sdk/client-lambda';
import type { Transaction } from '../../../store/index.ts';
import { InvalidParameterValueException } from '../errors.ts';
import { concurrentExecutionsMax, unreservedConcurrencyMin } from '../limits.ts';
import { type Context, loadFunction, named } from './context.ts';

/** Functions and provisioned qualifiers whose concurrency is summed. */
const summedMax = 100_000;

interface Reserved {
  ReservedConcurrentExecutions?: number;
}

export async function PutFunctionConcurrency(
  ctx: Context,
  input: PutFunctionConcurrencyCommandInput,
): Promise<Reserved> {
  const name = named(ctx, input.FunctionName);
  if (name.qualifier !== undefined) {
    throw new InvalidParameterValueException(
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    );
  }
  const wanted = input.ReservedConcurrentExecutions ?? 0;
  await ctx.room.store.transact(async (tx) => {
    const { others, provisioned } = await concurrencyTaken(ctx, name.name, tx);
    if (others + wanted > concurrentExecutionsMax - unreservedConcurrencyMin) {
      throw new InvalidParameterValueException(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedConcurrencyMin}].`,
      );
    }
    if (provisioned > wanted) {
      throw new InvalidParameterValueException(
        ` ReservedConcurrentExecutions  ${wanted} should not be lower than function's total provisioned concurrency [${provisioned}].`,
      );
    }
    const record = await loadFunction(ctx, name, tx);
    ctx.room.store.putFunction(tx, name, { ...record, reservedConcurrency: wanted });
  });
  ctx.room.concurrency.forget(name);
  return { ReservedConcurrentExecutions: wanted };
}

export async function DeleteFunctionConcurrency(
  ctx: Context,
  input: DeleteFunctionConcurrencyCommandInput,
): Promise<object> {
  const name = named(ctx, input.FunctionName);
  await ctx.room.store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    ctx.room.store.putFunction(tx, name, { ...record, reservedConcurrency: undefined });
  });
  ctx.room.concurrency.forget(name);
  return {};
}

export async function GetFunctionConcurrency(
  ctx: Context,
  input: GetFunctionConcurrencyCommandInput,
): Promise<Reserved> {
  const { reservedConcurrency } = await loadFunction(ctx, named(ctx, input.FunctionName));
  return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
}

/**
 * What of an account's concurrency is spoken for: by a function's reservation or, where it has none, by its
 * provisioned concurrency.
 * @returns of one function what is provisioned, of all the others what they take.
 */
export async function concurrencyTaken(
  ctx: Context,
  functionName: string | undefined,
  tx?: Transaction,
): Promise<{ others: number; provisioned: number }> {
  const { store } = ctx.room;
  const provisioned = new Map<string, number>();
  for (const { place, record } of await store.allProvisioned(ctx, summedMax, tx))
    provisioned.set(place.name, (provisioned.get(place.name) ?? 0) + record.requested);
  const functions = await store.listFunctions(ctx.account, ctx.region, { limit: summedMax }, tx);
  let others = 0;
  for (const { latest, reservedConcurrency } of functions) {
    if (latest.functionName === functionName) continue;
    others += reservedConcurrency ?? provisioned.get(latest.functionName) ?? 0;
  }
  return { others, provisioned: provisioned.get(functionName ?? '') ?? 0 };
}
