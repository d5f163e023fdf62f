/** User pools whose people come by other providers: a real OpenID provider, and SAML. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  AdminListGroupsForUserCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DeleteIdentityProviderCommand,
  DescribeIdentityProviderCommand,
  ForgotPasswordCommand,
  GetIdentityProviderByIdentifierCommand,
  GetSigningCertificateCommand,
  ListIdentityProvidersCommand,
  UpdateIdentityProviderCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { type ResponseFacts, startToyIdp, type ToyIdp } from '../../src/saml/testing/idp.ts';
import { CookieJar } from './support/cookieJar.ts';
import { client, startOidcProvider, type TestProvider } from './support/oidcProvider.ts';

const app = 'http://localhost:3000/callback';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let oidc: TestProvider;
let idp: ToyIdp;
let UserPoolId: string;
let ClientId: string;
/** Of the pool's domain. */
let base: string;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
  base = `${cloud.endpoint}/_aws/auth/us-east-1/shop`;
  oidc = await startOidcProvider([`${base}/oauth2/idpresponse`]);
  idp = await startToyIdp();
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'people' }));
  UserPoolId = UserPool?.Id ?? '';
  await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'shop' }));
  await cognito.send(
    new CreateIdentityProviderCommand({
      UserPoolId,
      ProviderName: 'Acme',
      ProviderType: 'OIDC',
      ProviderDetails: {
        ...client,
        attributes_request_method: 'GET',
        authorize_scopes: 'openid email profile',
        oidc_issuer: oidc.issuer,
      },
      AttributeMapping: { email: 'email', email_verified: 'email_verified', name: 'name' },
      IdpIdentifiers: ['acme.example.com'],
    }),
  );
  await cognito.send(
    new CreateIdentityProviderCommand({
      UserPoolId,
      ProviderName: 'Corp',
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: idp.metadata, IDPSignout: 'true' },
      AttributeMapping: { email: 'mail' },
    }),
  );
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email', 'profile'],
      CallbackURLs: [app],
      LogoutURLs: ['http://localhost:3000/bye'],
      SupportedIdentityProviders: ['COGNITO', 'Acme', 'Corp'],
    }),
  );
  ClientId = UserPoolClient?.ClientId ?? '';
});
afterAll(async () => {
  await oidc?.close();
  await cloud?.close();
});

const authorize = (more: Record<string, string>) =>
  `${base}/oauth2/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: ClientId,
    redirect_uri: app,
    scope: 'openid email profile',
    state: 'mine',
    ...more,
  })}`;

const isApp = (url: string) => url.startsWith(app);

async function claimsFor(location: string) {
  const back = new URL(location);
  expect(back.searchParams.get('error_description')).toBeNull();
  expect(back.searchParams.get('state')).toBe('mine');
  const response = await fetch(`${base}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: ClientId,
      redirect_uri: app,
      code: back.searchParams.get('code') ?? '',
    }),
  });
  const { id_token: token } = (await response.json()) as { id_token: string };
  return decodeJwt(token);
}

const get = (Username: string) => cognito.send(new AdminGetUserCommand({ UserPoolId, Username }));

describe('providers', () => {
  it('are described with what was found out about them', async () => {
    const { IdentityProvider } = await cognito.send(
      new DescribeIdentityProviderCommand({ UserPoolId, ProviderName: 'Acme' }),
    );
    expect(IdentityProvider).toMatchObject({
      ProviderType: 'OIDC',
      ProviderDetails: {
        ...client,
        attributes_url_add_attributes: 'false',
        authorize_url: `${oidc.issuer}/auth`,
        jwks_uri: `${oidc.issuer}/jwks`,
        token_url: `${oidc.issuer}/token`,
      },
      AttributeMapping: { email: 'email', username: 'sub' },
      IdpIdentifiers: ['acme.example.com'],
    });
    const saml = await cognito.send(
      new DescribeIdentityProviderCommand({ UserPoolId, ProviderName: 'Corp' }),
    );
    expect(saml.IdentityProvider?.ProviderDetails).toMatchObject({
      SSORedirectBindingURI: 'https://idp.example.com/saml/sso',
      SLORedirectBindingURI: 'https://idp.example.com/saml/sso/out',
    });
    const { Providers } = await cognito.send(new ListIdentityProvidersCommand({ UserPoolId }));
    expect(Providers?.map(({ ProviderName }) => ProviderName)).toEqual(['Acme', 'Corp']);
    const found = await cognito.send(
      new GetIdentityProviderByIdentifierCommand({ UserPoolId, IdpIdentifier: 'acme.example.com' }),
    );
    expect(found.IdentityProvider?.ProviderName).toBe('Acme');
    const { Certificate } = await cognito.send(new GetSigningCertificateCommand({ UserPoolId }));
    expect(Certificate).toMatch(/^[A-Za-z0-9+/=]{500,}$/);
  });

  it('are refused when they can not be', async () => {
    const make = (
      ProviderName: string,
      ProviderType: 'OIDC' | 'SAML' | 'Google',
      details: object,
      more = {},
    ) =>
      cognito.send(
        new CreateIdentityProviderCommand({
          UserPoolId,
          ProviderName,
          ProviderType,
          ProviderDetails: details as Record<string, string>,
          ...more,
        }),
      );
    const google = { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' };
    await expect(make('Acme', 'SAML', { MetadataFile: idp.metadata })).rejects.toMatchObject({
      name: 'DuplicateProviderException',
      message: `Acme already exists in user pool ${UserPoolId}`,
    });
    for (const refused of [
      make('Other', 'Google', google),
      make('Google', 'Google', { client_id: 'a' }),
      make('Saml', 'SAML', { MetadataFile: '<nonsense/>' }),
      make('Saml', 'SAML', {}),
      make('Oidc', 'OIDC', {
        ...google,
        attributes_request_method: 'GET',
        oidc_issuer: 'http://127.0.0.1:9',
      }),
      make('Google', 'Google', google, { AttributeMapping: { 'custom:none': 'x' } }),
    ]) {
      await expect(refused).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
    await make('Google', 'Google', google);
    const { IdentityProvider } = await cognito.send(
      new UpdateIdentityProviderCommand({
        UserPoolId,
        ProviderName: 'Google',
        AttributeMapping: { email: 'email' },
      }),
    );
    expect(IdentityProvider?.ProviderDetails).toMatchObject({
      ...google,
      oidc_issuer: 'https://accounts.google.com',
      token_url: 'https://www.googleapis.com/oauth2/v4/token',
    });
    await cognito.send(new DeleteIdentityProviderCommand({ UserPoolId, ProviderName: 'Google' }));
    await expect(
      cognito.send(new DescribeIdentityProviderCommand({ UserPoolId, ProviderName: 'Google' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('an OpenID provider', () => {
  const signIn = (jar = new CookieJar(), more: Record<string, string> = { identity_provider: 'Acme' }) =>
    jar.follow(authorize(more), isApp);

  it('is told what an app wants of it: prompts, and whom the app thinks of', async () => {
    const asked = async (prompt: string, location = '/login') => {
      const query = { identity_provider: 'Acme', prompt, login_hint: 'ann' };
      const jar = new CookieJar();
      const at = await jar.follow(
        authorize(query),
        (url) => url.startsWith(oidc.issuer) || url.includes(location),
      );
      return new URL(at).searchParams;
    };
    const sent = await asked('login consent');
    expect([sent.get('prompt'), sent.get('login_hint')]).toEqual(['login consent', 'ann']);
    expect((await asked('none', 'error=login_required')).get('error')).toBe('login_required');
  });

  it('lets somebody in, who becomes a user of the pool', async () => {
    oidc.account = {
      id: '4711',
      claims: { email: 'ann@acme.example.com', email_verified: true, name: 'Ann' },
    };
    const claims = await claimsFor(await signIn());
    expect(claims).toMatchObject({
      'cognito:username': 'Acme_4711',
      'cognito:groups': [`${UserPoolId}_Acme`],
      email: 'ann@acme.example.com',
      email_verified: true,
      name: 'Ann',
      identities: [
        { userId: '4711', providerName: 'Acme', providerType: 'OIDC', issuer: null, primary: 'true' },
      ],
      acr: 'urn:cognito:loa:1',
      amr: ['fed'],
    });
    expect(await get('Acme_4711')).toMatchObject({ UserStatus: 'EXTERNAL_PROVIDER', Enabled: true });
    const { Groups } = await cognito.send(
      new AdminListGroupsForUserCommand({ UserPoolId, Username: 'Acme_4711' }),
    );
    expect(Groups?.map(({ Description }) => Description)).toEqual([
      'Autogenerated group for users who sign in using Acme',
    ]);
  });

  it('says how strongly it knows somebody, by what the pool and the provider call that', async () => {
    const AcrConfiguration = { Level3: { AcrValue: 'https://example.com/strong' } };
    await cognito.send(new UpdateUserPoolCommand({ UserPoolId, AcrConfiguration }));
    const AcrMapping = { Level3: 'phr' };
    const { IdentityProvider } = await cognito.send(
      new UpdateIdentityProviderCommand({ UserPoolId, ProviderName: 'Acme', AcrMapping }),
    );
    expect(IdentityProvider?.AcrMapping).toEqual(AcrMapping);
    oidc.account = { id: '4711', claims: { email: 'ann@acme.example.com', name: 'Ann' }, acr: 'phr' };
    const wanted = (acr_values: string) =>
      signIn(new CookieJar(), { identity_provider: 'Acme', acr_values }).then(claimsFor);
    expect((await wanted('urn:cognito:loa:4 https://example.com/strong')).acr).toBe(
      'https://example.com/strong',
    );
    // Of levels that it has no name for it isn't asked, and says nothing.
    expect((await wanted('urn:cognito:loa:4')).acr).toBe('urn:cognito:loa:1');
  });

  it('tells anew what changed, to the same user, whom it is asked for by identifier as well', async () => {
    const before = await get('Acme_4711');
    oidc.account = { id: '4711', claims: { email: 'ann@new.example.com', name: 'Ann B.' } };
    const claims = await claimsFor(await signIn(new CookieJar(), { idp_identifier: 'acme.example.com' }));
    expect(claims).toMatchObject({
      sub: before.UserAttributes?.find(({ Name }) => Name === 'sub')?.Value,
      email: 'ann@new.example.com',
      name: 'Ann B.',
    });
  });

  it('gives no password to anybody', async () => {
    await expect(
      cognito.send(new ForgotPasswordCommand({ ClientId, Username: 'Acme_4711' })),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('stands for a user of the pool once it is linked', async () => {
    await cognito.send(
      new AdminCreateUserCommand({ UserPoolId, Username: 'bob', MessageAction: 'SUPPRESS' }),
    );
    const link = (value: string) =>
      cognito.send(
        new AdminLinkProviderForUserCommand({
          UserPoolId,
          DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'bob' },
          SourceUser: {
            ProviderName: 'Acme',
            ProviderAttributeName: 'Cognito_Subject',
            ProviderAttributeValue: value,
          },
        }),
      );
    await expect(link('4711')).rejects.toThrow('Merging is not currently supported');
    await link('0815');
    await expect(link('0815')).rejects.toThrow('SourceUser is already linked to DestinationUser');
    oidc.account = { id: '0815', claims: { email: 'bob@acme.example.com' } };
    expect(await claimsFor(await signIn())).toMatchObject({
      'cognito:username': 'bob',
      identities: [{ userId: '0815', primary: 'false' }],
    });
  });

  describe('attacked', () => {
    /** As far as the pool's own callback, which the browser hasn't been to yet. */
    const untilCallback = (jar: CookieJar) =>
      jar.follow(authorize({ identity_provider: 'Acme' }), (url) => url.includes('/oauth2/idpresponse'));

    it('an answer in another browser than the one that set out is not taken', async () => {
      const callback = await untilCallback(new CookieJar());
      const at = await new CookieJar().follow(callback, isApp);
      expect(at).toContain('/error?');
    });

    it('a state of its own making, or none, is not taken', async () => {
      const jar = new CookieJar();
      const callback = new URL(await untilCallback(jar));
      const sealed = callback.searchParams.get('state') ?? '';
      const changed = `${sealed.slice(0, 40)}${sealed[40] === 'A' ? 'B' : 'A'}${sealed.slice(41)}`;
      for (const state of ['', 'x'.repeat(200), changed]) {
        callback.searchParams.set('state', state);
        expect(await jar.follow(callback.href, isApp)).toContain('/error?');
      }
    });

    it('a code is worth nothing the second time', async () => {
      const jar = new CookieJar();
      const callback = await untilCallback(jar);
      expect(await jar.follow(callback, isApp)).toContain('code=');
      const again = new URL(await jar.follow(callback, isApp));
      expect(again.searchParams.get('error')).toBe('invalid_request');
      expect(again.searchParams.get('code')).toBeNull();
    });

    it('a refusal of the provider is told to the app', async () => {
      const jar = new CookieJar();
      const callback = new URL(await untilCallback(jar));
      callback.searchParams.delete('code');
      callback.searchParams.set('error', 'access_denied');
      const back = new URL(await jar.follow(callback.href, isApp));
      expect(Object.fromEntries(back.searchParams)).toEqual({
        error: 'invalid_request',
        error_description: 'access_denied',
        state: 'mine',
      });
    });

    it('a provider that the client does not have is not available', async () => {
      expect(await new CookieJar().follow(authorize({ identity_provider: 'Other' }), isApp)).toContain(
        '/error?',
      );
    });
  });
});

describe('an OpenID provider that means harm', () => {
  let server: Server;
  let issuer: string;
  /** Makes the id token of a nonce. */
  let idToken: (nonce: string) => Promise<string>;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'evil', alg: 'RS256' };
  let nonce = '';

  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', issuer);
      const answer = async () => {
        if (url.pathname === '/keys') return { keys: [jwk] };
        if (url.pathname === '/token') return { id_token: await idToken(nonce), access_token: 'a' };
        return { sub: 'x' };
      };
      void answer().then((body) => response.end(JSON.stringify(body)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await cognito.send(
      new CreateIdentityProviderCommand({
        UserPoolId,
        ProviderName: 'Evil',
        ProviderType: 'OIDC',
        ProviderDetails: {
          client_id: 'pool',
          client_secret: 's',
          attributes_request_method: 'GET',
          authorize_scopes: 'openid',
          oidc_issuer: issuer,
          authorize_url: `${issuer}/auth`,
          token_url: `${issuer}/token`,
          attributes_url: `${issuer}/me`,
          jwks_uri: `${issuer}/keys`,
        },
      }),
    );
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'careless',
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid'],
        CallbackURLs: [app],
        SupportedIdentityProviders: ['Evil'],
      }),
    );
    evilClient = UserPoolClient?.ClientId ?? '';
  });
  let evilClient: string;
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const seconds = () => Math.floor(cloud.clock.now() / 1000);
  const good = (claims: object = {}, header: object = {}) =>
    new SignJWT({ nonce, sub: 'x', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'evil', ...header })
      .setIssuer(issuer)
      .setAudience('pool')
      .setIssuedAt(seconds())
      .setExpirationTime(seconds() + 60)
      .sign(privateKey);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  const attempt = async () => {
    const jar = new CookieJar();
    const url = new URL(authorize({ identity_provider: 'Evil', scope: 'openid' }));
    url.searchParams.set('client_id', evilClient);
    const sent = new URL(await jar.follow(url.href, (at) => at.startsWith(issuer)));
    nonce = sent.searchParams.get('nonce') ?? '';
    const state = sent.searchParams.get('state') ?? '';
    const back = `${base}/oauth2/idpresponse?${new URLSearchParams({ code: 'c', state })}`;
    return new URL(await jar.follow(back, isApp)).searchParams;
  };

  it('gets somebody in with a good token only', async () => {
    idToken = () => good();
    expect((await attempt()).get('code')).toBeTruthy();
  });

  const forgeries: [string, () => Promise<string>][] = [
    [
      'alg none',
      async () =>
        `${part({ alg: 'none' })}.${part({ iss: issuer, aud: 'pool', sub: 'x', nonce, exp: seconds() + 60 })}.`,
    ],
    [
      'the public key as an HMAC secret',
      () =>
        new SignJWT({ nonce, sub: 'x' })
          .setProtectedHeader({ alg: 'HS256', kid: 'evil' })
          .setIssuer(issuer)
          .setAudience('pool')
          .setExpirationTime(seconds() + 60)
          .sign(publicKey.export({ format: 'der', type: 'spki' })),
    ],
    ['another audience', async () => await goodWith({ aud: 'other' })],
    ['another issuer', async () => await goodWith({ iss: 'https://elsewhere.example.com' })],
    ['another nonce', () => good({ nonce: 'old' })],
    ['no nonce', () => good({ nonce: undefined })],
    ['an expired token', async () => await goodWith({ exp: seconds() - 3600 })],
    ['a key that it does not have', () => good({}, { kid: 'other' })],
  ];
  const goodWith = (claims: object) =>
    new SignJWT({ nonce, sub: 'x', iss: issuer, aud: 'pool', exp: seconds() + 60, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'evil' })
      .sign(privateKey);

  it.each(forgeries)('not with %s', async (_what, forge) => {
    idToken = forge;
    const told = await attempt();
    expect([told.get('code'), told.get('error')]).toEqual([null, 'invalid_request']);
  });
});

describe('a SAML provider', () => {
  /** Sets out. @returns what the provider is told. */
  async function setOut(jar: CookieJar) {
    const at = new URL(
      await jar.follow(authorize({ identity_provider: 'Corp' }), (url) => url.startsWith(idp.entityId)),
    );
    const request = inflateRawSync(
      Buffer.from(at.searchParams.get('SAMLRequest') ?? '', 'base64'),
    ).toString();
    const [, id = ''] = / ID="([^"]+)"/.exec(request) ?? [];
    return { id, request, relayState: at.searchParams.get('RelayState') ?? '' };
  }

  const respond = (inResponseTo: string | undefined, more: Partial<ResponseFacts> = {}) =>
    idp.respond({
      recipient: `${base}/saml2/idpresponse`,
      audience: `urn:amazon:cognito:sp:${UserPoolId}`,
      nameId: 'ann@corp.example.com',
      attributes: { mail: 'ann@corp.example.com' },
      now: cloud.clock.now(),
      ...(inResponseTo === undefined ? {} : { inResponseTo }),
      ...more,
    });

  /** As the provider's page has the browser post it: without cookies, for the form is another site's. */
  async function post(response: string, relayState: string): Promise<string> {
    const answer = await fetch(`${base}/saml2/idpresponse`, {
      method: 'POST',
      body: new URLSearchParams({ SAMLResponse: response, RelayState: relayState }),
      redirect: 'manual',
    });
    return new URL(answer.headers.get('location') ?? '', base).href;
  }

  it('lets somebody in, who becomes a user of the pool', async () => {
    const jar = new CookieJar();
    const { id, request, relayState } = await setOut(jar);
    expect(request).toContain(`AssertionConsumerServiceURL="${base}/saml2/idpresponse"`);
    const claims = await claimsFor(await jar.follow(await post(respond(id), relayState), isApp));
    expect(claims).toMatchObject({
      'cognito:username': 'Corp_ann@corp.example.com',
      email: 'ann@corp.example.com',
      identities: [{ providerType: 'SAML', issuer: idp.entityId, primary: 'true' }],
    });
    const out = new URL(
      await jar.follow(
        `${base}/logout?${new URLSearchParams({ client_id: ClientId, logout_uri: 'http://localhost:3000/bye' })}`,
        (url) => url.startsWith(idp.entityId) || url.startsWith('http://localhost:3000'),
      ),
    );
    expect(out.pathname).toBe('/saml/sso/out');
    expect(out.searchParams.get('Signature')).toBeTruthy();
    const back = new URLSearchParams({ RelayState: out.searchParams.get('RelayState') ?? '' });
    expect(
      await jar.follow(`${base}/saml2/logout?${back}`, (url) => url.startsWith('http://localhost')),
    ).toBe('http://localhost:3000/bye');
  });

  it("proves no address that it doesn't speak of", async () => {
    const come = async (mail: string) => {
      const jar = new CookieJar();
      const { id, relayState } = await setOut(jar);
      const response = respond(id, { nameId: 'eve@corp.example.com', attributes: { mail } });
      await claimsFor(await jar.follow(await post(response, relayState), isApp));
    };
    const Username = 'Corp_eve@corp.example.com';
    await come('eve@corp.example.com');
    await cognito.send(
      new AdminUpdateUserAttributesCommand({
        UserPoolId,
        Username,
        UserAttributes: [{ Name: 'email_verified', Value: 'true' }],
      }),
    );
    await come('eve@corp.example.com');
    expect((await get(Username)).UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' });
    await come('victim@example.com');
    expect((await get(Username)).UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'false' });
  });

  it('is believed once, in the browser that set out, for its own request', async () => {
    const jar = new CookieJar();
    const first = await setOut(jar);
    const response = respond(first.id);
    const ticket = await post(response, first.relayState);
    expect(await new CookieJar().follow(ticket, isApp)).toContain('/error?');
    expect(await jar.follow(ticket, isApp)).toContain('code=');
    expect(await jar.follow(ticket, isApp)).toContain('error=invalid_request');
    for (const [again, relayState] of [
      [response, first.relayState],
      [respond('_other'), first.relayState],
      [respond(undefined), first.relayState],
      [respond(first.id, { sign: 'nothing' }), first.relayState],
      [respond(first.id, { audience: 'urn:amazon:cognito:sp:other' }), first.relayState],
      [respond(first.id, { now: cloud.clock.now() - 3_600_000 }), first.relayState],
      [
        (await startToyIdp()).respond({
          recipient: `${base}/saml2/idpresponse`,
          audience: `urn:amazon:cognito:sp:${UserPoolId}`,
          nameId: 'ann@corp.example.com',
          now: cloud.clock.now(),
          inResponseTo: first.id,
        }),
        first.relayState,
      ],
    ] as const) {
      const told = new URL(await jar.follow(await post(again, relayState), isApp)).searchParams;
      expect([told.get('code'), told.get('error')]).toEqual([null, 'invalid_request']);
    }
  });

  it('may come by itself only where that is configured', async () => {
    const wanted = new URLSearchParams({
      client_id: ClientId,
      redirect_uri: app,
      response_type: 'code',
      scope: 'openid email',
      state: 'mine',
      identity_provider: 'Corp',
    }).toString();
    expect(await post(respond(undefined), wanted)).toContain('/error?');
    await cognito.send(
      new UpdateIdentityProviderCommand({
        UserPoolId,
        ProviderName: 'Corp',
        ProviderDetails: { MetadataFile: idp.metadata, IDPInit: 'true' },
      }),
    );
    const location = await post(respond(undefined), wanted);
    expect(await claimsFor(location)).toMatchObject({ email: 'ann@corp.example.com' });
    const elsewhere = wanted.replace(encodeURIComponent(app), encodeURIComponent('https://evil.example.com'));
    expect(await post(respond(undefined), elsewhere)).toContain('/error?');
  });
});
