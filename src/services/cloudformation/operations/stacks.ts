import { reachable } from '../domain/localAddresses.ts';
import { noEchoMask, type StackParameter } from '../domain/parameters.ts';
import type { StackStatus } from '../domain/status.ts';
import { stackNotFound, ValidationError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { StackInputs, StackRecord } from '../records.ts';
import { type Context, placeOf } from '../room.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
export async function DescribeStacks(ctx: Context, input: { StackName?: string; NextToken?: string }) {
  const reader = ctx.room.store.at(placeOf(ctx));
  if (input.StackName !== undefined) {
    const stack = await findStack(ctx, input.StackName);
    return { Stacks: [describeStack(ctx, stack, await reader.inputs(stack.stackId))] };
  }
  const shown: object[] = [];
  let next = input.NextToken;
  do {
    const page = await reader.stacks(limits.pageSize, next);
    for (const stack of page.items) {
      if (stack.status === 'DELETE_COMPLETE') continue;
      shown.push(describeStack(ctx, stack, await reader.inputs(stack.stackId)));
    }
    next = page.next;
    // A page of deleted stacks only would look like the end to clients that stop at an empty list.
  } while (shown.length === 0 && next !== undefined);
  return { Stacks: shown, ...(next === undefined ? {} : { NextToken: next }) };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html */
export async function ListStacks(
  ctx: Context,
  input: { StackStatusFilter?: readonly StackStatus[]; NextToken?: string },
) {
  const reader = ctx.room.store.at(placeOf(ctx));
  const { StackStatusFilter: wanted } = input;
  const shown: object[] = [];
  let next = input.NextToken;
  do {
    const page = await reader.stacks(limits.pageSize, next);
    for (const stack of page.items) {
      if (!wanted?.length || wanted.includes(stack.status)) shown.push(summarizeStack(stack));
    }
    next = page.next;
  } while (shown.length === 0 && next !== undefined);
  return { StackSummaries: shown, ...(next === undefined ? {} : { NextToken: next }) };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html */
export async function UpdateTerminationProtection(
  ctx: Context,
  input: { StackName: string; EnableTerminationProtection: boolean },
) {
  const { stackId } = await findLiveStack(ctx, input.StackName);
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    const stack = await writer.stack(stackId);
    if (stack) await writer.putStack({ ...stack, terminationProtection: input.EnableTerminationProtection });
  });
  return { StackId: stackId };
}

/** @returns the stack with this name or id, deleted ones by id only. @throws ValidationError when there is none. */
export async function findStack(ctx: Context, nameOrId: string): Promise<StackRecord> {
  const stack = await ctx.room.store.at(placeOf(ctx)).find(nameOrId);
  if (!stack) throw stackNotFound(nameOrId);
  return stack;
}

/** As `findStack`, for operations that a deleted stack can't take. */
export async function findLiveStack(ctx: Context, nameOrId: string): Promise<StackRecord> {
  const stack = await ctx.room.store.at(placeOf(ctx)).find(nameOrId);
  if (!stack || stack.status === 'DELETE_COMPLETE')
    throw new ValidationError(`Stack [${nameOrId}] does not exist`);
  return stack;
}

function describeStack(ctx: Context, stack: StackRecord, inputs: StackInputs | undefined) {
  const outputs = stack.outputs.map(({ key, value, description, exportName }) => ({
    OutputKey: key,
    OutputValue: reachable(value, ctx.room.endpoint),
    Description: description,
    ExportName: exportName,
  }));
  return {
    StackId: stack.stackId,
    StackName: stack.stackName,
    ChangeSetId: stack.changeSetId,
    Description: stack.description,
    Parameters: describeParameters(inputs?.parameters ?? []),
    CreationTime: new Date(stack.createdAt),
    LastUpdatedTime: stack.updatedAt === undefined ? undefined : new Date(stack.updatedAt),
    DeletionTime: stack.deletedAt === undefined ? undefined : new Date(stack.deletedAt),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    // The first event says who asked; the stack itself shows a reason only when something went wrong.
    StackStatusReason: stack.statusReason,
    DisableRollback: stack.disableRollback,
    NotificationARNs: inputs?.notificationArns ?? [],
    TimeoutInMinutes: stack.timeoutInMinutes,
    Capabilities: inputs?.capabilities.length ? inputs.capabilities : undefined,
    Outputs: outputs.length > 0 ? outputs : undefined,
    RoleARN: stack.roleArn,
    Tags: inputs?.tags ?? [],
    EnableTerminationProtection: stack.terminationProtection,
    ParentId: stack.parentId,
    RootId: stack.rootId,
    RetainExceptOnCreate: stack.retainExceptOnCreate,
    DeletionMode: stack.deletionMode,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

/** As requests list them: NoEcho values are masked. */
export function describeParameters(parameters: readonly StackParameter[]) {
  return parameters.map(({ key, value, noEcho, resolvedValue }) => ({
    ParameterKey: key,
    ParameterValue: noEcho ? noEchoMask : value,
    ResolvedValue: noEcho && resolvedValue !== undefined ? noEchoMask : resolvedValue,
  }));
}

function summarizeStack(stack: StackRecord) {
  return {
    StackId: stack.stackId,
    StackName: stack.stackName,
    TemplateDescription: stack.description,
    CreationTime: new Date(stack.createdAt),
    LastUpdatedTime: stack.updatedAt === undefined ? undefined : new Date(stack.updatedAt),
    DeletionTime: stack.deletedAt === undefined ? undefined : new Date(stack.deletedAt),
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    ParentId: stack.parentId,
    RootId: stack.rootId,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}
