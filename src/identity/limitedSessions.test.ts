import { expect, it } from 'vitest';
import { type Principal, rootOf } from '../platform/index.ts';
import { isShutOut } from './limitedSessions.ts';

const account = '111122223333';
const user = (session?: { issuedAt: number; mfaAt?: number }): Principal => ({
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userName: 'ann',
  userId: 'AIDA1',
  ...(session ? { session } : {}),
});
const guest: Principal = {
  type: 'federatedUser',
  account,
  arn: `arn:aws:sts::${account}:federated-user/guest`,
  name: 'guest',
  user: { arn: `arn:aws:iam::${account}:root` },
  sessionPolicies: [],
  session: { issuedAt: 0 },
};
const role: Principal = {
  type: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/worker/one`,
  roleArn: `arn:aws:iam::${account}:role/worker`,
  roleId: 'AROA1',
  sessionName: 'one',
  session: { issuedAt: 0 },
};

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
it.each<[string, Principal, string, string, boolean]>([
  ['a user', user(), 'iam', 'ListUsers', false],
  ['a session', user({ issuedAt: 0 }), 'iam', 'ListUsers', true],
  ['a session with MFA', user({ issuedAt: 0, mfaAt: 0 }), 'iam', 'ListUsers', false],
  ['a session', user({ issuedAt: 0 }), 'sts', 'AssumeRole', false],
  ['a session', user({ issuedAt: 0 }), 'sts', 'GetCallerIdentity', false],
  ['a session with MFA', user({ issuedAt: 0, mfaAt: 0 }), 'sts', 'GetAccessKeyInfo', true],
  ['a session', user({ issuedAt: 0 }), 'dynamodb', 'ListTables', false],
  ['the root user', rootOf(account), 'iam', 'ListUsers', false],
  [
    'a session of the root user',
    { ...rootOf(account), session: { issuedAt: 0 } } as Principal,
    'iam',
    'ListUsers',
    true,
  ],
  ['a federated user', guest, 'iam', 'ListUsers', true],
  ['a federated user', guest, 'sts', 'AssumeRole', true],
  ['a federated user', guest, 'sts', 'GetCallerIdentity', false],
  ['a federated user', guest, 's3', 'ListBuckets', false],
  ['a role', role, 'iam', 'ListUsers', false],
  ['a role', role, 'sts', 'AssumeRole', false],
])('answers %s (%#)', (_who, principal, service, operation, shutOut) => {
  expect(isShutOut(principal, service, operation)).toBe(shutOut);
});
