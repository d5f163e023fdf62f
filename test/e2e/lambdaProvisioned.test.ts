/** Provisioned concurrency: environments that are up before the first invocation. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
});
afterAll(() => cloud.close());

const source = (answer: string) =>
  zipped({
    'index.js': `exports.handler = async () => ['${answer}', process.env.AWS_LAMBDA_INITIALIZATION_TYPE]`,
  });

async function create(FunctionName: string, code = source('one')) {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: await code },
      Publish: true,
    }),
  );
}

const put = (FunctionName: string, Qualifier: string, ProvisionedConcurrentExecutions: number) =>
  lambda.send(
    new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }),
  );
const get = (FunctionName: string, Qualifier: string) =>
  lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
const settled = (FunctionName: string, Qualifier: string, Status = 'READY') =>
  vi.waitFor(
    async () => {
      const found = await get(FunctionName, Qualifier);
      expect(found.Status).toBe(Status);
      return found;
    },
    { timeout: 60_000 },
  );
const invoke = async (FunctionName: string, Qualifier: string) => {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Qualifier }));
  return JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
};

describe('provisioned concurrency', () => {
  it('comes up, is used first, and goes', async () => {
    await create('ready');
    expect(await put('ready', '1', 2)).toMatchObject({
      Status: 'IN_PROGRESS',
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 0,
      AllocatedProvisionedConcurrentExecutions: 0,
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/),
    });
    expect(await settled('ready', '1')).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 2,
      AllocatedProvisionedConcurrentExecutions: 2,
    });
    expect(await invoke('ready', '1')).toEqual(['one', 'provisioned-concurrency']);
    expect(await invoke('ready', '$LATEST')).toEqual(['one', 'on-demand']);
    const list = new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'ready' });
    expect((await lambda.send(list)).ProvisionedConcurrencyConfigs).toMatchObject([
      { FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:ready:1', Status: 'READY' },
    ]);
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit?.UnreservedConcurrentExecutions).toBe(998);
    const gone = new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'ready', Qualifier: '1' });
    await lambda.send(gone);
    await lambda.send(gone);
    await expect(get('ready', '1')).rejects.toMatchObject({
      name: 'ProvisionedConcurrencyConfigNotFoundException',
      message: 'No Provisioned Concurrency Config found for this function',
    });
    expect(await invoke('ready', '1')).toEqual(['one', 'on-demand']);
  });

  it('follows its alias', async () => {
    await create('aliased');
    const alias = { FunctionName: 'aliased', Name: 'live' };
    await lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: '1' }));
    await put('aliased', 'live', 1);
    await settled('aliased', 'live');
    expect(await invoke('aliased', 'live')).toEqual(['one', 'provisioned-concurrency']);
    await lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'aliased', ZipFile: await source('two'), Publish: true }),
    );
    await lambda.send(new UpdateAliasCommand({ ...alias, FunctionVersion: '2' }));
    await settled('aliased', 'live');
    expect(await invoke('aliased', 'live')).toEqual(['two', 'provisioned-concurrency']);
    await expect(
      lambda.send(new UpdateAliasCommand({ ...alias, FunctionVersion: '$LATEST' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(put('aliased', '2', 1)).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: 'Version is pointed by a Provisioned Concurrency alias',
    });
    await lambda.send(new DeleteAliasCommand(alias));
    await expect(get('aliased', 'live')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:aliased:live',
    });
    await put('aliased', '2', 1);
    await settled('aliased', '2');
  });

  it('fails when the function can’t be initialized', async () => {
    await create('broken', zipped({ 'index.js': `throw new Error('no')` }));
    await put('broken', '1', 1);
    expect(await settled('broken', '1', 'FAILED')).toMatchObject({
      StatusReason: 'FUNCTION_ERROR_INIT_FAILURE',
      AllocatedProvisionedConcurrentExecutions: 0,
    });
  });

  it('is for versions and aliases, within what is reserved', async () => {
    await create('bounded');
    const refused = (name: string, message: string) => ({ name, message });
    await expect(put('bounded', '$LATEST', 1)).rejects.toMatchObject(
      refused(
        'InvalidParameterValueException',
        'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
      ),
    );
    await expect(get('bounded', '$LATEST')).rejects.toMatchObject(
      refused(
        'InvalidParameterValueException',
        'The function resource provided must be an alias or a published version.',
      ),
    );
    await expect(put('bounded', '7', 1)).rejects.toMatchObject(
      refused(
        'ResourceNotFoundException',
        'Function not found: arn:aws:lambda:us-east-1:000000000000:function:bounded:7',
      ),
    );
    await expect(put('bounded', '1', 0)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put('bounded', '1', 950)).rejects.toMatchObject(
      refused(
        'InvalidParameterValueException',
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      ),
    );
    const reserve = (ReservedConcurrentExecutions: number, FunctionName = 'bounded') =>
      lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    await expect(reserve(1, 'bounded:1')).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(/^This operation is permitted on Lambda functions only\./),
    });
    await reserve(1);
    await expect(put('bounded', '1', 2)).rejects.toMatchObject(
      refused(
        'InvalidParameterValueException',
        'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
      ),
    );
    await put('bounded', '1', 1);
    await settled('bounded', '1');
    await expect(reserve(0)).rejects.toMatchObject({
      message:
        " ReservedConcurrentExecutions  0 should not be lower than function's total provisioned concurrency [1].",
    });
    // What is reserved is provisioned for version 1: nothing is left for $LATEST.
    expect(await invoke('bounded', '1')).toEqual(['one', 'provisioned-concurrency']);
    await expect(invoke('bounded', '$LATEST')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    await lambda.send(new PublishVersionCommand({ FunctionName: 'bounded' }));
  });

  it('is there again after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'brume-provisioned-'));
    const first = await startCloud({ data: folder });
    try {
      lambda = new LambdaClient({ ...first.clientConfig, maxAttempts: 1 });
      await create('kept');
      await put('kept', '1', 1);
    } finally {
      await first.close();
    }
    const second = await startCloud({ data: folder });
    try {
      lambda = new LambdaClient({ ...second.clientConfig, maxAttempts: 1 });
      await settled('kept', '1');
      expect(await invoke('kept', '1')).toEqual(['one', 'provisioned-concurrency']);
    } finally {
      await second.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
