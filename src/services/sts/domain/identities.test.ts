import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  nameQualifierOf,
  namesRole,
  samlKeys,
  sessionSecondsOf,
  sourceIdentityOfAttributes,
  subjectTypeOf,
  tagsOfAttributes,
} from './samlIdentity.ts';
import { checkTimes, sourceIdentityOfClaims, tagsOfClaims, webIdentityKeys } from './webIdentity.ts';

it('makes condition keys of the claims that AWS makes them of', () => {
  const claims = {
    iss: 'x',
    sub: 'ann',
    aud: 'app',
    amr: ['mfa', 'pwd'],
    email: 'a@b.c',
    color: 'red',
    ref: 'main',
  };
  expect(webIdentityKeys('Id.example.com/A', claims)).toEqual({
    'id.example.com/a:aud': 'app',
    'id.example.com/a:sub': 'ann',
    'id.example.com/a:amr': ['mfa', 'pwd'],
    'id.example.com/a:email': 'a@b.c',
  });
  // The authorized party is the audience, where there is one; the token's aud is another key then.
  expect(webIdentityKeys('h', { sub: 'a', aud: ['x', 'y'], azp: 'app' })).toEqual({
    'h:aud': 'app',
    'h:oaud': ['x', 'y'],
    'h:sub': 'a',
  });
  expect(webIdentityKeys('token.actions.githubusercontent.com', claims)).toMatchObject({
    'token.actions.githubusercontent.com:ref': 'main',
  });
});

it('reads tags in both forms, each with one value', () => {
  const nested = {
    'https://aws.amazon.com/tags': { principal_tags: { a: ['1'] }, transitive_tag_keys: ['a'] },
  };
  const flat = {
    'https://aws.amazon.com/tags/principal_tags/a': ['1'],
    'https://aws.amazon.com/tags/transitive_tag_keys': ['a'],
  };
  for (const claims of [nested, flat]) {
    expect(tagsOfClaims(claims)).toEqual({ tags: [{ Key: 'a', Value: '1' }], transitiveKeys: ['a'] });
  }
  expect(tagsOfClaims({})).toEqual({ tags: [], transitiveKeys: [] });
  const several = { 'https://aws.amazon.com/tags': { principal_tags: { a: ['1', '2'] } } };
  expect(() => tagsOfClaims(several)).toThrow(/exactly one value/);
  const strange = { 'https://aws.amazon.com/tags': { principal_tags: { a: [{ b: 1 }] } } };
  expect(() => tagsOfClaims(strange)).toThrow(/exactly one value/);
});

it('takes source identities that can stand in a condition', () => {
  expect(sourceIdentityOfClaims({ 'https://aws.amazon.com/source_identity': 'ann@x' })).toBe('ann@x');
  for (const value of ['a', 'a b', 'x'.repeat(65), 7]) {
    expect(() => sourceIdentityOfClaims({ 'https://aws.amazon.com/source_identity': value })).toThrow();
  }
});

it('takes a token between its times, a little before them as well', () => {
  const now = 1_000_000_000;
  const at = now / 1_000;
  const good = { iat: at - 10, exp: at + 1 };
  expect(() => checkTimes(good, now)).not.toThrow();
  expect(() => checkTimes({ ...good, nbf: at + 299, iat: at + 299 }, now)).not.toThrow();
  expect(() => checkTimes({ ...good, nbf: at + 301 }, now)).toThrow(/not yet valid/);
  expect(() => checkTimes({ ...good, iat: at + 301 }, now)).toThrow(/not yet valid/);
  expect(() => checkTimes({ ...good, exp: at }, now)).toThrow(
    `Token expired: current date/time ${at} must be before the expiration date/time ${at}`,
  );
  for (const gone of ['exp', 'iat']) {
    expect(() => checkTimes({ ...good, [gone]: undefined }, now)).toThrow(
      `Missing a required claim: ${gone}`,
    );
    expect(() => checkTimes({ ...good, [gone]: '99999999999' }, now)).toThrow(/Missing a required claim/);
  }
});

const own = (name: string) => `https://aws.amazon.com/SAML/Attributes/${name}`;

it('finds the pair of role and provider, in either order, and no half of one', () => {
  const role = 'arn:aws:iam::111122223333:role/a';
  const provider = 'arn:aws:iam::111122223333:saml-provider/p';
  const named = (...pairs: string[]) => namesRole({ [own('Role')]: pairs }, role, provider);
  expect(named(`${role},${provider}`)).toBe(true);
  expect(named(`${provider} , ${role}`)).toBe(true);
  for (const pair of [
    role,
    `${role},${role}`,
    `${provider},${provider}`,
    `${role}x,${provider}`,
    `${role},${provider},${role}`,
  ]) {
    expect(named(pair)).toBe(false);
  }
  expect(namesRole({}, role, provider)).toBe(false);
});

it('reads what else an assertion says of its session', () => {
  expect(sessionSecondsOf({})).toBeUndefined();
  expect(sessionSecondsOf({ [own('SessionDuration')]: ['900'] })).toBe(900);
  for (const text of ['899', '43201', '1e4', '-900', '']) {
    expect(() => sessionSecondsOf({ [own('SessionDuration')]: [text] })).toThrow(/between 900 and 43200/);
  }
  expect(
    tagsOfAttributes({
      [own('PrincipalTag:team')]: ['blue'],
      [own('TransitiveTagKeys')]: ['team'],
      other: ['x'],
    }),
  ).toEqual({ tags: [{ Key: 'team', Value: 'blue' }], transitiveKeys: ['team'] });
  expect(() => sourceIdentityOfAttributes({ [own('SourceIdentity')]: ['aws:ann'] })).toThrow(
    /not begin with/,
  );
});

it('names subjects as the API reference computes it', () => {
  // BASE64 ( SHA1 ( "https://example.com/saml" + "123456789012" + "/MySAMLIdP" ) )
  expect(nameQualifierOf('https://example.com/saml', '123456789012', 'MySAMLIdP')).toBe(
    createHash('sha1').update('https://example.com/saml123456789012/MySAMLIdP').digest('base64'),
  );
  expect(subjectTypeOf('urn:oasis:names:tc:SAML:2.0:nameid-format:transient')).toBe('transient');
  expect(subjectTypeOf('urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress')).toBe(
    'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  );
});

it('lets no attribute take the place of what the provider says of the subject', () => {
  const keys = samlKeys({
    audience: 'aud',
    issuer: 'iss',
    subject: 'ann',
    subjectType: 'persistent',
    nameQualifier: 'q',
    doc: '1/p',
    attributes: { 'saml:sub': ['root'], 'urn:oid:0.9.2342.19200300.100.1.3': ['a@b.c'], constructor: ['x'] },
  });
  expect(keys).toEqual({
    'saml:aud': 'aud',
    'saml:iss': 'iss',
    'saml:sub': 'ann',
    'saml:sub_type': 'persistent',
    'saml:namequalifier': 'q',
    'saml:doc': '1/p',
    'saml:mail': 'a@b.c',
  });
});
