/** States of functions that last, and the waiters of the official clients that end with them. */
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActive,
  waitUntilFunctionActiveV2,
  waitUntilFunctionExists,
  waitUntilFunctionUpdated,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { boto3, python } from './support/clients.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let ZipFile: Uint8Array;
const FunctionName = 'slow';
const created = {
  State: 'Pending',
  StateReason: 'The function is being created.',
  StateReasonCode: 'Creating',
};
const updated = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
};

const hour = 3_600_000;

beforeAll(async () => {
  cloud = await startCloud({ lambda: { durations: { functionCreate: hour, functionUpdate: hour } } });
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  ZipFile = await zipped({ 'index.js': 'exports.handler = async () => 1' });
});
afterAll(() => cloud.close());

const create = (name: string) =>
  lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile },
    }),
  );
const waiting = () => ({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 });
/** Waits with a waiter that has seen the function on its way at least once. */
async function moved<T>(waiter: Promise<T>): Promise<T> {
  await lambda.send(new GetFunctionCommand({ FunctionName }));
  await cloud.clock.advance(hour);
  return waiter;
}
const conflict = (message: string) => ({ name: 'ResourceConflictException', message });

describe('a new function', () => {
  it('is Pending until it is Active', async () => {
    const answer = await create(FunctionName);
    expect(answer).toMatchObject(created);
    expect(answer.LastUpdateStatus).toBeUndefined();
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject(created);
    await waitUntilFunctionExists(waiting(), { FunctionName });
    const pending = conflict(
      'The operation cannot be performed at this time. The function is currently in the following state: Pending',
    );
    await expect(lambda.send(new PublishVersionCommand({ FunctionName }))).rejects.toMatchObject(pending);
    await expect(
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 4 })),
    ).rejects.toMatchObject(pending);
    await moved(waitUntilFunctionActiveV2(waiting(), { FunctionName }));
    await waitUntilFunctionActive(waiting(), { FunctionName });
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
    expect(Buffer.from(Payload ?? []).toString()).toBe('1');
  });
});

describe('an update', () => {
  it('of the configuration is InProgress until it is Successful', async () => {
    const answer = await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 4 }));
    expect(answer).toMatchObject(updated);
    const busy = conflict(
      'The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:slow',
    );
    await expect(lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }))).rejects.toMatchObject(
      busy,
    );
    await expect(lambda.send(new PublishVersionCommand({ FunctionName }))).rejects.toMatchObject(busy);
    await moved(waitUntilFunctionUpdatedV2(waiting(), { FunctionName }));
    await waitUntilFunctionUpdated(waiting(), { FunctionName });
  });

  it('of the code is as well, and what is published after it is Active', async () => {
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    await moved(waitUntilFunctionUpdatedV2(waiting(), { FunctionName }));
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
    await waitUntilPublishedVersionActive(waiting(), { FunctionName, Qualifier: Version });
  });
});

describe.skipIf(!boto3)('boto3', () => {
  it('waits with all its waiters, and pages', async () => {
    for (const name of ['paged-1', 'paged-2', 'paged-3']) await create(name);
    await cloud.clock.advance(hour);
    const program = `
import boto3, json
client = boto3.client('lambda')
for name in ['function_active', 'function_active_v2', 'function_exists', 'function_updated', 'function_updated_v2', 'published_version_active']:
    client.get_waiter(name).wait(FunctionName='slow')
pages = [[f['FunctionName'] for f in page['Functions']] for page in client.get_paginator('list_functions').paginate(PaginationConfig={'PageSize': 2})]
versions = [v['Version'] for page in client.get_paginator('list_versions_by_function').paginate(FunctionName='slow', PaginationConfig={'PageSize': 1}) for v in page['Versions']]
print(json.dumps([pages, versions, client.delete_function(FunctionName='paged-1')['ResponseMetadata']['HTTPStatusCode']]))
`;
    expect(await python(cloud.endpoint, program)).toEqual([
      [
        ['paged-1', 'paged-2'],
        ['paged-3', 'slow'],
      ],
      ['$LATEST', '1'],
      204,
    ]);
  });
});
