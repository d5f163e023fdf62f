/** The OAuth endpoints of user pools through openid-client and by hand: what apps do, and what attackers try. */
import { createHash } from 'node:crypto';
import {
  CognitoIdentityProviderClient,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
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
  cloud = await startCloud({ iam: 'enforce' });
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
      { redirect_uri: `${callback}/`, code_verifier: verifier },
      { code_verifier: `${verifier}x` },
      { code_verifier: challenge },
      {},
    ]) {
      expect(await (await redeem({ code, ...wrong })).json()).toEqual({ error: 'invalid_grant' });
    }
    expect((await redeem({ code, code_verifier: verifier })).status).toBe(200);
    const bare = await codeFor();
    expect(await (await redeem({ code: bare, code_verifier: verifier })).json()).toEqual({
      error: 'invalid_grant',
    });
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
