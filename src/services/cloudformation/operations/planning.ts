import type { ResourceType } from '../../../platform/index.ts';
import { isSame } from '../domain/diff.ts';
import { Evaluation } from '../domain/evaluation.ts';
import { changedTypes, type Plan, planChanges } from '../domain/plan.ts';
import { pseudoParameters } from '../engine/run.ts';
import { readingTemplate, ValidationError } from '../errors.ts';
import type { Prepared } from '../prepare.ts';
import type { StackInputs, StackRecord } from '../records.ts';
import { type Context, placeOf } from '../room.ts';

/** Works out what `prepared` would change on a stack. @throws ValidationError when it changes a resource's type. */
export async function planUpdate(
  ctx: Context,
  stack: StackRecord,
  { inputs, template }: Prepared,
): Promise<Plan> {
  const reader = ctx.room.store.at(placeOf(ctx));
  const resources = await reader.resources(stack.stackId);
  const exports = await reader.exportValues();
  const types = new Map<string, ResourceType | undefined>();
  for (const { type } of [...template.resources.values(), ...resources]) {
    if (!types.has(type)) types.set(type, await ctx.room.resourceType(type));
  }
  const plan = readingTemplate(() =>
    planChanges({
      resources,
      types,
      tags: inputs.tags,
      evaluation: (resource) =>
        new Evaluation({
          template,
          parameters: inputs.parameters,
          pseudo: pseudoParameters(placeOf(ctx), stack, inputs.notificationArns),
          exports,
          resource,
        }),
    }),
  );
  const changed = changedTypes(plan.evaluation, resources);
  if (changed.length > 0) {
    throw new ValidationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${changed.join(', ')}]`,
    );
  }
  return plan;
}

/** True when an update would leave the stack as it is: no resource, output, tag or notification differs. */
export function changesNothing(
  plan: Plan,
  stack: StackRecord,
  before: StackInputs,
  after: StackInputs,
): boolean {
  if (plan.changes.length > 0) return false;
  if (!isSame(before.tags, after.tags) || !isSame(before.notificationArns, after.notificationArns))
    return false;
  const outputs = readingTemplate(() => plan.evaluation.outputs());
  // A description that is absent and one that is undefined are the same to a client.
  return JSON.stringify(outputs) === JSON.stringify(stack.outputs);
}
