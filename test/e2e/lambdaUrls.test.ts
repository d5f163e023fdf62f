/** Function URLs where IAM is enforced: who may call, and what the function learns of the caller. */
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteResourcePolicyCommand,
  GetPolicyCommand,
  GetResourcePolicyCommand,
  InvokeCommand,
  LambdaClient,
  PutResourcePolicyCommand,
  RemovePermissionCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { signRequest } from '../../src/identity/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

interface Key {
  accessKeyId: string;
  secretAccessKey: string;
}

let cloud: Cloud;
let lambda: LambdaClient;
let iam: IAMClient;
let url: URL;
const FunctionName = 'greeter';
const arn = `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  iam = new IAMClient(cloud.clientConfig);
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'functions', AssumeRolePolicyDocument: document(trust) }),
  );
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: Role?.Arn,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: {
        ZipFile: await zipped({
          'index.js': `exports.handler = async ({ requestContext, body }) =>
            ({ account: requestContext.accountId, iam: requestContext.authorizer?.iam, body })`,
        }),
      },
    }),
  );
  const { FunctionUrl, AuthType } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }),
  );
  expect(AuthType).toBe('AWS_IAM');
  const id = new URL(FunctionUrl ?? '').hostname.split('.')[0];
  url = new URL(`/_aws/lambda-url/${id}/hello`, cloud.endpoint);
});
afterAll(() => cloud.close());

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

async function user(UserName: string, ...Action: string[]): Promise<Key> {
  await iam.send(new CreateUserCommand({ UserName }));
  if (Action.length > 0) {
    const PolicyDocument = document({ Effect: 'Allow', Action, Resource: arn });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'url', PolicyDocument }));
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

async function send(key?: Key, body = '{"say":"hi"}', sent = body): Promise<[number, unknown]> {
  const headers = key
    ? signRequest(
        { method: 'POST', path: url.pathname, headers: { host: url.host }, body },
        { ...key, region: 'us-east-1', service: 'lambda', now: cloud.clock.now() },
      )
    : {};
  const type = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...type }, body: sent });
  return [answer.status, await answer.json()];
}

const forbidden = [403, { Message: 'Forbidden' }];

describe('a function URL with AWS_IAM', () => {
  it('lets pass who may do both, and tells the function who that is', async () => {
    const ann = await user('ann', 'lambda:InvokeFunctionUrl', 'lambda:InvokeFunction');
    expect(await send(ann)).toEqual([
      200,
      {
        account: '000000000000',
        iam: {
          accessKey: ann.accessKeyId,
          accountId: '000000000000',
          callerId: expect.stringMatching(/^AIDA/),
          cognitoIdentity: null,
          principalOrgId: null,
          userArn: 'arn:aws:iam::000000000000:user/ann',
          userId: expect.stringMatching(/^AIDA/),
        },
        body: '{"say":"hi"}',
      },
    ]);
    expect((await send({ ...ann, secretAccessKey: 'wrong' }))[0]).toBe(403);
    expect((await send(ann, 'signed', 'another'))[0]).toBe(403);
  });

  it('refuses who doesn’t sign, or may only half of it', async () => {
    expect(await send()).toEqual(forbidden);
    expect(await send(await user('bob', 'lambda:InvokeFunctionUrl'))).toEqual(forbidden);
    expect(await send(await user('cid', 'lambda:InvokeFunction'))).toEqual(forbidden);
  });

  it('asks the function’s own policy, with its conditions', async () => {
    const dot = await user('dot');
    const Principal = 'arn:aws:iam::000000000000:user/dot';
    const permit = (StatementId: string, Action: string, more: object) =>
      lambda.send(new AddPermissionCommand({ FunctionName, StatementId, Action, Principal, ...more }));
    await expect(permit('latest', 'lambda:InvokeFunction', { Qualifier: '$LATEST' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'We currently do not support adding policies for $LATEST.',
    });
    await permit('open', 'lambda:InvokeFunctionUrl', { FunctionUrlAuthType: 'NONE' });
    await permit('invoke', 'lambda:InvokeFunction', { InvokedViaFunctionUrl: true });
    expect(await send(dot)).toEqual(forbidden);
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'open' }));
    await permit('signed', 'lambda:InvokeFunctionUrl', { FunctionUrlAuthType: 'AWS_IAM' });
    expect((await send(dot))[0]).toBe(200);
  });

  it('opens to everyone when its AuthType becomes NONE and its policy says so', async () => {
    const changed = await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }));
    expect(changed.AuthType).toBe('NONE');
    expect(await send()).toEqual(forbidden);
    const permit = (StatementId: string, Action: string, more: object) =>
      lambda.send(new AddPermissionCommand({ FunctionName, StatementId, Action, Principal: '*', ...more }));
    await permit('everyone', 'lambda:InvokeFunctionUrl', { FunctionUrlAuthType: 'NONE' });
    expect(await send()).toEqual(forbidden);
    await permit('everyoneInvokes', 'lambda:InvokeFunction', { InvokedViaFunctionUrl: true });
    expect(await send()).toEqual([200, { account: 'anonymous', body: '{"say":"hi"}' }]);
  });

  it('follows a policy that is put whole, denials included', async () => {
    await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }));
    const eve = await user('eve', 'lambda:InvokeFunctionUrl', 'lambda:InvokeFunction');
    expect((await send(eve))[0]).toBe(200);
    const denial = {
      Effect: 'Deny',
      Principal: { AWS: 'arn:aws:iam::000000000000:user/eve' },
      Action: ['lambda:InvokeFunctionUrl'],
      Resource: arn,
    };
    const Policy = document(denial, { ...denial, Action: 'lambda:InvokeFunction' });
    const caller = new LambdaClient({ ...cloud.clientConfig, credentials: eve, maxAttempts: 1 });
    await caller.send(new InvokeCommand({ FunctionName }));
    await expect(
      caller.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const put = await lambda.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy }));
    expect(put.Policy).toBe(Policy);
    expect(await send(eve)).toEqual(forbidden);
    await expect(caller.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    // It took the place of what AddPermission had written.
    expect((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy).toBe(Policy);
    const got = await lambda.send(new GetResourcePolicyCommand({ ResourceArn: arn }));
    expect(got).toMatchObject({ Policy, RevisionId: put.RevisionId });
    await expect(
      lambda.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy, RevisionId: 'old' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailedException' });
    await expect(
      lambda.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy: 'no' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(
      lambda.send(new PutResourcePolicyCommand({ ResourceArn: `${arn}s`, Policy })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await lambda.send(new DeleteResourcePolicyCommand({ ResourceArn: arn }));
    expect((await send(eve))[0]).toBe(200);
    await expect(lambda.send(new GetResourcePolicyCommand({ ResourceArn: arn }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
