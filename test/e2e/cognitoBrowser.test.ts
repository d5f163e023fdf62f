/** aws-amplify v6 and amazon-cognito-identity-js as browsers run them: pages from another origin, unmodified libraries. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { build } from 'esbuild';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { chromium } from './support/browser.ts';
import { type Page, withPage } from './support/page.ts';

const password = 'Correct-horse7';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let pages: Server;
let origin: string;

/** Bundles for browsers, by the name of the app. */
const scripts = new Map<string, string>();

async function bundle(name: string): Promise<void> {
  const entry = fileURLToPath(new URL(`fixtures/webApps/${name}.ts`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    define: { global: 'globalThis' },
    write: false,
  });
  scripts.set(name, outputFiles[0]?.text ?? '');
}

beforeAll(async () => {
  if (!chromium) return;
  await Promise.all([bundle('amplify'), bundle('identityJs')]);
  pages = createServer((request, response) => {
    const [, kind = '', name = ''] = (request.url ?? '').split(/[/?]/);
    if (kind === 'scripts') {
      response.setHeader('content-type', 'text/javascript');
      response.end(scripts.get(name));
      return;
    }
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>app</title><script src="/scripts/${kind}"></script>`);
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  // A secure context for the browser, as apps in development have it.
  origin = `http://localhost:${(pages.address() as AddressInfo).port}`;
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
});

afterAll(async () => {
  pages?.close();
  await cloud?.close();
});

async function makePool() {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      AutoVerifiedAttributes: ['email'],
      UsernameAttributes: ['email'],
    }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'web' }),
  );
  return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
}

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

/** With the roles `guest` and `user`. */
async function makeIdentityPool(userPoolId: string, ClientId: string): Promise<string> {
  const identities = new CognitoIdentityClient(cloud.clientConfig);
  const iam = new IAMClient(cloud.clientConfig);
  const { IdentityPoolId = '' } = await identities.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: true,
      CognitoIdentityProviders: [
        { ProviderName: `cognito-idp.${cloud.region}.amazonaws.com/${userPoolId}`, ClientId },
      ],
    }),
  );
  const makeRole = async (RoleName: string, amr: string) => {
    const trust = {
      Effect: 'Allow',
      Principal: { Federated: 'cognito-identity.amazonaws.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { 'cognito-identity.amazonaws.com:aud': IdentityPoolId },
        'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': amr },
      },
    };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    return Role?.Arn ?? '';
  };
  const Roles = {
    authenticated: await makeRole('user', 'authenticated'),
    unauthenticated: await makeRole('guest', 'unauthenticated'),
  };
  await identities.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));
  return IdentityPoolId;
}

async function whoIs({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const sts = new STSClient({ ...cloud.clientConfig, credentials });
  return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
}

/** The code in the newest message that went to an address. */
async function codeFor(address: string): Promise<string> {
  const page = await fetch(`${cloud.endpoint}/_brume/services/cognitoidp/messages`);
  const { messages } = (await page.json()) as { messages: { code: string; destination: string }[] };
  return messages.find(({ destination }) => destination === address)?.code ?? '';
}

/** Opens an app. @returns a way to call what it puts in `app`, arguments and answer as JSON. */
async function openApp(page: Page, name: string) {
  await page.goto(`${origin}/${name}`);
  await page.until('globalThis.app');
}

const call = <T>(page: Page, method: string, ...args: unknown[]): Promise<T> =>
  page.evaluate<T>(
    `Promise.resolve(app.${method}(...${JSON.stringify(args)})).then((value) => JSON.parse(JSON.stringify(value ?? null)))`,
  );

/** The app on aws-amplify, configured for a pool of this cloud. */
async function openAmplify(page: Page, userPoolId: string, userPoolClientId: string): Promise<void> {
  await openApp(page, 'amplify');
  const Cognito = { userPoolId, userPoolClientId, userPoolEndpoint: cloud.endpoint };
  await call(page, 'configure', { Auth: { Cognito } });
}

describe.skipIf(!chromium)(`aws-amplify${chromium ? '' : ' (skipped: no Chromium here)'}`, () => {
  it('signs a user up and in by SRP, refreshes, changes the password, and signs out', async () => {
    const { UserPoolId, ClientId } = await makePool();
    const username = 'ann@example.com';
    await withPage(async (page) => {
      await openAmplify(page, UserPoolId, ClientId);

      expect(await call(page, 'signUp', { username, password })).toMatchObject({
        isSignUpComplete: false,
        nextStep: { signUpStep: 'CONFIRM_SIGN_UP', codeDeliveryDetails: { deliveryMedium: 'EMAIL' } },
      });
      await expect(call(page, 'signIn', { username, password })).resolves.toMatchObject({
        isSignedIn: false,
        nextStep: { signInStep: 'CONFIRM_SIGN_UP' },
      });
      const confirmationCode = await codeFor(username);
      expect(await call(page, 'confirmSignUp', { username, confirmationCode })).toMatchObject({
        isSignUpComplete: true,
      });
      await expect(call(page, 'signIn', { username, password: `${password}!` })).rejects.toThrow(
        'Incorrect username or password.',
      );
      expect(await call(page, 'signIn', { username, password })).toMatchObject({
        isSignedIn: true,
        nextStep: { signInStep: 'DONE' },
      });
      expect(await call(page, 'getCurrentUser')).toMatchObject({ signInDetails: { loginId: username } });
      expect(await call(page, 'fetchUserAttributes')).toMatchObject({
        email: username,
        email_verified: 'true',
      });

      const jti = '(async (options) => (await app.fetchAuthSession(options)).tokens.accessToken.payload.jti)';
      const first = await page.evaluate<string>(`${jti}()`);
      expect(await page.evaluate<string>(`${jti}()`)).toBe(first);
      expect(await page.evaluate<string>(`${jti}({ forceRefresh: true })`)).not.toBe(first);

      const newPassword = `${password}-2`;
      await call(page, 'updatePassword', { oldPassword: password, newPassword });
      await call(page, 'signOut', { global: true });
      await expect(call(page, 'getCurrentUser')).rejects.toThrow(/authenticated/);
      expect(await call(page, 'signIn', { username, password: newPassword })).toMatchObject({
        isSignedIn: true,
      });
      expect(await page.evaluate('app.events')).toEqual(
        expect.arrayContaining(['signedIn', 'tokenRefresh', 'signedOut']),
      );
    });
  });

  it('resets a forgotten password', async () => {
    const { UserPoolId, ClientId } = await makePool();
    const username = 'bob@example.com';
    await withPage(async (page) => {
      await openAmplify(page, UserPoolId, ClientId);
      await call(page, 'signUp', { username, password });
      await call(page, 'confirmSignUp', { username, confirmationCode: await codeFor(username) });
      expect(await call(page, 'resetPassword', { username })).toMatchObject({
        nextStep: { resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE' },
      });
      const confirmationCode = await codeFor(username);
      await call(page, 'confirmResetPassword', { username, confirmationCode, newPassword: 'Other-horse8' });
      expect(await call(page, 'signIn', { username, password: 'Other-horse8' })).toMatchObject({
        isSignedIn: true,
      });
      expect(await call(page, 'deleteUser')).toBeNull();
      await expect(call(page, 'signIn', { username, password: 'Other-horse8' })).rejects.toThrow();
    });
  });

  it('has a second factor set up, and asks for it at each sign-in', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await cognito.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: 'ON',
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    );
    const username = 'dora@example.com';
    await withPage(async (page) => {
      await openAmplify(page, UserPoolId, ClientId);
      await call(page, 'signUp', { username, password });
      await call(page, 'confirmSignUp', { username, confirmationCode: await codeFor(username) });
      const started = await call<{
        nextStep: { signInStep: string; totpSetupDetails: { sharedSecret: string } };
      }>(page, 'signIn', { username, password });
      expect(started.nextStep.signInStep).toBe('CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
      const secret = Secret.fromBase32(started.nextStep.totpSetupDetails.sharedSecret);
      const code = () => new TOTP({ secret }).generate({ timestamp: cloud.clock.now() });
      await expect(call(page, 'confirmSignIn', { challengeResponse: '000000' })).rejects.toThrow();
      expect(await call(page, 'confirmSignIn', { challengeResponse: code() })).toMatchObject({
        isSignedIn: true,
      });
      expect(await call(page, 'fetchMFAPreference')).toMatchObject({ enabled: ['TOTP'] });
      await call(page, 'signOut');
      // A code counts once: the next one comes half a minute later.
      await cloud.clock.advance(30_000);
      expect(await call(page, 'signIn', { username, password })).toMatchObject({
        isSignedIn: false,
        nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_TOTP_CODE' },
      });
      expect(await call(page, 'confirmSignIn', { challengeResponse: code() })).toMatchObject({
        isSignedIn: true,
      });
    });
  });

  it('signs in by redirect to managed login at its AWS address, and out again', async () => {
    const { UserPoolId } = await makePool();
    const Domain = `shop-${cloud.clock.now()}`;
    await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'web with managed login',
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'email', 'aws.cognito.signin.user.admin'],
        CallbackURLs: [`${origin}/amplify`],
        LogoutURLs: [`${origin}/amplify`],
        SupportedIdentityProviders: ['COGNITO'],
      }),
    );
    const username = 'eve@example.com';
    const user = { UserPoolId, Username: username };
    await cognito.send(
      new AdminCreateUserCommand({
        ...user,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: username },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
    const config = {
      Auth: {
        Cognito: {
          userPoolId: UserPoolId,
          userPoolClientId: UserPoolClient?.ClientId,
          userPoolEndpoint: cloud.endpoint,
          loginWith: {
            oauth: {
              domain: `${Domain}.auth.us-east-1.amazoncognito.com`,
              scopes: ['openid', 'email', 'aws.cognito.signin.user.admin'],
              redirectSignIn: [`${origin}/amplify`],
              redirectSignOut: [`${origin}/amplify`],
              responseType: 'code',
            },
          },
        },
      },
    };
    const { port } = new URL(cloud.endpoint);
    await withPage(
      async (page) => {
        await openApp(page, 'amplify');
        await call(page, 'configure', config);
        await page.evaluate('void app.signInWithRedirect()');
        await page.until(`location.host === '${config.Auth.Cognito.loginWith.oauth.domain}'`);
        await page.fill('input[name=username]', username);
        await page.fill('input[name=password]', `${password}!`);
        await page.click('input[name=signInSubmitButton]');
        await page.until(`document.body.innerText.includes('Incorrect username or password')`);
        await page.fill('input[name=username]', username);
        await page.fill('input[name=password]', password);
        await page.click('input[name=signInSubmitButton]');
        await page.until(`location.origin === '${origin}' && globalThis.app`);
        await call(page, 'configure', config);
        await page.until(`app.events.includes('signInWithRedirect')`);
        expect(await call(page, 'fetchUserAttributes')).toMatchObject({ email: username });
        const scopes = await page.evaluate<string>(
          'app.fetchAuthSession().then(({ tokens }) => tokens.accessToken.payload.scope)',
        );
        expect(scopes.split(' ').sort()).toEqual(['aws.cognito.signin.user.admin', 'email', 'openid']);
        // Whoever signed out is asked again: the session of managed login has ended as well.
        await page.evaluate('void app.signOut()');
        await page.until(`location.origin === '${origin}' && globalThis.app && app.events.length === 0`);
        await call(page, 'configure', config);
        await page.evaluate('void app.signInWithRedirect()');
        await page.until(`document.querySelector('input[name=password]')`);
      },
      { hosts: `MAP *.amazoncognito.com:443 127.0.0.1:${port}` },
    );
  });

  it('has credentials of an identity pool as a guest, and keeps the identity when it signs in', async () => {
    const { UserPoolId, ClientId } = await makePool();
    const username = 'eve@example.com';
    const identityPoolId = await makeIdentityPool(UserPoolId, ClientId);
    type Session = { identityId: string; credentials: Credentials; tokens?: object };
    await withPage(async (page) => {
      await openApp(page, 'amplify');
      const Cognito = {
        userPoolId: UserPoolId,
        userPoolClientId: ClientId,
        userPoolEndpoint: cloud.endpoint,
        identityPoolId,
        identityPoolEndpoint: cloud.endpoint,
        allowGuestAccess: true,
      };
      await call(page, 'configure', { Auth: { Cognito } });
      const guest = await call<Session>(page, 'fetchAuthSession');
      expect(guest.tokens).toBeUndefined();
      expect(await whoIs(guest.credentials)).toMatch(/:assumed-role\/guest\/CognitoIdentityCredentials$/);

      await call(page, 'signUp', { username, password });
      await call(page, 'confirmSignUp', { username, confirmationCode: await codeFor(username) });
      await call(page, 'signIn', { username, password });
      const user = await call<Session>(page, 'fetchAuthSession');
      expect(user.identityId).toBe(guest.identityId);
      expect(await whoIs(user.credentials)).toMatch(/:assumed-role\/user\/CognitoIdentityCredentials$/);

      await call(page, 'signOut');
      const next = await call<Session>(page, 'fetchAuthSession');
      expect(next.identityId).not.toBe(user.identityId);
      expect(await whoIs(next.credentials)).toMatch(/:assumed-role\/guest\//);
    });
  });
});

describe.skipIf(!chromium)(
  `amazon-cognito-identity-js${chromium ? '' : ' (skipped: no Chromium here)'}`,
  () => {
    it('signs a user up and in by SRP, keeps the session over a reload, refreshes it and signs out', async () => {
      const { UserPoolId, ClientId } = await makePool();
      const username = 'cid@example.com';
      const settings = JSON.stringify({ UserPoolId, ClientId, endpoint: cloud.endpoint });
      await withPage(async (page) => {
        await openApp(page, 'identityJs');
        const inPool = <T>(body: string) =>
          page.evaluate<T>(
            `new Promise((resolve, reject) => {
               const pool = new app.CognitoUserPool(${settings});
               const done = (error, value) => (error ? reject(new Error(error.message)) : resolve(value ?? null));
               const user = new app.CognitoUser({ Username: '${username}', Pool: pool });
               ${body}
             })`,
          );
        await inPool(`pool.signUp('${username}', '${password}', [], [], (error) => done(error))`);
        await inPool(`user.confirmRegistration('${await codeFor(username)}', false, (error) => done(error))`);
        const signIn = `user.authenticateUser(
          new app.AuthenticationDetails({ Username: '${username}', Password: '${password}' }),
          { onSuccess: (session) => done(null, session.getIdToken().payload.email), onFailure: reject },
        )`;
        expect(await inPool(signIn)).toBe(username);
        await openApp(page, 'identityJs');
        const token = await inPool<string>(
          `pool.getCurrentUser().getSession((error, session) => done(error, session.getAccessToken().getJwtToken()))`,
        );
        const renewed = await inPool<string>(
          `const known = pool.getCurrentUser();
           known.getSession((_, session) =>
             known.refreshSession(session.getRefreshToken(), (error, again) => done(error, again?.getAccessToken().getJwtToken())))`,
        );
        expect(renewed.split('.')).toHaveLength(3);
        expect(renewed).not.toBe(token);
        await inPool(
          `const known = pool.getCurrentUser();
           known.getSession(() => known.globalSignOut({ onSuccess: () => done(), onFailure: reject }))`,
        );
        expect(await inPool('done(null, pool.getCurrentUser() === null)')).toBe(true);
      });
    });
  },
);
