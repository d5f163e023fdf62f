/** The AWS::IAM types of CloudFormation: made, changed in place, replaced, gone. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  GetGroupCommand,
  GetInstanceProfileCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListGroupsForUserCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const statement = (action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
});
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

interface Choices {
  action: string;
  managed: string[];
  inline: string[];
  description: string;
}

function template({ action, managed, inline, description }: Choices): string {
  return JSON.stringify({
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: trust,
          Description: description,
          ManagedPolicyArns: [...managed, { Ref: 'Managed' }],
          Policies: inline.map((PolicyName) => ({ PolicyName, PolicyDocument: statement(action) })),
        },
      },
      Group: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'makers' } },
      User: { Type: 'AWS::IAM::User', Properties: { UserName: 'ada', Groups: [{ Ref: 'Group' }] } },
      Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'User' } } },
      Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: statement(action) } },
      Inline: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'shared',
          PolicyDocument: statement(action),
          Roles: [{ Ref: 'Role' }],
          Users: [{ Ref: 'User' }],
        },
      },
      Profile: {
        Type: 'AWS::IAM::InstanceProfile',
        Properties: { InstanceProfileName: 'profile', Roles: [{ Ref: 'Role' }] },
      },
    },
    Outputs: {
      Role: { Value: { Ref: 'Role' } },
      RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
      Managed: { Value: { Ref: 'Managed' } },
      PolicyFacts: {
        Value: {
          'Fn::Join': [
            ' ',
            ['AttachmentCount', 'DefaultVersionId', 'IsAttachable', 'CreateDate'].map((name) => ({
              'Fn::GetAtt': ['Managed', name],
            })),
          ],
        },
      },
      Secret: { Value: { 'Fn::GetAtt': ['Key', 'SecretAccessKey'] } },
      ProfileArn: { Value: { 'Fn::GetAtt': ['Profile', 'Arn'] } },
    },
  });
}

describe('AWS::IAM', () => {
  let cloud: Cloud;
  let cloudformation: CloudFormationClient;
  let iam: IAMClient;
  const StackName = 'identities';
  beforeAll(async () => {
    cloud = await startCloud();
    cloudformation = new CloudFormationClient(cloud.clientConfig);
    iam = new IAMClient(cloud.clientConfig);
  });
  afterAll(async () => {
    cloudformation.destroy();
    iam.destroy();
    await cloud.close();
  });

  async function finished(): Promise<{ status: string; outputs: Record<string, string> }> {
    await cloud.settled();
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    const [stack] = Stacks ?? [];
    return {
      status: `${stack?.StackStatus} ${stack?.StackStatusReason ?? ''}`.trim(),
      outputs: Object.fromEntries(
        (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      ),
    };
  }

  it('makes, changes and deletes every type', async () => {
    const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
    const lambdaBasic = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
    const first = template({
      action: 's3:GetObject',
      managed: [lambdaBasic],
      inline: ['a', 'b'],
      description: 'one',
    });
    await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: first, Capabilities }));
    const made = await finished();
    expect(made.status).toBe('CREATE_COMPLETE');
    const { Role: RoleName = '', RoleArn, Managed: PolicyArn = '', Secret, ProfileArn } = made.outputs;
    expect(RoleName).toMatch(/^identities-Role-[A-Za-z0-9]{12,13}$/);
    expect(RoleArn).toBe(`arn:aws:iam::000000000000:role/${RoleName}`);
    expect(ProfileArn).toBe('arn:aws:iam::000000000000:instance-profile/profile');
    expect(Secret).toHaveLength(40);
    expect(made.outputs.PolicyFacts).toMatch(/^0 v1 true 20\d\d-[-\dT:.]+Z$/);
    const attached = async () =>
      (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies?.map(
        (one) => one.PolicyArn,
      ).sort();
    expect(await attached()).toEqual([PolicyArn, lambdaBasic].sort());
    const inline = async () => (await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames;
    expect(await inline()).toEqual(['a', 'b', 'shared']);
    const { Users } = await iam.send(new GetGroupCommand({ GroupName: 'makers' }));
    expect(Users?.map(({ UserName }) => UserName)).toEqual(['ada']);
    expect((await iam.send(new ListAccessKeysCommand({ UserName: 'ada' }))).AccessKeyMetadata).toHaveLength(
      1,
    );
    const { InstanceProfile } = await iam.send(
      new GetInstanceProfileCommand({ InstanceProfileName: 'profile' }),
    );
    expect(InstanceProfile?.Roles?.map((role) => role.RoleName)).toEqual([RoleName]);

    const second = template({ action: 's3:PutObject', managed: [], inline: ['b', 'c'], description: 'two' });
    await cloudformation.send(new UpdateStackCommand({ StackName, TemplateBody: second, Capabilities }));
    const changed = await finished();
    expect(changed.status).toBe('UPDATE_COMPLETE');
    expect(changed.outputs.Role).toBe(RoleName);
    expect(changed.outputs.PolicyFacts).toMatch(/^1 v2 true /);
    expect(await attached()).toEqual([PolicyArn]);
    expect(await inline()).toEqual(['b', 'c', 'shared']);
    expect((await iam.send(new GetRoleCommand({ RoleName }))).Role?.Description).toBe('two');
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'shared' }));
    expect(JSON.parse(decodeURIComponent(PolicyDocument ?? ''))).toEqual(statement('s3:PutObject'));
    const { PolicyName } = await iam.send(
      new GetUserPolicyCommand({ UserName: 'ada', PolicyName: 'shared' }),
    );
    expect(PolicyName).toBe('shared');
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''))).toEqual(statement('s3:PutObject'));

    await cloudformation.send(new DeleteStackCommand({ StackName }));
    await cloud.settled();
    await expect(cloudformation.send(new DescribeStacksCommand({ StackName }))).rejects.toThrow(
      'does not exist',
    );
    for (const gone of [
      iam.send(new GetRoleCommand({ RoleName })),
      iam.send(new GetGroupCommand({ GroupName: 'makers' })),
      iam.send(new ListGroupsForUserCommand({ UserName: 'ada' })),
      iam.send(new GetInstanceProfileCommand({ InstanceProfileName: 'profile' })),
    ]) {
      await expect(gone).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    }
  });

  it('moves users and groups to other paths and renames inline policies in place', async () => {
    const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
    const body = (at: { Path?: string }, PolicyName: string) =>
      JSON.stringify({
        Resources: {
          Group: { Type: 'AWS::IAM::Group', Properties: at },
          User: { Type: 'AWS::IAM::User', Properties: at },
          Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
          Inline: {
            Type: 'AWS::IAM::Policy',
            Properties: {
              PolicyName,
              PolicyDocument: statement('s3:GetObject'),
              Groups: [{ Ref: 'Group' }],
              Roles: [{ Ref: 'Role' }],
            },
          },
          Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'User' } } },
        },
        Outputs: {
          Group: { Value: { Ref: 'Group' } },
          GroupArn: { Value: { 'Fn::GetAtt': ['Group', 'Arn'] } },
          UserArn: { Value: { 'Fn::GetAtt': ['User', 'Arn'] } },
          Role: { Value: { Ref: 'Role' } },
          Inline: { Value: { Ref: 'Inline' } },
          Key: { Value: { Ref: 'Key' } },
          KeyId: { Value: { 'Fn::GetAtt': ['Key', 'Id'] } },
        },
      });
    const TemplateBody = body({ Path: '/old/' }, 'first');
    await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities }));
    const { outputs: made } = await finished();
    expect(made.UserArn).toContain(':user/old/');
    expect(made.KeyId).toBe(made.Key);
    expect(made.Inline).toMatch(/^ident-Inlin-[A-Z0-9]{12}$/);

    const moved = body({ Path: '/new/' }, 'second');
    await cloudformation.send(new UpdateStackCommand({ StackName, TemplateBody: moved, Capabilities }));
    const { status, outputs } = await finished();
    expect(status).toBe('UPDATE_COMPLETE');
    expect(outputs.UserArn).toBe(made.UserArn?.replace('/old/', '/new/'));
    expect(outputs.GroupArn).toBe(made.GroupArn?.replace('/old/', '/new/'));
    expect(outputs).toMatchObject({ Group: made.Group, Key: made.Key });
    const inline = await iam.send(new ListRolePoliciesCommand({ RoleName: outputs.Role }));
    expect(inline.PolicyNames).toEqual(['second']);

    const back = body({}, 'second');
    await cloudformation.send(new UpdateStackCommand({ StackName, TemplateBody: back, Capabilities }));
    expect((await finished()).outputs.UserArn).toBe(made.UserArn?.replace('/old/', '/'));
    await cloudformation.send(new DeleteStackCommand({ StackName }));
    await cloud.settled();
    await expect(iam.send(new GetGroupCommand({ GroupName: made.Group }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  it('follows the tags of the stack, and keeps what would have to be replaced under its own name', async () => {
    const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
    const RoleName = 'tagged';
    const body = (properties: object) =>
      JSON.stringify({
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: { RoleName, AssumeRolePolicyDocument: trust, ...properties },
          },
        },
      });
    const tagsOf = (...keys: string[]) => keys.map((Key) => ({ Key, Value: 'x' }));
    const roleTags = async () =>
      (await iam.send(new GetRoleCommand({ RoleName }))).Role?.Tags?.map(({ Key }) => Key).sort();
    const TemplateBody = body({ Tags: tagsOf('own', 'both') });
    await cloudformation.send(
      new CreateStackCommand({ StackName, TemplateBody, Capabilities, Tags: tagsOf('team', 'both') }),
    );
    await cloud.settled();
    expect(await roleTags()).toEqual(['both', 'own', 'team']);
    const given = { StackName, TemplateBody: body({ Tags: tagsOf('other') }), Capabilities };
    await cloudformation.send(new UpdateStackCommand({ ...given, Tags: tagsOf('stage') }));
    expect((await finished()).status).toBe('UPDATE_COMPLETE');
    expect(await roleTags()).toEqual(['other', 'stage']);
    // What is meant anyway may be written out.
    const written = { StackName, TemplateBody: body({ Path: '/', Description: 'the same' }), Capabilities };
    await cloudformation.send(new UpdateStackCommand(written));
    expect((await finished()).status).toBe('UPDATE_COMPLETE');
    expect((await iam.send(new GetRoleCommand({ RoleName }))).Role?.Description).toBe('the same');

    await cloudformation.send(
      new UpdateStackCommand({ StackName, TemplateBody: body({ Path: '/elsewhere/' }), Capabilities }),
    );
    expect((await finished()).status).toMatch(/^UPDATE_ROLLBACK_COMPLETE/);
    const { StackEvents } = await cloudformation.send(new DescribeStackEventsCommand({ StackName }));
    expect(
      StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'UPDATE_FAILED')?.ResourceStatusReason,
    ).toBe(
      'CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename tagged and update the stack again.',
    );
    expect((await iam.send(new GetRoleCommand({ RoleName }))).Role?.Path).toBe('/');
    await cloudformation.send(new DeleteStackCommand({ StackName }));
    await cloud.settled();
  });

  it('asks for the capability before anything is made', async () => {
    const TemplateBody = template({ action: 's3:*', managed: [], inline: [], description: '' });
    await expect(
      cloudformation.send(new CreateStackCommand({ StackName: 'denied', TemplateBody })),
    ).rejects.toMatchObject({ name: 'InsufficientCapabilitiesException' });
  });
});
