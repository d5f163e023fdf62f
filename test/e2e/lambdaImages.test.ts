/** Functions that are container images, through the SDK and by stacks, over a stand-in for `docker`. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreateFunctionCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { fakeEngine } from '../../src/compute/container/testing/fakeEngine.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

const root = mkdtempSync(join(tmpdir(), 'brume-images-'));
const engine = fakeEngine(join(root, 'engine'));
const repository = '123456789012.dkr.ecr.us-east-1.amazonaws.com/orders';
const Role = 'arn:aws:iam::000000000000:role/functions';
const app = `
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
for (;;) {
  const next = await fetch(api + 'next');
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_EXECUTION_ENV: kind, _HANDLER: handler, OWN } = process.env;
  const me = await fetch(process.env.AWS_ENDPOINT_URL + '/_brume/health').then((r) => r.status, () => 0);
  const answer = { args: process.argv.slice(2), name, kind, handler, OWN, me, event: await next.json() };
  await fetch(api + id + '/response', { method: 'POST', body: JSON.stringify(answer) });
}`;

let count = 0;
function add(tag: string, change: object = {}): string {
  const folder = join(root, String(++count));
  mkdirSync(folder);
  writeFileSync(join(folder, 'app.mjs'), app);
  const digest = String(count).padStart(64, 'd');
  const image = {
    id: `sha256:${String(count).padStart(64, '0')}`,
    digests: [`${repository}@sha256:${digest}`],
    entryPoint: [process.execPath, join(folder, 'app.mjs')],
    command: [`of ${count}`],
    folder,
  };
  engine.add(`${repository}:${tag}`, { ...image, ...change });
  return digest;
}

let cloud: Cloud;
let lambda: LambdaClient;
beforeAll(async () => {
  vi.stubEnv('PATH', [engine.machine.path[0], process.env.PATH].join(delimiter));
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
});
afterAll(async () => {
  await cloud.close();
  vi.unstubAllEnvs();
  expect(engine.containers()).toEqual([]);
  rmSync(root, { recursive: true, force: true });
});

const create = (FunctionName: string, ImageUri: string, more: object = {}) =>
  lambda.send(
    new CreateFunctionCommand({ FunctionName, Role, PackageType: 'Image', Code: { ImageUri }, ...more }),
  );

async function invoke(FunctionName: string, event: unknown = {}, Qualifier?: string) {
  const input = { FunctionName, Payload: JSON.stringify(event), ...(Qualifier ? { Qualifier } : {}) };
  const { Payload } = await lambda.send(new InvokeCommand(input));
  return JSON.parse(Payload?.transformToString() ?? '');
}

describe('functions from images', () => {
  it('are made, described, invoked and updated as on AWS', async () => {
    const digest = add('7');
    const made = await create('orders', `${repository}:7`, {
      Timeout: 20,
      Environment: { Variables: { OWN: 'mine' } },
    });
    expect(made).toMatchObject({ PackageType: 'Image', CodeSha256: digest, CodeSize: 0 });
    expect(made).not.toHaveProperty('Runtime');
    expect(made).not.toHaveProperty('Handler');
    expect(made).not.toHaveProperty('RuntimeVersionConfig');
    expect(made).not.toHaveProperty('ImageConfigResponse');
    expect((await lambda.send(new GetFunctionCommand({ FunctionName: 'orders' }))).Code).toEqual({
      RepositoryType: 'ECR',
      ImageUri: `${repository}:7`,
      ResolvedImageUri: `${repository}@sha256:${digest}`,
    });
    const answer = await invoke('orders', { a: 'é' });
    expect(answer).toEqual({
      args: ['of 1'],
      name: 'orders',
      OWN: 'mine',
      me: expect.any(Number),
      event: { a: 'é' },
    });
    await lambda.send(new PublishVersionCommand({ FunctionName: 'orders' }));
    // What the tag means later changes nothing, until the function is told.
    add('7');
    expect(await invoke('orders')).toMatchObject({ args: ['of 1'] });
    const updated = await lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'orders', ImageUri: `${repository}:7` }),
    );
    expect(updated.CodeSha256).toBe('2'.padStart(64, 'd'));
    expect(await invoke('orders')).toMatchObject({ args: ['of 2'] });
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'orders',
        ImageConfig: { Command: ['x', 'y'] },
      }),
    );
    expect(await invoke('orders')).toMatchObject({ args: ['x', 'y'] });
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'orders' }));
    expect(Configuration?.ImageConfigResponse).toEqual({ ImageConfig: { Command: ['x', 'y'] } });
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'orders', ImageConfig: {} }));
    expect(await invoke('orders')).toMatchObject({ args: ['of 2'] });
  });

  it('refuse what images don’t have, in AWS’s words', async () => {
    const refused = (message: string) => ({ name: 'InvalidParameterValueException', message });
    const handler =
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.";
    await expect(create('no', 'a:1', { Handler: 'index.handler' })).rejects.toMatchObject(refused(handler));
    await expect(create('no', 'a:1', { Runtime: 'nodejs22.x' })).rejects.toMatchObject(refused(handler));
    await expect(create('no', 'not an image')).rejects.toMatchObject(
      refused('Source image not an image is not valid. Provide a valid source image.'),
    );
    await expect(
      lambda.send(new CreateFunctionCommand({ FunctionName: 'no', Role, PackageType: 'Image', Code: {} })),
    ).rejects.toMatchObject(refused('Please provide a source for function code.'));
    await expect(create('no', 'a:1', { PackageType: 'Zip' })).rejects.toMatchObject(
      refused('Runtime and Handler are mandatory parameters for functions created with deployment packages.'),
    );
    await expect(
      create('no', 'a:1', { PackageType: 'Zip', Runtime: 'nodejs22.x', Handler: 'index.handler' }),
    ).rejects.toMatchObject(refused('Please provide a source for function code.'));
    const ZipFile = await zipped({ 'index.js': 'exports.handler = async () => 1' });
    const Code = { ZipFile };
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'zip',
        Role,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code,
      }),
    );
    await expect(
      lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'zip', ImageUri: 'a:1' })),
    ).rejects.toMatchObject(
      refused("Please don't provide ImageUri when updating a function with packageType Zip."),
    );
    await create('image', 'somewhere.example/unknown:1');
    await expect(
      lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'image', ZipFile })),
    ).rejects.toMatchObject(
      refused('Please provide ImageUri when updating a function with packageType Image.'),
    );
    await expect(
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'image', Handler: 'x.y' })),
    ).rejects.toMatchObject(refused(handler));
    await expect(
      lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'image' })),
    ).rejects.toMatchObject(
      refused('Code signing is not supported for functions created with container images.'),
    );
    add('huge', { size: 11 * 1024 ** 3 });
    await expect(create('no', `${repository}:huge`)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });

  it('can be made before there is an image, and say so when they are invoked', async () => {
    await create('early', 'registry.example/early:1');
    const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: 'early' }));
    expect(Code).toEqual({ RepositoryType: 'ECR', ImageUri: 'registry.example/early:1' });
    await expect(invoke('early')).rejects.toMatchObject({
      name: 'InvalidRuntimeException',
      message: expect.stringContaining("registry.example/early:1 isn't on this machine"),
    });
  });

  it('are made by stacks, of CloudFormation’s types and of SAM’s', async () => {
    add('stacked');
    const uri = `${repository}:stacked`;
    const cloudFormation = new CloudFormationClient({ ...cloud.clientConfig, maxAttempts: 1 });
    const TemplateBody = JSON.stringify({
      Transform: 'AWS::Serverless-2016-10-31',
      Resources: {
        Plain: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: 'plain',
            PackageType: 'Image',
            Role,
            Timeout: 20,
            Code: { ImageUri: uri },
            ImageConfig: { Command: ['plain.handler'] },
          },
        },
        Sam: {
          Type: 'AWS::Serverless::Function',
          Properties: {
            FunctionName: 'sam',
            PackageType: 'Image',
            Timeout: 20,
            ImageUri: uri,
            ImageConfig: { Command: ['sam.handler'] },
          },
        },
      },
    });
    const Capabilities = ['CAPABILITY_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const];
    await cloudFormation.send(new CreateStackCommand({ StackName: 'images', TemplateBody, Capabilities }));
    await waitUntilStackCreateComplete(
      { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { StackName: 'images' },
    );
    expect(await invoke('plain')).toMatchObject({ args: ['plain.handler'], name: 'plain' });
    expect(await invoke('sam')).toMatchObject({ args: ['sam.handler'], name: 'sam' });
  });
});
