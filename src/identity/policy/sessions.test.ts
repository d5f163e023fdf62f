/** What sessions are to policies: where they came from, since when, with which proof; and who shows a token instead. */
import { expect, it } from 'vitest';
import { type Principal, rootOf } from '../../platform/index.ts';
import { Authorizer } from '../authorize.ts';
import { requestContext } from './context.ts';

const account = '111122223333';
const now = Date.parse('2025-06-01T00:00:00Z');
const facts = { now, region: 'eu-west-1', sourceIp: '10.1.2.3', secure: true };
const role: Principal = {
  type: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/worker/one`,
  roleArn: `arn:aws:iam::${account}:role/worker`,
  roleId: 'AROA1',
  sessionName: 'one',
  session: {
    issuedAt: now - 60_000,
    sourceIdentity: 'ann',
    federatedProvider: 'token.example.com',
    keys: { 'token.example.com:sub': 'ann', 'token.example.com:amr': ['a', 'b'] },
  },
};
const user: Principal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userName: 'ann',
  userId: 'AIDA1',
  tags: { Team: 'blue' },
};
const guest: Principal = {
  type: 'federatedUser',
  account,
  arn: `arn:aws:sts::${account}:federated-user/guest`,
  name: 'guest',
  user: { arn: user.arn, userName: 'ann', userId: 'AIDA1' },
  sessionPolicies: [],
  session: { issuedAt: now },
};
const stranger: Principal = {
  type: 'federated',
  account,
  arn: 'cognito-identity.amazonaws.com',
  keys: { 'cognito-identity.amazonaws.com:aud': 'pool' },
};

const read = (principal: Principal, key: string) =>
  requestContext(principal, { resources: ['*'] }, facts, '*')(key.toLowerCase());

it.each<[string, Principal, Record<string, string[] | undefined>]>([
  [
    'a role',
    role,
    {
      'aws:TokenIssueTime': ['2025-05-31T23:59:00.000Z'],
      'aws:MultiFactorAuthPresent': ['false'],
      'aws:MultiFactorAuthAge': undefined,
      'aws:SourceIdentity': ['ann'],
      'aws:FederatedProvider': ['token.example.com'],
      'token.example.com:sub': ['ann'],
      'token.example.com:amr': ['a', 'b'],
      'token.example.com:aud': undefined,
      constructor: undefined,
      toString: undefined,
    },
  ],
  [
    'a user with a key of their own',
    user,
    {
      'aws:TokenIssueTime': undefined,
      'aws:MultiFactorAuthPresent': undefined,
      'aws:PrincipalTag/team': ['blue'],
      constructor: undefined,
    },
  ],
  [
    'a session with MFA',
    { ...user, session: { issuedAt: now - 90_500, mfaAt: now - 90_500 } } as Principal,
    { 'aws:MultiFactorAuthPresent': ['true'], 'aws:MultiFactorAuthAge': ['90'], 'aws:username': ['ann'] },
  ],
  [
    'a session without',
    { ...user, session: { issuedAt: now } } as Principal,
    { 'aws:MultiFactorAuthPresent': ['false'], 'aws:MultiFactorAuthAge': undefined },
  ],
  [
    'a federated user',
    guest,
    {
      'aws:PrincipalType': ['FederatedUser'],
      'aws:userid': [`${account}:guest`],
      'aws:username': undefined,
      'aws:PrincipalArn': [guest.arn],
      'aws:PrincipalAccount': [account],
    },
  ],
  [
    'who shows a token',
    stranger,
    {
      'cognito-identity.amazonaws.com:aud': ['pool'],
      'aws:PrincipalArn': undefined,
      'aws:PrincipalAccount': undefined,
      'aws:PrincipalType': undefined,
      'aws:TokenIssueTime': undefined,
    },
  ],
])('tells of %s', (_who, principal, expected) => {
  for (const [key, value] of Object.entries(expected)) expect(read(principal, key), key).toEqual(value);
});

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const everything = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
const target = `arn:aws:iam::${account}:role/target`;

const decide = (principal: Principal, request: object = {}) =>
  new Authorizer('enforce', {
    policiesOf: () => ({ identityPolicies: [{ id: 'own', document: everything }] }),
  }).decide(principal, [{ action: 'dynamodb:ListTables', resources: ['*'], ...request }], facts);
const effectOf = (principal: Principal, request?: object) =>
  (decide(principal, request) as { effect: string }).effect;

it('lets a federated user do what its session policies allow, and nothing without any', () => {
  expect(effectOf(guest)).toBe('implicit-deny');
  expect(effectOf({ ...guest, sessionPolicies: [everything] })).toBe('allow');
});

it('lets who shows a token do what a trust policy that names the provider allows, and nothing else', () => {
  const byToken = (Principal: object | string) => ({
    action: 'sts:AssumeRoleWithWebIdentity',
    resources: [target],
    resourcePolicy: policy({ Effect: 'Allow', Principal, Action: '*' }),
  });
  expect(effectOf(stranger, byToken({ Federated: stranger.arn }))).toBe('allow');
  for (const other of [
    { Federated: 'accounts.google.com' },
    { AWS: account },
    { AWS: stranger.arn },
    { Service: stranger.arn },
  ]) {
    expect(effectOf(stranger, byToken(other))).toBe('implicit-deny');
  }
  expect(effectOf(stranger)).toBe('implicit-deny');
  // The name of a provider is nobody's user.
  expect(effectOf(user, byToken({ Federated: user.arn }))).toBe('implicit-deny');
});

it('refuses what is forbidden, whoever asks and whatever is allowed', () => {
  const forbidden = 'Roles may not be assumed by root accounts.';
  for (const principal of [rootOf(account), user]) {
    expect(decide(principal, { forbidden })).toMatchObject({ effect: 'explicit-deny', message: forbidden });
  }
});
