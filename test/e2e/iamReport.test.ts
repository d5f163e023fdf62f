/** `brume iam report`: from what an application was seen to do to a policy with which it runs, enforced. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { runBrume, temporaryFolder } from './support/server.ts';

const account = '000000000000';
const table = (name: string) => `arn:aws:dynamodb:us-east-1:${account}:table/${name}`;
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
});

let folder: ReturnType<typeof temporaryFolder>;
let cloud: Cloud;
beforeEach(async () => {
  folder = temporaryFolder();
  cloud = await startCloud({ data: folder.path });
});
afterEach(async () => {
  await cloud.close();
  folder.remove();
});

/** A role without policies, and a session of it. */
async function session(name: string) {
  const iam = new IAMClient(cloud.clientConfig);
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  const config = await assumed(name);
  return { iam, config };
}

async function assumed(name: string) {
  const sts = new STSClient(cloud.clientConfig);
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: 'app' }),
  );
  return {
    ...cloud.clientConfig,
    maxAttempts: 1,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId as string,
      secretAccessKey: Credentials?.SecretAccessKey as string,
      sessionToken: Credentials?.SessionToken as string,
    },
  };
}

async function makeResources() {
  const dynamodb = new DynamoDBClient(cloud.clientConfig);
  const s3 = new S3Client(cloud.clientConfig);
  for (const TableName of ['orders', 'secrets']) {
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
  }
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
}

/** What the application does. */
async function application(config: Awaited<ReturnType<typeof assumed>>) {
  const dynamodb = new DynamoDBClient(config);
  const s3 = new S3Client(config);
  const sts = new STSClient(config);
  const Key = { id: { S: '1' } };
  await sts.send(new GetCallerIdentityCommand({}));
  await dynamodb.send(new PutItemCommand({ TableName: 'orders', Item: Key }));
  await dynamodb.send(new GetItemCommand({ TableName: 'orders', Key }));
  for (let i = 0; i < 8; i++)
    await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: `uploads/${i}.txt`, Body: 'x' }));
  await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'uploads/1.txt' }));
}

const mode = (to: string) => runBrume(cloud.endpoint, ['iam', 'mode', to]);
const report = async (...args: string[]) => runBrume(cloud.endpoint, ['iam', 'report', ...args]);

describe('brume iam report', () => {
  it('makes the policy with which the application runs enforced, and nothing more does', async () => {
    await makeResources();
    const { iam, config } = await session('worker');
    await application(config);
    const file = join(folder.path, 'policy.json');
    const written = await report('--role', 'worker', '--write', file);
    expect([written.code, written.stdout]).toEqual([0, '']);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Dynamodb1',
          Effect: 'Allow',
          Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
          Resource: [table('orders')],
        },
        {
          Sid: 'S31',
          Effect: 'Allow',
          Action: ['s3:GetObject'],
          Resource: ['arn:aws:s3:::photos/uploads/1.txt'],
        },
        {
          Sid: 'S32',
          Effect: 'Allow',
          Action: ['s3:PutObject'],
          Resource: ['arn:aws:s3:::photos/uploads/*'],
        },
      ],
    });
    await mode('enforce');
    const dynamodb = new DynamoDBClient(config);
    await expect(dynamodb.send(new ScanCommand({ TableName: 'orders' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(application(config)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'worker',
        PolicyName: 'least',
        PolicyDocument: readFileSync(file, 'utf8'),
      }),
    );
    await application(config);
    await expect(dynamodb.send(new ScanCommand({ TableName: 'orders' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    // What was refused was not done: the policy doesn't grow by asking.
    const again = JSON.parse((await report('--role', 'worker')).stdout) as {
      Statement: { Action: string[] }[];
    };
    expect(again.Statement.flatMap(({ Action }) => Action)).not.toContain('dynamodb:Scan');
  });

  it('lists what was denied, whether or not it passed, and remembers it after a restart', async () => {
    await makeResources();
    const { config } = await session('worker');
    const dynamodb = new DynamoDBClient(config);
    const scan = () => dynamodb.send(new ScanCommand({ TableName: 'secrets' }));
    await scan();
    await scan();
    const shown = await report();
    expect(shown.stdout).toMatch(
      /^DENIED .*\n2× \(let pass\) .* role\/worker +dynamodb:Scan +arn:aws:dynamodb:us-east-1:000000000000:table\/secrets +no identity-based policy allows\n/,
    );
    await mode('enforce');
    await expect(scan()).rejects.toThrow();
    await cloud.close();
    cloud = await startCloud({ data: folder.path });
    const { denials } = JSON.parse((await report('--json')).stdout) as { denials: { principal: string }[] };
    expect(denials.filter(({ principal }) => principal === 'role/worker')).toMatchObject([
      {
        account,
        principal: 'role/worker',
        action: 'dynamodb:Scan',
        resource: table('secrets'),
        refused: true,
        count: 3,
        reason: `User: arn:aws:sts::${account}:assumed-role/worker/app is not authorized to perform: dynamodb:Scan on resource: ${table('secrets')} because no identity-based policy allows the dynamodb:Scan action`,
      },
    ]);
  });

  it('looks back as far as it is told', async () => {
    await makeResources();
    const { config } = await session('worker');
    await application(config);
    await cloud.clock.advance(2 * 3_600_000);
    const dynamodb = new DynamoDBClient(await assumed('worker'));
    await dynamodb.send(new GetItemCommand({ TableName: 'orders', Key: { id: { S: '1' } } }));
    const { stdout } = await report('--role', 'worker', '--since', '1h');
    expect(JSON.parse(stdout)).toMatchObject({ Statement: [{ Action: ['dynamodb:GetItem'] }] });
    expect((JSON.parse(stdout) as { Statement: object[] }).Statement).toHaveLength(1);
  });

  it('says what to do when there is nothing, and what is missing', async () => {
    expect((await report()).stdout).toContain('Nothing was seen yet.');
    const unknown = await report('--role', 'nobody');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('Nothing was seen of role nobody'),
    ]);
    const file = join(folder.path, 'none.json');
    const everybody = await report('--write', file);
    expect([everybody.code, existsSync(file)]).toEqual([2, false]);
    await mode('off');
  });
});
