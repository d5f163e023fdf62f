/** Tenant isolation: an environment serves one tenant, which the function is told. */
import {
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  type Runtime,
  UpdateFunctionConfigurationCommand,
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

const counting = `
let calls = 0;
exports.handler = async (event, context) => ({ tenant: context.tenantId ?? null, calls: ++calls });`;
const countingPython = `
calls = 0
def handler(event, context):
    global calls
    calls += 1
    return {'tenant': context.tenant_id, 'calls': calls}`;

const create = async (
  FunctionName: string,
  files: Record<string, string>,
  Runtime: Runtime,
  more: object = { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } },
) =>
  lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Handler: 'index.handler',
      Code: { ZipFile: await zipped(files) },
      ...more,
    }),
  );

const invoke = async (FunctionName: string, TenantId?: string) => {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, TenantId }));
  return JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
};
const refused = (message: string) => ({ name: 'InvalidParameterValueException', message });
const needed =
  'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.';

describe('a function that keeps tenants apart', () => {
  it.each([
    ['nodejs22.x', { 'index.js': counting }],
    ['python3.12', { 'index.py': countingPython }],
  ] as const)('serves each from environments of its own (%s)', async (runtime, files) => {
    const name = `apart-${runtime.slice(0, 6)}`;
    await create(name, files, runtime);
    expect(await invoke(name, 'blue')).toEqual({ tenant: 'blue', calls: 1 });
    expect(await invoke(name, 'blue')).toEqual({ tenant: 'blue', calls: 2 });
    expect(await invoke(name, 'green')).toEqual({ tenant: 'green', calls: 1 });
    expect(await invoke(name, 'blue')).toEqual({ tenant: 'blue', calls: 3 });
    // A change of the function reaches every tenant.
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Timeout: 5 }));
    expect(await invoke(name, 'blue')).toEqual({ tenant: 'blue', calls: 1 });
    expect(await invoke(name, 'green')).toEqual({ tenant: 'green', calls: 1 });
  });

  it('says so, and is invoked with a tenant only', async () => {
    await create('strict', { 'index.js': counting }, 'nodejs22.x');
    const { TenancyConfig } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'strict' }),
    );
    expect(TenancyConfig).toEqual({ TenantIsolationMode: 'PER_TENANT' });
    await expect(invoke('strict')).rejects.toMatchObject(refused(needed));
    await expect(
      lambda.send(new InvokeCommand({ FunctionName: 'strict', InvocationType: 'Event' })),
    ).rejects.toMatchObject(refused(needed));
    await expect(
      lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'strict' })),
    ).rejects.toMatchObject(refused(needed));
    await expect(invoke('strict', 'no|pipes')).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("Value 'no|pipes' at 'tenantId' failed to satisfy constraint"),
    });
  });

  it('has neither a URL nor provisioned concurrency', async () => {
    const FunctionName = 'strict';
    await expect(
      lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    const { Version: Qualifier } = await lambda.send(new PublishVersionCommand({ FunctionName }));
    await expect(
      lambda.send(
        new PutProvisionedConcurrencyConfigCommand({
          FunctionName,
          Qualifier,
          ProvisionedConcurrentExecutions: 1,
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });
});

it('A function without tenants takes none', async () => {
  await create('shared', { 'index.js': counting }, 'nodejs22.x', {});
  expect(await invoke('shared')).toEqual({ tenant: null, calls: 1 });
  await expect(invoke('shared', 'blue')).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
});
