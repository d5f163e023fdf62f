/** Managed login without a browser: forms read, filled in and sent by fetch, cookies kept. */
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  type CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';

export const password = 'Correct-horse7';

/** Where the app would be: nobody listens there. */
export const callback = 'http://localhost:3000/callback';

/** An app that gets codes of its pool's pages. @returns its id, and the query that leads to them. */
export async function makeCodeClient(
  cognito: CognitoIdentityProviderClient,
  UserPoolId: string,
  more: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<{ ClientId: string; query: URLSearchParams }> {
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid'],
      CallbackURLs: [callback],
      SupportedIdentityProviders: ['COGNITO'],
      ...more,
    }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: ClientId,
    redirect_uri: callback,
    scope: 'openid',
  });
  return { ClientId, query };
}

/** A confirmed user with a verified address. */
export async function createUser(
  cognito: CognitoIdentityProviderClient,
  UserPoolId: string,
  Username: string,
  more: Readonly<Record<string, string>> = {},
) {
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: `${Username}@example.com` },
        { Name: 'email_verified', Value: 'true' },
        { Name: 'nickname', Value: Username.toUpperCase() },
        ...Object.entries(more).map(([Name, Value]) => ({ Name, Value })),
      ],
    }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
  );
}

/** What a browser keeps and sends of a domain. */
export class Jar {
  readonly cookies = new Map<string, string>();

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const sent = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (sent) headers.set('cookie', sent);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}

/** The first form of a page (or the one whose action has a path): where it goes, and what it would send. */
export function formOf(page: string, url: string, path = ''): { action: string; fields: URLSearchParams } {
  for (const [, attributes = '', body = ''] of page.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    const action = unescaped(/action="([^"]*)"/.exec(attributes)?.[1] ?? '');
    if (!action.includes(path)) continue;
    const fields = new URLSearchParams();
    for (const [input] of body.matchAll(/<input[^>]*>/g)) {
      const name = unescaped(/name="([^"]*)"/.exec(input)?.[1] ?? '');
      fields.append(name, unescaped(/value="([^"]*)"/.exec(input)?.[1] ?? ''));
    }
    return { action: new URL(action, url).href, fields };
  }
  throw new Error(`There is no form ${path} in ${page}`);
}

const unescaped = (text: string) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** Fills in the form of a page that was answered, and sends it. */
export async function submit(
  jar: Jar,
  page: Response,
  values: Readonly<Record<string, string>>,
  path = '',
): Promise<Response> {
  const { action, fields } = formOf(await page.text(), page.url, path);
  for (const [name, value] of Object.entries(values)) fields.set(name, value);
  return jar.fetch(action, { method: 'POST', body: fields });
}

/** From the authorization endpoint over the sign-in page back to the app. @returns where the app is called. */
export async function signInByPage(authorize: string, username: string, jar = new Jar()) {
  const toLogin = await jar.fetch(authorize);
  const login = await jar.fetch(new URL(toLogin.headers.get('location') ?? '', authorize).href);
  const answer = await submit(jar, login, { username, password });
  return { location: answer.headers.get('location') ?? '', answer, jar };
}
