/** Code signing configurations: nobody here signs, so that Enforce refuses all code. */
import {
  CreateCodeSigningConfigCommand,
  CreateFunctionCommand,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCodeSigningConfigCommand,
  DeleteFunctionCommand,
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  LambdaClient,
  ListCodeSigningConfigsCommand,
  ListFunctionsByCodeSigningConfigCommand,
  ListTagsCommand,
  PutFunctionCodeSigningConfigCommand,
  TagResourceCommand,
  UpdateCodeSigningConfigCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
});
afterAll(() => cloud.close());

const profile = 'arn:aws:signer:us-east-1:000000000000:/signing-profiles/mine/abcdefghij';
const AllowedPublishers = { SigningProfileVersionArns: [profile] };
const code = () => zipped({ 'index.js': 'exports.handler = async () => 1' });

async function create(FunctionName: string, more: object = {}) {
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: await code() },
      ...more,
    }),
  );
}

const configure = async (more: object = {}) => {
  const command = new CreateCodeSigningConfigCommand({ AllowedPublishers, ...more });
  return (await lambda.send(command)).CodeSigningConfig?.CodeSigningConfigArn ?? '';
};
const unsigned = {
  name: 'CodeVerificationFailedException',
  message: expect.stringContaining('Check the provided signature for unsigned.'),
};

describe('a code signing configuration', () => {
  it('is created, changed, listed, tagged and deleted', async () => {
    const CodeSigningConfigArn = await configure({ Description: 'ours', Tags: { team: 'a' } });
    expect(CodeSigningConfigArn).toMatch(
      /^arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-[a-z0-9]{17}$/,
    );
    const get = new GetCodeSigningConfigCommand({ CodeSigningConfigArn });
    expect((await lambda.send(get)).CodeSigningConfig).toEqual({
      CodeSigningConfigId: CodeSigningConfigArn.split(':').at(-1),
      CodeSigningConfigArn,
      Description: 'ours',
      AllowedPublishers,
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
      LastModified: expect.stringMatching(/\+0000$/),
    });
    const CodeSigningPolicies = { UntrustedArtifactOnDeployment: 'Enforce' } as const;
    await lambda.send(new UpdateCodeSigningConfigCommand({ CodeSigningConfigArn, CodeSigningPolicies }));
    expect((await lambda.send(get)).CodeSigningConfig).toMatchObject({
      Description: 'ours',
      CodeSigningPolicies,
    });
    await lambda.send(new TagResourceCommand({ Resource: CodeSigningConfigArn, Tags: { stage: 'b' } }));
    expect((await lambda.send(new ListTagsCommand({ Resource: CodeSigningConfigArn }))).Tags).toEqual({
      team: 'a',
      stage: 'b',
    });
    const other = await configure();
    const first = await lambda.send(new ListCodeSigningConfigsCommand({ MaxItems: 1 }));
    const second = await lambda.send(
      new ListCodeSigningConfigsCommand({ MaxItems: 1, Marker: first.NextMarker }),
    );
    const listed = [first, second].flatMap(({ CodeSigningConfigs = [] }) => CodeSigningConfigs);
    expect(listed.map((one) => one.CodeSigningConfigArn).sort()).toEqual(
      [CodeSigningConfigArn, other].sort(),
    );
    expect(second.NextMarker).toBeUndefined();
    for (const arn of [CodeSigningConfigArn, other])
      await lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: arn }));
    await expect(lambda.send(get)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `The Lambda code signing configuration ${CodeSigningConfigArn} can not be found.`,
    });
  });

  it('that warns lets code pass; one that enforces refuses it', async () => {
    const CodeSigningConfigArn = await configure();
    await create('warned', { CodeSigningConfigArn, Publish: true });
    const FunctionName = 'warned';
    const get = new GetFunctionCodeSigningConfigCommand({ FunctionName });
    expect(await lambda.send(get)).toMatchObject({ CodeSigningConfigArn, FunctionName });
    const users = new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn });
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:warned';
    expect((await lambda.send(users)).FunctionArns).toEqual([arn]);
    const update = async () =>
      lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await code() }));
    await update();
    const CodeSigningPolicies = { UntrustedArtifactOnDeployment: 'Enforce' } as const;
    await lambda.send(new UpdateCodeSigningConfigCommand({ CodeSigningConfigArn, CodeSigningPolicies }));
    await expect(update()).rejects.toMatchObject(unsigned);
    await expect(create('refused', { CodeSigningConfigArn })).rejects.toMatchObject(unsigned);
    const gone = new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn });
    await expect(lambda.send(gone)).rejects.toMatchObject({ name: 'ResourceConflictException' });
    await lambda.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName }));
    expect((await lambda.send(get)).CodeSigningConfigArn).toBeUndefined();
    await update();
    await lambda.send(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn }));
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    expect((await lambda.send(users)).FunctionArns).toEqual([]);
    await lambda.send(gone);
    await expect(create('lost', { CodeSigningConfigArn })).rejects.toMatchObject({
      name: 'CodeSigningConfigNotFoundException',
    });
  });
});
