import { ValidationError } from '../errors.ts';
import { type Context, placeOf } from '../room.ts';
import { requireRole, startOperation } from './starting.ts';

export interface DeleteStackInput {
  StackName: string;
  RetainResources?: readonly string[];
  RoleARN?: string;
  ClientRequestToken?: string;
  DeletionMode?: 'STANDARD' | 'FORCE_DELETE_STACK';
}

/**
 * Succeeds at once, also for a stack that isn't there.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
 */
export async function DeleteStack(ctx: Context, input: DeleteStackInput): Promise<void> {
  await requireRole(ctx, input.RoleARN);
  const force = input.DeletionMode === 'FORCE_DELETE_STACK';
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    const stack = await writer.find(input.StackName);
    if (!stack || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') return;
    if (stack.terminationProtection) {
      throw new ValidationError(
        `Stack [${stack.stackName}] cannot be deleted while TerminationProtection is enabled`,
      );
    }
    if ((input.RetainResources?.length || force) && stack.status !== 'DELETE_FAILED') {
      throw new ValidationError(
        `Invalid operation on stack [${stack.stackId}]. ${force ? 'DeletionMode FORCE_DELETE_STACK' : 'RetainResources'} can only be specified for stacks in the DELETE_FAILED state.`,
      );
    }
    const options = {
      retain: input.RetainResources ?? [],
      force,
      statusBefore: stack.status,
      ...(input.ClientRequestToken === undefined ? {} : { clientRequestToken: input.ClientRequestToken }),
    };
    const deleting = {
      ...stack,
      status: 'DELETE_IN_PROGRESS' as const,
      roleArn: input.RoleARN ?? stack.roleArn,
      ...(input.DeletionMode === undefined ? {} : { deletionMode: input.DeletionMode }),
    };
    const operation = await writer.operation(stack.stackId);
    if (stack.status === 'CREATE_IN_PROGRESS' && operation) {
      // What is being made must be known before it can be deleted: the creation ends, then turns to deletion.
      writer.putOperation(stack.stackId, { ...operation, onFailure: 'DELETE' });
      await writer.putStack(
        writer.addEvent(
          { ...deleting, statusReason: 'User Initiated', cancelRequested: true },
          {
            eventId: ctx.room.ids.uuid(),
            time: ctx.now,
            logicalId: stack.stackName,
            physicalId: stack.stackId,
            type: 'AWS::CloudFormation::Stack',
            status: 'DELETE_IN_PROGRESS',
            reason: 'User Initiated',
            clientRequestToken: input.ClientRequestToken,
          },
        ),
      );
      return;
    }
    if (stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS') {
      throw new ValidationError(`Stack [${stack.stackId}] cannot be deleted while in status ${stack.status}`);
    }
    await startOperation(ctx, writer, deleting, 'delete', options);
  });
}
