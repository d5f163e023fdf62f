/** Steering an update that is at work or got stuck. */
import { ValidationError } from '../errors.ts';
import type { StackRecord } from '../records.ts';
import { type Context, placeOf } from '../room.ts';
import { findLiveStack } from './stacks.ts';
import { requireRole, startOperation } from './starting.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html */
export async function CancelUpdateStack(ctx: Context, input: { StackName: string }): Promise<void> {
  const { stackId } = await findLiveStack(ctx, input.StackName);
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    const stack = await writer.stack(stackId);
    if (stack?.status !== 'UPDATE_IN_PROGRESS') {
      throw new ValidationError(`CancelUpdateStack cannot be called from current stack status`);
    }
    const operation = await writer.operation(stackId);
    // A cancelled update is rolled back even when a failed one would not be.
    if (operation) writer.putOperation(stackId, { ...operation, onFailure: 'ROLLBACK' });
    await writer.putStack({ ...stack, cancelRequested: true });
  });
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html */
export async function ContinueUpdateRollback(
  ctx: Context,
  input: {
    StackName: string;
    RoleARN?: string;
    ResourcesToSkip?: readonly string[];
    ClientRequestToken?: string;
  },
) {
  const { stackId } = await findLiveStack(ctx, input.StackName);
  const skip = input.ResourcesToSkip ?? [];
  await requireRole(ctx, input.RoleARN);
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    const stack = await writer.stack(stackId);
    if (stack?.status !== 'UPDATE_ROLLBACK_FAILED') {
      throw new ValidationError(
        `Stack ${stack?.stackName} is in ${stack?.status} state and can not continue update rollback.`,
      );
    }
    for (const logicalId of skip) {
      const resource = await writer.resource(stackId, logicalId);
      if (resource?.status !== 'UPDATE_FAILED') {
        throw new ValidationError(
          `Resource [${logicalId}] cannot be skipped: only resources that failed to roll back can.`,
        );
      }
    }
    const rolling: StackRecord = {
      ...stack,
      status: 'UPDATE_ROLLBACK_IN_PROGRESS',
      roleArn: input.RoleARN ?? stack.roleArn,
    };
    await startOperation(ctx, writer, rolling, 'update-rollback', {
      skip,
      ...(input.ClientRequestToken === undefined ? {} : { clientRequestToken: input.ClientRequestToken }),
    });
  });
  return {};
}

/**
 * Rolls back what a failed creation or update kept.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackStack.html
 */
export async function RollbackStack(
  ctx: Context,
  input: { StackName: string; RoleARN?: string; ClientRequestToken?: string; RetainExceptOnCreate?: boolean },
) {
  const { stackId } = await findLiveStack(ctx, input.StackName);
  await requireRole(ctx, input.RoleARN);
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    const stack = await writer.stack(stackId);
    if (stack?.status !== 'CREATE_FAILED' && stack?.status !== 'UPDATE_FAILED') {
      throw new ValidationError(`Stack:${stackId} is in ${stack?.status} state and can not be rolled back.`);
    }
    const previous = (await writer.operation(stackId))?.previous;
    const options = {
      retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
      ...(previous ? { previous } : {}),
      ...(input.ClientRequestToken === undefined ? {} : { clientRequestToken: input.ClientRequestToken }),
    };
    const roleArn = input.RoleARN ?? stack.roleArn;
    if (stack.status === 'CREATE_FAILED') {
      const rolling: StackRecord = { ...stack, status: 'ROLLBACK_IN_PROGRESS', roleArn };
      await startOperation(ctx, writer, rolling, 'create-rollback', options);
      return;
    }
    if (previous) writer.putInputs(stackId, previous);
    const rolling: StackRecord = { ...stack, status: 'UPDATE_ROLLBACK_IN_PROGRESS', roleArn };
    await startOperation(ctx, writer, rolling, 'update-rollback', options);
  });
  return { StackId: stackId };
}
