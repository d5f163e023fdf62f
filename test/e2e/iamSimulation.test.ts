/** The policy simulator of IAM, through the official SDK: it answers as requests are decided. */
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const account = '000000000000';
const table = `arn:aws:dynamodb:us-east-1:${account}:table/orders`;
const policy = (...statements: object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', Resource: '*', ...statement })),
  });

let cloud: Cloud;
let iam: IAMClient;
beforeAll(async () => {
  cloud = await startCloud();
  iam = new IAMClient(cloud.clientConfig);
});
afterAll(async () => {
  iam.destroy();
  await cloud.close();
});

const custom = async (input: Partial<SimulateCustomPolicyCommandInput>) =>
  iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [],
      ActionNames: ['dynamodb:GetItem'],
      ...input,
    }),
  );
const only = async (input: Partial<SimulateCustomPolicyCommandInput>) =>
  (await custom(input)).EvaluationResults?.[0];
const ofPrincipal = async (
  PolicySourceArn: string,
  input: Partial<SimulatePrincipalPolicyCommandInput> = {},
) =>
  (
    await iam.send(
      new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ['dynamodb:GetItem'], ...input }),
    )
  ).EvaluationResults ?? [];

describe('SimulateCustomPolicy', () => {
  it('answers as the documentation shows', async () => {
    const document =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}';
    const asked = { PolicyInputList: [document], ActionNames: ['dynamodb:CreateBackup'] };
    expect((await custom(asked)).EvaluationResults).toEqual([
      {
        EvalActionName: 'dynamodb:CreateBackup',
        EvalResourceName: '*',
        EvalDecision: 'allowed',
        MatchedStatements: [
          {
            SourcePolicyId: 'PolicyInputList.1',
            SourcePolicyType: 'none',
            StartPosition: { Line: 1, Column: 38 },
            EndPosition: { Line: 1, Column: 167 },
          },
        ],
        MissingContextValues: [],
      },
    ]);
    const earlier = {
      ContextKeyName: 'aws:CurrentTime',
      ContextKeyValues: ['2014-04-25T11:00:00Z'],
      ContextKeyType: 'date' as const,
    };
    expect(await only({ ...asked, ContextEntries: [earlier] })).toMatchObject({
      EvalDecision: 'implicitDeny',
      MatchedStatements: [],
    });
  });

  it('names the denying statement only, and the keys that have no value', async () => {
    const denied = await only({
      PolicyInputList: [
        policy(
          { Action: 'dynamodb:*' },
          {
            Effect: 'Deny',
            Action: 'dynamodb:Get*',
            Condition: { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } },
          },
        ),
        policy({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
      ],
    });
    expect(denied).toMatchObject({ EvalDecision: 'explicitDeny', MissingContextValues: ['aws:SourceVpc'] });
    expect(denied?.MatchedStatements).toHaveLength(1);
  });

  it('tells of each action and resource, in pages', async () => {
    const asked = {
      PolicyInputList: [
        policy({
          Action: 'dynamodb:GetItem',
          Resource: table,
          Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
        }),
      ],
      ActionNames: ['dynamodb:GetItem', 'dynamodb:Scan'],
      ResourceArns: [table, `${table}2`],
      MaxItems: 3,
    };
    const first = await custom(asked);
    expect(first.IsTruncated).toBe(true);
    expect(first.EvaluationResults?.map((each) => [each.EvalActionName, each.EvalResourceName])).toEqual([
      ['dynamodb:GetItem', table],
      ['dynamodb:GetItem', `${table}2`],
      ['dynamodb:Scan', table],
    ]);
    expect(first.EvaluationResults?.[0]).toMatchObject({
      EvalDecision: 'implicitDeny',
      // With a list of resources, what is missing is told there.
      MissingContextValues: [],
      ResourceSpecificResults: [
        {
          EvalResourceName: table,
          EvalResourceDecision: 'implicitDeny',
          MissingContextValues: ['aws:RequestedRegion'],
        },
      ],
    });
    const rest = await custom({ ...asked, Marker: first.Marker });
    expect(rest.IsTruncated).toBe(false);
    expect(rest.EvaluationResults).toHaveLength(1);
    const entry = {
      ContextKeyName: 'AWS:requestedregion',
      ContextKeyValues: ['us-east-1'],
      ContextKeyType: 'string' as const,
    };
    expect((await only({ ...asked, ContextEntries: [entry] }))?.EvalDecision).toBe('allowed');
  });

  it('holds a boundary against what policies allow', async () => {
    const asked = { PolicyInputList: [policy({ Action: '*' })] };
    const within = policy({ Action: 'dynamodb:*' });
    expect(await only({ ...asked, PermissionsBoundaryPolicyInputList: [within] })).toMatchObject({
      EvalDecision: 'allowed',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
    });
    const beyond = policy({ Action: 's3:*' });
    expect(await only({ ...asked, PermissionsBoundaryPolicyInputList: [beyond] })).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    });
    await expect(
      only({ ...asked, PermissionsBoundaryPolicyInputList: [within, beyond] }),
    ).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  it('puts a caller before a resource policy, of its own account or another', async () => {
    const CallerArn = `arn:aws:iam::${account}:user/visitor`;
    const ResourcePolicy = policy({ Principal: { AWS: CallerArn }, Action: '*' });
    const asked = { CallerArn, ResourcePolicy, ResourceArns: [table] };
    expect(await only(asked)).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'resource' }],
    });
    const foreign = { ...asked, ResourceArns: ['arn:aws:s3:::bucket/key'], ResourceOwner: '111122223333' };
    expect(await only({ ...foreign, ActionNames: ['s3:GetObject'] })).toMatchObject({
      EvalDecision: 'implicitDeny',
      EvalDecisionDetails: { 'IAM Policy': 'implicitDeny', 'Resource Policy': 'allowed' },
    });
    expect(
      await only({
        ...foreign,
        ActionNames: ['s3:GetObject'],
        PolicyInputList: [policy({ Action: 's3:GetObject' })],
      }),
    ).toMatchObject({
      EvalDecision: 'allowed',
      EvalDecisionDetails: { 'IAM Policy': 'allowed', 'Resource Policy': 'allowed' },
    });
  });

  it.each<[string, Partial<SimulateCustomPolicyCommandInput>]>([
    ['actions with wildcards', { ActionNames: ['dynamodb:Get*'] }],
    ['actions without a service', { ActionNames: ['GetItem'] }],
    ['what is no JSON', { PolicyInputList: ['{'] }],
    ['what is no policy', { PolicyInputList: ['{"Statement":{"Effect":"Perhaps","Action":"*"}}'] }],
    ['a resource policy without a caller', { ResourcePolicy: policy({ Principal: '*', Action: '*' }) }],
    ['a caller that is a role', { CallerArn: `arn:aws:iam::${account}:role/r` }],
    ['a scenario without its resources', { ResourceHandlingOption: 'EC2-VPC-EBS' }],
    [
      'several values of a single type',
      {
        ContextEntries: [
          { ContextKeyName: 'aws:SourceVpc', ContextKeyValues: ['1', '2'], ContextKeyType: 'string' },
        ],
      },
    ],
  ])('refuses %s', async (_what, input) => {
    await expect(custom(input)).rejects.toMatchObject({
      name: 'InvalidInputException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('SimulatePrincipalPolicy', () => {
  const user = `arn:aws:iam::${account}:user/ann`;
  beforeAll(async () => {
    await iam.send(new CreateUserCommand({ UserName: 'ann' }));
    await iam.send(new CreateGroupCommand({ GroupName: 'readers' }));
    await iam.send(new AddUserToGroupCommand({ UserName: 'ann', GroupName: 'readers' }));
    await iam.send(
      new PutGroupPolicyCommand({
        GroupName: 'readers',
        PolicyName: 'own-rows',
        PolicyDocument: policy({
          Action: 'dynamodb:GetItem',
          Resource: `${table}-\${aws:username}`,
        }),
      }),
    );
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'conditional',
        PolicyDocument: policy({
          Action: 's3:*',
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
        }),
      }),
    );
    await iam.send(
      new CreateRoleCommand({
        RoleName: 'worker',
        AssumeRolePolicyDocument: policy({
          Principal: { AWS: account },
          Action: 'sts:AssumeRole',
        }).replace('"Resource":"*",', ''),
      }),
    );
    await iam.send(
      new AttachRolePolicyCommand({
        RoleName: 'worker',
        PolicyArn: 'arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess',
      }),
    );
  });

  it('counts a user’s groups, and who the user is', async () => {
    const [found] = await ofPrincipal(user, { ResourceArns: [`${table}-ann`] });
    expect(found).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: 'own-rows', SourcePolicyType: 'group' }],
    });
    const [other] = await ofPrincipal(user, { ResourceArns: [`${table}-bob`] });
    expect(other?.EvalDecision).toBe('implicitDeny');
  });

  it('asks a group’s policies for a user that it doesn’t know', async () => {
    const [found] = await ofPrincipal(`arn:aws:iam::${account}:group/readers`, {
      ResourceArns: [`${table}-ann`],
    });
    expect(found).toMatchObject({
      EvalDecision: 'implicitDeny',
      ResourceSpecificResults: [{ MissingContextValues: ['aws:username'] }],
    });
  });

  it('knows AWS’s own policies of a role, and policies that are sent along', async () => {
    const role = `arn:aws:iam::${account}:role/worker`;
    const [found] = await ofPrincipal(role);
    expect(found).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [
        { SourcePolicyId: 'AmazonDynamoDBReadOnlyAccess', SourcePolicyType: 'aws-managed' },
      ],
    });
    const [denied] = await ofPrincipal(role, {
      PolicyInputList: [policy({ Effect: 'Deny', Action: '*' })],
    });
    expect(denied).toMatchObject({
      EvalDecision: 'explicitDeny',
      MatchedStatements: [{ SourcePolicyId: 'PolicyInputList.1' }],
    });
  });

  it('holds the boundary that is attached, or the one that is sent', async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'limit', PolicyDocument: policy({ Action: 's3:*' }) }),
    );
    await iam.send(
      new PutUserPermissionsBoundaryCommand({ UserName: 'ann', PermissionsBoundary: Policy?.Arn }),
    );
    const ResourceArns = [`${table}-ann`];
    expect(await ofPrincipal(user, { ResourceArns })).toMatchObject([
      {
        EvalDecision: 'implicitDeny',
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      },
    ]);
    expect(
      await ofPrincipal(user, {
        ResourceArns,
        PermissionsBoundaryPolicyInputList: [policy({ Action: 'dynamodb:*' })],
      }),
    ).toMatchObject([{ EvalDecision: 'allowed' }]);
  });

  it('says that somebody isn’t there', async () => {
    await expect(ofPrincipal(`arn:aws:iam::${account}:user/nobody`)).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The user with name nobody cannot be found.',
    });
    await expect(ofPrincipal(`arn:aws:iam::${account}:policy/p`)).rejects.toMatchObject({
      name: 'InvalidInputException',
    });
  });

  it('lists the keys that policies read', async () => {
    const { ContextKeyNames } = await iam.send(
      new GetContextKeysForCustomPolicyCommand({
        PolicyInputList: [
          '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:us-west-2:123456789012:table/${aws:username}","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2015-08-16T12:00:00Z"}}}}',
        ],
      }),
    );
    expect(ContextKeyNames).toEqual(['aws:username', 'aws:CurrentTime']);
    const ofUser = await iam.send(
      new GetContextKeysForPrincipalPolicyCommand({
        PolicySourceArn: user,
        PolicyInputList: [policy({ Action: '*', Condition: { Null: { 'AWS:UserName': 'false' } } })],
      }),
    );
    expect(ofUser.ContextKeyNames?.toSorted()).toEqual(['aws:MultiFactorAuthPresent', 'aws:username']);
  });
});
