/** The OAuth endpoints of user pools through openid-client and by hand: what apps do, and what attackers try. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  CreateRestApiCommand,
  TestInvokeAuthorizerCommand,
} from '@aws-sdk/client-api-gateway';
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import {
  CognitoIdentityProviderClient,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DeleteResourceServerCommand,
  DescribeResourceServerCommand,
  ListResourceServersCommand,
  UpdateResourceServerCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { createUser, signInByPage } from './support/hostedUi.ts';

const callback = 'http://localhost:3000/callback';
const verifier = 'a-verifier-that-is-at-least-forty-three-characters-long';
const challenge = createHash('sha256').update(verifier).digest('base64url');

let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let UserPoolId: string;
let ClientId: string;
/** `http://127.0.0.1:PORT/_aws/auth/us-east-1/shop`. */
let base: string;

async function makeClient(settings: Partial<CreateUserPoolClientCommandInput> = {}) {
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code', 'implicit'],
      AllowedOAuthScopes: ['openid', 'email', 'aws.cognito.signin.user.admin'],
      CallbackURLs: [callback],
      LogoutURLs: ['http://localhost:3000/bye'],
      SupportedIdentityProviders: ['COGNITO'],
      ...settings,
    }),
  );
  return { id: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret ?? '' };
}

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce', cognito: { issuer: 'local' } });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({ PoolName: 'people', AutoVerifiedAttributes: ['email'] }),
  );
  UserPoolId = UserPool?.Id ?? '';
  await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'shop' }));
  base = `${cloud.endpoint}/_aws/auth/us-east-1/shop`;
  ClientId = (await makeClient()).id;
  await createUser(cognito, UserPoolId, 'ann');
});
afterAll(async () => {
  cognito.destroy();
  await cloud.close();
});

const query = (more: Record<string, string> = {}) =>
  new URLSearchParams({
    response_type: 'code',
    client_id: ClientId,
    redirect_uri: callback,
    scope: 'openid email',
    state: 'a b&c',
    ...more,
  });

async function codeFor(more: Record<string, string> = {}): Promise<string> {
  const { location } = await signInByPage(`${base}/oauth2/authorize?${query(more)}`, 'ann');
  return new URL(location).searchParams.get('code') ?? '';
}

const redeem = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${base}/oauth2/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: ClientId,
      redirect_uri: callback,
      ...fields,
    }),
  });

describe('codes', () => {
  it('brings tokens for a code', async () => {
    const { location } = await signInByPage(`${base}/oauth2/authorize?${query({ nonce: 'n-1' })}`, 'ann');
    const back = new URL(location);
    expect(`${back.origin}${back.pathname}`).toBe(callback);
    expect(back.searchParams.get('state')).toBe('a b&c');
    const response = await redeem({ code: back.searchParams.get('code') ?? '' });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const tokens = (await response.json()) as Record<string, string>;
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    const id = decodeJwt(tokens.id_token ?? '');
    expect(id).toMatchObject({ nonce: 'n-1', 'cognito:username': 'ann', email: 'ann@example.com' });
    expect(id.at_hash).toBe(
      createHash('sha256')
        .update(tokens.access_token ?? '')
        .digest()
        .subarray(0, 16)
        .toString('base64url'),
    );
    expect(decodeJwt(tokens.access_token ?? '')).toMatchObject({ scope: 'openid email', version: 2 });
  });

  it('takes a code once, and ends what it brought when it comes back', async () => {
    const code = await codeFor({ scope: 'openid aws.cognito.signin.user.admin' });
    const tokens = (await (await redeem({ code })).json()) as Record<string, string>;
    const again = await redeem({ code });
    expect([again.status, await again.json()]).toEqual([400, { error: 'invalid_grant' }]);
    const refreshed = await redeem({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
    });
    expect(await refreshed.json()).toEqual({ error: 'invalid_grant' });
    const info = await fetch(`${base}/oauth2/userInfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(info.status).toBe(401);
  });

  it('is bound to its client, its address and its verifier', async () => {
    const other = await makeClient();
    const code = await codeFor({ code_challenge: challenge, code_challenge_method: 'S256' });
    for (const wrong of [
      { client_id: other.id, code_verifier: verifier },
      { code_verifier: `${verifier}x` },
      { code_verifier: challenge },
      {},
    ]) {
      expect(await (await redeem({ code, ...wrong })).json()).toEqual({ error: 'invalid_grant' });
    }
    const elsewhere = await redeem({ code, redirect_uri: `${callback}/`, code_verifier: verifier });
    expect([elsewhere.status, await elsewhere.json()]).toEqual([
      400,
      { error: 'unauthorized_client', error_description: 'invalid_redirect' },
    ]);
    expect((await redeem({ code, code_verifier: verifier })).status).toBe(200);
    const bare = await codeFor();
    expect(await (await redeem({ code: bare, code_verifier: verifier })).json()).toEqual({
      error: 'invalid_grant',
    });
  });

  it('brings nothing where the client may not read what its scopes open', async () => {
    const scope = 'openid email';
    const reading = async (ReadAttributes: string[]) => {
      const { id: client_id } = await makeClient({ ReadAttributes });
      return (await redeem({ client_id, code: await codeFor({ client_id, scope }) })).json();
    };
    expect(await reading(['email', 'given_name'])).toEqual({ error: 'invalid_grant' });
    expect(await reading(['email', 'email_verified'])).toMatchObject({ token_type: 'Bearer' });
  });
});

describe('the API that a token is for (RFC 8707)', () => {
  const resource = 'https://api.example.com/orders?tenant=1';
  const audience = (token: string | undefined) => decodeJwt(token ?? '').aud;

  it('stands in access tokens, refreshed ones as well, and in no id token', async () => {
    const response = await redeem({ code: await codeFor({ resource }) });
    expect(response.headers.get('x-amz-cognito-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const tokens = (await response.json()) as Record<string, string>;
    expect([audience(tokens.access_token), audience(tokens.id_token)]).toEqual([resource, ClientId]);
    const refreshed = await redeem({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
    });
    const again = (await refreshed.json()) as Record<string, string>;
    expect(audience(again.access_token)).toBe(resource);
    const plain = (await (await redeem({ code: await codeFor() })).json()) as Record<string, string>;
    expect(audience(plain.access_token)).toBeUndefined();
  });

  it('stands in the tokens of an implicit grant', async () => {
    const asked = query({ response_type: 'token', resource: 'myapp://orders' });
    const { location } = await signInByPage(`${base}/oauth2/authorize?${asked}`, 'ann');
    const fragment = new URLSearchParams(new URL(location).hash.slice(1));
    expect(audience(fragment.get('access_token') ?? '')).toBe('myapp://orders');
  });

  it.each([
    'orders',
    'http://api.example.com',
    'http://localhost.example.com/',
    'https://',
    `${resource}#part`,
  ])('is not %j', async (wrong) => {
    const refused = await fetch(`${base}/oauth2/authorize?${query({ resource: wrong })}`, {
      redirect: 'manual',
    });
    const location = new URL(refused.headers.get('location') ?? '');
    expect(`${location.origin}${location.pathname}`).toBe(callback);
    expect(location.searchParams.get('error')).toBe('invalid_request');
  });
});

describe('machines', () => {
  it('have tokens of their own', async () => {
    await cognito.send(
      new CreateResourceServerCommand({
        UserPoolId,
        Identifier: 'https://orders.example.com',
        Name: 'orders',
        Scopes: [{ ScopeName: 'read', ScopeDescription: 'Reads orders' }],
      }),
    );
    const scope = 'https://orders.example.com/read';
    const machine = await makeClient({
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: [scope],
    });
    const ask = (secret: string, more: Record<string, string> = {}) =>
      fetch(`${base}/oauth2/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${machine.id}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', ...more }),
      });
    const { access_token, id_token } = (await (await ask(machine.secret)).json()) as Record<string, string>;
    expect(id_token).toBeUndefined();
    expect(decodeJwt(access_token ?? '')).toMatchObject({
      sub: machine.id,
      client_id: machine.id,
      scope,
      token_use: 'access',
    });
    expect(await (await ask('guess')).json()).toEqual({
      error: 'invalid_client',
      error_description: 'invalid_client_secret',
    });
    expect(await (await ask(machine.secret, { scope: 'openid' })).json()).toEqual({ error: 'invalid_scope' });
    expect(await (await ask(machine.secret, { grant_type: 'password' })).json()).toEqual({
      error: 'unsupported_grant_type',
    });
    expect(
      await (
        await ask(machine.secret, { grant_type: 'authorization_code', code: 'x', redirect_uri: 'y' })
      ).json(),
    ).toEqual({
      error: 'unauthorized_client',
    });
  });
});

describe('openid-client', () => {
  it('finds its way, signs in, refreshes, asks who it is and revokes', async () => {
    const config = await oidc.discovery(
      new URL(`${cloud.endpoint}/${UserPoolId}`),
      ClientId,
      undefined,
      oidc.None(),
      {
        execute: [oidc.allowInsecureRequests],
      },
    );
    expect(config.serverMetadata().authorization_endpoint).toBe(`${base}/oauth2/authorize`);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const expectedState = oidc.randomState();
    const expectedNonce = oidc.randomNonce();
    const authorize = oidc.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid email',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    });
    const { location } = await signInByPage(authorize.href, 'ann');
    const tokens = await oidc.authorizationCodeGrant(config, new URL(location), {
      pkceCodeVerifier,
      expectedState,
      expectedNonce,
    });
    const claims = tokens.claims();
    expect(claims).toMatchObject({ iss: `${cloud.endpoint}/${UserPoolId}`, email: 'ann@example.com' });
    // Limited to what the scopes open.
    expect(claims).not.toHaveProperty('nickname');
    const info = await oidc.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
    expect(info).toEqual({
      sub: claims?.sub,
      email: 'ann@example.com',
      email_verified: 'true',
      username: 'ann',
    });
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(refreshed.claims()?.sub).toBe(claims?.sub);
    expect(refreshed.refresh_token).toBeUndefined();
    await oidc.tokenRevocation(config, tokens.refresh_token ?? '');
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(oidc.fetchUserInfo(config, refreshed.access_token, claims?.sub ?? '')).rejects.toThrow();
  });

  it('is told of all that a client may read by openid alone', async () => {
    const code = await codeFor({ scope: 'openid' });
    const tokens = (await (await redeem({ code })).json()) as Record<string, string>;
    expect(decodeJwt(tokens.id_token ?? '')).toMatchObject({ nickname: 'ANN', email_verified: true });
  });

  it('brings tokens in the fragment where apps ask for them', async () => {
    const { location } = await signInByPage(
      `${base}/oauth2/authorize?${query({ response_type: 'token', response_mode: 'query' })}`,
      'ann',
    );
    const back = new URL(location);
    expect(back.search).toBe('');
    const values = new URLSearchParams(back.hash.slice(1));
    expect([...values.keys()]).toEqual(['id_token', 'access_token', 'token_type', 'expires_in', 'state']);
    const bare = await signInByPage(
      `${base}/oauth2/authorize?${query({ response_type: 'token', scope: 'aws.cognito.signin.user.admin' })}`,
      'ann',
    );
    expect(bare.location).not.toContain('id_token');
  });
});

describe('userInfo and revocation', () => {
  const userInfo = (authorization?: string) =>
    fetch(`${base}/oauth2/userInfo`, authorization === undefined ? {} : { headers: { authorization } });

  it('say what is wrong', async () => {
    const bare = await userInfo();
    expect(bare.status).toBe(400);
    expect(bare.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_request", error_description="Bad OAuth2 request at UserInfo Endpoint"',
    );
    const wrong = await userInfo('Bearer a.b.c');
    expect([wrong.status, ((await wrong.json()) as { error: string }).error]).toEqual([401, 'invalid_token']);
    const code = await codeFor({ scope: 'aws.cognito.signin.user.admin' });
    const { access_token } = (await (await redeem({ code })).json()) as Record<string, string>;
    expect(await (await userInfo(`Bearer ${access_token}`)).json()).toEqual({
      error: 'invalid_token',
      error_description: 'Access token does not contain openid scope',
    });
    const revoke = (fields: Record<string, string>) =>
      fetch(`${base}/oauth2/revoke`, { method: 'POST', body: new URLSearchParams(fields) });
    expect(await (await revoke({ client_id: ClientId })).json()).toEqual({ error: 'invalid_request' });
    expect(await (await revoke({ client_id: ClientId, token: access_token ?? '' })).json()).toEqual({
      error: 'unsupported_token_type',
    });
    const stranger = await revoke({ client_id: 'nobody', token: 'x' });
    expect([stranger.status, await stranger.json()]).toEqual([401, { error: 'invalid_client' }]);
    expect((await revoke({ client_id: ClientId, token: 'never-issued' })).status).toBe(200);
  });

  it('let pages of any origin ask, and take POST only', async () => {
    const preflight = await fetch(`${base}/oauth2/token`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect((await fetch(`${base}/oauth2/token`)).status).toBe(405);
  });
});

describe('what attackers try at the authorization endpoint', () => {
  const ask = (more: Record<string, string>, path = '/oauth2/authorize') =>
    fetch(`${base}${path}?${query(more)}`, { redirect: 'manual' });
  const toErrorPage = `/_aws/auth/us-east-1/shop/error?error=`;

  it.each([
    `${callback}/`,
    `${callback}?a=b`,
    `${callback}#x`,
    'HTTP://localhost:3000/callback',
    'http://localhost:3000/Callback',
    'http://localhost:3000/callback/../evil',
    'http://localhost:3000@evil.example/callback',
    'http://localhost/callback',
    'http://127.0.0.1:3000/callback',
    '//evil.example',
    'javascript:alert(1)',
    `${callback}\r\nSet-Cookie: a=b`,
    `${callback} `,
  ])('never redirects to %j', async (redirect_uri) => {
    for (const path of ['/oauth2/authorize', '/login', '/signup', '/forgotPassword', '/logout']) {
      const response = await ask({ redirect_uri }, path);
      expect(response.status).toBe(302);
      expect(response.headers.get('location')).toBe(`${toErrorPage}redirect_mismatch&client_id=${ClientId}`);
    }
  });

  it.each([
    [{ response_type: 'id_token' }, 'invalid_request'],
    [{ response_type: '' }, 'invalid_request'],
    [{ scope: 'openid phone' }, 'invalid_scope'],
    [{ scope: 'email' }, 'invalid_scope'],
    [{ code_challenge: challenge }, 'invalid_request'],
    [{ code_challenge: challenge, code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge_method: 'S256' }, 'invalid_request'],
    [{ prompt: 'none' }, 'login_required'],
    [{ prompt: 'none login' }, 'invalid_request'],
  ])('tells the app of %j', async (more, error) => {
    const location = new URL((await ask(more)).headers.get('location') ?? '');
    expect(`${location.origin}${location.pathname}`).toBe(callback);
    expect(location.searchParams.get('error')).toBe(error);
    expect(location.searchParams.get('state')).toBe('a b&c');
  });

  it('refuses parameters that come twice, and clients that are not there', async () => {
    const twice = query();
    twice.append('redirect_uri', callback);
    const first = await fetch(`${base}/oauth2/authorize?${twice}`, { redirect: 'manual' });
    expect(first.headers.get('location')).toContain('error=invalid_request');
    expect(first.headers.get('location')?.startsWith('/')).toBe(true);
    const state = query();
    state.append('state', 'other');
    const second = await fetch(`${base}/oauth2/authorize?${state}`, { redirect: 'manual' });
    expect(new URL(second.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request');
    expect((await ask({ client_id: 'nobody' })).headers.get('location')).toContain(
      '/error?error=Client+does+not+exist.',
    );
  });

  it('refuses flows that a client does not have', async () => {
    const narrow = await makeClient({ AllowedOAuthFlows: ['code'] });
    const location =
      (await ask({ client_id: narrow.id, response_type: 'token' })).headers.get('location') ?? '';
    expect(location).toContain('error=unauthorized_client');
  });
});

describe('clients and resource servers', () => {
  const flow = 'InvalidOAuthFlowException';
  const parameter = 'InvalidParameterException';

  it.each([
    [{ AllowedOAuthFlows: [] }, flow, /are required if user pool client is allowed/],
    [{ AllowedOAuthFlows: ['code', 'client_credentials'] }, flow, /along with code flow or implicit flow/],
    [{ AllowedOAuthFlows: ['client_credentials'] }, flow, /does not have a client secret/],
    [{ CallbackURLs: [] }, flow, /CallbackUrls can not be empty/],
    [{ CallbackURLs: ['http://example.com/'] }, parameter, /cannot use the HTTP protocol/],
    [{ CallbackURLs: ['http://localhost.evil.example/'] }, parameter, /cannot use the HTTP protocol/],
    [{ CallbackURLs: ['https://example.com/#top'] }, parameter, /fragment/],
    [{ CallbackURLs: ['javascript:alert(1)'] }, parameter, /not a valid/],
    [{ LogoutURLs: ['/relative'] }, parameter, /not a valid/],
    [{ DefaultRedirectURI: 'https://example.com/' }, parameter, /must be one of the CallbackURLs/],
    [{ AllowedOAuthScopes: ['openid', 'orders/write'] }, 'ScopeDoesNotExistException', /orders\/write$/],
  ] as const)('refuses %j', async (settings, name, message) => {
    await expect(makeClient(settings as Partial<CreateUserPoolClientCommandInput>)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });

  it('take apps by their own schemes, and go where a client says when it is not told', async () => {
    const app = await makeClient({
      CallbackURLs: [
        'myapp://signed-in',
        'https://example.com/a?b=c',
        'http://[::1]:9000/',
        'https://example.com/→ü',
      ],
      DefaultRedirectURI: 'myapp://signed-in',
    });
    const asked = new URLSearchParams({ client_id: app.id, response_type: 'code', scope: 'nothing' });
    const refused = await fetch(`${base}/oauth2/authorize?${asked}`, { redirect: 'manual' });
    expect(refused.headers.get('location')).toBe('myapp://signed-in?error=invalid_scope');
    asked.set('redirect_uri', 'https://example.com/a?b=c');
    const other = await fetch(`${base}/oauth2/authorize?${asked}`, { redirect: 'manual' });
    expect(other.headers.get('location')).toBe('https://example.com/a?b=c&error=invalid_scope');
    asked.set('redirect_uri', 'https://example.com/→ü');
    const letters = await fetch(`${base}/oauth2/authorize?${asked}`, { redirect: 'manual' });
    expect(letters.headers.get('location')).toBe('https://example.com/%E2%86%92%C3%BC?error=invalid_scope');
  });

  it('are listed, changed and taken away', async () => {
    const server = { UserPoolId, Identifier: 'stock', Name: 'Stock' };
    const scope = (ScopeName: string) => ({ ScopeName, ScopeDescription: ScopeName });
    await cognito.send(
      new CreateResourceServerCommand({ ...server, Scopes: [scope('read'), scope('write')] }),
    );
    await expect(cognito.send(new CreateResourceServerCommand(server))).rejects.toMatchObject({
      name: parameter,
    });
    await cognito.send(
      new UpdateResourceServerCommand({ ...server, Name: 'All stock', Scopes: [scope('read')] }),
    );
    const described = await cognito.send(new DescribeResourceServerCommand(server));
    expect(described.ResourceServer).toEqual({ ...server, Name: 'All stock', Scopes: [scope('read')] });
    const first = await cognito.send(new ListResourceServersCommand({ UserPoolId, MaxResults: 1 }));
    const rest = await cognito.send(
      new ListResourceServersCommand({ UserPoolId, NextToken: first.NextToken }),
    );
    expect(
      [...(first.ResourceServers ?? []), ...(rest.ResourceServers ?? [])].map((one) => one.Identifier),
    ).toContain('stock');
    await cognito.send(new DeleteResourceServerCommand(server));
    await expect(cognito.send(new DescribeResourceServerCommand(server))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('of two who bring one code at once, at most one is served', async () => {
    const code = await codeFor();
    const answers = await Promise.all([redeem({ code }), redeem({ code }), redeem({ code })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  });

  it('rotate refresh tokens where clients want it', async () => {
    const rotating = await makeClient({
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
    });
    const code = await codeFor({ client_id: rotating.id });
    const tokens = (await (await redeem({ code, client_id: rotating.id })).json()) as Record<string, string>;
    const refresh = (refresh_token = '') =>
      redeem({ grant_type: 'refresh_token', client_id: rotating.id, refresh_token });
    const next = (await (await refresh(tokens.refresh_token)).json()) as Record<string, string>;
    expect(next.refresh_token).toBeDefined();
    expect(await (await refresh(tokens.refresh_token)).json()).toEqual({ error: 'invalid_grant' });
    expect((await refresh(next.refresh_token)).status).toBe(200);
    // Another client's is none.
    const stolen = await redeem({ grant_type: 'refresh_token', refresh_token: next.refresh_token ?? '' });
    expect(await stolen.json()).toEqual({ error: 'invalid_grant' });
  });
});

describe('a cloud that names itself as issuer', () => {
  it('knows its tokens at its authorizers and identity pools', async () => {
    const code = await codeFor({ scope: 'openid' });
    const { id_token = '' } = (await (await redeem({ code })).json()) as Record<string, string>;
    const gateway = new APIGatewayClient(cloud.clientConfig);
    const identities = new CognitoIdentityClient(cloud.clientConfig);
    try {
      const { id: restApiId } = await gateway.send(new CreateRestApiCommand({ name: 'guarded' }));
      const { id: authorizerId } = await gateway.send(
        new CreateAuthorizerCommand({
          restApiId,
          name: 'pool',
          type: 'COGNITO_USER_POOLS',
          identitySource: 'method.request.header.Authorization',
          providerARNs: [`arn:aws:cognito-idp:us-east-1:000000000000:userpool/${UserPoolId}`],
        }),
      );
      const test = (Authorization: string) =>
        gateway.send(
          new TestInvokeAuthorizerCommand({ restApiId, authorizerId, headers: { Authorization } }),
        );
      expect((await test(id_token)).claims?.iss).toBe(`${cloud.endpoint}/${UserPoolId}`);
      expect((await test(`${id_token}x`)).clientStatus).toBe(401);
      const ProviderName = `cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`;
      const { IdentityPoolId } = await identities.send(
        new CreateIdentityPoolCommand({
          IdentityPoolName: 'people',
          AllowUnauthenticatedIdentities: false,
          CognitoIdentityProviders: [{ ProviderName, ClientId, ServerSideTokenCheck: true }],
        }),
      );
      const { IdentityId } = await identities.send(
        new GetIdCommand({ IdentityPoolId, Logins: { [ProviderName]: id_token } }),
      );
      expect(IdentityId).toMatch(/^us-east-1:/);
    } finally {
      gateway.destroy();
      identities.destroy();
    }
  });

  it('must be named by an address', async () => {
    await expect(startCloud({ cognito: { issuer: 'brume' } })).rejects.toThrow(/aws, local or an address/);
  });
});

it('keeps codes and browsers over a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'brume-oauth-'));
  const options = { data: folder };
  const first = await startCloud(options);
  let second: Cloud | undefined;
  try {
    const client = new CognitoIdentityProviderClient(first.clientConfig);
    const { UserPool } = await client.send(new CreateUserPoolCommand({ PoolName: 'people' }));
    const pool = { UserPoolId: UserPool?.Id ?? '' };
    await client.send(new CreateUserPoolDomainCommand({ ...pool, Domain: 'lasting' }));
    const { UserPoolClient } = await client.send(
      new CreateUserPoolClientCommand({
        ...pool,
        ClientName: 'app',
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid'],
        CallbackURLs: [callback],
      }),
    );
    await createUser(client, pool.UserPoolId, 'ann');
    client.destroy();
    const client_id = UserPoolClient?.ClientId ?? '';
    const asked = query({ client_id, scope: 'openid' });
    const path = '/_aws/auth/us-east-1/lasting/oauth2';
    const { location, jar } = await signInByPage(`${first.endpoint}${path}/authorize?${asked}`, 'ann');
    await first.close();
    second = await startCloud(options);
    const again = await jar.fetch(`${second.endpoint}${path}/authorize?${asked}`);
    for (const address of [location, again.headers.get('location') ?? '']) {
      const response = await fetch(`${second.endpoint}${path}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id,
          redirect_uri: callback,
          code: new URL(address).searchParams.get('code') ?? '',
        }),
      });
      expect(response.status).toBe(200);
    }
  } finally {
    await first.close();
    await second?.close();
    rmSync(folder, { recursive: true });
  }
});
