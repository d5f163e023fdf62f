import { describe, expect, it } from 'vitest';
import type { Client, Pool, User } from '../store.ts';
import { checkAttributes, readable, toAttributes } from './attributes.ts';
import { allowsFlow, clientSettingsOf, validityOf } from './clientSettings.ts';
import { checkPassword, defaultPolicy } from './passwords.ts';
import { schemaOf, settingsOf } from './poolSettings.ts';
import { isSecretHash, secretHash } from './secretHash.ts';
import { userFilter } from './userFilter.ts';

const pool = {
  settings: settingsOf({}),
  schema: schemaOf([
    { Name: 'email', Required: true, Mutable: false },
    { Name: 'age', AttributeDataType: 'Number', NumberAttributeConstraints: { MinValue: '18' } },
    { Name: 'secret', AttributeDataType: 'String', DeveloperOnlyAttribute: true },
  ]),
} as Pool;
const client = (settings: object) => ({ settings: clientSettingsOf(settings) }) as Client;

describe('passwords', () => {
  it.each([
    ['Ab1!', 'Password not long enough'],
    ['ABCDEFG1!', 'Password must have lowercase characters'],
    ['abcdefg1!', 'Password must have uppercase characters'],
    ['Abcdefgh!', 'Password must have numeric characters'],
    ['Abcdefgh1', 'Password must have symbol characters'],
    [' Abcdefgh1', 'Password must have symbol characters'],
  ])('refuses %j: %s', (password, why) => {
    expect(() => checkPassword(password, defaultPolicy, 'SignUp')).toThrow(
      `Password did not conform with policy: ${why}`,
    );
    expect(() => checkPassword(password, defaultPolicy, 'AdminCreateUser')).toThrow(
      `Password did not conform with password policy: ${why}`,
    );
    expect(() => checkPassword(password, defaultPolicy)).toThrow(
      `Password does not conform to policy: ${why}`,
    );
  });

  it('takes a space inside for a symbol', () => {
    expect(() => checkPassword('Abcd efgh1', defaultPolicy)).not.toThrow();
  });
});

it('checks secret hashes', () => {
  const right = secretHash('ann', 'client', 'secret');
  expect(isSecretHash(right, 'ann', 'client', 'secret')).toBe(true);
  for (const wrong of [secretHash('bob', 'client', 'secret'), secretHash('ann', 'client', 'x'), '']) {
    expect(isSecretHash(wrong, 'ann', 'client', 'secret')).toBe(false);
  }
});

describe('attributes', () => {
  const email = { email: 'a@example.com' };

  it('conform to the schema', () => {
    expect(() => checkAttributes({ ...email, 'custom:age': '18' }, { pool })).not.toThrow();
    expect(() => checkAttributes({}, { pool })).toThrow(
      'Attributes did not conform to the schema: emails: The attribute emails is required',
    );
    expect(() => checkAttributes({}, { pool, existing: {}, isChallenge: true })).toThrow(
      'Invalid attributes given, email is missing',
    );
    expect(() => checkAttributes({}, { pool, mayLack: true })).not.toThrow();
    expect(() => checkAttributes({ email: '' }, { pool, existing: email, mayLack: true })).toThrow('email');
    expect(() => checkAttributes({ ...email, 'custom:age': '17' }, { pool })).toThrow('18');
    expect(() => checkAttributes({ ...email, 'custom:x': '1' }, { pool })).toThrow(
      'Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined',
    );
    expect(() => checkAttributes({ 'custom:x': '1' }, { pool, existing: email })).toThrow(
      'user.custom:x: Attribute does not exist in the schema.\n',
    );
    expect(() => checkAttributes({ email: 'a' }, { pool })).toThrow('Invalid email address format.');
    expect(() => checkAttributes({ email: 'b@example.com' }, { pool, existing: email })).toThrow(
      'user.email: Attribute cannot be updated.\n',
    );
    expect(() => checkAttributes({ ...email, sub: '1' }, { pool })).toThrow('sub');
  });

  it('lack all that is required at once, by the names that the directory has for it', () => {
    const strict = {
      ...pool,
      schema: schemaOf(['phone_number', 'given_name', 'birthdate'].map((Name) => ({ Name, Required: true }))),
    } as Pool;
    expect(() => checkAttributes({}, { pool: strict })).toThrow(
      'Attributes did not conform to the schema: birthdate: The attribute birthdate is required, ' +
        'name.givenName: The attribute name.givenName is required, ' +
        'phoneNumbers: The attribute phoneNumbers is required',
    );
  });

  it('take the marks of addresses in any case, and keep them in one', () => {
    expect(
      toAttributes([
        { Name: 'email_verified', Value: 'True' },
        { Name: 'name', Value: 'True' },
      ]),
    ).toEqual({
      email_verified: 'true',
      name: 'True',
    });
    expect(() => checkAttributes({ ...email, email_verified: 'yes' }, { pool })).toThrow('email_verified');
  });

  it('are written by clients that may, and never verified by them', () => {
    const any = client({});
    for (const name of ['email_verified', 'dev:custom:secret']) {
      expect(() => checkAttributes({ ...email, [name]: 'true' }, { pool, client: any })).toThrow(
        'A client attempted to write unauthorized attribute',
      );
    }
    const some = client({ WriteAttributes: ['email'] });
    expect(() => checkAttributes({ ...email, name: 'A' }, { pool, client: some })).toThrow('unauthorized');
    expect(readable(client({ ReadAttributes: ['name'] }), { ...email, name: 'A' })).toEqual({ name: 'A' });
  });
});

describe('clients', () => {
  it('let in the flows they name', () => {
    expect(allowsFlow(client({}).settings, 'USER_SRP_AUTH')).toBe(true);
    expect(allowsFlow(client({}).settings, 'USER_PASSWORD_AUTH')).toBe(false);
    const named = client({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] }).settings;
    expect(allowsFlow(named, 'USER_PASSWORD_AUTH')).toBe(true);
    expect(allowsFlow(named, 'REFRESH_TOKEN_AUTH')).toBe(false);
    const legacy = client({ ExplicitAuthFlows: ['ADMIN_NO_SRP_AUTH'] }).settings;
    expect(allowsFlow(legacy, 'ADMIN_USER_PASSWORD_AUTH')).toBe(true);
    expect(allowsFlow(legacy, 'USER_PASSWORD_AUTH')).toBe(false);
  });

  it('have tokens that last an hour and thirty days, or what they say', () => {
    const hour = 3_600_000;
    expect(validityOf(client({}).settings)).toEqual({ access: hour, id: hour, refresh: 720 * hour });
    const units = { AccessToken: 'minutes', RefreshToken: 'hours' };
    const settings = { AccessTokenValidity: 30, RefreshTokenValidity: 2, TokenValidityUnits: units };
    expect(validityOf(client(settings).settings)).toEqual({ access: hour / 2, id: hour, refresh: 2 * hour });
  });
});

it('finds users by filters, quotes included', () => {
  const user = { username: 'a"b', enabled: true, attributes: { email: 'A@x' } } as unknown as User;
  expect(userFilter('username = "a\\"b"')(user)).toBe(true);
  expect(userFilter('"email" ^= "a@"')(user)).toBe(true);
  expect(userFilter('status = "Disabled"')(user)).toBe(false);
  for (const text of ['email', 'email = x', 'email > "x"', 'toString = "x"']) {
    expect(() => userFilter(text)).toThrow();
  }
});
