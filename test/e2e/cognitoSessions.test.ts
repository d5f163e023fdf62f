/** Sessions of users through the official SDK: what is listed, what ends with a session, and what strangers try. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminListUserSessionsCommand,
  AdminRevokeUserSessionCommand,
  AdminUserGlobalSignOutCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolDomainCommand,
  DeleteUserPoolDomainCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GetUserPoolClientSessionConfigurationCommand,
  GetUserPoolSessionConfigurationCommand,
  InitiateAuthCommand,
  ListUserSessionsCommand,
  RevokeTokenCommand,
  RevokeUserSessionCommand,
  SetUserPoolClientSessionConfigurationCommand,
  SetUserPoolSessionConfigurationCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Jar, signInByPage } from './support/hostedUi.ts';
import { refused, startUserPools, type UserPools } from './support/userPools.ts';

let pools: UserPools;

beforeAll(async () => {
  pools = await startUserPools();
});
afterAll(async () => {
  await pools?.close();
});

interface TestPool {
  UserPoolId: string;
  ClientId: string;
}

/** A pool that tracks sessions, and ann. */
async function tracked(MaxPerUser = 20, client = {}): Promise<TestPool> {
  const pool = await pools.makePool({}, undefined, client);
  await pools.makeUser(pool.UserPoolId, 'ann');
  await track(pool, 'ENABLED', MaxPerUser);
  return pool;
}

const track = ({ UserPoolId }: TestPool, UserSessionTracking: 'ENABLED' | 'DISABLED', MaxPerUser = 20) =>
  pools.cognito.send(
    new SetUserPoolSessionConfigurationCommand({
      UserPoolId,
      UserSessionTracking,
      TokenSession: { MaxPerUser },
    }),
  );

async function signIn({ ClientId }: TestPool, username = 'ann') {
  const { AuthenticationResult } = await pools.signIn(ClientId, username);
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
  return { AccessToken, RefreshToken };
}

async function sessionsOf({ UserPoolId }: TestPool, Username = 'ann') {
  const { Sessions = [] } = await pools.cognito.send(
    new AdminListUserSessionsCommand({ UserPoolId, Username }),
  );
  return Sessions;
}

/** The id of the session that an access token is of. */
async function currentOf(AccessToken: string): Promise<string> {
  const { Sessions = [] } = await pools.browser.send(new ListUserSessionsCommand({ AccessToken }));
  return Sessions.find(({ IsCurrentSession }) => IsCurrentSession)?.SessionId ?? '';
}

const refresh = ({ ClientId }: TestPool, REFRESH_TOKEN: string) =>
  pools.browser.send(
    new InitiateAuthCommand({
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      ClientId,
      AuthParameters: { REFRESH_TOKEN },
    }),
  );
const revoked = refused('NotAuthorizedException', 'Refresh Token has been revoked');

describe('the session configuration of a pool', () => {
  it('is off, for twenty sessions, until somebody sets it', async () => {
    const { UserPoolId } = await pools.makePool();
    const read = () => pools.cognito.send(new GetUserPoolSessionConfigurationCommand({ UserPoolId }));
    expect(await read()).toMatchObject({
      UserPoolId,
      UserSessionTracking: 'DISABLED',
      TokenSession: { MaxPerUser: 20 },
    });
    const set = await track({ UserPoolId, ClientId: '' }, 'ENABLED', 3);
    expect(set).toMatchObject({
      UserPoolId,
      UserSessionTracking: 'ENABLED',
      TokenSession: { MaxPerUser: 3 },
    });
    expect(await read()).toMatchObject({ UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 3 } });
  });

  it.each([0, 101])('refuses %i sessions', async (MaxPerUser) => {
    const { UserPoolId } = await pools.makePool();
    await expect(track({ UserPoolId, ClientId: '' }, 'ENABLED', MaxPerUser)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining("at 'tokenSession.maxPerUser' failed to satisfy constraint"),
    });
  });

  it('is nothing for the least plan, nor is the least plan for it', async () => {
    const lite = await pools.makePool({ UserPoolTier: 'LITE' }, undefined, {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    await expect(track(lite, 'DISABLED')).rejects.toMatchObject({
      name: 'FeatureUnavailableInTierException',
    });
    const pool = await pools.makePool({}, undefined, { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] });
    await track(pool, 'ENABLED');
    const down = new UpdateUserPoolCommand({ UserPoolId: pool.UserPoolId, UserPoolTier: 'LITE' });
    await expect(pools.cognito.send(down)).rejects.toMatchObject({ name: 'TierChangeNotAllowedException' });
  });

  it('lets clients have theirs while it is on, and keeps them while it is off', async () => {
    const pool = await pools.makePool();
    const set = (MaxValidityMinutes: number) =>
      pools.cognito.send(
        new SetUserPoolClientSessionConfigurationCommand({ ...pool, SSOSession: { MaxValidityMinutes } }),
      );
    const read = () => pools.cognito.send(new GetUserPoolClientSessionConfigurationCommand(pool));
    await expect(set(30)).rejects.toMatchObject({ name: 'OperationNotEnabledException' });
    expect(await read()).toMatchObject({ ...pool, SSOSession: { MaxValidityMinutes: 60 } });
    await track(pool, 'ENABLED');
    expect(await set(43_200)).toMatchObject({ ...pool, SSOSession: { MaxValidityMinutes: 43_200 } });
    await expect(set(129_601)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await track(pool, 'DISABLED');
    expect(await read()).toMatchObject({ SSOSession: { MaxValidityMinutes: 43_200 } });
  });
});

describe('sessions of apps', () => {
  it('are listed for administrators and for the user, who sees which is the own', async () => {
    const pool = await tracked();
    const first = await signIn(pool);
    const second = await signIn(pool);
    const all = await sessionsOf(pool);
    expect(all).toHaveLength(2);
    for (const session of all) {
      expect(session).toMatchObject({
        SessionId: expect.stringMatching(/^tkn[a-z0-9]{25}$/),
        SessionType: 'TOKEN',
        ClientId: pool.ClientId,
        CreateDate: expect.any(Date),
        LastActiveDate: expect.any(Date),
        DeviceType: expect.stringContaining('aws-sdk-js'),
        LastIPAddress: '127.0.0.1',
        LastLocation: { Country: 'unknown' },
        IsCurrentSession: false,
      });
      expect(session.OriginSessionId).toBeUndefined();
    }
    const { AccessToken } = first;
    const own = await pools.browser.send(new ListUserSessionsCommand({ AccessToken }));
    expect(own.NextToken).toBeUndefined();
    expect(own.Sessions?.map(({ SessionId }) => SessionId)).toEqual(all.map(({ SessionId }) => SessionId));
    expect(own.Sessions?.filter(({ IsCurrentSession }) => IsCurrentSession)).toHaveLength(1);
    expect(await currentOf(first.AccessToken)).not.toBe(await currentOf(second.AccessToken));
  });

  it('are active when their tokens are refreshed', async () => {
    const pool = await tracked();
    const { RefreshToken } = await signIn(pool);
    const [before] = await sessionsOf(pool);
    await pools.cloud.clock.advance(60_000);
    await refresh(pool, RefreshToken);
    const [after, ...others] = await sessionsOf(pool);
    expect(others).toEqual([]);
    expect(after).toMatchObject({ SessionId: before?.SessionId, CreateDate: before?.CreateDate });
    const passed = Number(after?.LastActiveDate) - Number(before?.LastActiveDate);
    expect(passed).toBeGreaterThanOrEqual(60_000);
  });

  it('go on when refresh tokens rotate', async () => {
    const pool = await tracked(20, {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    });
    const { RefreshToken } = await signIn(pool);
    const [before] = await sessionsOf(pool);
    const { AuthenticationResult } = await pools.browser.send(
      new GetTokensFromRefreshTokenCommand({ ClientId: pool.ClientId, RefreshToken }),
    );
    expect(await currentOf(AuthenticationResult?.AccessToken ?? '')).toBe(before?.SessionId);
  });

  it('end with all their tokens when they are revoked, and no other session does', async () => {
    const pool = await tracked();
    const lost = await signIn(pool);
    const kept = await signIn(pool);
    const SessionId = await currentOf(lost.AccessToken);
    await pools.browser.send(new RevokeUserSessionCommand({ AccessToken: kept.AccessToken, SessionId }));
    await expect(refresh(pool, lost.RefreshToken)).rejects.toMatchObject(revoked);
    await expect(
      pools.browser.send(new GetUserCommand({ AccessToken: lost.AccessToken })),
    ).rejects.toMatchObject(refused('NotAuthorizedException', 'Access Token has been revoked'));
    await refresh(pool, kept.RefreshToken);
    expect(await sessionsOf(pool)).toHaveLength(1);
    await expect(
      pools.browser.send(new RevokeUserSessionCommand({ AccessToken: kept.AccessToken, SessionId })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('end with their tokens where the client has no token revocation', async () => {
    const pool = await tracked(20, { EnableTokenRevocation: false });
    const { RefreshToken } = await signIn(pool);
    const [session] = await sessionsOf(pool);
    const { AuthenticationResult } = await refresh(pool, RefreshToken);
    const { AccessToken = '' } = AuthenticationResult ?? {};
    expect(await currentOf(AccessToken)).toBe(session?.SessionId);
    await pools.cognito.send(
      new AdminRevokeUserSessionCommand({ ...pool, Username: 'ann', SessionId: session?.SessionId }),
    );
    await expect(pools.browser.send(new GetUserCommand({ AccessToken }))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  it('are not revoked with their own token', async () => {
    const pool = await tracked();
    const { AccessToken } = await signIn(pool);
    const SessionId = await currentOf(AccessToken);
    await expect(
      pools.browser.send(new RevokeUserSessionCommand({ AccessToken, SessionId })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect(await sessionsOf(pool)).toHaveLength(1);
  });

  it('are nobody else\u2019s to see or to revoke', async () => {
    const pool = await tracked();
    await pools.makeUser(pool.UserPoolId, 'eve');
    const ann = await signIn(pool);
    const eve = await signIn(pool, 'eve');
    const SessionId = await currentOf(ann.AccessToken);
    const seen = await pools.browser.send(new ListUserSessionsCommand({ AccessToken: eve.AccessToken }));
    expect(seen.Sessions?.map((session) => session.SessionId)).not.toContain(SessionId);
    const unknown = refused('ResourceNotFoundException', 'Session does not exist.');
    await expect(
      pools.browser.send(new RevokeUserSessionCommand({ AccessToken: eve.AccessToken, SessionId })),
    ).rejects.toMatchObject(unknown);
    await expect(
      pools.cognito.send(new AdminRevokeUserSessionCommand({ ...pool, Username: 'eve', SessionId })),
    ).rejects.toMatchObject(unknown);
    await refresh(pool, ann.RefreshToken);
  });

  it('make room for new ones, the least recently used first', async () => {
    const pool = await tracked(2);
    const first = await signIn(pool);
    await pools.cloud.clock.advance(1_000);
    const second = await signIn(pool);
    await pools.cloud.clock.advance(1_000);
    await refresh(pool, first.RefreshToken);
    const third = await signIn(pool);
    await expect(refresh(pool, second.RefreshToken)).rejects.toMatchObject(revoked);
    await refresh(pool, first.RefreshToken);
    await refresh(pool, third.RefreshToken);
    expect(await sessionsOf(pool)).toHaveLength(2);
    // "Lowering this value doesn't evict existing sessions on its own."
    await track(pool, 'ENABLED', 1);
    expect(await sessionsOf(pool)).toHaveLength(2);
    await signIn(pool);
    expect(await sessionsOf(pool)).toHaveLength(1);
  });

  it('end by signing out, by revoked tokens and by time', async () => {
    const pool = await tracked();
    const user = { UserPoolId: pool.UserPoolId, Username: 'ann' };
    await signIn(pool);
    await pools.cognito.send(new AdminUserGlobalSignOutCommand(user));
    expect(await sessionsOf(pool)).toEqual([]);
    const { RefreshToken } = await signIn(pool);
    await pools.browser.send(new RevokeTokenCommand({ ClientId: pool.ClientId, Token: RefreshToken }));
    expect(await sessionsOf(pool)).toEqual([]);
    await signIn(pool);
    await pools.cloud.clock.advance(30 * 86_400_000);
    expect(await sessionsOf(pool)).toEqual([]);
  });

  it('are neither tracked nor told of where the pool has it off', async () => {
    const pool = await pools.makePool({}, undefined, { EnableTokenRevocation: false });
    await pools.makeUser(pool.UserPoolId, 'ann');
    const { AccessToken } = await signIn(pool);
    expect(decodeJwt(AccessToken)).not.toHaveProperty('origin_jti');
    const SessionId = `tkn${'a'.repeat(25)}`;
    const off = { name: 'OperationNotEnabledException' };
    await expect(sessionsOf(pool)).rejects.toMatchObject(off);
    await expect(pools.browser.send(new ListUserSessionsCommand({ AccessToken }))).rejects.toMatchObject(off);
    await expect(
      pools.browser.send(new RevokeUserSessionCommand({ AccessToken, SessionId })),
    ).rejects.toMatchObject(off);
    await track(pool, 'ENABLED');
    expect(await sessionsOf(pool)).toEqual([]);
  });

  it('have ids of a form', async () => {
    const pool = await tracked();
    await expect(
      pools.cognito.send(
        new AdminRevokeUserSessionCommand({ ...pool, Username: 'ann', SessionId: 'somebody' }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining("at 'sessionId' failed to satisfy constraint"),
    });
  });
});

describe('sessions of managed login', () => {
  const app = 'https://app.example.com/back';
  const oauth = {
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['code' as const],
    AllowedOAuthScopes: ['openid', 'aws.cognito.signin.user.admin'],
    CallbackURLs: [app],
    LogoutURLs: [app],
    SupportedIdentityProviders: ['COGNITO'],
  };
  let domains = 0;
  let pool: TestPool;
  let base = '';

  async function hostedPool(): Promise<void> {
    pool = await tracked(20, oauth);
    domains += 1;
    const Domain = `sessions-${domains}`;
    await pools.cognito.send(new CreateUserPoolDomainCommand({ UserPoolId: pool.UserPoolId, Domain }));
    base = `${pools.cloud.endpoint}/_aws/auth/us-east-1/${Domain}`;
  }

  async function anotherClient(): Promise<string> {
    const { UserPoolClient } = await pools.cognito.send(
      new CreateUserPoolClientCommand({ UserPoolId: pool.UserPoolId, ClientName: 'other', ...oauth }),
    );
    return UserPoolClient?.ClientId ?? '';
  }

  const authorize = (client_id = pool.ClientId) =>
    `${base}/oauth2/authorize?${new URLSearchParams({ client_id, response_type: 'code', redirect_uri: app })}`;
  const codeIn = (location: string | null) => new URL(location ?? '').searchParams.get('code') ?? '';

  const redeem = (code: string, client_id = pool.ClientId) =>
    fetch(`${base}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'authorization_code', client_id, redirect_uri: app, code }),
    });

  async function tokensFor(code: string, clientId = pool.ClientId) {
    const tokens = (await (await redeem(code, clientId)).json()) as Record<string, string>;
    return { AccessToken: tokens.access_token ?? '', RefreshToken: tokens.refresh_token ?? '' };
  }

  /** Where the authorization endpoint sends a browser: to the app when it is signed in. */
  async function sentTo(jar: Jar, clientId = pool.ClientId): Promise<string> {
    return (await jar.fetch(authorize(clientId))).headers.get('location') ?? '';
  }
  const isApp = (location: string): boolean => location.startsWith(app);

  const revoke = (SessionId: string, RevokeAssociatedSessions?: 'NONE' | 'LINKED') =>
    pools.cognito.send(
      new AdminRevokeUserSessionCommand({
        UserPoolId: pool.UserPoolId,
        Username: 'ann',
        SessionId,
        RevokeAssociatedSessions,
      }),
    );
  const idsOf = async (type: 'SSO' | 'TOKEN') =>
    (await sessionsOf(pool)).flatMap(({ SessionType, SessionId = '' }) =>
      SessionType === type ? [SessionId] : [],
    );

  it('are what the sessions of apps come through', async () => {
    await hostedPool();
    const other = await anotherClient();
    const { location, jar } = await signInByPage(authorize(), 'ann');
    await tokensFor(codeIn(location));
    await tokensFor(codeIn(await sentTo(jar, other)), other);
    const [sso, ...rest] = await idsOf('SSO');
    expect(rest).toEqual([]);
    expect(sso).toMatch(/^sso[a-z0-9]{25}$/);
    const apps = (await sessionsOf(pool)).filter(({ SessionType }) => SessionType === 'TOKEN');
    expect(apps.map(({ ClientId }) => ClientId).sort()).toEqual([pool.ClientId, other].sort());
    expect(apps.map(({ OriginSessionId }) => OriginSessionId)).toEqual([sso, sso]);
  });

  it('end alone, and the browser has to sign in again', async () => {
    await hostedPool();
    const { location, jar } = await signInByPage(authorize(), 'ann');
    const { RefreshToken } = await tokensFor(codeIn(location));
    expect(isApp(await sentTo(jar))).toBe(true);
    await revoke((await idsOf('SSO'))[0] ?? '');
    expect(isApp(await sentTo(jar))).toBe(false);
    await refresh(pool, RefreshToken);
    expect(await idsOf('TOKEN')).toHaveLength(1);
  });

  it('end with the apps that came through them, and no others', async () => {
    await hostedPool();
    const { location } = await signInByPage(authorize(), 'ann');
    const through = await tokensFor(codeIn(location));
    const alone = await signIn(pool);
    await revoke((await idsOf('SSO'))[0] ?? '', 'LINKED');
    await expect(refresh(pool, through.RefreshToken)).rejects.toMatchObject(revoked);
    await refresh(pool, alone.RefreshToken);
    expect(await sessionsOf(pool)).toHaveLength(1);
  });

  it('end with an app that came through them, and other apps don\u2019t', async () => {
    await hostedPool();
    const other = await anotherClient();
    const { location, jar } = await signInByPage(authorize(), 'ann');
    const first = await tokensFor(codeIn(location));
    await tokensFor(codeIn(await sentTo(jar, other)), other);
    const { ClientId } = pool;
    await pools.browser.send(
      new RevokeTokenCommand({ ClientId, Token: first.RefreshToken, RevokeAssociatedSessions: 'LINKED' }),
    );
    expect(isApp(await sentTo(jar))).toBe(false);
    expect((await sessionsOf(pool)).map((session) => session.ClientId)).toEqual([other]);
  });

  it('let no code in once they have ended', async () => {
    await hostedPool();
    const { location } = await signInByPage(authorize(), 'ann');
    await revoke((await idsOf('SSO'))[0] ?? '', 'LINKED');
    const answer = await redeem(codeIn(location));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
    expect(await sessionsOf(pool)).toEqual([]);
  });

  it('are one in a browser, however often its user signs in, and end with it', async () => {
    await hostedPool();
    const { jar } = await signInByPage(authorize(), 'ann');
    const [before] = await idsOf('SSO');
    await signInByPage(`${authorize()}&prompt=login`, 'ann', jar);
    expect(await idsOf('SSO')).toEqual([before]);
    expect(isApp(await sentTo(jar))).toBe(true);
    await signInByPage(authorize(), 'ann', new Jar());
    expect(await idsOf('SSO')).toHaveLength(2);
    const query = new URLSearchParams({ client_id: pool.ClientId, logout_uri: app });
    await jar.fetch(`${base}/logout?${query}`);
    expect(await idsOf('SSO')).not.toContain(before);
  });

  it('count for as long as a client takes them', async () => {
    await hostedPool();
    const strict = await anotherClient();
    const patient = await anotherClient();
    const set = (ClientId: string, MaxValidityMinutes: number) =>
      pools.cognito.send(
        new SetUserPoolClientSessionConfigurationCommand({
          UserPoolId: pool.UserPoolId,
          ClientId,
          SSOSession: { MaxValidityMinutes },
        }),
      );
    await set(strict, 0);
    await set(patient, 120);
    const { jar } = await signInByPage(authorize(), 'ann');
    expect(isApp(await sentTo(jar, strict))).toBe(false);
    expect(isApp(await sentTo(jar))).toBe(true);
    await pools.cloud.clock.advance(90 * 60_000);
    expect(isApp(await sentTo(jar))).toBe(false);
    expect(isApp(await sentTo(jar, patient))).toBe(true);
    await track(pool, 'DISABLED');
    expect(isApp(await sentTo(jar, patient))).toBe(false);
    await track(pool, 'ENABLED');
    await pools.cloud.clock.advance(31 * 60_000);
    expect(isApp(await sentTo(jar, patient))).toBe(false);
  });

  it('let nobody add a passkey to an account that was left open for days', async () => {
    await hostedPool();
    await pools.cognito.send(
      new SetUserPoolClientSessionConfigurationCommand({
        ...pool,
        SSOSession: { MaxValidityMinutes: 43_200 },
      }),
    );
    const { jar } = await signInByPage(authorize(), 'ann');
    await pools.cloud.clock.advance(61 * 60_000);
    expect(isApp(await sentTo(jar))).toBe(true);
    const query = new URLSearchParams({ client_id: pool.ClientId, redirect_uri: app });
    const answer = await jar.fetch(`${base}/passkeys/add?${query}`);
    expect(answer.headers.get('location')).toContain('/login');
    const [Domain = ''] = base.split('/').slice(-1);
    await pools.cognito.send(new DeleteUserPoolDomainCommand({ UserPoolId: pool.UserPoolId, Domain }));
  });
});

describe('a cloud that is started again', () => {
  it('knows who is signed in where, and ends what was revoked before', async () => {
    const data = mkdtempSync(join(tmpdir(), 'brume-sessions-'));
    const before = pools;
    try {
      pools = await startUserPools({ data });
      const pool = await tracked();
      const lost = await signIn(pool);
      const kept = await signIn(pool);
      const SessionId = await currentOf(lost.AccessToken);
      await pools.cognito.send(new AdminRevokeUserSessionCommand({ ...pool, Username: 'ann', SessionId }));
      const known = await sessionsOf(pool);
      await pools.close();
      pools = await startUserPools({ data });
      expect(await sessionsOf(pool)).toEqual(known);
      expect(await currentOf(kept.AccessToken)).toBe(known[0]?.SessionId);
      await expect(refresh(pool, lost.RefreshToken)).rejects.toMatchObject(revoked);
    } finally {
      await pools.close();
      pools = before;
      rmSync(data, { recursive: true });
    }
  });
});
