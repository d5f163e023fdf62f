import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizationRequest, Principal } from '../../platform/index.ts';
import { iam } from './index.ts';
import { account, type ToyAccount, toyAccount, userPrincipal } from './testing/toyAccount.ts';

let toy: ToyAccount;
beforeEach(async () => {
  toy = await toyAccount();
  await toy.call('CreateUser', { UserName: 'ada', Path: '/staff/', Tags: [{ Key: 'team', Value: 'red' }] });
});

async function allAsked(operation: string, input: object, principal: Principal = userPrincipal('ada')) {
  const rule = iam.authorize[operation];
  if (!rule) throw new Error(`no rule for ${operation}`);
  const answer = await rule({ room: toy.room, account, principal } as never, input as never);
  return [answer].flat() as AuthorizationRequest[];
}
const asked = async (operation: string, input: object) => (await allAsked(operation, input))[0];
const arn = (resource: string) => `arn:aws:iam::${account}:${resource}`;

describe('what IAM is asked before its own operations', () => {
  it('names what an operation is about', async () => {
    const resources: [operation: string, input: object, resource: string][] = [
      ['CreateVirtualMFADevice', { VirtualMFADeviceName: 'phone' }, 'mfa/phone'],
      ['TagMFADevice', { SerialNumber: arn('mfa/phone') }, 'mfa/phone'],
      ['EnableMFADevice', { UserName: 'ada', SerialNumber: arn('mfa/phone') }, 'user/staff/ada'],
      ['ListMFADevices', {}, 'user/staff/ada'],
      ['ChangePassword', {}, 'user/staff/ada'],
      ['CreateLoginProfile', { UserName: 'new' }, 'user/new'],
      ['UploadSSHPublicKey', { UserName: 'ada' }, 'user/staff/ada'],
      ['ListGroupsForUser', { UserName: 'ada' }, 'user/staff/ada'],
      ['CreateOpenIDConnectProvider', { Url: 'https://a.example/b' }, 'oidc-provider/a.example/b'],
      ['CreateSAMLProvider', { Name: 'idp' }, 'saml-provider/idp'],
      ['UploadServerCertificate', { ServerCertificateName: 'c', Path: '/p/' }, 'server-certificate/p/c'],
      ['ListUsers', {}, 'user/'],
      ['ListRoles', { PathPrefix: '/aws-service-role/' }, 'role/aws-service-role/'],
      ['ListGroups', {}, 'group/'],
      ['ListInstanceProfiles', {}, 'instance-profile/'],
      ['ListVirtualMFADevices', {}, 'mfa/'],
      ['ListOpenIDConnectProviders', {}, 'oidc-provider/*'],
    ];
    for (const [operation, input, resource] of resources) {
      expect((await asked(operation, input))?.resources, operation).toEqual([arn(resource)]);
    }
    for (const operation of ['ListPolicies', 'GetAccountSummary', 'GetCredentialReport']) {
      expect((await asked(operation, {}))?.resources, operation).toEqual(['*']);
    }
  });

  it('tells of nobody’s tags where a path is listed that is like a name', async () => {
    await toy.call('TagUser', { UserName: 'ada', Tags: [{ Key: 'team', Value: 'blue' }] });
    expect(await asked('ListUsers', { PathPrefix: '/ada' })).toEqual({
      resources: [arn('user/ada')],
      context: {},
    });
  });

  it('tells policies of tags, of the services that roles are for, and of policies', async () => {
    expect((await asked('GetUser', { UserName: 'ada' }))?.context).toEqual({
      'iam:ResourceTag/team': 'red',
      'aws:ResourceTag/team': 'red',
    });
    expect(
      (await asked('CreateUser', { UserName: 'eve', Tags: [{ Key: 'a', Value: '1' }] }))?.context,
    ).toEqual({ 'aws:RequestTag/a': '1', 'aws:TagKeys': ['a'] });
    expect((await asked('UntagUser', { UserName: 'eve', TagKeys: ['a', 'b'] }))?.context).toEqual({
      'aws:TagKeys': ['a', 'b'],
    });
    const AWSServiceName = 'autoscaling.amazonaws.com';
    expect((await asked('CreateServiceLinkedRole', { AWSServiceName }))?.context).toEqual({
      'iam:AWSServiceName': AWSServiceName,
    });
  });

  it('tells the boundary of whose permissions are changed, so that administrators have power over no others', async () => {
    const PolicyDocument =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
    await toy.call('CreatePolicy', { PolicyName: 'limit', PolicyDocument });
    const limit = arn('policy/limit');
    const trust =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}';
    const role = { RoleName: 'bound', AssumeRolePolicyDocument: trust, PermissionsBoundary: limit };
    await toy.call('CreateRole', role);
    await toy.call('CreateUser', { UserName: 'bound', PermissionsBoundary: limit });
    const boundaryIn = async (operation: string, input: object) =>
      (await asked(operation, input))?.context?.['iam:PermissionsBoundary'];
    for (const verb of ['Attach', 'Detach', 'Put', 'Delete']) {
      const PolicyArn = arn('policy/any');
      expect(await boundaryIn(`${verb}UserPolicy`, { UserName: 'bound', PolicyArn }), verb).toBe(limit);
      expect(await boundaryIn(`${verb}RolePolicy`, { RoleName: 'bound', PolicyArn }), verb).toBe(limit);
      expect(await boundaryIn(`${verb}UserPolicy`, { UserName: 'ada', PolicyArn }), verb).toBeUndefined();
    }
    expect(await boundaryIn('DeleteUserPermissionsBoundary', { UserName: 'bound' })).toBe(limit);
    // What is asked for counts, not what is there.
    const other = { UserName: 'bound', PermissionsBoundary: arn('policy/other') };
    expect(await boundaryIn('PutUserPermissionsBoundary', other)).toBe(arn('policy/other'));
    expect(await boundaryIn('DeleteUser', { UserName: 'bound' })).toBeUndefined();
  });

  it('lets users change their own password where the account’s policy says so', async () => {
    expect((await asked('ChangePassword', {}))?.resourcePolicy).toBeUndefined();
    await toy.call('UpdateAccountPasswordPolicy', { AllowUsersToChangePassword: true });
    const { resourcePolicy = '{}' } = (await asked('ChangePassword', {})) ?? {};
    expect(JSON.parse(resourcePolicy).Statement).toMatchObject([
      { Effect: 'Allow', Action: 'iam:ChangePassword', Principal: { AWS: userPrincipal('ada').arn } },
    ]);
    expect((await asked('UpdateLoginProfile', { UserName: 'ada' }))?.resourcePolicy).toBeUndefined();
  });
});

describe('who goes around a policy', () => {
  it('doesn’t reach another’s key or device by naming nobody', async () => {
    await toy.call('CreateUser', { UserName: 'bob' });
    const { AccessKey } = await toy.call<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', {
      UserName: 'bob',
    });
    const { AccessKeyId } = AccessKey;
    for (const [operation, input] of Object.entries({
      DeleteAccessKey: { AccessKeyId },
      UpdateAccessKey: { AccessKeyId, Status: 'Inactive' },
    })) {
      expect((await asked(operation, input))?.resources).toEqual([arn('user/staff/ada')]);
      await expect(toy.call(operation, input, userPrincipal('ada'))).rejects.toMatchObject({
        code: 'NoSuchEntity',
        message: `The Access Key with id ${AccessKeyId} cannot be found.`,
      });
    }
    expect((await asked('GetAccessKeyLastUsed', { AccessKeyId }))?.resources).toEqual([arn('user/bob')]);
    await toy.call('CreateVirtualMFADevice', { VirtualMFADeviceName: 'phone' });
    await expect(
      toy.call('GetMFADevice', { SerialNumber: arn('mfa/phone') }, userPrincipal('ada')),
    ).rejects.toMatchObject({ code: 'NoSuchEntity' });
  });

  it('is asked about the new name, too, and about the tags of what is made', async () => {
    const resourcesOf = async (operation: string, input: object) =>
      (await allAsked(operation, input)).map(({ action, resources }) => [action, ...resources]);
    expect(await resourcesOf('UpdateUser', { UserName: 'ada', NewUserName: 'boss' })).toEqual([
      [undefined, arn('user/staff/ada')],
      [undefined, arn('user/staff/boss')],
    ]);
    expect(await resourcesOf('UpdateGroup', { GroupName: 'g', NewPath: '/admins/' })).toEqual([
      [undefined, arn('group/g')],
      [undefined, arn('group/admins/g')],
    ]);
    const named = { ServerCertificateName: 'c', NewServerCertificateName: 'd', NewPath: '/p/' };
    expect(await resourcesOf('UpdateServerCertificate', named)).toEqual([
      [undefined, arn('server-certificate/c')],
      [undefined, arn('server-certificate/p/d')],
    ]);
    const Tags = [{ Key: 'a', Value: '1' }];
    expect(await resourcesOf('CreateRole', { RoleName: 'r', Tags })).toEqual([
      [undefined, arn('role/r')],
      ['iam:TagRole', arn('role/r')],
    ]);
    expect(await resourcesOf('CreateVirtualMFADevice', { VirtualMFADeviceName: 'd', Tags })).toEqual([
      [undefined, arn('mfa/d')],
      ['iam:TagMFADevice', arn('mfa/d')],
    ]);
    expect(await resourcesOf('UploadServerCertificate', { ServerCertificateName: 'c', Tags })).toEqual([
      [undefined, arn('server-certificate/c')],
      ['iam:TagServerCertificate', arn('server-certificate/c')],
    ]);
    expect(await resourcesOf('CreateRole', { RoleName: 'r' })).toEqual([[undefined, arn('role/r')]]);
  });
});

describe('what policies are used for', () => {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
  });

  it('counts attachments and boundaries, filters by them, and keeps what is in use', async () => {
    const PolicyArn = arn('policy/both');
    await toy.call('CreatePolicy', { PolicyName: 'both', PolicyDocument });
    await toy.call('PutUserPermissionsBoundary', { UserName: 'ada', PermissionsBoundary: PolicyArn });
    expect(await toy.call('GetPolicy', { PolicyArn })).toMatchObject({
      Policy: { AttachmentCount: 0, PermissionsBoundaryUsageCount: 1 },
    });
    await expect(toy.call('DeletePolicy', { PolicyArn })).rejects.toMatchObject({ code: 'DeleteConflict' });
    const entities = (more: object) => toy.call('ListEntitiesForPolicy', { PolicyArn, ...more });
    expect((await entities({})).PolicyUsers).toEqual([]);
    const asBoundary = { PolicyUsageFilter: 'PermissionsBoundary' };
    expect((await entities(asBoundary)).PolicyUsers).toMatchObject([{ UserName: 'ada' }]);
    expect((await entities({ ...asBoundary, EntityFilter: 'Role' })).PolicyUsers).toEqual([]);
    expect((await entities({ ...asBoundary, PathPrefix: '/other/' })).PolicyUsers).toEqual([]);
    const listed = async (more: object) =>
      (await toy.call<{ Policies: object[] }>('ListPolicies', { Scope: 'Local', ...more })).Policies.length;
    expect(await listed({ PolicyUsageFilter: 'PermissionsPolicy' })).toBe(0);
    expect(await listed(asBoundary)).toBe(1);
    await toy.call('DeleteUserPermissionsBoundary', { UserName: 'ada' });
    await toy.call('DeletePolicy', { PolicyArn });
  });

  it('keeps policies of service-linked roles from everybody else', async () => {
    await expect(
      toy.call('AttachUserPolicy', {
        UserName: 'ada',
        PolicyArn: 'arn:aws:iam::aws:policy/aws-service-role/AmazonCognitoIdpServiceRolePolicy',
      }),
    ).rejects.toMatchObject({
      code: 'PolicyNotAttachable',
      message: 'Cannot attach a Service Role Policy to a Customer Role.',
    });
  });

  it('refuses tags that are there twice, and an eleventh group', async () => {
    const Tags = [
      { Key: 'Team', Value: 'red' },
      { Key: 'team', Value: 'blue' },
    ];
    await expect(toy.call('CreateUser', { UserName: 'eve', Tags })).rejects.toMatchObject({
      code: 'InvalidInput',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    });
    const join = async (GroupName: string) => {
      await toy.call('CreateGroup', { GroupName });
      await toy.call('AddUserToGroup', { GroupName, UserName: 'ada' });
    };
    for (let n = 0; n < 10; n++) await join(`group${n}`);
    await expect(join('group10')).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for GroupsPerUser: 10',
    });
  });
});

describe('trust policies', () => {
  const create = (RoleName: string, Principal: object, Action: string | string[]) =>
    toy.call('CreateRole', {
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal, Action }],
      }),
    });

  it('names providers by ARN or by domain', async () => {
    const names = [
      'cognito-identity.amazonaws.com',
      arn('saml-provider/idp'),
      arn('oidc-provider/a.example/b'),
    ];
    for (const [index, Federated] of names.entries()) {
      await create(`role${index}`, { Federated }, 'sts:AssumeRoleWithWebIdentity');
    }
    for (const Federated of ['nobody', 'https://a.example', arn('role/other'), ['a.example', '']]) {
      await expect(create('refused', { Federated }, 'sts:AssumeRoleWithSAML')).rejects.toMatchObject({
        code: 'MalformedPolicyDocument',
        message: 'Federated principals must be valid domain names or SAML metadata ARNs',
      });
    }
  });

  it('is about STS alone', async () => {
    const Principal = { Service: 'lambda.amazonaws.com' };
    await create('tagged', Principal, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']);
    await expect(create('refused', Principal, ['sts:AssumeRole', 's3:GetObject'])).rejects.toMatchObject({
      code: 'MalformedPolicyDocument',
      message: 'AssumeRole policy may only specify STS AssumeRole actions.',
    });
  });
});

describe('preferences of STS', () => {
  it('stand in the summary', async () => {
    const version = async () =>
      (await toy.call<{ SummaryMap: Record<string, number> }>('GetAccountSummary')).SummaryMap
        .GlobalEndpointTokenVersion;
    expect(await version()).toBe(1);
    await toy.call('SetSecurityTokenServicePreferences', { GlobalEndpointTokenVersion: 'v2Token' });
    expect(await version()).toBe(2);
  });
});
