/** What clients see of IAM beside what an operation is for: words of errors, what listings leave out, names, pages. */
import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { identitySources } from '../identity.ts';
import { account, type ToyAccount, toyAccount, userPrincipal } from '../testing/toyAccount.ts';

let toy: ToyAccount;

beforeEach(async () => {
  toy = await toyAccount();
});

const allow = (statement: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...statement },
  });
const trust = (Principal: unknown) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  });
const lambda = trust({ Service: 'lambda.amazonaws.com' });
const role = (RoleName: string, AssumeRolePolicyDocument = lambda, more: object = {}) =>
  toy.call<{ Role: { Arn: string; RoleId: string } }>('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument,
    ...more,
  });
const arnOf = (resource: string) => `arn:aws:iam::${account}:${resource}`;

describe('policies that are not there', () => {
  const nope = arnOf('policy/nope');
  const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';

  it.each([
    ['GetPolicy', {}],
    ['DeletePolicy', {}],
    ['ListPolicyVersions', {}],
    ['ListEntitiesForPolicy', {}],
    ['GetPolicyVersion', { VersionId: 'v1' }],
    ['CreatePolicyVersion', { PolicyDocument: allow() }],
    ['ListPolicyTags', {}],
  ])('%s says that they were not found', async (operation, more) => {
    await expect(toy.call(operation, { PolicyArn: nope, ...more })).rejects.toMatchObject({
      code: 'NoSuchEntity',
      message: `Policy ${nope} was not found.`,
    });
  });

  it('cannot be attached or bound anybody', async () => {
    await role('r');
    await expect(toy.call('AttachRolePolicy', { RoleName: 'r', PolicyArn: nope })).rejects.toMatchObject({
      code: 'NoSuchEntity',
      message: `Policy ${nope} does not exist or is not attachable.`,
    });
    const bound = {
      code: 'NoSuchEntity',
      message: `Scope ARN: ${nope} does not exist or is not attachable.`,
    };
    await expect(role('s', lambda, { PermissionsBoundary: nope })).rejects.toMatchObject(bound);
    await expect(toy.call('CreateUser', { UserName: 'u', PermissionsBoundary: nope })).rejects.toMatchObject(
      bound,
    );
    const put = toy.call('PutRolePermissionsBoundary', { RoleName: 'r', PermissionsBoundary: nope });
    await expect(put).rejects.toMatchObject(bound);
    await expect(toy.call('GetUser', { UserName: 'u' })).rejects.toMatchObject({ code: 'NoSuchEntity' });
  });

  it.each([
    ['twenty-five characters long', 'ValidationError', 'Invalid ARN:  Could not be parsed!'],
    ['arn:aws:s3:::a-bucket-of-mine', 'InvalidInput', 'ARN arn:aws:s3:::a-bucket-of-mine is not valid.'],
    ['arn:aws-cn:iam::aws:policy/AdministratorAccess', 'ValidationError', 'Invalid ARN partition'],
  ])('are no policies at all: %s', async (PolicyArn, code, message) => {
    await role('r');
    const attached = toy.call('AttachRolePolicy', { RoleName: 'r', PolicyArn });
    await expect(attached).rejects.toMatchObject({ code, message });
    await expect(toy.call('GetPolicy', { PolicyArn })).rejects.toMatchObject({ code, message });
  });

  it('are AWS’s, which nobody else may change', async () => {
    await expect(toy.call('DeletePolicy', { PolicyArn: admin })).rejects.toMatchObject({
      code: 'AccessDenied',
      message: `User: arn:aws:iam::${account}:root is not authorized to perform: iam:DeletePolicy on resource: policy ${admin}`,
    });
    const version = { PolicyArn: admin, PolicyDocument: allow() };
    await expect(toy.call('CreatePolicyVersion', version)).rejects.toMatchObject({ code: 'AccessDenied' });
    await expect(toy.call('GetPolicy', { PolicyArn: admin })).resolves.toMatchObject({
      Policy: { PolicyName: 'AdministratorAccess' },
    });
  });
});

describe('managed policies', () => {
  it('are in the newest version of the language, inline ones needn’t be', async () => {
    const PolicyDocument = allow().replace('"Version":"2012-10-17",', '');
    await expect(toy.call('CreatePolicy', { PolicyName: 'p', PolicyDocument })).rejects.toMatchObject({
      code: 'MalformedPolicyDocument',
      message: 'Policy document must be version 2012-10-17 or greater.',
    });
    await toy.call('CreateUser', { UserName: 'ada' });
    const inline = toy.call('PutUserPolicy', { UserName: 'ada', PolicyName: 'p', PolicyDocument });
    await expect(inline).resolves.toEqual({});
  });

  it('are attached ten to one at most, as the default quota has it', async () => {
    await toy.call('CreateUser', { UserName: 'ada' });
    for (let i = 0; i < 11; i++) {
      await toy.call('CreatePolicy', { PolicyName: `p${i}`, PolicyDocument: allow() });
      const attached = toy.call('AttachUserPolicy', { UserName: 'ada', PolicyArn: arnOf(`policy/p${i}`) });
      if (i < 10) await attached;
      else
        await expect(attached).rejects.toMatchObject({
          code: 'LimitExceeded',
          message: 'Cannot exceed quota for PoliciesPerUser: 10',
        });
    }
  });
});

describe('names', () => {
  it.each([
    ['User', 'CreateUser', 'UserName', {}, 'DeleteUser', 'User with name ADA already exists.'],
    ['Group', 'CreateGroup', 'GroupName', {}, 'DeleteGroup', 'Group with name ADA already exists.'],
    [
      'Role',
      'CreateRole',
      'RoleName',
      { AssumeRolePolicyDocument: lambda },
      'DeleteRole',
      'Role with name ADA already exists.',
    ],
    [
      'Instance profile',
      'CreateInstanceProfile',
      'InstanceProfileName',
      {},
      'DeleteInstanceProfile',
      'Instance Profile ADA already exists.',
    ],
  ])(
    'of a %s are taken in any case until it is deleted',
    async (_what, create, member, more, remove, message) => {
      await toy.call(create, { [member]: 'Ada', ...more });
      await expect(toy.call(create, { [member]: 'ADA', ...more })).rejects.toMatchObject({
        code: 'EntityAlreadyExists',
        message,
      });
      await toy.call(remove, { [member]: 'Ada' });
      await expect(toy.call(create, { [member]: 'ADA', ...more })).resolves.toBeDefined();
    },
  );

  it('of policies are taken under any path', async () => {
    const policy = { PolicyName: 'p', PolicyDocument: allow() };
    await toy.call('CreatePolicy', policy);
    await expect(
      toy.call('CreatePolicy', { ...policy, PolicyName: 'P', Path: '/other/' }),
    ).rejects.toMatchObject({
      code: 'EntityAlreadyExists',
      message: 'A policy called P already exists. Duplicate names are not allowed.',
    });
    await toy.call('DeletePolicy', { PolicyArn: arnOf('policy/p') });
    await toy.call('CreatePolicy', { ...policy, Path: '/other/' });
  });

  it('change their case and set the former free', async () => {
    await toy.call('CreateUser', { UserName: 'ada' });
    await toy.call('UpdateUser', { UserName: 'ada', NewUserName: 'Ada' });
    await toy.call('UpdateUser', { UserName: 'Ada', NewUserName: 'bob' });
    await toy.call('CreateUser', { UserName: 'ADA' });
    const renamed = toy.call('UpdateUser', { UserName: 'ADA', NewUserName: 'BOB' });
    await expect(renamed).rejects.toMatchObject({ code: 'EntityAlreadyExists' });
  });

  it('have to be told by whoever has none', async () => {
    const nobody = { type: 'service', service: 'x' } as never;
    await expect(toy.call('GetUser', {}, nobody)).rejects.toMatchObject({
      code: 'ValidationError',
      message: 'Must specify userName when calling with non-User credentials',
    });
  });
});

describe('tags', () => {
  const tags = async () => (await toy.call<{ Tags: object[] }>('ListUserTags', { UserName: 'ada' })).Tags;
  const tag = (...Tags: { Key: string; Value: string }[]) => toy.call('TagUser', { UserName: 'ada', Tags });

  beforeEach(() => toy.call('CreateUser', { UserName: 'ada', Tags: [{ Key: 'Team', Value: 'red' }] }));

  it('have keys whose case is kept and not told apart', async () => {
    await tag({ Key: 'a', Value: '1' });
    await tag({ Key: 'TEAM', Value: 'blue' });
    expect(await tags()).toEqual([
      { Key: 'TEAM', Value: 'blue' },
      { Key: 'a', Value: '1' },
    ]);
    await expect(tag({ Key: 'b', Value: '' }, { Key: 'B', Value: '' })).rejects.toMatchObject({
      code: 'InvalidInput',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    });
    await toy.call('UntagUser', { UserName: 'ada', TagKeys: ['team'] });
    expect(await tags()).toEqual([{ Key: 'a', Value: '1' }]);
  });

  it('of AWS’s are AWS’s to set', async () => {
    await expect(tag({ Key: 'aws:owner', Value: 'me' })).rejects.toMatchObject({ code: 'InvalidInput' });
    await expect(tag({ Key: 'AWS:owner', Value: 'me' })).rejects.toMatchObject({ code: 'InvalidInput' });
    expect(await tags()).toEqual([{ Key: 'Team', Value: 'red' }]);
  });

  it('are fifty at most, those that are replaced not counted twice', async () => {
    for (let i = 0; i < 49; i++) await tag({ Key: `k${i}`, Value: '' });
    await tag({ Key: 'team', Value: 'green' });
    await expect(tag({ Key: 'one-more', Value: '' })).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: 'The number of tags has reached the maximum limit.',
    });
  });
});

describe('listings', () => {
  it('miss nobody when each page is deleted before the next is asked for', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await role(name);
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await toy.call<{ Roles: { RoleName: string }[]; Marker?: string }>('ListRoles', {
        MaxItems: 2,
        ...(Marker === undefined ? {} : { Marker }),
      });
      for (const { RoleName } of page.Roles) {
        seen.push(RoleName);
        await toy.call('DeleteRole', { RoleName });
      }
      ({ Marker } = page);
    } while (Marker !== undefined);
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('of policies go on where they were, from the account’s own to AWS’s', async () => {
    for (const name of ['a', 'b'])
      await toy.call('CreatePolicy', { PolicyName: name, PolicyDocument: allow() });
    const names: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await toy.call<{ Policies: { PolicyName: string }[]; Marker?: string }>('ListPolicies', {
        MaxItems: 40,
        ...(Marker === undefined ? {} : { Marker }),
      });
      names.push(...page.Policies.map(({ PolicyName }) => PolicyName));
      ({ Marker } = page);
    } while (Marker !== undefined);
    expect(names.slice(0, 2)).toEqual(['a', 'b']);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('AdministratorAccess');
  });

  it.each(['zzz', Buffer.from('3').toString('base64url')])('refuse the marker %s', async (Marker) => {
    await expect(toy.call('ListUsers', { Marker })).rejects.toMatchObject({ code: 'ValidationError' });
  });

  it('leave out tags and boundaries, which descriptions show', async () => {
    const PermissionsBoundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    const Tags = [{ Key: 'a', Value: '1' }];
    const bound = { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: PermissionsBoundary };
    const shown = { PermissionsBoundary: bound, Tags };
    await toy.call('CreateUser', { UserName: 'ada', PermissionsBoundary, Tags });
    await role('r', lambda, { PermissionsBoundary, Tags });
    await toy.call('CreateGroup', { GroupName: 'g' });
    await toy.call('AddUserToGroup', { GroupName: 'g', UserName: 'ada' });
    await toy.call('CreateInstanceProfile', { InstanceProfileName: 'i', Tags });
    await toy.call('AddRoleToInstanceProfile', { InstanceProfileName: 'i', RoleName: 'r' });

    expect(await toy.call('GetUser', { UserName: 'ada' })).toMatchObject({ User: shown });
    expect(await toy.call('GetRole', { RoleName: 'r' })).toMatchObject({ Role: shown });
    expect(await toy.call('GetInstanceProfile', { InstanceProfileName: 'i' })).toMatchObject({
      InstanceProfile: { Tags, Roles: [{ RoleName: 'r' }] },
    });
    const lists = await Promise.all([
      toy.call('ListUsers'),
      toy.call('ListRoles'),
      toy.call('GetGroup', { GroupName: 'g' }),
      toy.call('ListInstanceProfiles'),
      toy.call('ListInstanceProfilesForRole', { RoleName: 'r' }),
    ]);
    expect(JSON.stringify(lists)).not.toMatch(/"Tags"|PermissionsBoundary/);

    expect(
      await toy.call('GetAccountAuthorizationDetails', { Filter: ['Role', 'AWSManagedPolicy'] }),
    ).toMatchObject({
      RoleDetailList: [
        { RoleName: 'r', InstanceProfileList: [{ InstanceProfileName: 'i', Roles: [{ RoleName: 'r' }] }] },
      ],
      Policies: [{ PolicyName: 'ReadOnlyAccess', AttachmentCount: 0, PermissionsBoundaryUsageCount: 2 }],
    });
  });
});

describe('trust policies', () => {
  const trustOf = async (RoleName: string) => {
    const { Role } = await toy.call<{ Role: { AssumeRolePolicyDocument: string } }>('GetRole', { RoleName });
    return JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument)) as {
      Statement: { Principal: Record<string, unknown> }[];
    };
  };
  const principal = async (RoleName: string) => (await trustOf(RoleName)).Statement[0]?.Principal.AWS;

  it.each([
    [{ AWS: arnOf('user/nobody') }, `"AWS":"${arnOf('user/nobody')}"`],
    [{ AWS: ['*', arnOf('role/nobody')] }, `"AWS":"${arnOf('role/nobody')}"`],
    [{ AWS: arnOf('role/*') }, `"AWS":"${arnOf('role/*')}"`],
    [{ AWS: arnOf('group/g') }, `"AWS":"${arnOf('group/g')}"`],
    [{ AWS: `arn:aws::iam::${account}:root` }, `"AWS":"arn:aws::iam::${account}:root"`],
    [{ AWS: 'ada' }, '"AWS":"ada"'],
    [{ Service: 'lambda' }, '"SERVICE":"lambda"'],
  ])('that name %j are refused', async (Principal, words) => {
    const refused = { code: 'MalformedPolicyDocument', message: `Invalid principal in policy: ${words}` };
    await expect(role('r', trust(Principal))).rejects.toMatchObject(refused);
    await role('r');
    const update = toy.call('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument: trust(Principal) });
    await expect(update).rejects.toMatchObject(refused);
    expect(await trustOf('r')).toEqual(JSON.parse(lambda));
  });

  it.each([
    { AWS: '*' },
    { AWS: account },
    { AWS: [`arn:aws:iam::${account}:root`, '210987654321'] },
    // Of an account that needn't be in this cloud.
    { AWS: 'arn:aws:iam::210987654321:role/theirs' },
    { AWS: `arn:aws:sts::${account}:assumed-role/Some/session` },
    { Service: ['edgelambda.amazonaws.com', 'ec2.amazonaws.com.cn'] },
  ])('may name %j', async (Principal) => {
    const document = trust(Principal);
    await role('r', document);
    expect(await trustOf('r')).toEqual(JSON.parse(document));
  });

  it('trust somebody, not a name: who was deleted is shown by id, and a namesake isn’t trusted', async () => {
    const { User } = await toy.call<{ User: { Arn: string; UserId: string } }>('CreateUser', {
      UserName: 'ada',
    });
    const { Role } = await role('caller');
    await role('r', trust({ AWS: [User.Arn, Role.Arn], Service: 'ec2.amazonaws.com' }));
    expect(await principal('r')).toEqual([User.Arn, Role.Arn]);

    await toy.call('DeleteUser', { UserName: 'ada' });
    expect(await principal('r')).toEqual([User.UserId, Role.Arn]);
    await toy.call('CreateUser', { UserName: 'ada' });
    expect(await principal('r')).toEqual([User.UserId, Role.Arn]);

    await toy.call('DeleteRole', { RoleName: 'caller' });
    await role('caller');
    expect(await principal('r')).toEqual([User.UserId, Role.RoleId]);
    expect(JSON.stringify(await toy.call('ListRoles'))).not.toContain(encodeURIComponent(User.Arn));

    // Saved again, they are the new ones.
    const saved = trust({ AWS: [User.Arn, Role.Arn] });
    await toy.call('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument: saved });
    expect(await principal('r')).toEqual([User.Arn, Role.Arn]);
  });

  it('trust a user under a new name', async () => {
    const { User } = await toy.call<{ User: { Arn: string } }>('CreateUser', { UserName: 'ada' });
    await role('r', trust({ AWS: User.Arn }));
    await toy.call('UpdateUser', { UserName: 'ada', NewUserName: 'countess', NewPath: '/staff/' });
    expect(await principal('r')).toBe(arnOf('user/staff/countess'));
    await toy.call('CreateUser', { UserName: 'ada' });
    expect(await principal('r')).toBe(arnOf('user/staff/countess'));
  });

  it('have 2,048 characters at most, white space not counted', async () => {
    const long = (characters: number) =>
      trust({ AWS: account }).replace('"Effect"', `"Sid":"${'x'.repeat(characters)}","Effect"`);
    const room = 2_048 - long(0).length;
    await role('r', `${long(room)}${' '.repeat(500)}`);
    await expect(role('s', long(room + 1))).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for ACLSizePerRole: 2048',
    });
  });

  it('of service-linked roles are as AWS writes them', async () => {
    await toy.call('CreateServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com' });
    expect(await trustOf('AWSServiceRoleForECS')).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: ['ecs.amazonaws.com'] } },
      ],
    });
  });
});

it('keeps a group that somebody is in', async () => {
  await toy.call('CreateGroup', { GroupName: 'g' });
  await toy.call('CreateUser', { UserName: 'ada' });
  await toy.call('AddUserToGroup', { GroupName: 'g', UserName: 'ada' });
  await expect(toy.call('DeleteGroup', { GroupName: 'g' }, userPrincipal('ada'))).rejects.toMatchObject({
    code: 'DeleteConflict',
    message: 'Cannot delete entity, must remove users from group first.',
  });
});

describe('what policies say is read anew', () => {
  const changedBy = async (operation: string, input: object) => {
    const before = toy.room.store.changes;
    await toy.call(operation, input);
    return toy.room.store.changes - before;
  };

  it('after a change of rights or of a user’s tags, and not for names and descriptions of what has none', async () => {
    await toy.call('CreateUser', { UserName: 'ada' });
    await role('r');
    await toy.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: allow() });
    const Tags = [{ Key: 'a', Value: '1' }];
    const policy = { PolicyName: 'p', PolicyDocument: allow() };
    expect(await changedBy('TagRole', { RoleName: 'r', Tags })).toBe(0);
    expect(await changedBy('UpdateRole', { RoleName: 'r', Description: 'd' })).toBe(0);
    expect(await changedBy('TagPolicy', { PolicyArn: arnOf('policy/p'), Tags })).toBe(0);
    expect(await changedBy('CreateLoginProfile', { UserName: 'ada', Password: 'Correct-Horse-7' })).toBe(0);
    expect(await changedBy('TagUser', { UserName: 'ada', Tags })).toBe(1);
    expect(await changedBy('PutRolePolicy', { RoleName: 'r', ...policy })).toBe(1);
    expect(await changedBy('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument: lambda })).toBe(1);
    expect(await changedBy('DeleteUserPermissionsBoundary', { UserName: 'ada' })).toBe(1);
  });

  it('with the user’s new tags, and by whom a role trusts now', async () => {
    const { credentials, trusts } = identitySources(toy.room);
    const { User } = await toy.call<{ User: { Arn: string; UserId: string } }>('CreateUser', {
      UserName: 'ada',
    });
    const { AccessKey } = await toy.call<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', {
      UserName: 'ada',
    });
    const { Role } = await role('r', trust({ AWS: User.Arn }));
    const found = () => credentials?.find(AccessKey.AccessKeyId, undefined);
    await found();
    expect(await trusts?.trustOf(Role.Arn)).toContain(User.Arn);

    await toy.call('TagUser', { UserName: 'ada', Tags: [{ Key: 'Team', Value: 'red' }] });
    expect(await found()).toMatchObject({ principal: { tags: { Team: 'red' } } });

    await toy.call('DeleteAccessKey', { UserName: 'ada', AccessKeyId: AccessKey.AccessKeyId });
    await toy.call('DeleteUser', { UserName: 'ada' });
    await toy.call('CreateUser', { UserName: 'ada' });
    expect(await trusts?.trustOf(Role.Arn)).not.toContain(User.Arn);
    expect(await trusts?.trustOf(Role.Arn)).toContain(User.UserId);
  });
});

describe('the account', () => {
  it('is in no organization', async () => {
    for (const operation of [
      'ListOrganizationsFeatures',
      'EnableOrganizationsRootSessions',
      'DisableOrganizationsRootSessions',
      'EnableOrganizationsRootCredentialsManagement',
      'DisableOrganizationsRootCredentialsManagement',
    ]) {
      await expect(toy.call(operation)).rejects.toMatchObject({ code: 'OrganizationNotFoundException' });
    }
  });

  it('has a password policy that tells of hard expiry only when it was asked for', async () => {
    const policy = async () =>
      (await toy.call<{ PasswordPolicy: object }>('GetAccountPasswordPolicy')).PasswordPolicy;
    await toy.call('UpdateAccountPasswordPolicy', {});
    expect(await policy()).toEqual({
      MinimumPasswordLength: 6,
      RequireSymbols: false,
      RequireNumbers: false,
      RequireUppercaseCharacters: false,
      RequireLowercaseCharacters: false,
      AllowUsersToChangePassword: false,
      ExpirePasswords: false,
    });
    await toy.call('UpdateAccountPasswordPolicy', { HardExpiry: true, MaxPasswordAge: 30 });
    expect(await policy()).toMatchObject({ HardExpiry: true, ExpirePasswords: true, MaxPasswordAge: 30 });
  });

  it('has quotas in its summary', async () => {
    expect(await toy.call('GetAccountSummary')).toMatchObject({
      SummaryMap: {
        UsersQuota: 5_000,
        RolesQuota: 1_000,
        PoliciesQuota: 1_500,
        AttachedPoliciesPerRoleQuota: 10,
      },
    });
  });

  it('has a root user without keys or certificates', async () => {
    expect(await toy.call('ListAccessKeys')).toEqual({ AccessKeyMetadata: [], IsTruncated: false });
    expect(await toy.call('ListSigningCertificates')).toEqual({ Certificates: [], IsTruncated: false });
  });
});

it('says what a password lacks, by AWS’s rules where the account has none', async () => {
  await toy.call('CreateUser', { UserName: 'ada' });
  const lacks = async (Password: string, message: string) =>
    await expect(toy.call('CreateLoginProfile', { UserName: 'ada', Password })).rejects.toMatchObject({
      code: 'PasswordPolicyViolation',
      message,
    });
  const one = (kind: string) => `Password should have at least one ${kind}`;
  await lacks('Short-1', 'Password should have a minimum length of 8');
  await lacks(
    'lowercase1',
    `Password should meet 1 more of the following requirements: ${one('uppercase letter')}, ${one('symbol')}`,
  );
  await lacks(
    'lowercase',
    `Password should meet 2 more of the following requirements: ${one('uppercase letter')}, ${one('number')}, ${one('symbol')}`,
  );
  await toy.call('UpdateAccountPasswordPolicy', { RequireNumbers: true, RequireSymbols: true });
  await lacks('lowercase', one('number'));
  await lacks('lowercase1', one('symbol'));
});

it('tells of a policy and an instance profile that they have no tags', async () => {
  await toy.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: allow() });
  await toy.call('CreateInstanceProfile', { InstanceProfileName: 'i' });
  expect(await toy.call('GetPolicy', { PolicyArn: arnOf('policy/p') })).toMatchObject({
    Policy: { Tags: [] },
  });
  const profile = await toy.call('GetInstanceProfile', { InstanceProfileName: 'i' });
  expect(profile).toMatchObject({ InstanceProfile: { Tags: [], Roles: [] } });
});

it('keeps a user that has an SSH key, and says what AWS says of it', async () => {
  await toy.call('CreateUser', { UserName: 'ada' });
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const SSHPublicKeyBody = key.export({ type: 'spki', format: 'pem' }).toString();
  await toy.call('UploadSSHPublicKey', { UserName: 'ada', SSHPublicKeyBody });
  await expect(toy.call('DeleteUser', { UserName: 'ada' })).rejects.toMatchObject({
    code: 'DeleteConflict',
    message: 'Cannot delete entity, must remove referenced objects first.',
  });
});

it('simulates nobody but users, groups and roles', async () => {
  const session = `arn:aws:sts::${account}:assumed-role/r/s`;
  const asked = { PolicySourceArn: session, ActionNames: ['s3:GetObject'] };
  await expect(toy.call('SimulatePrincipalPolicy', asked)).rejects.toMatchObject({
    code: 'InvalidInput',
    message: `Invalid Entity Arn: ${session} does not clearly define entity type and name.`,
  });
});

it('tells the duration of sessions when it is asked for a role, and of a new one only when it was said', async () => {
  const made = await role('r');
  expect(made.Role).not.toHaveProperty('MaxSessionDuration');
  expect((await role('s', lambda, { MaxSessionDuration: 7_200 })).Role).toMatchObject({
    MaxSessionDuration: 7_200,
  });
  expect(await toy.call('GetRole', { RoleName: 'r' })).toMatchObject({
    Role: { MaxSessionDuration: 3_600, RoleLastUsed: {} },
  });
  expect(await toy.call('ListRoles')).toMatchObject({
    Roles: [{ MaxSessionDuration: 3_600 }, { MaxSessionDuration: 7_200 }],
  });
});
