/** Tokens of machines without a domain, and the rates an account may buy, through the official SDK. */
import {
  AddUserPoolClientSecretCommand,
  CognitoIdentityProviderClient,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolDomainCommand,
  DescribeUserPoolClientCommand,
  GetClientTokenCommand,
  GetProvisionedLimitCommand,
  UpdateProvisionedLimitCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refused, startUserPools, type UserPools } from './support/userPools.ts';

let pools: UserPools;
/** Signed, as the SDK signs this operation, by somebody whom no policy lets do anything. */
let machines: CognitoIdentityProviderClient;

beforeAll(async () => {
  pools = await startUserPools();
  machines = await nobody('machines');
});
afterAll(async () => {
  machines?.destroy();
  await pools?.close();
});

async function nobody(UserName: string): Promise<CognitoIdentityProviderClient> {
  const iam = new IAMClient(pools.cloud.clientConfig);
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  return new CognitoIdentityProviderClient({
    ...pools.cloud.clientConfig,
    credentials: { accessKeyId, secretAccessKey },
  });
}

// The SDK's enumeration doesn't have the flow that its documentation names.
const clientTokenFlow = ['ALLOW_CLIENT_TOKEN_AUTH' as 'ALLOW_USER_AUTH'];

async function machine(settings: Partial<CreateUserPoolClientCommandInput> = {}) {
  const { UserPoolId } = await pools.makePool();
  await pools.cognito.send(
    new CreateResourceServerCommand({
      UserPoolId,
      Identifier: 'solar-system-data',
      Name: 'Solar system',
      Scopes: ['asteroids.add', 'asteroids.read'].map((ScopeName) => ({
        ScopeName,
        ScopeDescription: ScopeName,
      })),
    }),
  );
  const { UserPoolClient } = await pools.cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'machine',
      GenerateSecret: true,
      ExplicitAuthFlows: clientTokenFlow,
      AllowedOAuthScopes: ['solar-system-data/asteroids.add', 'solar-system-data/asteroids.read'],
      ...settings,
    }),
  );
  const { ClientId = '', ClientSecret = '' } = UserPoolClient ?? {};
  return { UserPoolId, ClientId, Secret: ClientSecret };
}

describe('GetClientToken', () => {
  it('gives a machine an access token for all of its scopes, or for those that it asks for', async () => {
    const { UserPoolId, ClientId, Secret } = await machine();
    const { ClientAuthenticationResult } = await machines.send(
      new GetClientTokenCommand({ ClientId, Secret }),
    );
    expect(ClientAuthenticationResult).toEqual({
      AccessToken: expect.any(String),
      ExpiresIn: 3_600,
      TokenType: 'Bearer',
    });
    const keys = createRemoteJWKSet(new URL(`${pools.cloud.endpoint}/${UserPoolId}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(ClientAuthenticationResult?.AccessToken ?? '', keys);
    expect(payload).toMatchObject({
      sub: ClientId,
      client_id: ClientId,
      token_use: 'access',
      scope: 'solar-system-data/asteroids.add solar-system-data/asteroids.read',
    });
    const Scopes = ['solar-system-data/asteroids.read'];
    const less = await machines.send(new GetClientTokenCommand({ ClientId, Secret, Scopes }));
    const read = await jwtVerify(less.ClientAuthenticationResult?.AccessToken ?? '', keys);
    expect(read.payload.scope).toBe('solar-system-data/asteroids.read');
  });

  it('gives nobody scopes that are not theirs, nor those of users', async () => {
    const { ClientId, Secret } = await machine({
      AllowedOAuthScopes: ['solar-system-data/asteroids.read', 'openid'],
    });
    for (const scope of ['solar-system-data/asteroids.add', 'openid', 'aws.cognito.signin.user.admin']) {
      await expect(
        machines.send(new GetClientTokenCommand({ ClientId, Secret, Scopes: [scope] })),
      ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
    const { ClientAuthenticationResult } = await machines.send(
      new GetClientTokenCommand({ ClientId, Secret }),
    );
    const [, claims = ''] = ClientAuthenticationResult?.AccessToken?.split('.') ?? [];
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString()).scope).toBe(
      'solar-system-data/asteroids.read',
    );
  });

  it('takes any of the client\u2019s secrets, and nobody else\u2019s', async () => {
    const { UserPoolId, ClientId, Secret } = await machine();
    const { ClientSecretDescriptor } = await pools.cognito.send(
      new AddUserPoolClientSecretCommand({ UserPoolId, ClientId }),
    );
    for (const one of [Secret, ClientSecretDescriptor?.ClientSecretValue]) {
      await machines.send(new GetClientTokenCommand({ ClientId, Secret: one }));
    }
    const other = await machine();
    await expect(
      machines.send(new GetClientTokenCommand({ ClientId, Secret: other.Secret })),
    ).rejects.toMatchObject(
      refused('NotAuthorizedException', `Client secret does not match for the client: ${ClientId}`),
    );
    await expect(
      machines.send(new GetClientTokenCommand({ ClientId: 'nobody', Secret })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is for clients that are machines and nothing else', async () => {
    const { ClientId, Secret } = await machine({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] });
    await expect(machines.send(new GetClientTokenCommand({ ClientId, Secret }))).rejects.toMatchObject(
      refused('InvalidParameterException', 'CLIENT_TOKEN_AUTH flow not enabled for this client'),
    );
    await expect(
      machine({ ExplicitAuthFlows: [...clientTokenFlow, 'ALLOW_REFRESH_TOKEN_AUTH'] }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const own = await machine();
    const { UserPoolClient } = await pools.cognito.send(new DescribeUserPoolClientCommand(own));
    expect(UserPoolClient?.ExplicitAuthFlows).toEqual(clientTokenFlow);
    await pools.makeUser(own.UserPoolId, 'ann');
    await expect(pools.signIn(own.ClientId, 'ann')).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('knows no secret of a client that has none', async () => {
    const { UserPoolId } = await machine();
    const { UserPoolClient } = await pools.cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'open',
        ExplicitAuthFlows: clientTokenFlow,
      }),
    );
    const { ClientId } = UserPoolClient ?? {};
    await expect(
      machines.send(new GetClientTokenCommand({ ClientId, Secret: 'a'.repeat(51) })),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('needs no signature', async () => {
    const { ClientId, Secret } = await machine();
    const answer = await fetch(pools.cloud.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.GetClientToken',
      },
      body: JSON.stringify({ ClientId, Secret }),
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ ClientAuthenticationResult: { TokenType: 'Bearer' } });
  });

  it('stops with the flow', async () => {
    const { UserPoolId, ClientId, Secret } = await machine();
    await pools.cognito.send(
      new UpdateUserPoolClientCommand({
        UserPoolId,
        ClientId,
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      }),
    );
    await expect(machines.send(new GetClientTokenCommand({ ClientId, Secret }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

describe('provisioned limits', () => {
  const of = (Category: string) => ({ LimitClass: 'API_CATEGORY' as const, Attributes: { Category } });
  const read = async (Category: string, client = pools.cognito) =>
    (await client.send(new GetProvisionedLimitCommand({ LimitDefinition: of(Category) }))).Limit;
  const set = async (Category: string, RequestedLimitValue: number, client = pools.cognito) => {
    const input = { LimitDefinition: of(Category), RequestedLimitValue };
    return (await client.send(new UpdateProvisionedLimitCommand(input))).Limit;
  };
  const userRead = (ProvisionedLimitValue: number) => ({
    LimitDefinition: of('UserRead'),
    ProvisionedLimitValue,
    FreeLimitValue: 120,
  });

  it('are the default until somebody buys more, and again when they give it back', async () => {
    expect(await read('UserRead')).toEqual(userRead(120));
    expect(await set('UserRead', 300)).toEqual(userRead(300));
    expect(await read('UserRead')).toEqual(userRead(300));
    expect(await set('UserRead', 120)).toEqual(userRead(120));
    expect(await read('UserRead')).toEqual(userRead(120));
  });

  it('are of an account in a region', async () => {
    const elsewhere = new CognitoIdentityProviderClient({ ...pools.cloud.clientConfig, region: 'eu-west-1' });
    await set('UserToken', 200);
    expect(await read('UserToken', elsewhere)).toMatchObject({ ProvisionedLimitValue: 120 });
    elsewhere.destroy();
  });

  it('are neither below the default nor beyond what an account may have', async () => {
    await expect(set('UserCreation', 49)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(set('UserCreation', 501)).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
    expect(await read('UserCreation')).toMatchObject({ ProvisionedLimitValue: 50 });
  });

  it.each(['UserList', 'LimitManagement', 'Nothing', '__proto__'])('are none of %s', async (category) => {
    await expect(read(category)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(set(category, 1_000)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('are of a class', async () => {
    const LimitDefinition = {
      LimitClass: 'RESOURCE' as 'API_CATEGORY',
      Attributes: { Category: 'UserRead' },
    };
    await expect(
      pools.cognito.send(new GetProvisionedLimitCommand({ LimitDefinition })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining("at 'limitDefinition.limitClass' failed to satisfy constraint"),
    });
  });

  it('leave signing in as it is where pools have managed login', async () => {
    await set('UserAuthentication', 300);
    const { UserPoolId } = await pools.makePool();
    await pools.cognito.send(
      new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'limits', ManagedLoginVersion: 2 }),
    );
    const invalid = { name: 'InvalidParameterException' };
    await expect(set('UserAuthentication', 400)).rejects.toMatchObject(invalid);
    await expect(set('UserFederation', 100)).rejects.toMatchObject(invalid);
    expect(await set('UserRead', 400)).toEqual(userRead(400));
  });

  it('are for those whom policies let', async () => {
    const stranger = await nobody('stranger');
    const denied = { name: 'AccessDeniedException' };
    await expect(read('UserRead', stranger)).rejects.toMatchObject(denied);
    await expect(set('UserRead', 200, stranger)).rejects.toMatchObject(denied);
    stranger.destroy();
  });
});
