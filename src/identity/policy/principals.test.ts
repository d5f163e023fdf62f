/**
 * Who a resource's policy names, and what that is worth where other policies are silent.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
import { describe, expect, it } from 'vitest';
import { canonicalUserIdOf, type Principal, rootOf, servicePrincipal } from '../../platform/index.ts';
import { Authorizer } from '../authorize.ts';

const own = '111122223333';
const foreign = '444455556666';
const facts = { now: 0, region: 'eu-west-1', sourceIp: '10.1.2.3', secure: true };
const document = (Effect: 'Allow' | 'Deny', more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action: '*', Resource: '*', ...more }] });
const all = document('Allow');
const nothing = document('Allow', { Action: 'none:*' });
const queue = (account: string) => `arn:aws:sqs:eu-west-1:${account}:queue`;

const user: Principal = {
  type: 'user',
  account: own,
  arn: `arn:aws:iam::${own}:user/team/ann`,
  userName: 'ann',
  userId: 'AIDAANN',
};
const role = (sessionPolicies?: string[]): Principal => ({
  type: 'role',
  account: own,
  arn: `arn:aws:sts::${own}:assumed-role/worker/one`,
  roleArn: `arn:aws:iam::${own}:role/team/worker`,
  roleId: 'AROAWORKER',
  sessionName: 'one',
  ...(sessionPolicies && { sessionPolicies }),
});
const guest = (sessionPolicies: string[]): Principal => ({
  type: 'federatedUser',
  account: own,
  arn: `arn:aws:sts::${own}:federated-user/guest`,
  name: 'guest',
  user: { arn: user.arn, userName: 'ann', userId: 'AIDAANN' },
  sessionPolicies,
  session: { issuedAt: 0 },
});

interface Asked {
  named?: unknown;
  isNegated?: boolean;
  effect?: 'Allow' | 'Deny';
  identity?: string;
  boundary?: string;
  owner?: string;
  action?: string;
  resource?: string;
}

async function effectOf(principal: Principal, asked: Asked) {
  const { named, identity = nothing, boundary, owner = own, action = 'sqs:SendMessage' } = asked;
  const policies = {
    identityPolicies: [{ id: 'own', document: identity }],
    ...(boundary && { boundary: { id: 'boundary', document: boundary } }),
  };
  const about = { [asked.isNegated ? 'NotPrincipal' : 'Principal']: named };
  const { effect } = await new Authorizer('enforce', { policiesOf: () => policies }).decide(
    principal,
    [
      {
        action,
        resources: [asked.resource ?? queue(owner)],
        ...(named !== undefined && { resourcePolicy: document(asked.effect ?? 'Allow', about) }),
      },
    ],
    facts,
  );
  return effect;
}

const userArn = user.arn;
const roleArn = `arn:aws:iam::${own}:role/team/worker`;
const sessionArn = `arn:aws:sts::${own}:assumed-role/worker/one`;
const guestArn = `arn:aws:sts::${own}:federated-user/guest`;
const accountArn = `arn:aws:iam::${own}:root`;

describe('the table of implicit denies, in one account', () => {
  // Which of the caller's own policies are silent: identity policies, boundary, session policies.
  const silences = {
    identity: { identity: nothing, boundary: all, session: all },
    boundary: { identity: all, boundary: nothing, session: all },
    session: { identity: all, boundary: all, session: nothing },
  };
  type Silence = keyof typeof silences;
  it.each<[kind: 'user' | 'role' | 'guest', named: string, allowedDespite: Silence[]]>([
    ['user', userArn, ['identity', 'boundary']],
    ['user', accountArn, []],
    ['role', roleArn, ['identity']],
    ['role', sessionArn, ['identity', 'boundary', 'session']],
    ['role', accountArn, []],
    ['guest', guestArn, ['identity', 'boundary', 'session']],
    ['guest', userArn, ['identity']],
    ['guest', accountArn, []],
    ['user', '*', ['identity', 'boundary']],
    ['role', '*', ['identity', 'boundary', 'session']],
  ])('a %s, where the resource’s policy names %s', async (kind, named, allowedDespite) => {
    for (const [which, { identity, boundary, session }] of Object.entries(silences)) {
      if (kind === 'user' && which === 'session') continue;
      const principal = kind === 'user' ? user : kind === 'role' ? role([session]) : guest([session]);
      const effect = await effectOf(principal, { named: { AWS: named }, identity, boundary });
      expect([which, effect]).toEqual([
        which,
        allowedDespite.includes(which as Silence) ? 'allow' : 'implicit-deny',
      ]);
    }
  });

  it('limits nobody where all of them speak', async () => {
    for (const principal of [user, role([all]), guest([all])])
      expect(await effectOf(principal, { identity: all, boundary: all })).toBe('allow');
  });
});

describe('another account', () => {
  it.each<[string, Principal, string]>([
    ['the user', user, userArn],
    ['the user’s account', user, own],
    ['the role', role(), roleArn],
    ['the session', role(), sessionArn],
    ['everyone', user, '*'],
  ])('wants both: its own policy that names %s, and the caller’s', async (_who, principal, named) => {
    const asked = { named: { AWS: named }, owner: foreign };
    expect(await effectOf(principal, asked)).toBe('implicit-deny');
    expect(await effectOf(principal, { ...asked, identity: all })).toBe('allow');
    expect(await effectOf(principal, { ...asked, identity: all, boundary: nothing })).toBe('implicit-deny');
    expect(await effectOf(principal, { identity: all, owner: foreign })).toBe('implicit-deny');
    expect(await effectOf(principal, { ...asked, identity: all, effect: 'Deny' })).toBe('explicit-deny');
  });

  it('lets session policies limit a session that it names', async () => {
    const asked = { named: { AWS: sessionArn }, owner: foreign, identity: all };
    expect(await effectOf(role([nothing]), asked)).toBe('implicit-deny');
    expect(await effectOf(role([all]), asked)).toBe('allow');
  });

  it('lets its policy alone decide about a root user', async () => {
    expect(await effectOf(rootOf(own), { owner: foreign })).toBe('implicit-deny');
    expect(await effectOf(rootOf(own), { owner: foreign, named: { AWS: accountArn } })).toBe('allow');
    expect(await effectOf(rootOf(own), { owner: foreign, named: { AWS: userArn } })).toBe('implicit-deny');
  });
});

describe('a Principal', () => {
  it.each<[form: string, who: Principal, named: unknown, expected: string]>([
    ['an account', user, { AWS: own }, 'implicit-deny'],
    ['among others', user, { AWS: [foreign, userArn] }, 'allow'],
    ['of other case', user, { AWS: userArn.replace('ann', 'Ann') }, 'implicit-deny'],
    ['with a wildcard', user, { AWS: `arn:aws:iam::${own}:user/*` }, 'implicit-deny'],
    ['without the path', user, { AWS: `arn:aws:iam::${own}:user/ann` }, 'implicit-deny'],
    ['the id of a user', user, { AWS: 'AIDAANN' }, 'allow'],
    ['the id of a user who had the name before', user, { AWS: 'AIDABEFORE' }, 'implicit-deny'],
    ['the id of a role', role(), { AWS: 'AROAWORKER' }, 'allow'],
    ['a session of the same role', role(), { AWS: sessionArn.replace('one', 'two') }, 'implicit-deny'],
    ['all sessions of a role', role(), { AWS: sessionArn.replace('one', '*') }, 'implicit-deny'],
    ['a service', user, { Service: 'sqs.amazonaws.com' }, 'implicit-deny'],
    [
      'another account’s canonical user',
      user,
      { CanonicalUser: canonicalUserIdOf(foreign) },
      'implicit-deny',
    ],
    [
      'the account’s canonical user, which leaves it to the account',
      user,
      { CanonicalUser: [canonicalUserIdOf(own)] },
      'implicit-deny',
    ],
    ['a service', servicePrincipal('sns.amazonaws.com', own), { Service: ['sns.amazonaws.com'] }, 'allow'],
    ['a service’s account', servicePrincipal('sns.amazonaws.com', own), { AWS: own }, 'implicit-deny'],
    ['everyone', { type: 'anonymous', account: own, arn: 'anonymous' }, '*', 'allow'],
    ['everyone', { type: 'anonymous', account: own, arn: 'anonymous' }, { AWS: '*' }, 'allow'],
    ['an account', { type: 'anonymous', account: own, arn: 'anonymous' }, { AWS: own }, 'implicit-deny'],
  ])('that is %s', async (_form, who, named, expected) => {
    expect(await effectOf(who, { named })).toBe(expected);
  });

  it('may be an account by its canonical user id', async () => {
    const asked = { named: { CanonicalUser: canonicalUserIdOf(own) }, owner: foreign };
    expect(await effectOf(user, asked)).toBe('implicit-deny');
    expect(await effectOf(user, { ...asked, identity: all })).toBe('allow');
    expect(await effectOf(rootOf(own), asked)).toBe('allow');
    expect(await effectOf(user, { ...asked, identity: all, effect: 'Deny' })).toBe('explicit-deny');
    expect(
      await effectOf({ type: 'anonymous', account: own, arn: 'anonymous' }, { ...asked, owner: own }),
    ).toBe('implicit-deny');
  });

  it('of a key or of a role is never optional', async () => {
    for (const [action, resource] of [
      ['kms:Decrypt', `arn:aws:kms:eu-west-1:${own}:key/1`],
      ['sts:AssumeRole', `arn:aws:iam::${own}:role/target`],
    ] as const) {
      const asked = { action, resource, identity: all };
      expect(await effectOf(user, asked)).toBe('implicit-deny');
      expect(await effectOf(user, { ...asked, named: { AWS: foreign } })).toBe('implicit-deny');
      expect(await effectOf(user, { ...asked, named: { AWS: accountArn } })).toBe('allow');
      expect(await effectOf(user, { action, resource, named: { AWS: accountArn } })).toBe('implicit-deny');
      expect(await effectOf(user, { action, resource, named: { AWS: userArn } })).toBe('allow');
    }
  });
});

describe('NotPrincipal', () => {
  const denied = (named: unknown) => ({ named, isNegated: true, effect: 'Deny', identity: all }) as const;

  it.each<[string, Principal, unknown, string]>([
    ['the user and the account', user, { AWS: [userArn, accountArn] }, 'allow'],
    ['the session, the role and the account', role(), { AWS: [sessionArn, roleArn, accountArn] }, 'allow'],
    ['somebody else', user, { AWS: [`${userArn}x`, foreign] }, 'explicit-deny'],
    ['a service', user, { Service: 'lambda.amazonaws.com' }, 'explicit-deny'],
    ['the service', servicePrincipal('lambda.amazonaws.com', own), { AWS: userArn }, 'explicit-deny'],
  ])('spares %s', async (_who, who, named, expected) => {
    expect(await effectOf(who, denied(named))).toBe(expected);
  });

  it('spares nobody who has a boundary', async () => {
    expect(await effectOf(user, { ...denied({ AWS: [userArn, accountArn] }), boundary: all })).toBe(
      'explicit-deny',
    );
  });

  it('allows everyone else', async () => {
    expect(await effectOf(user, { named: { AWS: foreign }, isNegated: true })).toBe('allow');
    expect(await effectOf(user, { named: { AWS: userArn }, isNegated: true })).toBe('implicit-deny');
  });
});
