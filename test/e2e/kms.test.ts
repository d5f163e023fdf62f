/** KMS with the official clients and `enforce`: envelopes, key policies, restarts, templates. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { buildClient, CommitmentPolicy, KMS, KmsKeyringNode } from '@aws-crypto/client-node';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/cloud/options.ts';
import { RunningCloud } from '../../src/cloud/runningCloud.ts';
import { rootOf } from '../../src/platform/index.ts';
import { boto3, python } from './support/clients.ts';
import { type Server, startServer, temporaryFolder } from './support/server.ts';

const region = 'us-east-1';
const home = '000000000000';
const abroad = '111122223333';
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

let cloud: RunningCloud;
let root: KMSClient;

beforeAll(async () => {
  cloud = await RunningCloud.start(resolveOptions({ iam: 'enforce' }));
  root = new KMSClient(rootConfig());
});
afterAll(async () => {
  root?.destroy();
  await cloud?.close();
});

const config = (credentials: { accessKeyId: string; secretAccessKey: string }) => ({
  endpoint: cloud.endpoint,
  region,
  credentials,
  maxAttempts: 1,
});

const rootConfig = () => config({ accessKeyId: 'test', secretAccessKey: 'test' });

/** A client of a user with this identity policy, or none. */
async function user(account: string, UserName: string, allow?: object): Promise<KMSClient> {
  const aws = cloud.aws({ account, region, principal: rootOf(account) });
  await aws.call('iam', 'CreateUser', { UserName });
  if (allow) {
    const PolicyDocument = document({ Effect: 'Allow', Resource: '*', ...allow });
    await aws.call('iam', 'PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument });
  }
  const { AccessKey } = await aws.call<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
    'iam',
    'CreateAccessKey',
    { UserName },
  );
  return new KMSClient(
    config({ accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }),
  );
}

async function makeKey(Policy?: string) {
  const { KeyMetadata } = await root.send(new CreateKeyCommand({ Policy }));
  return { KeyId: KeyMetadata?.KeyId ?? '', Arn: KeyMetadata?.Arn ?? '' };
}

describe('envelope encryption', () => {
  it('seals what is larger than KMS takes', async () => {
    const { KeyId, Arn } = await makeKey();
    await root.send(new CreateAliasCommand({ AliasName: 'alias/orders', TargetKeyId: KeyId }));
    const EncryptionContext = { table: 'orders' };
    const made = await root.send(
      new GenerateDataKeyCommand({ KeyId: 'alias/orders', KeySpec: 'AES_256', EncryptionContext }),
    );
    expect(made.KeyId).toBe(Arn);
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', made.Plaintext ?? '', iv);
    const sealed = Buffer.concat([cipher.update(Buffer.alloc(1_000_000, 'x')), cipher.final()]);

    const { CiphertextBlob } = made;
    const { Plaintext } = await root.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    const decipher = createDecipheriv('aes-256-gcm', Plaintext ?? '', iv).setAuthTag(cipher.getAuthTag());
    const opened = Buffer.concat([decipher.update(sealed), decipher.final()]);
    expect(opened.equals(Buffer.alloc(1_000_000, 'x'))).toBe(true);
    await expect(root.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(
      root.send(new EncryptCommand({ KeyId, Plaintext: new Uint8Array(4_097) })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('is done by the AWS Encryption SDK', async () => {
    const { Arn } = await makeKey();
    const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
    // Its types are those of SDKs from before optional members were told from undefined ones.
    const clientProvider = () => new KMS(rootConfig()) as never;
    const keyring = new KmsKeyringNode({ generatorKeyId: Arn, clientProvider });
    const { result } = await encrypt(keyring, 'secret', { encryptionContext: { tenant: 'a' } });
    const { plaintext, messageHeader } = await decrypt(keyring, result);
    expect(plaintext.toString()).toBe('secret');
    expect(messageHeader.encryptionContext).toMatchObject({ tenant: 'a' });
  });

  it('says of what isn’t here that it isn’t', async () => {
    const { KeyId } = await makeKey();
    await expect(
      root.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'RSA_2048' })),
    ).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });
});

describe('key policies', () => {
  it('decide who uses a key, over whatever else users may do', async () => {
    const all = await user(home, 'ann', { Action: '*' });
    const { KeyId, Arn } = await makeKey();
    await all.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    const Policy = document({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${home}:root` },
      Action: ['kms:*KeyPolicy', 'kms:CreateGrant'],
      Resource: '*',
    });
    await root.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    expect((await root.send(new GetKeyPolicyCommand({ KeyId }))).Policy).toBe(Policy);
    await expect(all.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${home}:user/ann is not authorized to perform: kms:Encrypt on resource: ${Arn} because no resource-based policy allows the kms:Encrypt action`,
      $metadata: { httpStatusCode: 400 },
    });
    await root.send(
      new CreateGrantCommand({
        KeyId,
        GranteePrincipal: `arn:aws:iam::${home}:user/ann`,
        Operations: ['Encrypt'],
      }),
    );
    await all.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    all.destroy();
  });

  it('let another account in, whose own policies decide as well', async () => {
    const [may, mayNot] = [await user(abroad, 'may', { Action: 'kms:*' }), await user(abroad, 'not')];
    const own = {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${home}:root` },
      Action: 'kms:*',
      Resource: '*',
    };
    const { Arn } = await makeKey(
      document(own, {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${abroad}:root` },
        Action: ['kms:Encrypt', 'kms:Decrypt'],
        Resource: '*',
      }),
    );
    const input = { KeyId: Arn, Plaintext: Buffer.from('x') };
    const { CiphertextBlob } = await may.send(new EncryptCommand(input));
    expect((await may.send(new DecryptCommand({ CiphertextBlob }))).KeyId).toBe(Arn);
    await expect(mayNot.send(new EncryptCommand(input))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    // Their key ids are their own account's.
    await expect(may.send(new DescribeKeyCommand({ KeyId: Arn.split('/')[1] }))).rejects.toMatchObject({
      name: 'NotFoundException',
      $metadata: { httpStatusCode: 400 },
    });
    may.destroy();
    mayNot.destroy();
  });
});

it('deploys keys and aliases from templates', async () => {
  const cloudformation = new CloudFormationClient(rootConfig());
  const template = (key: object) =>
    JSON.stringify({
      Resources: {
        Key: { Type: 'AWS::KMS::Key', Properties: { Tags: [{ Key: 'team', Value: 'a' }], ...key } },
        Alias: {
          Type: 'AWS::KMS::Alias',
          Properties: { AliasName: 'alias/stack', TargetKeyId: { Ref: 'Key' } },
        },
      },
      Outputs: {
        Id: { Value: { Ref: 'Key' } },
        Arn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } },
        Alias: { Value: { Ref: 'Alias' } },
      },
    });
  const stack = { StackName: 'keys' };
  const wait = { client: cloudformation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  await cloudformation.send(
    new CreateStackCommand({
      ...stack,
      TemplateBody: template({ Description: 'one', EnableKeyRotation: true, RotationPeriodInDays: 100 }),
    }),
  );
  await waitUntilStackCreateComplete(wait, stack);
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand(stack));
  const outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map((one) => [one.OutputKey, one.OutputValue]),
  );
  const KeyId = outputs.Id ?? '';
  expect(outputs).toEqual({
    Id: KeyId,
    Arn: `arn:aws:kms:${region}:${home}:key/${KeyId}`,
    Alias: 'alias/stack',
  });
  expect(await root.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
    KeyRotationEnabled: true,
    RotationPeriodInDays: 100,
  });

  await cloudformation.send(
    new UpdateStackCommand({
      ...stack,
      TemplateBody: template({
        Description: 'two',
        Enabled: false,
        KeySpec: 'SYMMETRIC_DEFAULT',
        Tags: [{ Key: 'team', Value: 'b' }],
      }),
    }),
  );
  await waitUntilStackUpdateComplete(wait, stack);
  const { KeyMetadata } = await root.send(new DescribeKeyCommand({ KeyId: 'alias/stack' }));
  expect(KeyMetadata).toMatchObject({ KeyId, Description: 'two', KeyState: 'Disabled' });
  expect((await root.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled).toBe(false);
  expect((await root.send(new ListResourceTagsCommand({ KeyId }))).Tags).toContainEqual({
    TagKey: 'team',
    TagValue: 'b',
  });

  await cloudformation.send(new DeleteStackCommand(stack));
  await waitUntilStackDeleteComplete(wait, stack);
  expect((await root.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe('PendingDeletion');
  const { Aliases = [] } = await root.send(new ListAliasesCommand({}));
  expect(Aliases.map(({ AliasName }) => AliasName)).not.toContain('alias/stack');
  cloudformation.destroy();
});

describe('a server', () => {
  let server: Server;
  const folder = temporaryFolder();
  const start = async () => {
    server = await startServer(['--port', '0', '--data', folder.path, '--log-level', 'warn']);
  };
  afterAll(async () => {
    await server?.kill('SIGKILL');
    folder.remove();
  });

  it('opens after a crash what it sealed before it', async () => {
    await start();
    const clientOf = () =>
      new KMSClient({
        endpoint: server.endpoint,
        region,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
    const before = clientOf();
    const { KeyMetadata } = await before.send(new CreateKeyCommand({}));
    const { CiphertextBlob } = await before.send(
      new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('secret') }),
    );
    await server.kill('SIGKILL');
    await start();
    const { Plaintext } = await clientOf().send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('secret');
  });

  it.skipIf(!boto3)('answers boto3', async () => {
    const result = await python<Record<string, unknown>>(
      server.endpoint,
      `import boto3, json
kms = boto3.client('kms')
key = kms.create_key(Description='of boto3')['KeyMetadata']
kms.create_alias(AliasName='alias/boto', TargetKeyId=key['KeyId'])
blob = kms.encrypt(KeyId='alias/boto', Plaintext=b'secret', EncryptionContext={'a': 'b'})['CiphertextBlob']
opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={'a': 'b'})
refused = None
try: kms.decrypt(CiphertextBlob=blob)
except kms.exceptions.InvalidCiphertextException as error: refused = error.response['ResponseMetadata']['HTTPStatusCode']
aliases = [one['AliasName'] for page in kms.get_paginator('list_aliases').paginate(PaginationConfig={'PageSize': 1}) for one in page['Aliases']]
created = key['CreationDate'].year > 2000
print(json.dumps({'text': opened['Plaintext'].decode(), 'arn': opened['KeyId'] == key['Arn'], 'refused': refused, 'aliases': aliases, 'created': created}))
`,
    );
    expect(result).toEqual({
      text: 'secret',
      arn: true,
      refused: 400,
      aliases: ['alias/boto'],
      created: true,
    });
  });
});
