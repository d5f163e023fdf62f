import { NotImplemented } from '../../../kernel/index.ts';
import type { PlannedChange } from '../domain/plan.ts';
import { checkStackPolicy, parseStackPolicy } from '../domain/stackPolicy.ts';
import { readingTemplate, ValidationError } from '../errors.ts';
import type { StackRecord } from '../records.ts';
import { type Context, placeOf } from '../room.ts';
import { findLiveStack } from './stacks.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SetStackPolicy.html */
export async function SetStackPolicy(
  ctx: Context,
  input: { StackName: string; StackPolicyBody?: string; StackPolicyURL?: string },
): Promise<void> {
  if (input.StackPolicyURL !== undefined)
    throw new NotImplemented('StackPolicyURL of cloudformation:SetStackPolicy');
  const body = input.StackPolicyBody;
  if (body === undefined) {
    throw new ValidationError('You must specify either StackPolicyBody or StackPolicyURL');
  }
  checkPolicyText(body);
  const { stackId } = await findLiveStack(ctx, input.StackName);
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    const stack = await writer.stack(stackId);
    if (stack) await writer.putStack({ ...stack, stackPolicy: body });
  });
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetStackPolicy.html */
export async function GetStackPolicy(ctx: Context, input: { StackName: string }) {
  return { StackPolicyBody: (await findLiveStack(ctx, input.StackName)).stackPolicy };
}

/** @throws ValidationError when `text` isn't a stack policy; absent is fine. */
export function checkPolicyText(text: string | undefined): void {
  if (text !== undefined) readingTemplate(() => parseStackPolicy(text));
}

/**
 * Holds an update against the stack's policy, or the one that takes its place for this update only.
 * @throws ValidationError naming what may not be touched. AWS finds out resource by resource; here nothing is begun.
 */
export function requireAllowedByPolicy(
  stack: StackRecord,
  duringUpdate: string | undefined,
  changes: readonly PlannedChange[],
): void {
  const text = duringUpdate ?? stack.stackPolicy;
  if (text !== undefined) readingTemplate(() => checkStackPolicy(parseStackPolicy(text), changes));
}
