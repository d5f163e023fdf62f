/** WebSocket APIs with unmodified clients: a chat that SAM deploys, its function, the SDK and boto3, in a cloud that enforces IAM. */

import { request } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  CreateRouteCommand,
  CreateStageCommand,
  DeleteDomainNameCommand,
  GetApiCommand,
  GetIntegrationResponsesCommand,
  GetModelsCommand,
  GetRouteResponsesCommand,
  GetRoutesCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { signRequest } from '../../src/identity/index.ts';
import { boto3, python } from './support/clients.ts';

let cloud: Cloud;
let v2: ApiGatewayV2Client;
let cloudFormation: CloudFormationClient;
let iam: IAMClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  v2 = new ApiGatewayV2Client(cloud.clientConfig);
  cloudFormation = new CloudFormationClient(cloud.clientConfig);
  iam = new IAMClient(cloud.clientConfig);
});
afterAll(() => cloud?.close());

/** Everybody hears what one says; who hears is in a table. */
const chat = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Table:
    Type: AWS::Serverless::SimpleTable
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Timeout: 20
      MemorySize: 256
      Environment: { Variables: { TABLE: !Ref Table } }
      Policies:
        - DynamoDBCrudPolicy: { TableName: !Ref Table }
        - Statement:
            - Effect: Allow
              Action: execute-api:ManageConnections
              Resource: !Sub arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:*/live/POST/@connections/*
      InlineCode: |
        const { DynamoDBClient, PutItemCommand, DeleteItemCommand, ScanCommand } = require('@aws-sdk/client-dynamodb');
        const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi');
        const table = new DynamoDBClient({});
        const TableName = process.env.TABLE;
        exports.handler = async (event) => {
          const { routeKey, connectionId, domainName, stage } = event.requestContext;
          const Key = { id: { S: connectionId } };
          if (routeKey === '$connect') {
            if (event.queryStringParameters?.name === 'nobody') return { statusCode: 403 };
            await table.send(new PutItemCommand({ TableName, Item: { ...Key, name: { S: event.queryStringParameters?.name ?? '?' } } }));
          } else if (routeKey === '$disconnect') {
            await table.send(new DeleteItemCommand({ TableName, Key }));
          } else if (routeKey === 'say') {
            const connections = new ApiGatewayManagementApiClient({ endpoint: 'http://' + domainName + '/' + stage });
            const { Items } = await table.send(new ScanCommand({ TableName }));
            const Data = JSON.stringify({ said: JSON.parse(event.body).text });
            await Promise.all(Items.map(({ id }) => connections.send(new PostToConnectionCommand({ ConnectionId: id.S, Data }))));
          }
          return { statusCode: 200 };
        };
  Socket:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: live
      Routes:
        $connect: { FunctionArn: !GetAtt Chat.Arn }
        $disconnect: { FunctionArn: !GetAtt Chat.Arn }
        say: { FunctionArn: !GetAtt Chat.Arn }
Outputs:
  ApiId: { Value: !Ref Socket }
  Table: { Value: !Ref Table }
`;

/** The types that SAM leaves to templates, and what refers to them. */
const plain = `
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: { Name: plain, ProtocolType: WEBSOCKET, RouteSelectionExpression: '\${request.body.kind}' }
  Line:
    Type: AWS::ApiGatewayV2::Model
    Properties: { ApiId: !Ref Api, Name: Line, ContentType: application/json, Schema: { type: object, required: [text] } }
  Mock:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: MOCK
      TemplateSelectionExpression: \\$default
      RequestTemplates: { $default: '{"statusCode":200}' }
  Answer:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Api
      IntegrationId: !Ref Mock
      IntegrationResponseKey: $default
      ResponseTemplates: { $default: '{"id":"$context.connectionId"}' }
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: who
      Target: !Sub integrations/\${Mock}
      RouteResponseSelectionExpression: $default
      ModelSelectionExpression: $request.body.kind
      RequestModels: { who: Line }
    DependsOn: Line
  RouteResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: { ApiId: !Ref Api, RouteId: !Ref Route, RouteResponseKey: $default }
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $connect
      AuthorizationType: AWS_IAM
      Target: !Sub integrations/\${Remember}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Writer:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: apigateway.amazonaws.com } }]
      Policies:
        - PolicyName: write
          PolicyDocument:
            Version: '2012-10-17'
            Statement: [{ Effect: Allow, Action: dynamodb:PutItem, Resource: !GetAtt Table.Arn }]
  Remember:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS
      IntegrationMethod: POST
      IntegrationUri: !Sub arn:aws:apigateway:\${AWS::Region}:dynamodb:action/PutItem
      CredentialsArn: !GetAtt Writer.Arn
      RequestTemplates:
        $default: !Sub '{"TableName":"\${Table}","Item":{"id":{"S":"$context.connectionId"},"who":{"S":"$context.identity.userArn"}}}'
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    DependsOn: [RouteResponse, Connect, Answer]
    Properties: { ApiId: !Ref Api }
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: live, DeploymentId: !Ref Deployment }
Outputs:
  ApiId: { Value: !Ref Api }
  MockId: { Value: !Ref Mock }
  RouteId: { Value: !Ref Route }
  Table: { Value: !Ref Table }
`;

async function deploy(StackName: string, TemplateBody: string): Promise<Record<string, string>> {
  const Capabilities = ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'] as const;
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: [...Capabilities] }),
  );
  try {
    await waitUntilStackCreateComplete(
      { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { StackName },
    );
  } catch (error) {
    const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    const failed = StackEvents?.filter((event) => event.ResourceStatus?.includes('FAILED'));
    throw new Error(
      JSON.stringify(failed?.map((event) => [event.LogicalResourceId, event.ResourceStatusReason])),
      {
        cause: error,
      },
    );
  }
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map((output) => [output.OutputKey, output.OutputValue]),
  );
}

async function remove(StackName: string): Promise<void> {
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(
    { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
    { StackName },
  );
}

async function open(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ socket: WebSocket; messages: string[] }> {
  const socket = new WebSocket(url, { headers, rejectUnauthorized: false });
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return { socket, messages };
}

describe('a chat that SAM deploys', () => {
  it('lets everybody hear what one says, and forgets those who leave', async () => {
    const { ApiId = '', Table: TableName } = await deploy('chat', chat);
    const table = new DynamoDBClient(cloud.clientConfig);
    const present = async () => (await table.send(new ScanCommand({ TableName }))).Count;
    const base = `127.0.0.1:${cloud.port}/_aws/execute-api/${ApiId}/live`;
    const ann = await open(`ws://${base}?name=ann`);
    // The same port speaks TLS.
    const bob = await open(`wss://${base}?name=bob`);
    await expect(open(`ws://${base}?name=nobody`)).rejects.toThrow('Unexpected server response: 403');
    ann.socket.send('{"action":"say","text":"hello"}');
    await expect.poll(() => bob.messages).toEqual(['{"said":"hello"}']);
    await expect.poll(() => ann.messages).toEqual(['{"said":"hello"}']);
    expect(await present()).toBe(2);
    bob.socket.close();
    await expect.poll(present).toBe(1);
    ann.socket.send('{"action":"shout"}');
    await expect.poll(() => ann.messages.at(-1)).toMatch(/^\{"message": "Forbidden", "connectionId":"/);
    const { RouteSelectionExpression, ProtocolType, ApiEndpoint } = await v2.send(
      new GetApiCommand({ ApiId }),
    );
    expect({ RouteSelectionExpression, ProtocolType, ApiEndpoint }).toEqual({
      RouteSelectionExpression: '$request.body.action',
      ProtocolType: 'WEBSOCKET',
      ApiEndpoint: `ws://${ApiId}.execute-api.us-east-1.localhost:${cloud.port}`,
    });
    ann.socket.close();
    await expect.poll(present).toBe(0);
    await remove('chat');
  });
});

describe('an API that a template describes', () => {
  let ApiId = '';
  let outputs: Record<string, string>;
  let base = '';

  beforeAll(async () => {
    outputs = await deploy('plain', plain);
    ApiId = outputs.ApiId ?? '';
    base = `127.0.0.1:${cloud.port}/_aws/execute-api/${ApiId}/live`;
  });

  it('has what the template says', async () => {
    const { Items: routes } = await v2.send(new GetRoutesCommand({ ApiId }));
    expect(routes?.map((route) => route.RouteKey).sort()).toEqual(['$connect', 'who']);
    const { RouteId, MockId: IntegrationId } = outputs;
    const responses = await v2.send(new GetRouteResponsesCommand({ ApiId, RouteId }));
    expect(responses.Items).toMatchObject([{ RouteResponseKey: '$default' }]);
    const made = await v2.send(new GetIntegrationResponsesCommand({ ApiId, IntegrationId }));
    expect(made.Items).toMatchObject([{ IntegrationResponseKey: '$default' }]);
    const models = await v2.send(new GetModelsCommand({ ApiId }));
    expect(models.Items).toMatchObject([{ Name: 'Line', Schema: '{"type":"object","required":["text"]}' }]);
  });

  it('lets in who is signed and allowed, and talks to the SDK', async () => {
    const arn = `arn:aws:execute-api:us-east-1:000000000000:${ApiId}/live/$connect`;
    const credentials = await user('guest', arn, 'execute-api:Invoke');
    const headers = signRequest(
      {
        method: 'GET',
        path: `/_aws/execute-api/${ApiId}/live`,
        headers: { host: `127.0.0.1:${cloud.port}` },
      },
      { ...credentials, region: 'us-east-1', service: 'execute-api', now: cloud.clock.now() },
    );
    await expect(open(`ws://${base}`)).rejects.toThrow('Unexpected server response: 403');
    const guest = await open(`ws://${base}`, headers);
    guest.socket.send('{"kind":"who"}');
    await expect.poll(() => guest.messages.at(-1)).toContain('"message": "Invalid request body"');
    guest.socket.send('{"kind":"who","text":"me"}');
    await expect.poll(() => guest.messages).toHaveLength(2);
    const { id: ConnectionId } = JSON.parse(guest.messages[1] ?? '{}') as { id: string };

    // What `$connect` did: an operation of another service, as its role, without a function.
    const { Item } = await new DynamoDBClient(cloud.clientConfig).send(
      new GetItemCommand({ TableName: outputs.Table, Key: { id: { S: ConnectionId } } }),
    );
    expect(Item?.who?.S).toBe('arn:aws:iam::000000000000:user/guest');

    const sdk = (endpoint: string, as = cloud.credentials) =>
      new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1', credentials: as, maxAttempts: 1 });
    const root = sdk(`http://${base}`);
    await root.send(new PostToConnectionCommand({ ConnectionId, Data: 'from the SDK' }));
    await expect.poll(() => guest.messages.at(-1)).toBe('from the SDK');
    // An address that names no API does, too: what functions make of `domainName` and `stage`.
    await sdk(`http://127.0.0.1:${cloud.port}/live`).send(
      new PostToConnectionCommand({ ConnectionId, Data: 'again' }),
    );
    await expect.poll(() => guest.messages.at(-1)).toBe('again');
    const told = await root.send(new GetConnectionCommand({ ConnectionId }));
    expect(told).toMatchObject({ ConnectedAt: expect.any(Date), Identity: { SourceIp: '127.0.0.1' } });
    await expect(
      sdk(`http://${base}`, credentials).send(new GetConnectionCommand({ ConnectionId })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::000000000000:user/guest is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:********0000:${ApiId}/live/GET/@connections/{connectionId}`,
    });
    await expect(
      sdk(`http://${base}`, { ...cloud.credentials, secretAccessKey: 'wrong' }).send(
        new GetConnectionCommand({ ConnectionId }),
      ),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    const closed = new Promise((resolve) => guest.socket.once('close', resolve));
    await root.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(await closed).toBe(1000);
    await expect(root.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }))).rejects.toBeInstanceOf(
      GoneException,
    );
  });

  it.skipIf(!boto3)('talks to boto3', async () => {
    const result = await python<{ gone: string; status: number }>(
      cloud.endpoint,
      `
import boto3, json
connections = boto3.client('apigatewaymanagementapi', endpoint_url='http://${base}')
try:
  connections.post_to_connection(ConnectionId='L0SM9cOFvHcCIhw=', Data=b'x')
except connections.exceptions.GoneException as error:
  print(json.dumps({'gone': error.response['Error']['Code'], 'status': error.response['ResponseMetadata']['HTTPStatusCode']}))
`,
    );
    expect(result).toEqual({ gone: 'GoneException', status: 410 });
  });

  it.skipIf(!boto3)('lets in by a presigned URL, as pages of browsers come', async () => {
    const { url } = await python<{ url: string }>(
      cloud.endpoint,
      `
import json
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
request = AWSRequest('GET', 'http://${base}', params={'room': 'a b'})
SigV4QueryAuth(Credentials('test', 'test'), 'execute-api', 'us-east-1', expires=60).add_auth(request)
print(json.dumps({'url': request.prepare().url}))
`,
    );
    const { socket } = await open(url.replace('http:', 'ws:'));
    socket.close();
    await expect(open(url.replace('http:', 'ws:').replace('a%20b', 'other'))).rejects.toThrow('403');
  });

  it('answers at a custom domain, handshakes and connections both', async () => {
    const DomainName = 'sockets.example.com';
    const CertificateArn =
      'arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012';
    await v2.send(
      new CreateDomainNameCommand({ DomainName, DomainNameConfigurations: [{ CertificateArn }] }),
    );
    await v2.send(new CreateApiMappingCommand({ DomainName, ApiId, Stage: 'live', ApiMappingKey: 'chat' }));
    const host = DomainName;
    const signed = (method: string, path: string) =>
      signRequest(
        { method, path, headers: { host } },
        { ...rootKey, region: 'us-east-1', service: 'execute-api', now: cloud.clock.now() },
      );
    const rootKey = { accessKeyId: 'test', secretAccessKey: 'test' };
    let client: Awaited<ReturnType<typeof open>> | undefined;
    await expect
      .poll(async () => {
        client = await open(`ws://127.0.0.1:${cloud.port}/chat`, signed('GET', '/chat')).catch(
          () => undefined,
        );
        return client !== undefined;
      })
      .toBe(true);
    client?.socket.send('{"kind":"who","text":"me"}');
    await expect.poll(() => client?.messages).toHaveLength(1);
    const { id } = JSON.parse(client?.messages[0] ?? '{}') as { id: string };
    const path = `/chat/@connections/${id}`;
    const told = await new Promise<number | undefined>((resolve) => {
      request({ port: cloud.port, path, headers: signed('GET', path) }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end();
    });
    expect(told).toBe(200);
    client?.socket.close();
  });

  it('goes with its stack', async () => {
    await v2.send(new DeleteDomainNameCommand({ DomainName: 'sockets.example.com' }));
    await remove('plain');
    await expect(v2.send(new GetApiCommand({ ApiId }))).rejects.toMatchObject({ name: 'NotFoundException' });
    await expect(open(`ws://${base}`)).rejects.toThrow('403');
  });
});

async function user(UserName: string, Resource: string, Action: string) {
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource }],
  });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'may', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

describe('a cloud that is emptied', () => {
  it('says goodbye to those who are connected', async () => {
    const { ApiId } = await v2.send(
      new CreateApiCommand({
        Name: 'r',
        ProtocolType: 'WEBSOCKET',
        RouteSelectionExpression: '$request.body.a',
      }),
    );
    await v2.send(new CreateRouteCommand({ ApiId, RouteKey: 'a' }));
    await v2.send(new CreateStageCommand({ ApiId, StageName: 'live', AutoDeploy: true }));
    const url = `ws://127.0.0.1:${cloud.port}/_aws/execute-api/${ApiId}/live`;
    const { socket } = await open(url);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await cloud.reset();
    expect(await closed).toBe(1001);
    await expect(open(url)).rejects.toThrow('403');
  });
});
