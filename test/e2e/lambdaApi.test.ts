/** What the API of Lambda says about itself: revisions, names, lists, refusals. */
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionCommand,
  GetPolicyCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListFunctionUrlConfigsCommand,
  ListLayersCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  paginateListAliases,
  paginateListFunctions,
  RemovePermissionCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let ZipFile: Uint8Array;
const FunctionName = 'subject';
const arn = 'arn:aws:lambda:us-east-1:000000000000:function:subject';

const create = (name: string, more: object = {}) =>
  lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile },
      ...more,
    }),
  );

beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  ZipFile = await zipped({ 'index.js': 'exports.handler = async () => 1' });
  await create(FunctionName);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
});
afterAll(() => cloud.close());

const stale = (api: string) => ({
  name: 'PreconditionFailedException',
  message: `The Revision Id provided does not match the latest Revision Id. Call the ${api} API to retrieve the latest Revision Id`,
  $metadata: { httpStatusCode: 412 },
});

describe('a revision', () => {
  const RevisionId = '00000000-0000-4000-8000-000000000000';

  it.each([
    ['UpdateFunctionCode', () => new UpdateFunctionCodeCommand({ FunctionName, ZipFile, RevisionId })],
    [
      'UpdateFunctionConfiguration',
      () => new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 4, RevisionId }),
    ],
    ['PublishVersion', () => new PublishVersionCommand({ FunctionName, RevisionId })],
    ['UpdateAlias', () => new UpdateAliasCommand({ FunctionName, Name: 'live', RevisionId })],
  ] as const)('that is not the latest is refused by %s', async (_operation, command) => {
    await expect(lambda.send(command() as UpdateAliasCommand)).rejects.toMatchObject(
      stale('GetFunction/GetAlias'),
    );
  });

  it('of a policy is that of its function until there is one', async () => {
    const adding = (StatementId: string, revision?: string) =>
      lambda.send(
        new AddPermissionCommand({
          FunctionName,
          StatementId,
          Action: 'lambda:InvokeFunction',
          Principal: 's3.amazonaws.com',
          ...(revision === undefined ? {} : { RevisionId: revision }),
        }),
      );
    await expect(adding('first', RevisionId)).rejects.toMatchObject(stale('GetPolicy'));
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    await adding('first', Configuration?.RevisionId);
    const { RevisionId: policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    await expect(
      lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'first', RevisionId })),
    ).rejects.toMatchObject(stale('GetPolicy'));
    await adding('second', policy);
    await expect(adding('third', policy)).rejects.toMatchObject(stale('GetPolicy'));
  });
});

describe('a function', () => {
  it('is described under the name it was asked by', async () => {
    const asked = async (Qualifier?: string) => {
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName, Qualifier }));
      return [Configuration?.FunctionArn, Configuration?.Version];
    };
    expect(await asked()).toEqual([arn, '$LATEST']);
    expect(await asked('$LATEST')).toEqual([`${arn}:$LATEST`, '$LATEST']);
    expect(await asked('1')).toEqual([`${arn}:1`, '1']);
    expect(await asked('live')).toEqual([`${arn}:live`, '1']);
    for (const name of ['function:subject', '000000000000:subject', '000000000000:function:subject', arn]) {
      const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      expect(found.FunctionArn, name).toBe(arn);
    }
  });

  it('has the runtime version that its runtime has here', async () => {
    const { RuntimeVersionConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(RuntimeVersionConfig?.RuntimeVersionArn).toMatch(
      /^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/,
    );
  });

  it('is listed without its states', async () => {
    const { Functions } = await lambda.send(new ListFunctionsCommand({}));
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
    for (const listed of [...(Functions ?? []), ...(Versions ?? [])]) {
      expect(listed.State).toBeUndefined();
      expect(listed.LastUpdateStatus).toBeUndefined();
      expect(listed.RuntimeVersionConfig).toBeUndefined();
      expect(listed.CodeSha256).toBeDefined();
    }
  });

  it('is nobody’s replica', async () => {
    const MasterRegion = 'us-east-1';
    const replicas = new ListFunctionsCommand({ MasterRegion, FunctionVersion: 'ALL' });
    expect((await lambda.send(replicas)).Functions).toEqual([]);
    await expect(lambda.send(new ListFunctionsCommand({ MasterRegion }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });

  it('is found on pages, its aliases too', async () => {
    for (const n of [1, 2, 3, 4]) {
      await create(`paged-${n}`);
      await lambda.send(new CreateAliasCommand({ FunctionName, Name: `a${n}`, FunctionVersion: '1' }));
    }
    const names: (string | undefined)[][] = [];
    for await (const page of paginateListFunctions({ client: lambda, pageSize: 2 }, {}))
      names.push((page.Functions ?? []).map((one) => one.FunctionName));
    expect(names).toEqual([['paged-1', 'paged-2'], ['paged-3', 'paged-4'], ['subject']]);
    const aliases: (string | undefined)[] = [];
    for await (const page of paginateListAliases({ client: lambda, pageSize: 2 }, { FunctionName })) {
      expect(page.Aliases?.length).toBeLessThanOrEqual(2);
      aliases.push(...(page.Aliases ?? []).map(({ Name }) => Name));
    }
    expect(aliases).toEqual(['a1', 'a2', 'a3', 'a4', 'live']);
    await expect(lambda.send(new ListFunctionsCommand({ MaxItems: 10_001 }))).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        "1 validation error detected: Value '10001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000",
    });
  });

  it('answers 204 when it is deleted', async () => {
    const { StatusCode, $metadata } = await lambda.send(
      new DeleteFunctionCommand({ FunctionName: 'paged-1' }),
    );
    expect([StatusCode, $metadata.httpStatusCode]).toEqual([204, 204]);
  });

  it('has tags, its versions and aliases have none', async () => {
    const refused = {
      name: 'InvalidParameterValueException',
      message: 'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    };
    await lambda.send(new TagResourceCommand({ Resource: arn, Tags: { a: 'b' } }));
    expect((await lambda.send(new ListTagsCommand({ Resource: arn }))).Tags).toEqual({ a: 'b' });
    await expect(lambda.send(new ListTagsCommand({ Resource: `${arn}:live` }))).rejects.toMatchObject(
      refused,
    );
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`tag${n}`, '']));
    await expect(lambda.send(new TagResourceCommand({ Resource: arn, Tags: many }))).rejects.toMatchObject({
      message: 'Number of tags exceeds resource tag limit.',
    });
  });

  it('records its network and its key, and drops them', async () => {
    const VpcConfig = { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] };
    const KMSKeyArn = 'arn:aws:kms:us-east-1:000000000000:key/k';
    const change = (settings: object) =>
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...settings }));
    expect(await change({ VpcConfig, KMSKeyArn })).toMatchObject({
      VpcConfig: { ...VpcConfig, Ipv6AllowedForDualStack: false },
      KMSKeyArn,
    });
    const dropped = await change({ VpcConfig: { SubnetIds: [], SecurityGroupIds: [] }, KMSKeyArn: '' });
    expect(dropped.VpcConfig).toBeUndefined();
    expect(dropped.KMSKeyArn).toBeUndefined();
  });
});

it('The URL of an alias goes with the alias', async () => {
  const target = { FunctionName, Qualifier: 'a1' };
  await lambda.send(new CreateFunctionUrlConfigCommand({ ...target, AuthType: 'NONE' }));
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'a1' }));
  const { FunctionUrlConfigs } = await lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }));
  expect(FunctionUrlConfigs).toEqual([]);
});

it('A layer is listed by the newest version that fits', async () => {
  const publish = (runtime: 'nodejs22.x' | 'python3.12') =>
    lambda.send(
      new PublishLayerVersionCommand({
        LayerName: 'fitting',
        Content: { ZipFile },
        CompatibleRuntimes: [runtime],
      }),
    );
  await publish('nodejs22.x');
  await publish('python3.12');
  const latest = async (CompatibleRuntime?: 'nodejs22.x' | 'ruby3.3') => {
    const { Layers } = await lambda.send(new ListLayersCommand({ CompatibleRuntime }));
    return Layers?.map(({ LatestMatchingVersion }) => LatestMatchingVersion?.Version);
  };
  expect(await latest()).toEqual([2]);
  expect(await latest('nodejs22.x')).toEqual([1]);
  expect(await latest('ruby3.3')).toEqual([]);
  await expect(
    lambda.send(new GetLayerVersionCommand({ LayerName: 'fitting', VersionNumber: 0 })),
  ).rejects.toMatchObject({ message: 'Layer Version Cannot be less than 1.' });
});
