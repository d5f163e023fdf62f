/** Every page of managed login, as a browser would get it on its way through: for tests that look at all of them. */
import {
  AdminCreateUserCommand,
  AdminUpdateUserAttributesCommand,
  type CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  CreateManagedLoginBrandingCommand,
  CreateTermsCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolCommand,
  type UpdateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Cloud } from '../../../src/cloud/index.ts';
import { callback, createUser, formOf, Jar, makeCodeClient, password, submit } from './hostedUi.ts';

const email = 'EMAIL_OTP';

export interface LoginSite {
  base: string;
  query: URLSearchParams;
  UserPoolId: string;
  ClientId: string;
}

const settings: Omit<UpdateUserPoolCommandInput, 'UserPoolId'> = {
  AutoVerifiedAttributes: ['email'],
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/a@example.com',
  },
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
};

/** A pool with all that its pages can show: providers, other ways to sign in, second factors, terms, passkeys. */
export async function makeLoginSite(
  cloud: Cloud,
  cognito: CognitoIdentityProviderClient,
  Domain: string,
  ManagedLoginVersion: 1 | 2,
): Promise<LoginSite> {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'Corner shop',
      Policies: {
        SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] },
      },
      Schema: [
        { Name: 'given_name', AttributeDataType: 'String', Required: true, Mutable: true },
        { Name: 'phone_number', AttributeDataType: 'String', Required: true, Mutable: true },
      ],
      ...settings,
    }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain, ManagedLoginVersion }));
  await cognito.send(
    new CreateIdentityProviderCommand({
      UserPoolId,
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' },
      AttributeMapping: { given_name: 'given_name', phone_number: 'phone_numbers' },
    }),
  );
  const { ClientId, query } = await makeCodeClient(cognito, UserPoolId, {
    ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    LogoutURLs: [callback],
    SupportedIdentityProviders: ['COGNITO', 'Google'],
  });
  if (ManagedLoginVersion === 2) {
    await cognito.send(
      new CreateManagedLoginBrandingCommand({ UserPoolId, ClientId, UseCognitoProvidedValues: true }),
    );
    for (const TermsName of ['terms-of-use', 'privacy-policy']) {
      await cognito.send(
        new CreateTermsCommand({
          UserPoolId,
          ClientId,
          TermsName,
          TermsSource: 'LINK',
          Enforcement: 'NONE',
          Links: { 'cognito:default': `https://example.com/${TermsName}` },
        }),
      );
    }
  }
  const { port } = new URL(cloud.endpoint);
  return { UserPoolId, ClientId, query, base: `http://localhost:${port}/_aws/auth/us-east-1/${Domain}` };
}

/** The pages of a site by name, as HTML. Once a site: it makes users. @param lang of all of them. */
export async function everyPage(
  cognito: CognitoIdentityProviderClient,
  { base, query, UserPoolId }: LoginSite,
  lang = 'en',
): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  const asked = `${query}&lang=${lang}`;
  const get = (path: string, jar = new Jar()) => jar.fetch(`${base}${path}?${asked}`);
  const keep = async (name: string, answer: Promise<Response>) => {
    const response = await answer;
    pages.set(name, await response.clone().text());
    return response;
  };
  const more = { given_name: 'Ann', phone_number: '+33612345678' };
  const people: Record<string, Record<string, string>> = { ann: more, ben: more };
  for (const [name, attributes] of Object.entries(people)) {
    await createUser(cognito, UserPoolId, name, attributes);
  }

  const jar = new Jar();
  const login = await keep('login', get('/login', jar));
  await keep('wrong password', submit(jar, login.clone(), { username: 'ann', password: 'x' }));
  const choose = await jar.fetch(`${base}/login?${asked}`, {
    method: 'POST',
    body: with_(formOf(await login.clone().text(), login.url).fields, { username: 'ann', factor: email }),
  });
  pages.set('code in place of a password', await choose.clone().text());

  const signUp = await keep('sign-up', get('/signup', jar));
  const eve = {
    username: 'eve',
    'requiredAttributes[email]': 'eve@example.com',
    'requiredAttributes[given_name]': 'Eve',
    'requiredAttributes[phone_number]': '+33612345679',
  };
  const short = { ...eve, password: 'x', confirm_password: 'x' };
  await keep('sign-up with a bad password', submit(jar, signUp.clone(), short));
  const right = { ...eve, password, confirm_password: password };
  const confirm = await keep('confirm', submit(jar, signUp, right));
  await keep('wrong code', submit(jar, confirm, { code: '1' }, '/confirmUser'));

  const forgot = await keep('forgot', get('/forgotPassword', jar));
  const reset = await keep('reset', submit(jar, forgot, { username: 'ann' }));
  const differing = { code: '1', new_password: 'a', confirm_password: 'b' };
  await keep('reset with differing passwords', submit(jar, reset, differing));

  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: 'tom',
      TemporaryPassword: password,
      MessageAction: 'SUPPRESS',
      UserAttributes: [{ Name: 'email', Value: 'tom@example.com' }],
    }),
  );
  await keep('new password', submit(jar, await get('/login', jar), { username: 'tom', password }));
  await keep('error', jar.fetch(`${base}/error?error=redirect_mismatch&lang=${lang}`));

  const entered = new Jar();
  await submit(entered, await get('/login', entered), { username: 'ann', password });
  await keep('signed in', get('/login', entered));
  await keep('add a passkey', get('/passkeys/add', entered));

  const factors = {
    SoftwareTokenMfaConfiguration: { Enabled: true },
    EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
  };
  const mfa = (more: object = {}) =>
    cognito.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'ON', ...factors, ...more }),
    );
  // Codes are a first factor or a second one, not both.
  const Policies = { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const] } };
  await cognito.send(new UpdateUserPoolCommand({ UserPoolId, ...settings, Policies }));
  await mfa();
  await keep('code by email', submit(jar, await get('/login', jar), { username: 'ann', password }));
  await mfa({
    SmsMfaConfiguration: {
      SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' },
    },
  });
  await cognito.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId,
      Username: 'ann',
      UserAttributes: [{ Name: 'phone_number_verified', Value: 'true' }],
    }),
  );
  const choice = await keep(
    'choice of factors',
    submit(jar, await get('/login', jar), { username: 'ann', password }),
  );
  await keep('code by SMS', submit(jar, choice, { answer: 'SMS_MFA' }));
  await cognito.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId,
      MfaConfiguration: 'ON',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    }),
  );
  await keep('set an app up', submit(jar, await get('/login', jar), { username: 'ben', password }));
  return pages;
}

function with_(fields: URLSearchParams, values: Readonly<Record<string, string>>): URLSearchParams {
  for (const [name, value] of Object.entries(values)) fields.set(name, value);
  return fields;
}
