/** Managed login in the languages of `lang`, kept by the browser; the classic hosted UI in English. */
import {
  CognitoIdentityProviderClient,
  CreateManagedLoginBrandingCommand,
  CreateTermsCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { callback, createUser, formOf, Jar, makeCodeClient, password, submit } from './support/hostedUi.ts';

let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
});
afterAll(async () => {
  cognito.destroy();
  await cloud.close();
});

async function siteOf(Domain: string, ManagedLoginVersion: number) {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({ PoolName: 'Shop', AutoVerifiedAttributes: ['email'] }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const { ClientId, query } = await makeCodeClient(cognito, UserPoolId);
  await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain, ManagedLoginVersion }));
  if (ManagedLoginVersion === 2) {
    await cognito.send(
      new CreateManagedLoginBrandingCommand({ UserPoolId, ClientId, UseCognitoProvidedValues: true }),
    );
  }
  return { UserPoolId, ClientId, query, base: `${cloud.endpoint}/_aws/auth/us-east-1/${Domain}` };
}

it('speaks the language of `lang`, from page to page, until it is told another', async () => {
  const { UserPoolId, base, query } = await siteOf('sprachen', 2);
  await createUser(cognito, UserPoolId, 'ann');
  const jar = new Jar();
  const toLogin = await jar.fetch(`${base}/oauth2/authorize?${query}&lang=de`);
  const login = await jar.fetch(new URL(toLogin.headers.get('location') ?? '', base).href);
  expect(login.headers.getSetCookie()).toContainEqual(
    'lang=de; Path=/_aws/auth/us-east-1/sprachen; Max-Age=31536000; HttpOnly; SameSite=Lax',
  );
  const wrong = await submit(jar, login, { username: 'ann', password: 'x' });
  const text = await wrong.text();
  expect(text).toContain('<html lang="de">');
  expect(text).toContain('Benutzername oder Passwort ist falsch.');
  expect(text).not.toContain('Incorrect');

  // The cookie says it where the address doesn't.
  const titleOf = async (path: string) =>
    /<h1>([^<]*)/.exec(await (await jar.fetch(`${base}${path}${query}`)).text())?.[1];
  expect(await titleOf('/signup?')).toBe('Registrieren');
  expect(await titleOf('/signup?lang=xx&')).toBe('Registrieren');
  expect(await titleOf('/login?lang=PT-BR&')).toBe('Entrar');
  expect(await titleOf('/forgotPassword?')).toBe('Redefina sua senha');
  expect(await titleOf('/login?lang=en&')).toBe('Sign in');
  expect(await titleOf('/signup?')).toBe('Sign up');
  const error = await (await jar.fetch(`${base}/error?error=redirect_mismatch&lang=ja`)).text();
  expect(error).toContain('戻り先のアドレスがこのアプリに登録されていません');

  // Whoever signs in goes back to the app, whatever the language.
  const done = await submit(jar, await jar.fetch(`${base}/login?${query}&lang=fr`), {
    username: 'ann',
    password,
  });
  expect(done.headers.get('location')).toContain(`${callback}?code=`);
});

it('marks what it has in English only, and never takes a language for HTML', async () => {
  const { base, query } = await siteOf('taal', 2);
  const jar = new Jar();
  const login = await jar.fetch(`${base}/login?${query}&lang=nl`);
  const { action, fields } = formOf(await login.text(), login.url);
  expect(fields.has('lang')).toBe(false);
  fields.set('username', '');
  const answered = await (await jar.fetch(action, { method: 'POST', body: fields })).text();
  expect(answered).toMatch(/role="alert" lang="en">Missing required parameter USERNAME</);
  const evil = await jar.fetch(`${base}/login?${query}&lang=${encodeURIComponent('"><script>')}`);
  expect(await evil.text()).toContain('<html lang="nl">');
});

it('speaks English in the classic hosted UI, which has no other language', async () => {
  const { base, query } = await siteOf('classic', 1);
  const login = await fetch(`${base}/login?${query}&lang=de`, { headers: { cookie: 'lang=fr' } });
  expect(await login.text()).toContain('<html lang="en">');
  expect(login.headers.getSetCookie().join()).not.toContain('lang=');
});

it('links terms in the language of the page, and by default where there are none in it', async () => {
  const { UserPoolId, ClientId, base, query } = await siteOf('terms', 2);
  for (const TermsName of ['terms-of-use', 'privacy-policy']) {
    const own = TermsName === 'terms-of-use' ? { 'cognito:german': `https://example.com/de` } : {};
    await cognito.send(
      new CreateTermsCommand({
        UserPoolId,
        ClientId,
        TermsName,
        TermsSource: 'LINK',
        Enforcement: 'NONE',
        Links: { 'cognito:default': `https://example.com/${TermsName}`, ...own },
      }),
    );
  }
  const page = await (await fetch(`${base}/signup?${query}&lang=de`)).text();
  expect(page).toContain(
    'Mit der Registrierung stimmen Sie den <a href="https://example.com/de">Nutzungsbedingungen</a> und der <a href="https://example.com/privacy-policy">Datenschutzerklärung</a> zu.',
  );
});
