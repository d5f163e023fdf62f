import { hasUnknown } from '../domain/intrinsics.ts';
import { noEchoMask } from '../domain/parameters.ts';
import type { PlannedChange } from '../domain/plan.ts';
import { unknownYet } from '../domain/scope.ts';
import { isRecord } from '../domain/template/references.ts';
import { ChangeSetNotFoundException, InvalidChangeSetStatusException, ValidationError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ChangeSetRecord } from '../records.ts';
import { type Context, placeOf } from '../room.ts';
import { describeParameters, findLiveStack } from './stacks.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html */
export async function DescribeChangeSet(
  ctx: Context,
  input: { ChangeSetName: string; StackName?: string; NextToken?: string; IncludePropertyValues?: boolean },
) {
  const changeSet = await findChangeSet(ctx, input.ChangeSetName, input.StackName);
  const stack = await ctx.room.store.at(placeOf(ctx)).stack(changeSet.stackId);
  const { shown } = changeSet;
  const start = Number(input.NextToken ?? 0);
  const end = start + limits.pageSize;
  const changes = changeSet.changes as DescribedChange[];
  return {
    ChangeSetName: changeSet.changeSetName,
    ChangeSetId: changeSet.changeSetId,
    StackId: changeSet.stackId,
    StackName: stack?.stackName,
    Description: changeSet.description,
    Parameters: describeParameters(shown.parameters),
    CreationTime: new Date(changeSet.createdAt),
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    NotificationARNs: shown.notificationArns,
    RollbackConfiguration: {},
    Capabilities: shown.capabilities,
    Tags: shown.tags.length > 0 ? shown.tags : undefined,
    Changes: changes
      .slice(start, end)
      .map((change) => (input.IncludePropertyValues ? change : withoutValues(change))),
    NextToken: end < changes.length ? String(end) : undefined,
    IncludeNestedStacks: changeSet.includeNestedStacks ?? false,
    OnStackFailure: changeSet.onStackFailure,
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html */
export async function ListChangeSets(ctx: Context, input: { StackName: string; NextToken?: string }) {
  const stack = await findLiveStack(ctx, input.StackName);
  const reader = ctx.room.store.at(placeOf(ctx));
  const page = await reader.changeSets(stack.stackId, limits.pageSize, input.NextToken);
  return {
    Summaries: page.items.map((changeSet) => ({
      StackId: stack.stackId,
      StackName: stack.stackName,
      ChangeSetId: changeSet.changeSetId,
      ChangeSetName: changeSet.changeSetName,
      ExecutionStatus: changeSet.executionStatus,
      Status: changeSet.status,
      StatusReason: changeSet.statusReason,
      CreationTime: new Date(changeSet.createdAt),
      Description: changeSet.description,
      IncludeNestedStacks: changeSet.includeNestedStacks ?? false,
    })),
    NextToken: page.next,
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html */
export async function DeleteChangeSet(ctx: Context, input: { ChangeSetName: string; StackName?: string }) {
  const reader = ctx.room.store.at(placeOf(ctx));
  const known = input.ChangeSetName.startsWith('arn:')
    ? await reader.changeSetById(input.ChangeSetName)
    : await reader.changeSet((await findLiveStack(ctx, input.StackName ?? '')).stackId, input.ChangeSetName);
  // Deleting what isn't there is a success, as on AWS.
  if (!known) return {};
  if (known.executionStatus === 'EXECUTE_IN_PROGRESS') {
    throw new InvalidChangeSetStatusException(
      `ChangeSet [${known.changeSetId}] cannot be deleted in its current execution status of [${known.executionStatus}]`,
    );
  }
  await ctx.room.store.transact(placeOf(ctx), async (writer) => writer.deleteChangeSet(known));
  return {};
}

/** @throws ChangeSetNotFoundException when there is none; ValidationError when the name needs a stack. */
export async function findChangeSet(
  ctx: Context,
  nameOrId: string,
  stackName: string | undefined,
): Promise<ChangeSetRecord> {
  const reader = ctx.room.store.at(placeOf(ctx));
  let found: ChangeSetRecord | undefined;
  if (nameOrId.startsWith('arn:')) found = await reader.changeSetById(nameOrId);
  else {
    if (stackName === undefined) {
      throw new ValidationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
    }
    found = await reader.changeSet((await findLiveStack(ctx, stackName)).stackId, nameOrId);
  }
  if (!found) throw new ChangeSetNotFoundException(`ChangeSet [${nameOrId}] does not exist`);
  return found;
}

interface DescribedChange {
  readonly Type: 'Resource';
  readonly ResourceChange: {
    readonly BeforeContext?: string | undefined;
    readonly AfterContext?: string | undefined;
    readonly Details: readonly { readonly Target: Readonly<Record<string, unknown>> }[];
  } & Readonly<Record<string, unknown>>;
}

/**
 * A planned change as DescribeChangeSet shows it, with values.
 * @param secrets NoEcho values, masked wherever they appear.
 */
export function describeChange(change: PlannedChange, secrets: readonly string[]): DescribedChange {
  const shown = (value: unknown) => (value === undefined ? undefined : masked(display(value), secrets));
  const context = (properties: unknown) =>
    properties === undefined ? undefined : masked(JSON.stringify({ Properties: plain(properties) }), secrets);
  const scope = [
    ...(change.properties.length > 0 ? ['Properties'] : []),
    ...(change.tagsChanged ? ['Tags'] : []),
    ...(change.metadataChanged ? ['Metadata'] : []),
  ];
  const details = change.properties.map((property) => ({
    Target: {
      Attribute: 'Properties',
      Name: property.name,
      Path: `/Properties/${property.name}`,
      RequiresRecreation: property.requiresRecreation,
      AttributeChangeType: property.change,
      BeforeValue: shown(property.before),
      AfterValue: shown(property.after),
    },
    Evaluation: hasUnknown(property.after) ? 'Dynamic' : 'Static',
    ChangeSource: hasUnknown(property.after) ? 'ResourceReference' : 'DirectModification',
  }));
  const others = [
    ...(change.tagsChanged ? ['Tags'] : []),
    ...(change.metadataChanged ? ['Metadata'] : []),
  ].map((attribute) => ({
    Target: { Attribute: attribute, RequiresRecreation: 'Never' },
    Evaluation: 'Static',
    ChangeSource: 'DirectModification',
  }));
  return {
    Type: 'Resource',
    ResourceChange: {
      PolicyAction: change.policyAction,
      Action: change.action,
      LogicalResourceId: change.logicalId,
      PhysicalResourceId: change.physicalId,
      ResourceType: change.type,
      Replacement: change.replacement,
      Scope: scope,
      Details: [...details, ...others],
      BeforeContext: context(change.before),
      AfterContext: context(change.after),
    },
  };
}

function withoutValues({ Type, ResourceChange }: DescribedChange) {
  const { BeforeContext: _b, AfterContext: _a, Details, ...rest } = ResourceChange;
  const details = Details.map(({ Target, ...detail }) => {
    const { BeforeValue: _bv, AfterValue: _av, Path: _p, AttributeChangeType: _t, ...target } = Target;
    return { ...detail, Target: target };
  });
  return { Type, ResourceChange: { ...rest, Details: details } };
}

function masked(text: string, secrets: readonly string[]): string {
  return secrets.filter(Boolean).reduce((result, secret) => result.replaceAll(secret, noEchoMask), text);
}

function display(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(plain(value));
}

/** What isn't known yet is written as CloudFormation writes it. */
function plain(value: unknown): unknown {
  if (value === unknownYet) return '{{changeSet:KNOWN_AFTER_APPLY}}';
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
