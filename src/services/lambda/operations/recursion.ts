/** PutFunctionRecursionConfig, GetFunctionRecursionConfig: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html */
import type {
  GetFunctionRecursionConfigCommandInput,
  PutFunctionRecursionConfigCommandInput,
  RecursiveLoop,
} from '@aws-sdk/client-lambda';
import { type Context, loadFunction, named } from './context.ts';

export async function PutFunctionRecursionConfig(
  ctx: Context,
  input: PutFunctionRecursionConfigCommandInput,
): Promise<{ RecursiveLoop: RecursiveLoop }> {
  const name = named(ctx, input.FunctionName);
  const recursiveLoop = input.RecursiveLoop ?? 'Terminate';
  await ctx.room.store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    ctx.room.store.putFunction(tx, name, { ...record, recursiveLoop });
  });
  return { RecursiveLoop: recursiveLoop };
}

export async function GetFunctionRecursionConfig(
  ctx: Context,
  input: GetFunctionRecursionConfigCommandInput,
): Promise<{ RecursiveLoop: RecursiveLoop }> {
  const { recursiveLoop = 'Terminate' } = await loadFunction(ctx, named(ctx, input.FunctionName));
  return { RecursiveLoop: recursiveLoop };
}
