/** Valid requests as the official clients write them, caught before they are sent. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  CompleteMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { encode as encodeCbor } from 'cbor-x';

export interface Sent {
  readonly protocol: 'json' | 'query' | 'rest-json' | 'rest-xml' | 'cbor';
  readonly method: string;
  /** As on the wire, percent-encoding kept. */
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

interface SdkRequest {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

interface SdkClient {
  send(command: never): Promise<unknown>;
  destroy(): void;
}

class Caught extends Error {}

export async function captureRequests(): Promise<Sent[]> {
  let protocol: Sent['protocol'] = 'json';
  const sent: Sent[] = [];
  const requestHandler = {
    handle: async (request: SdkRequest) => {
      sent.push({
        protocol,
        method: request.method,
        path: request.path,
        query: queryText(request.query ?? {}),
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: await bytesOf(request.body),
      });
      throw new Caught();
    },
  };
  const config = {
    region: 'eu-west-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: requestHandler as never,
  };
  const catchAll = async (spoken: Sent['protocol'], client: SdkClient, commands: unknown[]) => {
    protocol = spoken;
    for (const command of commands) {
      try {
        await client.send(command as never);
      } catch (error) {
        if (!(error instanceof Caught)) throw error;
      }
    }
    client.destroy();
  };
  const item = {
    pk: { S: 'a' },
    n: { N: '12.5' },
    b: { B: Buffer.from('bytes') },
    m: { M: { x: { NULL: true as const } } },
    ss: { SS: ['a', 'b'] },
  };
  await catchAll('json', new DynamoDBClient(config), [
    new GetItemCommand({ TableName: 'orders', Key: { pk: { S: 'a' } }, ConsistentRead: true }),
    new PutItemCommand({ TableName: 'orders', Item: item, ConditionExpression: 'attribute_not_exists(pk)' }),
    new UpdateItemCommand({
      TableName: 'orders',
      Key: { pk: { S: 'a' } },
      UpdateExpression: 'SET #n = :n',
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: { ':n': { N: '1' } },
    }),
    new QueryCommand({
      TableName: 'orders',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'a' } },
      Limit: 10,
    }),
    new BatchWriteItemCommand({ RequestItems: { orders: [{ PutRequest: { Item: item } }] } }),
    new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: 'orders', Item: item } }] }),
    new CreateTableCommand({
      TableName: 'orders',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  ]);
  await catchAll('json', new CloudWatchLogsClient(config), [
    new PutLogEventsCommand({
      logGroupName: 'g',
      logStreamName: 's',
      logEvents: [{ timestamp: 1, message: 'hello' }],
    }),
  ]);
  await catchAll('json', new SQSClient(config), [
    new SendMessageBatchCommand({
      QueueUrl: 'http://localhost:4566/000000000000/q',
      Entries: [
        { Id: 'a', MessageBody: 'hello', MessageAttributes: { k: { DataType: 'String', StringValue: 'v' } } },
      ],
    }),
  ]);
  await catchAll('query', new STSClient(config), [
    new GetCallerIdentityCommand({}),
    new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::000000000000:role/worker',
      RoleSessionName: 'one',
      Tags: [{ Key: 'a', Value: 'b' }],
    }),
  ]);
  await catchAll('query', new IAMClient(config), [
    new CreateRoleCommand({
      RoleName: 'worker',
      AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
    }),
    new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'p', PolicyDocument: '{}' }),
  ]);
  await catchAll('query', new CloudFormationClient(config), [
    new CreateStackCommand({
      StackName: 's',
      TemplateBody: '{"Resources":{}}',
      Parameters: [{ ParameterKey: 'a', ParameterValue: 'b' }],
    }),
    new DescribeStacksCommand({}),
  ]);
  await catchAll('query', new SNSClient(config), [
    new PublishCommand({
      TopicArn: 'arn:aws:sns:eu-west-1:000000000000:t',
      Message: 'hello',
      MessageAttributes: { k: { DataType: 'String', StringValue: 'v' } },
    }),
  ]);
  await catchAll('rest-json', new LambdaClient(config), [
    new InvokeCommand({ FunctionName: 'f', Payload: Buffer.from('{"a":1}'), InvocationType: 'Event' }),
    new ListFunctionsCommand({ MaxItems: 10 }),
    new CreateFunctionCommand({
      FunctionName: 'f',
      Role: 'arn:aws:iam::000000000000:role/worker',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: Buffer.from('zip') },
      Environment: { Variables: { STAGE: 'dev' } },
    }),
    new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Timeout: 10, Layers: [] }),
  ]);
  await catchAll('rest-xml', new S3Client({ ...config, forcePathStyle: true }), [
    new PutObjectCommand({
      Bucket: 'bucket',
      Key: 'a/b c.txt',
      Body: 'hello',
      ContentType: 'text/plain',
      Metadata: { a: 'b' },
    }),
    new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'hello', ChecksumAlgorithm: 'SHA256' }),
    new GetObjectCommand({ Bucket: 'bucket', Key: 'k', Range: 'bytes=0-4', IfModifiedSince: new Date(0) }),
    new ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'a/', MaxKeys: 10, Delimiter: '/' }),
    new DeleteObjectsCommand({
      Bucket: 'bucket',
      Delete: { Objects: [{ Key: 'a' }, { Key: '<b>&' }], Quiet: true },
    }),
    new PutBucketTaggingCommand({ Bucket: 'bucket', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
    new CompleteMultipartUploadCommand({
      Bucket: 'bucket',
      Key: 'k',
      UploadId: 'u',
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: '"e"' }] },
    }),
  ]);
  return sent;
}

function queryText(query: Record<string, string | string[] | null>): string {
  const encode = encodeURIComponent;
  return Object.entries(query)
    .flatMap(([name, value]) =>
      value === null ? [encode(name)] : [value].flat().map((one) => `${encode(name)}=${encode(one)}`),
    )
    .join('&');
}

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as string);
  const pieces: Buffer[] = [];
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** rpcv2Cbor has no client here: DynamoDB's model spoken in CBOR. */
export function cborSample(): Sent {
  return {
    protocol: 'cbor',
    method: 'POST',
    path: '/service/DynamoDB_20120810/operation/PutItem',
    query: '',
    headers: {
      host: 'dynamodb.localhost:4566',
      'content-type': 'application/cbor',
      'smithy-protocol': 'rpc-v2-cbor',
      accept: 'application/cbor',
    },
    body: encodeCbor({
      TableName: 'orders',
      Item: { pk: { S: 'a' }, n: { N: '1' }, b: { B: Buffer.from('bytes') }, l: { L: [{ BOOL: true }] } },
    }),
  };
}
