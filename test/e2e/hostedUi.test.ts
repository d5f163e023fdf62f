/** Managed login as people meet it, in a real browser where there is one, and as those meet it who mean harm. */
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  DescribeUserPoolCommand,
  DescribeUserPoolDomainCommand,
  UpdateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { chromium } from './support/browser.ts';
import { createUser, formOf, Jar, password, signInByPage, submit } from './support/hostedUi.ts';
import { withPage } from './support/page.ts';

const callback = 'http://localhost:3000/callback';
const goodbye = 'http://localhost:3000/bye';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let UserPoolId: string;
let ClientId: string;
let secretClientId: string;
let base: string;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'Corner shop',
      AutoVerifiedAttributes: ['email'],
      Schema: [{ Name: 'given_name', AttributeDataType: 'String', Required: true, Mutable: true }],
    }),
  );
  UserPoolId = UserPool?.Id ?? '';
  await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'corner' }));
  base = `${cloud.endpoint}/_aws/auth/us-east-1/corner`;
  const client = async (GenerateSecret: boolean) => {
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'app',
        GenerateSecret,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid'],
        CallbackURLs: [callback],
        LogoutURLs: [goodbye],
        SupportedIdentityProviders: ['COGNITO'],
      }),
    );
    return UserPoolClient?.ClientId ?? '';
  };
  ClientId = await client(false);
  secretClientId = await client(true);
  await createUser(cognito, UserPoolId, 'ann', { given_name: 'Ann' });
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
    scope: 'openid',
    state: 's',
    ...more,
  });

async function lastCode(username: string): Promise<string> {
  const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${UserPoolId}&username=${username}`;
  const { messages } = (await (await fetch(page)).json()) as { messages: { code: string }[] };
  return messages[0]?.code ?? '';
}

describe('signing in', () => {
  it('goes on without asking while the browser is signed in, and asks again after an hour, a logout or on demand', async () => {
    const { location, jar } = await signInByPage(`${base}/oauth2/authorize?${query()}`, 'ann');
    expect(location).toMatch(/^http:\/\/localhost:3000\/callback\?code=[0-9a-f-]{36}&state=s$/);
    const again = async (more: Record<string, string> = {}) =>
      (await jar.fetch(`${base}/oauth2/authorize?${query(more)}`)).headers.get('location') ?? '';
    expect(await again()).toMatch(/callback\?code=/);
    expect(await again({ prompt: 'none' })).toMatch(/callback\?code=/);
    expect(await again({ prompt: 'login' })).toMatch(/\/login\?.*prompt=login/);
    // Which account it is, is asked by providers only.
    expect(await again({ prompt: 'select_account' })).toMatch(/callback\?code=/);
    await cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username: 'ann' }));
    expect(await again()).toMatch(/callback\?code=/);
    const out = await jar.fetch(
      `${base}/logout?${new URLSearchParams({ client_id: ClientId, logout_uri: goodbye })}`,
    );
    expect(out.headers.get('location')).toBe(goodbye);
    expect(jar.cookies.has('cognito')).toBe(false);
    expect(await again({ prompt: 'none' })).toContain('error=login_required');
  });

  it('offers those who are signed in to go on, and to sign in as somebody else', async () => {
    const { jar } = await signInByPage(`${base}/oauth2/authorize?${query()}`, 'ann');
    const offered = async (more: Record<string, string> = {}) => {
      const text = await (await jar.fetch(`${base}/login?${query(more)}`)).text();
      // Whoever is somebody else has the form on the same page.
      expect(text).toContain('id="signInFormUsername"');
      const [, href] = /href="([^"]*)">Continue as ann</.exec(text) ?? [];
      return href?.replaceAll('&amp;', '&');
    };
    const href = (await offered()) ?? '';
    const on = await jar.fetch(new URL(href, base).href);
    expect(on.headers.get('location')).toMatch(/callback\?code=/);
    expect(await offered({ prompt: 'login' })).toBeUndefined();
    // Nor where the app wants a sign-in that is younger than this one.
    cloud.clock.freeze();
    await cloud.clock.advance(5000);
    expect(await offered({ max_age: '1' })).toBeUndefined();
    expect(await offered({ max_age: '60' })).toBeDefined();
    cloud.clock.resume();
    jar.cookies.delete('cognito');
    expect(await offered()).toBeUndefined();
  });

  it('forgets browsers after an hour, and users who were disabled', async () => {
    await createUser(cognito, UserPoolId, 'bob', { given_name: 'Bob' });
    const { jar } = await signInByPage(`${base}/oauth2/authorize?${query()}`, 'bob');
    const { jar: other } = await signInByPage(`${base}/oauth2/authorize?${query()}`, 'ann');
    await cognito.send(new AdminDisableUserCommand({ UserPoolId, Username: 'bob' }));
    const where = async (one: Jar) =>
      (await one.fetch(`${base}/oauth2/authorize?${query({ prompt: 'none' })}`)).headers.get('location');
    expect(await where(jar)).toContain('login_required');
    expect(await where(other)).toContain('code=');
    cloud.clock.freeze();
    await cloud.clock.advance(10 * 60_000);
    const lately = async (max_age: string) => {
      const asked = `${base}/oauth2/authorize?${query({ prompt: 'none', max_age })}`;
      return (await other.fetch(asked)).headers.get('location');
    };
    expect(await lately('660')).toContain('code=');
    expect(await lately('300')).toContain('login_required');
    expect(await lately('soon')).toContain('invalid_request');
    await cloud.clock.advance(50 * 60_000 + 1);
    expect(await where(other)).toContain('login_required');
    cloud.clock.resume();
  });

  it('asks for a new password in place of a temporary one, for clients with a secret as well', async () => {
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'tom',
        TemporaryPassword: 'Temporary-7',
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'given_name', Value: 'Tom' }],
      }),
    );
    const jar = new Jar();
    const login = await jar.fetch(`${base}/login?${query({ client_id: secretClientId })}`);
    const asked = await submit(jar, login, { username: 'tom', password: 'Temporary-7' });
    const page = await asked.text();
    expect(page).toContain('Choose a new password');
    const { action, fields } = formOf(page, asked.url);
    const choose = (one: string, other: string) => {
      fields.set('new_password', one);
      fields.set('confirm_password', other);
      return jar.fetch(action, { method: 'POST', body: fields });
    };
    expect(await (await choose('a', 'b')).text()).toContain('The passwords are not the same.');
    expect(await (await choose('a', 'a')).text()).toContain('Password does not conform to policy');
    const done = await choose(password, password);
    expect(done.headers.get('location')).toContain(`${callback}?code=`);
  });

  it('says what is wrong and keeps the name, not the password', async () => {
    const jar = new Jar();
    const login = await jar.fetch(`${base}/login?${query()}`);
    const answer = await submit(jar, login, { username: 'ann', password: 'Wrong-horse7' });
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(page).toContain('Incorrect username or password.');
    expect(page).toContain('value="ann"');
    expect(page).not.toContain('Wrong-horse7');
  });
});

describe('signing up and starting over', () => {
  it('confirms by code, and is signed in with that', async () => {
    const jar = new Jar();
    const form = await jar.fetch(`${base}/signup?${query()}`);
    const confirm = await submit(jar, form, {
      username: 'eve',
      'requiredAttributes[email]': 'eve@example.com',
      'requiredAttributes[given_name]': 'Eve',
      password,
    });
    const page = await confirm.text();
    expect(page).toContain('e***@e***');
    const { action, fields } = formOf(page, confirm.url, '/confirmUser');
    fields.set('code', '000000');
    const wrong = await jar.fetch(action, { method: 'POST', body: fields });
    expect(await wrong.text()).toContain('Invalid verification code provided');
    const resend = formOf(page, confirm.url, '/resendcode');
    const resent = await jar.fetch(resend.action, { method: 'POST', body: resend.fields });
    expect(await resent.text()).toContain('Another code is on its way.');
    fields.set('code', await lastCode('eve'));
    const done = await jar.fetch(action, { method: 'POST', body: fields });
    expect(done.headers.get('location')).toContain(`${callback}?code=`);
  });

  it('does not sign in whoever only has the code', async () => {
    const jar = new Jar();
    const form = await jar.fetch(`${base}/signup?${query()}`);
    const confirm = await submit(jar, form, {
      username: 'fay',
      'requiredAttributes[email]': 'fay@example.com',
      'requiredAttributes[given_name]': 'Fay',
      password,
    });
    const { action, fields } = formOf(await confirm.text(), confirm.url, '/confirmUser');
    fields.set('ticket', '');
    fields.set('code', await lastCode('fay'));
    const done = await jar.fetch(action, { method: 'POST', body: fields });
    expect(done.status).toBe(200);
    expect(await done.text()).toContain('You can sign in now.');
  });

  it('resets a forgotten password', async () => {
    await createUser(cognito, UserPoolId, 'gus', { given_name: 'Gus' });
    const jar = new Jar();
    const reset = await submit(jar, await jar.fetch(`${base}/forgotPassword?${query()}`), {
      username: 'gus',
    });
    const changed = await submit(jar, reset, {
      code: await lastCode('gus'),
      new_password: 'Another-horse7',
      confirm_password: 'Another-horse7',
    });
    const signedIn = await submit(jar, changed, { password: 'Another-horse7' });
    expect(signedIn.headers.get('location')).toContain(`${callback}?code=`);
  });
});

describe('what attackers try', () => {
  it('takes no form without its token, or with that of another browser', async () => {
    const jar = new Jar();
    const login = await jar.fetch(`${base}/login?${query()}`);
    const { action, fields } = formOf(await login.text(), login.url);
    fields.set('username', 'ann');
    fields.set('password', password);
    const other = new Jar();
    await other.fetch(`${base}/login?${query()}`);
    for (const [sender, token] of [
      [new Jar(), fields.get('_csrf') ?? ''],
      [other, fields.get('_csrf') ?? ''],
      [jar, ''],
      [jar, 'x'],
    ] as const) {
      const body = new URLSearchParams(fields);
      body.set('_csrf', token);
      const response = await sender.fetch(action, { method: 'POST', body });
      expect([response.status, response.headers.get('location')]).toEqual([403, null]);
      // Whoever only waited for too long has a way on.
      const [, again = ''] = /href="([^"]*)">Start again</.exec(await response.text()) ?? [];
      expect((await fetch(new URL(again.replaceAll('&amp;', '&'), base))).status).toBe(200);
    }
    const right = await jar.fetch(action, { method: 'POST', body: fields });
    expect(right.status).toBe(302);
  });

  it('gives a browser a new session when it signs in, whatever it was handed before', async () => {
    const { jar } = await signInByPage(`${base}/oauth2/authorize?${query()}`, 'ann');
    const stolen = jar.cookies.get('cognito') ?? '';
    // Signed in anew over a session that somebody else knows.
    const { jar: victim } = await signInByPage(
      `${base}/oauth2/authorize?${query({ prompt: 'login' })}`,
      'ann',
      jar,
    );
    expect(victim.cookies.get('cognito')).not.toBe(stolen);
    const attacker = new Jar();
    for (const value of [stolen, 'chosen-by-an-attacker']) {
      attacker.cookies.set('cognito', value);
      const answer = await attacker.fetch(`${base}/oauth2/authorize?${query({ prompt: 'none' })}`);
      expect(answer.headers.get('location')).toContain('login_required');
    }
    const fixed = new Jar();
    fixed.cookies.set('cognito', 'chosen-by-an-attacker');
    const { answer } = await signInByPage(`${base}/oauth2/authorize?${query()}`, 'ann', fixed);
    expect(fixed.cookies.get('cognito')).not.toBe('chosen-by-an-attacker');
    const [line = ''] = answer.headers.getSetCookie().filter((one) => one.startsWith('cognito='));
    expect(line).toMatch(
      /^cognito=[a-z0-9]{43}; Path=\/_aws\/auth\/us-east-1\/corner; Max-Age=3600; HttpOnly; SameSite=Lax$/,
    );
  });

  it('writes nothing that was sent as HTML', async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
    const places = [
      `/login?${query({ state: evil, login_hint: evil, nonce: evil, lang: evil })}`,
      `/signup?${query({ state: evil })}`,
      `/forgotPassword?${query({ state: evil })}`,
      `/confirmUser?${query({ state: evil })}`,
      `/error?${new URLSearchParams({ error: evil, client_id: evil, error_description: evil })}`,
      `/${encodeURIComponent(evil)}`,
    ];
    for (const place of places) {
      const page = await (await fetch(`${base}${place}`)).text();
      expect(page).not.toContain('<script');
      expect(page).not.toContain('<img');
    }
    const jar = new Jar();
    const login = await jar.fetch(`${base}/login?${query({ state: evil })}`);
    const { action, fields } = formOf(await login.text(), login.url);
    fields.set('username', evil);
    fields.set('password', evil);
    const page = await (await jar.fetch(action, { method: 'POST', body: fields })).text();
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    // The error page says what it knows, not what a link says.
    const told = await (await fetch(`${base}/error?error=Call+0800+123+456`)).text();
    expect(told).not.toContain('0800');
  });

  it('has an error page for clients of any name', async () => {
    for (const client_id of [ClientId, '', '../x', 'x'.repeat(8000), '\u0000', 'ä']) {
      const response = await fetch(`${base}/error?${new URLSearchParams({ error: 'x', client_id })}`);
      expect(response.status).toBe(400);
    }
  });

  it('lets nobody frame, keep or sniff a page', async () => {
    for (const path of [`/login?${query()}`, '/error?error=x', '/nothing']) {
      const { headers } = await fetch(`${base}${path}`);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|script-src/);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toContain('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('answers forms that somebody made up, and never as a failure of ours', async () => {
    const jar = new Jar();
    const login = await jar.fetch(`${base}/login?${query()}`);
    const { fields } = formOf(await login.text(), login.url);
    const _csrf = fields.get('_csrf') ?? '';
    const names = [
      '',
      'constructor',
      '__proto__',
      'NEW_PASSWORD_REQUIRED',
      'SELECT_MFA_TYPE',
      'SELECT_CHALLENGE',
      'MFA_SETUP',
      'WEB_AUTHN',
      'PASSWORD',
      'SMS_MFA',
      'CUSTOM_CHALLENGE',
    ];
    const junk = [
      '{',
      'null',
      '[1]',
      '{"requiredAttributes":"7","MFAS_CAN_CHOOSE":"{","MFAS_CAN_SETUP":"SOFTWARE_TOKEN_MFA","SECRET_CODE":"<x>"}',
    ];
    for (const challenge of names) {
      for (const parameters of junk) {
        const body = new URLSearchParams({
          _csrf,
          challenge,
          session: 'x',
          username: 'ann',
          parameters,
          answer: 'x',
          code: '1',
          email: '',
        });
        const response = await jar.fetch(`${base}/challenge?${query()}`, { method: 'POST', body });
        expect([400, 501]).toContain(response.status);
        expect(await response.text()).not.toContain('<x>');
      }
    }
    const form = await jar.fetch(`${base}/login?${query()}`, {
      method: 'POST',
      body: JSON.stringify({ _csrf }),
      headers: { 'content-type': 'application/json' },
    });
    expect(form.status).toBe(415);
    const large = await jar.fetch(`${base}/login?${query()}`, {
      method: 'POST',
      body: new URLSearchParams({ _csrf, username: 'x'.repeat(600_000) }),
    });
    expect(large.status).toBe(413);
  });

  it('keeps cookies to connections that are private, where it is asked by one', async () => {
    const { request } = await import('node:https');
    const { hostname, port } = new URL(cloud.endpoint);
    const cookies = await new Promise<string[]>((resolve, reject) => {
      const path = `/_aws/auth/us-east-1/corner/login?${query()}`;
      const sent = request({ hostname, port, path, rejectUnauthorized: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.headers['set-cookie'] ?? []));
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^XSRF-TOKEN=.*; HttpOnly; SameSite=Lax; Secure$/);
  });

  it('leaves only for addresses that were registered, and stays signed in when asked to leave for others', async () => {
    const { jar } = await signInByPage(`${base}/oauth2/authorize?${query()}`, 'ann');
    for (const logout_uri of [
      'https://evil.example',
      `${goodbye}/`,
      `${goodbye}@evil.example`,
      callback,
      '//evil.example',
      '',
    ]) {
      const out = await jar.fetch(
        `${base}/logout?${new URLSearchParams({ client_id: ClientId, logout_uri })}`,
      );
      expect(out.headers.get('location')).toMatch(
        /^\/_aws\/auth\/us-east-1\/corner\/error\?error=redirect_mismatch/,
      );
    }
    expect(jar.cookies.has('cognito')).toBe(true);
    const again = await jar.fetch(`${base}/logout?${query()}`);
    expect(again.headers.get('location')).toMatch(/^\/_aws\/auth\/us-east-1\/corner\/login\?/);
    expect(jar.cookies.has('cognito')).toBe(false);
  });

  it('takes the session of a challenge for the page that it was made for, and once', async () => {
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'una',
        TemporaryPassword: 'Temporary-7',
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'given_name', Value: 'Una' }],
      }),
    );
    const jar = new Jar();
    const login = await jar.fetch(`${base}/login?${query()}`);
    const asked = await submit(jar, login, { username: 'una', password: 'Temporary-7' });
    const { action, fields } = formOf(await asked.text(), asked.url);
    fields.set('new_password', password);
    fields.set('confirm_password', password);
    const api = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.RespondToAuthChallenge',
      },
      body: JSON.stringify({
        ClientId,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session: fields.get('session'),
        ChallengeResponses: { USERNAME: 'una', NEW_PASSWORD: password },
      }),
    });
    expect(await api.text()).toContain('Invalid session for the user.');
    expect((await jar.fetch(action, { method: 'POST', body: fields })).status).toBe(302);
    const replayed = await jar.fetch(action, { method: 'POST', body: fields });
    expect([replayed.status, replayed.headers.get('location')]).toEqual([400, null]);
  });
});

describe('domains', () => {
  it('are described, changed, and kept from pools that still have them', async () => {
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'other' }));
    const pool = { UserPoolId: UserPool?.Id ?? '' };
    const refused = (message: string) => ({ name: 'InvalidParameterException', message });
    await expect(
      cognito.send(new CreateUserPoolDomainCommand({ ...pool, Domain: 'corner' })),
    ).rejects.toMatchObject(refused('Domain already associated with another user pool.'));
    await expect(
      cognito.send(new CreateUserPoolDomainCommand({ ...pool, Domain: 'my-cognito' })),
    ).rejects.toMatchObject(refused('Domain cannot contain reserved word: cognito'));
    await cognito.send(new CreateUserPoolDomainCommand({ ...pool, Domain: 'other' }));
    const { DomainDescription } = await cognito.send(new DescribeUserPoolDomainCommand({ Domain: 'other' }));
    expect(DomainDescription).toMatchObject({
      ...pool,
      Domain: 'other',
      Status: 'ACTIVE',
      ManagedLoginVersion: 1,
    });
    await cognito.send(new UpdateUserPoolDomainCommand({ ...pool, Domain: 'other', ManagedLoginVersion: 2 }));
    const described = await cognito.send(new DescribeUserPoolCommand(pool));
    expect(described.UserPool?.Domain).toBe('other');
    await expect(cognito.send(new DeleteUserPoolCommand(pool))).rejects.toMatchObject(
      refused('User pool cannot be deleted. It has a domain configured that should be deleted first.'),
    );
    await cognito.send(new DeleteUserPoolDomainCommand({ ...pool, Domain: 'other' }));
    expect(
      (await cognito.send(new DescribeUserPoolDomainCommand({ Domain: 'other' }))).DomainDescription,
    ).toEqual({});
    await cognito.send(new DeleteUserPoolCommand(pool));
  });

  it('may be names of their owners', async () => {
    const host = 'auth.corner.example.com';
    const own = {
      UserPoolId,
      Domain: host,
      CustomDomainConfig: { CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/a-b' },
    };
    for (const Domain of [
      's3.us-east-1.amazonaws.com',
      'other.auth.us-east-1.amazoncognito.com',
      '127.0.0.1',
      'localhost.localstack.cloud',
    ]) {
      await expect(cognito.send(new CreateUserPoolDomainCommand({ ...own, Domain }))).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
    }
    const made = await cognito.send(new CreateUserPoolDomainCommand(own));
    expect(made.CloudFrontDomain).toMatch(/^d[0-9a-f]+\.cloudfront\.net$/);
    const ask = (Host: string, path = `/login?${query()}`) => requestAs(Host, path);
    expect(await ask(host)).toContain('Sign in');
    expect(await ask('corner.auth.us-east-1.amazoncognito.com')).toContain('Sign in');
    expect(await ask(`corner.auth.us-east-1.localhost:${new URL(cloud.endpoint).port}`)).toContain('Sign in');
    const discovery = `/${UserPoolId}/.well-known/openid-configuration`;
    expect(await ask('cognito-idp.us-east-1.amazonaws.com', discovery)).toContain(
      `"https://${host}/oauth2/token"`,
    );
    expect(await ask('localhost', discovery)).toContain(
      `"http://localhost/_aws/auth/us-east-1/${host}/oauth2/token"`,
    );
    await cognito.send(new DeleteUserPoolDomainCommand({ UserPoolId, Domain: host }));
    expect(await ask(host)).not.toContain('Sign in');
  });
});

describe.skipIf(!chromium)('in a browser', () => {
  let port: string;
  beforeEach(() => {
    port = new URL(cloud.endpoint).port;
  });

  it('signs up, in and out at a host name of its own', async () => {
    const site = `http://corner.auth.us-east-1.localhost:${port}`;
    await withPage(async (page) => {
      await page.goto(`${site}/oauth2/authorize?${query()}`);
      expect(await page.evaluate('document.activeElement.name')).toBe('username');
      await page.click('a[href*="/signup"]');
      await page.fill('[name="username"]', 'zoe');
      await page.fill('[name="requiredAttributes[email]"]', 'zoe@example.com');
      await page.fill('[name="requiredAttributes[given_name]"]', 'Zoé <b>');
      await page.fill('input[name="password"]', password);
      await page.click('[name=signInSubmitButton]');
      await page.fill('[name=code]', '1');
      await page.click('[name=signInSubmitButton]');
      // Fields say which sentence is about them.
      expect(await page.until('document.querySelector("[role=alert]")?.textContent')).toContain('Invalid');
      expect(
        await page.evaluate(
          'document.getElementById(document.querySelector("[name=code]").getAttribute("aria-describedby")).textContent',
        ),
      ).toContain('Invalid');
      await page.fill('[name=code]', await lastCode('zoe'));
      await page.click('[name=signInSubmitButton]');
      // Nobody listens there; the address is what counts.
      await page.until(`location.href.startsWith('${callback}') || location.href.startsWith('chrome-error')`);
      const { cookies } = await page.send<{ cookies: { name: string; httpOnly: boolean }[] }>(
        'Network.getCookies',
        {
          urls: [`${site}/login`],
        },
      );
      expect(cookies.find(({ name }) => name === 'cognito')).toMatchObject({ httpOnly: true });
    });
  });

  it('fits on narrow and dark screens, with enough contrast', async () => {
    await withPage(async (page) => {
      await page.send('Emulation.setDeviceMetricsOverride', {
        width: 320,
        height: 640,
        deviceScaleFactor: 1,
        mobile: true,
      });
      for (const scheme of ['light', 'dark']) {
        await page.send('Emulation.setEmulatedMedia', {
          features: [{ name: 'prefers-color-scheme', value: scheme }],
        });
        await page.goto(`${base}/signup?${query()}`);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
        const contrast = await page.evaluate<number[]>(contrasts);
        expect(Math.min(...contrast)).toBeGreaterThan(4.5);
      }
      expect(
        await page.evaluate(
          '[...document.querySelectorAll("input:not([type=hidden])")].every((one) => one.labels.length === 1)',
        ),
      ).toBe(true);
    });
  });
});

/** WCAG contrast of texts against what they stand on. */
const contrasts = `(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (!/, 0\\)$/.test(color)) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('main label, main p, main h1, main a, main button')].map((node) => {
    const [one, other] = [luminance(getComputedStyle(node).color), luminance(ground(node))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  });
})()`;

/** Fetch doesn't let anybody choose the Host header. */
async function requestAs(host: string, path: string): Promise<string> {
  const { request } = await import('node:http');
  const { hostname, port } = new URL(cloud.endpoint);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers: { host } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end();
  });
}
