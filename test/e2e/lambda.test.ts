/** Lambda through the unmodified SDK, against a whole cloud. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { startGate } from '../../src/compute/gateFixture.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
const Role = 'arn:aws:iam::000000000000:role/functions';
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  const iam = new IAMClient(cloud.clientConfig);
  await iam.send(
    new CreateRoleCommand({ RoleName: 'functions', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
});
afterAll(() => cloud.close());

async function create(FunctionName: string, source: string, more: object = {}) {
  const created = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: await zipped({ 'index.js': source }) },
      ...more,
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
  return created;
}

async function invoke(FunctionName: string, event: unknown = {}, more: object = {}) {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString('utf8');
  return { ...answer, value: text === '' ? undefined : JSON.parse(text) };
}

const errorOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'no error',
    (error: { name: string; message: string; $metadata: { httpStatusCode: number } }) => ({
      name: error.name,
      message: error.message,
      status: error.$metadata.httpStatusCode,
    }),
  );

describe('functions', () => {
  it('are created, described, invoked, changed and deleted', async () => {
    const created = await create(
      'life',
      'exports.handler = async (e) => ({ was: e.say, table: process.env.TABLE })',
      {
        Environment: { Variables: { TABLE: 'orders' } },
        Tags: { team: 'a' },
      },
    );
    expect(created).toMatchObject({
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:life',
      Version: '$LATEST',
      MemorySize: 128,
      Timeout: 3,
    });
    const first = await invoke('life', { say: 'hi' }, { LogType: 'Tail' });
    expect(first).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      value: { was: 'hi', table: 'orders' },
    });
    expect(first.FunctionError).toBeUndefined();
    expect(Buffer.from(first.LogResult ?? '', 'base64').toString()).toMatch(
      /^START RequestId: \S+ Version: \$LATEST\nEND RequestId: \S+\nREPORT RequestId/,
    );
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'life',
        Environment: { Variables: { TABLE: 'two' } },
      }),
    );
    await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: 'life' });
    expect((await invoke('life', { say: 1 })).value).toEqual({ was: 1, table: 'two' });
    const ZipFile = await zipped({ 'index.js': 'exports.handler = async () => "new code"' });
    const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'life', ZipFile }));
    expect(updated.CodeSha256).not.toBe(created.CodeSha256);
    expect((await invoke('life')).value).toBe('new code');
    const described = await lambda.send(new GetFunctionCommand({ FunctionName: 'life' }));
    expect(described).toMatchObject({
      Configuration: {
        State: 'Active',
        LastUpdateStatus: 'Successful',
        Environment: { Variables: { TABLE: 'two' } },
      },
      Tags: { team: 'a' },
    });
    const archive = await fetch(described.Code?.Location as string);
    expect(new Uint8Array(await archive.arrayBuffer())).toEqual(new Uint8Array(ZipFile));
    expect((await fetch(`${described.Code?.Location}0`)).status).toBe(403);
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'life' }));
    expect(await errorOf(invoke('life'))).toEqual({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:life',
      status: 404,
    });
  });

  it('get credentials of their role', async () => {
    const source =
      'const { STSClient, GetCallerIdentityCommand } = (() => { try { return require("@aws-sdk/client-sts") } catch { return {} } })(); exports.handler = async () => ({ key: process.env.AWS_ACCESS_KEY_ID, token: !!process.env.AWS_SESSION_TOKEN, who: STSClient ? (await new STSClient().send(new GetCallerIdentityCommand({}))).Arn : undefined })';
    await create('whoami', source, { Timeout: 20, MemorySize: 256 });
    const { value } = await invoke('whoami');
    expect(value).toMatchObject({ key: expect.stringMatching(/^ASIA/), token: true });
    expect(value.who).toBe('arn:aws:sts::000000000000:assumed-role/functions/whoami');
  });

  it('answer errors as AWS does', async () => {
    await create(
      'fails',
      'exports.handler = async (e) => { if (e.slow) await new Promise((r) => setTimeout(r, 9000)); throw new Error("no") }',
      { Timeout: 1 },
    );
    const failed = await invoke('fails');
    expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(failed.value).toMatchObject({ errorType: 'Error', errorMessage: 'no' });
    const slow = await invoke('fails', { slow: true });
    expect(slow.value.errorMessage).toMatch(/Task timed out after 1.00 seconds$/);
    expect(await errorOf(create('fails', ''))).toMatchObject({
      name: 'ResourceConflictException',
      message: 'Function already exist: fails',
      status: 409,
    });
    expect(
      await errorOf(lambda.send(new InvokeCommand({ FunctionName: 'fails', Payload: '{"a":' }))),
    ).toMatchObject({
      name: 'InvalidRequestContentException',
      message: expect.stringContaining('Could not parse request body into json'),
      status: 400,
    });
    const notZip = {
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'i.h',
      Code: { ZipFile: Buffer.from('nope') },
    } as const;
    expect(
      await errorOf(lambda.send(new CreateFunctionCommand({ FunctionName: 'bad', ...notZip }))),
    ).toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Could not unzip uploaded file. Please check your file, then try to upload again.',
    });
    expect(await errorOf(create('cobol', '', { Runtime: 'cobol85' }))).toMatchObject({ status: 400 });
  });

  it('are listed in pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await create(name, 'exports.handler = async () => 1');
    const names: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await lambda.send(
        new ListFunctionsCommand({ MaxItems: 2, ...(Marker ? { Marker } : {}) }),
      );
      expect(page.Functions?.length).toBeLessThanOrEqual(2);
      names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName as string));
      Marker = page.NextMarker;
    } while (Marker);
    expect(names.filter((name) => name.startsWith('page-'))).toEqual(['page-a', 'page-b', 'page-c']);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('versions and aliases', () => {
  it('freeze and point', async () => {
    await create(
      'versioned',
      'exports.handler = async (e, c) => [1, c.functionVersion, c.invokedFunctionArn]',
    );
    const one = await lambda.send(new PublishVersionCommand({ FunctionName: 'versioned' }));
    expect(one.FunctionArn).toMatch(/:function:versioned:1$/);
    // Nothing has changed: the same version.
    expect((await lambda.send(new PublishVersionCommand({ FunctionName: 'versioned' }))).Version).toBe('1');
    const ZipFile = await zipped({ 'index.js': 'exports.handler = async (e, c) => [2, c.functionVersion]' });
    const two = await lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'versioned', ZipFile, Publish: true }),
    );
    expect(two.Version).toBe('2');
    const alias = { FunctionName: 'versioned', Name: 'live' };
    await lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: '1' }));
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:versioned:live';
    expect((await invoke('versioned:live')).value).toEqual([1, '1', arn]);
    await lambda.send(new UpdateAliasCommand({ ...alias, FunctionVersion: '2' }));
    expect(await invoke('versioned', {}, { Qualifier: 'live' })).toMatchObject({
      ExecutedVersion: '2',
      value: [2, '2'],
    });
    expect((await lambda.send(new GetAliasCommand(alias))).AliasArn).toBe(arn);
    const versions = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'versioned' }));
    expect(versions.Versions?.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
    const inUse = lambda.send(new DeleteFunctionCommand({ FunctionName: 'versioned', Qualifier: '2' }));
    expect(await errorOf(inUse)).toMatchObject({ name: 'ResourceConflictException' });
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'versioned', Qualifier: '1' }));
    expect(await errorOf(invoke('versioned:1'))).toMatchObject({ status: 404 });
    expect((await invoke('versioned:live')).value).toEqual([2, '2']);
  });

  it('share an alias by weight', async () => {
    await create('weighted', 'exports.handler = async (e, c) => c.functionVersion');
    await lambda.send(new PublishVersionCommand({ FunctionName: 'weighted' }));
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'weighted', Description: 'x' }));
    await lambda.send(new PublishVersionCommand({ FunctionName: 'weighted' }));
    const RoutingConfig = { AdditionalVersionWeights: { 2: 0.5 } };
    const alias = { FunctionName: 'weighted', Name: 'split', FunctionVersion: '1', RoutingConfig };
    await lambda.send(new CreateAliasCommand(alias));
    const seen = new Set<string>();
    for (let at = 0; at < 60 && seen.size < 2; at++) seen.add((await invoke('weighted:split')).value);
    expect([...seen].sort()).toEqual(['1', '2']);
  });
});

describe('settings around a function', () => {
  beforeAll(() => create('around', 'exports.handler = async (e) => e'));

  it('hold a policy', async () => {
    const FunctionName = 'around';
    const statement = {
      StatementId: 'api',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    };
    await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        ...statement,
        SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:x',
      }),
    );
    expect(
      await errorOf(lambda.send(new AddPermissionCommand({ FunctionName, ...statement }))),
    ).toMatchObject({
      name: 'ResourceConflictException',
    });
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    expect(JSON.parse(Policy ?? '')).toMatchObject({ Statement: [{ Sid: 'api', Effect: 'Allow' }] });
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'api' }));
    expect(await errorOf(lambda.send(new GetPolicyCommand({ FunctionName })))).toMatchObject({ status: 404 });
  });

  it('hold tags, reserved concurrency and account settings', async () => {
    const FunctionName = 'around';
    const { FunctionArn: Resource } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName }),
    );
    await lambda.send(new TagResourceCommand({ Resource, Tags: { a: '1' } }));
    expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ a: '1' });
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    expect(await errorOf(invoke(FunctionName))).toEqual({
      name: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      status: 429,
    });
    const tooMuch = new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 901 });
    expect(await errorOf(lambda.send(tooMuch))).toMatchObject({ name: 'InvalidParameterValueException' });
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect((await invoke(FunctionName, 5)).value).toBe(5);
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 });
  });

  it('bring layers', async () => {
    const ZipFile = await zipped({ 'nodejs/node_modules/dep/index.js': 'module.exports = "from the layer"' });
    const layer = await lambda.send(
      new PublishLayerVersionCommand({ LayerName: 'dep', Content: { ZipFile } }),
    );
    expect(layer.LayerVersionArn).toBe('arn:aws:lambda:us-east-1:000000000000:layer:dep:1');
    const Layers = [layer.LayerVersionArn as string];
    await create('layered', 'const dep = require("dep"); exports.handler = async () => dep', { Layers });
    expect((await invoke('layered')).value).toBe('from the layer');
    expect(await errorOf(create('unlayered', '', { Layers: [`${Layers[0]}0`] }))).toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });
});

describe('function URLs', () => {
  it('answer HTTP', async () => {
    const FunctionName = 'web';
    await create(
      FunctionName,
      'exports.handler = async (e) => ({ statusCode: 201, headers: { "x-path": e.rawPath }, cookies: ["a=1"], body: e.requestContext.http.method + " " + (e.body ?? "") })',
    );
    const made = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', Cors: { AllowOrigins: ['*'] } }),
    );
    expect(made.FunctionUrl).toMatch(/^http:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.localhost:\d+\/$/);
    const [, id] = /\/\/([a-z0-9]+)\./.exec(made.FunctionUrl ?? '') ?? [];
    const url = `${cloud.endpoint}/_aws/lambda-url/${id}/orders/7?x=1`;
    const headers = { origin: 'https://a.example' };
    const answer = await fetch(url, { method: 'POST', body: 'hello', headers });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe('POST hello');
    expect(answer.headers.get('x-path')).toBe('/orders/7');
    expect(answer.headers.get('set-cookie')).toBe('a=1');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect((await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))).FunctionUrl).toBe(
      made.FunctionUrl,
    );
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    expect((await fetch(url)).status).toBe(403);
  });
});

describe('response streaming', () => {
  const source =
    'exports.handler = awslambda.streamifyResponse(async (event, stream) => { const out = event.requestContext ? awslambda.HttpResponseStream.from(stream, { statusCode: 202, headers: { "x-a": "1" }, cookies: ["c=1"] }) : stream; out.write("one "); if (event.fail) throw new Error("half way"); if (event.gate) await fetch(event.gate); out.write("two"); out.end(); })';

  it('reaches the SDK while the function runs', async () => {
    await create('streams', source);
    // The function goes on once the first chunk is here.
    const gate = await startGate();
    const streamed = async (event: object) => {
      const answer = await lambda.send(
        new InvokeWithResponseStreamCommand({ FunctionName: 'streams', Payload: JSON.stringify(event) }),
      );
      const chunks: string[] = [];
      let complete: unknown;
      for await (const part of answer.EventStream ?? []) {
        if (part.PayloadChunk) {
          chunks.push(Buffer.from(part.PayloadChunk.Payload ?? []).toString());
          if (chunks.length > 1 || !('gate' in event)) continue;
          await gate.reached();
          gate.open();
        } else complete = part.InvokeComplete;
      }
      return { chunks, complete };
    };
    const whole = await streamed({ gate: gate.url });
    gate.close();
    expect(whole.chunks).toEqual(['one ', 'two']);
    expect(whole.complete).toEqual({});
    const broken = await streamed({ fail: true });
    expect(broken.chunks).toEqual(['one ']);
    expect(broken.complete).toMatchObject({
      ErrorCode: 'Unhandled',
      ErrorDetails: expect.stringContaining('half way'),
    });
    const buffered = await lambda.send(new InvokeCommand({ FunctionName: 'streams', Payload: '{}' }));
    expect(Buffer.from(buffered.Payload ?? []).toString()).toBe('one two');
  });

  it('reaches the browser through a function URL', async () => {
    await create('streams-web', source);
    const { FunctionUrl } = await lambda.send(
      new CreateFunctionUrlConfigCommand({
        FunctionName: 'streams-web',
        AuthType: 'NONE',
        InvokeMode: 'RESPONSE_STREAM',
      }),
    );
    const [, id] = /\/\/([a-z0-9]+)\./.exec(FunctionUrl ?? '') ?? [];
    const answer = await fetch(`${cloud.endpoint}/_aws/lambda-url/${id}/`);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('x-a')).toBe('1');
    expect(answer.headers.get('set-cookie')).toBe('c=1');
    expect(await answer.text()).toBe('one two');
  });
});

describe('asynchronous invocation', () => {
  it('runs once, in the background, and its lines arrive in the log', async () => {
    await create('background', 'exports.handler = async (e) => { console.log("got " + e.n) }');
    expect(await invoke('background', { n: 7 }, { InvocationType: 'Event' })).toMatchObject({
      StatusCode: 202,
    });
    expect((await invoke('background', { n: 8 }, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
    await cloud.settled();
    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    const { events } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: '/aws/lambda/background' }),
    );
    const messages = (events ?? []).map(({ message }) => message ?? '');
    expect(messages.filter((message) => message.includes('got 7'))).toHaveLength(1);
    expect(messages.filter((message) => message.includes('got 8'))).toHaveLength(0);
    expect(messages.filter((message) => message.startsWith('REPORT'))).toHaveLength(1);
  });

  it('is retried after one and two minutes, then sent where failures go', async () => {
    await create('sink', 'exports.handler = async (e) => { console.log(JSON.stringify(e)) }');
    await create('flaky', 'exports.handler = async () => { throw new Error("always") }');
    const sink = 'arn:aws:lambda:us-east-1:000000000000:function:sink';
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'flaky',
        DestinationConfig: { OnFailure: { Destination: sink } },
      }),
    );
    const config = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'flaky' }));
    expect(config.DestinationConfig?.OnFailure?.Destination).toBe(sink);
    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    const attempts = async () => {
      const { events } = await logs.send(
        new FilterLogEventsCommand({ logGroupName: '/aws/lambda/flaky', filterPattern: 'REPORT' }),
      );
      return events?.length ?? 0;
    };
    await invoke('flaky', { n: 1 }, { InvocationType: 'Event' });
    await cloud.settled();
    expect(await attempts()).toBe(1);
    await cloud.clock.advance(61_000);
    await cloud.settled();
    expect(await attempts()).toBe(2);
    await cloud.clock.advance(121_000);
    await cloud.settled();
    expect(await attempts()).toBe(3);
    await cloud.settled();
    const { events } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: '/aws/lambda/sink', filterPattern: 'RetriesExhausted' }),
    );
    expect(events).toHaveLength(1);
    const record = JSON.parse(events?.[0]?.message?.split('\t').at(-1) ?? '{}');
    expect(record).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorMessage: 'always' },
    });
  });
});
