import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import { account, functionUri, region, startOfTime } from '../testing/toyCloud.ts';
import { openSocketCloud, type SocketCloud } from './testing/socketCloud.ts';

let cloud: SocketCloud;
let ApiId: string;
const path = (rest = '') => `/_aws/execute-api/${ApiId}/dev${rest}`;
const idPattern = /^[\w-]{15}=$/;

async function create(operation: string, input: object): Promise<Record<string, string>> {
  return cloud.call(operation, { ApiId, ...input });
}

/** A route to an integration of its own. */
async function route(
  RouteKey: string,
  integration: object | undefined,
  { answers = false, ...settings }: { answers?: boolean } & Record<string, unknown> = {},
): Promise<{ IntegrationId: string | undefined; RouteId: string | undefined }> {
  const made = integration && (await create('CreateIntegration', integration));
  const target = made ? { Target: `integrations/${made.IntegrationId}` } : {};
  const { RouteId } = await create('CreateRoute', { RouteKey, ...target, ...settings });
  if (answers) await create('CreateRouteResponse', { RouteId, RouteResponseKey: '$default' });
  return { IntegrationId: made?.IntegrationId, RouteId };
}

const proxy = (name: string) => ({
  IntegrationType: 'AWS_PROXY',
  IntegrationMethod: 'POST',
  IntegrationUri: functionUri(name),
});

async function stage(settings: object = {}): Promise<void> {
  await create('CreateStage', { StageName: 'dev', AutoDeploy: true, ...settings });
}

const eventsOf = (name: string) =>
  cloud.invocations.filter((call) => call.functionName.endsWith(`:${name}`)).map((call) => call.event);

beforeEach(async () => {
  cloud = await openSocketCloud(new MemoryStore());
  const api = await cloud.call<{ ApiId: string }>('CreateApi', {
    Name: 'chat',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  });
  ApiId = api.ApiId;
});

afterEach(async () => {
  await cloud.close();
});

describe('the events of a connection', () => {
  it('are those of AWS', async () => {
    for (const name of ['connect', 'message', 'disconnect']) {
      cloud.functions.set(name, () => ({ statusCode: 200 }));
    }
    await route('$connect', proxy('connect'));
    await route('$default', proxy('message'));
    await route('$disconnect', proxy('disconnect'));
    await stage({ StageVariables: { color: 'blue' } });
    const client = await cloud.connect(`${path()}?room=1&room=2`, {
      headers: { 'User-Agent': 'agent', 'X-Many': 'a' },
    });
    client.socket.send('Hällo');
    await expect.poll(() => eventsOf('message')).toHaveLength(1);
    client.socket.close(4001, 'enough');
    await expect.poll(() => eventsOf('disconnect')).toHaveLength(1);

    const [connected] = eventsOf('connect') as [Record<string, Record<string, string>>];
    const connectionId = connected.requestContext?.connectionId;
    expect(connectionId).toMatch(idPattern);
    const common = {
      messageDirection: 'IN',
      stage: 'dev',
      connectedAt: startOfTime,
      requestTime: '12/Mar/2020:19:03:58 +0000',
      requestTimeEpoch: startOfTime,
      identity: { userAgent: 'agent', sourceIp: '127.0.0.1' },
      requestId: expect.stringMatching(idPattern),
      extendedRequestId: expect.stringMatching(idPattern),
      domainName: `127.0.0.1:${cloud.port}`,
      connectionId,
      apiId: ApiId,
    };
    expect(connected).toEqual({
      headers: expect.objectContaining({
        Host: `127.0.0.1:${cloud.port}`,
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': expect.stringMatching(/==$/),
        'User-Agent': 'agent',
        'X-Many': 'a',
        'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-/),
        'X-Forwarded-For': '127.0.0.1',
        'X-Forwarded-Port': '4566',
        'X-Forwarded-Proto': 'http',
      }),
      multiValueHeaders: expect.objectContaining({ 'X-Many': ['a'] }),
      queryStringParameters: { room: '2' },
      multiValueQueryStringParameters: { room: ['1', '2'] },
      requestContext: { ...common, routeKey: '$connect', eventType: 'CONNECT' },
      stageVariables: { color: 'blue' },
      isBase64Encoded: false,
    });
    expect(connected.headers).not.toHaveProperty('Upgrade');
    expect(eventsOf('message')).toEqual([
      {
        requestContext: {
          ...common,
          routeKey: '$default',
          eventType: 'MESSAGE',
          messageId: expect.stringMatching(idPattern),
        },
        stageVariables: { color: 'blue' },
        body: 'Hällo',
        isBase64Encoded: false,
      },
    ]);
    expect(eventsOf('disconnect')).toEqual([
      {
        headers: {
          Host: `127.0.0.1:${cloud.port}`,
          'x-api-key': '',
          'X-Forwarded-For': '127.0.0.1',
          'x-restapi': '',
        },
        multiValueHeaders: {
          Host: [`127.0.0.1:${cloud.port}`],
          'x-api-key': [''],
          'X-Forwarded-For': ['127.0.0.1'],
          'x-restapi': [''],
        },
        requestContext: {
          ...common,
          routeKey: '$disconnect',
          eventType: 'DISCONNECT',
          disconnectStatusCode: 4001,
          disconnectReason: 'enough',
        },
        stageVariables: { color: 'blue' },
        isBase64Encoded: false,
      },
    ]);
    const sources = cloud.invocations.map(({ principal }) => (principal as { sourceArn?: string }).sourceArn);
    const arn = `arn:aws:execute-api:${region}:${account}:${ApiId}/dev`;
    expect(sources).toEqual([`${arn}/$connect`, `${arn}/$default`, `${arn}/$disconnect`]);
    // One way: nobody has said anything to the client.
    expect(client.unread).toBe(0);
  });

  it('say why a connection ended', async () => {
    cloud.functions.set('gone', () => ({ statusCode: 200 }));
    await route('$disconnect', proxy('gone'));
    await stage();
    const ends: [code: number, reason: string][] = [];
    const quiet = await cloud.connect(path());
    quiet.socket.close();
    await expect.poll(() => eventsOf('gone').length).toBe(1);
    const torn = await cloud.connect(path());
    torn.socket.terminate();
    await expect.poll(() => eventsOf('gone').length).toBe(2);
    for (const event of eventsOf('gone')) {
      const { disconnectStatusCode, disconnectReason } = event.requestContext as Record<string, unknown>;
      ends.push([disconnectStatusCode as number, disconnectReason as string]);
    }
    expect(ends).toEqual([
      [1005, 'Client-side close frame status not set'],
      [1006, 'Connection Closed Abnormally'],
    ]);
  });
});

describe('routes', () => {
  beforeEach(async () => {
    cloud.functions.set('echo', (event) => {
      const { routeKey } = event.requestContext as { routeKey: string };
      return { statusCode: 200, body: `${routeKey} ${String(event.body)}` };
    });
    await route('join', proxy('echo'), { answers: true });
    await route('7', proxy('echo'), { answers: true });
  });

  it('are chosen by the selection expression; what has none is forbidden', async () => {
    await stage();
    const client = await cloud.connect(path());
    expect(await client.ask({ action: 'join' })).toBe('join {"action":"join"}');
    expect(await client.ask({ action: 7 })).toBe('7 {"action":7}');
    for (const message of ['', 'join', '{"action":"leave"}', '[]', '{"action":{"a":1}}', '{broken']) {
      expect(await client.ask(message)).toMatch(
        /^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
      );
    }
    expect(await client.ask({ action: '$connect' })).toContain('"Forbidden"');
  });

  it('fall back to $default', async () => {
    await route('$default', proxy('echo'), { answers: true });
    await stage();
    const client = await cloud.connect(path());
    expect(await client.ask('plain')).toBe('$default plain');
    expect(await client.ask({ action: 'leave' })).toBe('$default {"action":"leave"}');
    expect(await client.ask({ action: '$disconnect' })).toContain('$default');
  });

  it('may be chosen by any part of the body, and by several', async () => {
    await cloud.call('UpdateApi', {
      ApiId,
      RouteSelectionExpression: '${request.body.meta.kind}-${request.body.list[0]}',
    });
    await route('a-b', proxy('echo'), { answers: true });
    await stage();
    const client = await cloud.connect(path());
    expect(await client.ask({ meta: { kind: 'a' }, list: ['b'] })).toMatch(/^a-b /);
  });

  it('answer without order, and only when they have a route response', async () => {
    let release = () => {};
    cloud.functions.set('slow', async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { statusCode: 200, body: 'slow' };
    });
    await route('slow', proxy('slow'), { answers: true });
    await route('mute', proxy('echo'));
    await stage();
    const client = await cloud.connect(path());
    client.socket.send('{"action":"slow"}');
    client.socket.send('{"action":"mute"}');
    expect(await client.ask({ action: 'join' })).toMatch(/^join/);
    release();
    expect(await client.next()).toBe('slow');
    expect(client.unread).toBe(0);
  });

  it('tell of functions that fail, are late, or answer with nothing', async () => {
    cloud.functions.set('boom', () => {
      throw new Error('boom');
    });
    cloud.functions.set('nothing', () => null);
    cloud.functions.set('late', () => new Promise(() => {}));
    for (const name of ['boom', 'nothing', 'absent', 'late']) await route(name, proxy(name));
    await stage();
    const client = await cloud.connect(path());
    for (const action of ['boom', 'nothing', 'absent']) {
      expect(await client.ask({ action })).toContain('{"message": "Internal server error", "connectionId":');
    }
    client.socket.send('{"action":"late"}');
    await expect.poll(() => eventsOf('late')).toHaveLength(1);
    await cloud.clock.advance(29_000);
    expect(await client.next()).toContain('{"message": "Endpoint request timed out"');
  });

  it('are throttled by the stage, each by its own settings where it has some', async () => {
    await route('own', proxy('echo'), { answers: true });
    await stage({
      DefaultRouteSettings: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 },
      RouteSettings: { own: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 3 } },
    });
    const client = await cloud.connect(path());
    const said: string[] = [];
    for (let i = 0; i < 3; i++) said.push(await client.ask({ action: 'join' }));
    for (let i = 0; i < 4; i++) said.push(await client.ask({ action: 'own' }));
    expect(said.map((text) => text.includes('"message": "Too Many Requests"'))).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
      true,
    ]);
    await cloud.clock.advance(1000);
    expect(await client.ask({ action: 'join' })).toMatch(/^join/);
  });

  it('check messages against models', async () => {
    await create('CreateModel', {
      Name: 'Line',
      ContentType: 'application/json',
      Schema: '{"type":"object","required":["text"],"properties":{"text":{"type":"string"}}}',
    });
    await route('say', proxy('echo'), {
      answers: true,
      ModelSelectionExpression: '$request.body.action',
      RequestModels: { say: 'Line' },
    });
    await stage();
    const client = await cloud.connect(path());
    expect(await client.ask({ action: 'say' })).toContain('"message": "Invalid request body"');
    expect(await client.ask({ action: 'say', text: 'hi' })).toMatch(/^say/);
  });
});

describe('handshakes', () => {
  it('need an API and a stage that is deployed', async () => {
    await expect(cloud.connect(path())).rejects.toMatchObject({
      status: 403,
      body: '{"message":"Forbidden"}',
    });
    await route('$default', undefined);
    await create('CreateStage', { StageName: 'dev' });
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 403 });
    await create('CreateDeployment', { StageName: 'dev' });
    await cloud.connect(path());
    await expect(cloud.connect(path('/more'))).rejects.toMatchObject({ status: 403 });
    await expect(cloud.connect('/_aws/execute-api/none/dev')).rejects.toMatchObject({ status: 403 });
    expect(await cloud.fetch(path())).toMatchObject({ status: 426 });
    await cloud.call('UpdateApi', { ApiId, DisableExecuteApiEndpoint: true });
    await create('CreateDeployment', { StageName: 'dev' });
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 403 });
  });

  it('answer at the host of the API, too', async () => {
    await route('$default', undefined);
    await stage();
    const client = await cloud.connect('/dev', {
      headers: { host: `${ApiId}.execute-api.${region}.amazonaws.com` },
    });
    client.socket.close();
  });

  it('take the status that $connect answers, and its subprotocol', async () => {
    let answer: object = {};
    cloud.functions.set('connect', () => answer);
    await route('$connect', proxy('connect'));
    await stage();
    answer = { statusCode: 401, body: 'no' };
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 401, body: '' });
    answer = { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'graphql-ws' } };
    const client = await cloud.connect(path(), { protocols: ['other', 'graphql-ws'] });
    expect(client.socket.protocol).toBe('graphql-ws');
    answer = { statusCode: 'x' };
    await expect(cloud.connect(path())).rejects.toMatchObject({
      status: 502,
      body: expect.stringContaining('"message": "Internal server error"'),
    });
    cloud.functions.set('connect', () => {
      throw new Error('boom');
    });
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 502 });
    cloud.functions.delete('connect');
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 500 });
    cloud.functions.set('connect', () => new Promise(() => {}));
    const before = eventsOf('connect').length;
    const late = expect(cloud.connect(path())).rejects.toMatchObject({ status: 504 });
    await expect.poll(() => eventsOf('connect').length).toBe(before + 1);
    await cloud.clock.advance(29_000);
    await late;
  });

  it('ask the authorizer, whose context all events carry', async () => {
    const policy = (Effect: string) => ({
      principalId: 'me',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect, Action: 'execute-api:Invoke', Resource: `arn:aws:execute-api:*:*:${ApiId}/dev/*` },
        ],
      },
      context: { tier: 1, ok: true },
    });
    let verdict: () => object = () => policy('Allow');
    cloud.functions.set('authorizer', () => verdict());
    cloud.functions.set('echo', (event) => ({
      statusCode: 200,
      body: JSON.stringify((event.requestContext as { authorizer: object }).authorizer),
    }));
    const { AuthorizerId } = await create('CreateAuthorizer', {
      Name: 'a',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: functionUri('authorizer'),
      IdentitySource: ['route.request.header.Auth', 'route.request.querystring.token'],
    });
    await route('$connect', undefined, { AuthorizationType: 'CUSTOM', AuthorizerId });
    await route('$default', proxy('echo'), { answers: true });
    await stage();
    const open = () => cloud.connect(`${path()}?token=t`, { headers: { Auth: 'secret' } });
    await expect(cloud.connect(`${path()}?token=t`)).rejects.toMatchObject({
      status: 401,
      body: expect.stringMatching(/^\{"message": "Unauthorized", "connectionId":"/),
    });
    expect(eventsOf('authorizer')).toEqual([]);
    const client = await open();
    expect(eventsOf('authorizer')).toEqual([
      {
        type: 'REQUEST',
        methodArn: `arn:aws:execute-api:${region}:${account}:${ApiId}/dev/$connect`,
        headers: expect.objectContaining({ Auth: 'secret' }),
        multiValueHeaders: expect.objectContaining({ Auth: ['secret'] }),
        queryStringParameters: { token: 't' },
        multiValueQueryStringParameters: { token: ['t'] },
        stageVariables: {},
        requestContext: expect.objectContaining({ eventType: 'CONNECT', routeKey: '$connect', apiId: ApiId }),
      },
    ]);
    expect(JSON.parse(await client.ask('x'))).toEqual({ principalId: 'me', tier: '1', ok: 'true' });
    verdict = () => policy('Deny');
    await expect(open()).rejects.toMatchObject({
      status: 403,
      body: expect.stringContaining('User is not authorized to access this resource with an explicit deny'),
    });
    verdict = () => {
      throw new Error('Unauthorized');
    };
    await expect(open()).rejects.toMatchObject({ status: 401 });
    verdict = () => ({});
    await expect(open()).rejects.toMatchObject({ status: 500 });
  });

  it('are signed where the route asks for AWS_IAM', async () => {
    const asked: unknown[] = [];
    await route('$connect', undefined, { AuthorizationType: 'AWS_IAM' });
    await stage();
    cloud.authorize = async (_request, question) => {
      asked.push(question);
      const arn = `arn:aws:iam::${account}:user/ann`;
      const principal = { type: 'user' as const, account, arn, userName: 'ann', userId: 'AID' };
      return { principal, allowed: asked.length === 1 };
    };
    await expect(cloud.connect(path())).rejects.toMatchObject({
      status: 403,
      body: expect.stringContaining('Missing Authentication Token'),
    });
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=x' };
    await cloud.connect(path(), { headers });
    expect(asked[0]).toMatchObject({
      signingName: 'execute-api',
      action: 'execute-api:Invoke',
      resources: [`arn:aws:execute-api:${region}:${account}:${ApiId}/dev/$connect`],
    });
    await expect(cloud.connect(path(), { headers })).rejects.toMatchObject({
      status: 403,
      body: expect.stringContaining('is not authorized to perform: execute-api:Invoke on resource'),
    });
  });

  it('need an API key where the route does, and count for its plan', async () => {
    await route('$connect', undefined, { ApiKeyRequired: true });
    await stage();
    const key = await cloud.call<{ id: string; value: string }>('CreateApiKey', { name: 'k', enabled: true });
    const plan = await cloud.call<{ id: string }>('CreateUsagePlan', {
      name: 'p',
      apiStages: [{ apiId: ApiId, stage: 'dev' }],
      quota: { limit: 2, period: 'DAY' },
    });
    const open = () => cloud.connect(path(), { headers: { 'X-Api-Key': key.value } });
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 403 });
    await expect(open()).rejects.toMatchObject({ status: 403 });
    await cloud.call('CreateUsagePlanKey', { usagePlanId: plan.id, keyId: key.id, keyType: 'API_KEY' });
    await open();
    await open();
    await expect(open()).rejects.toMatchObject({
      status: 429,
      body: expect.stringContaining('Limit Exceeded'),
    });
  });

  it('need the parameters that the route requires', async () => {
    await route('$connect', undefined, {
      RequestParameters: { 'route.request.querystring.room': { Required: true } },
    });
    await stage();
    await expect(cloud.connect(path())).rejects.toMatchObject({
      status: 400,
      body: expect.stringContaining('Missing required request parameters: [room]'),
    });
    await cloud.connect(`${path()}?room=1`);
  });
});

describe('integrations that are no proxies', () => {
  it('map requests and answers of a MOCK by their templates', async () => {
    const { IntegrationId } = await route(
      'ping',
      {
        IntegrationType: 'MOCK',
        TemplateSelectionExpression: '${request.body.version}',
        RequestTemplates: { '1': '{"statusCode":200}', $default: '{"statusCode":400}' },
      },
      { answers: true },
    );
    const response = (IntegrationResponseKey: string, text: string, more: object = {}) =>
      create('CreateIntegrationResponse', {
        IntegrationId,
        IntegrationResponseKey,
        ResponseTemplates: { $default: text },
        ...more,
      });
    await response('/4\\d\\d/', 'what?');
    await response(
      '$default',
      '{"pong":"$context.connectionId","in":"$context.stage","v":"$stageVariables.v"}',
    );
    await stage({ StageVariables: { v: 'x' } });
    const client = await cloud.connect(path());
    expect(JSON.parse(await client.ask({ action: 'ping', version: 1 }))).toEqual({
      pong: expect.stringMatching(idPattern),
      in: 'dev',
      v: 'x',
    });
    expect(await client.ask({ action: 'ping', version: 2 })).toBe('what?');
  });

  it('need an integration response when clients wait for an answer', async () => {
    const mock = { IntegrationType: 'MOCK', RequestTemplates: { $default: '{"statusCode":200}' } };
    await route('two', mock, { answers: true });
    await route('one', mock);
    await stage();
    const client = await cloud.connect(path());
    client.socket.send('{"action":"one"}');
    expect(await client.ask({ action: 'two' })).toContain('"Internal server error"');
    expect(client.unread).toBe(0);
  });

  it('send a function what the template makes, and choose the answer by its error', async () => {
    cloud.functions.set('f', (event) => {
      if (event.fail) throw new Error('Bad thing');
      return { got: event };
    });
    const { IntegrationId } = await route(
      '$default',
      {
        IntegrationType: 'AWS',
        IntegrationUri: functionUri('f'),
        TemplateSelectionExpression: '\\$default',
        RequestTemplates: {
          $default: `{"text":$input.json('$.text'),"fail":$input.path('$.fail'),"id":"$context.connectionId"}`,
        },
      },
      { answers: true },
    );
    await create('CreateIntegrationResponse', {
      IntegrationId,
      IntegrationResponseKey: '/Bad.*/',
      ResponseTemplates: { $default: `error: $input.path('$.errorMessage')` },
    });
    await create('CreateIntegrationResponse', { IntegrationId, IntegrationResponseKey: '$default' });
    await stage();
    const client = await cloud.connect(path());
    expect(JSON.parse(await client.ask({ text: 'hi', fail: false }))).toEqual({
      got: { text: 'hi', fail: false, id: expect.stringMatching(idPattern) },
    });
    expect(await client.ask({ text: 'hi', fail: true })).toBe('error: Bad thing');
  });

  it('run an operation of another service as their role', async () => {
    const done: unknown[] = [];
    cloud.operations.set('dynamodb:PutItem', async (input, as) => {
      done.push(input, (as as { roleArn?: string }).roleArn);
      return {};
    });
    const role = `arn:aws:iam::${account}:role/writer`;
    const { IntegrationId } = await route(
      '$connect',
      {
        IntegrationType: 'AWS',
        IntegrationUri: `arn:aws:apigateway:${region}:dynamodb:action/PutItem`,
        CredentialsArn: role,
        RequestTemplates: {
          $default: '{"TableName":"connections","Item":{"id":{"S":"$context.connectionId"}}}',
        },
      },
      {},
    );
    await create('CreateIntegrationResponse', { IntegrationId, IntegrationResponseKey: '$default' });
    await stage();
    await cloud.connect(path());
    expect(done).toEqual([
      { TableName: 'connections', Item: { id: { S: expect.stringMatching(idPattern) } } },
      role,
    ]);
    cloud.operations.set('dynamodb:PutItem', () => Promise.reject(new Error('unused')));
    await create('UpdateIntegration', { IntegrationId, CredentialsArn: '' });
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 500 });
  });

  it('call web servers with mapped parameters, and mark binary answers as such', async () => {
    const seen: { url: string | undefined; id: unknown; body: string }[] = [];
    const backend = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => {
        body += String(piece);
      });
      request.on('end', () => {
        seen.push({ url: request.url, id: request.headers['connection-id'], body });
        if (body.includes('bytes')) {
          response.setHeader('content-type', 'application/octet-stream').end(Buffer.from([1, 2, 255]));
        } else response.writeHead(body.includes('bad') ? 418 : 200).end('plain');
      });
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
    const { IntegrationId } = await route(
      '$default',
      {
        IntegrationType: 'HTTP',
        IntegrationMethod: 'POST',
        IntegrationUri: `${url}/{room}`,
        RequestParameters: {
          'integration.request.path.room': 'route.request.body.room',
          'integration.request.querystring.stage': 'context.stage',
          'integration.request.header.Connection-Id': 'context.connectionId',
        },
      },
      { answers: true },
    );
    const response = (IntegrationResponseKey: string, more: object = {}) =>
      create('CreateIntegrationResponse', { IntegrationId, IntegrationResponseKey, ...more });
    await response('$default');
    await response('/418/', { ResponseTemplates: { $default: 'teapot' } });
    await route('proxied', {
      IntegrationType: 'HTTP_PROXY',
      IntegrationMethod: 'POST',
      IntegrationUri: `${url}/proxy`,
    });
    await stage();
    try {
      const client = await cloud.connect(path());
      expect(await client.ask({ room: 'r1' })).toBe('plain');
      expect(await client.ask({ room: 'bad' })).toBe('teapot');
      client.socket.send('{"room":"bytes"}');
      expect(await client.next()).toEqual(Buffer.from([1, 2, 255]));
      client.socket.send('{"action":"proxied"}');
      await expect.poll(() => seen.length).toBe(4);
      expect(seen[0]).toEqual({
        url: '/r1?stage=dev',
        id: expect.stringMatching(idPattern),
        body: '{"room":"r1"}',
      });
      expect(seen[3]).toMatchObject({ url: '/proxy', body: '{"action":"proxied"}' });
    } finally {
      backend.closeAllConnections();
      backend.close();
    }
  });
});

describe('the connections API', () => {
  it('sends, tells and hangs up', async () => {
    cloud.functions.set('gone', () => ({ statusCode: 200 }));
    cloud.functions.set('id', (event) => ({
      statusCode: 200,
      body: (event.requestContext as { connectionId: string }).connectionId,
    }));
    await route('$default', proxy('id'), { answers: true });
    await route('$disconnect', proxy('gone'));
    await stage();
    cloud.authorize = async () => ({
      principal: { type: 'root', account, arn: `arn:aws:iam::${account}:root` },
      allowed: true,
    });
    const client = await cloud.connect(path(), { headers: { 'User-Agent': 'agent' } });
    const id = await client.ask('who');
    await cloud.clock.advance(5_000);
    const signed = { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } };
    const url = path(`/@connections/${encodeURIComponent(id)}`);
    expect(await cloud.fetch(url)).toMatchObject({ status: 403 });
    expect(await cloud.fetch(url, { ...signed, method: 'POST', body: 'hällo' })).toEqual({
      status: 200,
      text: '',
    });
    expect(await client.next()).toBe('hällo');
    const told = await cloud.fetch(url, signed);
    expect(JSON.parse(told.text)).toEqual({
      connectedAt: '2020-03-12T19:03:58.000Z',
      identity: { sourceIp: '127.0.0.1', userAgent: 'agent' },
      lastActiveAt: '2020-03-12T19:04:03.000Z',
    });
    const large = 'x'.repeat(128 * 1024);
    await cloud.fetch(url.replace('@', '%40'), { ...signed, method: 'POST', body: large });
    expect(await client.next()).toBe(large);
    expect(await cloud.fetch(url, { ...signed, method: 'POST', body: `${large}x` })).toMatchObject({
      status: 413,
    });
    expect(await cloud.fetch(url, { ...signed, method: 'PUT' })).toMatchObject({ status: 403 });
    // Another API's address doesn't lead to it.
    const other = url.replace('/dev/', '/other/');
    expect(await cloud.fetch(other, signed)).toMatchObject({ status: 403 });
    await cloud.call('PostToConnection', { ConnectionId: id, Data: Buffer.from('in process') });
    expect(await client.next()).toBe('in process');
    expect(await cloud.fetch(url, { ...signed, method: 'DELETE' })).toEqual({ status: 204, text: '' });
    expect(await client.closed).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
    expect(await cloud.fetch(url, signed)).toMatchObject({ status: 410 });
    await expect.poll(() => eventsOf('gone').length).toBe(1);
    expect(eventsOf('gone')[0]).toMatchObject({
      requestContext: { disconnectStatusCode: 1000, disconnectReason: 'Connection Closed Normally' },
    });
  });

  it("doesn't reach a connection whose handshake isn't answered", async () => {
    let id = '';
    cloud.functions.set('connect', async (event) => {
      id = (event.requestContext as { connectionId: string }).connectionId;
      await cloud.call('PostToConnection', { ConnectionId: id, Data: Buffer.from('early') });
      return { statusCode: 200 };
    });
    await route('$connect', proxy('connect'));
    await stage();
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 502 });
    expect(id).toMatch(idPattern);
  });

  it('is asked of the policies with the stage and the method', async () => {
    await route('$default', undefined);
    await stage();
    const asked: unknown[] = [];
    cloud.authorize = async (_request, question) => {
      asked.push(question.action, ...question.resources);
      return { principal: { type: 'root', account, arn: `arn:aws:iam::${account}:root` }, allowed: false };
    };
    const answer = await cloud.fetch(path('/@connections/abc%3D'), { headers: { authorization: 'x' } });
    const arn = `arn:aws:execute-api:${region}:${account}:${ApiId}/dev/GET/@connections/{connectionId}`;
    expect(asked).toEqual(['execute-api:ManageConnections', arn]);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(
      'is not authorized to perform: execute-api:ManageConnections on resource: ',
    );
  });
});

describe('the limits of a connection', () => {
  beforeEach(async () => {
    cloud.functions.set('gone', () => ({ statusCode: 200 }));
    cloud.functions.set('length', (event) => ({ statusCode: 200, body: String(String(event.body).length) }));
    await route('$default', proxy('length'), { answers: true });
    await route('$disconnect', proxy('gone'));
    await stage();
  });

  it('are ten idle minutes, which messages and pings begin anew', async () => {
    const client = await cloud.connect(path());
    const minutes = (count: number) => cloud.clock.advance(count * 60_000);
    await minutes(9);
    await client.ask('still here');
    await minutes(9);
    const pong = new Promise((resolve) => client.socket.once('pong', resolve));
    client.socket.ping();
    await pong;
    await minutes(9);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    await minutes(2);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    await expect.poll(() => eventsOf('gone').length).toBe(1);
    expect(eventsOf('gone')[0]).toMatchObject({
      requestContext: { disconnectStatusCode: 1001, disconnectReason: 'Going away' },
    });
  });

  it('are two hours altogether', async () => {
    const client = await cloud.connect(path());
    for (let minute = 0; minute < 119; minute += 7) {
      await cloud.clock.advance(7 * 60_000);
      if (minute < 112) expect(await client.ask('busy')).toBe('4');
    }
    await cloud.clock.advance(2 * 60_000);
    expect((await client.closed).code).toBe(1001);
  });

  it('are frames of 32 KB and messages of 128 KB', async () => {
    const client = await cloud.connect(path());
    const frame = 'x'.repeat(32 * 1024);
    expect(await client.ask(frame)).toBe(String(32 * 1024));
    for (const fin of [false, false, false, true]) client.socket.send(frame, { fin });
    expect(await client.next()).toBe(String(128 * 1024));
    for (const fin of [false, false, false, false, true]) client.socket.send(frame, { fin });
    expect((await client.closed).code).toBe(1009);
    const other = await cloud.connect(path());
    other.socket.send(`${frame}x`);
    expect((await other.closed).code).toBe(1009);
    await expect.poll(() => eventsOf('gone').length).toBe(2);
    for (const event of eventsOf('gone')) {
      expect(event).toMatchObject({ requestContext: { disconnectStatusCode: 1009 } });
    }
  });

  it('are texts: a binary frame closes with 1003', async () => {
    const client = await cloud.connect(path());
    client.socket.send(Buffer.from([1, 2, 3]));
    expect((await client.closed).code).toBe(1003);
    expect(eventsOf('length')).toEqual([]);
  });

  it('are what a client may leave unread', async () => {
    const large = 'x'.repeat(128 * 1024);
    cloud.functions.set('length', () => ({ statusCode: 200, body: large }));
    const client = await cloud.connect(path());
    client.socket.pause();
    for (let i = 0; i < 1000; i++) client.socket.send('more');
    await expect.poll(() => eventsOf('gone').length).toBe(1);
    expect(eventsOf('gone')[0]).toMatchObject({ requestContext: { disconnectStatusCode: 1008 } });
  });

  it('are what waits for a client: posting is refused past it', async () => {
    cloud.functions.set('length', (event) => ({
      statusCode: 200,
      body: (event.requestContext as { connectionId: string }).connectionId,
    }));
    const client = await cloud.connect(path());
    const ConnectionId = await client.ask('who');
    client.socket.pause();
    const Data = Buffer.alloc(128 * 1024, 'x');
    const post = async () => {
      for (let i = 0; i < 1000; i++) await cloud.call('PostToConnection', { ConnectionId, Data });
    };
    await expect(post()).rejects.toMatchObject({ code: 'LimitExceededException', status: 429 });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('end with the server, whose $disconnect routes run first', async () => {
    const clients = await Promise.all([cloud.connect(path()), cloud.connect(path())]);
    await cloud.goAway();
    expect(eventsOf('gone')).toHaveLength(2);
    for (const client of clients) expect((await client.closed).code).toBe(1001);
  });

  it('end with the stage', async () => {
    const client = await cloud.connect(path());
    await cloud.call('DeleteStage', { ApiId, StageName: 'dev' });
    client.socket.send('anybody?');
    expect((await client.closed).code).toBe(1001);
  });
});

describe('what is told of a connection', () => {
  it('are metrics and access logs', async () => {
    cloud.functions.set('f', () => ({ statusCode: 200 }));
    cloud.functions.set('bad', () => ({ statusCode: 500 }));
    await route('$connect', proxy('f'));
    await route('ok', proxy('f'), { answers: true });
    await route('bad', proxy('bad'));
    await route('broken', proxy('absent'));
    await stage({
      AccessLogSettings: {
        DestinationArn: `arn:aws:logs:${region}:${account}:log-group:sockets`,
        Format:
          '$context.requestId $context.eventType $context.routeKey $context.status $context.error.message',
      },
    });
    const client = await cloud.connect(path());
    await client.ask({ action: 'none' });
    client.socket.send('{"action":"ok"}');
    client.socket.send('{"action":"bad"}');
    await client.ask({ action: 'broken' });
    const lines = () => cloud.cloudLogs.flatMap((log) => log.events.map((event) => event.message.slice(17)));
    await expect
      .poll(() => lines().sort())
      .toEqual([
        'CONNECT $connect 200 -',
        'MESSAGE $default 403 Forbidden',
        'MESSAGE bad 500 -',
        'MESSAGE broken 500 Internal server error',
        'MESSAGE ok 200 -',
      ]);
    expect(cloud.cloudLogs[0]).toMatchObject({ logGroup: 'sockets', logStream: '2020/03/12/dev' });
    const counted: Record<string, number> = {};
    for (const { name, value, unit, dimensions } of cloud.metrics) {
      expect(dimensions).toEqual({ ApiId, Stage: 'dev' });
      if (unit === 'Count') counted[name] = (counted[name] ?? 0) + value;
    }
    expect(counted).toEqual({
      ConnectCount: 1,
      MessageCount: 4,
      ClientError: 1,
      IntegrationError: 1,
      ExecutionError: 1,
    });
  });

  it('are no connections of those who were refused', async () => {
    await route('$connect', undefined, { AuthorizationType: 'AWS_IAM' });
    await stage();
    await expect(cloud.connect(path())).rejects.toMatchObject({ status: 403 });
    expect(cloud.metrics.map(({ name }) => name)).toEqual(['ClientError']);
  });

  it('are execution logs, as the routes ask for them', async () => {
    cloud.functions.set('f', (event) => ({ statusCode: 200, body: String(event.body) }));
    await route('$connect', undefined);
    await route('ok', proxy('f'), { answers: true });
    const settings = {
      DefaultRouteSettings: { LoggingLevel: 'ERROR' },
      RouteSettings: { ok: { LoggingLevel: 'INFO', DataTraceEnabled: true } },
    };
    await expect(stage(settings)).rejects.toThrow(
      'CloudWatch Logs role ARN must be set in account settings to enable logging',
    );
    const cloudwatchRoleArn = `arn:aws:iam::${account}:role/logs`;
    await cloud.call('UpdateAccount', {
      patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value: cloudwatchRoleArn }],
    });
    await stage(settings);
    const client = await cloud.connect(path(), { headers: { Authorization: 'secret-token' } });
    await client.ask({ action: 'ok' });
    await client.ask('nothing');
    await expect.poll(() => cloud.cloudLogs.length).toBe(2);
    const [info, error] = cloud.cloudLogs.map((log) => log.events.map(({ message }) => message.slice(19)));
    expect(cloud.cloudLogs[0]?.logGroup).toBe(`/aws/apigateway/${ApiId}/dev`);
    expect(cloud.cloudLogs[0]?.events[0]?.message).toMatch(/^\([\w-]{15}=\) Extended Request Id: /);
    expect(info?.slice(1)).toEqual([
      expect.stringMatching(/^Starting execution for request: /),
      'WebSocket Request Route: [ok]',
      expect.stringMatching(/^WebSocket API \[\w+\] received message from client \[Connection Id: /),
      'Route request body before transformations: {"action":"ok"}',
      `Endpoint request URI: ${functionUri('f')}`,
      'Received response. Status: 200, Integration latency: 0 ms',
      'Route response body after transformations: {"action":"ok"}',
      'Route completed with status: 200',
    ]);
    expect(error).toEqual(['Forbidden']);
  });
});
