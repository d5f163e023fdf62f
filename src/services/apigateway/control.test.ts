/** Operations that ask or prepare, and serve nothing: tests of authorizers, templates of models, links to VPCs. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { modelTemplate } from './domain/modelTemplate.ts';
import { apigateway } from './index.ts';
import { functionUri, openToyCloud, type ToyCloud } from './testing/toyCloud.ts';
import { apigatewayv2 } from './v2/index.ts';

let cloud: ToyCloud;
const rest = <T = Record<string, unknown>>(operation: string, input: object) =>
  cloud.resourceContext.aws.call<T>('apigateway', operation, input);
const http = <T = Record<string, unknown>>(operation: string, input: object) =>
  cloud.resourceContext.aws.call<T>('apigatewayv2', operation, input);

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore(), [apigateway, apigatewayv2]);
});

describe('TestInvokeAuthorizer', () => {
  it('tells what the function says, and what it was told', async () => {
    let event: Record<string, unknown> = {};
    cloud.functions.set('guard', (asked) => {
      event = asked;
      if (asked.authorizationToken === 'no') throw new Error('Unauthorized');
      return { principalId: 'me', policyDocument: { Statement: [] }, context: { level: 7 } };
    });
    const { id: restApiId } = await rest('CreateRestApi', { name: 'a' });
    const { id: authorizerId } = await rest('CreateAuthorizer', {
      restApiId,
      name: 'guard',
      type: 'TOKEN',
      authorizerUri: functionUri('guard'),
      identitySource: 'method.request.header.Authorization',
      identityValidationExpression: '[a-z]+',
    });
    const test = (headers: object) => rest('TestInvokeAuthorizer', { restApiId, authorizerId, headers });
    expect(await test({ Authorization: 'yes' })).toMatchObject({
      clientStatus: 0,
      principalId: 'me',
      policy: '{"Statement":[]}',
      authorization: { level: ['7'] },
      log: expect.stringContaining('Successfully completed authorizer execution'),
    });
    expect(event).toEqual({
      type: 'TOKEN',
      authorizationToken: 'yes',
      methodArn: `arn:aws:execute-api:eu-west-1:123456789012:${restApiId}/ESTestInvoke-stage/GET/`,
    });
    for (const headers of [{ Authorization: 'no' }, { Authorization: '77' }, {}]) {
      expect(await test(headers)).toMatchObject({ clientStatus: 401 });
    }
    cloud.functions.set('guard', () => ({ principalId: 'me' }));
    expect(await test({ Authorization: 'yes' })).toMatchObject({ clientStatus: 500 });
    await expect(rest('TestInvokeAuthorizer', { restApiId, authorizerId: 'none' })).rejects.toThrow(
      'Invalid Authorizer identifier specified',
    );
  });
});

describe('GetModelTemplate', () => {
  it('writes what a payload of the model looks like', async () => {
    const { id: restApiId } = await rest('CreateRestApi', { name: 'a' });
    const model = (name: string, schema: object) =>
      rest('CreateModel', {
        restApiId,
        name,
        contentType: 'application/json',
        schema: JSON.stringify(schema),
      });
    await model('Owner', { type: 'object', properties: { name: { type: 'string' } } });
    await model('Pets', {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'integer' },
          owner: { $ref: `https://apigateway.amazonaws.com/restapis/${restApiId}/models/Owner` },
          tags: { type: 'array', items: { type: 'string' } },
        },
      },
    });
    expect((await rest('GetModelTemplate', { restApiId, modelName: 'Pets' })).value).toBe(
      `#set($inputRoot = $input.path('$'))
[
#foreach($elem in $inputRoot)
  {
    "id" : $elem.id,
    "owner" : {
      "name" : "$elem.owner.name"
    },
    "tags" : [
    #foreach($elem2 in $elem.tags)
      "$elem2"#if($foreach.hasNext),#end
    #end
    ]
  }#if($foreach.hasNext),#end
#end
]`,
    );
    await expect(rest('GetModelTemplate', { restApiId, modelName: 'None' })).rejects.toThrow(
      'Invalid model name specified: None',
    );
  });

  it('ends, whatever the schema', () => {
    const endless: Record<string, unknown> = { type: 'object' };
    endless.properties = { self: endless };
    expect(modelTemplate(endless).length).toBeLessThan(10_000);
    expect(modelTemplate({})).toBe('#set($inputRoot = $input.path(\'$\'))\n"$inputRoot"');
  });
});

describe('integrations through VPC links', () => {
  it('need a link that is there, and find no VPC behind it', async () => {
    const { ApiId } = await http('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
    const listener = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2';
    const input = {
      ApiId,
      IntegrationType: 'HTTP_PROXY',
      IntegrationMethod: 'ANY',
      IntegrationUri: listener,
      ConnectionType: 'VPC_LINK',
      PayloadFormatVersion: '1.0',
    };
    await expect(http('CreateIntegration', input)).rejects.toThrow('ConnectionId is required');
    await expect(http('CreateIntegration', { ...input, ConnectionId: 'none' })).rejects.toThrow(
      'Unable to find VPC link',
    );
    const { VpcLinkId } = await http('CreateVpcLink', { Name: 'l', SubnetIds: ['s'] });
    const { IntegrationId } = await http('CreateIntegration', { ...input, ConnectionId: VpcLinkId });
    await http('CreateRoute', { ApiId, RouteKey: '$default', Target: `integrations/${IntegrationId}` });
    await http('CreateStage', { ApiId, StageName: '$default', AutoDeploy: true });
    expect(await cloud.send(`http://${ApiId}.execute-api.localhost:4566/`)).toMatchObject({
      status: 503,
      text: '{"message":"Service Unavailable"}',
    });
    await expect(http('DeleteVpcLink', { VpcLinkId })).rejects.toThrow('used by an integration');
  });
});

describe('quotas', () => {
  it('of REST APIs and of HTTP APIs are refused in the words of each', async () => {
    for (let made = 0; made < 120; made++) await rest('CreateRestApi', { name: `api${made}` });
    await expect(rest('CreateRestApi', { name: 'more' })).rejects.toMatchObject({
      code: 'LimitExceededException',
      status: 429,
    });
    // Regional ones are counted for themselves.
    await rest('CreateRestApi', { name: 'regional', endpointConfiguration: { types: ['REGIONAL'] } });
    const { ApiId } = await http('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
    for (let made = 0; made < 10; made++) await http('CreateStage', { ApiId, StageName: `s${made}` });
    await expect(http('CreateStage', { ApiId, StageName: 'more' })).rejects.toMatchObject({
      code: 'TooManyRequestsException',
      status: 429,
      message: 'Maximum number of Stages for this API has been reached',
    });
  });
});

describe('a stage', () => {
  it('names what is there only', async () => {
    const body = Buffer.from(
      '{"swagger":"2.0","info":{"title":"t"},"paths":{"/":{"get":{"x-amazon-apigateway-integration":{"type":"mock"}}}}}',
    );
    const { id: restApiId } = await rest('ImportRestApi', { body });
    await rest('CreateDeployment', { restApiId, stageName: 'prod' });
    const patch = (path: string, value: string) =>
      rest('UpdateStage', {
        restApiId,
        stageName: 'prod',
        patchOperations: [{ op: 'replace', path, value }],
      });
    await expect(patch('/documentationVersion', '9')).rejects.toThrow(
      'Invalid Documentation version specified',
    );
    await expect(patch('/clientCertificateId', 'none')).rejects.toThrow(
      'Invalid Client Certificate identifier specified',
    );
    expect(await patch('/clientCertificateId', '')).not.toHaveProperty('clientCertificateId', '');
  });
});
