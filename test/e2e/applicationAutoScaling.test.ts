/** Application Auto Scaling over a cloud that enforces throughput: what is consumed, and the clock, move capacity. */
import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeleteScheduledActionCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { resolveOptions } from '../../src/cloud/options.ts';
import { RunningCloud } from '../../src/cloud/runningCloud.ts';
import { rootOf } from '../../src/platform/index.ts';

let cloud: Cloud;
let scaling: ApplicationAutoScalingClient;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  cloud = await startCloud({ startAt: Date.UTC(2026, 0, 1), dynamodb: { throughput: 'enforce' } });
  // Minutes have in them what the tests do in them, however long that takes.
  cloud.clock.freeze();
  scaling = new ApplicationAutoScalingClient(cloud.clientConfig);
  dynamodb = new DynamoDBClient({ ...cloud.clientConfig, maxAttempts: 1 });
});
afterAll(() => cloud.close());

const target = (table: string, kind: 'Read' | 'Write' = 'Write') => ({
  ServiceNamespace: 'dynamodb' as const,
  ResourceId: `table/${table}`,
  ScalableDimension: `dynamodb:table:${kind}CapacityUnits` as const,
});

const tracking = (TargetValue: number) => ({
  PolicyName: 'track',
  PolicyType: 'TargetTrackingScaling' as const,
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue,
    PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBWriteCapacityUtilization' as const },
  },
});

async function createTable(TableName: string, read: number, write: number): Promise<void> {
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
    }),
  );
}

async function unitsOf(TableName: string): Promise<[read: number, write: number]> {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  const { ReadCapacityUnits: read, WriteCapacityUnits: write } = Table?.ProvisionedThroughput ?? {};
  return [read ?? 0, write ?? 0];
}

async function writeKilobytes(TableName: string, kilobytes: number): Promise<void> {
  const text = { S: 'x'.repeat(kilobytes * 1024 - 50) };
  await dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, text } }));
}

async function minute(): Promise<void> {
  await cloud.clock.advance(60_000);
  await cloud.settled();
}

describe('target tracking', () => {
  it('adds write capacity while a table is busy, takes it away when it isn’t, and tells what it did', async () => {
    await createTable('busy', 5, 10);
    await cloud.clock.advance(300_000);
    await scaling.send(
      new RegisterScalableTargetCommand({ ...target('busy'), MinCapacity: 10, MaxCapacity: 40 }),
    );
    const { PolicyARN } = await scaling.send(
      new PutScalingPolicyCommand({ ...target('busy'), ...tracking(50) }),
    );
    await cloud.settled();
    // 15 units a second, of which 10 are provisioned; the burst pays for the rest.
    for (let n = 0; n < 3; n++) {
      for (let write = 0; write < 3; write++) await writeKilobytes('busy', 300);
      await minute();
    }
    await cloud.clock.advance(2000);
    await cloud.settled();
    expect(await unitsOf('busy')).toEqual([5, 30]);
    for (let n = 0; n < 17; n++) {
      await writeKilobytes('busy', 100);
      await minute();
    }
    await cloud.clock.advance(2000);
    await cloud.settled();
    expect(await unitsOf('busy')).toEqual([5, 10]);

    const { ScalingActivities } = await scaling.send(
      new DescribeScalingActivitiesCommand({ ServiceNamespace: 'dynamodb', ResourceId: 'table/busy' }),
    );
    expect(ScalingActivities).toMatchObject([
      { Description: 'Setting write capacity units to 10.', StatusCode: 'Successful' },
      {
        Description: 'Setting write capacity units to 30.',
        Cause: 'utilization above the target of 50 percent triggered policy track',
        StatusCode: 'Successful',
        StatusMessage:
          'Successfully set write capacity units to 30. Change successfully fulfilled by dynamodb.',
      },
    ]);
    const { ScalingPolicies } = await scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'dynamodb', PolicyNames: ['track'] }),
    );
    expect(ScalingPolicies).toMatchObject([{ PolicyARN, ResourceId: 'table/busy' }]);
    await scaling.send(new DeleteScalingPolicyCommand({ ...target('busy'), PolicyName: 'track' }));
    await expect(
      scaling.send(new DeleteScalingPolicyCommand({ ...target('busy'), PolicyName: 'track' })),
    ).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
  });

  it('leaves a table alone that consumes nothing, and brings one between new bounds', async () => {
    await createTable('idle', 50, 50);
    await scaling.send(
      new RegisterScalableTargetCommand({ ...target('idle', 'Read'), MinCapacity: 5, MaxCapacity: 20 }),
    );
    await cloud.settled();
    expect(await unitsOf('idle')).toEqual([20, 50]);
    await scaling.send(
      new RegisterScalableTargetCommand({ ...target('idle'), MinCapacity: 5, MaxCapacity: 100 }),
    );
    await scaling.send(new PutScalingPolicyCommand({ ...target('idle'), ...tracking(50) }));
    for (let n = 0; n < 20; n++) await minute();
    expect(await unitsOf('idle')).toEqual([20, 50]);
  });
});

describe('scheduled actions', () => {
  it('set bounds when they are due', async () => {
    await createTable('daily', 5, 5);
    await scaling.send(
      new RegisterScalableTargetCommand({ ...target('daily', 'Read'), MinCapacity: 1, MaxCapacity: 10 }),
    );
    const now = cloud.clock.now();
    await scaling.send(
      new PutScheduledActionCommand({
        ...target('daily', 'Read'),
        ScheduledActionName: 'morning',
        Schedule: 'rate(1 hour)',
        ScalableTargetAction: { MinCapacity: 40, MaxCapacity: 80 },
      }),
    );
    await cloud.clock.set(now + 3599_000);
    await cloud.settled();
    expect(await unitsOf('daily')).toEqual([5, 5]);
    await cloud.clock.advance(2000);
    await cloud.settled();
    expect(await unitsOf('daily')).toEqual([40, 5]);
    const { ScheduledActions } = await scaling.send(
      new DescribeScheduledActionsCommand({ ServiceNamespace: 'dynamodb', ResourceId: 'table/daily' }),
    );
    expect(ScheduledActions).toMatchObject([
      { ScheduledActionName: 'morning', Schedule: 'rate(1 hour)', ScalableTargetAction: { MinCapacity: 40 } },
    ]);
    const { ScalingActivities } = await scaling.send(
      new DescribeScalingActivitiesCommand({ ServiceNamespace: 'dynamodb', ResourceId: 'table/daily' }),
    );
    expect(ScalingActivities?.[0]?.Cause).toBe(
      'scheduled action name morning was triggered: minimum capacity was set to 40 and maximum capacity was set to 80',
    );
    await scaling.send(
      new DeleteScheduledActionCommand({ ...target('daily', 'Read'), ScheduledActionName: 'morning' }),
    );
  });
});

describe('scalable targets', () => {
  it('are refused for what nobody here scales, and for what isn’t there', async () => {
    const register = (more: object) =>
      scaling.send(
        new RegisterScalableTargetCommand({ ...target('none'), MinCapacity: 1, MaxCapacity: 2, ...more }),
      );
    await expect(register({})).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'DynamoDB table does not exist: table/none',
    });
    await expect(register({ ServiceNamespace: 'ecs', ResourceId: 'service/a/b' })).rejects.toMatchObject({
      message: 'Unsupported service namespace, resource type or scalable dimension',
    });
    await expect(register({ MaxCapacity: 0 })).rejects.toMatchObject({
      message: 'Maximum capacity cannot be less than minimum capacity',
    });
    await expect(
      scaling.send(new PutScalingPolicyCommand({ ...target('none'), ...tracking(50) })),
    ).rejects.toMatchObject({
      name: 'ObjectNotFoundException',
      message:
        'No scalable target registered for service namespace: dynamodb, resource ID: table/none, scalable dimension: dynamodb:table:WriteCapacityUnits',
    });
  });

  it('have tags, are described in pages, and go with all that hangs on them', async () => {
    await createTable('tagged', 5, 5);
    const { ScalableTargetARN: ResourceARN } = await scaling.send(
      new RegisterScalableTargetCommand({
        ...target('tagged'),
        MinCapacity: 1,
        MaxCapacity: 9,
        Tags: { a: '1' },
      }),
    );
    await scaling.send(new TagResourceCommand({ ResourceARN, Tags: { b: '2' } }));
    await scaling.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['a'] }));
    expect((await scaling.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual({ b: '2' });
    const describe = { ServiceNamespace: 'dynamodb' as const, MaxResults: 1 };
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await scaling.send(new DescribeScalableTargetsCommand({ ...describe, NextToken }));
      seen.push(
        ...(answer.ScalableTargets ?? []).map(
          ({ ResourceId, ScalableDimension }) => `${ResourceId} ${ScalableDimension}`,
        ),
      );
      NextToken = answer.NextToken;
    } while (NextToken);
    expect(seen).toContain('table/tagged dynamodb:table:WriteCapacityUnits');
    expect(new Set(seen).size).toBe(seen.length);
    await scaling.send(new DeregisterScalableTargetCommand(target('tagged')));
    await expect(scaling.send(new ListTagsForResourceCommand({ ResourceARN }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(scaling.send(new DeregisterScalableTargetCommand(target('tagged')))).rejects.toMatchObject({
      name: 'ObjectNotFoundException',
    });
  });
});

describe('a stack as the CDK writes it', () => {
  it('scales its table, and leaves nothing', async () => {
    const formation = new CloudFormationClient(cloud.clientConfig);
    const TemplateBody = JSON.stringify({
      Resources: {
        Table: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            TableName: 'fromStack',
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
          },
        },
        Target: {
          Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
          Properties: {
            MaxCapacity: 50,
            MinCapacity: 10,
            ResourceId: { 'Fn::Join': ['', ['table/', { Ref: 'Table' }]] },
            RoleARN: {
              'Fn::Join': [
                '',
                [
                  'arn:',
                  { Ref: 'AWS::Partition' },
                  ':iam::',
                  { Ref: 'AWS::AccountId' },
                  ':role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable',
                ],
              ],
            },
            ScalableDimension: 'dynamodb:table:ReadCapacityUnits',
            ServiceNamespace: 'dynamodb',
          },
        },
        Tracking: {
          Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
          Properties: {
            PolicyName: 'TableReadScalingTargetTracking',
            PolicyType: 'TargetTrackingScaling',
            ScalingTargetId: { Ref: 'Target' },
            TargetTrackingScalingPolicyConfiguration: {
              PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBReadCapacityUtilization' },
              TargetValue: 75,
            },
          },
        },
      },
      Outputs: { Target: { Value: { Ref: 'Target' } } },
    });
    await formation.send(new CreateStackCommand({ StackName: 'scaled', TemplateBody }));
    await cloud.settled();
    const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 'scaled' }));
    expect(Stacks?.[0]).toMatchObject({
      StackStatus: 'CREATE_COMPLETE',
      Outputs: [{ OutputValue: 'table/fromStack|dynamodb:table:ReadCapacityUnits|dynamodb' }],
    });
    expect(await unitsOf('fromStack')).toEqual([10, 5]);
    await dynamodb.send(new ScanCommand({ TableName: 'fromStack' }));
    await formation.send(new DeleteStackCommand({ StackName: 'scaled' }));
    await cloud.settled();
    const { ScalableTargets } = await scaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: 'dynamodb', ResourceIds: ['table/fromStack'] }),
    );
    expect(ScalableTargets).toEqual([]);
  });
});

describe('who may scale', () => {
  it('is asked of policies, and a caller must see the table too', async () => {
    const guarded = await RunningCloud.start(resolveOptions({ iam: 'enforce' }));
    const region = 'us-east-1';
    const aws = guarded.aws({ account: '000000000000', region, principal: rootOf('000000000000') });
    await aws.call('dynamodb', 'CreateTable', {
      TableName: 'guarded',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    });
    const clientOf = async (UserName: string, ...Statement: object[]) => {
      await aws.call('iam', 'CreateUser', { UserName });
      await aws.call('iam', 'PutUserPolicy', {
        UserName,
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      });
      const { AccessKey } = await aws.call<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
        'iam',
        'CreateAccessKey',
        { UserName },
      );
      const credentials = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
      return new ApplicationAutoScalingClient({
        endpoint: guarded.endpoint,
        region,
        credentials,
        maxAttempts: 1,
      });
    };
    const writes = {
      Effect: 'Allow',
      Action: 'application-autoscaling:RegisterScalableTarget',
      Resource: '*',
      Condition: {
        StringEquals: { 'application-autoscaling:scalable-dimension': 'dynamodb:table:WriteCapacityUnits' },
      },
    };
    const blind = await clientOf('blind', writes);
    const seeing = await clientOf('seeing', writes, {
      Effect: 'Allow',
      Action: 'dynamodb:DescribeTable',
      Resource: '*',
    });
    const register = (kind: 'Read' | 'Write') =>
      new RegisterScalableTargetCommand({ ...target('guarded', kind), MinCapacity: 6, MaxCapacity: 9 });
    await expect(blind.send(register('Write'))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'User is missing the following permissions: dynamodb:DescribeTable',
    });
    await expect(seeing.send(register('Read'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await seeing.send(register('Write'));
    await guarded.settled();
    const { Table } = await aws.call<{ Table: object }>('dynamodb', 'DescribeTable', {
      TableName: 'guarded',
    });
    expect(Table).toMatchObject({ ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 } });
    await guarded.close();
  });
});
