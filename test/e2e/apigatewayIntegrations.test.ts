/** REST APIs in front of other services of the cloud, over the wire. */
import { APIGatewayClient, CreateDeploymentCommand, ImportRestApiCommand } from '@aws-sdk/client-api-gateway';
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let api: string;
let s3: S3Client;
let dynamodb: DynamoDBClient;

const responses = { 200: { description: 'ok' }, 400: { description: 'bad' }, 404: { description: 'none' } };
const role = 'arn:aws:iam::000000000000:role/api';
const answers = {
  default: { statusCode: '200' },
  '400': { statusCode: '400' },
  '404': { statusCode: '404' },
};

function to(uri: string, httpMethod: string, more: object = {}) {
  return {
    responses,
    'x-amazon-apigateway-integration': {
      type: 'aws',
      uri: `arn:aws:apigateway:us-east-1:${uri}`,
      httpMethod,
      credentials: role,
      responses: answers,
      ...more,
    },
  };
}

const json = { 'content-type': 'application/json' };
const item = { parameters: [{ name: 'item', in: 'path', required: true, schema: { type: 'string' } }] };
const key = { 'integration.request.path.key': 'method.request.path.item' };

beforeAll(async () => {
  cloud = await startCloud();
  s3 = new S3Client({ ...cloud.clientConfig, forcePathStyle: true });
  dynamodb = new DynamoDBClient(cloud.clientConfig);
  const gateway = new APIGatewayClient(cloud.clientConfig);
  const iam = new IAMClient(cloud.clientConfig);
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'apigateway.amazonaws.com' } },
    ],
  };
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  await iam.send(new CreateRoleCommand({ RoleName: 'api', AssumeRolePolicyDocument }));
  await s3.send(new CreateBucketCommand({ Bucket: 'pictures' }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: 'notes',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const lambda = new LambdaClient(cloud.clientConfig);
  const source = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-path': event.path } });
    out.write('one ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    out.write('two');
    out.end();
  });`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'stream',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: role,
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 60, minDelay: 0.05 },
    { FunctionName: 'stream' },
  );
  const document = {
    openapi: '3.0.1',
    info: { title: 'services', version: '1' },
    'x-amazon-apigateway-binary-media-types': ['image/png'],
    paths: {
      '/pictures/{item}': {
        get: { ...item, ...to('s3:path/pictures/{key}', 'GET', { requestParameters: key }) },
        put: {
          ...item,
          ...to('s3:path/pictures/{key}', 'PUT', {
            requestParameters: {
              ...key,
              'integration.request.header.Content-Type': 'method.request.header.Content-Type',
              'integration.request.header.x-amz-meta-from': "'gateway'",
            },
          }),
        },
      },
      '/notes/{item}': {
        put: {
          ...item,
          ...to('dynamodb:action/PutItem', 'POST', {
            requestTemplates: {
              'application/json':
                '{"TableName":"notes","Item":{"id":{"S":"$input.params(\'item\')"},"text":{"S":"$input.path(\'$.text\')"},"raw":{"B":"aGk="}}}',
            },
          }),
        },
        get: {
          ...item,
          ...to('dynamodb:action/GetItem', 'POST', {
            requestTemplates: {
              'application/json': '{"TableName":"notes","Key":{"id":{"S":"$input.params(\'item\')"}}}',
            },
          }),
        },
      },
      '/stream': {
        get: {
          responses,
          'x-amazon-apigateway-integration': {
            type: 'aws_proxy',
            httpMethod: 'POST',
            uri: 'arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:000000000000:function:stream/response-streaming-invocations',
            responseTransferMode: 'STREAM',
          },
        },
      },
      '/roles': { get: to('iam:action/GetRole&RoleName=api', 'GET') },
      '/roles/none': { get: to('iam:action/GetRole&RoleName=none', 'GET') },
    },
  };
  const body = Buffer.from(JSON.stringify(document));
  const made = await gateway.send(new ImportRestApiCommand({ body }));
  api = `${cloud.endpoint}/_aws/execute-api/${made.id}/prod`;
  await gateway.send(new CreateDeploymentCommand({ restApiId: made.id, stageName: 'prod' }));
});

afterAll(() => cloud?.close());

describe('a REST API in front of', () => {
  it('S3 stores and answers bytes by path', async () => {
    const image = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff, 0x00);
    const put = await fetch(`${api}/pictures/a.png`, {
      method: 'PUT',
      body: image,
      headers: { 'content-type': 'image/png' },
    });
    expect([put.status, await put.text()]).toEqual([200, '']);
    const stored = await s3.send(new GetObjectCommand({ Bucket: 'pictures', Key: 'a.png' }));
    expect(stored.Metadata).toEqual({ from: 'gateway' });
    expect(await stored.Body?.transformToByteArray()).toEqual(image);
    const got = await fetch(`${api}/pictures/a.png`, { headers: { accept: 'image/png' } });
    expect([got.status, new Uint8Array(await got.arrayBuffer())]).toEqual([200, image]);
    const none = await fetch(`${api}/pictures/none.png`);
    expect([none.status, await none.text()]).toEqual([
      404,
      expect.stringContaining('<Code>NoSuchKey</Code>'),
    ]);
  });

  it('DynamoDB speaks its JSON, bytes included', async () => {
    const put = await fetch(`${api}/notes/n1`, { method: 'PUT', headers: json, body: '{"text":"hello"}' });
    expect([put.status, await put.text()]).toEqual([200, '{}']);
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: 'notes', Key: { id: { S: 'n1' } } }),
    );
    expect(Item).toEqual({
      id: { S: 'n1' },
      text: { S: 'hello' },
      raw: { B: Uint8Array.from(Buffer.from('hi')) },
    });
    const got = await fetch(`${api}/notes/n1`);
    expect(await got.json()).toEqual({
      Item: { id: { S: 'n1' }, text: { S: 'hello' }, raw: { B: 'aGk=' } },
    });
  });

  it('a function hands on what it streams', async () => {
    const answer = await fetch(`${api}/stream`);
    expect([answer.status, answer.headers.get('x-path'), await answer.text()]).toEqual([
      201,
      '/stream',
      'one two',
    ]);
  });

  it('a query service answers in JSON, as it does to API Gateway', async () => {
    const answer = await fetch(`${api}/roles`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      GetRoleResponse: {
        GetRoleResult: { Role: { RoleName: 'api', Arn: role, Description: null } },
        ResponseMetadata: { RequestId: expect.any(String) },
      },
    });
    const refused = await fetch(`${api}/roles/none`);
    expect([refused.status, await refused.json()]).toEqual([
      404,
      {
        Error: {
          Code: 'NoSuchEntity',
          Message: expect.stringContaining('none cannot be found'),
          Type: 'Sender',
        },
        RequestId: expect.any(String),
      },
    ]);
  });
});
