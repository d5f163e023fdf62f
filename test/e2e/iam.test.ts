/** IAM and STS through the official SDK: what was said is what is told, limits and errors as documented, and `enforce` means it. */
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteAccountAliasCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetGroupCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupsForUserCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  paginateListRoles,
  RemoveRoleFromInstanceProfileCommand,
  RemoveUserFromGroupCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UpdateAccessKeyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateGroupCommand,
  UpdateRoleCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const trust = (principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  });
const lambdaTrust = trust({ Service: 'lambda.amazonaws.com' });
const allow = (action: string | string[], resource = '*') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
  });
const managed = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';

describe('IAM', () => {
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
  beforeEach(() => cloud.reset());

  const role = (name: string, more: object = {}) =>
    iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: lambdaTrust, ...more }));

  it('tells of a role what was said of it', async () => {
    const { Role: made } = await role('worker', {
      Path: '/team/',
      Description: 'works',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'stage', Value: 'test' }],
    });
    expect(made?.RoleId).toMatch(/^AROA[A-Z2-7]{17}$/);
    const { Role: found } = await iam.send(new GetRoleCommand({ RoleName: 'worker' }));
    expect(found).toMatchObject({
      Arn: 'arn:aws:iam::000000000000:role/team/worker',
      Path: '/team/',
      Description: 'works',
      MaxSessionDuration: 7200,
      RoleId: made?.RoleId,
      CreateDate: made?.CreateDate,
      Tags: [{ Key: 'stage', Value: 'test' }],
    });
    expect(decodeURIComponent(found?.AssumeRolePolicyDocument ?? '')).toBe(lambdaTrust);
    await iam.send(
      new UpdateRoleCommand({ RoleName: 'worker', Description: 'rests', MaxSessionDuration: 3600 }),
    );
    await iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: 'worker',
        PolicyDocument: trust({ AWS: '000000000000' }),
      }),
    );
    await iam.send(new TagRoleCommand({ RoleName: 'worker', Tags: [{ Key: 'b', Value: '2' }] }));
    await iam.send(new UntagRoleCommand({ RoleName: 'worker', TagKeys: ['stage'] }));
    const { Role: changed } = await iam.send(new GetRoleCommand({ RoleName: 'worker' }));
    expect(changed).toMatchObject({ Description: 'rests', MaxSessionDuration: 3600 });
    expect(decodeURIComponent(changed?.AssumeRolePolicyDocument ?? '')).toContain('"AWS":"000000000000"');
    const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: 'worker' }));
    expect(Tags).toEqual([{ Key: 'b', Value: '2' }]);
  });

  it('refuses in AWS’s words', async () => {
    await role('taken');
    await expect(role('taken')).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: 'Role with name taken already exists.',
      $metadata: { httpStatusCode: 409 },
    });
    await expect(iam.send(new GetRoleCommand({ RoleName: 'none' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role with name none cannot be found.',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(
      iam.send(new CreateRoleCommand({ RoleName: 'bad', AssumeRolePolicyDocument: '{"Statement":[' })),
    ).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException', $metadata: { httpStatusCode: 400 } });
    await expect(role('spaces are not allowed')).rejects.toMatchObject({
      name: 'ValidationError',
      message:
        'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    });
    await expect(
      iam.send(
        new AttachRolePolicyCommand({ RoleName: 'taken', PolicyArn: 'arn:aws:iam::aws:policy/Nonsense' }),
      ),
    ).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'Policy arn:aws:iam::aws:policy/Nonsense does not exist or is not attachable.',
    });
  });

  it('lists in pages that together are everything once', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `role-${index}`);
    for (const name of names) await role(name, name < 'role-3' ? { Path: '/a/' } : {});
    const seen: (string | undefined)[] = [];
    for await (const page of paginateListRoles({ client: iam, pageSize: 3 }, {})) {
      expect(page.Roles?.length).toBeLessThanOrEqual(3);
      seen.push(...(page.Roles ?? []).map(({ RoleName }) => RoleName));
    }
    expect(seen).toEqual(names);
    const { Roles } = await iam.send(new ListRolesCommand({ PathPrefix: '/a/' }));
    expect(Roles?.map(({ RoleName }) => RoleName)).toEqual(['role-0', 'role-1', 'role-2']);
    await expect(iam.send(new ListRolesCommand({ Marker: 'nonsense' }))).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  it('keeps inline and attached policies, and a role that has some', async () => {
    await role('worker');
    const document = allow('s3:GetObject');
    await iam.send(
      new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'read', PolicyDocument: document }),
    );
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: managed }));
    const { PolicyDocument } = await iam.send(
      new GetRolePolicyCommand({ RoleName: 'worker', PolicyName: 'read' }),
    );
    expect(decodeURIComponent(PolicyDocument ?? '')).toBe(document);
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: 'worker' }))).PolicyNames).toEqual([
      'read',
    ]);
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'worker' }));
    expect(AttachedPolicies).toEqual([{ PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn: managed }]);
    const { PolicyRoles } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: managed }));
    expect(PolicyRoles?.map(({ RoleName }) => RoleName)).toEqual(['worker']);

    const remove = () => iam.send(new DeleteRoleCommand({ RoleName: 'worker' }));
    await expect(remove()).rejects.toMatchObject({ name: 'DeleteConflictException' });
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn: managed }));
    await expect(remove()).rejects.toMatchObject({
      message: 'Cannot delete entity, must delete policies first.',
    });
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'read' }));
    await remove();
    await expect(remove()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    // Names of Object's own members are names like any other.
    await role('constructor');
    await expect(
      iam.send(new GetRolePolicyCommand({ RoleName: 'constructor', PolicyName: 'constructor' })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  it('numbers versions of managed policies and keeps five at most', async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: allow('s3:*') }),
    );
    const PolicyArn = Policy?.Arn as string;
    for (let version = 2; version <= 5; version++) {
      const { PolicyVersion } = await iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn,
          PolicyDocument: allow('sqs:*'),
          SetAsDefault: version === 5,
        }),
      );
      expect(PolicyVersion?.VersionId).toBe(`v${version}`);
    }
    await expect(
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('sns:*') })),
    ).rejects.toMatchObject({ name: 'LimitExceededException' });
    await expect(
      iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v5' })),
    ).rejects.toMatchObject({
      name: 'DeleteConflictException',
    });
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
      ['v5', true],
      ['v4', false],
      ['v3', false],
      ['v2', false],
    ]);
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
      DefaultVersionId: 'v5',
      AttachmentCount: 0,
    });
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v5' }));
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(allow('sqs:*'));
    for (const VersionId of ['v2', 'v3', 'v4'])
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    expect((await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies).toEqual([]);
  });

  it('has AWS’s own policies by their documents', async () => {
    const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', MaxItems: 1000 }));
    expect(Policies?.length).toBeGreaterThan(100);
    expect(new Set(Policies?.map(({ PolicyId }) => PolicyId)).size).toBe(Policies?.length);
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn: managed, VersionId: 'v1' }),
    );
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''))).toMatchObject({
      Statement: [
        {
          Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    });
  });

  it('puts users into groups, and hands out two access keys each', async () => {
    await iam.send(new CreateGroupCommand({ GroupName: 'devs' }));
    await iam.send(new CreateUserCommand({ UserName: 'ada' }));
    await iam.send(new AddUserToGroupCommand({ GroupName: 'devs', UserName: 'ada' }));
    const { Users } = await iam.send(new GetGroupCommand({ GroupName: 'devs' }));
    expect(Users?.map(({ UserName }) => UserName)).toEqual(['ada']);
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'ada' }));
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(['devs']);
    await expect(iam.send(new DeleteGroupCommand({ GroupName: 'devs' }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    });

    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
    expect(AccessKey?.AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(AccessKey?.SecretAccessKey).toHaveLength(40);
    await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
    await expect(iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }))).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    await iam.send(
      new UpdateAccessKeyCommand({
        UserName: 'ada',
        AccessKeyId: AccessKey?.AccessKeyId,
        Status: 'Inactive',
      }),
    );
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'ada' }));
    expect(AccessKeyMetadata?.map(({ Status }) => Status).sort()).toEqual(['Active', 'Inactive']);
    await expect(iam.send(new DeleteUserCommand({ UserName: 'ada' }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    });
    for (const key of AccessKeyMetadata ?? []) {
      await iam.send(new DeleteAccessKeyCommand({ UserName: 'ada', AccessKeyId: key.AccessKeyId }));
    }
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'devs', UserName: 'ada' }));
    await iam.send(new DeleteUserCommand({ UserName: 'ada' }));
    await iam.send(new DeleteGroupCommand({ GroupName: 'devs' }));
    await expect(iam.send(new GetUserCommand({ UserName: 'ada' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  it('puts one role into an instance profile', async () => {
    await role('server');
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'profile' }));
    const add = () =>
      iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'profile', RoleName: 'server' }));
    await add();
    await expect(add()).rejects.toMatchObject({ name: 'LimitExceededException' });
    const { InstanceProfile } = await iam.send(
      new GetInstanceProfileCommand({ InstanceProfileName: 'profile' }),
    );
    expect(InstanceProfile?.Roles?.map(({ RoleName }) => RoleName)).toEqual(['server']);
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'server' }))).rejects.toMatchObject({
      message: 'Cannot delete entity, must remove roles from instance profile first.',
    });
    await iam.send(
      new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: 'profile', RoleName: 'server' }),
    );
    await iam.send(new DeleteRoleCommand({ RoleName: 'server' }));
  });
});

describe('IAM, the account as a whole', () => {
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

  it('has one alias, which is unique', async () => {
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'first' }));
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'second' }));
    expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual(['second']);
    const other = new IAMClient({
      ...cloud.clientConfig,
      credentials: { accessKeyId: '123456789012', secretAccessKey: 'x' },
    });
    await expect(other.send(new CreateAccountAliasCommand({ AccountAlias: 'second' }))).rejects.toMatchObject(
      {
        name: 'EntityAlreadyExistsException',
      },
    );
    await other.send(new CreateAccountAliasCommand({ AccountAlias: 'first' }));
    await iam.send(new DeleteAccountAliasCommand({ AccountAlias: 'second' }));
    await expect(iam.send(new DeleteAccountAliasCommand({ AccountAlias: 'second' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  it('keeps a password policy', async () => {
    const read = () => iam.send(new GetAccountPasswordPolicyCommand({}));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    await iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 12, MaxPasswordAge: 90 }));
    expect((await read()).PasswordPolicy).toMatchObject({
      MinimumPasswordLength: 12,
      MaxPasswordAge: 90,
      ExpirePasswords: true,
      RequireSymbols: false,
    });
    await iam.send(new DeleteAccountPasswordPolicyCommand({}));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  it('renames users and groups with all they have, and counts and describes them', async () => {
    await iam.send(new CreateGroupCommand({ GroupName: 'devs' }));
    await iam.send(new CreateUserCommand({ UserName: 'ada' }));
    await iam.send(new AddUserToGroupCommand({ GroupName: 'devs', UserName: 'ada' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
    await iam.send(new UpdateGroupCommand({ GroupName: 'devs', NewGroupName: 'makers' }));
    await iam.send(new UpdateUserCommand({ UserName: 'ada', NewUserName: 'lovelace', NewPath: '/maths/' }));
    const { User } = await iam.send(new GetUserCommand({ UserName: 'lovelace' }));
    expect(User?.Arn).toBe('arn:aws:iam::000000000000:user/maths/lovelace');
    await expect(iam.send(new GetUserCommand({ UserName: 'ada' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'lovelace' }));
    expect(AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId)).toEqual([AccessKey?.AccessKeyId]);

    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'bound', PolicyDocument: allow('s3:*') }),
    );
    await iam.send(new TagPolicyCommand({ PolicyArn: Policy?.Arn, Tags: [{ Key: 'a', Value: '1' }] }));
    await iam.send(new TagPolicyCommand({ PolicyArn: Policy?.Arn, Tags: [{ Key: 'b', Value: '2' }] }));
    await iam.send(new UntagPolicyCommand({ PolicyArn: Policy?.Arn, TagKeys: ['a'] }));
    expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn: Policy?.Arn }))).Tags).toEqual([
      { Key: 'b', Value: '2' },
    ]);
    await iam.send(
      new PutUserPermissionsBoundaryCommand({ UserName: 'lovelace', PermissionsBoundary: Policy?.Arn }),
    );
    const details = await iam.send(new GetAccountAuthorizationDetailsCommand({}));
    expect(details.UserDetailList).toMatchObject([
      {
        UserName: 'lovelace',
        GroupList: ['makers'],
        PermissionsBoundary: { PermissionsBoundaryArn: Policy?.Arn },
      },
    ]);
    expect(details.Policies?.map(({ PolicyName }) => PolicyName)).toEqual(['bound']);
    await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: 'lovelace' }));
    expect((await iam.send(new GetUserCommand({ UserName: 'lovelace' }))).User).not.toHaveProperty(
      'PermissionsBoundary',
    );
    expect((await iam.send(new GetAccountSummaryCommand({}))).SummaryMap).toMatchObject({
      Users: 1,
      Groups: 1,
      Roles: 0,
      Policies: 1,
    });
  });
});

describe('STS', () => {
  let cloud: Cloud;
  let sts: STSClient;
  let iam: IAMClient;
  beforeAll(async () => {
    cloud = await startCloud();
    sts = new STSClient(cloud.clientConfig);
    iam = new IAMClient(cloud.clientConfig);
  });
  afterAll(async () => {
    sts.destroy();
    iam.destroy();
    await cloud.close();
  });

  it('says who asks', async () => {
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
      UserId: '000000000000',
    });
    const other = new STSClient({
      ...cloud.clientConfig,
      credentials: { accessKeyId: '123456789012', secretAccessKey: 'x' },
    });
    expect((await other.send(new GetCallerIdentityCommand({}))).Arn).toBe('arn:aws:iam::123456789012:root');
    const { Account } = await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }));
    expect(Account).toBe('000000000000');
  });

  it('makes sessions of roles, which know who they are until they expire', async () => {
    await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trust({ AWS: '*' }) }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'r' }));
    const { Credentials, AssumedRoleUser } = await sts.send(
      new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'me', DurationSeconds: 900 }),
    );
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(AssumedRoleUser).toEqual({
      Arn: 'arn:aws:sts::000000000000:assumed-role/r/me',
      AssumedRoleId: `${Role?.RoleId}:me`,
    });
    const session = new STSClient({
      ...cloud.clientConfig,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId as string,
        secretAccessKey: Credentials?.SecretAccessKey as string,
        sessionToken: Credentials?.SessionToken as string,
      },
    });
    expect(await session.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: 'arn:aws:sts::000000000000:assumed-role/r/me',
      UserId: `${Role?.RoleId}:me`,
    });
    expect(
      (await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: Credentials?.AccessKeyId }))).Account,
    ).toBe('000000000000');
    await expect(session.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('narrows a session by managed policies, which have to exist', async () => {
    const assume = (arn: string) =>
      sts.send(
        new AssumeRoleCommand({
          RoleArn: 'arn:aws:iam::000000000000:role/r',
          RoleSessionName: 'me',
          PolicyArns: [{ arn }],
        }),
      );
    await expect(assume('arn:aws:iam::aws:policy/Nonsense')).rejects.toMatchObject({
      name: 'ValidationError',
    });
    expect((await assume('arn:aws:iam::aws:policy/AmazonSQSFullAccess')).PackedPolicySize).toBeGreaterThan(0);
  });

  it('bounds durations', async () => {
    const assume = (seconds: number) =>
      sts.send(
        new AssumeRoleCommand({
          RoleArn: 'arn:aws:iam::000000000000:role/r',
          RoleSessionName: 'me',
          DurationSeconds: seconds,
        }),
      );
    await expect(assume(899)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(
        "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
      ),
    });
    await expect(assume(3601)).rejects.toMatchObject({
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    });
  });
});

describe('enforce', () => {
  let cloud: Cloud;
  let iam: IAMClient;
  beforeAll(async () => {
    cloud = await startCloud({ iam: 'enforce' });
    iam = new IAMClient(cloud.clientConfig);
  });
  afterAll(async () => {
    iam.destroy();
    await cloud.close();
  });

  const clientsFor = (
    key: {
      AccessKeyId?: string | undefined;
      SecretAccessKey?: string | undefined;
      SessionToken?: string | undefined;
    } = {},
  ) => {
    const credentials = {
      accessKeyId: key.AccessKeyId as string,
      secretAccessKey: key.SecretAccessKey as string,
      ...(key.SessionToken === undefined ? {} : { sessionToken: key.SessionToken }),
    };
    const config = { ...cloud.clientConfig, credentials };
    return { dynamodb: new DynamoDBClient(config), sts: new STSClient(config), iam: new IAMClient(config) };
  };

  it('lets a user do what its own and its group’s policies allow, and no more', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'ada' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
    const ada = clientsFor(AccessKey);
    expect((await ada.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(
      'arn:aws:iam::000000000000:user/ada',
    );
    await expect(ada.dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('is not authorized to perform: dynamodb:ListTables'),
    });
    await iam.send(new CreateGroupCommand({ GroupName: 'readers' }));
    await iam.send(
      new AttachGroupPolicyCommand({
        GroupName: 'readers',
        PolicyArn: 'arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess',
      }),
    );
    await iam.send(new AddUserToGroupCommand({ GroupName: 'readers', UserName: 'ada' }));
    expect((await ada.dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    await expect(ada.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });

    // A federated session has the user's permissions, narrowed by its own policy.
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'ada',
        PolicyName: 'federate',
        PolicyDocument: allow(['sts:*', 'iam:ListUsers']),
      }),
    );
    const { Credentials } = await ada.sts.send(
      new GetFederationTokenCommand({ Name: 'guest', Policy: allow('dynamodb:ListTables') }),
    );
    const guest = clientsFor(Credentials);
    expect((await guest.dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    await expect(guest.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });

    await iam.send(
      new UpdateAccessKeyCommand({
        UserName: 'ada',
        AccessKeyId: AccessKey?.AccessKeyId,
        Status: 'Inactive',
      }),
    );
    await expect(ada.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });

  it('lets only those assume a role whom its trust policy names', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'bob' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
    const bob = clientsFor(AccessKey);
    const assume = () =>
      bob.sts.send(
        new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::000000000000:role/r', RoleSessionName: 'session' }),
      );
    await expect(assume()).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: lambdaTrust }));
    await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });
    await iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: 'r',
        PolicyDocument: trust({ AWS: 'arn:aws:iam::000000000000:user/bob' }),
      }),
    );
    const { Credentials } = await assume();
    const session = clientsFor(Credentials);
    await expect(session.dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'r',
        PolicyName: 'list',
        PolicyDocument: allow('dynamodb:ListTables'),
      }),
    );
    expect((await session.dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    const narrowed = clientsFor(
      (
        await bob.sts.send(
          new AssumeRoleCommand({
            RoleArn: 'arn:aws:iam::000000000000:role/r',
            RoleSessionName: 'narrow',
            PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' }],
          }),
        )
      ).Credentials,
    );
    await expect(narrowed.dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    // A secret that isn't the session's, or another token, is nobody.
    const forged = clientsFor({ ...Credentials, SecretAccessKey: 'x'.repeat(40) });
    await expect(forged.dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  it('tells an expired session from an unknown one', async () => {
    const { Credentials } = await new STSClient(cloud.clientConfig).send(
      new GetSessionTokenCommand({ DurationSeconds: 900 }),
    );
    // A session of the root user may not call IAM (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html), but STS.
    const session = new STSClient({
      ...cloud.clientConfig,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId as string,
        secretAccessKey: Credentials?.SecretAccessKey as string,
        sessionToken: Credentials?.SessionToken as string,
      },
      // The client's clock follows the server's.
      systemClockOffset: 0,
    });
    const ask = (aheadMs: number) => {
      session.config.systemClockOffset = aheadMs;
      return session.send(new GetCallerIdentityCommand({}));
    };
    expect((await ask(0)).Arn).toBe('arn:aws:iam::000000000000:root');
    await cloud.clock.advance(901_000);
    await expect(ask(901_000)).rejects.toMatchObject({ name: 'ExpiredToken' });
    await cloud.clock.advance(25 * 3_600_000);
    await cloud.settled();
    await expect(ask(901_000 + 25 * 3_600_000)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });
});
