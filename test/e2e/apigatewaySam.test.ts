/** AWS::Serverless::Api and HttpApi with all they say, deployed and called: authorizers, keys, models, CORS, domains. */
import { APIGatewayClient, GetApiKeysCommand, GetStagesCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { fetchAs, fetchFromPage } from './support/hosts.ts';

const certificate = 'arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555';

const template = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: nodejs22.x, Handler: index.handler, Timeout: 10 }
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        exports.handler = async (event) => ({
          statusCode: 200,
          headers: { 'Access-Control-Allow-Origin': 'https://app.example', 'Access-Control-Allow-Credentials': 'true', 'x-seen': '1' },
          body: JSON.stringify({
            path: event.path ?? event.rawPath,
            who: event.requestContext.authorizer?.principalId ?? event.requestContext.authorizer?.lambda?.who,
            stage: event.stageVariables,
          }),
        });
      Events:
        List: { Type: Api, Properties: { Path: /pets, Method: get, RestApiId: !Ref Rest, Auth: { Authorizer: NONE } } }
        Add:
          Type: Api
          Properties:
            Path: /pets
            Method: post
            RestApiId: !Ref Rest
            Auth: { Authorizer: NONE }
            RequestModel: { Model: Pet, Required: true, ValidateBody: true }
        Keyed:
          Type: Api
          Properties: { Path: /keyed, Method: get, RestApiId: !Ref Rest, Auth: { Authorizer: NONE, ApiKeyRequired: true } }
        Guarded: { Type: Api, Properties: { Path: /guarded, Method: get, RestApiId: !Ref Rest } }
        Item: { Type: HttpApi, Properties: { Path: '/items/{id}', Method: get, ApiId: !Ref Http } }
        Private:
          Type: HttpApi
          Properties: { Path: /private, Method: get, ApiId: !Ref Http, Auth: { Authorizer: ByFunction } }
  Guard:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        exports.handler = async (event) => event.version === '2.0'
          ? { isAuthorized: event.headers.authorization === 'let me in', context: { who: 'http' } }
          : {
              principalId: 'rest',
              policyDocument: {
                Version: '2012-10-17',
                Statement: [{ Action: 'execute-api:Invoke', Resource: event.methodArn, Effect: event.authorizationToken === 'let me in' ? 'Allow' : 'Deny' }],
              },
            };
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Variables: { release: own }
      CanarySetting: { PercentTraffic: 100, StageVariableOverrides: { release: canary } }
      Cors:
        AllowOrigin: "'https://app.example'"
        AllowHeaders: "'content-type,x-trace'"
        AllowMethods: "'GET,POST,OPTIONS'"
        AllowCredentials: true
        MaxAge: "'600'"
      Models:
        Pet: { type: object, required: [name], properties: { name: { type: string } } }
      Auth:
        DefaultAuthorizer: ByFunction
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers: { ByFunction: { FunctionArn: !GetAtt Guard.Arn } }
        UsagePlan: { CreateUsagePlan: PER_API, Quota: { Limit: 1, Period: DAY } }
      EndpointConfiguration: { Type: REGIONAL }
      Domain:
        DomainName: rest.sam.example
        CertificateArn: ${certificate}
        EndpointConfiguration: REGIONAL
        BasePath: [v1]
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      DisableExecuteApiEndpoint: true
      CorsConfiguration:
        AllowOrigins: [https://app.example]
        AllowHeaders: [x-trace]
        AllowMethods: [GET, DELETE]
        ExposeHeaders: [x-seen]
        AllowCredentials: true
        MaxAge: 600
      Auth:
        Authorizers:
          ByFunction:
            FunctionArn: !GetAtt Guard.Arn
            AuthorizerPayloadFormatVersion: 2.0
            EnableSimpleResponses: true
            EnableFunctionDefaultPermissions: true
            Identity: { Headers: [Authorization] }
      Domain:
        DomainName: http.sam.example
        CertificateArn: ${certificate}
        EndpointConfiguration: REGIONAL
        BasePath: [shop]
  FromBody:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      DefinitionBody:
        openapi: 3.0.1
        info: { title: !Sub '\${AWS::StackName}-body', version: '1' }
        paths:
          /where:
            get:
              responses: { '200': { description: ok } }
              x-amazon-apigateway-integration:
                type: mock
                requestTemplates: { application/json: '{"statusCode": 200}' }
                responses: { default: { statusCode: '200', responseTemplates: { application/json: '"$context.stage in the body"' } } }
  FromUri:
    Type: AWS::Serverless::Api
    Properties: { StageName: live, DefinitionUri: s3://definitions/api.yaml }
Outputs:
  Rest: { Value: !Ref Rest }
  Http: { Value: !Ref Http }
  FromBody: { Value: !Ref FromBody }
  FromUri: { Value: !Ref FromUri }
`;

const definition = `
openapi: 3.0.1
info: { title: from a file, version: '1' }
paths:
  /where:
    get:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: { application/json: '{"statusCode": 200}' }
        responses: { default: { statusCode: '200', responseTemplates: { application/json: '"from a file"' } } }
`;

let cloud: Cloud;
let gateway: APIGatewayClient;
let cloudFormation: CloudFormationClient;
let outputs: Record<string, string>;
const StackName = 'apis';
const waiter = () => ({ client: cloudFormation, maxWaitTime: 90, minDelay: 0.1, maxDelay: 0.3 });

beforeAll(async () => {
  cloud = await startCloud();
  gateway = new APIGatewayClient(cloud.clientConfig);
  cloudFormation = new CloudFormationClient(cloud.clientConfig);
  const s3 = new S3Client({ ...cloud.clientConfig, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'definitions' }));
  await s3.send(new PutObjectCommand({ Bucket: 'definitions', Key: 'api.yaml', Body: definition }));
  await cloudFormation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: template,
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
    }),
  );
  await waitUntilStackCreateComplete(waiter(), { StackName }).catch(async (error) => {
    const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    const failed = StackEvents?.filter((event) => event.ResourceStatus?.endsWith('FAILED'));
    throw new Error(
      JSON.stringify(failed?.map((event) => [event.LogicalResourceId, event.ResourceStatusReason])),
      {
        cause: error,
      },
    );
  });
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
});
afterAll(() => cloud?.close());

const rest = (path: string, init?: Parameters<typeof fetchAs>[2]) =>
  fetchAs(cloud.endpoint, `http://${outputs.Rest}.execute-api.us-east-1.amazonaws.com/prod${path}`, init);

describe('AWS::Serverless::Api', () => {
  it('lets its authorizer, its keys and its models decide', async () => {
    const open = await rest('/pets');
    expect([open.status, JSON.parse(open.text)]).toMatchObject([
      200,
      { path: '/pets', stage: { release: 'canary' } },
    ]);
    expect((await rest('/guarded')).status).toBe(401);
    expect((await rest('/guarded', { headers: { Authorization: 'no' } })).status).toBe(403);
    const allowed = await rest('/guarded', { headers: { Authorization: 'let me in' } });
    expect(JSON.parse(allowed.text)).toMatchObject({ who: 'rest' });
    const post = (body: string) =>
      rest('/pets', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const refused = await post('{}');
    expect([refused.status, JSON.parse(refused.text)]).toEqual([400, { message: 'Invalid request body' }]);
    expect((await post('{"name":"Rex"}')).status).toBe(200);
    expect((await rest('/keyed')).status).toBe(403);
    const { items } = await gateway.send(new GetApiKeysCommand({ includeValues: true }));
    const headers = { 'x-api-key': items?.[0]?.value ?? '' };
    expect((await rest('/keyed', { headers })).status).toBe(200);
    expect((await rest('/keyed', { headers })).status).toBe(429);
  });

  it('answers under its domain name, on the stage that was deployed', async () => {
    const answer = await fetchAs(cloud.endpoint, 'http://rest.sam.example/v1/pets');
    expect(JSON.parse(answer.text)).toMatchObject({ path: '/v1/pets' });
    expect((await fetchAs(cloud.endpoint, 'http://rest.sam.example/v2/pets')).status).toBe(403);
    const { item } = await gateway.send(new GetStagesCommand({ restApiId: outputs.Rest }));
    expect(item?.find(({ stageName }) => stageName === 'prod')?.canarySettings).toMatchObject({
      percentTraffic: 100,
    });
  });

  it('is made from a body and from a file', async () => {
    const at = (api: string | undefined) => fetch(`${cloud.endpoint}/_aws/execute-api/${api}/live/where`);
    expect(await (await at(outputs.FromBody)).json()).toBe('live in the body');
    expect(await (await at(outputs.FromUri)).json()).toBe('from a file');
  });

  it('is reached by the pages that its CORS allows, and by no others', async () => {
    const url = 'http://rest.sam.example/v1/pets';
    const page = (origin: string, init: Parameters<typeof fetchFromPage>[3]) =>
      fetchFromPage(cloud.endpoint, origin, url, init);
    const add = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"Rex"}',
      credentials: 'include' as const,
    };
    expect((await page('https://app.example', add)).status).toBe(200);
    await expect(page('https://evil.example', add)).rejects.toThrow(
      'origin https://evil.example is not allowed',
    );
    await expect(page('https://app.example', { method: 'DELETE' })).rejects.toThrow(
      'method DELETE is not allowed',
    );
    await expect(page('https://app.example', { headers: { 'x-other': '1' } })).rejects.toThrow(
      'header x-other',
    );
    const preflight = await fetchAs(cloud.endpoint, url, { method: 'OPTIONS' });
    expect(preflight.headers.get('access-control-max-age')).toBe('600');
  });
});

describe('AWS::Serverless::HttpApi', () => {
  it('answers under its domain name alone, and lets its authorizer decide', async () => {
    const item = await fetchAs(cloud.endpoint, 'http://http.sam.example/shop/items/1');
    expect([item.status, JSON.parse(item.text)]).toMatchObject([200, { path: '/items/1' }]);
    const own = `http://${outputs.Http}.execute-api.us-east-1.amazonaws.com/items/1`;
    expect((await fetchAs(cloud.endpoint, own)).status).toBe(404);
    const url = 'http://http.sam.example/shop/private';
    expect((await fetchAs(cloud.endpoint, url)).status).toBe(401);
    expect((await fetchAs(cloud.endpoint, url, { headers: { authorization: 'no' } })).status).toBe(403);
    const allowed = await fetchAs(cloud.endpoint, url, { headers: { authorization: 'let me in' } });
    expect(JSON.parse(allowed.text)).toMatchObject({ who: 'http' });
  });

  it('is reached by the pages that its CORS allows, and by no others', async () => {
    const url = 'http://http.sam.example/shop/items/1';
    const page = (origin: string, init?: Parameters<typeof fetchFromPage>[3]) =>
      fetchFromPage(cloud.endpoint, origin, url, init);
    const answer = await page('https://app.example', { headers: { 'x-trace': '1' }, credentials: 'include' });
    expect([answer.status, answer.headers.get('x-seen')]).toEqual([200, '1']);
    await expect(page('https://evil.example')).rejects.toThrow('origin https://evil.example is not allowed');
    await expect(page('https://app.example', { method: 'PUT' })).rejects.toThrow('Failed to fetch');
    await expect(page('https://app.example', { headers: { 'x-other': '1' } })).rejects.toThrow(
      'Failed to fetch',
    );
  });
});

it('leaves nothing behind', async () => {
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(waiter(), { StackName });
  expect((await fetchAs(cloud.endpoint, 'http://rest.sam.example/v1/pets')).status).not.toBe(200);
});
