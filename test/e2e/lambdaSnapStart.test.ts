/** SnapStart: versions that are initialized when they are published. https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourceCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  type Runtime,
  UpdateFunctionConfigurationCommand,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

const data = mkdtempSync(join(tmpdir(), 'brume-snapstart-'));
let cloud: Cloud;
let lambda: LambdaClient;
const open = async () => {
  cloud = await startCloud({ data });
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
};
beforeAll(open);
afterAll(async () => {
  await cloud.close();
  rmSync(data, { recursive: true, force: true });
});

const PublishedVersions = { ApplyOn: 'PublishedVersions' } as const;
const source = `
const at = process.hrtime.bigint();
const names = ['INITIALIZATION_TYPE', 'LOG_GROUP_NAME', 'LOG_STREAM_NAME', 'FUNCTION_VERSION'];
exports.handler = async () => [String(at), ...names.map((name) => process.env['AWS_LAMBDA_' + name])];`;

async function create(FunctionName: string, change: Partial<CreateFunctionCommandInput> = {}, code = source) {
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: await zipped({ 'index.js': code }) },
      SnapStart: PublishedVersions,
      ...change,
    }),
  );
}
const configuration = (FunctionName: string, Qualifier?: string) =>
  lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
const publish = (FunctionName: string) => lambda.send(new PublishVersionCommand({ FunctionName }));
const active = (FunctionName: string, Qualifier: string) =>
  waitUntilPublishedVersionActive(
    { client: lambda, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.1 },
    { FunctionName, Qualifier },
  );
const invoke = async (FunctionName: string, Qualifier?: string, LogType?: 'Tail') => {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Qualifier, LogType }));
  return {
    value: JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8')),
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8'),
  };
};

describe('a version published with SnapStart', () => {
  it('is Pending until it has been initialized, and On then', async () => {
    const created = await create('snapped');
    expect(created.SnapStart).toEqual({ ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' });
    const published = await publish('snapped');
    expect(published).toMatchObject({
      Version: '1',
      State: 'Pending',
      StateReasonCode: 'Creating',
      SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' },
    });
    await active('snapped', '1');
    expect(await configuration('snapped', '1')).toMatchObject({
      State: 'Active',
      LastUpdateStatus: 'Successful',
      SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' },
    });
    expect((await configuration('snapped')).SnapStart?.OptimizationStatus).toBe('Off');
  });

  it('is restored when it is invoked; $LATEST isn’t', async () => {
    const first = await invoke('snapped', '1', 'Tail');
    expect(first.value).toEqual([expect.any(String), 'snap-start', null, null, '1']);
    expect(first.log).toMatch(/REPORT .*\tRestore Duration: [\d.]+ ms\tBilled Restore Duration: \d+ ms\t\n$/);
    expect(first.log).not.toContain('Init Duration');
    // The same environment again: nothing to restore.
    const second = await invoke('snapped', '1', 'Tail');
    expect(second.value).toEqual(first.value);
    expect(second.log).not.toContain('Restore Duration');
    const latest = await invoke('snapped', undefined, 'Tail');
    expect(latest.value.slice(1)).toEqual([
      'on-demand',
      '/aws/lambda/snapped',
      expect.any(String),
      '$LATEST',
    ]);
    expect(latest.log).toContain('Init Duration');
  });

  it('is there again when the cloud is', async () => {
    await cloud.close();
    await open();
    expect((await configuration('snapped', '1')).SnapStart?.OptimizationStatus).toBe('On');
    expect((await invoke('snapped', '1')).value[1]).toBe('snap-start');
  });

  it('is Failed when its code can’t be loaded, and can’t be invoked', async () => {
    await create('broken', {}, `throw new RangeError('broken')`);
    await publish('broken');
    await expect.poll(async () => (await configuration('broken', '1')).State).toBe('Failed');
    expect(await configuration('broken', '1')).toMatchObject({
      StateReasonCode: 'FunctionError',
      StateReason: expect.stringContaining('RangeError'),
      LastUpdateStatus: 'Failed',
      SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' },
    });
    await expect(invoke('broken', '1')).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: expect.stringContaining('Failed'),
    });
  });

  it('isn’t invoked when a hook fails after the restore', async () => {
    const hook = `awslambda.registerAfterRestore(() => { throw new Error('no') }); exports.handler = async () => 1`;
    await create('hooked', { Publish: true }, hook);
    await active('hooked', '1');
    await expect(invoke('hooked', '1')).rejects.toMatchObject({ name: 'SnapStartException' });
  });

  it('has no provisioned concurrency', async () => {
    await expect(
      lambda.send(
        new PutProvisionedConcurrencyConfigCommand({
          FunctionName: 'snapped',
          Qualifier: '1',
          ProvisionedConcurrentExecutions: 1,
        }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Provisioned Concurrency is not supported for SnapStart enabled functions.',
    });
  });
});

describe('SnapStart', () => {
  it.each([
    ['python3.11', {}, 'python3.11 is'],
    ['ruby3.4', {}, 'ruby3.4 is'],
    ['provided.al2023', {}, 'provided.al2023 is'],
    ['java8.al2', {}, 'java8.al2 is'],
    ['python3.12', { EphemeralStorage: { Size: 513 } }, 'Ephemeral storage greater than 512 MB is'],
  ] as const)('is refused to functions in %s with %j', async (runtime, change, what) => {
    await expect(create('refused', { Runtime: runtime as Runtime, ...change })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: `${what} not supported for SnapStart enabled functions.`,
    });
  });

  it('can be turned on and off, and holds for versions published after that', async () => {
    await create('turned', { SnapStart: undefined, Publish: true });
    const update = (SnapStart: { ApplyOn: 'PublishedVersions' | 'None' }) =>
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'turned', SnapStart }));
    expect((await update(PublishedVersions)).SnapStart?.ApplyOn).toBe('PublishedVersions');
    await publish('turned');
    await active('turned', '2');
    await update({ ApplyOn: 'None' });
    await publish('turned');
    const statuses = await Promise.all(['1', '2', '3'].map((version) => configuration('turned', version)));
    expect(statuses.map(({ SnapStart }) => SnapStart)).toEqual([
      { ApplyOn: 'None', OptimizationStatus: 'Off' },
      { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' },
      { ApplyOn: 'None', OptimizationStatus: 'Off' },
    ]);
  });

  it('is a property of SAM functions; their stacks wait for the version', async () => {
    const cloudFormation = new CloudFormationClient({ ...cloud.clientConfig, maxAttempts: 1 });
    const StackName = 'snapstart';
    const TemplateBody = JSON.stringify({
      Transform: 'AWS::Serverless-2016-10-31',
      Resources: {
        Snapped: {
          Type: 'AWS::Serverless::Function',
          Properties: {
            FunctionName: 'sam-snapped',
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            InlineCode: source,
            AutoPublishAlias: 'live',
            SnapStart: PublishedVersions,
          },
        },
      },
    });
    const Capabilities = ['CAPABILITY_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const];
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities }));
    await waitUntilStackCreateComplete(
      { client: cloudFormation, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.2 },
      { StackName },
    );
    await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'SnappedAliaslive' }),
    );
    expect((await configuration('sam-snapped', 'live')).SnapStart?.OptimizationStatus).toBe('On');
    expect((await invoke('sam-snapped', 'live')).value[1]).toBe('snap-start');
  });
});
