import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { startToyIdp } from '../../saml/testing/idp.ts';
import { account, bench, failing } from './testing/bench.ts';

const refused = (code: string, message: string) => ({ code, message });
const unverified = refused('NotAuthorizedException', "Invalid login token. Couldn't verify signed token.");
const foreign = refused(
  'NotAuthorizedException',
  'Token is not from a supported provider of this identity pool.',
);

describe('logins by user pools', () => {
  it('finds the same identity for the same user, and another for another', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    const ofAnn = await call('GetId', { IdentityPoolId, Logins: { [provider]: await token('ann') } });
    const again = await call('GetId', { IdentityPoolId, Logins: { [provider]: await token('ann') } });
    const ofBob = await call('GetId', { IdentityPoolId, Logins: { [provider]: await token('bob') } });
    expect(ofAnn.IdentityId).toMatch(/^eu-west-1:[0-9a-f-]{36}$/);
    expect(again).toEqual(ofAnn);
    expect(ofBob).not.toEqual(ofAnn);
    expect(await call('DescribeIdentity', { IdentityId: ofAnn.IdentityId })).toMatchObject({
      Logins: [provider],
    });
  });

  it('takes no token of another client, pool, kind, issuer or time', async () => {
    const { call, clock, issuer, withUserPool } = await bench();
    const { IdentityPoolId, provider, token, people } = await withUserPool();
    const getId = async (Logins: Record<string, string>) => call('GetId', { IdentityPoolId, Logins });

    await expect(getId({ [provider]: await token('ann', { aud: 'other' }) })).rejects.toMatchObject(foreign);
    const elsewhere = provider.replace('People', 'Others');
    const others = await issuer(`https://${elsewhere}`);
    const stranger = await others.sign({ sub: 'ann', aud: 'client', token_use: 'id' });
    await expect(getId({ [elsewhere]: stranger })).rejects.toMatchObject(foreign);
    await expect(getId({ [provider]: stranger })).rejects.toMatchObject(
      refused('NotAuthorizedException', "Invalid login token. Issuer doesn't match providerName"),
    );
    const access = await people.sign({ sub: 'ann', client_id: 'client', token_use: 'access' });
    await expect(getId({ [provider]: access })).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid login token. Missing a required claim: aud'),
    );
    await expect(getId({ [provider]: await token('ann', { token_use: 'access' }) })).rejects.toMatchObject({
      code: 'NotAuthorizedException',
    });
    await expect(getId({ [provider]: 'no token' })).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid login token. Not a valid OpenId Connect identity token.'),
    );
    const late = await token('ann');
    await clock.advance(3_600_000);
    const now = clock.now() / 1000;
    await expect(getId({ [provider]: late })).rejects.toMatchObject(
      refused('NotAuthorizedException', `Invalid login token. Token expired: ${now} >= ${now}`),
    );
  });

  it('takes no token that the user pool did not sign', async () => {
    const { call, clock, keys, withUserPool } = await bench();
    const { IdentityPoolId, provider } = await withUserPool();
    const issuer = `https://${provider}`;
    const claims = {
      iss: issuer,
      sub: 'ann',
      aud: 'client',
      token_use: 'id',
      exp: clock.now() / 1000 + 60,
    };
    const getId = (token: string) => call('GetId', { IdentityPoolId, Logins: { [provider]: token } });

    const { privateKey } = await generateKeyPair('RS256');
    const header = { alg: 'RS256', kid: issuer };
    await expect(
      getId(await new SignJWT(claims).setProtectedHeader(header).sign(privateKey)),
    ).rejects.toMatchObject(unverified);
    await expect(getId(new UnsecuredJWT(claims).encode())).rejects.toMatchObject({
      code: 'NotAuthorizedException',
    });
    // The public key as the secret of an HMAC: the oldest trick.
    const secret = Buffer.from(String(keys.get(issuer)?.[0]?.n));
    await expect(
      getId(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: issuer }).sign(secret)),
    ).rejects.toMatchObject(unverified);
    keys.delete(issuer);
    await expect(
      getId(await new SignJWT(claims).setProtectedHeader(header).sign(privateKey)),
    ).rejects.toMatchObject(unverified);
  });

  it('asks the user pool whether the user is still welcome, where it is told to', async () => {
    const { call, standings, withUserPool } = await bench();
    const provider = 'cognito-idp.eu-west-1.amazonaws.com/eu-west-1_People';
    const { IdentityPoolId, token } = await withUserPool({
      CognitoIdentityProviders: [{ ProviderName: provider, ClientId: 'client', ServerSideTokenCheck: true }],
    });
    const getId = async () => call('GetId', { IdentityPoolId, Logins: { [provider]: await token('ann') } });
    standings.set(`https://${provider}`, 'good');
    const { IdentityId } = await getId();
    for (const standing of ['disabled', 'gone', 'signed out'] as const) {
      standings.set(`https://${provider}`, standing);
      await expect(getId(), standing).rejects.toMatchObject({ code: 'NotAuthorizedException' });
      const Logins = { [provider]: await token('ann') };
      await expect(call('GetOpenIdToken', { IdentityId, Logins }), standing).rejects.toMatchObject({
        code: 'NotAuthorizedException',
      });
    }
    // A user pool elsewhere can't be asked: nobody is let in on its word of yesterday.
    standings.clear();
    await expect(getId()).rejects.toMatchObject({ code: 'NotAuthorizedException' });
  });
});

describe('logins by other providers', () => {
  const arn = `arn:aws:iam::${account}:oidc-provider/login.example.com/team`;
  const provider = 'login.example.com/team';

  it('takes the audiences that IAM lists for an OpenID Connect provider', async () => {
    const { call, issuer, lastCall, services, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool({ OpenIdConnectProviderARNs: [arn] });
    const login = await issuer(`https://${provider}`);
    services.set('iam:GetOpenIDConnectProvider', () => ({ ClientIDList: ['web', 'app'] }));
    const getId = async (aud: string) =>
      call('GetId', { IdentityPoolId, Logins: { [provider]: await login.sign({ sub: 'ann', aud }) } });
    expect(await getId('app')).toEqual(await getId('web'));
    expect(lastCall()).toEqual({ OpenIDConnectProviderArn: arn });
    await expect(getId('other')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid login token. Incorrect token audience.'),
    );
    services.set('iam:GetOpenIDConnectProvider', failing('NoSuchEntity', 404));
    await expect(getId('app')).rejects.toMatchObject(foreign);
  });

  it('says when a provider cannot be reached', async () => {
    const { call, issuer, keys, services, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool({ OpenIdConnectProviderARNs: [arn] });
    const login = await issuer(`https://${provider}`);
    services.set('iam:GetOpenIDConnectProvider', () => ({ ClientIDList: ['web'] }));
    keys.clear();
    const token = await login.sign({ sub: 'ann', aud: 'web' });
    await expect(call('GetId', { IdentityPoolId, Logins: { [provider]: token } })).rejects.toMatchObject({
      code: 'ExternalServiceException',
    });
  });

  it('takes id tokens of Google for any of its apps', async () => {
    const { call, issuer, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool({
      SupportedLoginProviders: { 'accounts.google.com': 'web-app,phone-app' },
    });
    const google = await issuer('https://accounts.google.com');
    const getId = async (claims: object) =>
      call('GetId', {
        IdentityPoolId,
        Logins: { 'accounts.google.com': await google.sign({ sub: 'ann', ...claims }) },
      });
    expect(await getId({ aud: 'phone-app', iss: 'accounts.google.com' })).toEqual(
      await getId({ aud: 'web-app' }),
    );
    await expect(getId({ aud: 'web-app,phone-app' })).rejects.toMatchObject({
      code: 'NotAuthorizedException',
    });
  });

  it('takes neither a developer’s word nor a name that it does not know', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool({ DeveloperProviderName: 'login.mine' });
    const getId = (Logins: Record<string, string>) => call('GetId', { IdentityPoolId, Logins });
    await expect(getId({ 'login.mine': 'ann' })).rejects.toMatchObject(foreign);
    await expect(getId({ 'graph.facebook.com': 'token' })).rejects.toMatchObject(foreign);
    await expect(getId({ facebook: 'token' })).rejects.toMatchObject({ code: 'InvalidParameterException' });
    await expect(getId({ 'cognito-identity.amazonaws.com': 'token' })).rejects.toMatchObject(
      refused('NotAuthorizedException', "Invalid login token. Can't pass in a Cognito token."),
    );
  });
});

describe('logins by SAML', () => {
  const arn = `arn:aws:iam::${account}:saml-provider/corp`;
  const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  const signIn = 'https://signin.aws.amazon.com/saml';

  async function corporate() {
    const it = await bench();
    const idp = await startToyIdp();
    it.withSts();
    it.services.set('iam:GetSAMLProvider', () => ({ SAMLMetadataDocument: idp.metadata }));
    const { IdentityPoolId } = await it.withUserPool({ SamlProviderARNs: [arn] });
    const respond = (facts: object = {}) =>
      idp.respond({ recipient: signIn, audience: signIn, nameId: 'ann', now: it.clock.now(), ...facts });
    const getId = (token: string) => it.call('GetId', { IdentityPoolId, Logins: { [arn]: token } });
    return { ...it, idp, IdentityPoolId, respond, getId };
  }

  it('find the same identity for the same NameID', async () => {
    const { getId, lastCall, respond } = await corporate();
    const first = await getId(respond());
    expect(await getId(respond({ audience: 'urn:amazon:webservices' }))).toEqual(first);
    expect(await getId(respond({ nameId: 'bob' }))).not.toEqual(first);
    expect(lastCall()).toEqual({ SAMLProviderArn: arn });
  });

  it('are refused unless the provider signed them, for AWS, and lately', async () => {
    const { clock, getId, respond } = await corporate();
    const invalid = (why: string) => refused('NotAuthorizedException', `Invalid login token. ${why}`);
    const rename = (xml: string) => xml.replace('>ann<', '>eve<');
    await expect(getId(respond({ tamper: rename }))).rejects.toMatchObject(unverified);
    await expect(getId(respond({ sign: 'nothing' }))).rejects.toMatchObject(unverified);
    const stranger = await startToyIdp();
    const facts = { recipient: signIn, audience: signIn, nameId: 'ann', now: clock.now() };
    await expect(getId(stranger.respond(facts))).rejects.toMatchObject(unverified);
    await expect(getId(respond({ audience: 'https://other.example' }))).rejects.toMatchObject(
      invalid('Incorrect token audience.'),
    );
    await expect(getId(respond({ recipient: 'https://other.example' }))).rejects.toMatchObject(
      invalid('Not a valid SAML assertion.'),
    );
    await expect(getId('nothing')).rejects.toMatchObject({ code: 'NotAuthorizedException' });
    const late = respond();
    await clock.advance(3_600_000);
    await expect(getId(late)).rejects.toMatchObject(invalid('Token expired.'));
  });

  it('get a role that the assertion names with the provider, and no other', async () => {
    const { call, getId, lastCall, respond } = await corporate();
    const chosen = async (pairs: string[], CustomRoleArn?: string) => {
      const token = respond({ attributes: { 'https://aws.amazon.com/SAML/Attributes/Role': pairs } });
      const { IdentityId } = await getId(token);
      await call('GetCredentialsForIdentity', {
        IdentityId,
        Logins: { [arn]: token },
        ...(CustomRoleArn === undefined ? {} : { CustomRoleArn }),
      });
      return lastCall().RoleArn;
    };
    expect(await chosen([`${role('a')},${arn}`])).toBe(role('a'));
    const two = [`${role('a')},${arn}`, `${arn}, ${role('b')}`];
    expect(await chosen(two, role('b'))).toBe(role('b'));
    const denied = { code: 'NotAuthorizedException' };
    await expect(chosen(two)).rejects.toMatchObject(denied);
    await expect(chosen(two, role('admin'))).rejects.toMatchObject(denied);
    const elsewhere = `${role('admin')},arn:aws:iam::${account}:saml-provider/other`;
    await expect(chosen([...two, elsewhere], role('admin'))).rejects.toMatchObject(denied);
    // Nothing said, nothing set.
    await expect(chosen([])).rejects.toMatchObject({ code: 'InvalidIdentityPoolConfigurationException' });
  });

  it('know the enhanced flow only', async () => {
    const { call, getId, respond } = await corporate();
    const token = respond();
    const { IdentityId } = await getId(token);
    await expect(call('GetOpenIdToken', { IdentityId, Logins: { [arn]: token } })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'Basic (classic) flow is not supported with SAML, please use enhanced flow.',
    });
  });
});
