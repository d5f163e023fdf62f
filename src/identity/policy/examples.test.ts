/**
 * What the example policies of the IAM user guide are for, asked of the engine: policies of the same make, who may do what
 * by them, and who may not. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_examples.html
 */
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../platform/index.ts';
import { Authorizer, type RequestFacts } from '../authorize.ts';

const account = '111122223333';
const facts: RequestFacts = {
  now: Date.parse('2025-06-15T12:00:00Z'),
  region: 'eu-west-1',
  sourceIp: '203.0.113.7',
  secure: true,
  userAgent: 'aws-cli/2',
};
const ann: Principal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userName: 'ann',
  userId: 'AIDAANN',
  tags: { CostCenter: '7', Department: 'sales' },
};
const withMfa: Principal = { ...ann, session: { issuedAt: facts.now - 60_000, mfaAt: facts.now - 60_000 } };
const longAgo: Principal = {
  ...ann,
  session: { issuedAt: facts.now - 7_200_000, mfaAt: facts.now - 7_200_000 },
};
const withoutMfa: Principal = { ...ann, session: { issuedAt: facts.now - 60_000 } };
const worker: Principal = {
  type: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/worker/ann@example.com`,
  roleArn: `arn:aws:iam::${account}:role/worker`,
  roleId: 'AROAWORKER',
  sessionName: 'ann@example.com',
  tags: { project: 'blue' },
  session: { issuedAt: facts.now - 60_000 },
};
/** Somebody whom an identity pool gave credentials. */
const app: Principal = {
  ...worker,
  session: {
    issuedAt: facts.now,
    keys: {
      'cognito-identity.amazonaws.com:sub': 'eu-west-1:1234',
      'cognito-identity.amazonaws.com:aud': 'eu-west-1:pool',
      'cognito-identity.amazonaws.com:amr': ['authenticated', 'graph.facebook.com'],
    },
  },
};

type Texts = string | string[];
interface Statement {
  Effect?: 'Allow' | 'Deny';
  Action?: Texts;
  NotAction?: Texts;
  Resource?: Texts;
  NotResource?: Texts;
  Condition?: Record<string, Record<string, Texts | boolean | number>>;
}
interface Asked {
  who?: Principal;
  on?: string;
  context?: Record<string, string | string[]>;
  facts?: Partial<RequestFacts>;
}
type Case = [expected: 'allow' | 'deny', action: string, asked?: Asked];

const user = (name: string) => `arn:aws:iam::${account}:user/${name}`;
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const ec2 = (what: string, region = 'eu-west-1') => `arn:aws:ec2:${region}:${account}:${what}`;
const table = (name: string, region = 'eu-west-1') => `arn:aws:dynamodb:${region}:${account}:table/${name}`;
const at = (time: string) => ({ facts: { now: Date.parse(time) } });
const everything: Statement = { Action: '*', Resource: '*' };

const examples: Record<string, [statements: Statement[], ...cases: Case[]]> = {
  'AWS: between two dates': [
    [
      {
        Action: 'glue:*',
        Resource: '*',
        Condition: {
          DateGreaterThan: { 'aws:CurrentTime': '2025-04-01T00:00:00Z' },
          DateLessThan: { 'aws:CurrentTime': '2025-06-30T23:59:59Z' },
        },
      },
    ],
    ['allow', 'glue:GetTable'],
    ['deny', 'glue:GetTable', at('2025-03-31T23:59:59Z')],
    ['deny', 'glue:GetTable', at('2025-07-01T00:00:00Z')],
    ['deny', 'glue:GetTable', at('2025-04-01T00:00:00Z')],
    ['deny', 'athena:GetTable'],
  ],
  'AWS: regions switched on and off, but one': [
    [
      {
        Action: ['account:EnableRegion', 'account:DisableRegion'],
        Resource: '*',
        Condition: { StringEquals: { 'account:TargetRegion': 'ap-east-1' } },
      },
      { Action: ['account:ListRegions'], Resource: '*' },
    ],
    ['allow', 'account:EnableRegion', { context: { 'account:TargetRegion': 'ap-east-1' } }],
    ['deny', 'account:EnableRegion', { context: { 'account:TargetRegion': 'me-south-1' } }],
    ['deny', 'account:EnableRegion'],
    ['allow', 'account:ListRegions'],
  ],
  'AWS: own credentials, all else with MFA only': [
    [
      { Action: ['iam:ListVirtualMFADevices', 'iam:GetAccountSummary'], Resource: '*' },
      { Action: ['iam:ChangePassword', 'iam:GetUser'], Resource: 'arn:aws:iam::*:user/${aws:username}' },
      { Action: 'iam:*AccessKey*', Resource: 'arn:aws:iam::*:user/${aws:username}' },
      { Action: ['iam:CreateVirtualMFADevice'], Resource: 'arn:aws:iam::*:mfa/*' },
      {
        Action: ['iam:EnableMFADevice', 'iam:ListMFADevices', 'iam:ResyncMFADevice'],
        Resource: 'arn:aws:iam::*:user/${aws:username}',
      },
      {
        Effect: 'Deny',
        NotAction: [
          'iam:CreateVirtualMFADevice',
          'iam:EnableMFADevice',
          'iam:GetUser',
          'iam:ListMFADevices',
          'iam:ListVirtualMFADevices',
          'iam:ResyncMFADevice',
          'sts:GetSessionToken',
        ],
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
    ['allow', 'iam:CreateAccessKey', { who: withMfa, on: user('ann') }],
    ['deny', 'iam:CreateAccessKey', { who: withMfa, on: user('bob') }],
    ['deny', 'iam:CreateAccessKey', { who: withoutMfa, on: user('ann') }],
    ['deny', 'iam:CreateAccessKey', { who: ann, on: user('ann') }],
    ['allow', 'iam:GetUser', { who: ann, on: user('ann') }],
    ['allow', 'iam:EnableMFADevice', { who: withoutMfa, on: user('ann') }],
    ['deny', 'iam:EnableMFADevice', { who: withoutMfa, on: user('bob') }],
    ['deny', 'iam:ChangePassword', { who: ann, on: user('ann') }],
    ['deny', 's3:ListBucket', { who: withMfa, on: 'arn:aws:s3:::b' }],
  ],
  'AWS: with MFA, between two dates': [
    [
      {
        Action: 'service-prefix:*',
        Resource: '*',
        Condition: {
          Bool: { 'aws:MultiFactorAuthPresent': true },
          DateGreaterThan: { 'aws:CurrentTime': '2025-06-01T00:00:00Z' },
          DateLessThan: { 'aws:CurrentTime': '2025-06-30' },
        },
      },
    ],
    ['allow', 'service-prefix:Do', { who: withMfa }],
    ['deny', 'service-prefix:Do', { who: withoutMfa }],
    ['deny', 'service-prefix:Do', { who: ann }],
    ['deny', 'service-prefix:Do', { who: withMfa, ...at('2025-06-30T00:00:00Z') }],
  ],
  'AWS: own password, access keys and SSH keys': [
    [
      { Action: ['iam:ListUsers', 'iam:GetAccountPasswordPolicy'], Resource: '*' },
      {
        Action: ['iam:*AccessKey*', 'iam:ChangePassword', 'iam:GetUser', 'iam:*SSHPublicKey*'],
        Resource: ['arn:aws:iam::*:user/${aws:username}'],
      },
    ],
    ['allow', 'iam:ListUsers'],
    ['allow', 'iam:UploadSSHPublicKey', { on: user('ann') }],
    ['allow', 'iam:ListAccessKeys', { on: user('ann') }],
    ['deny', 'iam:ListAccessKeys', { on: user('anna') }],
    // A role has no user name: the statement isn't about it.
    ['deny', 'iam:ListAccessKeys', { who: worker, on: user('worker') }],
  ],
  'AWS: nothing outside some regions': [
    [
      everything,
      {
        Effect: 'Deny',
        NotAction: ['cloudfront:*', 'iam:*', 'route53:*', 'support:*'],
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1'] } },
      },
    ],
    ['allow', 'dynamodb:ListTables'],
    ['deny', 'dynamodb:ListTables', { facts: { region: 'us-east-1' } }],
    ['allow', 'iam:ListUsers', { facts: { region: 'us-east-1' } }],
  ],
  'AWS: IAM is where IAM is': [
    [
      everything,
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
      },
    ],
    ['deny', 'iam:ListUsers'],
    ['allow', 'iam:PassRole', { on: role('worker') }],
    ['allow', 'sts:GetWebIdentityToken'],
  ],
  'AWS: nothing from other addresses, but by services': [
    [
      everything,
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: {
          NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24', '2001:db8:1234:5678::/64'] },
          Bool: { 'aws:ViaAWSService': 'false' },
        },
      },
    ],
    ['allow', 's3:GetObject'],
    ['deny', 's3:GetObject', { facts: { sourceIp: '198.51.100.1' } }],
    ['allow', 's3:GetObject', { facts: { sourceIp: '2001:db8:1234:5678::9' } }],
    ['deny', 's3:GetObject', { facts: { sourceIp: '2001:db8:1234:5679::9' } }],
    ['allow', 's3:GetObject', { facts: { sourceIp: '127.0.0.1', via: ['cloudformation'] } }],
  ],
  'AWS: nothing of other accounts': [
    [
      everything,
      {
        Effect: 'Deny',
        NotAction: 'dataexchange:*',
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:ResourceAccount': [account] } },
      },
    ],
    ['allow', 'dynamodb:GetItem', { on: table('a') }],
    ['deny', 'dynamodb:GetItem', { on: 'arn:aws:dynamodb:eu-west-1:999999999999:table/a' }],
  ],
  'AWS: keys through DynamoDB only': [
    [
      {
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
        Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': ['dynamodb.amazonaws.com'] } },
      },
      {
        Action: 'kms:DescribeKey',
        Resource: '*',
        Condition: {
          StringEquals: {
            'aws:CalledViaFirst': 'cloudformation.amazonaws.com',
            'aws:CalledViaLast': 'dynamodb.amazonaws.com',
          },
        },
      },
    ],
    ['deny', 'kms:Decrypt'],
    ['allow', 'kms:Decrypt', { facts: { via: ['dynamodb'] } }],
    ['allow', 'kms:Decrypt', { facts: { via: ['cloudformation', 'dynamodb'] } }],
    // S3 isn't among the services that the key tells of.
    ['deny', 'kms:Decrypt', { facts: { via: ['s3'] } }],
    ['allow', 'kms:DescribeKey', { facts: { via: ['cloudformation', 'lambda', 'dynamodb'] } }],
    ['deny', 'kms:DescribeKey', { facts: { via: ['dynamodb'] } }],
    ['deny', 'kms:DescribeKey', { facts: { via: ['dynamodb', 'cloudformation'] } }],
  ],
  'CodeCommit: reading a repository': [
    [
      {
        Action: ['codecommit:BatchGet*', 'codecommit:Get*', 'codecommit:GitPull', 'codecommit:List*'],
        Resource: 'arn:aws:codecommit:us-east-2:*:MyRepository',
      },
    ],
    ['allow', 'codecommit:GitPull', { on: `arn:aws:codecommit:us-east-2:${account}:MyRepository` }],
    ['deny', 'codecommit:GitPush', { on: `arn:aws:codecommit:us-east-2:${account}:MyRepository` }],
    ['deny', 'codecommit:GitPull', { on: `arn:aws:codecommit:us-east-1:${account}:MyRepository` }],
  ],
  'Data Pipeline: nothing that somebody else made': [
    [
      everything,
      {
        Effect: 'Deny',
        Action: ['datapipeline:ActivatePipeline', 'datapipeline:Delete*'],
        Resource: '*',
        Condition: { StringNotEquals: { 'datapipeline:PipelineCreator': '${aws:userid}' } },
      },
    ],
    ['allow', 'datapipeline:DeletePipeline', { context: { 'datapipeline:PipelineCreator': 'AIDAANN' } }],
    ['deny', 'datapipeline:DeletePipeline', { context: { 'datapipeline:PipelineCreator': 'AIDABOB' } }],
    ['deny', 'datapipeline:DeletePipeline'],
    ['allow', 'datapipeline:ListPipelines'],
  ],
  'DynamoDB: one table': [
    [
      { Action: ['dynamodb:List*', 'dynamodb:DescribeReservedCapacity*'], Resource: '*' },
      {
        Action: ['dynamodb:BatchGet*', 'dynamodb:Get*', 'dynamodb:Query', 'dynamodb:PutItem'],
        Resource: 'arn:aws:dynamodb:*:*:table/MyTable',
      },
    ],
    ['allow', 'dynamodb:ListTables'],
    ['allow', 'dynamodb:GetItem', { on: table('MyTable') }],
    ['deny', 'dynamodb:GetItem', { on: table('MyTable2') }],
    ['deny', 'dynamodb:GetItem', { on: table('mytable') }],
    ['deny', 'dynamodb:Query', { on: `${table('MyTable')}/index/by-date` }],
    ['deny', 'dynamodb:DeleteTable', { on: table('MyTable') }],
  ],
  'DynamoDB: some columns': [
    [
      {
        Action: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'],
        Resource: ['arn:aws:dynamodb:*:*:table/orders'],
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['id', 'date', 'total'] },
          StringEqualsIfExists: {
            'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
            'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'],
          },
        },
      },
    ],
    [
      'allow',
      'dynamodb:GetItem',
      { on: table('orders'), context: { 'dynamodb:Attributes': ['id', 'total'] } },
    ],
    ['deny', 'dynamodb:GetItem', { on: table('orders'), context: { 'dynamodb:Attributes': ['id', 'card'] } }],
    [
      'deny',
      'dynamodb:Query',
      {
        on: table('orders'),
        context: { 'dynamodb:Attributes': ['id'], 'dynamodb:Select': 'ALL_ATTRIBUTES' },
      },
    ],
    ['allow', 'dynamodb:GetItem', { on: table('orders') }],
  ],
  'DynamoDB: rows of a Cognito identity': [
    [
      {
        Action: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
        Resource: ['arn:aws:dynamodb:*:*:table/games'],
        Condition: {
          'ForAllValues:StringEquals': {
            'dynamodb:LeadingKeys': ['${cognito-identity.amazonaws.com:sub}'],
          },
        },
      },
    ],
    [
      'allow',
      'dynamodb:GetItem',
      { who: app, on: table('games'), context: { 'dynamodb:LeadingKeys': ['eu-west-1:1234'] } },
    ],
    [
      'deny',
      'dynamodb:GetItem',
      { who: app, on: table('games'), context: { 'dynamodb:LeadingKeys': ['eu-west-1:1234', 'other'] } },
    ],
    [
      'deny',
      'dynamodb:GetItem',
      { on: table('games'), context: { 'dynamodb:LeadingKeys': ['eu-west-1:1234'] } },
    ],
    ['deny', 'dynamodb:Scan', { who: app, on: table('games') }],
  ],
  'EC2: volumes for instances, by tags': [
    [
      {
        Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringEquals: { 'aws:ResourceTag/Department': 'Development' } },
      },
      {
        Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
        Resource: 'arn:aws:ec2:*:*:volume/*',
        Condition: { StringEquals: { 'aws:ResourceTag/VolumeUser': '${aws:username}' } },
      },
    ],
    [
      'allow',
      'ec2:AttachVolume',
      { on: ec2('instance/i-1'), context: { 'aws:ResourceTag/Department': 'Development' } },
    ],
    ['allow', 'ec2:AttachVolume', { on: ec2('volume/v'), context: { 'aws:ResourceTag/VolumeUser': 'ann' } }],
    ['deny', 'ec2:AttachVolume', { on: ec2('volume/v'), context: { 'aws:ResourceTag/VolumeUser': 'bob' } }],
    ['deny', 'ec2:AttachVolume', { on: ec2('volume/v') }],
  ],
  'EC2: launching in one subnet': [
    [
      { Action: ['ec2:Describe*', 'ec2:GetConsole*'], Resource: '*' },
      {
        Action: 'ec2:RunInstances',
        Resource: [
          'arn:aws:ec2:*:*:subnet/subnet-1',
          'arn:aws:ec2:*:*:instance/*',
          'arn:aws:ec2:*::image/ami-*',
        ],
      },
    ],
    ['allow', 'ec2:RunInstances', { on: ec2('subnet/subnet-1') }],
    ['deny', 'ec2:RunInstances', { on: ec2('subnet/subnet-2') }],
    ['allow', 'ec2:RunInstances', { on: 'arn:aws:ec2:eu-west-1::image/ami-7' }],
    ['deny', 'ec2:RunInstances', { on: ec2('image/ami-7') }],
    ['allow', 'ec2:DescribeSubnets'],
  ],
  'EC2: instance types, where there is one': [
    [
      {
        Action: 'ec2:RunInstances',
        Resource: '*',
        Condition: { StringLikeIfExists: { 'ec2:InstanceType': ['t1.*', 't2.*'] } },
      },
    ],
    ['allow', 'ec2:RunInstances', { on: ec2('instance/*'), context: { 'ec2:InstanceType': 't2.micro' } }],
    ['deny', 'ec2:RunInstances', { on: ec2('instance/*'), context: { 'ec2:InstanceType': 'm5.large' } }],
    ['allow', 'ec2:RunInstances', { on: ec2('subnet/s') }],
  ],
  'EC2: security groups of one VPC': [
    [
      {
        Action: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:DeleteSecurityGroup'],
        Resource: 'arn:aws:ec2:*:*:security-group/*',
        Condition: { ArnEquals: { 'ec2:Vpc': 'arn:aws:ec2:*:*:vpc/vpc-1' } },
      },
    ],
    [
      'allow',
      'ec2:DeleteSecurityGroup',
      { on: ec2('security-group/sg'), context: { 'ec2:Vpc': ec2('vpc/vpc-1') } },
    ],
    [
      'deny',
      'ec2:DeleteSecurityGroup',
      { on: ec2('security-group/sg'), context: { 'ec2:Vpc': ec2('vpc/vpc-12') } },
    ],
    ['deny', 'ec2:DeleteSecurityGroup', { on: ec2('security-group/sg') }],
  ],
  'EC2: instances that belong to who asks, or to their cost centre': [
    [
      {
        Action: ['ec2:StartInstances', 'ec2:StopInstances'],
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringEquals: { 'aws:ResourceTag/Owner': '${aws:username}' } },
      },
      {
        Action: 'ec2:RebootInstances',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/CostCenter': '${aws:PrincipalTag/CostCenter}' } },
      },
    ],
    ['allow', 'ec2:StopInstances', { on: ec2('instance/i'), context: { 'aws:ResourceTag/Owner': 'ann' } }],
    ['deny', 'ec2:StopInstances', { on: ec2('instance/i'), context: { 'aws:ResourceTag/Owner': 'Ann' } }],
    [
      'allow',
      'ec2:RebootInstances',
      { on: ec2('instance/i'), context: { 'aws:ResourceTag/CostCenter': '7' } },
    ],
    // The key of a tag is compared without case, its value with it.
    [
      'allow',
      'ec2:RebootInstances',
      { on: ec2('instance/i'), context: { 'aws:ResourceTag/costcenter': '7' } },
    ],
    [
      'deny',
      'ec2:RebootInstances',
      { on: ec2('instance/i'), context: { 'aws:ResourceTag/CostCenter': '8' } },
    ],
    ['deny', 'ec2:RebootInstances', { who: worker, on: ec2('instance/i') }],
    [
      'deny',
      'ec2:RebootInstances',
      { who: worker, on: ec2('instance/i'), context: { 'aws:ResourceTag/CostCenter': '' } },
    ],
  ],
  'EC2: all of it in one region; no termination from elsewhere': [
    [
      {
        Action: 'ec2:*',
        Resource: '*',
        Condition: { StringEquals: { 'ec2:Region': 'us-east-2' } },
      },
      {
        Effect: 'Deny',
        Action: 'ec2:TerminateInstances',
        Resource: '*',
        Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } },
      },
    ],
    ['allow', 'ec2:RunInstances', { context: { 'ec2:Region': 'us-east-2' } }],
    ['deny', 'ec2:RunInstances', { context: { 'ec2:Region': 'us-east-1' } }],
    ['allow', 'ec2:TerminateInstances', { context: { 'ec2:Region': 'us-east-2' } }],
    [
      'deny',
      'ec2:TerminateInstances',
      { context: { 'ec2:Region': 'us-east-2' }, facts: { sourceIp: '198.51.100.9' } },
    ],
  ],
  'IAM: roles that have a tag may be assumed': [
    [
      {
        Action: 'iam:GetRole',
        Resource: '*',
        Condition: { StringEquals: { 'iam:ResourceTag/UserAccess': 'Allowed' } },
      },
    ],
    ['allow', 'iam:GetRole', { on: role('a'), context: { 'iam:ResourceTag/UserAccess': 'Allowed' } }],
    ['deny', 'iam:GetRole', { on: role('a'), context: { 'iam:ResourceTag/UserAccess': 'No' } }],
  ],
  'IAM: several services, one denied, some actions of IAM': [
    [
      { Action: ['s3:*', 'cloudwatch:*', 'ec2:*'], Resource: '*' },
      { Action: ['iam:List*', 'iam:Get*'], Resource: '*' },
      { Effect: 'Deny', Action: ['ec2:*', 'iam:GetAccountSummary'], Resource: '*' },
    ],
    ['allow', 's3:PutObject', { on: 'arn:aws:s3:::b/k' }],
    ['deny', 'ec2:RunInstances'],
    ['allow', 'iam:GetUser', { on: user('bob') }],
    ['deny', 'iam:GetAccountSummary'],
    ['deny', 'iam:CreateUser', { on: user('bob') }],
  ],
  'IAM: one tag, in some values, for tagged users': [
    [
      {
        Action: ['iam:TagUser', 'iam:TagRole'],
        Resource: '*',
        Condition: {
          StringEquals: {
            'iam:ResourceTag/JobFunction': 'Employee',
            'aws:RequestTag/CostCenter': ['A-123', 'B-456'],
          },
          'ForAllValues:StringEquals': { 'aws:TagKeys': 'CostCenter' },
        },
      },
    ],
    [
      'allow',
      'iam:TagUser',
      {
        on: user('bob'),
        context: {
          'iam:ResourceTag/JobFunction': 'Employee',
          'aws:RequestTag/CostCenter': 'B-456',
          'aws:TagKeys': ['CostCenter'],
        },
      },
    ],
    [
      'deny',
      'iam:TagUser',
      {
        on: user('bob'),
        context: {
          'iam:ResourceTag/JobFunction': 'Employee',
          'aws:RequestTag/CostCenter': 'B-456',
          'aws:RequestTag/Admin': 'yes',
          'aws:TagKeys': ['CostCenter', 'Admin'],
        },
      },
    ],
    [
      'deny',
      'iam:TagUser',
      {
        on: user('bob'),
        context: { 'aws:RequestTag/CostCenter': 'B-456', 'aws:TagKeys': ['CostCenter'] },
      },
    ],
  ],
  'IAM: new users only with certain tags': [
    [
      {
        Action: 'iam:CreateUser',
        Resource: '*',
        Condition: {
          StringLike: { 'aws:RequestTag/Department': ['Dev*', 'Quality'] },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['Department', 'JobFunction'] },
          Null: { 'aws:RequestTag/JobFunction': 'false' },
        },
      },
    ],
    [
      'allow',
      'iam:CreateUser',
      {
        context: {
          'aws:RequestTag/Department': 'Development',
          'aws:RequestTag/JobFunction': 'x',
          'aws:TagKeys': ['Department', 'JobFunction'],
        },
      },
    ],
    [
      'deny',
      'iam:CreateUser',
      { context: { 'aws:RequestTag/Department': 'Development', 'aws:TagKeys': ['Department'] } },
    ],
    ['deny', 'iam:CreateUser'],
  ],
  'IAM: members of a group, roles for a service, users of a path': [
    [
      {
        Action: ['iam:AddUserToGroup', 'iam:RemoveUserFromGroup'],
        Resource: 'arn:aws:iam::*:group/MarketingTeam',
      },
      {
        Action: 'iam:PassRole',
        Resource: '*',
        Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
      },
      {
        Action: 'iam:SimulatePrincipalPolicy',
        Resource: 'arn:aws:iam::*:user/Department/Development/*',
      },
    ],
    ['allow', 'iam:AddUserToGroup', { on: `arn:aws:iam::${account}:group/MarketingTeam` }],
    ['deny', 'iam:AddUserToGroup', { on: `arn:aws:iam::${account}:group/Admins` }],
    [
      'allow',
      'iam:PassRole',
      { on: role('worker'), context: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    ],
    ['deny', 'iam:PassRole', { on: role('worker'), context: { 'iam:PassedToService': 'ec2.amazonaws.com' } }],
    ['allow', 'iam:SimulatePrincipalPolicy', { on: user('Department/Development/bob') }],
    ['deny', 'iam:SimulatePrincipalPolicy', { on: user('Department/bob') }],
  ],
  'IAM: only some managed policies may be attached': [
    [
      {
        Action: ['iam:AttachUserPolicy', 'iam:DetachUserPolicy'],
        Resource: '*',
        Condition: {
          ArnEquals: {
            'iam:PolicyARN': ['arn:aws:iam::*:policy/limited-*', 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
          },
        },
      },
    ],
    [
      'allow',
      'iam:AttachUserPolicy',
      { on: user('bob'), context: { 'iam:PolicyARN': `arn:aws:iam::${account}:policy/limited-a` } },
    ],
    [
      'allow',
      'iam:AttachUserPolicy',
      { on: user('bob'), context: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/ReadOnlyAccess' } },
    ],
    [
      'deny',
      'iam:AttachUserPolicy',
      { on: user('bob'), context: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' } },
    ],
  ],
  'Lambda: a function and its table': [
    [
      { Action: ['dynamodb:GetItem', 'dynamodb:PutItem'], Resource: 'arn:aws:dynamodb:*:*:table/Sample' },
      { Action: 'dynamodb:GetRecords', Resource: 'arn:aws:dynamodb:*:*:table/Sample/stream/*' },
      { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: 'arn:aws:logs:*:*:*' },
    ],
    ['allow', 'dynamodb:GetItem', { who: worker, on: table('Sample') }],
    ['allow', 'dynamodb:GetRecords', { who: worker, on: `${table('Sample')}/stream/2025` }],
    [
      'allow',
      'logs:PutLogEvents',
      { who: worker, on: `arn:aws:logs:eu-west-1:${account}:log-group:/aws/lambda/f:log-stream:s` },
    ],
  ],
  'RDS: owners by tag': [
    [
      {
        Action: 'rds:*',
        Resource: '*',
        Condition: { StringEqualsIgnoreCase: { 'rds:db-tag/Owner': '${aws:username}' } },
      },
    ],
    ['allow', 'rds:DeleteDBInstance', { context: { 'rds:db-tag/Owner': 'ANN' } }],
    ['deny', 'rds:DeleteDBInstance', { context: { 'rds:db-tag/Owner': 'bob' } }],
  ],
  'S3: folders of Cognito identities': [
    [
      {
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::files',
        Condition: { StringLike: { 's3:prefix': ['cognito/app/${cognito-identity.amazonaws.com:sub}'] } },
      },
      {
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: 'arn:aws:s3:::files/cognito/app/${cognito-identity.amazonaws.com:sub}/*',
      },
    ],
    ['allow', 's3:GetObject', { who: app, on: 'arn:aws:s3:::files/cognito/app/eu-west-1:1234/a/b' }],
    ['deny', 's3:GetObject', { who: app, on: 'arn:aws:s3:::files/cognito/app/eu-west-1:12345/a' }],
    ['deny', 's3:GetObject', { who: app, on: 'arn:aws:s3:::files/cognito/app/*/a' }],
    [
      'allow',
      's3:ListBucket',
      { who: app, on: 'arn:aws:s3:::files', context: { 's3:prefix': 'cognito/app/eu-west-1:1234' } },
    ],
    ['deny', 's3:ListBucket', { who: app, on: 'arn:aws:s3:::files', context: { 's3:prefix': '' } }],
  ],
  'S3: home folders of federated users': [
    [
      {
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::files',
        Condition: { StringLike: { 's3:prefix': ['', 'home/', 'home/${aws:userid}/*'] } },
      },
      { Action: 's3:*', Resource: 'arn:aws:s3:::files/home/${aws:userid}/*' },
    ],
    ['allow', 's3:PutObject', { who: worker, on: 'arn:aws:s3:::files/home/AROAWORKER:ann@example.com/x' }],
    ['deny', 's3:PutObject', { who: worker, on: 'arn:aws:s3:::files/home/AROAWORKER:bob@example.com/x' }],
    ['allow', 's3:ListBucket', { who: worker, on: 'arn:aws:s3:::files', context: { 's3:prefix': '' } }],
    ['deny', 's3:ListBucket', { who: worker, on: 'arn:aws:s3:::files', context: { 's3:prefix': 'home/b' } }],
    ['deny', 's3:ListBucket', { who: worker, on: 'arn:aws:s3:::files' }],
  ],
  'S3: a bucket, with MFA of the last half hour': [
    [
      { Action: 's3:ListAllMyBuckets', Resource: 'arn:aws:s3:::*' },
      {
        Action: 's3:*',
        Resource: ['arn:aws:s3:::files', 'arn:aws:s3:::files/*'],
        Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': 1800 } },
      },
    ],
    ['allow', 's3:GetObject', { who: withMfa, on: 'arn:aws:s3:::files/a' }],
    ['deny', 's3:GetObject', { who: longAgo, on: 'arn:aws:s3:::files/a' }],
    ['deny', 's3:GetObject', { who: withoutMfa, on: 'arn:aws:s3:::files/a' }],
    ['deny', 's3:GetObject', { who: ann, on: 'arn:aws:s3:::files/a' }],
    ['allow', 's3:ListAllMyBuckets', { on: 'arn:aws:s3:::*' }],
  ],
  'S3: home folders of users': [
    [
      { Action: ['s3:ListAllMyBuckets', 's3:GetBucketLocation'], Resource: '*' },
      {
        Action: 's3:*',
        Resource: ['arn:aws:s3:::files/home/${aws:username}', 'arn:aws:s3:::files/home/${aws:username}/*'],
      },
    ],
    ['allow', 's3:DeleteObject', { on: 'arn:aws:s3:::files/home/ann/a' }],
    ['deny', 's3:DeleteObject', { on: 'arn:aws:s3:::files/home/anna/a' }],
    ['deny', 's3:DeleteObject', { on: 'arn:aws:s3:::files/home/ann2' }],
    ['deny', 's3:DeleteObject', { who: worker, on: 'arn:aws:s3:::files/home/${aws:username}/a' }],
  ],
  'S3: one bucket and nothing else': [
    [
      { Action: 's3:*', Resource: ['arn:aws:s3:::files', 'arn:aws:s3:::files/*'] },
      { Effect: 'Deny', NotAction: 's3:*', NotResource: ['arn:aws:s3:::files', 'arn:aws:s3:::files/*'] },
      { Action: 'ec2:*', Resource: '*' },
    ],
    ['allow', 's3:GetObject', { on: 'arn:aws:s3:::files/a' }],
    ['deny', 's3:GetObject', { on: 'arn:aws:s3:::others/a' }],
    ['deny', 'ec2:RunInstances'],
  ],
  'S3: reading and writing objects of a bucket': [
    [
      { Action: ['s3:ListBucket'], Resource: ['arn:aws:s3:::files'] },
      { Action: 's3:*Object', Resource: ['arn:aws:s3:::files/*'] },
    ],
    ['allow', 's3:GetObject', { on: 'arn:aws:s3:::files/a' }],
    ['allow', 's3:PutObject', { on: 'arn:aws:s3:::files/a' }],
    ['deny', 's3:GetObjectAcl', { on: 'arn:aws:s3:::files/a' }],
    ['deny', 's3:ListBucket', { on: 'arn:aws:s3:::filesystem' }],
  ],
  'S3: keys at most, and wildcards as such': [
    [
      {
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::files',
        Condition: { NumericLessThanEquals: { 's3:max-keys': '10' } },
      },
      { Action: 's3:GetObject', Resource: 'arn:aws:s3:::files/${*}/${?}/${$}' },
    ],
    ['allow', 's3:ListBucket', { on: 'arn:aws:s3:::files', context: { 's3:max-keys': '10' } }],
    ['deny', 's3:ListBucket', { on: 'arn:aws:s3:::files', context: { 's3:max-keys': '11' } }],
    ['allow', 's3:GetObject', { on: 'arn:aws:s3:::files/*/?/$' }],
    ['deny', 's3:GetObject', { on: 'arn:aws:s3:::files/a/b/c' }],
  ],
  'Sessions: none of before are taken (AWSRevokeOlderSessions)': [
    [
      everything,
      {
        Effect: 'Deny',
        Action: ['*'],
        Resource: ['*'],
        Condition: { DateLessThan: { 'aws:TokenIssueTime': '2025-06-15T11:59:30.000Z' } },
      },
    ],
    ['deny', 's3:GetObject', { who: worker }],
    ['allow', 's3:GetObject', { who: { ...worker, session: { issuedAt: facts.now } } }],
    ['allow', 's3:GetObject', { who: ann }],
  ],
  'Sessions: keys of their own only': [
    [{ Action: 'ec2:*', Resource: '*', Condition: { Null: { 'aws:TokenIssueTime': 'true' } } }],
    ['allow', 'ec2:RunInstances', { who: ann }],
    ['deny', 'ec2:RunInstances', { who: withMfa }],
    ['deny', 'ec2:RunInstances', { who: worker }],
  ],
  'Tags: what roles of a project may do': [
    [
      {
        Action: 'secretsmanager:*',
        Resource: '*',
        Condition: {
          StringEquals: { 'aws:ResourceTag/project': "${aws:PrincipalTag/project, 'none'}" },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['project', 'name'] },
          StringEqualsIfExists: { 'aws:RequestTag/project': '${aws:PrincipalTag/project}' },
        },
      },
    ],
    [
      'allow',
      'secretsmanager:GetSecretValue',
      { who: worker, context: { 'aws:ResourceTag/project': 'blue' } },
    ],
    ['deny', 'secretsmanager:GetSecretValue', { who: worker, context: { 'aws:ResourceTag/project': 'red' } }],
    ['allow', 'secretsmanager:GetSecretValue', { who: ann, context: { 'aws:ResourceTag/project': 'none' } }],
    [
      'deny',
      'secretsmanager:TagResource',
      {
        who: worker,
        context: {
          'aws:ResourceTag/project': 'blue',
          'aws:RequestTag/project': 'red',
          'aws:TagKeys': ['project'],
        },
      },
    ],
  ],
  'Transport: nothing in the clear, nothing from other pages': [
    [
      {
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::site/*',
        Condition: { StringLike: { 'aws:Referer': ['https://www.example.com/*', 'https://example.com/*'] } },
      },
      {
        Effect: 'Deny',
        Action: 's3:*',
        Resource: '*',
        Condition: { Bool: { 'aws:SecureTransport': false } },
      },
    ],
    ['allow', 's3:GetObject', { on: 'arn:aws:s3:::site/a', facts: { referer: 'https://example.com/page' } }],
    ['deny', 's3:GetObject', { on: 'arn:aws:s3:::site/a', facts: { referer: 'https://evil.example/' } }],
    ['deny', 's3:GetObject', { on: 'arn:aws:s3:::site/a' }],
    [
      'deny',
      's3:GetObject',
      { on: 'arn:aws:s3:::site/a', facts: { referer: 'https://example.com/page', secure: false } },
    ],
  ],
};

const cases = Object.entries(examples).flatMap(([name, [statements, ...asked]]) =>
  asked.map(([expected, action, more = {}], i) => ({ name, i, expected, action, statements, ...more })),
);

describe('example policies', () => {
  it.each(cases)(
    '$name, $i: $expected',
    async ({ statements, expected, action, who, on, context, ...more }) => {
      const document = JSON.stringify({
        Version: '2012-10-17',
        Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
      });
      const authorizer = new Authorizer('enforce', {
        policiesOf: () => ({ identityPolicies: [{ id: 'example', document }] }),
      });
      const { effect } = await authorizer.decide(
        who ?? ann,
        [{ action, resources: [on ?? '*'], ...(context && { context }) }],
        { ...facts, ...more.facts },
      );
      expect(effect === 'allow' ? 'allow' : 'deny').toBe(expected);
    },
  );
});
