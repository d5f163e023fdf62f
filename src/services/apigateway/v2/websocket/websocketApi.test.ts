import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../store/index.ts';
import { apigateway } from '../../index.ts';
import { account, functionUri, openToyCloud, region, type ToyCloud } from '../../testing/toyCloud.ts';
import { apigatewayv2 } from '../index.ts';

let cloud: ToyCloud;
let ApiId: string;
const call = (operation: string, input: object = {}) =>
  cloud.call<Record<string, string>>(operation, { ApiId, ...input });
const refused = (message: string, code = 'BadRequestException') => ({ code, message });

beforeEach(async () => {
  cloud = openToyCloud(new MemoryStore(), [apigatewayv2, apigateway]);
  const api = await cloud.call<{ ApiId: string }>('CreateApi', {
    Name: 'chat',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  });
  ApiId = api.ApiId;
});

describe('a WebSocket API', () => {
  it('says what it is', async () => {
    expect(await call('GetApi')).toMatchObject({
      ApiId,
      ApiEndpoint: `ws://${ApiId}.execute-api.${region}.localhost:4566`,
      ApiKeySelectionExpression: '$request.header.x-api-key',
      DisableExecuteApiEndpoint: false,
      Name: 'chat',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });
    const { Items } = await cloud.call<{ Items: object[] }>('GetApis', {});
    expect(Items).toHaveLength(1);
  });

  it.each([
    [{}, 'RouteSelectionExpression is required for protocol type WEBSOCKET'],
    [{ RouteSelectionExpression: 'action' }, 'Invalid RouteSelectionExpression specified: action'],
    [
      { RouteSelectionExpression: '$request.method $request.path' },
      'Invalid RouteSelectionExpression specified: $request.method $request.path',
    ],
    [
      { RouteSelectionExpression: '$request.body.a', Target: 'arn:aws:lambda:x' },
      'Target, RouteKey and CredentialsArn are supported for protocol type HTTP only',
    ],
    [
      { RouteSelectionExpression: '$request.body.a', CorsConfiguration: { AllowOrigins: ['*'] } },
      'CORS configuration is not supported for protocol type WEBSOCKET',
    ],
    [
      { RouteSelectionExpression: '$request.body.a', ApiKeySelectionExpression: '$request.body.key' },
      'ApiKeySelectionExpression only supports [$request.header.x-api-key, $context.authorizer.usageIdentifierKey]',
    ],
  ])('refuses %j', async (input, message) => {
    const create = cloud.call('CreateApi', { Name: 'a', ProtocolType: 'WEBSOCKET', ...input });
    await expect(create).rejects.toMatchObject(refused(message));
  });

  it('takes all that belongs to it along', async () => {
    const { IntegrationId } = await call('CreateIntegration', { IntegrationType: 'MOCK' });
    await call('CreateIntegrationResponse', { IntegrationId, IntegrationResponseKey: '$default' });
    const { RouteId } = await call('CreateRoute', { RouteKey: 'a' });
    await call('CreateRouteResponse', { RouteId, RouteResponseKey: '$default' });
    await call('CreateModel', { Name: 'M', Schema: '{}' });
    await call('DeleteApi');
    await expect(call('GetRouteResponses', { RouteId })).rejects.toMatchObject({ code: 'NotFoundException' });
    const left = await Promise.all(
      (['routeResponse', 'httpIntegrationResponse', 'httpModel'] as const).map((kind) =>
        cloud.room.store.list(kind, { account, region }, ApiId),
      ),
    );
    expect(left).toEqual([[], [], []]);
  });
});

describe('routes', () => {
  it('are any text, and three with a dollar', async () => {
    for (const RouteKey of ['$connect', '$disconnect', '$default', 'say hello/1']) {
      expect(await call('CreateRoute', { RouteKey })).toMatchObject({
        RouteKey,
        AuthorizationType: 'NONE',
        ApiKeyRequired: false,
      });
    }
    await expect(call('CreateRoute', { RouteKey: '$connect' })).rejects.toMatchObject({
      code: 'ConflictException',
    });
  });

  it.each([
    [
      { RouteKey: '$other' },
      'Invalid route key $other: only $connect, $disconnect and $default may begin with $',
    ],
    [
      { RouteKey: 'a', AuthorizationType: 'AWS_IAM' },
      'Currently, authorization is restricted to the $connect route only',
    ],
    [
      { RouteKey: '$connect', AuthorizationType: 'JWT' },
      'JWT authorizers are supported for protocol type HTTP only',
    ],
    [
      { RouteKey: 'a', RequestParameters: { 'route.request.header.x': { Required: true } } },
      'Request parameters are supported for the $connect route only',
    ],
    [{ RouteKey: 'a', Target: 'integrations/none' }, 'Unable to find Integration with ID none'],
    [
      { RouteKey: 'a', RouteResponseSelectionExpression: '$request.body.x' },
      'RouteResponseSelectionExpression only supports [$default]',
    ],
  ])('refuse %j', async (input, message) => {
    await expect(call('CreateRoute', input)).rejects.toMatchObject(refused(message));
  });

  it('have one route response, $default, and lose it with themselves', async () => {
    const { RouteId } = await call('CreateRoute', { RouteKey: 'a' });
    await expect(call('CreateRouteResponse', { RouteId, RouteResponseKey: '200' })).rejects.toMatchObject(
      refused('Currently, only the $default route response key is supported'),
    );
    const made = await call('CreateRouteResponse', {
      RouteId,
      RouteResponseKey: '$default',
      ModelSelectionExpression: '$default',
    });
    expect(made).toEqual({
      RouteResponseId: expect.stringMatching(/^\w{7}$/),
      RouteResponseKey: '$default',
      ModelSelectionExpression: '$default',
    });
    await expect(
      call('CreateRouteResponse', { RouteId, RouteResponseKey: '$default' }),
    ).rejects.toMatchObject({
      code: 'ConflictException',
    });
    const { RouteResponseId } = made;
    expect(
      await call('UpdateRouteResponse', { RouteId, RouteResponseId, ResponseModels: { a: 'M' } }),
    ).toMatchObject({
      ResponseModels: { a: 'M' },
    });
    const { RouteId: other } = await call('CreateRoute', { RouteKey: 'b' });
    await expect(call('GetRouteResponse', { RouteId: other, RouteResponseId })).rejects.toMatchObject({
      code: 'NotFoundException',
    });
    await call('DeleteRoute', { RouteId });
    expect(await cloud.room.store.list('routeResponse', { account, region }, ApiId)).toEqual([]);
  });

  it('let go of request parameters one by one', async () => {
    const RequestParameters = {
      'route.request.header.a': { Required: true },
      'route.request.querystring.b': { Required: false },
    };
    const { RouteId } = await call('CreateRoute', { RouteKey: '$connect', RequestParameters });
    const RequestParameterKey = 'route.request.header.a';
    await call('DeleteRouteRequestParameter', { RouteId, RequestParameterKey });
    expect(await call('GetRoute', { RouteId })).toMatchObject({
      RequestParameters: { 'route.request.querystring.b': { Required: false } },
    });
    await expect(call('DeleteRouteRequestParameter', { RouteId, RequestParameterKey })).rejects.toMatchObject(
      {
        code: 'NotFoundException',
      },
    );
  });
});

describe('integrations', () => {
  it('say how their answers are selected', async () => {
    const mock = await call('CreateIntegration', { IntegrationType: 'MOCK' });
    expect(mock).toMatchObject({
      ConnectionType: 'INTERNET',
      IntegrationResponseSelectionExpression: '${integration.response.statuscode}',
      IntegrationType: 'MOCK',
      PassthroughBehavior: 'WHEN_NO_MATCH',
      PayloadFormatVersion: '1.0',
      TimeoutInMillis: 29_000,
    });
    const uri = { IntegrationUri: functionUri('f') };
    expect(await call('CreateIntegration', { IntegrationType: 'AWS', ...uri })).toMatchObject({
      IntegrationMethod: 'POST',
      IntegrationResponseSelectionExpression: '${integration.response.body.errormessage}',
    });
    const { IntegrationId } = mock;
    expect(await call('UpdateIntegration', { IntegrationId, TimeoutInMillis: 50 })).toMatchObject({
      TimeoutInMillis: 50,
    });
  });

  it.each([
    [{ IntegrationType: 'MOCK', TimeoutInMillis: 30_000 }, 'Timeout should be between 50 ms and 29000 ms'],
    [
      { IntegrationType: 'MOCK', PayloadFormatVersion: '2.0' },
      'PayloadFormatVersion must be 1.0 for protocol type WEBSOCKET',
    ],
    [
      { IntegrationType: 'AWS_PROXY', IntegrationUri: 'arn:aws:lambda:f' },
      'Invalid ARN specified in the request',
    ],
    [
      { IntegrationType: 'AWS_PROXY', IntegrationUri: 'arn:aws:apigateway:us-east-1:sqs:action/SendMessage' },
      'AWS_PROXY integrations currently only support Lambda function',
    ],
    [
      { IntegrationType: 'HTTP', IntegrationUri: 'https://x' },
      'Enumeration value for HttpMethod must be non-empty',
    ],
    [
      { IntegrationType: 'HTTP', IntegrationMethod: 'GET', IntegrationUri: 'ftp://x' },
      'Invalid HTTP endpoint specified for URI',
    ],
    [{ IntegrationType: 'AWS' }, 'IntegrationUri is required'],
  ])('refuse %j', async (input, message) => {
    await expect(call('CreateIntegration', input)).rejects.toMatchObject(refused(message));
  });

  it('refuse mappings of what isn’t there', async () => {
    const mapped = (name: string, value: string) =>
      call('CreateIntegration', { IntegrationType: 'MOCK', RequestParameters: { [name]: value } });
    await mapped('integration.request.header.a', "'fixed'");
    await expect(mapped('integration.request.header.a', 'method.request.header.a')).rejects.toMatchObject({
      code: 'BadRequestException',
    });
    await expect(mapped('integration.response.header.a', "'x'")).rejects.toMatchObject({
      code: 'BadRequestException',
    });
  });

  it('have responses by pattern, unless they are proxies', async () => {
    const { IntegrationId } = await call('CreateIntegration', { IntegrationType: 'MOCK' });
    const response = (IntegrationResponseKey: string) =>
      call('CreateIntegrationResponse', { IntegrationId, IntegrationResponseKey });
    await response('/2\\d\\d/');
    const { IntegrationResponseId } = await response('$default');
    await expect(response('$default')).rejects.toMatchObject({ code: 'ConflictException' });
    for (const key of ['200', '/(/', '']) {
      await expect(response(key)).rejects.toMatchObject({ code: 'BadRequestException' });
    }
    const ResponseTemplates = { $default: '{}' };
    await call('UpdateIntegrationResponse', { IntegrationId, IntegrationResponseId, ResponseTemplates });
    const { Items } = await cloud.call<{ Items: object[] }>('GetIntegrationResponses', {
      ApiId,
      IntegrationId,
    });
    expect(Items).toContainEqual({
      IntegrationResponseId,
      IntegrationResponseKey: '$default',
      ResponseTemplates,
    });
    const proxy = await call('CreateIntegration', {
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: functionUri('f'),
    });
    await expect(
      call('CreateIntegrationResponse', {
        IntegrationId: proxy.IntegrationId,
        IntegrationResponseKey: '$default',
      }),
    ).rejects.toMatchObject(refused('Integration responses are not supported for proxy integrations'));
    await call('DeleteIntegrationResponse', { IntegrationId, IntegrationResponseId });
    await expect(
      call('GetIntegrationResponse', { IntegrationId, IntegrationResponseId }),
    ).rejects.toMatchObject({
      code: 'NotFoundException',
    });
  });
});

describe('models', () => {
  it('are schemas by name, kept while a route uses them', async () => {
    const Schema = '{"type":"object"}';
    const { ModelId } = await call('CreateModel', { Name: 'Line', Schema, ContentType: 'application/json' });
    await expect(call('CreateModel', { Name: 'Line', Schema })).rejects.toMatchObject({
      code: 'ConflictException',
    });
    for (const input of [{ Name: 'a b', Schema }, { Name: 'b', Schema: '{' }, { Name: 'c' }]) {
      await expect(call('CreateModel', input)).rejects.toMatchObject({ code: 'BadRequestException' });
    }
    const { RouteId } = await call('CreateRoute', { RouteKey: 'a', RequestModels: { $default: 'Line' } });
    await expect(call('DeleteModel', { ModelId })).rejects.toMatchObject(
      refused(`Cannot delete Model 'Line', it is referenced in Route ${RouteId}`, 'ConflictException'),
    );
    expect(await call('UpdateModel', { ModelId, Description: 'one' })).toMatchObject({
      Description: 'one',
      Schema,
    });
    expect(await call('GetModelTemplate', { ModelId })).toEqual({
      Value: "#set($inputRoot = $input.path('$'))\n{}",
    });
    await call('DeleteRoute', { RouteId });
    await call('DeleteModel', { ModelId });
    await expect(call('GetModel', { ModelId })).rejects.toMatchObject({ code: 'NotFoundException' });
  });
});

describe('authorizers and stages', () => {
  it('are REQUEST authorizers with sources of the handshake', async () => {
    const create = (input: object) =>
      call('CreateAuthorizer', {
        Name: 'a',
        AuthorizerType: 'REQUEST',
        AuthorizerUri: functionUri('f'),
        ...input,
      });
    await create({
      IdentitySource: ['route.request.header.Auth', 'route.request.querystring.t', 'context.stage'],
    });
    for (const input of [
      { AuthorizerType: 'JWT' },
      { AuthorizerPayloadFormatVersion: '2.0' },
      { IdentitySource: ['$request.header.Auth'] },
      { AuthorizerUri: undefined },
    ]) {
      await expect(create(input)).rejects.toMatchObject({ code: 'BadRequestException' });
    }
  });

  it('have names, and are deployed when there is a route', async () => {
    await expect(call('CreateStage', { StageName: '$default' })).rejects.toMatchObject({
      code: 'BadRequestException',
    });
    await expect(call('CreateDeployment')).rejects.toMatchObject(
      refused('At least one route is required before deploying the Api.'),
    );
    await call('CreateRoute', { RouteKey: 'a' });
    const { DeploymentId } = await call('CreateDeployment');
    expect(await call('CreateStage', { StageName: 'dev', DeploymentId })).toMatchObject({ DeploymentId });
    await expect(
      call('UpdateStage', { StageName: 'dev', DefaultRouteSettings: { LoggingLevel: 'ALL' } }),
    ).rejects.toMatchObject(refused('Invalid logging level: ALL'));
  });
});

describe('an HTTP API', () => {
  it('has none of this', async () => {
    const api = await cloud.call<{ ApiId: string }>('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
    ApiId = api.ApiId;
    const only = refused('This operation is supported for protocol type WEBSOCKET only');
    await expect(call('CreateModel', { Name: 'M', Schema: '{}' })).rejects.toMatchObject(only);
    await expect(
      call('CreateRouteResponse', { RouteId: 'r', RouteResponseKey: '$default' }),
    ).rejects.toMatchObject(only);
    await expect(
      call('CreateIntegrationResponse', { IntegrationId: 'i', IntegrationResponseKey: '$default' }),
    ).rejects.toMatchObject(only);
    await expect(call('CreateRoute', { RouteKey: '$connect' })).rejects.toMatchObject({
      code: 'BadRequestException',
    });
  });
});
