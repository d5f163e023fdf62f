/** Cognito identity pools through the official SDK with `enforce` on: who somebody is decides what they may read. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  type CreateIdentityPoolCommandInput,
  DescribeIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetIdentityPoolRolesCommand,
  GetOpenIdTokenCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  GetPrincipalTagAttributeMapCommand,
  ListIdentityPoolsCommand,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
} from '@aws-sdk/client-cognito-identity';
import {
  AdminAddUserToGroupCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const password = 'Correct-horse7';
const account = '000000000000';
let cloud: Cloud;
let people: CognitoIdentityProviderClient;
let identities: CognitoIdentityClient;
let iam: IAMClient;
let dynamodb: DynamoDBClient;
let s3: S3Client;
/** Without credentials, as apps are before they have asked. */
let app: CognitoIdentityClient;
let appPeople: CognitoIdentityProviderClient;
let appSts: STSClient;
const opened: { destroy(): void }[] = [];
let made = 0;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  const nobody = {
    region: cloud.region,
    endpoint: cloud.endpoint,
    credentials: () => Promise.reject(new Error('an app has no credentials')),
  };
  people = new CognitoIdentityProviderClient(cloud.clientConfig);
  identities = new CognitoIdentityClient(cloud.clientConfig);
  iam = new IAMClient(cloud.clientConfig);
  dynamodb = new DynamoDBClient(cloud.clientConfig);
  s3 = new S3Client(cloud.clientConfig);
  app = new CognitoIdentityClient(nobody);
  appPeople = new CognitoIdentityProviderClient(nobody);
  appSts = new STSClient(nobody);
  opened.push(people, identities, iam, dynamodb, s3, app, appPeople, appSts);
});
afterAll(async () => {
  for (const client of opened) client.destroy();
  await cloud.close();
});

interface UserPool {
  id: string;
  clientId: string;
  provider: string;
}

async function makeUserPool(): Promise<UserPool> {
  const { UserPool } = await people.send(
    new CreateUserPoolCommand({ PoolName: 'people', AutoVerifiedAttributes: ['email'] }),
  );
  const id = UserPool?.Id ?? '';
  const { UserPoolClient } = await people.send(
    new CreateUserPoolClientCommand({
      UserPoolId: id,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  const provider = `cognito-idp.${cloud.region}.amazonaws.com/${id}`;
  return { id, clientId: UserPoolClient?.ClientId ?? '', provider };
}

async function signUp({ id, clientId: ClientId }: UserPool, Username: string): Promise<void> {
  const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }];
  await appPeople.send(new SignUpCommand({ ClientId, Username, Password: password, UserAttributes }));
  const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${id}&username=${Username}`;
  const { messages } = (await (await fetch(page)).json()) as { messages: { code: string }[] };
  const ConfirmationCode = messages[0]?.code;
  await appPeople.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
}

/** @returns what `Logins` of an identity pool take. */
async function signIn(pool: UserPool, USERNAME: string): Promise<Record<string, string>> {
  const { AuthenticationResult } = await appPeople.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: pool.clientId,
      AuthParameters: { USERNAME, PASSWORD: password },
    }),
  );
  return { [pool.provider]: AuthenticationResult?.IdToken ?? '' };
}

async function makeIdentityPool(
  userPool: UserPool,
  settings: Partial<CreateIdentityPoolCommandInput> = {},
): Promise<string> {
  const { IdentityPoolId = '' } = await identities.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: true,
      CognitoIdentityProviders: [{ ProviderName: userPool.provider, ClientId: userPool.clientId }],
      ...settings,
    }),
  );
  return IdentityPoolId;
}

/** A role that an identity pool's users or guests may take, with these permissions. */
async function makeRole(
  poolId: string,
  amr: 'authenticated' | 'unauthenticated',
  Statement: object[],
  actions: string[] = [],
): Promise<string> {
  const RoleName = `role-${++made}`;
  const trust = {
    Effect: 'Allow',
    Principal: { Federated: 'cognito-identity.amazonaws.com' },
    Action: ['sts:AssumeRoleWithWebIdentity', ...actions],
    Condition: {
      StringEquals: { 'cognito-identity.amazonaws.com:aud': poolId },
      'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': amr },
    },
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document([trust]) }),
  );
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument: document(Statement) }),
  );
  return Role?.Arn ?? '';
}

const document = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const setRoles = (IdentityPoolId: string, Roles: Record<string, string>, RoleMappings = {}) =>
  identities.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles, RoleMappings }));

/** What an app does at its start. */
async function enter(IdentityPoolId: string, Logins: Record<string, string> = {}) {
  const { IdentityId = '' } = await app.send(new GetIdCommand({ IdentityPoolId, Logins }));
  return { id: IdentityId, ...(await credentialsOf(IdentityId, Logins)) };
}

async function credentialsOf(
  IdentityId: string,
  Logins: Record<string, string> = {},
  CustomRoleArn?: string,
) {
  const { Credentials } = await app.send(
    new GetCredentialsForIdentityCommand({ IdentityId, Logins, CustomRoleArn }),
  );
  const { AccessKeyId = '', SecretKey = '', SessionToken = '', Expiration } = Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretKey,
    sessionToken: SessionToken,
  };
  return { credentials, Expiration };
}

type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** Clients that act as somebody. */
function as(credentials: Keys) {
  const config = { ...cloud.clientConfig, credentials };
  const clients = {
    dynamodb: new DynamoDBClient(config),
    s3: new S3Client(config),
    iam: new IAMClient(config),
    sts: new STSClient(config),
    identities: new CognitoIdentityClient(config),
  };
  opened.push(...Object.values(clients));
  return clients;
}

const whoIs = async (credentials: Keys) =>
  (await as(credentials).sts.send(new GetCallerIdentityCommand({}))).Arn;

const ownRows = {
  Effect: 'Allow',
  Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
  Resource: `arn:aws:dynamodb:us-east-1:${account}:table/notes`,
  Condition: {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['${cognito-identity.amazonaws.com:sub}'] },
  },
};
const ownObjects = [
  {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject'],
    Resource: 'arn:aws:s3:::files/${cognito-identity.amazonaws.com:sub}/*',
  },
  {
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: 'arn:aws:s3:::files',
    Condition: { StringLike: { 's3:prefix': ['${cognito-identity.amazonaws.com:sub}/*'] } },
  },
];

describe('people of a user pool', () => {
  it('read and write their own rows and objects, and nobody else’s', async () => {
    const userPool = await makeUserPool();
    await signUp(userPool, 'ann');
    await signUp(userPool, 'bob');
    const poolId = await makeIdentityPool(userPool);
    await setRoles(poolId, {
      authenticated: await makeRole(poolId, 'authenticated', [ownRows, ...ownObjects]),
    });
    await dynamodb.send(
      new CreateTableCommand({
        TableName: 'notes',
        AttributeDefinitions: [{ AttributeName: 'owner', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await s3.send(new CreateBucketCommand({ Bucket: 'files' }));

    const ann = await enter(poolId, await signIn(userPool, 'ann'));
    const bob = await enter(poolId, await signIn(userPool, 'bob'));
    expect((ann.Expiration as Date).getTime() - cloud.clock.now()).toBeGreaterThan(3_500_000);
    expect(await whoIs(ann.credentials)).toMatch(/:assumed-role\/role-\d+\/CognitoIdentityCredentials$/);
    for (const [me, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      const mine = as(me.credentials);
      const note = { owner: { S: me.id }, text: { S: 'mine' } };
      await mine.dynamodb.send(new PutItemCommand({ TableName: 'notes', Item: note }));
      const row = (owner: string) => new GetItemCommand({ TableName: 'notes', Key: { owner: { S: owner } } });
      expect((await mine.dynamodb.send(row(me.id))).Item).toEqual(note);
      await expect(mine.dynamodb.send(row(other.id))).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
      const forged = { ...note, owner: { S: other.id } };
      await expect(
        mine.dynamodb.send(new PutItemCommand({ TableName: 'notes', Item: forged })),
      ).rejects.toMatchObject({ name: 'AccessDeniedException' });

      const at = (Key: string) => ({ Bucket: 'files', Key });
      await mine.s3.send(new PutObjectCommand({ ...at(`${me.id}/a.txt`), Body: 'a' }));
      await mine.s3.send(new GetObjectCommand(at(`${me.id}/a.txt`)));
      await expect(mine.s3.send(new GetObjectCommand(at(`${other.id}/a.txt`)))).rejects.toMatchObject({
        name: 'AccessDenied',
      });
      const list = (Prefix: string) => mine.s3.send(new ListObjectsV2Command({ Bucket: 'files', Prefix }));
      expect((await list(`${me.id}/`)).KeyCount).toBe(1);
      await expect(list('')).rejects.toMatchObject({ name: 'AccessDenied' });
    }
    // The same person later, on another device.
    expect((await enter(poolId, await signIn(userPool, 'ann'))).id).toBe(ann.id);
  });

  it('get the role of their group, and of several only one that the token names', async () => {
    const userPool = await makeUserPool();
    const poolId = await makeIdentityPool(userPool);
    const [user, editor, admin] = await Promise.all(
      [1, 2, 3].map(() => makeRole(poolId, 'authenticated', [ownRows])),
    );
    const groups = { editors: editor, admins: admin };
    for (const [GroupName, RoleArn] of Object.entries(groups)) {
      await people.send(
        new CreateGroupCommand({ UserPoolId: userPool.id, GroupName, RoleArn, Precedence: 1 }),
      );
    }
    const join = (Username: string, GroupName: string) =>
      people.send(new AdminAddUserToGroupCommand({ UserPoolId: userPool.id, Username, GroupName }));
    for (const name of ['ann', 'bob']) await signUp(userPool, name);
    await join('ann', 'editors');
    await setRoles(
      poolId,
      { authenticated: user ?? '' },
      {
        [`${userPool.provider}:${userPool.clientId}`]: {
          Type: 'Token',
          AmbiguousRoleResolution: 'AuthenticatedRole',
        },
      },
    );
    const nameOf = (arn = '') => arn.split('/')[1];
    const roleOf = async (username: string, wished?: string) => {
      const Logins = await signIn(userPool, username);
      const { id } = await enter(poolId, Logins);
      return nameOf(await whoIs((await credentialsOf(id, Logins, wished)).credentials));
    };
    expect(await roleOf('ann')).toBe(nameOf(editor));
    expect(await roleOf('bob')).toBe(nameOf(user));
    await join('ann', 'admins');
    expect(await roleOf('ann')).toBe(nameOf(user));
    expect(await roleOf('ann', admin)).toBe(nameOf(admin));
    await expect(roleOf('bob', admin)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('carry what the user pool knows of them as principal tags', async () => {
    const userPool = await makeUserPool();
    await signUp(userPool, 'ann');
    const poolId = await makeIdentityPool(userPool);
    const tagged = {
      Effect: 'Allow',
      Action: 'dynamodb:ListTables',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/mail': 'ann@example.com' } },
    };
    await setRoles(poolId, {
      authenticated: await makeRole(poolId, 'authenticated', [tagged], ['sts:TagSession']),
    });
    const Logins = await signIn(userPool, 'ann');
    const list = async () => {
      const { credentials } = await enter(poolId, Logins);
      return as(credentials).dynamodb.send(new ListTablesCommand({}));
    };
    await expect(list()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await identities.send(
      new SetPrincipalTagAttributeMapCommand({
        IdentityPoolId: poolId,
        IdentityProviderName: userPool.provider,
        PrincipalTags: { mail: 'email' },
      }),
    );
    await list();
  });

  it('are refused with tokens of other pools, and by a role that does not trust the pool', async () => {
    const [mine, foreign] = [await makeUserPool(), await makeUserPool()];
    await signUp(foreign, 'ann');
    await signUp(mine, 'ann');
    const poolId = await makeIdentityPool(mine);
    const stranger = await signIn(foreign, 'ann');
    await expect(enter(poolId, stranger)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Token is not from a supported provider of this identity pool.',
    });
    const disguised = { [mine.provider]: stranger[foreign.provider] ?? '' };
    await expect(enter(poolId, disguised)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: "Invalid login token. Issuer doesn't match providerName",
      $metadata: { httpStatusCode: 400 },
    });
    const other = await makeIdentityPool(mine);
    await setRoles(poolId, { authenticated: await makeRole(other, 'authenticated', [ownRows]) });
    await expect(enter(poolId, await signIn(mine, 'ann'))).rejects.toMatchObject({
      name: 'InvalidIdentityPoolConfigurationException',
      message: 'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
    });
  });

  it('are refused once they are disabled, signed out or deleted, where the pool asks', async () => {
    const userPool = await makeUserPool();
    const { provider: ProviderName, clientId: ClientId, id: UserPoolId } = userPool;
    const careless = await makeIdentityPool(userPool);
    const careful = await makeIdentityPool(userPool, {
      CognitoIdentityProviders: [{ ProviderName, ClientId, ServerSideTokenCheck: true }],
    });
    const getId = (IdentityPoolId: string, Logins: Record<string, string>) =>
      app.send(new GetIdCommand({ IdentityPoolId, Logins }));
    const commands = [AdminDisableUserCommand, AdminUserGlobalSignOutCommand, AdminDeleteUserCommand];
    for (const [index, Command] of commands.entries()) {
      const Username = `user${index}`;
      await signUp(userPool, Username);
      const Logins = await signIn(userPool, Username);
      await getId(careful, Logins);
      await people.send(new Command({ UserPoolId, Username }));
      await expect(getId(careful, Logins), Command.name).rejects.toMatchObject({
        name: 'NotAuthorizedException',
      });
      await getId(careless, Logins);
    }
  });
});

describe('guests', () => {
  it('may do what their role allows, as far as guests may at all', async () => {
    const userPool = await makeUserPool();
    const poolId = await makeIdentityPool(userPool);
    const everything = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
    await setRoles(poolId, {
      unauthenticated: await makeRole(poolId, 'unauthenticated', everything),
      authenticated: await makeRole(poolId, 'authenticated', everything),
    });
    const guest = as((await enter(poolId)).credentials);
    await guest.dynamodb.send(new ListTablesCommand({}));
    await expect(guest.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
    // Whoever logs in is not narrowed.
    await signUp(userPool, 'ann');
    const ann = as((await enter(poolId, await signIn(userPool, 'ann'))).credentials);
    await ann.iam.send(new ListUsersCommand({}));
  });

  it('get no role that is for those who log in', async () => {
    const poolId = await makeIdentityPool(await makeUserPool());
    await setRoles(poolId, { unauthenticated: await makeRole(poolId, 'authenticated', [ownRows]) });
    await expect(enter(poolId)).rejects.toMatchObject({ name: 'InvalidIdentityPoolConfigurationException' });
  });
});

describe('the basic flow', () => {
  it('has STS take a token that anyone can verify', async () => {
    const userPool = await makeUserPool();
    await signUp(userPool, 'ann');
    const poolId = await makeIdentityPool(userPool, { AllowClassicFlow: true });
    const RoleArn = await makeRole(poolId, 'authenticated', [ownRows]);
    const Logins = await signIn(userPool, 'ann');
    const { IdentityId } = await app.send(new GetIdCommand({ IdentityPoolId: poolId, Logins }));
    const { Token = '' } = await app.send(new GetOpenIdTokenCommand({ IdentityId, Logins }));
    const keys = createRemoteJWKSet(new URL(`${cloud.endpoint}/.well-known/jwks_uri`));
    const { payload } = await jwtVerify(Token, keys, {
      issuer: 'https://cognito-identity.amazonaws.com',
      audience: poolId,
      currentDate: new Date(cloud.clock.now()),
    });
    expect(payload.sub).toBe(IdentityId);
    const assume = (WebIdentityToken: string) =>
      appSts.send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'ann', WebIdentityToken }),
      );
    const { SubjectFromWebIdentityToken, Provider, Credentials } = await assume(Token);
    expect({ SubjectFromWebIdentityToken, Provider }).toEqual({
      SubjectFromWebIdentityToken: IdentityId,
      Provider: 'cognito-identity.amazonaws.com',
    });
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
    const { IdentityId: guest } = await app.send(new GetIdCommand({ IdentityPoolId: poolId }));
    const { Token: guestToken = '' } = await app.send(new GetOpenIdTokenCommand({ IdentityId: guest }));
    await expect(assume(guestToken)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('developers', () => {
  it('vouch for their users with permissions of their own', async () => {
    const poolId = await makeIdentityPool(await makeUserPool(), { DeveloperProviderName: 'login.mine' });
    await setRoles(poolId, { authenticated: await makeRole(poolId, 'authenticated', [ownRows]) });
    const ask = new GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId: poolId,
      Logins: { 'login.mine': 'ann' },
    });
    const UserName = 'backend';
    await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const backend = as({
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    }).identities;
    await expect(backend.send(ask)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(app.send(ask)).rejects.toThrow('an app has no credentials');
    const PolicyDocument = document([
      {
        Effect: 'Allow',
        Action: 'cognito-identity:GetOpenIdTokenForDeveloperIdentity',
        Resource: `arn:aws:cognito-identity:${cloud.region}:${account}:identitypool/${poolId}`,
      },
    ]);
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'vouch', PolicyDocument }));
    const { IdentityId = '', Token = '' } = await backend.send(ask);
    const { credentials } = await credentialsOf(IdentityId, { 'cognito-identity.amazonaws.com': Token });
    expect(await whoIs(credentials)).toMatch(/CognitoIdentityCredentials$/);
    await expect(backend.send(new ListIdentityPoolsCommand({ MaxResults: 10 }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('whoever sets the roles of a pool', () => {
  it('must be allowed to hand each of them over', async () => {
    const poolId = await makeIdentityPool(await makeUserPool());
    const role = await makeRole(poolId, 'authenticated', [ownRows]);
    const UserName = 'setter';
    await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const setter = as({
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    }).identities;
    const may = (...Statement: object[]) =>
      iam.send(
        new PutUserPolicyCommand({ UserName, PolicyName: 'may', PolicyDocument: document(Statement) }),
      );
    const onPools = { Effect: 'Allow', Action: 'cognito-identity:*', Resource: '*' };
    const passing = {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: role,
      Condition: { StringEquals: { 'iam:PassedToService': 'cognito-identity.amazonaws.com' } },
    };
    const set = (authenticated: string) =>
      setter.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: poolId, Roles: { authenticated } }));
    await may(onPools);
    await expect(set(role)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await may(onPools, passing);
    await set(role);
    await expect(set(`${role}-of-admins`)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('templates', () => {
  it('make a pool with its roles and principal tags, and delete it', async () => {
    const stacks = new CloudFormationClient(cloud.clientConfig);
    opened.push(stacks);
    const StackName = 'identities';
    const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
    const provider = `cognito-idp.${cloud.region}.amazonaws.com/${cloud.region}_Example12`;
    const template = {
      Resources: {
        Pool: {
          Type: 'AWS::Cognito::IdentityPool',
          Properties: {
            AllowUnauthenticatedIdentities: false,
            CognitoIdentityProviders: [{ ProviderName: provider, ClientId: 'client' }],
            IdentityPoolTags: [{ Key: 'team', Value: 'a' }],
          },
        },
        Roles: {
          Type: 'AWS::Cognito::IdentityPoolRoleAttachment',
          Properties: {
            IdentityPoolId: { Ref: 'Pool' },
            Roles: { authenticated: role('user') },
            RoleMappings: {
              people: {
                IdentityProvider: `${provider}:client`,
                Type: 'Token',
                AmbiguousRoleResolution: 'Deny',
              },
            },
          },
        },
        Tags: {
          Type: 'AWS::Cognito::IdentityPoolPrincipalTag',
          Properties: {
            IdentityPoolId: { Ref: 'Pool' },
            IdentityProviderName: provider,
            PrincipalTags: { mail: 'email' },
          },
        },
      },
      Outputs: {
        Pool: { Value: { Ref: 'Pool' } },
        Name: { Value: { 'Fn::GetAtt': ['Pool', 'Name'] } },
        Roles: { Value: { Ref: 'Roles' } },
        RolesId: { Value: { 'Fn::GetAtt': ['Roles', 'Id'] } },
      },
    };
    const waiting = [{ client: stacks, minDelay: 1, maxDelay: 1, maxWaitTime: 60 }, { StackName }] as const;
    await stacks.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
    await waitUntilStackCreateComplete(...waiting);
    const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }));
    const outputs = Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    );
    const IdentityPoolId = outputs.Pool ?? '';
    expect(outputs).toMatchObject({ Roles: IdentityPoolId, RolesId: IdentityPoolId });
    const pool = await identities.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
    expect(pool).toMatchObject({
      IdentityPoolName: outputs.Name,
      AllowUnauthenticatedIdentities: false,
      IdentityPoolTags: { team: 'a' },
    });
    expect(await identities.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }))).toMatchObject({
      Roles: { authenticated: role('user') },
      RoleMappings: { [`${provider}:client`]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' } },
    });
    const tags = new GetPrincipalTagAttributeMapCommand({ IdentityPoolId, IdentityProviderName: provider });
    expect(await identities.send(tags)).toMatchObject({ PrincipalTags: { mail: 'email' } });
    await stacks.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete(...waiting);
    await expect(identities.send(new DescribeIdentityPoolCommand({ IdentityPoolId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

// Last: it moves the clock, and what the others were given expires.
describe('an hour later', () => {
  it('neither the token nor the credentials are good any more', async () => {
    const userPool = await makeUserPool();
    await signUp(userPool, 'ann');
    const poolId = await makeIdentityPool(userPool);
    await setRoles(poolId, { authenticated: await makeRole(poolId, 'authenticated', [ownRows]) });
    const Logins = await signIn(userPool, 'ann');
    const { id, credentials } = await enter(poolId, Logins);
    await cloud.clock.advance(3_601_000);
    await expect(credentialsOf(id, Logins)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: expect.stringMatching(/^Invalid login token\. Token expired: \d+ >= \d+$/),
    });
    await expect(whoIs(credentials)).rejects.toMatchObject({ name: 'ExpiredToken' });
  });
});
