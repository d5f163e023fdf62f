import { describe, expect, it } from 'vitest';
import type { Properties, ResourceContext, ResourceState } from '../../../platform/index.ts';
import { dynamodb } from '../index.ts';
import { openDynamoDb } from '../testing/harness.ts';
import { resources } from './index.ts';

/** A stack's caller that notes what it is asked, in one region or another. */
async function stack(typeName = 'AWS::DynamoDB::Table') {
  const bench = await openDynamoDb();
  const table = resources.find(({ name }) => name === typeName);
  if (!table) throw new Error(`no type ${typeName}`);
  const calls: string[] = [];
  const elsewhere: object[] = [];
  const caller = (region: string) => ({
    call: async (service: string, operation: string, input: object) => {
      if (!operation.startsWith('Describe')) calls.push(operation);
      // Kinesis, which a destination needs, isn't in this cloud.
      if (service === 'dynamodb' && operation in dynamodb.operations && !operation.includes('Kinesis')) {
        return bench.call(operation, input, { region });
      }
      elsewhere.push({ operation, region, ...input });
      return {};
    },
    as: (change: { region: string }) => caller(change.region),
  });
  const ctx = {
    aws: caller('eu-west-1'),
    region: 'eu-west-1',
    token: 'token',
    clock: { sleep: () => bench.settle() },
    stackTags: { team: 'blue', 'aws:cloudformation:stack-name': 's' },
    generateName: () => 'stack-Table-ABC',
  } as unknown as ResourceContext;
  const update = (current: ResourceState, after: Properties, before: Properties) => {
    calls.length = 0;
    return table.update(ctx, current, after, before);
  };
  return { ...bench, table, ctx, calls, elsewhere, update };
}

const plain: Properties = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  ProvisionedThroughput: { ReadCapacityUnits: '5', WriteCapacityUnits: 5 },
};

describe('AWS::DynamoDB::Table', () => {
  it('is created with a generated name and the tags of the stack, and deleted twice', async () => {
    const { table, ctx, call } = await stack();
    const state = await table.create(ctx, plain);
    expect(state).toEqual({
      physicalId: 'stack-Table-ABC',
      attributes: { Arn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/stack-Table-ABC' },
    });
    expect(await call('ListTagsOfResource', { ResourceArn: state.attributes.Arn })).toEqual({
      Tags: [{ Key: 'team', Value: 'blue' }],
    });
    await table.delete(ctx, state, plain);
    await table.delete(ctx, state, plain);
    expect(await call('ListTables', {})).toEqual({ TableNames: [] });
  });

  it('changes only what the template changes', async () => {
    const { table, ctx, call, calls, update, settle } = await stack();
    const state = await table.create(ctx, plain);
    await update(state, { ...plain }, plain);
    expect(calls).toEqual(['TagResource']);
    const after: Properties = {
      ...plain,
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'n', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byN',
          KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        },
      ],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    };
    const changed = await update(state, after, plain);
    expect(changed.attributes.StreamArn).toContain('/stream/2026-01-01T00:00:00.000');
    await settle();
    const { Table } = await call<{ Table: { GlobalSecondaryIndexes: object[] } }>('DescribeTable', {
      TableName: state.physicalId,
    });
    expect(Table.GlobalSecondaryIndexes).toMatchObject([{ IndexName: 'byN', IndexStatus: 'ACTIVE' }]);
    expect(await call('DescribeTimeToLive', { TableName: state.physicalId })).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
    });
    await update(changed, plain, after);
    await settle();
    expect(calls).toEqual(['UpdateTable', 'UpdateTable', 'UpdateTimeToLive', 'TagResource']);
  });

  it('is given what other operations than CreateTable see to, and loses it again', async () => {
    const { table, ctx, call, elsewhere, update } = await stack();
    const policy = (actions: string) => ({
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::000000000000:root' },
            Action: actions,
            Resource: '*',
          },
        ],
      },
    });
    const given: Properties = {
      ...plain,
      StreamSpecification: { StreamViewType: 'NEW_IMAGE', ResourcePolicy: policy('dynamodb:GetRecords') },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
      ResourcePolicy: policy('dynamodb:GetItem'),
      DeletionProtectionEnabled: true,
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
      KinesisStreamSpecification: { StreamArn: 'arn:aws:kinesis:eu-west-1:000000000000:stream/s' },
    };
    const state = await table.create(ctx, given);
    const { Arn, StreamArn } = state.attributes as { Arn: string; StreamArn: string };
    expect(await recoveryOf(call)).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
      RecoveryPeriodInDays: 7,
    });
    const policyOf = async (ResourceArn: string) =>
      (await call<{ Policy: string }>('GetResourcePolicy', { ResourceArn })).Policy;
    expect(await policyOf(Arn)).toContain('dynamodb:GetItem');
    expect(await policyOf(StreamArn)).toContain('dynamodb:GetRecords');
    const after: Properties = {
      ...plain,
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      ResourcePolicy: policy('dynamodb:PutItem'),
    };
    await update(state, after, given);
    expect(await recoveryOf(call)).toEqual({ PointInTimeRecoveryStatus: 'DISABLED' });
    expect(await policyOf(Arn)).toContain('dynamodb:PutItem');
    await expect(policyOf(StreamArn)).rejects.toThrow();
    expect(await call('DescribeTable', { TableName: state.physicalId })).toMatchObject({
      Table: { DeletionProtectionEnabled: false, TableClassSummary: { TableClass: 'STANDARD' } },
    });
    expect(elsewhere).toMatchObject([
      { operation: 'EnableKinesisStreamingDestination', TableName: state.physicalId },
      { operation: 'DisableKinesisStreamingDestination', TableName: state.physicalId },
    ]);
  });

  it('changes its mode and several indexes, one thing after another', async () => {
    const { table, ctx, call, update } = await stack();
    const index = (name: string, units?: number) => ({
      IndexName: `by${name}`,
      KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
      ...(units === undefined
        ? {}
        : { ProvisionedThroughput: { ReadCapacityUnits: units, WriteCapacityUnits: units } }),
    });
    const given = (names: string[], units?: number): Properties => ({
      AttributeDefinitions: ['id', ...names].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: names.map((name) => index(name, units)),
      ...(units === undefined
        ? { BillingMode: 'PAY_PER_REQUEST' }
        : { ProvisionedThroughput: { ReadCapacityUnits: units, WriteCapacityUnits: units } }),
    });
    const described = async () => {
      const { Table } = await call<{ Table: { GlobalSecondaryIndexes: { IndexName: string }[] } }>(
        'DescribeTable',
        {
          TableName: 'stack-Table-ABC',
        },
      );
      return Table;
    };
    const state = await table.create(ctx, given(['a', 'b']));
    await update(state, given(['b', 'c', 'd'], 3), given(['a', 'b']));
    const provisioned = await described();
    expect(provisioned.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName)).toEqual([
      'byb',
      'byc',
      'byd',
    ]);
    expect(provisioned).toMatchObject({ ProvisionedThroughput: { ReadCapacityUnits: 3 } });
    await update(state, given(['d']), given(['b', 'c', 'd'], 3));
    expect(await described()).toMatchObject({
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      GlobalSecondaryIndexes: [{ IndexName: 'byd' }],
    });
  });
});

const recoveryOf = async (call: (operation: string, input: object) => Promise<object>) => {
  const answer = await call('DescribeContinuousBackups', { TableName: 'stack-Table-ABC' });
  return (answer as { ContinuousBackupsDescription: { PointInTimeRecoveryDescription: object } })
    .ContinuousBackupsDescription.PointInTimeRecoveryDescription;
};

describe('AWS::DynamoDB::GlobalTable', () => {
  const [east, north] = ['us-east-1', 'eu-north-1'];
  const of = (more: object, ...replicas: object[]): Properties => ({
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    Replicas: [{ Region: 'eu-west-1' }, ...replicas],
    ...more,
  });

  it('is created with its replicas, gets and loses some, and goes', async () => {
    const { table, ctx, call, update } = await stack('AWS::DynamoDB::GlobalTable');
    const first = of(
      { TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } },
      {
        Region: east,
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        Tags: [{ Key: 'where', Value: 'east' }],
        TableClass: 'STANDARD_INFREQUENT_ACCESS',
      },
    );
    const state = await table.create(ctx, first);
    expect(Object.keys(state.attributes).sort()).toEqual(['Arn', 'StreamArn', 'TableId']);
    const TableName = state.physicalId;
    const there = { region: east };
    expect(await call('DescribeTable', { TableName }, there)).toMatchObject({
      Table: {
        DeletionProtectionEnabled: true,
        TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
        Replicas: [{ RegionName: 'eu-west-1', ReplicaStatus: 'ACTIVE' }],
      },
    });
    expect(await call('DescribeContinuousBackups', { TableName }, there)).toMatchObject({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
      },
    });
    expect(await call('DescribeTimeToLive', { TableName }, there)).toMatchObject({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' },
    });
    const ResourceArn = (state.attributes.Arn as string).replace('eu-west-1', east);
    expect(await call('ListTagsOfResource', { ResourceArn }, there)).toEqual({
      Tags: [
        { Key: 'team', Value: 'blue' },
        { Key: 'where', Value: 'east' },
      ],
    });
    const second = of({}, { Region: east }, { Region: north });
    await update(state, second, first);
    expect(await call('DescribeTable', { TableName })).toMatchObject({
      Table: { Replicas: [{ RegionName: east }, { RegionName: north }] },
    });
    await update(state, of({}, { Region: north }), second);
    await expect(call('DescribeTable', { TableName }, there)).rejects.toThrow('not found');
    await table.delete(ctx, state, of({}, { Region: north }));
    for (const region of ['eu-west-1', north]) {
      expect(await call('ListTables', {}, { region })).toEqual({ TableNames: [] });
    }
  });

  it('must have a replica in the region of the stack', async () => {
    const { table, ctx } = await stack('AWS::DynamoDB::GlobalTable');
    await expect(table.create(ctx, of({ Replicas: [{ Region: east }] }))).rejects.toThrow(
      'The Replicas section must contain an entry for the current region',
    );
  });

  it('of strong consistency comes and goes as a whole', async () => {
    const { table, ctx, call } = await stack('AWS::DynamoDB::GlobalTable');
    const given = of(
      { MultiRegionConsistency: 'STRONG', GlobalTableWitnesses: [{ Region: 'eu-west-2' }] },
      { Region: 'eu-central-1' },
    );
    const state = await table.create(ctx, given);
    expect(await call('DescribeTable', { TableName: state.physicalId })).toMatchObject({
      Table: { MultiRegionConsistency: 'STRONG', GlobalTableWitnesses: [{ RegionName: 'eu-west-2' }] },
    });
    await table.delete(ctx, state, given);
    expect(await call('ListTables', {}, { region: 'eu-central-1' })).toEqual({ TableNames: [] });
  });
});
