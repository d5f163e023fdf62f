/** What clients meet of IAM beside what an operation is for, through the official SDK where policies are enforced. */
import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListOrganizationsFeaturesCommand,
  PutUserPolicyCommand,
  paginateListRoles,
  TagUserCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

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

const trust = (Principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  });
const role = (RoleName: string, Principal: object) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(Principal) }));
const allowAssume = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }],
});

/** A user that may assume roles, and a client that signs as it. */
async function userWithClient(UserName: string) {
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const inline = { UserName, PolicyName: 'assume', PolicyDocument: allowAssume };
  await iam.send(new PutUserPolicyCommand(inline));
  const sts = new STSClient({ ...cloud.clientConfig, credentials: { accessKeyId, secretAccessKey } });
  return { user: User, accessKeyId, sts };
}

it('lets nobody in who has the name of somebody that a role trusted', async () => {
  const first = await userWithClient('ada');
  await role('vault', { AWS: first.user?.Arn });
  const ask = new AssumeRoleCommand({
    RoleArn: 'arn:aws:iam::000000000000:role/vault',
    RoleSessionName: 'session',
  });
  await first.sts.send(ask);

  await iam.send(new DeleteAccessKeyCommand({ UserName: 'ada', AccessKeyId: first.accessKeyId }));
  await iam.send(new DeleteUserPolicyCommand({ UserName: 'ada', PolicyName: 'assume' }));
  await iam.send(new DeleteUserCommand({ UserName: 'ada' }));
  const second = await userWithClient('ada');
  expect(second.user?.Arn).toBe(first.user?.Arn);
  // May call sts:AssumeRole on everything; the role trusts somebody who is no more.
  await expect(second.sts.send(ask)).rejects.toMatchObject({ name: 'AccessDenied' });

  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'vault' }));
  const shown = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
  expect(shown.Statement[0].Principal.AWS).toBe(first.user?.UserId);
  first.sts.destroy();
  second.sts.destroy();
});

it('refuses in IAM’s words what the framework would say otherwise', async () => {
  const service = { Service: 'lambda.amazonaws.com' };
  await role('Taken', service);
  const refusals: [Promise<unknown>, object][] = [
    [
      role('TAKEN', service),
      { name: 'EntityAlreadyExistsException', message: 'Role with name TAKEN already exists.' },
    ],
    [
      role('r', { AWS: 'arn:aws:iam::000000000000:role/nobody' }),
      {
        name: 'MalformedPolicyDocumentException',
        message: 'Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:role/nobody"',
      },
    ],
    [
      iam.send(new CreateUserCommand({ UserName: 'u', Path: 'p' })),
      {
        name: 'ValidationError',
        message:
          'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
      },
    ],
    [
      iam.send(
        new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: allowAssume.replace('2012', '2008') }),
      ),
      { name: 'MalformedPolicyDocumentException' },
    ],
    [iam.send(new ListOrganizationsFeaturesCommand({})), { name: 'OrganizationNotFoundException' }],
  ];
  for (const [refused, words] of refusals) await expect(refused).rejects.toMatchObject(words);
});

it('writes times in whole seconds', async () => {
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'timed' }));
  expect(Number(User?.CreateDate) % 1_000).toBe(0);
  expect(Math.abs(Number(User?.CreateDate) - cloud.clock.now())).toBeLessThan(60_000);
});

it('takes tags whose keys differ in case for one', async () => {
  const UserName = 'tagged';
  await iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'team', Value: 'a' }] }));
  const Tags = [
    { Key: 'x', Value: '1' },
    { Key: 'X', Value: '2' },
  ];
  await expect(iam.send(new TagUserCommand({ UserName, Tags }))).rejects.toMatchObject({
    name: 'InvalidInputException',
    message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  });
});

it('deletes all roles by pages', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `doomed-${String(index).padStart(2, '0')}`);
  for (const name of names) await role(name, { Service: 'lambda.amazonaws.com' });
  const deleted: string[] = [];
  for await (const page of paginateListRoles({ client: iam, pageSize: 5 }, {})) {
    for (const { RoleName = '' } of page.Roles ?? []) {
      if (!RoleName.startsWith('doomed-')) continue;
      await iam.send(new DeleteRoleCommand({ RoleName }));
      deleted.push(RoleName);
    }
  }
  expect(deleted).toEqual(names);
});
