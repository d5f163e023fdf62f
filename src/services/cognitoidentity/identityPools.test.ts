import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  type JSONWebKeySet,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { issuerKeys } from './discovery.ts';
import { records } from './store.ts';
import { account, bench, failing, region } from './testing/bench.ts';

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const forbidden = (id: string) => ({
  code: 'NotAuthorizedException',
  message: `Access to Identity '${id}' is forbidden.`,
});

describe('identity pools', () => {
  it('shows what was set, lists by page, and goes with all its identities', async () => {
    const { call, store } = await bench();
    const made = [];
    for (const IdentityPoolName of ['one', 'two', 'three']) {
      made.push(
        await call('CreateIdentityPool', {
          IdentityPoolName,
          AllowUnauthenticatedIdentities: true,
          IdentityPoolTags: { team: 'a' },
        }),
      );
    }
    const [{ IdentityPoolId } = { IdentityPoolId: '' }] = made;
    expect(await call('DescribeIdentityPool', { IdentityPoolId })).toEqual(made[0]);
    const first = await call('ListIdentityPools', { MaxResults: 2 });
    const second = await call('ListIdentityPools', { MaxResults: 2, NextToken: first.NextToken });
    expect([...first.IdentityPools, ...second.IdentityPools]).toHaveLength(3);
    expect(second.NextToken).toBeUndefined();

    const { IdentityId } = await call('GetId', { IdentityPoolId });
    await call('DeleteIdentityPool', { IdentityPoolId });
    await expect(call('DescribeIdentityPool', { IdentityPoolId })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: `IdentityPool '${IdentityPoolId}' not found.`,
    });
    await expect(call('GetOpenIdToken', { IdentityId })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    const left = await store.range({ prefix: ['cognitoidentity.inPool'], limit: 10 });
    expect(left).toEqual([]);
  });

  it('sets what an update leaves out to its default, and keeps the developer provider', async () => {
    const { call } = await bench();
    const { IdentityPoolId } = await call('CreateIdentityPool', {
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: true,
      AllowClassicFlow: true,
      DeveloperProviderName: 'login.mine',
    });
    const update = { IdentityPoolId, IdentityPoolName: 'app', AllowUnauthenticatedIdentities: false };
    const updated = await call('UpdateIdentityPool', update);
    expect(updated).toMatchObject({
      DeveloperProviderName: 'login.mine',
      AllowUnauthenticatedIdentities: false,
    });
    expect(updated).not.toHaveProperty('AllowClassicFlow');
    await expect(
      call('UpdateIdentityPool', { ...update, DeveloperProviderName: 'login.other' }),
    ).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  it('keeps accounts apart', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool();
    const { IdentityId } = await call('GetId', { IdentityPoolId });
    const other = '111111111111';
    for (const [operation, input] of [
      ['DescribeIdentityPool', { IdentityPoolId }],
      ['DescribeIdentity', { IdentityId }],
      ['ListIdentities', { IdentityPoolId, MaxResults: 10 }],
      ['SetIdentityPoolRoles', { IdentityPoolId, Roles: {} }],
      ['DeleteIdentityPool', { IdentityPoolId }],
    ] as const) {
      await expect(call(operation, input, other), operation).rejects.toMatchObject({
        code: 'ResourceNotFoundException',
      });
    }
    expect(await call('DeleteIdentities', { IdentityIdsToDelete: [IdentityId] }, other)).toEqual({
      UnprocessedIdentityIds: [{ IdentityId, ErrorCode: 'AccessDenied' }],
    });
    await call('DescribeIdentity', { IdentityId });
  });

  it('tags pools by their ARN', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool();
    const ResourceArn = `arn:aws:cognito-identity:${region}:${account}:identitypool/${IdentityPoolId}`;
    await call('TagResource', { ResourceArn, Tags: { a: '1', b: '2' } });
    await call('UntagResource', { ResourceArn, TagKeys: ['a'] });
    expect(await call('ListTagsForResource', { ResourceArn })).toEqual({ Tags: { b: '2' } });
    await expect(call('TagResource', { ResourceArn, Tags: { 'aws:mine': '1' } })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  });
});

describe('guests', () => {
  it('are others each time, and only where the pool lets them in', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool();
    const one = await call('GetId', { IdentityPoolId });
    expect(await call('GetId', { IdentityPoolId })).not.toEqual(one);
    const closed = await withUserPool({ AllowUnauthenticatedIdentities: false });
    const noGuests = {
      code: 'NotAuthorizedException',
      message: 'Unauthenticated access is not supported for this identity pool.',
    };
    await expect(call('GetId', { IdentityPoolId: closed.IdentityPoolId })).rejects.toMatchObject(noGuests);
    await call('UpdateIdentityPool', {
      IdentityPoolId,
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: false,
    });
    await expect(call('GetOpenIdToken', { IdentityId: one.IdentityId })).rejects.toMatchObject(noGuests);
  });

  it('keep their identity when they log in for the first time, and it is no guest’s from then on', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    const { IdentityId } = await call('GetId', { IdentityPoolId });
    const Logins = { [provider]: await token('ann') };
    expect(await call('GetOpenIdToken', { IdentityId, Logins })).toMatchObject({ IdentityId });
    expect(await call('GetId', { IdentityPoolId, Logins })).toEqual({ IdentityId });
    await expect(call('GetOpenIdToken', { IdentityId })).rejects.toMatchObject(forbidden(IdentityId));
  });

  it('become whom they were before when they log in as somebody known', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    const Logins = { [provider]: await token('ann') };
    const { IdentityId: ann } = await call('GetId', { IdentityPoolId, Logins });
    const { IdentityId: guest } = await call('GetId', { IdentityPoolId });
    expect(await call('GetOpenIdToken', { IdentityId: guest, Logins })).toMatchObject({ IdentityId: ann });
    // The guest's identity is disabled: hidden, no use without Ann's login, Ann's with it.
    await expect(call('GetOpenIdToken', { IdentityId: guest })).rejects.toMatchObject(forbidden(guest));
    expect(await call('GetOpenIdToken', { IdentityId: guest, Logins })).toMatchObject({ IdentityId: ann });
    const list = async (HideDisabled: boolean) =>
      (await call('ListIdentities', { IdentityPoolId, MaxResults: 1, HideDisabled })).Identities;
    expect(await list(true)).toEqual([expect.objectContaining({ IdentityId: ann })]);
  });
});

describe('linking and merging', () => {
  it('gives nobody another’s identity', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    const ofAnn = await call('GetId', { IdentityPoolId, Logins: { [provider]: await token('ann') } });
    for (const sub of ['bob', 'eve']) {
      const Logins = { [provider]: await token(sub) };
      if (sub === 'bob') await call('GetId', { IdentityPoolId, Logins });
      await expect(call('GetOpenIdToken', { ...ofAnn, Logins })).rejects.toMatchObject({
        code: 'NotAuthorizedException',
        message:
          "Logins don't match. Please include at least one valid login for this identity or identity pool.",
      });
    }
  });

  it('links a second provider, merges whom it was before, and parts them again', async () => {
    const { call, issuer, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool({
      SupportedLoginProviders: { 'accounts.google.com': 'web' },
    });
    const google = await issuer('https://accounts.google.com');
    const ofGoogle = { 'accounts.google.com': await google.sign({ sub: 'g-ann', aud: 'web' }) };
    const ofPool = { [provider]: await token('ann') };
    const { IdentityId: before } = await call('GetId', { IdentityPoolId, Logins: ofGoogle });
    const { IdentityId } = await call('GetId', { IdentityPoolId, Logins: ofPool });
    expect(IdentityId).not.toBe(before);
    const both = { ...ofPool, ...ofGoogle };
    expect(await call('GetOpenIdToken', { IdentityId, Logins: both })).toMatchObject({ IdentityId });
    expect(await call('GetId', { IdentityPoolId, Logins: ofGoogle })).toEqual({ IdentityId });
    expect(await call('DescribeIdentity', { IdentityId })).toMatchObject({
      Logins: [provider, 'accounts.google.com'],
    });

    // A second user of the same provider is no second login.
    const other = { 'accounts.google.com': await google.sign({ sub: 'other', aud: 'web' }) };
    await expect(
      call('GetOpenIdToken', { IdentityId, Logins: { ...ofPool, ...other } }),
    ).rejects.toMatchObject({ code: 'ResourceConflictException' });

    const eve = { [provider]: await token('eve') };
    await expect(
      call('UnlinkIdentity', { IdentityId, Logins: eve, LoginsToRemove: [provider] }),
    ).rejects.toMatchObject({ code: 'NotAuthorizedException' });
    await call('UnlinkIdentity', { IdentityId, Logins: ofPool, LoginsToRemove: ['accounts.google.com'] });
    const { IdentityId: stranger } = await call('GetId', { IdentityPoolId, Logins: ofGoogle });
    expect([IdentityId, before]).not.toContain(stranger);
    // “Removing the last linked login will make this identity inaccessible.”
    await call('UnlinkIdentity', { IdentityId, Logins: ofPool, LoginsToRemove: [provider] });
    await expect(call('GetOpenIdToken', { IdentityId })).rejects.toMatchObject(forbidden(IdentityId));
    await expect(call('GetOpenIdToken', { IdentityId, Logins: ofPool })).rejects.toMatchObject({
      code: 'NotAuthorizedException',
    });
  });

  it('makes one identity of a login that many bring at once', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    const Logins = { [provider]: await token('ann') };
    const found = await Promise.all(
      Array.from({ length: 8 }, () => call('GetId', { IdentityPoolId, Logins })),
    );
    expect(new Set(found.map(({ IdentityId }) => IdentityId)).size).toBe(1);
    const { Identities } = await call('ListIdentities', { IdentityPoolId, MaxResults: 60 });
    expect(Identities).toHaveLength(1);
  });

  it('knows nobody any more whose identity was deleted', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    const Logins = { [provider]: await token('ann') };
    const { IdentityId } = await call('GetId', { IdentityPoolId, Logins });
    expect(await call('DeleteIdentities', { IdentityIdsToDelete: [IdentityId] })).toEqual({
      UnprocessedIdentityIds: [],
    });
    await expect(call('GetOpenIdToken', { IdentityId, Logins })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: `Identity '${IdentityId}' not found.`,
    });
    expect(await call('GetId', { IdentityPoolId, Logins })).not.toEqual({ IdentityId });
  });
});

describe('tokens', () => {
  it('say who it is, of which pool, and how they logged in', async () => {
    const { call, clock, room, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    const guest = await call('GetId', { IdentityPoolId });
    const ofGuest = decodeJwt((await call('GetOpenIdToken', guest)).Token);
    expect(ofGuest).toEqual({
      sub: guest.IdentityId,
      aud: IdentityPoolId,
      amr: ['unauthenticated'],
      iss: 'https://cognito-identity.amazonaws.com',
      iat: clock.now() / 1000,
      exp: clock.now() / 1000 + 600,
    });
    const Logins = { [provider]: await token('ann') };
    const { Token } = await call('GetOpenIdToken', { ...guest, Logins });
    expect(decodeJwt(Token).amr).toEqual(['authenticated', provider, `${provider}:CognitoSignIn:ann`]);
    const [key] = await issuerKeys(room);
    expect(decodeProtectedHeader(Token)).toEqual({
      alg: 'RS512',
      typ: 'JWS',
      kid: key?.kid,
    });
    expect(key).not.toHaveProperty('d');
  });

  it('are good after a restart, and worth nothing to who has the data without the key of the vault', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'identity-'));
    try {
      const store = new MemoryStore();
      const { call, withUserPool } = await bench({ store, folder });
      const guest = await call('GetId', await withUserPool());
      const { Token } = await call('GetOpenIdToken', guest);
      const kept = await records.signingKeys.get(store, 'token');
      const der = Buffer.from(kept?.privateKey ?? []);
      expect(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).toThrow();
      const again = await bench({ store, folder });
      const keys = { keys: await issuerKeys(again.room) } as JSONWebKeySet;
      await jwtVerify(Token, createLocalJWKSet(keys), { currentDate: new Date(again.clock.now()) });
      await again.call('GetOpenIdToken', guest);
      rmSync(join(folder, 'vault.key'));
      const robbed = await bench({ store, folder });
      await expect(robbed.call('GetOpenIdToken', guest)).rejects.toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are only given in the basic flow where the pool has it', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool({ AllowClassicFlow: false });
    const guest = await call('GetId', { IdentityPoolId });
    await expect(call('GetOpenIdToken', guest)).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'Basic (classic) flow is not enabled, please use enhanced flow.',
    });
  });
});

describe('credentials', () => {
  it('are of the role for guests, narrowed, or of that for people who logged in', async () => {
    const { call, lastCall, withSts, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    withSts();
    const guest = await call('GetId', { IdentityPoolId });
    const misconfigured = {
      code: 'InvalidIdentityPoolConfigurationException',
      message: 'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
    };
    await expect(call('GetCredentialsForIdentity', guest)).rejects.toMatchObject(misconfigured);
    await call('SetIdentityPoolRoles', {
      IdentityPoolId,
      Roles: { authenticated: role('user'), unauthenticated: role('guest') },
    });
    expect(await call('GetCredentialsForIdentity', guest)).toEqual({
      IdentityId: guest.IdentityId,
      Credentials: {
        AccessKeyId: 'ASIA',
        SecretKey: 'secret',
        SessionToken: 'session',
        Expiration: expect.any(Date),
      },
    });
    expect(lastCall()).toMatchObject({
      RoleArn: role('guest'),
      RoleSessionName: 'CognitoIdentityCredentials',
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonCognitoUnAuthedIdentitiesSessionPolicy' }],
    });
    expect(lastCall().Policy).not.toContain('ec2');
    // STS takes inline policies of 2,048 characters at most.
    expect(String(lastCall().Policy).length).toBeLessThan(2_048);

    await call('GetCredentialsForIdentity', { ...guest, Logins: { [provider]: await token('ann') } });
    expect(lastCall()).toMatchObject({ RoleArn: role('user') });
    expect(lastCall()).not.toHaveProperty('Policy');
    expect(decodeJwt(String(lastCall().WebIdentityToken))).toMatchObject({
      sub: guest.IdentityId,
      aud: IdentityPoolId,
    });
  });

  it('are refused as a configuration that is wrong when STS refuses, and as our failure when it fails', async () => {
    const { call, services, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool();
    const guest = await call('GetId', { IdentityPoolId });
    await call('SetIdentityPoolRoles', { IdentityPoolId, Roles: { unauthenticated: role('guest') } });
    services.set('sts:AssumeRoleWithWebIdentity', failing('AccessDenied', 403));
    await expect(call('GetCredentialsForIdentity', guest)).rejects.toMatchObject({
      code: 'InvalidIdentityPoolConfigurationException',
    });
    services.set('sts:AssumeRoleWithWebIdentity', failing('InternalFailure', 500));
    await expect(call('GetCredentialsForIdentity', guest)).rejects.toMatchObject({ code: 'InternalFailure' });
  });

  it('are of the role that the token or the rules choose', async () => {
    const { call, lastCall, withSts, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    withSts();
    const map = (mapping: object) =>
      call('SetIdentityPoolRoles', {
        IdentityPoolId,
        Roles: { authenticated: role('user') },
        RoleMappings: { [`${provider}:client`]: mapping },
      });
    const chosen = async (claims: object, CustomRoleArn?: string) => {
      const Logins = { [provider]: await token('ann', { ...claims }) };
      const { IdentityId } = await call('GetId', { IdentityPoolId, Logins });
      await call('GetCredentialsForIdentity', {
        IdentityId,
        Logins,
        ...(CustomRoleArn === undefined ? {} : { CustomRoleArn }),
      });
      return lastCall().RoleArn;
    };
    const denied = { code: 'NotAuthorizedException' };

    await map({ Type: 'Token', AmbiguousRoleResolution: 'AuthenticatedRole' });
    const two = { 'cognito:roles': [role('a'), role('b')] };
    expect(await chosen({ ...two, 'cognito:preferred_role': role('b') })).toBe(role('b'));
    expect(await chosen(two)).toBe(role('user'));
    expect(await chosen(two, role('a'))).toBe(role('a'));
    await expect(chosen(two, role('admin'))).rejects.toMatchObject(denied);
    await map({ Type: 'Token', AmbiguousRoleResolution: 'Deny' });
    await expect(chosen(two)).rejects.toMatchObject(denied);
    await expect(chosen({})).rejects.toMatchObject(denied);

    const rule = (Claim: string, MatchType: string, Value: string, name: string) => ({
      Claim,
      MatchType,
      Value,
      RoleARN: role(name),
    });
    await map({
      Type: 'Rules',
      AmbiguousRoleResolution: 'Deny',
      RulesConfiguration: {
        Rules: [
          rule('custom:paid', 'Equals', 'yes', 'paid'),
          rule('email', 'Contains', '@example.com', 'staff'),
          rule('name', 'StartsWith', 'A', 'first'),
          rule('custom:dept', 'NotEqual', 'sales', 'other'),
        ],
      },
    });
    expect(await chosen({ 'custom:paid': 'yes', email: 'a@example.com' })).toBe(role('paid'));
    expect(await chosen({ 'custom:paid': 'yes', email: 'a@example.com' }, role('staff'))).toBe(role('staff'));
    expect(await chosen({ 'custom:paid': 'no', name: 'Ann' })).toBe(role('first'));
    expect(await chosen({ 'custom:dept': 'it' })).toBe(role('other'));
    // A claim that isn't there is unequal to nothing.
    await expect(chosen({})).rejects.toMatchObject(denied);
    await expect(chosen({ 'custom:dept': 'sales' })).rejects.toMatchObject(denied);
    await expect(chosen({ 'custom:dept': 'it' }, role('paid'))).rejects.toMatchObject(denied);
    const { IdentityId } = await call('GetId', { IdentityPoolId });
    await expect(call('GetOpenIdToken', { IdentityId })).rejects.toMatchObject({
      message: 'Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.',
    });
  });

  it('carry claims as principal tags', async () => {
    const { call, lastCall, withSts, withUserPool } = await bench();
    const { IdentityPoolId, provider, token } = await withUserPool();
    withSts();
    await call('SetIdentityPoolRoles', { IdentityPoolId, Roles: { authenticated: role('user') } });
    const tags = async () => {
      const Logins = { [provider]: await token('ann', { 'custom:team': 'red' }) };
      const { IdentityId } = await call('GetId', { IdentityPoolId, Logins });
      await call('GetCredentialsForIdentity', { IdentityId, Logins });
      return decodeJwt(String(lastCall().WebIdentityToken))['https://aws.amazon.com/tags'];
    };
    const map = { IdentityPoolId, IdentityProviderName: provider };
    expect(await tags()).toBeUndefined();
    await call('SetPrincipalTagAttributeMap', { ...map, UseDefaults: true });
    expect(await tags()).toEqual({ principal_tags: { client: ['client'], username: ['ann'] } });
    const PrincipalTags = { team: 'custom:team', gone: 'custom:gone' };
    await call('SetPrincipalTagAttributeMap', { ...map, PrincipalTags });
    expect(await tags()).toEqual({ principal_tags: { team: ['red'] } });
    expect(await call('GetPrincipalTagAttributeMap', map)).toEqual({
      ...map,
      UseDefaults: false,
      PrincipalTags,
    });
  });
});

describe('developers’ own users', () => {
  const own = 'login.mine';

  async function developerPool() {
    const it = await bench();
    const pool = await it.withUserPool({ DeveloperProviderName: own });
    const { IdentityPoolId } = pool;
    const tokenFor = (user: string, more: object = {}) =>
      it.call('GetOpenIdTokenForDeveloperIdentity', { IdentityPoolId, Logins: { [own]: user }, ...more });
    return { ...it, ...pool, tokenFor };
  }

  it('get a token that credentials are given for, and no other call takes', async () => {
    const { call, clock, IdentityPoolId, lastCall, tokenFor, withSts } = await developerPool();
    withSts();
    await call('SetIdentityPoolRoles', { IdentityPoolId, Roles: { authenticated: role('user') } });
    const { IdentityId, Token } = await tokenFor('ann', {
      TokenDuration: 60,
      PrincipalTags: { team: 'red' },
    });
    expect(await tokenFor('ann')).toMatchObject({ IdentityId });
    expect(decodeJwt(Token)).toMatchObject({
      amr: ['authenticated', own, `${own}:${IdentityPoolId}:ann`],
      exp: clock.now() / 1000 + 60,
      'https://aws.amazon.com/tags': { principal_tags: { team: ['red'] } },
    });
    const Logins = { 'cognito-identity.amazonaws.com': Token };
    await call('GetCredentialsForIdentity', { IdentityId, Logins });
    expect(lastCall()).toMatchObject({ RoleArn: role('user'), WebIdentityToken: Token });
    await expect(call('GetOpenIdToken', { IdentityId, Logins })).rejects.toMatchObject({
      message: "Invalid login token. Can't pass in a Cognito token.",
    });
    const { IdentityId: bob } = await tokenFor('bob');
    await expect(call('GetCredentialsForIdentity', { IdentityId: bob, Logins })).rejects.toMatchObject({
      code: 'NotAuthorizedException',
    });
    await clock.advance(60_000);
    await expect(call('GetCredentialsForIdentity', { IdentityId, Logins })).rejects.toMatchObject({
      message: expect.stringMatching(/^Invalid login token\. Token expired: /),
    });
  });

  it('are nobody whose token the pool did not give them for it', async () => {
    const { call, clock, IdentityPoolId, tokenFor, withSts } = await developerPool();
    withSts();
    await call('SetIdentityPoolRoles', { IdentityPoolId, Roles: { authenticated: role('user') } });
    const { IdentityId } = await tokenFor('ann');
    const credentials = (identityId: string, token: string) =>
      call('GetCredentialsForIdentity', {
        IdentityId: identityId,
        Logins: { 'cognito-identity.amazonaws.com': token },
      });
    const claims = {
      iss: 'https://cognito-identity.amazonaws.com',
      sub: IdentityId,
      aud: IdentityPoolId,
      amr: ['authenticated'],
      exp: clock.now() / 1000 + 60,
    };
    const { privateKey } = await generateKeyPair('RS512');
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'RS512' }).sign(privateKey);
    for (const token of [forged, new UnsecuredJWT(claims).encode(), 'no token']) {
      await expect(credentials(IdentityId, token)).rejects.toMatchObject({
        code: 'NotAuthorizedException',
        message: 'Invalid login token. Not a Cognito token.',
      });
    }
    // A guest's token is the pool's, too, and says so.
    const guest = await call('GetId', { IdentityPoolId });
    const { Token } = await call('GetOpenIdToken', guest);
    await expect(credentials(guest.IdentityId, Token)).rejects.toMatchObject(forbidden(guest.IdentityId));
    // Nor does a token of another pool.
    const other = await call('CreateIdentityPool', {
      IdentityPoolName: 'other',
      AllowUnauthenticatedIdentities: false,
      DeveloperProviderName: own,
    });
    const foreign = await call('GetOpenIdTokenForDeveloperIdentity', {
      IdentityPoolId: other.IdentityPoolId,
      Logins: { [own]: 'ann' },
    });
    await expect(credentials(IdentityId, foreign.Token)).rejects.toMatchObject({
      code: 'NotAuthorizedException',
    });
  });

  it('are linked to a guest, and to whoever logged in only along with that login', async () => {
    const { call, IdentityPoolId, provider, token, tokenFor } = await developerPool();
    const guest = await call('GetId', { IdentityPoolId });
    expect(await tokenFor('ann', guest)).toMatchObject(guest);
    const Logins = { [provider]: await token('bob') };
    const bob = await call('GetId', { IdentityPoolId, Logins });
    await expect(tokenFor('bob', bob)).rejects.toMatchObject({ code: 'NotAuthorizedException' });
    const ask = { IdentityPoolId, IdentityId: bob.IdentityId, Logins: { [own]: 'bob', ...Logins } };
    expect(await call('GetOpenIdTokenForDeveloperIdentity', ask)).toMatchObject(bob);
    expect(await tokenFor('bob')).toMatchObject(bob);
  });

  it('are looked up, merged and unlinked', async () => {
    const { call, IdentityPoolId, tokenFor } = await developerPool();
    const { IdentityId: ann } = await tokenFor('ann');
    const { IdentityId: anna } = await tokenFor('anna');
    const lookUp = (input: object) => call('LookupDeveloperIdentity', { IdentityPoolId, ...input });
    expect(await lookUp({ DeveloperUserIdentifier: 'ann' })).toEqual({
      IdentityId: ann,
      DeveloperUserIdentifierList: ['ann'],
    });
    await expect(lookUp({ IdentityId: anna, DeveloperUserIdentifier: 'ann' })).rejects.toMatchObject({
      code: 'ResourceConflictException',
    });
    await expect(tokenFor('ann', { IdentityId: anna })).rejects.toMatchObject({
      code: 'DeveloperUserAlreadyRegisteredException',
    });
    const named = { IdentityPoolId, DeveloperProviderName: own };
    const merge = { ...named, SourceUserIdentifier: 'anna', DestinationUserIdentifier: 'ann' };
    expect(await call('MergeDeveloperIdentities', merge)).toEqual({ IdentityId: ann });
    expect(await tokenFor('anna')).toMatchObject({ IdentityId: ann });
    const first = await lookUp({ IdentityId: ann, MaxResults: 1 });
    expect(first.DeveloperUserIdentifierList).toEqual(['ann']);
    expect(await lookUp({ IdentityId: ann, MaxResults: 1, NextToken: first.NextToken })).toEqual({
      IdentityId: ann,
      DeveloperUserIdentifierList: ['anna'],
    });
    await call('UnlinkDeveloperIdentity', { ...named, IdentityId: ann, DeveloperUserIdentifier: 'anna' });
    const { IdentityId: stranger } = await tokenFor('anna');
    expect([ann, anna]).not.toContain(stranger);
  });

  it('are at most twenty to an identity', async () => {
    const { call, IdentityPoolId, tokenFor } = await developerPool();
    const named = { IdentityPoolId, DeveloperProviderName: own, DestinationUserIdentifier: 'user0' };
    for (let index = 0; index < 21; index++) await tokenFor(`user${index}`);
    const merge = (index: number) =>
      call('MergeDeveloperIdentities', { ...named, SourceUserIdentifier: `user${index}` });
    for (let index = 1; index < 20; index++) await merge(index);
    await expect(merge(20)).rejects.toMatchObject({ code: 'ResourceConflictException' });
  });

  it('are unknown to pools of another developer provider', async () => {
    const { call, withUserPool } = await bench();
    const { IdentityPoolId } = await withUserPool();
    await expect(
      call('GetOpenIdTokenForDeveloperIdentity', { IdentityPoolId, Logins: { [own]: 'ann' } }),
    ).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });
});
