/** What somebody tries who wants to be somebody else: keys and sessions that are over, policies that are gone, secrets that lie about. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  AttachUserPolicyCommand,
  ChangePasswordCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachUserPolicyCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { startToyIdp } from '../../src/saml/testing/idp.ts';

const folder = mkdtempSync(join(tmpdir(), 'brume-attacks-'));
const data = join(folder, 'data');
const logged: string[] = [];
let cloud: Cloud;
let root: IAMClient;

beforeAll(async () => {
  cloud = await startCloud({
    iam: 'enforce',
    data,
    log: { level: 'debug', format: 'json', write: (line) => logged.push(line) },
  });
  root = new IAMClient(cloud.clientConfig);
});
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

const account = '000000000000';
const allow = (Action: string | string[], Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' },
  ],
});

interface Key {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
}
const as = (key: Key | undefined) => ({
  ...cloud.clientConfig,
  maxAttempts: 1,
  credentials: {
    accessKeyId: key?.AccessKeyId ?? '',
    secretAccessKey: key?.SecretAccessKey ?? '',
    ...(key?.SessionToken === undefined ? {} : { sessionToken: key.SessionToken }),
  },
});
const listing = (key: Key | undefined) =>
  new IAMClient(as(key)).send(new ListUsersCommand({})).then(
    () => 'allowed',
    (error: Error) => error.name,
  );

async function person(UserName: string, document?: string): Promise<Key> {
  await root.send(new CreateUserCommand({ UserName }));
  if (document !== undefined) {
    await root.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: document }));
  }
  const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName }));
  return AccessKey ?? {};
}

const assumed = async (key: Key, name: string): Promise<Credentials | undefined> =>
  (
    await new STSClient(as(key)).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: 'session' }),
    )
  ).Credentials;

describe('what is over is over at once', () => {
  it('keys and policies of users', async () => {
    const ann = await person('ann');
    const key = { UserName: 'ann', AccessKeyId: ann.AccessKeyId };
    const { Policy } = await root.send(
      new CreatePolicyCommand({ PolicyName: 'list', PolicyDocument: allow('iam:ListUsers') }),
    );
    const policy = { UserName: 'ann', PolicyArn: Policy?.Arn };
    expect(await listing(ann)).toBe('AccessDenied');
    await root.send(new AttachUserPolicyCommand(policy));
    expect(await listing(ann)).toBe('allowed');
    await root.send(new DetachUserPolicyCommand(policy));
    expect(await listing(ann)).toBe('AccessDenied');
    await root.send(new AttachUserPolicyCommand(policy));
    expect(await listing(ann)).toBe('allowed');
    const { Policy: narrow } = await root.send(
      new CreatePolicyCommand({ PolicyName: 'narrow', PolicyDocument: allow('sts:*') }),
    );
    const boundary = { UserName: 'ann', PermissionsBoundary: narrow?.Arn };
    await root.send(new PutUserPermissionsBoundaryCommand(boundary));
    expect(await listing(ann)).toBe('AccessDenied');
    await root.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }));
    expect(await listing(ann)).toBe('InvalidClientTokenId');
    await root.send(new UpdateAccessKeyCommand({ ...key, Status: 'Active' }));
    expect(await listing(ann)).toBe('AccessDenied');
    await root.send(new DeleteAccessKeyCommand(key));
    expect(await listing(ann)).toBe('InvalidClientTokenId');
  });

  it('sessions of a role that was made anew under its name', async () => {
    const bob = await person('bob', allow('sts:AssumeRole'));
    const role = { RoleName: 'lister', AssumeRolePolicyDocument: trust };
    const policy = { RoleName: 'lister', PolicyName: 'p', PolicyDocument: allow('iam:ListUsers') };
    await root.send(new CreateRoleCommand(role));
    await root.send(new PutRolePolicyCommand(policy));
    const first = await assumed(bob, 'lister');
    expect(await listing(first)).toBe('allowed');
    await root.send(new DeleteRolePolicyCommand(policy));
    expect(await listing(first)).toBe('AccessDenied');
    await root.send(new DeleteRoleCommand(role));
    expect(await listing(first)).toBe('InvalidClientTokenId');
    await root.send(new CreateRoleCommand(role));
    await root.send(new PutRolePolicyCommand(policy));
    expect(await listing(first)).toBe('InvalidClientTokenId');
    expect(await listing(await assumed(bob, 'lister'))).toBe('allowed');
  });

  it('what an account let pass that is enforced again', async () => {
    const mode = (name: string) =>
      fetch(`${cloud.endpoint}/_brume/iam/mode`, {
        method: 'POST',
        body: JSON.stringify({ mode: name, account }),
      });
    const stranger = { AccessKeyId: 'AKIANOBODYATALLXXXXX', SecretAccessKey: 'x' };
    expect(await listing(stranger)).toBe('InvalidClientTokenId');
    expect((await mode('audit')).status).toBe(200);
    expect(await listing(stranger)).toBe('allowed');
    expect((await mode('default')).status).toBe(200);
    expect(await listing(stranger)).toBe('InvalidClientTokenId');
  });
});

describe('a cloud that was emptied, or became another', () => {
  it('knows nobody of before', async () => {
    const second = await startCloud({ iam: 'enforce' });
    try {
      const file = join(folder, 'empty');
      const iam = new IAMClient(second.clientConfig);
      const known = async () => {
        await iam.send(new CreateUserCommand({ UserName: 'heidi' }));
        const document = { UserName: 'heidi', PolicyName: 'p', PolicyDocument: allow('*') };
        await iam.send(new PutUserPolicyCommand(document));
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'heidi' }));
        const sts = (key: Key | undefined) => new STSClient({ ...as(key), endpoint: second.endpoint });
        const { Credentials: session } = await sts(AccessKey).send(new GetSessionTokenCommand({}));
        const answers = () =>
          Promise.all(
            [AccessKey, session].map((key) =>
              sts(key)
                .send(new GetCallerIdentityCommand({}))
                .then(
                  ({ Arn }) => Arn,
                  (error: Error) => error.name,
                ),
            ),
          );
        const arn = `arn:aws:iam::${account}:user/heidi`;
        expect(await answers()).toEqual([arn, arn]);
        return answers;
      };
      await second.snapshot.save(file);
      const nobody = ['InvalidClientTokenId', 'InvalidClientTokenId'];
      const first = await known();
      await second.reset();
      expect(await first()).toEqual(nobody);
      const next = await known();
      await second.snapshot.load(file);
      expect(await next()).toEqual(nobody);
    } finally {
      await second.close();
    }
  });
});

describe('a session', () => {
  it('is none with another’s token, none of its own, or a changed one', async () => {
    const carl = await person('carl', allow('*'));
    const token = async () =>
      (await new STSClient(as(carl)).send(new GetSessionTokenCommand({}))).Credentials;
    const [one, two] = [await token(), await token()];
    const whoami = (key: Key | undefined) =>
      new STSClient(as(key)).send(new GetCallerIdentityCommand({})).then(
        ({ Arn }) => Arn,
        (error: Error) => error.name,
      );
    expect(await whoami(one)).toBe(`arn:aws:iam::${account}:user/carl`);
    expect(await whoami({ ...one, SessionToken: two?.SessionToken })).toBe('InvalidClientTokenId');
    expect(await whoami({ ...one, SessionToken: undefined })).toBe('InvalidClientTokenId');
    expect(await whoami({ ...one, SessionToken: `${one?.SessionToken}x` })).toBe('InvalidClientTokenId');
    expect(await whoami({ ...one, SecretAccessKey: two?.SecretAccessKey })).toBe('SignatureDoesNotMatch');
    // "You cannot call any IAM API operations unless MFA authentication information is included in the request."
    expect(await listing(one)).toBe('InvalidClientTokenId');
  });

  it('of a federated user asks neither IAM nor for roles, whatever it was given', async () => {
    const dora = await person('dora', allow('*'));
    const { Credentials: federated } = await new STSClient(as(dora)).send(
      new GetFederationTokenCommand({ Name: 'visitor', Policy: allow('*') }),
    );
    expect(await listing(federated)).toBe('InvalidClientTokenId');
    await expect(assumed(federated ?? {}, 'lister')).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });
});

describe('a policy that nobody could evaluate', () => {
  it('isn’t kept', async () => {
    const statement = { Effect: 'Deny', Action: '*', Resource: '*' };
    const documents = [
      { Statement: { ...statement, Condition: { StringEqual: { 'aws:username': 'x' } } } },
      { Statement: { ...statement, Condition: { Bool: { 'aws:SecureTransport': {} } } } },
      { Statement: { ...statement, NotAction: 'iam:*' } },
      { Statement: { ...statement, NotResource: '*' } },
      { Statement: { ...statement, condition: {} } },
      { Statement: statement, statement },
    ];
    await person('eve', allow('sts:*'));
    for (const document of documents) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', ...document });
      const put = new PutUserPolicyCommand({ UserName: 'eve', PolicyName: 'x', PolicyDocument });
      await expect(root.send(put), PolicyDocument).rejects.toMatchObject({
        name: 'MalformedPolicyDocumentException',
        message: 'Syntax errors in policy.',
      });
    }
    for (const [element, what] of [
      [{ NotAction: [], Resource: '*' }, 'actions'],
      [{ Action: '*', NotResource: [] }, 'resources'],
    ] as const) {
      const Statement = { Effect: 'Allow', ...element };
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      const put = new PutUserPolicyCommand({ UserName: 'eve', PolicyName: 'x', PolicyDocument });
      await expect(root.send(put)).rejects.toThrow(`Policy statement must contain ${what}.`);
    }
    const eve = (await root.send(new CreateAccessKeyCommand({ UserName: 'eve' }))).AccessKey;
    const Policy = JSON.stringify({ Version: '2012-10-17', ...documents[0] });
    await expect(
      new STSClient(as(eve)).send(new GetFederationTokenCommand({ Name: 'visitor', Policy })),
    ).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
  });
});

describe('secrets', () => {
  it('lie in no file, no log, no record and no report after a busy session', async () => {
    const secrets: Record<string, string | undefined> = {};
    const key = await person('frida', allow('*'));
    secrets.accessKey = key.SecretAccessKey;
    secrets.password = 'Frida-Password-8271!';
    await root.send(new CreateLoginProfileCommand({ UserName: 'frida', Password: secrets.password }));
    secrets.newPassword = 'Frida-Next-5512!';
    await new IAMClient(as(key)).send(
      new ChangePasswordCommand({ OldPassword: secrets.password, NewPassword: secrets.newPassword }),
    );
    // What is refused is told, and what is denied is recorded: not with what was sent.
    secrets.wrongPassword = 'Wrong-Password-4471!';
    const change = { OldPassword: secrets.wrongPassword, NewPassword: 'Other-Password-1!' };
    await expect(new IAMClient(as(key)).send(new ChangePasswordCommand(change))).rejects.toThrow();
    const nobody = await person('gustav');
    secrets.deniedPassword = 'Denied-Password-9931!';
    const login = { UserName: 'gustav', Password: secrets.deniedPassword };
    await expect(new IAMClient(as(nobody)).send(new CreateLoginProfileCommand(login))).rejects.toThrow(
      /not authorized/,
    );
    secrets.longPassword = `${'Long-Password-6612!'.repeat(20)}`;
    const long = new CreateLoginProfileCommand({ UserName: 'gustav', Password: secrets.longPassword });
    const told = await root.send(long).catch((error: Error) => error.message);
    expect(told).not.toContain(secrets.longPassword);
    const { ServiceSpecificCredential } = await root.send(
      new CreateServiceSpecificCredentialCommand({
        UserName: 'frida',
        ServiceName: 'codecommit.amazonaws.com',
      }),
    );
    secrets.servicePassword = ServiceSpecificCredential?.ServicePassword;
    const { VirtualMFADevice } = await root.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'frida' }),
    );
    secrets.seed = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString();
    const session = (await new STSClient(as(key)).send(new GetSessionTokenCommand({}))).Credentials;
    secrets.sessionSecret = session?.SecretAccessKey;
    secrets.sessionToken = session?.SessionToken;
    await root.send(new CreateRoleCommand({ RoleName: 'busy', AssumeRolePolicyDocument: trust }));
    const role = await assumed(key, 'busy');
    secrets.roleSecret = role?.SecretAccessKey;
    secrets.roleToken = role?.SessionToken;
    expect(await listing(role)).toBe('AccessDenied');
    const idp = await startToyIdp();
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { format: 'pem', type: 'pkcs1' },
      publicKeyEncoding: { format: 'pem', type: 'spki' },
    });
    secrets.samlKey = privateKey.split('\n')[3];
    await root.send(
      new CreateSAMLProviderCommand({
        Name: 'sealed',
        SAMLMetadataDocument: idp.metadata,
        AssertionEncryptionMode: 'Allowed',
        AddPrivateKey: privateKey,
      }),
    );
    await usePool(secrets);

    await new IAMClient(as(key)).send(new GetUserCommand({}));
    const report = async (path: string) => (await fetch(`${cloud.endpoint}/_brume/${path}`)).text();
    const places: Record<string, string> = {
      log: logged.join('\n'),
      audit: await report('audit?limit=100000'),
      report: await report('iam/report'),
      metrics: await report('metrics'),
      usage: await report('usage'),
    };
    expect(places.audit).toContain('iam:CreateLoginProfile');
    expect(places.report).toContain('frida');
    await cloud.close();
    for (const file of filesIn(data)) places[file] = readFileSync(file, 'latin1');
    const all = Object.values(places).join('\n');
    // Else the search would find nothing because it looks in the wrong place.
    expect(all).toContain('frida');
    expect(all).toContain(key.AccessKeyId);
    for (const [name, secret] of Object.entries(secrets)) {
      expect(secret?.length, name).toBeGreaterThan(10);
      for (const [place, text] of Object.entries(places)) {
        for (const form of [
          secret ?? '',
          Buffer.from(secret ?? '')
            .toString('base64')
            .slice(0, -4),
        ]) {
          expect(text.includes(form), `${name} in ${place}`).toBe(false);
        }
      }
    }
  });
});

async function usePool(secrets: Record<string, string | undefined>): Promise<void> {
  const pool = new CognitoIdentityProviderClient(cloud.clientConfig);
  const UserPoolId = (await pool.send(new CreateUserPoolCommand({ PoolName: 'people' }))).UserPool?.Id;
  const { UserPoolClient } = await pool.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  secrets.poolPassword = 'Pool-Password-3318!';
  const user = { UserPoolId, Username: 'frida' };
  await pool.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
  const password = { ...user, Password: secrets.poolPassword, Permanent: true };
  await pool.send(new AdminSetUserPasswordCommand(password));
  const { AuthenticationResult } = await pool.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId: UserPoolClient?.ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'frida', PASSWORD: secrets.poolPassword },
    }),
  );
  secrets.refreshToken = AuthenticationResult?.RefreshToken;
  secrets.accessToken = AuthenticationResult?.AccessToken;
}

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
