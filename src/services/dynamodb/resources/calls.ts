/** The calls that both types of table make, one step after another: DynamoDB takes one change of a table at a time. */
import { AwsError } from '../../../kernel/index.ts';
import type { AwsCaller, Properties, ResourceContext, ResourceState } from '../../../platform/index.ts';

/** A table and who changes it: the stack in one of the table's regions. */
export interface Place {
  readonly ctx: ResourceContext;
  readonly aws: AwsCaller;
  readonly name: string;
}

export interface DescribedTable {
  TableArn: string;
  TableId: string;
  TableStatus: string;
  LatestStreamArn?: string;
  StreamSpecification?: { StreamEnabled: boolean };
  GlobalSecondaryIndexes?: { IndexName: string; IndexStatus: string }[];
  Replicas?: { RegionName: string; ReplicaStatus: string }[];
  MultiRegionConsistency?: string;
}

export function call<Output = object>(
  { aws, name }: Place,
  operation: string,
  input: object,
): Promise<Output> {
  return aws.call<Output>('dynamodb', operation, { TableName: name, ...input });
}

/** Milliseconds between two looks at a table that is on its way; ours. */
const pollMs = 250;

/** Waits until the table, its indexes and its replicas are there. */
export async function settled(place: Place): Promise<DescribedTable> {
  for (;;) {
    const { Table: table } = await call<{ Table: DescribedTable }>(place, 'DescribeTable', {});
    const indexes = (table.GlobalSecondaryIndexes ?? []).map(({ IndexStatus }) => IndexStatus);
    const replicas = (table.Replicas ?? []).map(({ ReplicaStatus }) => ReplicaStatus);
    if ([table.TableStatus, ...indexes, ...replicas].every((status) => status === 'ACTIVE')) return table;
    await place.ctx.clock.sleep(pollMs, place.ctx.signal);
  }
}

/** One UpdateTable, waited for. */
export async function updateTable(place: Place, input: object): Promise<void> {
  await call(place, 'UpdateTable', input);
  await settled(place);
}

/** Resolves when the table is gone; one that something else changes, or that is on its way out already, is waited for. */
export async function deleteTable(place: Place): Promise<void> {
  for (let asked = false; ; ) {
    try {
      if (!asked) await call(place, 'DeleteTable', {});
      asked = true;
      // Most tables are gone at once, and a clock may stand still: look before waiting.
      await call(place, 'DescribeTable', {});
    } catch (error) {
      const code = error instanceof AwsError ? error.code : undefined;
      if (code === 'ResourceNotFoundException') return;
      if (code !== 'ResourceInUseException') throw error;
    }
    await place.ctx.clock.sleep(pollMs, place.ctx.signal);
  }
}

/** @param names the attributes that the type has. */
export function stateOf(name: string, table: DescribedTable, names: readonly string[]): ResourceState {
  const { TableArn: Arn, TableId, LatestStreamArn: StreamArn } = table;
  const attributes = Object.entries({ Arn, TableId, StreamArn });
  return {
    physicalId: name,
    attributes: Object.fromEntries(
      attributes.filter(([attribute, value]) => names.includes(attribute) && value !== undefined),
    ),
  };
}

export function defined(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

export function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

interface TimeToLive {
  AttributeName?: string;
  Enabled: boolean | string;
}

export async function followTimeToLive(place: Place, given: Properties, previous: Properties): Promise<void> {
  const after = given.TimeToLiveSpecification as TimeToLive | undefined;
  const before = previous.TimeToLiveSpecification as TimeToLive | undefined;
  const [isOn, wasOn] = [isTrue(after?.Enabled), isTrue(before?.Enabled)];
  const isOther = after?.AttributeName !== before?.AttributeName;
  const set = (attribute: string | undefined, enabled: boolean) =>
    call(place, 'UpdateTimeToLive', {
      TimeToLiveSpecification: { Enabled: enabled, AttributeName: attribute },
    });
  if (wasOn && (!isOn || isOther)) await set(before?.AttributeName, false);
  if (isOn && (!wasOn || isOther)) await set(after?.AttributeName, true);
}

interface Recovery {
  PointInTimeRecoveryEnabled?: boolean | string;
  RecoveryPeriodInDays?: number;
}

export async function followRecovery(place: Place, after?: Recovery, before?: Recovery): Promise<void> {
  const [isOn, wasOn] = [after, before].map((recovery) => isTrue(recovery?.PointInTimeRecoveryEnabled));
  if (isOn === wasOn && (!isOn || isSame(after, before))) return;
  await call(place, 'UpdateContinuousBackups', {
    PointInTimeRecoverySpecification: defined({
      PointInTimeRecoveryEnabled: isOn,
      RecoveryPeriodInDays: isOn ? after?.RecoveryPeriodInDays : undefined,
    }),
  });
}

interface Insights {
  Enabled: boolean | string;
  Mode?: string;
}

export interface Observed {
  ContributorInsightsSpecification?: Insights;
  GlobalSecondaryIndexes?: { IndexName: string; ContributorInsightsSpecification?: Insights }[];
}

/** Contributor insights of a table and of its indexes. */
export async function followInsights(place: Place, given: Observed, previous: Observed): Promise<void> {
  await followInsight(
    place,
    given.ContributorInsightsSpecification,
    previous.ContributorInsightsSpecification,
  );
  for (const { IndexName, ContributorInsightsSpecification: after } of given.GlobalSecondaryIndexes ?? []) {
    const before = previous.GlobalSecondaryIndexes?.find((index) => index.IndexName === IndexName);
    await followInsight(place, after, before?.ContributorInsightsSpecification, IndexName);
  }
}

async function followInsight(
  place: Place,
  after: Insights | undefined,
  before: Insights | undefined,
  index?: string,
): Promise<void> {
  const [isOn, wasOn] = [isTrue(after?.Enabled), isTrue(before?.Enabled)];
  if (isOn === wasOn && (!isOn || isSame(after, before))) return;
  await call(
    place,
    'UpdateContributorInsights',
    defined({
      IndexName: index,
      ContributorInsightsAction: isOn ? 'ENABLE' : 'DISABLE',
      ContributorInsightsMode: isOn ? after?.Mode : undefined,
    }),
  );
}

interface Kinesis {
  StreamArn: string;
  ApproximateCreationDateTimePrecision?: string;
}

export async function followKinesis(place: Place, after?: Kinesis, before?: Kinesis): Promise<void> {
  if (isSame(after, before)) return;
  if (before) {
    await call(place, 'DisableKinesisStreamingDestination', { StreamArn: before.StreamArn });
  }
  if (!after) return;
  const { ApproximateCreationDateTimePrecision: precision } = after;
  await call(
    place,
    'EnableKinesisStreamingDestination',
    defined({
      StreamArn: after.StreamArn,
      EnableKinesisStreamingConfiguration: precision && { ApproximateCreationDateTimePrecision: precision },
    }),
  );
}

export interface Policy {
  PolicyDocument: unknown;
}

export function policyText(policy: Policy | undefined): string | undefined {
  const document = policy?.PolicyDocument;
  return document === undefined || typeof document === 'string' ? document : JSON.stringify(document);
}

/** @param arn of the table or the stream whose policy it is. */
export async function followPolicy(
  { aws }: Place,
  arn: string | undefined,
  after?: Policy,
  before?: Policy,
): Promise<void> {
  if (arn === undefined || isSame(after, before)) return;
  const text = policyText(after);
  if (text !== undefined) {
    await aws.call('dynamodb', 'PutResourcePolicy', { ResourceArn: arn, Policy: text });
  } else {
    await aws.call('dynamodb', 'DeleteResourcePolicy', { ResourceArn: arn });
  }
}

export interface Tag {
  Key: string;
  Value: string;
}

/** CloudFormation's own `aws:cloudformation:` tags can't be set through the API; the stack's others can. */
export function tagsOf(ctx: ResourceContext, tags: unknown): Tag[] {
  const own = Object.fromEntries(((tags ?? []) as Tag[]).map(({ Key, Value }) => [Key, Value]));
  return Object.entries({ ...ctx.stackTags, ...own })
    .filter(([key]) => !key.startsWith('aws:'))
    .map(([Key, Value]) => ({ Key, Value: String(Value) }));
}

export async function followTags(
  { ctx, aws }: Place,
  ResourceArn: string,
  given: unknown,
  previous: unknown,
): Promise<void> {
  const after = tagsOf(ctx, given);
  const kept = new Set(after.map(({ Key }) => Key));
  const gone = tagsOf(ctx, previous).filter(({ Key }) => !kept.has(Key));
  if (gone.length > 0) {
    await aws.call('dynamodb', 'UntagResource', { ResourceArn, TagKeys: gone.map(({ Key }) => Key) });
  }
  if (after.length > 0) await aws.call('dynamodb', 'TagResource', { ResourceArn, Tags: after });
}
