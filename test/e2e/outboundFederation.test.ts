/** Tokens for services outside AWS, enforced: who may have one, what it says, and that anyone can verify it. */
import { request } from 'node:http';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DisableOutboundWebIdentityFederationCommand,
  EnableOutboundWebIdentityFederationCommand,
  GetOutboundWebIdentityFederationInfoCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
  STSClient,
} from '@aws-sdk/client-sts';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const account = '000000000000';
let cloud: Cloud;
let iam: IAMClient;
const opened: { destroy(): void }[] = [];
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const trust = document({
  Effect: 'Allow',
  Principal: { AWS: account },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
});

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  iam = new IAMClient(cloud.clientConfig);
  opened.push(iam);
});
afterAll(async () => {
  for (const client of opened) client.destroy();
  await cloud.close();
});

function clientOf(accessKeyId = '', secretAccessKey = '', sessionToken?: string): STSClient {
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  const client = new STSClient({ ...cloud.clientConfig, credentials });
  opened.push(client);
  return client;
}

async function userWith(UserName: string, ...statements: object[]): Promise<STSClient> {
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(
    new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: document(...statements) }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return clientOf(AccessKey?.AccessKeyId, AccessKey?.SecretAccessKey);
}

const tokenOf = (client: STSClient, more: Partial<GetWebIdentityTokenCommandInput> = {}) =>
  client.send(
    new GetWebIdentityTokenCommand({
      Audience: ['https://api.example.com'],
      SigningAlgorithm: 'RS256',
      ...more,
    }),
  );

/** What a verifier finds at the issuer's address, which is this cloud for whoever resolves its name so. */
function published<T>(issuer: string, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(cloud.endpoint);
    request({ hostname, port, path, headers: { host: new URL(issuer).host } }, async (answer) => {
      const text = (await answer.toArray()).join('');
      if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
      else reject(new Error(`${answer.statusCode}: ${text}`));
    })
      .on('error', reject)
      .end();
  });
}

it('is off until the account wants it, and keeps its issuer', async () => {
  const user = await userWith('off', { Effect: 'Allow', Action: 'sts:*', Resource: '*' });
  const info = () => iam.send(new GetOutboundWebIdentityFederationInfoCommand({}));
  await expect(tokenOf(user)).rejects.toMatchObject({
    name: 'OutboundWebIdentityFederationDisabledException',
  });
  await expect(info()).rejects.toMatchObject({ name: 'FeatureDisabledException' });
  await expect(iam.send(new DisableOutboundWebIdentityFederationCommand({}))).rejects.toMatchObject({
    name: 'FeatureDisabledException',
  });
  const { IssuerIdentifier } = await iam.send(new EnableOutboundWebIdentityFederationCommand({}));
  expect(IssuerIdentifier).toMatch(/^https:\/\/[0-9a-f-]{36}\.tokens\.sts\.global\.api\.aws$/);
  await expect(iam.send(new EnableOutboundWebIdentityFederationCommand({}))).rejects.toMatchObject({
    name: 'FeatureEnabledException',
  });
  expect(await info()).toMatchObject({ IssuerIdentifier, JwtVendingEnabled: true });
  await iam.send(new DisableOutboundWebIdentityFederationCommand({}));
  await expect(tokenOf(user)).rejects.toMatchObject({
    name: 'OutboundWebIdentityFederationDisabledException',
  });
  expect(await iam.send(new EnableOutboundWebIdentityFederationCommand({}))).toMatchObject({
    IssuerIdentifier,
  });
});

it.each(['RS256', 'ES384'])(
  'gives %s tokens that anyone can verify by what the issuer publishes',
  async (SigningAlgorithm) => {
    const { IssuerIdentifier: issuer = '' } = await iam.send(
      new GetOutboundWebIdentityFederationInfoCommand({}),
    );
    const user = await userWith(`ann-${SigningAlgorithm}`, {
      Effect: 'Allow',
      Action: 'sts:*',
      Resource: '*',
    });
    const answer = await tokenOf(user, {
      SigningAlgorithm,
      Audience: ['https://a.example.com', 'https://b.example.com'],
      Tags: [{ Key: 'job', Value: '7' }],
    });
    const { jwks_uri } = await published<{ jwks_uri: string }>(issuer, '/.well-known/openid-configuration');
    const keys = createLocalJWKSet(await published<JSONWebKeySet>(issuer, new URL(jwks_uri).pathname));
    const { payload, protectedHeader } = await jwtVerify(answer.WebIdentityToken ?? '', keys, {
      issuer,
      audience: 'https://b.example.com',
      currentDate: new Date(cloud.clock.now()),
    });
    expect(protectedHeader.alg).toBe(SigningAlgorithm);
    expect(payload).toMatchObject({
      sub: `arn:aws:iam::${account}:user/ann-${SigningAlgorithm}`,
      aud: ['https://a.example.com', 'https://b.example.com'],
      jti: expect.any(String),
      'https://sts.amazonaws.com/': {
        aws_account: account,
        source_region: cloud.region,
        request_tags: { job: '7' },
      },
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect(answer.Expiration?.getTime()).toBe((payload.exp ?? 0) * 1_000);
    // "… cannot be used for OIDC federation into AWS."
    const WebIdentityToken = answer.WebIdentityToken;
    const RoleArn = `arn:aws:iam::${account}:role/any`;
    await expect(
      user.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'one', WebIdentityToken })),
    ).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
  },
);

it('stands for the role of a session, with its tags, and not for longer', async () => {
  const user = await userWith('chain', { Effect: 'Allow', Action: 'sts:*', Resource: '*' });
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trust }),
  );
  const { Credentials } = await user.send(
    new AssumeRoleCommand({
      RoleArn: Role?.Arn,
      RoleSessionName: 'one',
      DurationSeconds: 900,
      Tags: [{ Key: 'team', Value: 'blue' }],
    }),
  );
  const session = clientOf(Credentials?.AccessKeyId, Credentials?.SecretAccessKey, Credentials?.SessionToken);
  await expect(tokenOf(session)).rejects.toMatchObject({ name: 'AccessDenied' });
  const may = { Effect: 'Allow', Action: 'sts:GetWebIdentityToken', Resource: '*' };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'worker',
      PolicyName: 'own',
      PolicyDocument: document({
        ...may,
        Condition: {
          'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': 'https://api.example.com' },
          NumericLessThanEquals: { 'sts:DurationSeconds': '3600' },
          StringEquals: { 'sts:SigningAlgorithm': 'RS256' },
        },
      }),
    }),
  );
  const { WebIdentityToken = '' } = await tokenOf(session);
  const claims = JSON.parse(Buffer.from(WebIdentityToken.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({
    sub: Role?.Arn,
    aud: 'https://api.example.com',
    'https://sts.amazonaws.com/': { principal_tags: { team: 'blue' } },
  });
  for (const more of [
    { Audience: ['https://elsewhere.example.com'] },
    { SigningAlgorithm: 'ES384' },
    { Tags: [{ Key: 'job', Value: '7' }] },
  ]) {
    await expect(tokenOf(session, more)).rejects.toMatchObject({ name: 'AccessDenied' });
  }
  await expect(tokenOf(session, { DurationSeconds: 1_000 })).rejects.toMatchObject({
    name: 'SessionDurationEscalationException',
  });
  await expect(tokenOf(session, { SigningAlgorithm: 'HS256' })).rejects.toThrow();
});
