import { formatArn, NotImplemented } from '../../../kernel/index.ts';
import { stackEvent } from '../engine/run.ts';
import { AlreadyExistsException, ValidationError } from '../errors.ts';
import { type Prepared, prepare, type StackRequest } from '../prepare.ts';
import type { ChangeSetRecord, OnFailure, StackInputs, StackRecord } from '../records.ts';
import { type Context, placeOf, prepareContext, stackIdFor } from '../room.ts';
import { TransformFailed } from '../transforms.ts';
import { describeChange } from './changeSets.ts';
import { changesNothing, planUpdate } from './planning.ts';
import { checkStackName, refuseUnsupported, requireRole, type UnsupportedMembers } from './starting.ts';
import { requireUpdatable } from './UpdateStack.ts';

export interface CreateChangeSetInput extends StackRequest, UnsupportedMembers {
  StackName: string;
  ChangeSetName: string;
  ChangeSetType?: 'CREATE' | 'UPDATE' | 'IMPORT';
  Description?: string;
  RoleARN?: string;
  ClientToken?: string;
  OnStackFailure?: OnFailure;
  IncludeNestedStacks?: boolean;
  ImportExistingResources?: boolean;
  ResourcesToImport?: readonly unknown[];
  DeploymentMode?: string;
}

const noChanges =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html */
export async function CreateChangeSet(ctx: Context, input: CreateChangeSetInput) {
  refuseUnsupported('CreateChangeSet', input);
  refuseImports(input);
  await requireRole(ctx, input.RoleARN);
  const { StackName, ChangeSetName } = input;
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(ChangeSetName)) {
    throw new ValidationError(
      `1 validation error detected: Value '${ChangeSetName}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  }
  const reader = ctx.room.store.at(placeOf(ctx));
  const existing = await reader.find(StackName);
  const live = existing?.status === 'DELETE_COMPLETE' ? undefined : existing;
  const type = input.ChangeSetType === 'CREATE' ? 'CREATE' : 'UPDATE';
  const stack = type === 'CREATE' ? (reviewable(live) ?? newStack(ctx, input)) : updatable(live, StackName);
  const isNew = stack !== live;
  const known = isNew ? undefined : await reader.changeSet(stack.stackId, ChangeSetName);
  if (known) {
    if (input.ClientToken !== undefined && known.clientToken === input.ClientToken) {
      return { Id: known.changeSetId, StackId: stack.stackId };
    }
    throw new AlreadyExistsException(`ChangeSet [${known.changeSetId}] already exists`);
  }

  const before = type === 'UPDATE' ? await reader.inputs(stack.stackId) : undefined;
  const changeSet: ChangeSetRecord = {
    changeSetId: formatArn({
      service: 'cloudformation',
      region: ctx.region,
      account: ctx.account,
      resource: `changeSet/${ChangeSetName}/${ctx.room.ids.uuid()}`,
    }),
    changeSetName: ChangeSetName,
    stackId: stack.stackId,
    type,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    createdAt: ctx.now,
    ...(input.RoleARN === undefined ? {} : { roleArn: input.RoleARN }),
    ...(input.OnStackFailure === undefined ? {} : { onStackFailure: input.OnStackFailure }),
    ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
    ...(input.IncludeNestedStacks ? { includeNestedStacks: true } : {}),
    ...(await contentOf(ctx, input, stack, before)),
  };
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    if (isNew) {
      if (await writer.find(StackName))
        throw new AlreadyExistsException(`Stack [${StackName}] already exists`);
      writer.createStack(stack);
      writer.putInputs(stack.stackId, emptyInputs);
      await writer.putStack(
        writer.addEvent(stack, stackEvent(stack, ctx.now, ctx.room.ids.uuid(), input.ClientToken)),
      );
    }
    writer.putChangeSet(changeSet);
  });
  return { Id: changeSet.changeSetId, StackId: stack.stackId };
}

type Content = Pick<
  ChangeSetRecord,
  'status' | 'executionStatus' | 'statusReason' | 'inputs' | 'changes' | 'plan' | 'shown'
>;

/** The changes, or why there are none: a change set that failed can be looked at, but not executed. */
async function contentOf(
  ctx: Context,
  input: CreateChangeSetInput,
  stack: StackRecord,
  before: StackInputs | undefined,
): Promise<Content> {
  let prepared: Prepared;
  try {
    prepared = await prepare(prepareContext(ctx), input, stack, before);
  } catch (cause) {
    if (cause instanceof TransformFailed) return failed(cause.message, emptyInputs);
    throw cause;
  }
  const { inputs } = prepared;
  if (input.IncludeNestedStacks) refuseNestedStacks(inputs);
  const plan = await planUpdate(ctx, stack, prepared);
  if (before && stack.status !== 'UPDATE_FAILED' && changesNothing(plan, stack, before, inputs)) {
    return failed(noChanges, inputs);
  }
  const secrets = inputs.parameters.filter(({ noEcho }) => noEcho).map(({ value }) => value);
  return {
    status: 'CREATE_COMPLETE',
    executionStatus: 'AVAILABLE',
    inputs,
    shown: inputs,
    changes: plan.changes.map((change) => describeChange(change, secrets)),
    plan: plan.changes.map(({ before: _before, after: _after, ...change }) => ({
      ...change,
      properties: [],
    })),
  };
}

function failed(statusReason: string, shown: StackInputs): Content {
  return { status: 'FAILED', executionStatus: 'UNAVAILABLE', statusReason, changes: [], shown };
}

const emptyInputs: StackInputs = {
  original: '',
  processed: {},
  parameters: [],
  tags: [],
  capabilities: [],
  notificationArns: [],
};

function newStack(ctx: Context, { StackName, RoleARN }: CreateChangeSetInput): StackRecord {
  checkStackName(StackName);
  return {
    stackId: stackIdFor(ctx, StackName),
    stackName: StackName,
    status: 'REVIEW_IN_PROGRESS',
    statusReason: 'User Initiated',
    createdAt: ctx.now,
    outputs: [],
    disableRollback: false,
    terminationProtection: false,
    ...(RoleARN === undefined ? {} : { roleArn: RoleARN }),
    eventCount: 0,
  };
}

function reviewable(stack: StackRecord | undefined): StackRecord | undefined {
  if (stack && stack.status !== 'REVIEW_IN_PROGRESS') {
    throw new ValidationError(
      `Stack [${stack.stackName}] already exists and cannot be created again with the changeSet [CREATE].`,
    );
  }
  return stack;
}

function updatable(stack: StackRecord | undefined, name: string): StackRecord {
  if (!stack) throw new ValidationError(`Stack [${name}] does not exist`);
  requireUpdatable(stack);
  return stack;
}

/** Clients ask for change sets of nested stacks whether or not there are any: only those that there are can't be made yet. */
function refuseNestedStacks({ processed }: StackInputs): void {
  const { Resources = {} } = processed as { Resources?: Record<string, { Type?: unknown }> };
  if (Object.values(Resources).some(({ Type }) => Type === 'AWS::CloudFormation::Stack')) {
    throw new NotImplemented('IncludeNestedStacks of cloudformation:CreateChangeSet');
  }
}

function refuseImports(input: CreateChangeSetInput): void {
  const refused = [
    input.ChangeSetType === 'IMPORT' && 'ChangeSetType IMPORT',
    input.ResourcesToImport?.length && 'ResourcesToImport',
    input.ImportExistingResources && 'ImportExistingResources',
    input.DeploymentMode && 'DeploymentMode',
  ].find(Boolean);
  if (refused) throw new NotImplemented(`${refused} of cloudformation:CreateChangeSet`);
}
