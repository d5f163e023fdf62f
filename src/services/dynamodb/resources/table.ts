/** AWS::DynamoDB::Table. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import {
  call,
  type DescribedTable,
  defined,
  deleteTable,
  followInsights,
  followKinesis,
  followPolicy,
  followRecovery,
  followTags,
  followTimeToLive,
  type Observed,
  type Place,
  type Policy,
  policyText,
  settled,
  stateOf,
  tagsOf,
} from './calls.ts';
import { tableProperties } from './rules.ts';
import {
  createInput,
  followSettings,
  type IndexInput,
  sseOf,
  streamOf,
  type TableInput,
} from './tableChanges.ts';

export const table: ResourceType = {
  name: 'AWS::DynamoDB::Table',
  properties: tableProperties,
  attributes: ['Arn', 'StreamArn'],
  async create(ctx, given) {
    const name = (given.TableName as string | undefined) ?? ctx.generateName(255);
    const place: Place = { ctx, aws: ctx.aws, name };
    if (given.ImportSourceSpecification === undefined) await createTable(place, given);
    else await importTable(place, given);
    const described = await settled(place);
    await followBesides(place, described, given, {});
    return stateOf(name, described, table.attributes);
  },
  async update(ctx, current, given, previous) {
    const name = current.physicalId;
    const place: Place = { ctx, aws: ctx.aws, name };
    await settled(place);
    await followSettings(place, tableInput(given), tableInput(previous), given);
    const described = await settled(place);
    await followBesides(place, described, given, previous);
    await followPolicy(
      place,
      described.TableArn,
      given.ResourcePolicy as Policy | undefined,
      previous.ResourcePolicy as Policy | undefined,
    );
    await followTags(place, described.TableArn, given.Tags, previous.Tags);
    return stateOf(name, described, table.attributes);
  },
  async delete(ctx, current) {
    await deleteTable({ ctx, aws: ctx.aws, name: current.physicalId });
  },
};

async function createTable(place: Place, given: Properties): Promise<void> {
  await call(
    place,
    'CreateTable',
    defined({
      ...createInput(tableInput(given)),
      LocalSecondaryIndexes: given.LocalSecondaryIndexes,
      KeySchema: given.KeySchema,
      Tags: tagsOf(place.ctx, given.Tags),
      ResourcePolicy: policyText(given.ResourcePolicy as Policy | undefined),
    }),
  );
}

/** What other operations than CreateTable and UpdateTable see to. */
async function followBesides(
  place: Place,
  described: DescribedTable,
  given: Properties,
  previous: Properties,
): Promise<void> {
  await followTimeToLive(place, given, previous);
  await followRecovery(
    place,
    given.PointInTimeRecoverySpecification as never,
    previous.PointInTimeRecoverySpecification as never,
  );
  await followKinesis(
    place,
    given.KinesisStreamSpecification as never,
    previous.KinesisStreamSpecification as never,
  );
  await followInsights(place, given as Observed, previous as Observed);
  const stream = (properties: Properties) => properties.StreamSpecification as StreamProperties | undefined;
  const [fresh, old] = [stream(given), stream(previous)];
  // A stream that was switched off took its policy along.
  const kept = fresh?.StreamViewType === old?.StreamViewType ? old?.ResourcePolicy : undefined;
  if (fresh) await followPolicy(place, described.LatestStreamArn, fresh.ResourcePolicy, kept);
}

interface StreamProperties {
  StreamViewType: string;
  ResourcePolicy?: Policy;
}

function tableInput(given: Properties): TableInput {
  const members: Partial<TableInput> = defined({
    ProvisionedThroughput: given.ProvisionedThroughput,
    OnDemandThroughput: given.OnDemandThroughput,
    TableClass: given.TableClass,
    DeletionProtectionEnabled: given.DeletionProtectionEnabled,
    StreamSpecification: streamOf(given.StreamSpecification),
    SSESpecification: sseOf(given.SSESpecification),
    WarmThroughput: given.WarmThroughput,
  });
  return {
    ...members,
    BillingMode: (given.BillingMode as string | undefined) ?? 'PROVISIONED',
    AttributeDefinitions: (given.AttributeDefinitions ?? []) as TableInput['AttributeDefinitions'],
    GlobalSecondaryIndexes: ((given.GlobalSecondaryIndexes ?? []) as (IndexInput & Observed)[]).map(
      ({ ContributorInsightsSpecification: _, ...index }) => index,
    ),
  };
}

/** Milliseconds between two looks at an import; ours. */
const importPollMs = 500;

/** The table is made by the import, and what an import can't set is set when it is done. */
async function importTable(place: Place, given: Properties): Promise<void> {
  const { ctx, aws, name } = place;
  if (given.LocalSecondaryIndexes !== undefined) {
    throw new AwsError('ValidationException', 'A table that is imported cannot have local secondary indexes');
  }
  const input = tableInput(given);
  const { BillingMode, ProvisionedThroughput, OnDemandThroughput, SSESpecification, AttributeDefinitions } =
    input;
  const { InputFormat, InputCompressionType, InputFormatOptions, S3BucketSource } =
    given.ImportSourceSpecification as Record<string, unknown>;
  const { ImportTableDescription: begun } = await aws.call<ImportAnswer>(
    'dynamodb',
    'ImportTable',
    defined({
      ClientToken: ctx.token,
      ...{ S3BucketSource, InputFormat, InputFormatOptions, InputCompressionType },
      TableCreationParameters: defined({
        TableName: name,
        ...{ AttributeDefinitions, BillingMode, ProvisionedThroughput, OnDemandThroughput, SSESpecification },
        KeySchema: given.KeySchema,
        GlobalSecondaryIndexes:
          input.GlobalSecondaryIndexes.length > 0 ? input.GlobalSecondaryIndexes : undefined,
      }),
    }),
  );
  await imported(ctx, begun.ImportArn);
  const bare: TableInput = {
    ...{ BillingMode, AttributeDefinitions, GlobalSecondaryIndexes: input.GlobalSecondaryIndexes },
    ...(ProvisionedThroughput ? { ProvisionedThroughput } : {}),
    ...(OnDemandThroughput ? { OnDemandThroughput } : {}),
    ...(SSESpecification ? { SSESpecification } : {}),
  };
  const { TableArn } = await settled(place);
  await followSettings(place, input, bare, given);
  await followPolicy(place, TableArn, given.ResourcePolicy as Policy | undefined);
  await followTags(place, TableArn, given.Tags, undefined);
}

interface ImportAnswer {
  ImportTableDescription: {
    ImportArn: string;
    ImportStatus: string;
    FailureCode?: string;
    FailureMessage?: string;
  };
}

async function imported(ctx: ResourceContext, ImportArn: string): Promise<void> {
  for (;;) {
    const { ImportTableDescription: described } = await ctx.aws.call<ImportAnswer>(
      'dynamodb',
      'DescribeImport',
      {
        ImportArn,
      },
    );
    if (described.ImportStatus === 'COMPLETED') return;
    if (described.ImportStatus !== 'IN_PROGRESS') {
      throw new AwsError(
        described.FailureCode ?? 'ImportFailed',
        described.FailureMessage ?? `The import ended as ${described.ImportStatus}`,
      );
    }
    await ctx.clock.sleep(importPollMs, ctx.signal);
  }
}
