import { isUpdatable } from '../domain/status.ts';
import { ValidationError } from '../errors.ts';
import { prepare, requireCapabilities, type StackRequest } from '../prepare.ts';
import type { OnFailure, StackInputs, StackRecord } from '../records.ts';
import { type Context, placeOf, prepareContext } from '../room.ts';
import type { StackWriter } from '../store/index.ts';
import { changesNothing, planUpdate } from './planning.ts';
import { checkPolicyText, requireAllowedByPolicy } from './stackPolicies.ts';
import { findLiveStack } from './stacks.ts';
import {
  type OperationOptions,
  refuseUnsupported,
  repeatedRequest,
  requireRole,
  startOperation,
  type UnsupportedMembers,
} from './starting.ts';

export interface UpdateStackInput extends StackRequest, UnsupportedMembers {
  StackName: string;
  DisableRollback?: boolean;
  RoleARN?: string;
  ClientRequestToken?: string;
  RetainExceptOnCreate?: boolean;
  StackPolicyBody?: string;
  StackPolicyDuringUpdateBody?: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html */
export async function UpdateStack(ctx: Context, input: UpdateStackInput) {
  refuseUnsupported('UpdateStack', input);
  const reader = ctx.room.store.at(placeOf(ctx));
  const stack = await findLiveStack(ctx, input.StackName);
  const { ClientRequestToken } = input;
  const repeated = await repeatedRequest(ctx, 'UpdateStack', ClientRequestToken, stack.stackName);
  if (repeated !== undefined) return { StackId: repeated };
  await requireRole(ctx, input.RoleARN);
  requireUpdatable(stack);
  checkPolicyText(input.StackPolicyBody);
  const before = await reader.inputs(stack.stackId);
  const prepared = await prepare(prepareContext(ctx), input, stack, before);
  const plan = await planUpdate(ctx, stack, prepared);
  if (before && stack.status !== 'UPDATE_FAILED' && changesNothing(plan, stack, before, prepared.inputs)) {
    throw new ValidationError('No updates are to be performed.');
  }
  requireCapabilities(prepared.missingCapabilities);
  requireAllowedByPolicy(stack, input.StackPolicyDuringUpdateBody, plan.changes);

  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    if (ClientRequestToken) {
      const token = { stackId: stack.stackId, operation: 'UpdateStack' };
      writer.putToken(ClientRequestToken, stack.stackName, token);
    }
    await startUpdate(ctx, writer, stack.stackId, prepared.inputs, {
      description: prepared.template.description,
      ...(input.RoleARN === undefined ? {} : { roleArn: input.RoleARN }),
      ...(input.StackPolicyBody === undefined ? {} : { stackPolicy: input.StackPolicyBody }),
      onFailure: input.DisableRollback ? 'DO_NOTHING' : 'ROLLBACK',
      ...(ClientRequestToken === undefined ? {} : { clientRequestToken: ClientRequestToken }),
      retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
    });
  });
  return { StackId: stack.stackId };
}

export interface UpdateStart extends OperationOptions {
  readonly description: string | undefined;
  readonly roleArn?: string;
  readonly stackPolicy?: string;
  readonly onFailure: OnFailure;
}

/** Sets an update going, in the transaction that looked whether it may. Used by change sets too. */
export async function startUpdate(
  ctx: Context,
  writer: StackWriter,
  stackId: string,
  inputs: StackInputs,
  { description, roleArn, stackPolicy, ...options }: UpdateStart,
): Promise<void> {
  const stack = await writer.stack(stackId);
  const before = await writer.inputs(stackId);
  if (!stack || !before) throw new ValidationError(`Stack [${stackId}] does not exist`);
  requireUpdatable(stack);
  // An update after a failed one that was kept goes back, if it must, to what was before both.
  const kept = stack.status === 'UPDATE_FAILED' ? (await writer.operation(stackId))?.previous : undefined;
  writer.putInputs(stackId, inputs);
  const updated: StackRecord = {
    ...stack,
    status: 'UPDATE_IN_PROGRESS',
    description,
    updatedAt: ctx.now,
    roleArn: roleArn ?? stack.roleArn,
    disableRollback: options.onFailure === 'DO_NOTHING',
    ...(stackPolicy === undefined ? {} : { stackPolicy }),
  };
  await startOperation(ctx, writer, updated, 'update', { ...options, previous: kept ?? before });
}

export function requireUpdatable(stack: StackRecord): void {
  if (!isUpdatable(stack.status)) {
    throw new ValidationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be updated.`);
  }
}
