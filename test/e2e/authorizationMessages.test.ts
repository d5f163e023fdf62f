/** Denials that can be looked into, and sessions of users who are gone, by the real clients. */
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { aws, awsCli, boto3, python } from './support/clients.ts';

type Config = Cloud['clientConfig'];

const header = 'x-brume-authorization-message';
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
const deny = { Sid: 'NoScans', Effect: 'Deny', Action: 'dynamodb:Scan', Resource: '*' };
const opened: { destroy(): void }[] = [];
let cloud: Cloud;
let iam: IAMClient;
/** May do nothing at all. */
let nobody: Config;
/** May do anything but scan. */
let ann: Config;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  iam = client(IAMClient, cloud.clientConfig);
  await client(DynamoDBClient, cloud.clientConfig).send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await client(S3Client, cloud.clientConfig).send(new CreateBucketCommand({ Bucket: 'files' }));
  nobody = await makeUser(iam, 'nobody');
  ann = await makeUser(iam, 'ann', allow, deny);
});
afterAll(async () => {
  for (const one of opened) one.destroy();
  await cloud.close();
});

function client<Client extends { destroy(): void }>(
  Kind: new (config: Config) => Client,
  config: Config,
): Client {
  const made = new Kind(config);
  opened.push(made);
  return made;
}

async function makeUser(by: IAMClient, UserName: string, ...statements: object[]): Promise<Config> {
  await by.send(new CreateUserCommand({ UserName }));
  if (statements.length > 0) {
    const PolicyDocument = document(...statements);
    await by.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
  }
  const { AccessKey } = await by.send(new CreateAccessKeyCommand({ UserName }));
  return configOf(AccessKey);
}

function configOf(
  key:
    | {
        AccessKeyId: string | undefined;
        SecretAccessKey: string | undefined;
        SessionToken?: string | undefined;
      }
    | undefined,
) {
  const credentials = {
    accessKeyId: key?.AccessKeyId ?? '',
    secretAccessKey: key?.SecretAccessKey ?? '',
    ...(key?.SessionToken === undefined ? {} : { sessionToken: key.SessionToken }),
  };
  return { ...cloud.clientConfig, credentials } as Config;
}

/** What the answer to a denied call carries. */
async function encodedOf(call: Promise<unknown>): Promise<string | undefined> {
  const error = (await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as { $response?: { headers: Record<string, string> } } | undefined;
  if (!error) throw new Error('The call was expected to fail');
  return error.$response?.headers[header];
}

async function decode(config: Config, EncodedMessage: string | undefined) {
  const sent = client(STSClient, config).send(new DecodeAuthorizationMessageCommand({ EncodedMessage }));
  return JSON.parse((await sent).DecodedMessage ?? '');
}

const scan = (config: Config) =>
  client(DynamoDBClient, config).send(new ScanCommand({ TableName: 'orders' }));
const invalid = { name: 'InvalidAuthorizationMessageException', message: 'Message is not valid' };

describe('the message of a denied request', () => {
  it('tells an administrator which statement denied what to whom', async () => {
    const message = await decode(cloud.clientConfig, await encodedOf(scan(ann)));
    expect(message).toMatchObject({
      allowed: false,
      explicitDeny: true,
      matchedStatements: { items: [{ statementId: 'NoScans', effect: 'DENY' }] },
      context: {
        principal: { name: 'ann', arn: 'arn:aws:iam::000000000000:user/ann' },
        action: 'dynamodb:Scan',
        resource: 'arn:aws:dynamodb:us-east-1:000000000000:table/orders',
      },
    });
  });

  it('comes with the answers of S3, which say nothing to HEAD, of Lambda and of STS', async () => {
    const calls = [
      [() => client(S3Client, nobody).send(new HeadObjectCommand({ Bucket: 'files', Key: 'a' })), /^s3:/],
      [() => client(LambdaClient, nobody).send(new ListFunctionsCommand({})), /^lambda:ListFunctions$/],
      [
        () =>
          client(STSClient, nobody).send(
            new AssumeRoleCommand({
              RoleArn: 'arn:aws:iam::000000000000:role/none',
              RoleSessionName: 'one',
            }),
          ),
        /^sts:AssumeRole$/,
      ],
    ] as const;
    for (const [call, action] of calls) {
      const message = await decode(ann, await encodedOf(call()));
      expect(message).toMatchObject({ explicitDeny: false, matchedStatements: { items: [] } });
      expect(message.context.action).toMatch(action);
      expect(message.context.principal.name).toBe('nobody');
    }
  });

  it('is nothing to those who may not decode, to other accounts, or when it was changed', async () => {
    const encoded = (await encodedOf(scan(ann))) ?? '';
    expect(encoded.length).toBeLessThan(4_096);
    expect(Buffer.from(encoded, 'base64url').toString('latin1')).not.toContain('NoScans');
    await expect(decode(nobody, encoded)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('not authorized to perform: sts:DecodeAuthorizationMessage'),
    });
    const { secretAccessKey } = cloud.clientConfig.credentials as { secretAccessKey: string };
    const foreign = configOf({ AccessKeyId: '111122223333', SecretAccessKey: secretAccessKey });
    await expect(decode(foreign, encoded)).rejects.toMatchObject(invalid);
    const changed = `${encoded.slice(0, 50)}${encoded[50] === 'A' ? 'B' : 'A'}${encoded.slice(51)}`;
    for (const wrong of [changed, encoded.slice(0, -8), `${encoded}\n`, 'made-up']) {
      await expect(decode(cloud.clientConfig, wrong)).rejects.toMatchObject({
        ...invalid,
        $metadata: { httpStatusCode: 400 },
      });
    }
  });

  it('is of the account of who asked, not of whose resource it is', async () => {
    const { secretAccessKey } = cloud.clientConfig.credentials as { secretAccessKey: string };
    const root = configOf({ AccessKeyId: '111122223333', SecretAccessKey: secretAccessKey });
    const bob = await makeUser(client(IAMClient, root), 'bob', allow);
    const theirs = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders';
    const encoded = await encodedOf(client(DynamoDBClient, bob).send(new ScanCommand({ TableName: theirs })));
    expect(await decode(bob, encoded)).toMatchObject({ context: { resource: theirs } });
    await expect(decode(cloud.clientConfig, encoded)).rejects.toMatchObject(invalid);
    // S3 gives other accounts no reasons.
    const hushed = client(S3Client, bob).send(new HeadObjectCommand({ Bucket: 'files', Key: 'a' }));
    expect(await encodedOf(hushed)).toBeUndefined();
  });

  it('is none for strangers, wrong signatures and answers that deny nothing', async () => {
    const stranger = await fetch(`${cloud.endpoint}/files/a`);
    expect([stranger.status, stranger.headers.get(header)]).toEqual([403, null]);
    const { accessKeyId } = ann.credentials as { accessKeyId: string };
    const forger = configOf({ AccessKeyId: accessKeyId, SecretAccessKey: 'wrong' });
    expect(await encodedOf(scan(forger))).toBeUndefined();
    const missing = client(S3Client, ann).send(new HeadObjectCommand({ Bucket: 'files', Key: 'a' }));
    expect(await encodedOf(missing)).toBeUndefined();
  });

  it.skipIf(!awsCli)('is decoded by the AWS CLI', async () => {
    const encoded = (await encodedOf(scan(ann))) ?? '';
    const { DecodedMessage } = await aws<{ DecodedMessage: string }>(cloud.endpoint, [
      'sts',
      'decode-authorization-message',
      '--encoded-message',
      encoded,
    ]);
    expect(JSON.parse(DecodedMessage)).toMatchObject({ explicitDeny: true });
  });

  it.skipIf(!boto3)('is found and decoded by boto3', async () => {
    const { accessKeyId, secretAccessKey } = ann.credentials as Record<string, string>;
    const decoded = await python<{ context: object }>(
      cloud.endpoint,
      `
import boto3, os
url = os.environ['AWS_ENDPOINT_URL']
db = boto3.client('dynamodb', endpoint_url=url, aws_access_key_id='${accessKeyId}', aws_secret_access_key='${secretAccessKey}')
try:
    db.scan(TableName='orders')
except db.exceptions.ClientError as e:
    encoded = e.response['ResponseMetadata']['HTTPHeaders']['${header}']
    print(boto3.client('sts', endpoint_url=url).decode_authorization_message(EncodedMessage=encoded)['DecodedMessage'])
`,
    );
    expect(decoded.context).toMatchObject({ action: 'dynamodb:Scan' });
  });

  it('is not made where policies only audit', async () => {
    const audit = await startCloud({ iam: 'audit' });
    try {
      const nobodyThere = await makeUser(client(IAMClient, audit.clientConfig), 'nobody');
      const there = { ...audit.clientConfig, credentials: nobodyThere.credentials } as Config;
      const call = client(DynamoDBClient, there).send(new ScanCommand({ TableName: 'none' }));
      expect(await encodedOf(call)).toBeUndefined();
    } finally {
      await audit.close();
    }
  });
});

describe('sessions of a user who was deleted', () => {
  it('are no valid tokens any more, also where another has the name', async () => {
    const eve = await makeUser(iam, 'eve', allow);
    const sts = client(STSClient, eve);
    const own = configOf((await sts.send(new GetSessionTokenCommand({}))).Credentials);
    const token = await sts.send(new GetFederationTokenCommand({ Name: 'guest', Policy: document(allow) }));
    const guest = configOf(token.Credentials);
    const whoIs = (config: Config) => client(STSClient, config).send(new GetCallerIdentityCommand({}));
    for (const config of [own, guest]) {
      await whoIs(config);
      await scan(config);
    }
    await iam.send(new DeleteUserPolicyCommand({ UserName: 'eve', PolicyName: 'own' }));
    const { accessKeyId } = eve.credentials as { accessKeyId: string };
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'eve', AccessKeyId: accessKeyId }));
    await iam.send(new DeleteUserCommand({ UserName: 'eve' }));
    const areNone = async () => {
      for (const config of [own, guest]) {
        const message = 'The security token included in the request is invalid.';
        await expect(whoIs(config)).rejects.toMatchObject({ name: 'InvalidClientTokenId', message });
        await expect(scan(config)).rejects.toMatchObject({ name: 'UnrecognizedClientException', message });
      }
    };
    await areNone();
    const another = await makeUser(iam, 'eve', allow);
    await areNone();
    expect((await scan(another)).Count).toBe(0);
  });
});
