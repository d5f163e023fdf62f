/** What every operation does that sets a stack in motion: new status, event, operation and task in one transaction. */
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import { stackEvent } from '../engine/run.ts';
import { TokenAlreadyExistsException, ValidationError } from '../errors.ts';
import type { OperationPhase, OperationRecord, StackRecord } from '../records.ts';
import { type Context, placeOf } from '../room.ts';
import type { StackWriter } from '../store/index.ts';

export type OperationOptions = Partial<
  Pick<
    OperationRecord,
    | 'onFailure'
    | 'retainExceptOnCreate'
    | 'retain'
    | 'skip'
    | 'force'
    | 'previous'
    | 'statusBefore'
    | 'changeSetName'
    | 'clientRequestToken'
  >
>;

/**
 * Writes the stack with the status it starts in, and the operation's task.
 * @param isNew the stack isn't in the store yet.
 * @returns the id of the operation.
 */
export async function startOperation(
  ctx: Context,
  writer: StackWriter,
  stack: StackRecord,
  phase: OperationPhase,
  options: OperationOptions,
  isNew = false,
): Promise<string> {
  const operationId = ctx.room.ids.uuid();
  writer.putOperation(stack.stackId, {
    id: operationId,
    phase,
    principal: ctx.principal,
    startedAt: ctx.now,
    onFailure: 'ROLLBACK',
    retainExceptOnCreate: false,
    retain: [],
    skip: [],
    force: false,
    ...options,
  });
  const started = { ...stack, operationId, cancelRequested: false, statusReason: 'User Initiated' };
  if (isNew) writer.createStack(started);
  const event = stackEvent(started, ctx.now, ctx.room.ids.uuid(), options.clientRequestToken);
  await writer.putStack(writer.addEvent(started, event));
  const task = { ...placeOf(ctx), stackId: stack.stackId, operationId };
  await ctx.room.queue.enqueue(writer.tx, task, { id: operationId });
  return operationId;
}

/**
 * The stack of a request that was sent before under the same token.
 * @throws TokenAlreadyExistsException when the token stands for another operation.
 */
export async function repeatedRequest(
  ctx: Context,
  operation: string,
  token: string | undefined,
  stackName: string,
): Promise<string | undefined> {
  const known =
    token === undefined ? undefined : await ctx.room.store.at(placeOf(ctx)).token(token, stackName);
  if (known && known.operation !== operation) {
    throw new TokenAlreadyExistsException(`Token ${token} is already used for ${known.operation}`);
  }
  return known?.stackId;
}

/**
 * Whoever may pass a role passes it to the service that the role trusts: one that trusts another service is none to make
 * resources with. @throws ValidationError when resources can't be made in the name of `roleArn`.
 */
export async function requireRole(ctx: Context, roleArn: string | undefined): Promise<void> {
  if (roleArn === undefined) return;
  const principal = servicePrincipal('cloudformation.amazonaws.com', ctx.account);
  try {
    await ctx.aws
      .as({ principal })
      .call('sts', 'AssumeRole', { RoleArn: roleArn, RoleSessionName: 'AWSCloudFormation' });
  } catch (cause) {
    if (!(cause instanceof AwsError) || cause.fault === 'server') throw cause;
    throw new ValidationError(`Role ${roleArn} is invalid or cannot be assumed`);
  }
}

/** Members of a request that this cloud can't honour yet: told, never ignored. */
export interface UnsupportedMembers {
  RollbackConfiguration?: { RollbackTriggers?: readonly unknown[] | undefined } | undefined;
  NotificationARNs?: readonly string[] | undefined;
  StackPolicyURL?: string | undefined;
  StackPolicyDuringUpdateURL?: string | undefined;
}

export function refuseUnsupported(operation: string, input: UnsupportedMembers): void {
  if (input.RollbackConfiguration?.RollbackTriggers?.length) {
    throw new NotImplemented(`RollbackConfiguration of cloudformation:${operation}`);
  }
  if (input.NotificationARNs?.length)
    throw new NotImplemented(`NotificationARNs of cloudformation:${operation}`);
  if (input.StackPolicyURL !== undefined)
    throw new NotImplemented(`StackPolicyURL of cloudformation:${operation}`);
  if (input.StackPolicyDuringUpdateURL !== undefined) {
    throw new NotImplemented(`StackPolicyDuringUpdateURL of cloudformation:${operation}`);
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, StackName. */
export function checkStackName(stackName: string): void {
  if (!/^[a-zA-Z][-a-zA-Z0-9]*$/.test(stackName)) {
    throw new ValidationError(
      `1 validation error detected: Value '${stackName}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  }
  if (stackName.length > 128) {
    throw new ValidationError(
      `1 validation error detected: Value '${stackName}' at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 128`,
    );
  }
}
