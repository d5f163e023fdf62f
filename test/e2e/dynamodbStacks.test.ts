/** Stacks of tables as the CDK synthesizes them (Table and TableV2 of aws-cdk-lib/aws-dynamodb), by the official SDK. */
import {
  type Capability,
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeContinuousBackupsCommand,
  DescribeContributorInsightsCommand,
  DescribeTableCommand,
  DescribeTableReplicaAutoScalingCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  GetResourcePolicyCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, startServer } from './support/server.ts';

let server: Server;
let cloudformation: CloudFormationClient;
let west: DynamoDBClient;
let east: DynamoDBClient;

beforeAll(async () => {
  server = await startServer(['--port', '0', '--ephemeral', '--log-level', 'warn']);
  const config = {
    endpoint: server.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  cloudformation = new CloudFormationClient(config);
  west = new DynamoDBClient(config);
  east = new DynamoDBClient({ ...config, region: 'us-east-1' });
});
afterAll(async () => {
  await server?.kill('SIGKILL');
});

const waiting = () => ({ client: cloudformation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 });

async function deploy(StackName: string, template: object, Capabilities: Capability[] = []): Promise<string> {
  const { StackId = '' } = await cloudformation.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), Capabilities }),
  );
  await waitUntilStackCreateComplete(waiting(), { StackName });
  return StackId;
}

async function redeploy(StackName: string, template: object): Promise<void> {
  await cloudformation.send(new UpdateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
  await waitUntilStackUpdateComplete(waiting(), { StackName });
}

async function destroy(StackName: string, StackId: string): Promise<void> {
  await cloudformation.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(waiting(), { StackName: StackId });
}

async function outputOf(StackName: string, key: string): Promise<string> {
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
  return Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? '';
}

const keys = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
  ],
};
const synthesized = { UpdateReplacePolicy: 'Delete', DeletionPolicy: 'Delete' };

/** `new Table(this, 'Orders', { … })`. */
const table = (more: object = {}) => ({
  Resources: {
    Orders1B2C3D4E: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        ...keys,
        AttributeDefinitions: [...keys.AttributeDefinitions, { AttributeName: 'gsi1', AttributeType: 'B' }],
        BillingMode: 'PAY_PER_REQUEST',
        ContributorInsightsSpecification: { Enabled: true },
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byGsi1',
            KeySchema: [{ AttributeName: 'gsi1', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['total'] },
            ContributorInsightsSpecification: { Enabled: true },
          },
        ],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        ResourcePolicy: {
          PolicyDocument: {
            Statement: [
              {
                Action: 'dynamodb:*',
                Effect: 'Allow',
                Principal: {
                  AWS: {
                    'Fn::Join': [
                      '',
                      ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root'],
                    ],
                  },
                },
                Resource: '*',
              },
            ],
            Version: '2012-10-17',
          },
        },
        SSESpecification: { SSEEnabled: true },
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        TableClass: 'STANDARD_INFREQUENT_ACCESS',
        Tags: [{ Key: 'team', Value: 'orders' }],
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        ...more,
      },
      ...synthesized,
      Metadata: { 'aws:cdk:path': 'App/Orders/Resource' },
    },
  },
  Outputs: {
    Name: { Value: { Ref: 'Orders1B2C3D4E' } },
    Arn: { Value: { 'Fn::GetAtt': ['Orders1B2C3D4E', 'Arn'] } },
    Stream: { Value: { 'Fn::GetAtt': ['Orders1B2C3D4E', 'StreamArn'] } },
  },
});

/** `new TableV2(this, 'Global', { replicas: [{ region: 'us-east-1', … }] })`. */
const tableV2 = (...replicas: object[]) => ({
  Resources: {
    Global5F6A7B8C: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        ...keys,
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [
          ...replicas,
          {
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            Region: { Ref: 'AWS::Region' },
          },
        ],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      },
      ...synthesized,
    },
  },
  Outputs: {
    Name: { Value: { Ref: 'Global5F6A7B8C' } },
    Id: { Value: { 'Fn::GetAtt': ['Global5F6A7B8C', 'TableId'] } },
  },
});

describe('a stack of the CDK', () => {
  it('deploys a Table with all that hangs on it, and changes it', async () => {
    const id = await deploy('cdk-table', table());
    const TableName = await outputOf('cdk-table', 'Name');
    const { Table } = await west.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      LatestStreamArn: await outputOf('cdk-table', 'Stream'),
      SSEDescription: { Status: 'ENABLED' },
      TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
    });
    const recovery = () => west.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect((await recovery()).ContinuousBackupsDescription?.PointInTimeRecoveryDescription).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
    });
    for (const IndexName of [undefined, 'byGsi1']) {
      const insights = await west.send(new DescribeContributorInsightsCommand({ TableName, IndexName }));
      expect(insights.ContributorInsightsStatus).toMatch(/^ENABL/);
    }
    const ResourceArn = await outputOf('cdk-table', 'Arn');
    const { Policy } = await west.send(new GetResourcePolicyCommand({ ResourceArn }));
    expect(Policy).toContain(':root');
    expect(
      (await west.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription,
    ).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
    await redeploy(
      'cdk-table',
      table({
        BillingMode: 'PROVISIONED',
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
        AttributeDefinitions: keys.AttributeDefinitions,
        GlobalSecondaryIndexes: { Ref: 'AWS::NoValue' },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      }),
    );
    const changed = (await west.send(new DescribeTableCommand({ TableName }))).Table;
    expect(changed?.GlobalSecondaryIndexes).toBeUndefined();
    expect(changed?.ProvisionedThroughput).toMatchObject({ ReadCapacityUnits: 5, WriteCapacityUnits: 5 });
    expect((await recovery()).ContinuousBackupsDescription?.PointInTimeRecoveryDescription).toMatchObject({
      PointInTimeRecoveryStatus: 'DISABLED',
    });
    await destroy('cdk-table', id);
  });

  it('deploys a TableV2 with a replica, and takes the replica away again', async () => {
    const id = await deploy('cdk-global', tableV2({ Region: 'us-east-1', TableClass: 'STANDARD' }));
    const TableName = await outputOf('cdk-global', 'Name');
    expect(await outputOf('cdk-global', 'Id')).toMatch(/^[0-9a-f-]{36}$/);
    const Key = { pk: { S: 'a' }, sk: { N: '1' } };
    await west.send(new PutItemCommand({ TableName, Item: { ...Key, from: { S: 'west' } } }));
    await expect
      .poll(async () => (await east.send(new GetItemCommand({ TableName, Key }))).Item)
      .toEqual({
        ...Key,
        from: { S: 'west' },
      });
    await east.send(new PutItemCommand({ TableName, Item: { ...Key, from: { S: 'east' } } }));
    await expect
      .poll(async () => (await west.send(new GetItemCommand({ TableName, Key }))).Item?.from)
      .toEqual({ S: 'east' });
    await redeploy('cdk-global', tableV2());
    await expect(east.send(new DescribeTableCommand({ TableName }))).rejects.toThrow('not found');
    expect((await west.send(new GetItemCommand({ TableName, Key }))).Item?.from).toEqual({ S: 'east' });
    await destroy('cdk-global', id);
    await expect(west.send(new DescribeTableCommand({ TableName }))).rejects.toThrow('not found');
  });

  it('deploys a provisioned TableV2, whose capacity is scaled in each region', async () => {
    const scaled = (MinCapacity: number) => ({
      MinCapacity,
      MaxCapacity: 20,
      SeedCapacity: 4,
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 },
    });
    const { Resources, Outputs } = tableV2({ Region: 'us-east-1' });
    const { Global5F6A7B8C: made } = Resources;
    const Properties = {
      ...made.Properties,
      BillingMode: 'PROVISIONED',
      WriteProvisionedThroughputSettings: { WriteCapacityAutoScalingSettings: scaled(2) },
      Replicas: made.Properties.Replicas.map((replica) => ({
        ...replica,
        ReadProvisionedThroughputSettings: { ReadCapacityAutoScalingSettings: scaled(3) },
      })),
    };
    const id = await deploy('cdk-scaled', {
      Resources: { Global5F6A7B8C: { ...made, Properties } },
      Outputs,
    });
    const TableName = await outputOf('cdk-scaled', 'Name');
    const { TableAutoScalingDescription: described } = await west.send(
      new DescribeTableReplicaAutoScalingCommand({ TableName }),
    );
    const settings = (MinimumUnits: number) => ({
      ...{ MinimumUnits, MaximumUnits: 20, AutoScalingDisabled: false },
      ScalingPolicies: [{ TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 } }],
    });
    expect(described?.Replicas).toMatchObject(
      ['eu-west-1', 'us-east-1'].map((RegionName) => ({
        RegionName,
        ReplicaProvisionedReadCapacityAutoScalingSettings: settings(3),
        ReplicaProvisionedWriteCapacityAutoScalingSettings: settings(2),
      })),
    );
    const there = (await east.send(new DescribeTableCommand({ TableName }))).Table;
    expect(there?.ProvisionedThroughput).toMatchObject({ ReadCapacityUnits: 4, WriteCapacityUnits: 4 });
    // A replica that UpdateTable makes is scaled like the table that it comes from.
    const ReplicaUpdates = [{ Create: { RegionName: 'eu-north-1' } }];
    await west.send(new UpdateTableCommand({ TableName, ReplicaUpdates }));
    const more = await west.send(new DescribeTableReplicaAutoScalingCommand({ TableName }));
    expect(more.TableAutoScalingDescription?.Replicas?.[2]).toMatchObject({
      RegionName: 'eu-north-1',
      ReplicaProvisionedReadCapacityAutoScalingSettings: { AutoScalingDisabled: true },
      ReplicaProvisionedWriteCapacityAutoScalingSettings: settings(2),
    });
    await expect
      .poll(async () => {
        const { Table } = await west.send(new DescribeTableCommand({ TableName }));
        return Table?.Replicas?.map(({ ReplicaStatus }) => ReplicaStatus);
      })
      .toEqual(['ACTIVE', 'ACTIVE']);
    await west.send(
      new UpdateTableCommand({ TableName, ReplicaUpdates: [{ Delete: { RegionName: 'eu-north-1' } }] }),
    );
    await destroy('cdk-scaled', id);
  });

  it('fills a Table from S3, and stops at a bucket that is not there', async () => {
    const s3 = new S3Client({
      endpoint: server.endpoint,
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const Bucket = 'orders-to-import';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'in/1.csv', Body: 'pk;sk;total\na;1;10\nb;2;20\n' }));
    const imported = (bucket: string) =>
      table({
        ImportSourceSpecification: {
          InputFormat: 'CSV',
          InputFormatOptions: { Csv: { Delimiter: ';' } },
          S3BucketSource: { S3Bucket: bucket, S3KeyPrefix: 'in/' },
        },
      });
    const id = await deploy('cdk-import', imported(Bucket));
    const TableName = await outputOf('cdk-import', 'Name');
    const { Items } = await west.send(new ScanCommand({ TableName }));
    expect(Items?.map(({ total }) => total?.S).sort()).toEqual(['10', '20']);
    const { Table } = await west.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      LatestStreamArn: await outputOf('cdk-import', 'Stream'),
      TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
    });
    await destroy('cdk-import', id);
    await expect(deploy('cdk-nowhere', imported('no-such-bucket-anywhere'))).rejects.toThrow(/ROLLBACK/);
    await destroy('cdk-nowhere', 'cdk-nowhere');
  });

  it('deploys a SimpleTable of SAM', async () => {
    const id = await deploy(
      'sam-table',
      {
        Transform: 'AWS::Serverless-2016-10-31',
        Resources: {
          Simple: {
            Type: 'AWS::Serverless::SimpleTable',
            Properties: {
              PrimaryKey: { Name: 'key', Type: 'Number' },
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
              SSESpecification: { SSEEnabled: true },
              Tags: { team: 'simple' },
            },
          },
        },
        Outputs: { Name: { Value: { Ref: 'Simple' } } },
      },
      ['CAPABILITY_AUTO_EXPAND'],
    );
    const TableName = await outputOf('sam-table', 'Name');
    const { Table } = await west.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'N' }],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      SSEDescription: { Status: 'ENABLED' },
    });
    await destroy('sam-table', id);
  });
});
