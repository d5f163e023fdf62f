/** The access advisor of IAM, through the official SDK: what it tells is what was done. */
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  IAMClient,
  ListPoliciesGrantingServiceAccessCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const account = '000000000000';
const arnOf = (resource: string) => `arn:aws:iam::${account}:${resource}`;
const allow = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const startAt = Date.parse('2025-03-01T12:00:00Z');

let cloud: Cloud;
let iam: IAMClient;
let policyArn: string;
let credentials: { accessKeyId: string; secretAccessKey: string };

beforeAll(async () => {
  cloud = await startCloud({ startAt });
  // It tells the minute.
  cloud.clock.freeze();
  iam = new IAMClient(cloud.clientConfig);
  const { Policy } = await iam.send(
    new CreatePolicyCommand({
      PolicyName: 'tables',
      PolicyDocument: allow('dynamodb:ListTables', 'sqs:SendMessage'),
    }),
  );
  policyArn = Policy?.Arn as string;
  for (const UserName of ['ann', 'bob']) await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
  for (const UserName of ['ann', 'bob'])
    await iam.send(new AddUserToGroupCommand({ GroupName: 'team', UserName }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'team', PolicyArn: policyArn }));
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument: allow('s3:*') }),
  );
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'worker',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: arnOf('user/ann') }, Action: 'sts:AssumeRole' }],
      }),
    }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: policyArn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  credentials = {
    accessKeyId: AccessKey?.AccessKeyId as string,
    secretAccessKey: AccessKey?.SecretAccessKey as string,
  };
  const hers = { ...cloud.clientConfig, credentials };
  await cloud.clock.advance(60_000);
  await new DynamoDBClient({ ...hers, region: 'eu-west-1' }).send(new ListTablesCommand({}));
  await cloud.clock.advance(60_000);
  await new S3Client(hers).send(new ListBucketsCommand({}));
  const { Credentials } = await new STSClient(hers).send(
    new AssumeRoleCommand({ RoleArn: arnOf('role/worker'), RoleSessionName: 'one' }),
  );
  await cloud.clock.advance(60_000);
  await new DynamoDBClient({
    ...hers,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId as string,
      secretAccessKey: Credentials?.SecretAccessKey as string,
      sessionToken: Credentials?.SessionToken as string,
    },
  }).send(new ListTablesCommand({}));
});
afterAll(() => cloud.close());

const generate = async (Arn: string, Granularity?: 'SERVICE_LEVEL' | 'ACTION_LEVEL') =>
  (await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity }))).JobId as string;
const details = async (Arn: string, Granularity?: 'SERVICE_LEVEL' | 'ACTION_LEVEL') =>
  iam.send(new GetServiceLastAccessedDetailsCommand({ JobId: await generate(Arn, Granularity) }));
const minutes = (count: number) => new Date(startAt + count * 60_000);

describe('the access advisor', () => {
  it('tells of a user what it may use and what it used', async () => {
    const report = await details(arnOf('user/ann'));
    expect(report).toMatchObject({
      JobStatus: 'COMPLETED',
      JobType: 'SERVICE_LEVEL',
      JobCreationDate: minutes(3),
      JobCompletionDate: minutes(3),
      IsTruncated: false,
    });
    expect(report.ServicesLastAccessed).toEqual([
      {
        ServiceName: 'Amazon DynamoDB',
        ServiceNamespace: 'dynamodb',
        LastAuthenticated: minutes(1),
        LastAuthenticatedEntity: arnOf('user/ann'),
        LastAuthenticatedRegion: 'eu-west-1',
        TotalAuthenticatedEntities: 1,
      },
      {
        ServiceName: 'Amazon S3',
        ServiceNamespace: 's3',
        LastAuthenticated: minutes(2),
        LastAuthenticatedEntity: arnOf('user/ann'),
        LastAuthenticatedRegion: 'us-east-1',
        TotalAuthenticatedEntities: 1,
      },
      { ServiceName: 'Amazon SQS', ServiceNamespace: 'sqs', TotalAuthenticatedEntities: 0 },
    ]);
  });

  it('tells of actions when it is asked for them, in pages', async () => {
    const JobId = await generate(arnOf('role/worker'), 'ACTION_LEVEL');
    const first = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId, MaxItems: 1 }));
    expect(first).toMatchObject({
      JobType: 'ACTION_LEVEL',
      IsTruncated: true,
      ServicesLastAccessed: [
        {
          ServiceNamespace: 'dynamodb',
          TrackedActionsLastAccessed: [
            {
              ActionName: 'ListTables',
              LastAccessedEntity: arnOf('role/worker'),
              LastAccessedTime: minutes(3),
              LastAccessedRegion: 'us-east-1',
            },
          ],
        },
      ],
    });
    const rest = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId, Marker: first.Marker }));
    expect(rest.ServicesLastAccessed?.map(({ ServiceNamespace }) => ServiceNamespace)).toEqual(['sqs']);
    expect(rest.ServicesLastAccessed?.[0]?.TrackedActionsLastAccessed ?? []).toEqual([]);
  });

  it('tells of a policy and of a group who used what they allow', async () => {
    const ofPolicy = await details(policyArn);
    expect(ofPolicy.ServicesLastAccessed?.[0]).toMatchObject({
      ServiceNamespace: 'dynamodb',
      LastAuthenticatedEntity: arnOf('role/worker'),
      TotalAuthenticatedEntities: 2,
    });
    // What a policy doesn't allow is no use of it.
    expect(ofPolicy.ServicesLastAccessed?.map(({ ServiceNamespace }) => ServiceNamespace)).toEqual([
      'dynamodb',
      'sqs',
    ]);
    const entities = async (arn: string, ServiceNamespace: string) => {
      const JobId = await generate(arn);
      const found = await iam.send(
        new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace }),
      );
      return found.EntityDetailsList?.map(({ EntityInfo, LastAuthenticated }) => [
        EntityInfo?.Type,
        EntityInfo?.Name,
        LastAuthenticated,
      ]);
    };
    expect(await entities(policyArn, 'dynamodb')).toEqual([
      ['ROLE', 'worker', minutes(3)],
      ['USER', 'ann', minutes(1)],
      ['USER', 'bob', undefined],
    ]);
    expect(await entities(arnOf('group/team'), 'dynamodb')).toEqual([
      ['USER', 'ann', minutes(1)],
      ['USER', 'bob', undefined],
    ]);
    await expect(entities(policyArn, 's3')).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  it('shows a report to whoever asked for it', async () => {
    const JobId = await generate(arnOf('user/ann'));
    const ann = new IAMClient({ ...cloud.clientConfig, credentials });
    await expect(ann.send(new GetServiceLastAccessedDetailsCommand({ JobId }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    await expect(generate(arnOf('user/nobody'))).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  it('lists the policies that grant access to a service', async () => {
    const { PoliciesGrantingServiceAccess } = await iam.send(
      new ListPoliciesGrantingServiceAccessCommand({
        Arn: arnOf('user/ann'),
        ServiceNamespaces: ['s3', 'sqs', 'kms'],
      }),
    );
    expect(PoliciesGrantingServiceAccess).toEqual([
      {
        ServiceNamespace: 's3',
        Policies: [{ PolicyName: 'own', PolicyType: 'INLINE', EntityType: 'USER', EntityName: 'ann' }],
      },
      {
        ServiceNamespace: 'sqs',
        Policies: [{ PolicyName: 'tables', PolicyType: 'MANAGED', PolicyArn: policyArn }],
      },
      { ServiceNamespace: 'kms', Policies: [] },
    ]);
  });
});
