/** STS where policies are enforced: who may become whom, by which token, and what a session then is and isn't. */

import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithSAMLCommand,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  type Credentials,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import Provider from 'oidc-provider';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { startToyIdp, type ToyIdp } from '../../src/saml/testing/idp.ts';
import { boto3 } from './support/clients.ts';
import { run, temporaryFolder } from './support/server.ts';

const account = '000000000000';
const signIn = 'https://signin.aws.amazon.com/saml';
let cloud: Cloud;
let iam: IAMClient;
/** Without credentials, as whoever has only a token. */
let stranger: STSClient;
let oidc: { issuer: string; host: string; provider: Provider; server: Server };
let idp: ToyIdp;
const opened: { destroy(): void }[] = [];
let made = 0;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  iam = new IAMClient(cloud.clientConfig);
  stranger = new STSClient({
    region: cloud.region,
    endpoint: cloud.endpoint,
    credentials: () => Promise.reject(new Error('a stranger has no credentials')),
  });
  opened.push(iam, stranger);
  oidc = await startOidc();
  idp = await startToyIdp();
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${oidc.host}`,
      ClientIDList: ['app'],
      ThumbprintList: ['0'.repeat(40)],
    }),
  );
  await iam.send(new CreateSAMLProviderCommand({ Name: 'office', SAMLMetadataDocument: idp.metadata }));
});
afterAll(async () => {
  for (const client of opened) client.destroy();
  oidc.server.close();
  await cloud.close();
});

const signingKeys = await generateKeyPair('RS256', { extractable: true });

/** A real OpenID provider, whose discovery document and keys the cloud reads. */
async function startOidc() {
  const port = await freePort();
  const host = `localhost:${port}`;
  const provider = new Provider(`http://${host}`, {
    clients: [
      { client_id: 'app', client_secret: 'app-secret', redirect_uris: ['https://app.example.com/back'] },
      { client_id: 'other', client_secret: 'o-secret', redirect_uris: ['https://other.example.com/back'] },
    ],
    jwks: { keys: [{ ...(await exportJWK(signingKeys.privateKey)), kid: 'k1', use: 'sig', alg: 'RS256' }] },
    claims: {
      openid: ['sub', 'https://aws.amazon.com/tags', 'https://aws.amazon.com/source_identity', 'color'],
    },
  });
  const server = createHttpServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return { issuer: `http://${host}`, host, provider, server };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, 'localhost', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** An ID token, made and signed by the provider itself. */
async function idToken(claims: Record<string, unknown> & { sub: string }, clientId = 'app'): Promise<string> {
  const client = await oidc.provider.Client.find(clientId);
  if (!client) throw new Error(`no client ${clientId}`);
  // The provider makes ID tokens within a request of its own; there is none.
  const IdToken = oidc.provider.IdToken as unknown as new (
    available: object,
    context: object,
  ) => { scope: string; set(name: string, value: unknown): void; issue(how: object): Promise<string> };
  const token = new IdToken(claims, { client });
  for (const [name, value] of Object.entries(claims)) token.set(name, value);
  return await token.issue({ use: 'idtoken' });
}

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string | string[], more: object = {}) =>
  document({ Effect: 'Allow', Action, Resource: '*', ...more });
const trust = (Principal: object, Action: string | string[], Condition?: object) =>
  document({ Effect: 'Allow', Principal, Action, ...(Condition ? { Condition } : {}) });

async function makeRole(
  AssumeRolePolicyDocument: string,
  policy = allow('dynamodb:ListTables'),
  more: object = {},
): Promise<string> {
  const RoleName = `role-${++made}`;
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...more }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: policy }));
  return Role?.Arn ?? '';
}

async function makeUser(policy: string) {
  const UserName = `user-${++made}`;
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: policy }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { ...clientsOf(AccessKey), name: UserName, arn: User?.Arn ?? '', key: AccessKey };
}

function clientsOf(
  key: Credentials | { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined } | undefined,
) {
  const sessionToken = key && 'SessionToken' in key ? key.SessionToken : undefined;
  const config = {
    ...cloud.clientConfig,
    maxAttempts: 1,
    credentials: {
      accessKeyId: key?.AccessKeyId ?? '',
      secretAccessKey: key?.SecretAccessKey ?? '',
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  };
  const clients = {
    sts: new STSClient(config),
    iam: new IAMClient(config),
    dynamodb: new DynamoDBClient(config),
  };
  opened.push(...Object.values(clients));
  return clients;
}

const listTables = ({ dynamodb }: { dynamodb: DynamoDBClient }) => dynamodb.send(new ListTablesCommand({}));
const assume = ({ sts }: { sts: STSClient }, RoleArn: string, more: Partial<AssumeRoleCommandInput> = {}) =>
  sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'one', ...more }));
const withToken = (
  RoleArn: string,
  WebIdentityToken: string,
  more: Partial<AssumeRoleWithWebIdentityCommandInput> = {},
) =>
  stranger.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'web', WebIdentityToken, ...more }),
  );

describe('a web identity', () => {
  const provider = () => `arn:aws:iam::${account}:oidc-provider/${oidc.host}`;
  const web = 'sts:AssumeRoleWithWebIdentity';
  const forAnn = () =>
    trust({ Federated: provider() }, web, {
      StringEquals: { [`${oidc.host}:aud`]: 'app', [`${oidc.host}:sub`]: 'ann' },
    });

  it('becomes the role that trusts it, and is known by it for the whole session', async () => {
    const role = await makeRole(
      forAnn(),
      allow('dynamodb:ListTables', {
        Condition: {
          StringEquals: { [`${oidc.host}:sub`]: 'ann', 'aws:FederatedProvider': provider() },
          StringLike: { 'aws:userid': '*:web' },
        },
      }),
    );
    const answer = await withToken(role, await idToken({ sub: 'ann' }), { DurationSeconds: 900 });
    const name = role.slice(role.lastIndexOf('/') + 1);
    const Arn = `arn:aws:sts::${account}:assumed-role/${name}/web`;
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: 'ann',
      Audience: 'app',
      Provider: provider(),
      AssumedRoleUser: { Arn, AssumedRoleId: expect.stringMatching(/^AROA\w{17}:web$/) },
      Credentials: { AccessKeyId: expect.stringMatching(/^ASIA\w{16}$/) },
    });
    const session = clientsOf(answer.Credentials);
    expect((await listTables(session)).TableNames).toEqual([]);
    expect(await session.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn,
      Account: account,
      UserId: answer.AssumedRoleUser?.AssumedRoleId,
    });
    const { Account } = await session.sts
      .send(new GetAccessKeyInfoCommand({ AccessKeyId: answer.Credentials?.AccessKeyId }))
      .catch(() => ({ Account: 'denied' }));
    expect(Account).toBe('denied');
  });

  it('is told the same of a role that does not exist and of one that does not trust it', async () => {
    const refused = { name: 'AccessDenied', message: `Not authorized to perform ${web}` };
    const role = await makeRole(forAnn());
    await expect(withToken(role, await idToken({ sub: 'bob' }))).rejects.toMatchObject(refused);
    await expect(withToken(`${role}-not`, await idToken({ sub: 'ann' }))).rejects.toMatchObject(refused);
    const users = await makeRole(trust({ AWS: account }, ['sts:AssumeRole', web]));
    await expect(withToken(users, await idToken({ sub: 'ann' }))).rejects.toMatchObject(refused);
  });

  it('is refused with tokens that nobody it trusts has signed for it', async () => {
    const role = await makeRole(forAnn());
    const strange = await generateKeyPair('RS256');
    const at = Math.floor(cloud.clock.now() / 1_000);
    const sign = (
      claims: Record<string, unknown>,
      key: Parameters<SignJWT['sign']>[0] = signingKeys.privateKey,
      header: object = {},
    ) =>
      new SignJWT({ iss: oidc.issuer, sub: 'ann', aud: 'app', iat: at, exp: at + 600, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
        .sign(key);
    // The claims that these forge from are good ones.
    expect(await withToken(role, await sign({}))).toMatchObject({ SubjectFromWebIdentityToken: 'ann' });
    const good = await sign({ sub: 'bob' });
    const [head, , signature] = good.split('.');
    const forged = Buffer.from(
      JSON.stringify({ iss: oidc.issuer, sub: 'ann', aud: 'app', iat: at, exp: at + 600 }),
    );
    const publicKey = JSON.stringify(await exportJWK(signingKeys.publicKey));
    const attacks: [what: string, token: string, code: string, message: RegExp][] = [
      [
        'changed after it was signed',
        `${head}.${forged.toString('base64url')}.${signature}`,
        'InvalidIdentityTokenException',
        /signature/,
      ],
      [
        'signed by a strange key',
        await sign({}, strange.privateKey),
        'InvalidIdentityTokenException',
        /signature/,
      ],
      [
        'that brings its own key',
        await sign({}, strange.privateKey, { jwk: await exportJWK(strange.publicKey) }),
        'InvalidIdentityTokenException',
        /signature/,
      ],
      [
        'of an unknown key',
        await sign({}, strange.privateKey, { kid: 'k2' }),
        'InvalidIdentityTokenException',
        /verification key/,
      ],
      [
        'signed by nobody',
        new UnsecuredJWT({ sub: 'ann', aud: 'app', iss: oidc.issuer })
          .setIssuedAt(at)
          .setExpirationTime(at + 600)
          .encode(),
        'InvalidIdentityTokenException',
        /./,
      ],
      [
        'whose secret is the public key',
        await sign({}, new TextEncoder().encode(publicKey), { alg: 'HS256' }),
        'InvalidIdentityTokenException',
        /./,
      ],
      [
        'for another client',
        await sign({ aud: 'other' }),
        'InvalidIdentityTokenException',
        /^Incorrect token audience$/,
      ],
      [
        'for another authorized party',
        await sign({ azp: 'other' }),
        'InvalidIdentityTokenException',
        /^Incorrect token audience$/,
      ],
      [
        'of an issuer that nobody registered',
        await sign({ iss: 'https://id.example.com' }),
        'InvalidIdentityTokenException',
        /^No OpenIDConnect provider found in your account for https:\/\/id\.example\.com$/,
      ],
      [
        'of an issuer by another name',
        await sign({ iss: `${oidc.issuer}/` }),
        'InvalidIdentityTokenException',
        /^No OpenIDConnect provider found/,
      ],
      [
        'of an issuer elsewhere without TLS',
        await sign({ iss: 'http://id.example.com' }),
        'InvalidIdentityTokenException',
        /^Issuer must be a valid URL$/,
      ],
      [
        'that has expired',
        await sign({ exp: at - 1 }),
        'ExpiredTokenException',
        /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
      ],
      [
        'that never expires',
        await sign({ exp: undefined }),
        'InvalidIdentityTokenException',
        /^Missing a required claim: exp$/,
      ],
      [
        'for the day after tomorrow',
        await sign({ nbf: at + 86_400 }),
        'InvalidIdentityTokenException',
        /not yet valid/,
      ],
      ['that is none', 'eyJhbGciOiJub25lIn0', 'InvalidIdentityTokenException', /not a valid JWT/],
    ];
    for (const [what, token, name, message] of attacks) {
      const told = await withToken(role, token).catch((error: Error) => error);
      expect(told, what).toMatchObject({ name, message: expect.stringMatching(message) });
    }
  });

  it('brings tags, which the trust policy must allow, and a source identity', async () => {
    const claims = {
      sub: 'ann',
      'https://aws.amazon.com/tags': { principal_tags: { team: ['blue'] }, transitive_tag_keys: ['team'] },
      'https://aws.amazon.com/source_identity': 'ann-from-hr',
    };
    const untagged = await makeRole(trust({ Federated: provider() }, web));
    await expect(withToken(untagged, await idToken(claims))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:TagSession',
    });
    const next = await makeRole(
      trust({ AWS: account }, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']),
    );
    const role = await makeRole(
      trust({ Federated: provider() }, [web, 'sts:TagSession', 'sts:SetSourceIdentity'], {
        StringEquals: { 'aws:RequestTag/team': 'blue', 'sts:SourceIdentity': 'ann-from-hr' },
      }),
      allow(['dynamodb:ListTables', 'sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], {
        Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'blue', 'aws:SourceIdentity': 'ann-from-hr' } },
      }),
    );
    const flat = {
      sub: 'ann',
      'https://aws.amazon.com/tags/principal_tags/team': ['blue'],
      'https://aws.amazon.com/tags/transitive_tag_keys': ['team'],
      'https://aws.amazon.com/source_identity': 'ann-from-hr',
    };
    for (const form of [claims, flat]) {
      const answer = await withToken(role, await idToken(form));
      expect(answer.SourceIdentity).toBe('ann-from-hr');
      const session = clientsOf(answer.Credentials);
      expect((await listTables(session)).TableNames).toEqual([]);
      // Handed on to the next role, where neither can be changed.
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: next.slice(next.lastIndexOf('/') + 1),
          PolicyName: 'own',
          PolicyDocument: allow('dynamodb:ListTables', {
            Condition: {
              StringEquals: { 'aws:PrincipalTag/team': 'blue', 'aws:SourceIdentity': 'ann-from-hr' },
            },
          }),
        }),
      );
      const second = clientsOf((await assume(session, next)).Credentials);
      expect((await listTables(second)).TableNames).toEqual([]);
      await expect(assume(session, next, { Tags: [{ Key: 'TEAM', Value: 'red' }] })).rejects.toMatchObject({
        message: expect.stringContaining('conflicts with a transitive tag key'),
      });
      await expect(assume(session, next, { SourceIdentity: 'bob' })).rejects.toMatchObject({
        name: 'AccessDenied',
      });
    }
  });

  it('is found by clients that are told of a token in a file', async () => {
    const role = await makeRole(forAnn());
    const folder = temporaryFolder();
    try {
      const file = join(folder.path, 'token');
      writeFileSync(file, await idToken({ sub: 'ann' }));
      const environment = {
        AWS_ENDPOINT_URL: cloud.endpoint,
        AWS_REGION: cloud.region,
        AWS_DEFAULT_REGION: cloud.region,
        AWS_ROLE_ARN: role,
        AWS_WEB_IDENTITY_TOKEN_FILE: file,
        AWS_ROLE_SESSION_NAME: 'from-a-file',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
      };
      const Arn = `arn:aws:sts::${account}:assumed-role/${role.slice(role.lastIndexOf('/') + 1)}/from-a-file`;
      const programs: [command: string, args: string[]][] = [
        [
          process.execPath,
          [
            '--input-type=module',
            '--eval',
            `import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
             const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
             console.log(JSON.stringify({ Arn }));`,
          ],
        ],
        ...(boto3 === undefined
          ? []
          : [
              [
                'python3',
                [
                  '-c',
                  "import boto3, json; print(json.dumps({'Arn': boto3.client('sts').get_caller_identity()['Arn']}))",
                ],
              ] as [string, string[]],
            ]),
      ];
      for (const [command, args] of programs) {
        const { stdout, stderr } = await run(command, args, environment as unknown as Record<string, string>);
        expect(stderr, command).toBe('');
        expect(JSON.parse(stdout), command).toEqual({ Arn });
      }
    } finally {
      folder.remove();
    }
  });

  it('is not asked for by accounts that registered no provider', async () => {
    await expect(
      withToken('arn:aws:iam::111122223333:role/any', await idToken({ sub: 'ann' })),
    ).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: expect.stringContaining('No OpenIDConnect provider'),
    });
    await expect(withToken('arn:aws:iam::nonsense', await idToken({ sub: 'ann' }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Request ARN is invalid',
    });
  });
});

describe('a SAML assertion', () => {
  const provider = `arn:aws:iam::${account}:saml-provider/office`;
  const attribute = (name: string) => `https://aws.amazon.com/SAML/Attributes/${name}`;
  const withAssertion = (RoleArn: string, SAMLAssertion: string, more: object = {}) =>
    stranger.send(new AssumeRoleWithSAMLCommand({ RoleArn, PrincipalArn: provider, SAMLAssertion, ...more }));
  const facts = (role: string, more: object = {}) => ({
    recipient: signIn,
    audience: signIn,
    nameId: 'ann',
    now: cloud.clock.now(),
    ...more,
    attributes: {
      [attribute('Role')]: [`arn:aws:iam::${account}:role/other,${provider}`, `${role},${provider}`],
      [attribute('RoleSessionName')]: 'ann@example.com',
      [attribute('PrincipalTag:team')]: 'blue',
      'urn:oid:1.3.6.1.4.1.5923.1.1.1.1': ['staff', 'member'],
      ...('attributes' in more ? (more.attributes as object) : {}),
    },
  });
  let role = '';
  beforeAll(async () => {
    role = await makeRole(
      trust({ Federated: provider }, ['sts:AssumeRoleWithSAML', 'sts:TagSession'], {
        StringEquals: { 'SAML:aud': signIn, 'saml:sub_type': 'persistent', 'saml:doc': `${account}/office` },
        'ForAnyValue:StringEquals': { 'saml:edupersonaffiliation': 'staff' },
      }),
      allow('dynamodb:ListTables', {
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue', 'saml:sub': 'ann' } },
      }),
    );
  });

  it.each(['assertion', 'response'] as const)('opens a session where the %s is signed', async (sign) => {
    const answer = await withAssertion(role, idp.respond(facts(role, { sign })));
    expect(answer).toMatchObject({
      AssumedRoleUser: { Arn: expect.stringMatching(/:assumed-role\/role-\d+\/ann@example\.com$/) },
      Subject: 'ann',
      SubjectType: 'persistent',
      Issuer: idp.entityId,
      Audience: signIn,
      NameQualifier: expect.stringMatching(/^[\w+/]{27}=$/),
    });
    expect((await listTables(clientsOf(answer.Credentials))).TableNames).toEqual([]);
  });

  it('says how long: the assertion’s duration, and no longer than its session', async () => {
    const now = cloud.clock.now();
    const lasting = async (response: string, more = {}) => {
      const { Credentials } = await withAssertion(role, response, more);
      return Math.round(((Credentials?.Expiration?.getTime() ?? 0) - now) / 60_000);
    };
    const respond = (attributes = {}, tamper?: (xml: string) => string) =>
      idp.respond(facts(role, { attributes, ...(tamper ? { tamper } : {}) }));
    expect(await lasting(respond())).toBe(60);
    expect(await lasting(respond({ [attribute('SessionDuration')]: '1800' }))).toBe(30);
    expect(await lasting(respond({ [attribute('SessionDuration')]: '1800' }), { DurationSeconds: 900 })).toBe(
      15,
    );
    await expect(lasting(respond(), { DurationSeconds: 7_200 })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    });
  });

  it('is refused unless the provider has signed it for this, now', async () => {
    const other = await startToyIdp(idp.entityId);
    const respond = (more: object) => idp.respond(facts(role, more));
    const untaught = await makeRole(trust({ AWS: account }, 'sts:AssumeRoleWithSAML'));
    const denied = 'Not authorized to perform sts:AssumeRoleWithSAML';
    const attacks: [what: string, response: string, code: string, message: string, role?: string][] = [
      [
        'unsigned',
        respond({ sign: 'nothing' }),
        'InvalidIdentityTokenException',
        'Response signature invalid',
      ],
      [
        'signed by a strange key',
        other.respond(facts(role)),
        'InvalidIdentityTokenException',
        'Response signature invalid',
      ],
      [
        'changed',
        respond({ tamper: (xml: string) => xml.replaceAll('>ann<', '>root<') }),
        'InvalidIdentityTokenException',
        'Response signature invalid',
      ],
      [
        'wrapped',
        respond({
          tamper: (xml: string) => {
            const [signed = ''] = /<saml:Assertion.*<\/saml:Assertion>/s.exec(xml) ?? [];
            const forged = signed
              .replace(/<ds:Signature.*<\/ds:Signature>/s, '')
              .replace(/ID="a\d+"/, 'ID="x"')
              .replaceAll('>ann<', '>root<');
            return xml.replace(signed, forged + signed);
          },
        }),
        'InvalidIdentityTokenException',
        'Response signature invalid',
      ],
      [
        'with a document type',
        respond({ tamper: (xml: string) => `<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>${xml}` }),
        'InvalidIdentityTokenException',
        'Your request included an invalid SAML response.',
      ],
      [
        'for somebody else',
        respond({ audience: 'https://shop.example.com' }),
        'InvalidIdentityTokenException',
        'Response does not contain the required audience.',
      ],
      [
        'to somebody else',
        respond({ recipient: 'https://shop.example.com' }),
        'InvalidIdentityTokenException',
        'Your request included an invalid SAML response.',
      ],
      [
        'of another issuer',
        respond({ issuer: 'https://evil.example.com' }),
        'InvalidIdentityTokenException',
        'Issuer not present in specified provider',
      ],
      [
        'too old',
        respond({ now: cloud.clock.now() - 400_000, lastsMs: 3_600_000 }),
        'ExpiredTokenException',
        'Token must be redeemed within 5 minutes of issuance',
      ],
      [
        'expired',
        respond({ now: cloud.clock.now() - 200_000, lastsMs: 10_000 }),
        'ExpiredTokenException',
        'Token must be redeemed within 5 minutes of issuance',
      ],
      [
        'without a name',
        respond({ attributes: { [attribute('RoleSessionName')]: [] } }),
        'InvalidIdentityTokenException',
        'RoleSessionName is required in AuthnResponse',
      ],
      [
        'with a name that breaks out',
        respond({ attributes: { [attribute('RoleSessionName')]: 'a/../b' } }),
        'InvalidIdentityTokenException',
        'RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}',
      ],
      [
        'for other roles',
        respond({ attributes: { [attribute('Role')]: `arn:aws:iam::${account}:role/other,${provider}` } }),
        'InvalidIdentityTokenException',
        "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
      ],
      ['that the role does not know', idp.respond(facts(untaught)), 'AccessDenied', denied, untaught],
      [
        'of somebody whom the role does not want',
        respond({ attributes: { 'urn:oid:1.3.6.1.4.1.5923.1.1.1.1': 'guest' } }),
        'AccessDenied',
        denied,
      ],
      ['in no base64', '!!!!', 'InvalidIdentityTokenException', 'Invalid base64 SAMLResponse'],
    ];
    for (const [what, response, name, message, asked = role] of attacks) {
      const told = await withAssertion(asked, response).catch((error: Error) => error);
      expect(told, what).toMatchObject({ name, message });
    }
    await expect(
      withAssertion(role, respond({}), { PrincipalArn: `arn:aws:iam::${account}:saml-provider/nobody` }),
    ).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: "Specified provider doesn't exist",
    });
  });

  it('keeps a name whole that has a comment in it', async () => {
    const tamper = (xml: string) => xml.replace('>ann.example<', '>ann<!-- -->.example<');
    const response = idp.respond(facts(role, { nameId: 'ann.example', tamper }));
    expect((await withAssertion(role, response)).Subject).toBe('ann.example');
  });
});

describe('AssumeRole', () => {
  it('asks for the external id, both for the role and for tags and source identities', async () => {
    const vendor = await makeUser(allow(['sts:*']));
    const role = await makeRole(
      document(
        {
          Effect: 'Allow',
          Principal: { AWS: vendor.arn },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'sts:ExternalId': 'x-42' },
            StringLike: { 'sts:RoleSessionName': 'one*' },
          },
        },
        {
          Effect: 'Allow',
          Principal: { AWS: vendor.arn },
          Action: 'sts:TagSession',
          Condition: {
            StringEquals: { 'aws:RequestTag/team': 'blue' },
            'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'], 'sts:TransitiveTagKeys': ['team'] },
          },
        },
      ),
    );
    const ExternalId = 'x-42';
    const tags = (Value: string) => ({ ExternalId, Tags: [{ Key: 'team', Value }] });
    await expect(assume(vendor, role)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        `User: ${vendor.arn} is not authorized to perform: sts:AssumeRole on resource: ${role}`,
      ),
    });
    await expect(assume(vendor, role, { ExternalId: 'x-43' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(assume(vendor, role, { ExternalId, RoleSessionName: 'two' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    expect(await assume(vendor, role, { ExternalId })).toMatchObject({ AssumedRoleUser: {} });
    expect(await assume(vendor, role, { ...tags('blue'), TransitiveTagKeys: ['team'] })).toMatchObject({
      PackedPolicySize: 1,
    });
    await expect(assume(vendor, role, tags('red'))).rejects.toMatchObject({
      message: expect.stringContaining('sts:TagSession'),
    });
    await expect(assume(vendor, role, { ExternalId, SourceIdentity: 'ann' })).rejects.toMatchObject({
      message: expect.stringContaining('sts:SetSourceIdentity'),
    });
    await expect(
      assume(vendor, role, { ...tags('blue'), TransitiveTagKeys: ['color'] }),
    ).rejects.toMatchObject({
      message: 'The specified transitive tag key must be included in the requested tags.',
    });
    await expect(
      assume(vendor, role, {
        ExternalId,
        Tags: [
          { Key: 'team', Value: 'a' },
          { Key: 'Team', Value: 'b' },
        ],
      }),
    ).rejects.toMatchObject({
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    });
  });

  it('is not for the root user, and a chain of roles lasts an hour', async () => {
    const role = await makeRole(trust({ AWS: account }, 'sts:AssumeRole'), allow('sts:AssumeRole'), {
      MaxSessionDuration: 43_200,
    });
    const root = new STSClient(cloud.clientConfig);
    opened.push(root);
    await expect(assume({ sts: root }, role)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Roles may not be assumed by root accounts.',
    });
    const user = await makeUser(allow('sts:AssumeRole'));
    const first = clientsOf((await assume(user, role, { DurationSeconds: 43_200 })).Credentials);
    await expect(assume(first, role, { DurationSeconds: 3_601 })).rejects.toMatchObject({
      name: 'ValidationError',
      message:
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    });
    expect(await assume(first, role, { DurationSeconds: 3_600 })).toMatchObject({ AssumedRoleUser: {} });
    await expect(assume(user, 'nonsense-that-is-no-arn')).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'nonsense-that-is-no-arn is invalid',
    });
  });

  it('narrows a session by its policies, which can allow nothing more', async () => {
    const user = await makeUser(allow('sts:AssumeRole'));
    const role = await makeRole(trust({ AWS: account }, 'sts:AssumeRole'));
    const all = clientsOf((await assume(user, role, { Policy: allow('*') })).Credentials);
    expect((await listTables(all)).TableNames).toEqual([]);
    await expect(all.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
    const none = clientsOf((await assume(user, role, { Policy: allow('s3:*') })).Credentials);
    await expect(listTables(none)).rejects.toMatchObject({
      message: expect.stringContaining('because no session policy allows'),
    });
  });
});

describe('an MFA device', () => {
  it('is asked for by trust policies and by policies of its user', async () => {
    const mfa = {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
    };
    const user = await makeUser(
      document(
        { Effect: 'Allow', Action: ['sts:AssumeRole', 'iam:GetUser'], Resource: '*' },
        { Effect: 'Allow', Action: 'dynamodb:ListTables', Resource: '*', Condition: mfa },
      ),
    );
    const role = await makeRole(trust({ AWS: account }, 'sts:AssumeRole', mfa));
    const { VirtualMFADevice } = await iam.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: user.name }),
    );
    const totp = new TOTP({
      secret: Secret.fromBase32(Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString()),
    });
    const SerialNumber = VirtualMFADevice?.SerialNumber ?? '';
    const code = (periods = 0) => totp.generate({ timestamp: cloud.clock.now() + periods * 30_000 });
    await iam.send(
      new EnableMFADeviceCommand({
        UserName: user.name,
        SerialNumber,
        AuthenticationCode1: code(-1),
        AuthenticationCode2: code(),
      }),
    );
    await expect(assume(user, role)).rejects.toMatchObject({ name: 'AccessDenied' });
    await cloud.clock.advance(30_000);
    const shown = { SerialNumber, TokenCode: code() };
    expect(await assume(user, role, shown)).toMatchObject({ AssumedRoleUser: {} });
    // Once.
    await expect(assume(user, role, shown)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
    });
    const other = await makeUser(allow('sts:AssumeRole'));
    await cloud.clock.advance(30_000);
    await expect(assume(other, role, { SerialNumber, TokenCode: code() })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('unable to validate MFA code'),
    });
    await expect(assume(user, role, { SerialNumber })).rejects.toMatchObject({
      message: expect.stringContaining('must provide both'),
    });

    const session = async (input = {}) =>
      clientsOf((await user.sts.send(new GetSessionTokenCommand(input))).Credentials);
    const plain = await session();
    const safe = await session({ SerialNumber, TokenCode: code() });
    await expect(listTables(user)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(listTables(plain)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect((await listTables(safe)).TableNames).toEqual([]);
    // Without a code, AWS lets a session at no IAM and at no STS but this.
    await expect(plain.iam.send(new GetUserCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    expect((await safe.iam.send(new GetUserCommand({}))).User?.UserName).toBe(user.name);
    expect((await plain.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(user.arn);
    await expect(assume(plain, role)).rejects.toMatchObject({ name: 'AccessDenied' });
    const viaSafe = await assume(safe, role);
    await expect(plain.sts.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Cannot call GetSessionToken with session credentials',
    });
    // What a role was assumed with isn't known to its session.
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: role.slice(role.lastIndexOf('/') + 1),
        PolicyName: 'own',
        PolicyDocument: allow('dynamodb:ListTables', { Condition: mfa }),
      }),
    );
    await expect(listTables(clientsOf(viaSafe.Credentials))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    // An hour later the code is too old, and the session still good for what asks for none.
    await cloud.clock.advance(3_600_000);
    await expect(listTables(safe)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect((await safe.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(user.arn);
  });
});

describe('GetFederationToken', () => {
  it('gives what the user and the session policy both allow, and no IAM', async () => {
    const user = await makeUser(allow(['sts:*', 'iam:*', 'dynamodb:ListTables']));
    const guest = async (Policy?: string) => {
      const answer = await user.sts.send(new GetFederationTokenCommand({ Name: 'guest', Policy }));
      expect(answer.FederatedUser).toEqual({
        Arn: `arn:aws:sts::${account}:federated-user/guest`,
        FederatedUserId: `${account}:guest`,
      });
      return clientsOf(answer.Credentials);
    };
    const able = await guest(allow('*'));
    expect((await listTables(able)).TableNames).toEqual([]);
    expect(await able.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: `arn:aws:sts::${account}:federated-user/guest`,
      UserId: `${account}:guest`,
    });
    const RoleArn = `arn:aws:iam::${account}:role/any`;
    for (const ask of [
      () => able.iam.send(new ListUsersCommand({})),
      () => able.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'one' })),
    ]) {
      await expect(ask()).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    }
    await expect(able.sts.send(new GetFederationTokenCommand({ Name: 'more' }))).rejects.toMatchObject({
      message: 'Cannot call GetFederationToken with session credentials',
    });
    const tagged = await user.sts.send(
      new GetFederationTokenCommand({
        Name: 'tagged',
        Policy: allow('dynamodb:ListTables', {
          Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
        }),
        Tags: [{ Key: 'Team', Value: 'blue' }],
      }),
    );
    expect((await listTables(clientsOf(tagged.Credentials))).TableNames).toEqual([]);
    await expect(listTables(await guest())).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(listTables(await guest(allow('s3:*')))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('a session', () => {
  it('has a token as large as was asked for, and a key whose id says its account', async () => {
    const user = await makeUser(allow('sts:*'));
    const role = await makeRole(trust({ AWS: account }, 'sts:AssumeRole'));
    const usual = await assume(user, role);
    expect(usual.SessionTokenSize).toBe(usual.Credentials?.SessionToken?.length);
    const large = await assume(user, role, { MinimumSessionTokenSize: 4_096 });
    expect(large).toMatchObject({ SessionTokenSize: 4_096, SessionTokenUtilization: 100 });
    expect(large.Credentials?.SessionToken).toHaveLength(4_096);
    expect((await listTables(clientsOf(large.Credentials))).TableNames).toEqual([]);
    await expect(assume(user, role, { MinimumSessionTokenSize: 4_097 })).rejects.toMatchObject({
      name: 'ValidationError',
    });
    const elsewhere = 'ASIAQNZGKIQY56JQ7WML';
    for (const [AccessKeyId, Account] of [
      [large.Credentials?.AccessKeyId, account],
      [user.key?.AccessKeyId, account],
      [elsewhere, '029608264753'],
    ]) {
      expect(await user.sts.send(new GetAccessKeyInfoCommand({ AccessKeyId }))).toMatchObject({ Account });
    }
  });

  it('is revoked by a policy that denies those opened before, as the console does it', async () => {
    const user = await makeUser(allow('sts:AssumeRole'));
    const role = await makeRole(trust({ AWS: account }, 'sts:AssumeRole'));
    const RoleName = role.slice(role.lastIndexOf('/') + 1);
    const before = clientsOf((await assume(user, role)).Credentials);
    await cloud.clock.advance(1_000);
    const revokedAt = new Date(cloud.clock.now()).toISOString();
    await iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: 'AWSRevokeOlderSessions',
        PolicyDocument: document({
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { DateLessThan: { 'aws:TokenIssueTime': revokedAt } },
        }),
      }),
    );
    await cloud.clock.advance(1_000);
    const after = clientsOf((await assume(user, role)).Credentials);
    await expect(listTables(before)).rejects.toMatchObject({
      message: expect.stringContaining('explicit deny'),
    });
    expect((await listTables(after)).TableNames).toEqual([]);
  });

  it('ends with its role, and is nothing to a role of the same name', async () => {
    const user = await makeUser(allow('sts:AssumeRole'));
    const role = await makeRole(trust({ AWS: account }, 'sts:AssumeRole'));
    const RoleName = role.slice(role.lastIndexOf('/') + 1);
    const session = clientsOf((await assume(user, role)).Credentials);
    expect((await listTables(session)).TableNames).toEqual([]);
    await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'a', Value: 'b' }] }));
    expect((await listTables(session)).TableNames).toEqual([]);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'own' }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await expect(listTables(session)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trust({ AWS: account }, 'sts:AssumeRole'),
      }),
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: allow('*') }));
    await expect(listTables(session)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('needs its own token, and ends when it says', async () => {
    const user = await makeUser(allow('sts:AssumeRole'));
    const role = await makeRole(trust({ AWS: account }, 'sts:AssumeRole'));
    const [one, two] = await Promise.all([assume(user, role), assume(user, role, { DurationSeconds: 900 })]);
    const swapped = clientsOf({
      ...one.Credentials,
      SessionToken: two.Credentials?.SessionToken,
    } as Credentials);
    await expect(listTables(swapped)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    const without = clientsOf({
      AccessKeyId: one.Credentials?.AccessKeyId,
      SecretAccessKey: one.Credentials?.SecretAccessKey,
    });
    await expect(listTables(without)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await cloud.clock.advance(900_000);
    expect((await listTables(clientsOf(one.Credentials))).TableNames).toEqual([]);
    await expect(listTables(clientsOf(two.Credentials))).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
  });
});
