/** Second factors in managed login: an authenticator app set up by QR code, codes by email, choices among them. */
import {
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { chromium } from './support/browser.ts';
import { callback, createUser, formOf, Jar, makeCodeClient, password, submit } from './support/hostedUi.ts';
import { withPage } from './support/page.ts';

let sites = 0;
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  cloud = await startCloud();
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
});
afterAll(async () => {
  cognito.destroy();
  await cloud.close();
});

async function makeSite(mfa: Partial<SetUserPoolMfaConfigCommandInput>) {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      AutoVerifiedAttributes: ['email'],
      EmailConfiguration: {
        EmailSendingAccount: 'DEVELOPER',
        SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/a@example.com',
      },
      AccountRecoverySetting: {
        RecoveryMechanisms: [
          { Name: 'verified_email', Priority: 1 },
          { Name: 'verified_phone_number', Priority: 2 },
        ],
      },
    }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const Domain = `mfa-${++sites}`;
  await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
  await cognito.send(new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'ON', ...mfa }));
  const { query } = await makeCodeClient(cognito, UserPoolId);
  await createUser(cognito, UserPoolId, 'ann');
  const enter = async (jar: Jar) => {
    const login = await jar.fetch(`${cloud.endpoint}/_aws/auth/us-east-1/${Domain}/login?${query}`);
    return submit(jar, login, { username: 'ann', password });
  };
  return { UserPoolId, enter };
}

const toApp = expect.stringMatching(/^http:\/\/localhost:3000\/callback\?code=/);

describe.skipIf(!chromium)('passkeys', () => {
  it('are added by whoever is signed in, and sign in from then on', async () => {
    const { UserPool } = await cognito.send(
      new CreateUserPoolCommand({
        PoolName: 'people',
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
      }),
    );
    const UserPoolId = UserPool?.Id ?? '';
    await cognito.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: 'OFF',
        WebAuthnConfiguration: { RelyingPartyId: 'localhost', UserVerification: 'preferred' },
      }),
    );
    await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'passkeys' }));
    const { query } = await makeCodeClient(cognito, UserPoolId, {
      ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      LogoutURLs: [callback],
    });
    await createUser(cognito, UserPoolId, 'ann');
    const base = `http://localhost:${new URL(cloud.endpoint).port}/_aws/auth/us-east-1/passkeys`;
    await withPage(async (page) => {
      await page.send('WebAuthn.enable');
      await page.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          protocol: 'ctap2',
          transport: 'internal',
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
        },
      });
      // Nobody listens where the app would be: the browser shows that, and keeps the address.
      const atApp = () => page.until(`location.href.startsWith('chrome-error') && document.body`);
      await page.goto(`${base}/passkeys/add?${query}`);
      await page.fill('[name=username]', 'ann');
      await page.fill('[name=password]', password);
      await page.click('[name=signInSubmitButton]');
      await atApp();
      await page.goto(`${base}/passkeys/add?${query}`);
      await page.click('#passkey');
      await atApp();
      await page.send('Network.clearBrowserCookies');
      await page.goto(`${base}/login?${query}`);
      await page.fill('[name=username]', 'ann');
      await page.click('[value=WEB_AUTHN]');
      await page.click('#passkey');
      await atApp();
      const { cookies } = await page.send<{ cookies: { name: string }[] }>('Network.getCookies', {
        urls: [`${base}/login`],
      });
      expect(cookies.map(({ name }) => name)).toContain('cognito');
    });
  });
});

it('sets up an authenticator app, and asks for its codes from then on', async () => {
  const { enter } = await makeSite({ SoftwareTokenMfaConfiguration: { Enabled: true } });
  const jar = new Jar();
  const setup = await enter(jar);
  const page = await setup.text();
  expect(page).toContain('<svg');
  const secret = /class="secret">([A-Z2-7]+)</.exec(page)?.[1] ?? '';
  const { action, fields } = formOf(page, setup.url);
  const send = (code: string) => {
    fields.set('code', code);
    return jar.fetch(action, { method: 'POST', body: fields });
  };
  const wrong = await send('000000');
  // The same secret: the app has it already.
  expect(await wrong.text()).toContain(secret);
  cloud.clock.freeze();
  const totp = new TOTP({ secret });
  const code = () => totp.generate({ timestamp: cloud.clock.now() });
  const done = await send(code());
  expect(done.headers.get('location')).toEqual(toApp);
  await cloud.clock.advance(60_000);
  const other = new Jar();
  const asked = await enter(other);
  const again = await submit(other, asked, { code: '000000' });
  expect(again.status).toBe(400);
  const right = await submit(other, again, { code: code() });
  expect(right.headers.get('location')).toEqual(toApp);
  cloud.clock.resume();
});

it('takes codes by email', async () => {
  const { UserPoolId, enter } = await makeSite({
    EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
  });
  const jar = new Jar();
  const asked = await enter(jar);
  const page = await asked.text();
  expect(page).toContain('a***@e***');
  const messages = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${UserPoolId}&username=ann`;
  const [message] = ((await (await fetch(messages)).json()) as { messages: { code: string }[] }).messages;
  const { action, fields } = formOf(page, asked.url);
  fields.set('code', message?.code ?? '');
  const done = await jar.fetch(action, { method: 'POST', body: fields });
  expect(done.headers.get('location')).toEqual(toApp);
});

it('lets people choose', async () => {
  const { UserPoolId, enter } = await makeSite({
    EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
    SmsMfaConfiguration: {
      SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' },
    },
  });
  await cognito.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId,
      Username: 'ann',
      UserAttributes: [
        { Name: 'phone_number', Value: '+33612345678' },
        { Name: 'phone_number_verified', Value: 'true' },
      ],
    }),
  );
  const jar = new Jar();
  const choice = await enter(jar);
  const asked = await submit(jar, choice, { answer: 'EMAIL_OTP' });
  expect(await asked.text()).toContain('Check your email');
});
