/** Reserved concurrency: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
import type {
  DeleteFunctionConcurrencyCommandInput,
  GetFunctionConcurrencyCommandInput,
  PutFunctionConcurrencyCommandInput,
} from '@aws-sdk/client-lambda';
import { InvalidParameterValueException } from '../errors.ts';
import { concurrentExecutionsMax, unreservedConcurrencyMin } from '../limits.ts';
import { type Context, loadFunction, named } from './context.ts';

/** Functions whose reservations are summed. */
const functionsMax = 100_000;

interface Reserved {
  ReservedConcurrentExecutions?: number;
}

export async function PutFunctionConcurrency(
  ctx: Context,
  input: PutFunctionConcurrencyCommandInput,
): Promise<Reserved> {
  const name = named(ctx, input.FunctionName);
  const wanted = input.ReservedConcurrentExecutions ?? 0;
  const functions = await ctx.room.store.listFunctions(ctx.account, ctx.region, { limit: functionsMax });
  const others = functions
    .filter(({ latest }) => latest.functionName !== name.name)
    .reduce((sum, { reservedConcurrency }) => sum + (reservedConcurrency ?? 0), 0);
  if (others + wanted > concurrentExecutionsMax - unreservedConcurrencyMin) {
    throw new InvalidParameterValueException(
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedConcurrencyMin}].`,
    );
  }
  await set(ctx, name, wanted);
  return { ReservedConcurrentExecutions: wanted };
}

export async function DeleteFunctionConcurrency(
  ctx: Context,
  input: DeleteFunctionConcurrencyCommandInput,
): Promise<object> {
  await set(ctx, named(ctx, input.FunctionName), undefined);
  return {};
}

export async function GetFunctionConcurrency(
  ctx: Context,
  input: GetFunctionConcurrencyCommandInput,
): Promise<Reserved> {
  const { reservedConcurrency } = await loadFunction(ctx, named(ctx, input.FunctionName));
  return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
}

async function set(ctx: Context, name: ReturnType<typeof named>, value: number | undefined): Promise<void> {
  await ctx.room.store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    ctx.room.store.putFunction(tx, name, { ...record, reservedConcurrency: value });
  });
}
