import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, it } from 'vitest';
import { identitySources } from '../identity.ts';
import { accessKeys } from '../store.ts';
import { account, startOfTime, type ToyAccount, toyAccount, userPrincipal } from '../testing/toyAccount.ts';

const hourMs = 60 * 60_000;
let toy: ToyAccount;
beforeEach(async () => {
  toy = await toyAccount();
  await toy.call('CreateUser', { UserName: 'ada' });
});

interface MadeKey {
  AccessKey: { AccessKeyId: string; SecretAccessKey: string };
}
const makeKey = async () => (await toy.call<MadeKey>('CreateAccessKey', { UserName: 'ada' })).AccessKey;

describe('access keys', () => {
  it('keeps secrets sealed, and reads those of before', async () => {
    const { AccessKeyId, SecretAccessKey } = await makeKey();
    const kept = await toy.store.range({ prefix: [], limit: 100 });
    expect(kept.some(({ value }) => Buffer.from(value).includes(SecretAccessKey))).toBe(false);
    const find = async (id: string) => await identitySources(toy.room).credentials?.find(id, undefined);
    expect(await find(AccessKeyId)).toMatchObject({ secretAccessKey: SecretAccessKey });
    await toy.room.store.transact(async (tx) => {
      const key = await accessKeys.get(tx, AccessKeyId);
      if (key) toy.room.store.putKey(tx, { ...key, id: 'AKIAOFBEFORE', secret: 'in the clear' });
      // Somebody put one key's secret under another key.
      if (key) toy.room.store.putKey(tx, { ...key, id: 'AKIASTOLEN' });
    });
    expect(await find('AKIAOFBEFORE')).toMatchObject({ secretAccessKey: 'in the clear' });
    expect(await find('AKIASTOLEN')).toBeUndefined();
  });

  it('tells when a key was last used, at once and after a restart', async () => {
    const { AccessKeyId } = await makeKey();
    const lastUsed = (from = toy) => from.call('GetAccessKeyLastUsed', { AccessKeyId });
    expect(await lastUsed()).toEqual({
      UserName: 'ada',
      AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
    });
    const ada = userPrincipal('ada');
    toy.room.uses.saw(AccessKeyId, ada, 's3', 'us-east-1', startOfTime + 1_000);
    toy.room.uses.saw(AccessKeyId, ada, 'dynamodb', 'eu-west-1', startOfTime + 2_000);
    const told = {
      UserName: 'ada',
      AccessKeyLastUsed: {
        LastUsedDate: new Date(startOfTime + 2_000),
        ServiceName: 'dynamodb',
        Region: 'eu-west-1',
      },
    };
    expect(await lastUsed()).toEqual(told);
    expect(await lastUsed(await toyAccount(toy.store))).toMatchObject({
      AccessKeyLastUsed: { ServiceName: 'N/A' },
    });
    const { changes } = toy.room.store;
    await toy.clock.advance(62_000);
    expect(await lastUsed(await toyAccount(toy.store))).toEqual(told);
    // Writing it down makes nobody read policies anew.
    expect(toy.room.store.changes).toBe(changes);
    toy.room.uses.saw('ASIAOFASESSION', ada, 's3', 'us-east-1', toy.clock.now());
    expect(await toy.room.uses.of('ASIAOFASESSION')).toBeUndefined();
    toy.room.uses.saw(AccessKeyId, ada, 's3', 'us-east-1', toy.clock.now());
    await toy.call('DeleteAccessKey', { UserName: 'ada', AccessKeyId });
    await toy.clock.advance(62_000);
    expect(await toy.room.uses.of(AccessKeyId)).toBeUndefined();
  });
});

describe('roles', () => {
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  });
  const create = () => toy.call('CreateRole', { RoleName: 'worker', AssumeRolePolicyDocument: trust });
  const lastUsed = async () =>
    (await toy.call<{ Role: { RoleLastUsed: object } }>('GetRole', { RoleName: 'worker' })).Role.RoleLastUsed;

  it('tells when a role was last used, and nothing of a namesake', async () => {
    await create();
    expect(await lastUsed()).toEqual({});
    const roleArn = `arn:aws:iam::${account}:role/worker`;
    const session = `arn:aws:sts::${account}:assumed-role/worker/one`;
    toy.room.uses.saw(
      'ASIAEXAMPLE',
      { type: 'role', account, arn: session, roleArn, roleId: 'AROAEXAMPLE', sessionName: 'one' },
      's3',
      'us-east-1',
      toy.clock.now(),
    );
    expect(await lastUsed()).toEqual({ LastUsedDate: new Date(toy.clock.now()), Region: 'us-east-1' });
    await toy.call('DeleteRole', { RoleName: 'worker' });
    await toy.clock.advance(1_000);
    await create();
    expect(await lastUsed()).toEqual({});
  });

  it('gives roles to services, which nobody else changes', async () => {
    const { Role } = await toy.call<{ Role: { RoleName: string; Arn: string } }>('CreateServiceLinkedRole', {
      AWSServiceName: 'dynamodb.application-autoscaling.amazonaws.com',
    });
    expect(Role.Arn).toBe(
      `arn:aws:iam::${account}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable`,
    );
    const { RoleName } = Role;
    expect(await toy.call('ListAttachedRolePolicies', { RoleName })).toMatchObject({
      AttachedPolicies: [{ PolicyName: 'AWSApplicationAutoscalingDynamoDBTablePolicy' }],
    });
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    const PolicyDocument = trust.replace('"Principal":{"Service":"lambda.amazonaws.com"}', '"Resource":"*"');
    for (const [operation, input] of Object.entries({
      DeleteRole: {},
      AttachRolePolicy: { PolicyArn },
      PutRolePolicy: { PolicyName: 'mine', PolicyDocument },
      UpdateAssumeRolePolicy: { PolicyDocument: trust },
      PutRolePermissionsBoundary: { PermissionsBoundary: PolicyArn },
      DeleteRolePermissionsBoundary: {},
    })) {
      await expect(toy.call(operation, { RoleName, ...input }), operation).rejects.toMatchObject({
        code: 'UnmodifiableEntity',
        message: `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`,
      });
    }
    await toy.call('TagRole', { RoleName, Tags: [{ Key: 'a', Value: '1' }] });
    await toy.call('UpdateRoleDescription', { RoleName, Description: 'scales' });

    const asked = await toy.call<{ DeletionTaskId: string }>('DeleteServiceLinkedRole', { RoleName });
    expect(asked.DeletionTaskId).toMatch(
      new RegExp(
        `^task/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/${RoleName}/[0-9a-f-]{36}$`,
      ),
    );
    await toy.settled();
    expect(await toy.call('GetServiceLinkedRoleDeletionStatus', asked)).toEqual({ Status: 'SUCCEEDED' });
    await expect(toy.call('DeleteServiceLinkedRole', { RoleName })).rejects.toMatchObject({
      code: 'NoSuchEntity',
    });
  });

  it('takes a suffix where a service has one, and refuses names that are taken', async () => {
    const make = (AWSServiceName: string, CustomSuffix?: string) =>
      toy.call('CreateServiceLinkedRole', { AWSServiceName, CustomSuffix });
    expect(await make('autoscaling.amazonaws.com', 'blue')).toMatchObject({
      Role: { RoleName: 'AWSServiceRoleForAutoScaling_blue' },
    });
    await expect(make('autoscaling.amazonaws.com', 'blue')).rejects.toMatchObject({
      code: 'InvalidInput',
      message:
        'Service role name AWSServiceRoleForAutoScaling_blue has been taken in this account, please try a different suffix.',
    });
    await expect(make('elasticbeanstalk.amazonaws.com', 'blue')).rejects.toMatchObject({
      message: 'Custom suffix is not allowed for elasticbeanstalk.amazonaws.com',
    });
    await expect(make('nothing.example.com')).rejects.toMatchObject({ code: 'InvalidInput' });
  });
});

describe('credential reports', () => {
  const report = async () => {
    const { Content } = await toy.call<{ Content: Uint8Array }>('GetCredentialReport');
    return parse(Buffer.from(Content), { columns: true }) as Record<string, string>[];
  };

  it('is made in the background, tells of every user, and counts for four hours', async () => {
    await expect(toy.call('GetCredentialReport')).rejects.toMatchObject({
      code: 'ReportNotPresent',
      status: 410,
    });
    await toy.call('UpdateAccountPasswordPolicy', { MaxPasswordAge: 90 });
    await toy.call('CreateUser', { UserName: 'a,b' });
    await toy.call('CreateLoginProfile', { UserName: 'ada', Password: 'Correct-horse1' });
    const { AccessKeyId } = await makeKey();
    toy.room.uses.saw(AccessKeyId, userPrincipal('ada'), 'sqs', 'eu-west-1', startOfTime + 1_000);
    expect(await toy.call('GenerateCredentialReport')).toMatchObject({ State: 'STARTED' });
    expect(await toy.call('GenerateCredentialReport')).toEqual({ State: 'INPROGRESS' });
    await expect(toy.call('GetCredentialReport')).rejects.toMatchObject({
      code: 'ReportInProgress',
      status: 404,
    });
    await toy.settled();
    expect(await toy.call('GenerateCredentialReport')).toEqual({ State: 'COMPLETE' });
    const rows = await report();
    expect(rows.map(({ user }) => user)).toEqual(['<root_account>', 'a,b', 'ada']);
    expect(rows[0]).toMatchObject({ arn: `arn:aws:iam::${account}:root`, password_enabled: 'not_supported' });
    expect(rows[2]).toEqual({
      user: 'ada',
      arn: `arn:aws:iam::${account}:user/ada`,
      user_creation_time: '2024-05-06T07:08:09+00:00',
      password_enabled: 'true',
      password_last_used: 'no_information',
      password_last_changed: '2024-05-06T07:08:09+00:00',
      password_next_rotation: '2024-08-04T07:08:09+00:00',
      mfa_active: 'false',
      access_key_1_active: 'true',
      access_key_1_last_rotated: '2024-05-06T07:08:09+00:00',
      access_key_1_last_used_date: '2024-05-06T07:08:10+00:00',
      access_key_1_last_used_region: 'eu-west-1',
      access_key_1_last_used_service: 'sqs',
      access_key_2_active: 'false',
      access_key_2_last_rotated: 'N/A',
      access_key_2_last_used_date: 'N/A',
      access_key_2_last_used_region: 'N/A',
      access_key_2_last_used_service: 'N/A',
      cert_1_active: 'false',
      cert_1_last_rotated: 'N/A',
      cert_2_active: 'false',
      cert_2_last_rotated: 'N/A',
      additional_credentials_info: '',
    });
    await toy.call('CreateUser', { UserName: 'later' });
    await toy.clock.advance(4 * hourMs);
    await expect(toy.call('GetCredentialReport')).rejects.toMatchObject({
      code: 'ReportExpired',
      status: 410,
    });
    expect(await toy.call('GenerateCredentialReport')).toMatchObject({ State: 'STARTED' });
    await toy.settled();
    expect(await report()).toHaveLength(4);
  });
});
