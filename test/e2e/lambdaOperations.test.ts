/** Operations of Lambda that other tests only pass by: settings of asynchronous invocations, function URLs and layers. Through the official SDK. */
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionEventInvokeConfigCommand,
  DeleteFunctionUrlConfigCommand,
  DeleteLayerVersionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  LambdaClient,
  ListFunctionEventInvokeConfigsCommand,
  ListFunctionUrlConfigsCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  paginateListFunctionEventInvokeConfigs,
  paginateListLayerVersions,
  type Runtime,
  UpdateFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

const FunctionName = 'worker';
const arn = `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`;
let cloud: Cloud;
let lambda: LambdaClient;
let ZipFile: Uint8Array;

beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  const iam = new IAMClient(cloud.clientConfig);
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'functions',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  iam.destroy();
  ZipFile = await zipped({ 'index.js': 'exports.handler = async () => 1' });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: Role?.Arn,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 1 }, { FunctionName });
});
afterAll(async () => {
  lambda.destroy();
  await cloud.close();
});

const missing = (message: string) => ({
  name: 'ResourceNotFoundException',
  message,
  $metadata: { httpStatusCode: 404 },
});
const noFunction = missing(`Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody`);

describe('settings of asynchronous invocations', () => {
  it('change by what an update names, are listed by version, and deleted', async () => {
    const none = missing(`The function ${arn}:$LATEST doesn't have an EventInvokeConfig`);
    const update = (more: object) =>
      lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, ...more }));
    const shown = () => lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    await expect(update({ MaximumRetryAttempts: 1 })).rejects.toMatchObject(none);
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 60 }),
    );
    await update({ MaximumRetryAttempts: 0 });
    expect(await shown()).toMatchObject({
      FunctionArn: `${arn}:$LATEST`,
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnSuccess: {}, OnFailure: {} },
    });
    await expect(update({})).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(update({ MaximumRetryAttempts: 3 })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
    await lambda.send(new PublishVersionCommand({ FunctionName }));
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: '1', MaximumRetryAttempts: 2 }),
    );
    const arns = [];
    for await (const { FunctionEventInvokeConfigs } of paginateListFunctionEventInvokeConfigs(
      { client: lambda, pageSize: 1 },
      { FunctionName },
    )) {
      expect(FunctionEventInvokeConfigs).toHaveLength(1);
      arns.push(FunctionEventInvokeConfigs?.[0]?.FunctionArn);
    }
    expect(arns.sort()).toEqual([`${arn}:$LATEST`, `${arn}:1`]);
    const remove = () => lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
    await remove();
    await expect(shown()).rejects.toMatchObject(none);
    await expect(remove()).rejects.toMatchObject(none);
    const left = await lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName }));
    expect(left.FunctionEventInvokeConfigs?.map((one) => one.FunctionArn)).toEqual([`${arn}:1`]);
  });

  it('belong to functions that there are', async () => {
    const nobody = { FunctionName: 'nobody' };
    for (const send of [
      () => lambda.send(new UpdateFunctionEventInvokeConfigCommand({ ...nobody, MaximumRetryAttempts: 1 })),
      () => lambda.send(new DeleteFunctionEventInvokeConfigCommand(nobody)),
      () => lambda.send(new ListFunctionEventInvokeConfigsCommand(nobody)),
    ]) {
      await expect(send()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
    await expect(lambda.send(new ListFunctionEventInvokeConfigsCommand(nobody))).rejects.toMatchObject(
      noFunction,
    );
  });
});

describe('function URLs', () => {
  it('are gone once they are deleted, and have another address when they are made anew', async () => {
    const { FunctionUrl = '' } = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }),
    );
    const shown = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
    expect(shown.FunctionUrl).toBe(FunctionUrl);
    const remove = () => lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    await remove();
    const gone = missing('The resource you requested does not exist.');
    await expect(lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))).rejects.toMatchObject(gone);
    await expect(remove()).rejects.toMatchObject(gone);
    const { FunctionUrlConfigs } = await lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }));
    expect(FunctionUrlConfigs).toEqual([]);
    const again = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }),
    );
    expect(again.FunctionUrl).not.toBe(FunctionUrl);
  });
});

describe('layers', () => {
  const LayerName = 'shared';
  const layerArn = `arn:aws:lambda:us-east-1:000000000000:layer:${LayerName}`;
  const publish = (Description: string, runtime: Runtime) =>
    lambda.send(
      new PublishLayerVersionCommand({
        LayerName,
        Description,
        Content: { ZipFile },
        CompatibleRuntimes: [runtime],
      }),
    );

  it('are listed newest first, found by ARN, and deleted version by version, whose numbers don’t come again', async () => {
    await publish('first', 'nodejs22.x');
    await publish('second', 'python3.12');
    const versions = async (more: object = {}) =>
      (await lambda.send(new ListLayerVersionsCommand({ LayerName, ...more }))).LayerVersions?.map(
        ({ Version }) => Version,
      );
    expect(await versions()).toEqual([2, 1]);
    expect(await versions({ CompatibleRuntime: 'nodejs22.x' })).toEqual([1]);
    expect(await versions({ LayerName: 'unknown' })).toEqual([]);
    const pages = [];
    for await (const { LayerVersions } of paginateListLayerVersions(
      { client: lambda, pageSize: 1 },
      { LayerName },
    )) {
      pages.push(LayerVersions?.map(({ LayerVersionArn }) => LayerVersionArn));
    }
    expect(pages).toEqual([[`${layerArn}:2`], [`${layerArn}:1`]]);

    const byArn = (Arn: string) => lambda.send(new GetLayerVersionByArnCommand({ Arn }));
    expect(await byArn(`${layerArn}:1`)).toMatchObject({
      LayerArn: layerArn,
      LayerVersionArn: `${layerArn}:1`,
      Version: 1,
      Description: 'first',
      CompatibleRuntimes: ['nodejs22.x'],
      Content: { CodeSize: ZipFile.length },
    });
    await expect(byArn(`${layerArn}:9`)).rejects.toMatchObject(
      missing('The resource you requested does not exist.'),
    );

    const second = { LayerName, VersionNumber: 2 };
    await lambda.send(new DeleteLayerVersionCommand(second));
    expect(await versions()).toEqual([1]);
    await expect(lambda.send(new GetLayerVersionCommand(second))).rejects.toMatchObject(
      missing('The resource you requested does not exist.'),
    );
    const { Layers } = await lambda.send(new ListLayersCommand({}));
    expect(Layers?.map(({ LatestMatchingVersion }) => LatestMatchingVersion?.Version)).toEqual([1]);
    // What is gone is deleted without complaint.
    await lambda.send(new DeleteLayerVersionCommand(second));
    expect((await publish('third', 'nodejs22.x')).Version).toBe(3);
    await expect(
      lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 0 })),
    ).rejects.toMatchObject({ message: 'Layer Version Cannot be less than 1.' });
  });
});
