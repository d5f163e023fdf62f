/** API Gateway's user pool and JWT authorizers with tokens of a real pool: what is let in, and each forgery that isn't. */
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  GetAuthorizersCommand,
  GetRestApisCommand,
  ImportRestApiCommand,
  TestInvokeAuthorizerCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateAuthorizerCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const password = 'Correct-horse7';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let gateway: APIGatewayClient;
let http: ApiGatewayV2Client;

interface People {
  UserPoolId: string;
  ClientId: string;
  id: string;
  access: string;
}
let people: People;
let strangers: People;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
  gateway = new APIGatewayClient(cloud.clientConfig);
  http = new ApiGatewayV2Client(cloud.clientConfig);
  [people, strangers] = await Promise.all([signedIn('people'), signedIn('strangers')]);
});
afterAll(() => cloud?.close());

/** A pool, and the tokens of its user ann. */
async function signedIn(PoolName: string): Promise<People> {
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName }));
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
    }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const user = { UserPoolId, Username: 'ann' };
  await cognito.send(
    new AdminCreateUserCommand({
      ...user,
      UserAttributes: [
        { Name: 'email', Value: 'ann@example.com' },
        { Name: 'email_verified', Value: 'true' },
      ],
      MessageAction: 'SUPPRESS',
    }),
  );
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
  const { AuthenticationResult: tokens } = await cognito.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ann', PASSWORD: password },
    }),
  );
  return { UserPoolId, ClientId, id: tokens?.IdToken ?? '', access: tokens?.AccessToken ?? '' };
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Ways to change a token so that it says more than its pool signed. Each must be refused. */
async function forgeries(token: string, poolId: string): Promise<Record<string, string>> {
  const [, , signature = ''] = token.split('.');
  const header = decodeProtectedHeader(token);
  const claims = decodeJwt(token);
  const { keys } = (await (await fetch(`${cloud.endpoint}/${poolId}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string; n: string }[];
  };
  const key = keys.find(({ kid }) => kid === header.kid);
  const body = part({ ...claims, sub: 'somebody else' });
  const confused = `${part({ ...header, alg: 'HS256' })}.${body}`;
  const withKey = createHmac('sha256', key?.n ?? '')
    .update(confused)
    .digest('base64url');
  return {
    'alg none': `${part({ ...header, alg: 'none' })}.${body}.`,
    'alg none, with a signature': `${part({ ...header, alg: 'none' })}.${body}.${signature}`,
    'the public key as an HMAC secret': `${confused}.${withKey}`,
    'other claims under the same signature': `${part(header)}.${body}.${signature}`,
    'a key of its own': `${part({ ...header, jwk: key, kid: 'mine' })}.${body}.${signature}`,
    'no signature': token.slice(0, token.lastIndexOf('.')),
    'no token at all': 'ann',
  };
}

describe('a REST API with a user pool authorizer', () => {
  let url: string;
  let apiId: string;

  beforeAll(async () => {
    const scheme = (pool: string) => ({
      type: 'apiKey',
      name: 'Authorization',
      in: 'header',
      'x-amazon-apigateway-authtype': 'cognito_user_pools',
      'x-amazon-apigateway-authorizer': {
        type: 'cognito_user_pools',
        providerARNs: [`arn:aws:cognito-idp:us-east-1:000000000000:userpool/${pool}`],
      },
    });
    const guarded = (scopes: string[]) => ({
      get: {
        security: [{ pool: scopes }],
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode":200}' },
          responses: {
            default: {
              statusCode: '200',
              responseTemplates: {
                'application/json':
                  '{"sub":"$context.authorizer.claims.sub","email":"$context.authorizer.claims.email","exp":"$context.authorizer.claims.exp"}',
              },
            },
          },
        },
      },
    });
    const document = {
      openapi: '3.0.1',
      info: { title: 'guarded', version: '1' },
      components: { securitySchemes: { pool: scheme(people.UserPoolId) } },
      paths: {
        '/me': guarded([]),
        '/scoped': guarded(['aws.cognito.signin.user.admin']),
        '/other-scope': guarded(['items/write']),
      },
    };
    const api = await gateway.send(new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(document)) }));
    apiId = api.id ?? '';
    await gateway.send(new CreateDeploymentCommand({ restApiId: apiId, stageName: 'prod' }));
    url = `${cloud.endpoint}/_aws/execute-api/${apiId}/prod`;
  });

  const get = async (path: string, token?: string) => {
    const answer = await fetch(`${url}${path}`, token ? { headers: { authorization: token } } : {});
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };

  it('lets an identity token in, with or without the word Bearer, and tells its claims', async () => {
    const claims = decodeJwt(people.id);
    for (const token of [people.id, `Bearer ${people.id}`]) {
      const { status, body } = await get('/me', token);
      expect({ status, ...body }).toMatchObject({ status: 200, sub: claims.sub, email: 'ann@example.com' });
      expect(body.exp).toMatch(/^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}$/);
      expect(Date.parse(body.exp?.replace('UTC ', '') ?? '')).not.toBeNaN();
    }
  });

  it('wants an access token where scopes are asked for, and only there', async () => {
    expect((await get('/scoped', people.access)).status).toBe(200);
    for (const [path, token] of [
      ['/scoped', people.id],
      ['/me', people.access],
      ['/other-scope', people.access],
    ] as const) {
      expect(await get(path, token)).toEqual({ status: 401, body: { message: 'Unauthorized' } });
    }
  });

  it('refuses no token, another pool’s, and every forgery', async () => {
    expect((await get('/me')).status).toBe(401);
    expect((await get('/me', strangers.id)).status).toBe(401);
    for (const [what, token] of Object.entries(await forgeries(people.id, people.UserPoolId))) {
      expect([what, (await get('/me', token)).status]).toEqual([what, 401]);
    }
  });

  it('is tested by TestInvokeAuthorizer', async () => {
    const { items } = await gateway.send(new GetAuthorizersCommand({ restApiId: apiId }));
    const authorizerId = items?.[0]?.id ?? '';
    const test = (token: string) =>
      gateway.send(
        new TestInvokeAuthorizerCommand({
          restApiId: apiId,
          authorizerId,
          headers: { Authorization: token },
        }),
      );
    expect(await test(people.id)).toMatchObject({
      clientStatus: 0,
      claims: { token_use: 'id', email_verified: 'true' },
    });
    expect(await test(strangers.id)).toMatchObject({ clientStatus: 401 });
  });
});

describe('an HTTP API with a JWT authorizer', () => {
  let url: string;
  let backend: Server;

  beforeAll(async () => {
    backend = createServer((request, response) => {
      response.end(JSON.stringify({ sub: request.headers['x-sub'] ?? null }));
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    const { port } = backend.address() as AddressInfo;
    const { ApiId = '' } = await http.send(new CreateApiCommand({ Name: 'guarded', ProtocolType: 'HTTP' }));
    await http.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
    const { AuthorizerId } = await http.send(
      new CreateAuthorizerCommand({
        ApiId,
        Name: 'pool',
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: {
          Issuer: `https://cognito-idp.us-east-1.amazonaws.com/${people.UserPoolId}`,
          Audience: [people.ClientId],
        },
      }),
    );
    const { IntegrationId } = await http.send(
      new CreateIntegrationCommand({
        ApiId,
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'GET',
        IntegrationUri: `http://127.0.0.1:${port}/`,
        PayloadFormatVersion: '1.0',
        RequestParameters: { 'append:header.x-sub': '$context.authorizer.claims.sub' },
      }),
    );
    const route = { ApiId, Target: `integrations/${IntegrationId}`, AuthorizerId };
    await http.send(new CreateRouteCommand({ ...route, RouteKey: 'GET /me', AuthorizationType: 'JWT' }));
    await http.send(
      new CreateRouteCommand({
        ...route,
        RouteKey: 'GET /scoped',
        AuthorizationType: 'JWT',
        AuthorizationScopes: ['items/write'],
      }),
    );
    url = `${cloud.endpoint}/_aws/execute-api/${ApiId}`;
  });
  afterAll(() => new Promise<void>((resolve) => backend.close(() => resolve())));

  const get = async (path: string, token?: string) => {
    const headers = token ? { headers: { authorization: `Bearer ${token}` } } : {};
    const answer = await fetch(`${url}${path}`, headers);
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };

  it('knows the keys of the pool under AWS’s address and lets both kinds of tokens in', async () => {
    const { sub } = decodeJwt(people.id);
    for (const token of [people.id, people.access]) {
      expect(await get('/me', token)).toEqual({ status: 200, body: { sub } });
    }
  });

  it('refuses no token, another pool’s, a missing scope, and every forgery', async () => {
    expect((await get('/me')).status).toBe(401);
    expect((await get('/me', strangers.id)).status).toBe(401);
    expect((await get('/scoped', people.access)).status).toBe(403);
    for (const [what, token] of Object.entries(await forgeries(people.id, people.UserPoolId))) {
      expect([what, (await get('/me', token)).status]).toEqual([what, 401]);
    }
  });
});

describe('two hours later', () => {
  beforeAll(async () => {
    const [id = ''] =
      (await gateway.send(new GetRestApisCommand({}))).items?.map((api) => api.id ?? '') ?? [];
    rest = `${cloud.endpoint}/_aws/execute-api/${id}/prod/me`;
    expect((await fetch(rest, { headers: { authorization: people.id } })).status).toBe(200);
    await cloud.clock.advance(7_200_000);
  });
  let rest: string;

  it('a token that was good has expired, though the authorizer has seen it', async () => {
    const answer = await fetch(rest, { headers: { authorization: people.id } });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { message: 'The incoming token has expired' },
    ]);
  });
});
