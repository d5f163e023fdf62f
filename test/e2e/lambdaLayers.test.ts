/** Layers of another account, where IAM is enforced; and what is recorded of runtimes. */

import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddLayerVersionPermissionCommand,
  CreateFunctionCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  GetRuntimeManagementConfigCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  PutRuntimeManagementConfigCommand,
  RemoveLayerVersionPermissionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let owner: LambdaClient;
let other: LambdaClient;
let Role: string;
const layer = 'arn:aws:lambda:us-east-1:000000000000:layer:shared';
const credentials = { accessKeyId: '111122223333', secretAccessKey: 'test' };

beforeAll(async () => {
  cloud = await startCloud();
  owner = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  other = new LambdaClient({ ...cloud.clientConfig, credentials, maxAttempts: 1 });
  const Zip = await zipped({ 'nodejs/node_modules/shared/index.js': 'module.exports = 1' });
  await owner.send(new PublishLayerVersionCommand({ LayerName: 'shared', Content: { ZipFile: Zip } }));
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const created = await new IAMClient({ ...cloud.clientConfig, credentials }).send(
    new CreateRoleCommand({
      RoleName: 'functions',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  Role = created.Role?.Arn ?? '';
});
afterAll(() => cloud.close());

const create = async (FunctionName: string, client = other, Layers = [`${layer}:1`]) =>
  client.send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Layers,
      Code: { ZipFile: await zipped({ 'index.js': 'exports.handler = async () => 1' }) },
    }),
  );

describe('a layer version', () => {
  const LayerName = 'shared';
  const VersionNumber = 1;

  it('has a policy of its own', async () => {
    const policy = new GetLayerVersionPolicyCommand({ LayerName, VersionNumber });
    await expect(owner.send(policy)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No policy is associated with the given resource.',
    });
    const permission = {
      LayerName,
      VersionNumber,
      StatementId: 'friend',
      Action: 'lambda:GetLayerVersion',
      Principal: '111122223333',
    };
    const added = await owner.send(new AddLayerVersionPermissionCommand(permission));
    const statement = {
      Sid: 'friend',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 'lambda:GetLayerVersion',
      Resource: `${layer}:1`,
    };
    expect(JSON.parse(added.Statement ?? '')).toEqual(statement);
    await expect(owner.send(new AddLayerVersionPermissionCommand(permission))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    await expect(
      owner.send(
        new AddLayerVersionPermissionCommand({ ...permission, StatementId: 'b', RevisionId: 'old' }),
      ),
    ).rejects.toMatchObject({ name: 'PreconditionFailedException' });
    await expect(
      owner.send(new AddLayerVersionPermissionCommand({ ...permission, Action: 'lambda:InvokeFunction' })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(
      owner.send(new AddLayerVersionPermissionCommand({ ...permission, VersionNumber: 9 })),
    ).rejects.toMatchObject({ message: `Layer version ${layer}:9 does not exist.` });
    const organization = {
      ...permission,
      StatementId: 'org',
      Principal: '*',
      OrganizationId: 'o-abcdefghij',
    };
    await owner.send(new AddLayerVersionPermissionCommand(organization));
    const { Policy = '', RevisionId } = await owner.send(policy);
    expect(JSON.parse(Policy)).toMatchObject({
      Version: '2012-10-17',
      Id: 'default',
      Statement: [
        statement,
        { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } } },
      ],
    });
    const remove = (StatementId: string, revision?: string) =>
      owner.send(
        new RemoveLayerVersionPermissionCommand({
          LayerName,
          VersionNumber,
          StatementId,
          ...(revision === undefined ? {} : { RevisionId: revision }),
        }),
      );
    await expect(remove('org', 'old')).rejects.toMatchObject({ name: 'PreconditionFailedException' });
    await remove('org', RevisionId);
    await expect(remove('org')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await remove('friend');
    await expect(owner.send(policy)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

it('is used in one version at a time', async () => {
  const Zip = await zipped({ 'nodejs/node_modules/twice/index.js': 'module.exports = 1' });
  const publish = new PublishLayerVersionCommand({ LayerName: 'twice', Content: { ZipFile: Zip } });
  const Layers: string[] = [];
  for (const _ of [1, 2]) Layers.push((await other.send(publish)).LayerVersionArn ?? '');
  await expect(create('twice', other, Layers)).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: `Two different versions of the same layer are not allowed to be referenced in the same function. ${Layers.join(' and ')}.`,
  });
});

describe('where IAM is enforced', () => {
  it('is used by another account only as its policy says', async () => {
    const strict = await startCloud({ iam: 'enforce' });
    try {
      const mine = new LambdaClient({ ...strict.clientConfig, maxAttempts: 1 });
      const Zip = await zipped({ 'nodejs/node_modules/shared/index.js': 'module.exports = 1' });
      await mine.send(new PublishLayerVersionCommand({ LayerName: 'shared', Content: { ZipFile: Zip } }));
      const foreign = await foreignClient(strict);
      const get = new GetLayerVersionCommand({ LayerName: layer, VersionNumber: 1 });
      await expect(foreign.send(get)).rejects.toMatchObject({ name: 'AccessDeniedException' });
      await expect(create('refused', foreign)).rejects.toMatchObject({ name: 'AccessDeniedException' });
      await mine.send(
        new AddLayerVersionPermissionCommand({
          LayerName: 'shared',
          VersionNumber: 1,
          StatementId: 'friend',
          Action: 'lambda:GetLayerVersion',
          Principal: '111122223333',
        }),
      );
      expect((await foreign.send(get)).LayerVersionArn).toBe(`${layer}:1`);
      expect((await create('granted', foreign)).Layers).toMatchObject([{ Arn: `${layer}:1` }]);
    } finally {
      await strict.close();
    }
  });
});

/** The root of another account; its roles trust Lambda. */
async function foreignClient(strict: Cloud): Promise<LambdaClient> {
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  await new IAMClient({ ...strict.clientConfig, credentials }).send(
    new CreateRoleCommand({
      RoleName: 'functions',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  return new LambdaClient({ ...strict.clientConfig, credentials, maxAttempts: 1 });
}

describe('runtime management', () => {
  it('is recorded per version', async () => {
    await create('managed', other);
    const FunctionName = 'managed';
    const arn = `arn:aws:lambda:us-east-1:111122223333:function:managed:$LATEST`;
    const get = () => other.send(new GetRuntimeManagementConfigCommand({ FunctionName }));
    expect(await get()).toMatchObject({ UpdateRuntimeOn: 'Auto', FunctionArn: arn });
    const RuntimeVersionArn = `arn:aws:lambda:us-east-1::runtime:${'0'.repeat(64)}`;
    const put = (input: object) =>
      other.send(
        new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: 'Manual', ...input }),
      );
    await expect(put({})).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    expect(await put({ RuntimeVersionArn })).toMatchObject({ RuntimeVersionArn, FunctionArn: arn });
    expect(await get()).toMatchObject({ UpdateRuntimeOn: 'Manual', RuntimeVersionArn });
    await put({ UpdateRuntimeOn: 'FunctionUpdate' });
    expect((await get()).RuntimeVersionArn).toBeUndefined();
    await expect(put({ RuntimeVersionArn, Qualifier: '4' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
