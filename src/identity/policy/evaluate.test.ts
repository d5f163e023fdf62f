import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PrincipalPolicies } from '../../platform/index.ts';
import { type Principal, rootOf, servicePrincipal } from '../../platform/index.ts';
import { Authorizer, type RequestFacts } from '../authorize.ts';
import { compileCondition } from './conditions.ts';
import { requestContext } from './context.ts';
import { compilePolicy } from './document.ts';
import { accountOf } from './evaluate.ts';
import { compilePattern } from './wildcard.ts';

const account = '111122223333';
const user: Principal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userName: 'ann',
  userId: 'AIDA1',
};
const role: Principal = {
  type: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/worker/one`,
  roleArn: `arn:aws:iam::${account}:role/worker`,
  roleId: 'AROA1',
  sessionName: 'one',
  tags: { Team: 'blue' },
};
const table = `arn:aws:dynamodb:eu-west-1:${account}:table/orders`;
const key = `arn:aws:kms:eu-west-1:${account}:key/1`;
const facts: RequestFacts = {
  now: Date.parse('2025-06-01T00:00:00Z'),
  region: 'eu-west-1',
  sourceIp: '10.1.2.3',
  secure: false,
};

type Statement = Record<string, unknown>;
const policy = (...statements: Statement[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  });

interface Scene {
  principal?: Principal;
  identity?: string[];
  boundary?: string;
  resourcePolicy?: string;
  action?: string;
  resources?: string[];
  context?: Record<string, string | string[]>;
}

async function decide(scene: Scene) {
  const policies: PrincipalPolicies = {
    identityPolicies: (scene.identity ?? []).map((document, i) => ({ id: `p${i}`, document })),
    ...(scene.boundary === undefined ? {} : { boundary: { id: 'boundary', document: scene.boundary } }),
  };
  return new Authorizer('enforce', { policiesOf: async () => policies }).decide(
    scene.principal ?? user,
    [
      {
        action: scene.action ?? 'dynamodb:GetItem',
        resources: scene.resources ?? [table],
        ...(scene.context && { context: scene.context }),
        ...(scene.resourcePolicy !== undefined && { resourcePolicy: scene.resourcePolicy }),
      },
    ],
    facts,
  );
}
const effect = async (scene: Scene) => (await decide(scene)).effect;
const allowAll = policy({ Action: '*', Resource: '*' });

describe('identity policies', () => {
  it.each<[string, Statement, string]>([
    ['exact', { Action: 'dynamodb:GetItem', Resource: table }, 'allow'],
    ['action wildcards and case', { Action: 'DynamoDB:get*', Resource: '*' }, 'allow'],
    ['question mark', { Action: 'dynamodb:GetIte?', Resource: '*' }, 'allow'],
    ['another action', { Action: 'dynamodb:PutItem', Resource: '*' }, 'implicit-deny'],
    ['resource case matters', { Action: '*', Resource: table.replace('orders', 'Orders') }, 'implicit-deny'],
    ['resource wildcard', { Action: '*', Resource: 'arn:aws:dynamodb:*:*:table/ord*' }, 'allow'],
    ['NotAction', { NotAction: 'iam:*', Resource: '*' }, 'allow'],
    ['NotAction that names it', { NotAction: ['dynamodb:*'], Resource: '*' }, 'implicit-deny'],
    ['NotResource', { Action: '*', NotResource: table }, 'implicit-deny'],
    [
      'a condition on a variable',
      {
        Action: '*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalArn': '${aws:PrincipalArn}' } },
      },
      'allow',
    ],
    ['a variable', { Action: '*', Resource: 'arn:aws:dynamodb:*:*:table/${aws:username}*' }, 'implicit-deny'],
    [
      'a variable with a default',
      { Action: '*', Resource: "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/x, 'orders'}" },
      'allow',
    ],
  ])('%s', async (_what, statement, expected) => {
    expect(await effect({ identity: [policy(statement)] })).toBe(expected);
  });

  it('takes variables literally before version 2012-10-17', async () => {
    const Condition = { StringEquals: { 'aws:PrincipalArn': '${aws:PrincipalArn}' } };
    const old = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition }] };
    expect(await effect({ identity: [JSON.stringify(old)] })).toBe('implicit-deny');
  });

  it('lets an explicit deny win, and says so in the words of AWS', async () => {
    const denied = await decide({
      identity: [allowAll, policy({ Sid: 'No', Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' })],
    });
    expect(denied).toMatchObject({
      effect: 'explicit-deny',
      matched: ['p0#0', 'p1#No'],
      denied: { action: 'dynamodb:GetItem', resource: table },
      message: `User: ${user.arn} is not authorized to perform: dynamodb:GetItem on resource: ${table} with an explicit deny in an identity-based policy`,
    });
    expect((await decide({})).message).toBe(
      `User: ${user.arn} is not authorized to perform: dynamodb:GetItem on resource: ${table} because no identity-based policy allows the dynamodb:GetItem action`,
    );
  });

  it('wants every resource allowed', async () => {
    expect(
      await effect({ identity: [policy({ Action: '*', Resource: table })], resources: [table, `${table}2`] }),
    ).toBe('implicit-deny');
  });

  it('narrows by boundary and session policy', async () => {
    const boundary = policy({ Action: 's3:*', Resource: '*' });
    expect(await decide({ identity: [allowAll], boundary })).toMatchObject({
      message: expect.stringContaining('no permissions boundary allows'),
    });
    const sessionPolicies = [policy({ Action: 'dynamodb:Query', Resource: '*' })];
    expect(await decide({ principal: { ...role, sessionPolicies }, identity: [allowAll] })).toMatchObject({
      message: expect.stringContaining('no session policy allows'),
    });
  });

  it('treats a document it cannot read as saying nothing', async () => {
    expect(await effect({ identity: ['{'] })).toBe('implicit-deny');
  });
});

describe('resource policies', () => {
  const named = (principal: unknown, more: Statement = {}) =>
    policy({ Principal: principal, Action: '*', Resource: '*', ...more });

  it.each<[string, Scene, string]>([
    ['names the user', { resourcePolicy: named({ AWS: user.arn }) }, 'allow'],
    ['names another', { resourcePolicy: named({ AWS: `${user.arn}x` }) }, 'implicit-deny'],
    [
      'names the account: identity policies decide',
      { resourcePolicy: named({ AWS: account }) },
      'implicit-deny',
    ],
    [
      'everyone, and nobody in particular',
      { principal: { type: 'anonymous', account, arn: 'anonymous' }, resourcePolicy: named('*') },
      'allow',
    ],
    [
      'a service',
      {
        principal: servicePrincipal('sns.amazonaws.com', account, 'arn:aws:sns:eu-west-1:111122223333:t'),
        resourcePolicy: named(
          { Service: 'sns.amazonaws.com' },
          { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:${aws:SourceAccount}:*' } } },
        ),
      },
      'allow',
    ],
    [
      'a service without leave',
      { principal: servicePrincipal('sns.amazonaws.com', account) },
      'implicit-deny',
    ],
    [
      'the role, limited by its boundary',
      {
        principal: role,
        boundary: policy({ Action: 's3:*', Resource: '*' }),
        resourcePolicy: named({ AWS: role.type === 'role' ? role.roleArn : '' }),
      },
      'implicit-deny',
    ],
    [
      'the session, not limited',
      {
        principal: role,
        boundary: policy({ Action: 's3:*', Resource: '*' }),
        resourcePolicy: named({ AWS: role.arn }),
      },
      'allow',
    ],
    [
      'denies even root',
      { principal: rootOf(account), resourcePolicy: named('*', { Effect: 'Deny' }) },
      'explicit-deny',
    ],
    [
      'NotPrincipal',
      {
        identity: [allowAll],
        resourcePolicy: policy({
          Effect: 'Deny',
          NotPrincipal: { AWS: user.arn },
          Action: '*',
          Resource: '*',
        }),
      },
      'allow',
    ],
    [
      'another account needs both: identity only',
      { identity: [allowAll], resources: ['arn:aws:dynamodb:eu-west-1:999999999999:table/x'] },
      'implicit-deny',
    ],
    [
      'another account needs both: policy only',
      {
        resourcePolicy: named({ AWS: user.arn }),
        resources: ['arn:aws:dynamodb:eu-west-1:999999999999:table/x'],
      },
      'implicit-deny',
    ],
    [
      'another account needs both',
      {
        identity: [allowAll],
        resourcePolicy: named({ AWS: account }),
        resources: ['arn:aws:dynamodb:eu-west-1:999999999999:table/x'],
      },
      'allow',
    ],
    [
      'a trust policy is never optional',
      {
        identity: [allowAll],
        action: 'sts:AssumeRole',
        resourcePolicy: named({ Service: 'lambda.amazonaws.com' }),
      },
      'implicit-deny',
    ],
    [
      'a trust policy that names the account',
      {
        identity: [allowAll],
        action: 'sts:AssumeRole',
        resourcePolicy: named({ AWS: `arn:aws:iam::${account}:root` }),
      },
      'allow',
    ],
    [
      'NotPrincipal spares nobody who has a boundary',
      {
        identity: [allowAll],
        boundary: allowAll,
        resourcePolicy: policy({
          Effect: 'Deny',
          NotPrincipal: { AWS: user.arn },
          Action: '*',
          Resource: '*',
        }),
      },
      'explicit-deny',
    ],
    [
      'a key without its policy',
      { identity: [allowAll], action: 'kms:Decrypt', resources: [key] },
      'implicit-deny',
    ],
    ['what concerns no key', { identity: [allowAll], action: 'kms:ListKeys', resources: ['*'] }, 'allow'],
    [
      'tags of a session want the trust policy too',
      { identity: [allowAll], action: 'sts:TagSession', resources: [`arn:aws:iam::${account}:role/a`] },
      'implicit-deny',
    ],
  ])('%s', async (_what, scene, expected) => {
    expect(await effect(scene)).toBe(expected);
  });
});

it.each([
  [table, account],
  ['arn:aws:s3:::bucket/key', undefined],
  ['arn:aws:iam::111122223333:role/a', '111122223333'],
  ['arn:aws:iam::11112222333x:role/a', undefined],
  ['arn:aws:iam::111122223333', undefined],
  ['*', undefined],
])('the account in %s is %s', (resource, expected) => {
  expect(accountOf(resource)).toBe(expected);
});

describe('conditions', () => {
  const holds = (operator: string, key: string, wanted: string | string[], given: Record<string, string[]>) =>
    compileCondition(
      operator,
      key,
      [wanted].flat(),
    )(
      (name) => given[name],
      (name) => given[name.toLowerCase()]?.[0],
    );

  it.each<[string, string, string | string[], Record<string, string[]>, boolean]>([
    ['StringEquals', 'K', 'a', { k: ['a'] }, true],
    ['StringEquals', 'k', 'a', {}, false],
    ['StringEqualsIfExists', 'k', 'a', {}, true],
    ['StringNotEquals', 'k', ['a', 'b'], { k: ['b'] }, false],
    ['StringNotEquals', 'k', 'a', {}, true],
    ['StringEqualsIgnoreCase', 'k', 'A', { k: ['a'] }, true],
    ['StringLike', 'k', 'a*?c', { k: ['axxbc'] }, true],
    ['StringLike', 'k', '${me}/*', { k: ['x/1'], me: ['x'] }, true],
    ['StringLike', 'k', '${me}/1', { k: ['x/1'], me: ['*'] }, false],
    ['StringNotLike', 'k', 'a*', { k: ['b'] }, true],
    ['NumericLessThanEquals', 'k', '10', { k: ['9.5'] }, true],
    ['NumericGreaterThan', 'k', '10', { k: ['x'] }, false],
    ['DateGreaterThan', 'k', '2025-01-01T00:00:00Z', { k: ['2025-06-01T00:00:00.000Z'] }, true],
    ['DateLessThan', 'k', '1735689600', { k: ['2024-06-01T00:00:00Z'] }, true],
    ['Bool', 'k', 'true', { k: ['True'] }, true],
    ['Null', 'k', 'true', {}, true],
    ['Null', 'k', 'false', {}, false],
    ['IpAddress', 'k', ['10.0.0.0/8', '2001:db8::/32'], { k: ['10.255.0.1'] }, true],
    ['IpAddress', 'k', '2001:db8::/32', { k: ['2001:db8::9'] }, true],
    ['IpAddress', 'k', '10.0.0.0/8', { k: ['::ffff:10.0.0.1'] }, true],
    ['IpAddress', 'k', '::/0', { k: ['::1'] }, true],
    ['IpAddress', 'k', '0.0.0.0/0', { k: ['192.0.2.1'] }, true],
    ['IpAddress', 'k', '0.0.0.0/0', { k: ['::1'] }, false],
    ['IpAddress', 'k', '10.0.0.128/25', { k: ['10.0.0.127'] }, false],
    ['IpAddress', 'k', '10.0.0.128/25', { k: ['10.0.0.200'] }, true],
    ['IpAddress', 'k', '2001:db8:0:8000::/49', { k: ['2001:db8:0:7fff::1'] }, false],
    ['IpAddress', 'k', '2001:db8::1:2', { k: ['2001:0db8:0:0:0:0:1:2'] }, true],
    ['IpAddress', 'k', '64:ff9b::/96', { k: ['64:ff9b::192.0.2.1'] }, true],
    ['NotIpAddress', 'k', '10.0.0.0/8', { k: ['11.0.0.1'] }, true],
    ['IpAddress', 'k', '10.0.0.0/99', { k: ['10.0.0.1'] }, false],
    ['ArnLike', 'k', 'arn:aws:s3:::b*', { k: ['arn:aws:s3:::bucket'] }, true],
    ['ArnLike', 'k', 'arn:aws:*:table', { k: ['arn:aws:dynamodb:r:1:table'] }, false],
    ['ArnNotEquals', 'k', 'arn:aws:s3:::b', { k: ['arn:aws:s3:::c'] }, true],
    ['ForAllValues:StringEquals', 'k', ['a', 'b'], { k: ['a', 'b'] }, true],
    ['ForAllValues:StringEquals', 'k', ['a', 'b'], { k: ['a', 'c'] }, false],
    ['ForAllValues:StringEquals', 'k', 'a', {}, true],
    ['ForAnyValue:StringEquals', 'k', 'a', { k: ['c', 'a'] }, true],
    ['ForAnyValue:StringEquals', 'k', 'a', {}, false],
    ['ForAnyValue:StringNotEquals', 'k', 'a', { k: ['a', 'b'] }, true],
    ['ForAnyValue:StringNotEquals', 'k', 'a', {}, false],
    ['ForAnyValue:StringEqualsIfExists', 'k', 'a', {}, false],
    ['ForAllValues:StringNotEquals', 'k', 'a', { k: ['b', 'a'] }, false],
    ['ForAllValues:ArnLike', 'k', 'arn:aws:s3:::b*', { k: ['arn:aws:s3:::b1', 'arn:aws:s3:::c'] }, false],
    // A key that holds but an empty text is to set operators as if it were absent, and to others a text.
    ['ForAllValues:StringEquals', 'k', 'a', { k: [''] }, true],
    ['ForAllValues:StringNotEquals', 'k', '', { k: [''] }, true],
    ['ForAnyValue:StringEquals', 'k', '', { k: [''] }, false],
    ['ForAnyValue:StringNotEquals', 'k', 'a', { k: [''] }, false],
    ['ForAllValues:StringEquals', 'k', 'a', { k: ['a', ''] }, false],
    ['StringEquals', 'k', '', { k: [''] }, true],
    ['StringNotEquals', 'k', '', { k: [''] }, false],
    ['StringLike', 'k', '*', { k: [''] }, true],
    ['Null', 'k', 'true', { k: [''] }, false],
    ['ForAllValues:StringLike', 'k', ['a*', '?b'], { k: ['abc', 'bb'] }, true],
    ['ForAllValues:StringEqualsIfExists', 'k', 'a', { k: ['b'] }, false],
    ['ForAnyValue:StringLikeIfExists', 'k', 'a*', { k: ['b', 'ab'] }, true],
    ['Bool', 'k', '${me}', { k: ['true'], me: ['true'] }, true],
    ['Bool', 'k', '${me}', { k: ['true'], me: ['false'] }, false],
    ['BoolIfExists', 'k', 'false', {}, true],
    ['BoolIfExists', 'k', 'false', { k: ['true'] }, false],
    ['NumericNotEquals', 'k', '5', {}, true],
    ['NumericLessThanIfExists', 'k', '5', {}, true],
    ['NumericEquals', 'k', ['1', '2'], { k: ['2.0'] }, true],
    ['NumericNotEquals', 'k', ['1', '2'], { k: ['2'] }, false],
    ['DateGreaterThanEquals', 'k', '2025-06-01T02:00:00+02:00', { k: ['2025-06-01T00:00:00Z'] }, true],
    ['DateLessThanEquals', 'k', '2025-06', { k: ['2025-06-01T00:00:00Z'] }, true],
    ['DateNotEquals', 'k', '2025-06-01', { k: ['2025-06-01T00:00:00Z'] }, false],
    ['NotIpAddressIfExists', 'k', '10.0.0.0/8', {}, true],
    ['NotIpAddress', 'k', ['10.0.0.0/8', '2001:db8::/32'], { k: ['2001:db8::1'] }, false],
    ['IpAddress', 'k', '2001:DB8:1234:5678::/64', { k: ['2001:db8:1234:5678:ffff::1'] }, true],
    ['IpAddress', 'k', '203.0.113.7', { k: ['203.0.113.7'] }, true],
    ['IpAddress', 'k', '203.0.113.7', { k: ['203.0.113.8'] }, false],
    ['ArnLikeIfExists', 'k', 'arn:aws:s3:::b', {}, true],
    ['ArnNotLike', 'k', 'arn:aws:s3:::b', {}, true],
    ['ArnEquals', 'k', 'arn:aws:*:*:*:x/*', { k: ['arn:aws:sqs:r:1:x/y:z'] }, true],
    ['ArnLike', 'k', 'arn:aws:s:*:1:f/*', { k: ['arn:aws:s:r:9:store/abc:1:f/doc'] }, false],
    ['StringLike', 'k', 'arn:aws:s:*:1:f/*', { k: ['arn:aws:s:r:9:store/abc:1:f/doc'] }, true],
    ['ArnLike', 'k', 'arn:aws:iam::${me}:role/*', { k: ['arn:aws:iam::7:role/a'], me: ['7'] }, true],
    ['StringEqualsIgnoreCase', 'k', '${me}', { k: ['ANN'], me: ['ann'] }, true],
    ['StringNotEqualsIgnoreCase', 'k', 'ann', { k: ['ANN'] }, false],
    ['StringLike', 'k', 'A*', { k: ['abc'] }, false],
    ['Null', 'k', ['true', 'false'], { k: ['a'] }, true],
    ['Null', 'k', 'true', { k: [] }, true],
    ['NumericEquals', 'k', '0', { k: [''] }, false],
    ['NumericEquals', 'k', '16', { k: ['0x10'] }, false],
    ['DateEquals', 'k', '2025-01-01T00:00:00', { k: ['2025-01-01T00:00:00Z'] }, true],
    ['DateLessThan', 'k', '1 Jan 2030', { k: ['2025-01-01T00:00:00Z'] }, false],
    ['IpAddress', 'k', '10.0.0.0/', { k: ['192.0.2.1'] }, false],
    ['IpAddress', 'k', '10.0.0.1/32/0', { k: ['10.0.0.1'] }, false],
    ['StringLike', 'k', '${me}', { k: ['anything'], me: ['\uE000'] }, false],
    ['StringEquals', 'k', '${*}-${?}-${$}', { k: ['*-?-$'] }, true],
    ['StringLike', 'k', 'a${*}', { k: ['ab'] }, false],
    ['StringEquals', 'k', '*', { k: ['ab'] }, false],
    ['StringEquals', 'k', "${me, 'x'}", { k: ['x'] }, true],
    ['StringEquals', 'k', "${me, 'x'}", { k: ['x'], me: ['y'] }, false],
    ['StringNotEquals', 'k', '${me}', { k: ['x'] }, true],
    ['NumericEquals', 'k', '${me}', { k: ['1'], me: ['1'] }, false],
    ['BinaryEquals', 'k', 'QmluYXJ5', { k: ['QmluYXJ5'] }, true],
  ])('%s %s %j over %j is %s', (operator, key, wanted, given, expected) => {
    expect(holds(operator, key, wanted, given)).toBe(expected);
  });

  it('refuses an operator that does not exist', () => {
    expect(() => compileCondition('StringSortOf', 'k', ['a'])).toThrow(/StringSortOf/);
    expect(() => compileCondition('constructor', 'k', ['a'])).toThrow(/constructor/);
    expect(() => compileCondition('NullIfExists', 'k', ['true'])).toThrow(/NullIfExists/);
    expect(() =>
      compilePolicy(policy({ Action: '*', Resource: '*', Condition: { Nope: { a: 'b' } } })),
    ).toThrow(/Nope/);
  });

  it('reads keys of the service and of the request', async () => {
    const condition = {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': '${aws:username}' },
      IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
      Bool: { 'aws:SecureTransport': 'false' },
      StringEquals: { 'aws:RequestedRegion': 'eu-west-1', 'aws:PrincipalAccount': account },
    };
    const identity = [policy({ Action: '*', Resource: '*', Condition: condition })];
    expect(await effect({ identity, context: { 'dynamodb:LeadingKeys': ['ann'] } })).toBe('allow');
    expect(await effect({ identity, context: { 'dynamodb:LeadingKeys': ['ann', 'bob'] } })).toBe(
      'implicit-deny',
    );
    const tagged = [
      policy({
        Action: '*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
      }),
    ];
    expect(await effect({ principal: role, identity: tagged })).toBe('allow');
  });
});

describe('global keys', () => {
  const anonymous: Principal = { type: 'anonymous', account, arn: 'anonymous' };
  const sns = servicePrincipal('sns.amazonaws.com', account, `arn:aws:sns:eu-west-1:${account}:topic`);
  const root = rootOf(account);

  it.each<[Principal, string, string | undefined]>([
    [user, 'aws:PrincipalArn', user.arn],
    [role, 'aws:PrincipalArn', `arn:aws:iam::${account}:role/worker`],
    [root, 'aws:PrincipalArn', root.arn],
    [sns, 'aws:PrincipalArn', undefined],
    [anonymous, 'aws:PrincipalArn', undefined],
    [anonymous, 'aws:PrincipalAccount', 'anonymous'],
    [sns, 'aws:PrincipalAccount', undefined],
    [sns, 'aws:PrincipalServiceNamesList', 'sns.amazonaws.com'],
    [sns, 'aws:SourceAccount', account],
    [user, 'aws:userid', 'AIDA1'],
    [role, 'aws:userid', 'AROA1:one'],
    [root, 'aws:userid', account],
    [anonymous, 'aws:userid', 'anonymous'],
    [user, 'aws:MultiFactorAuthPresent', undefined],
    [role, 'aws:MultiFactorAuthPresent', 'false'],
    [user, 'aws:ResourceAccount', '999999999999'],
    [user, 'S3:Prefix', 'a/'],
    [user, 'aws:CurrentTime', '2025-06-01T00:00:00.000Z'],
    [user, 'aws:EpochTime', '1748736000'],
  ])('of %o: %s is %s', (principal, name, expected) => {
    const request = { resources: [], resourceAccount: '999999999999', context: { 's3:prefix': 'a/' } };
    const read = requestContext(principal, request, facts, 'arn:aws:s3:::bucket');
    expect(read(name.toLowerCase())?.[0]).toBe(expected);
  });

  it('takes a key with several values for no variable', async () => {
    const identity = [policy({ Action: '*', Resource: 'arn:aws:dynamodb:*:*:table/${aws:TagKeys}' })];
    expect(await effect({ identity, context: { 'aws:TagKeys': ['orders'] } })).toBe('allow');
    expect(await effect({ identity, context: { 'aws:TagKeys': ['orders', 'b'] } })).toBe('implicit-deny');
  });
});

describe('wildcards', () => {
  it.each<[string, string, boolean]>([
    ['arn:aws:dynamodb:eu-*-1:1:table/a', 'arn:aws:dynamodb:eu-west-1:1:table/a', true],
    ['arn:aws:dynamodb:e*1:table/a', 'arn:aws:dynamodb:eu-west-1:1:table/a', false],
    ['arn:aws:lambda:*:function:a:live', 'arn:aws:lambda:r:1:function:a:live', true],
    ['arn:aws:lambda:x*y:function:a:live', 'arn:aws:lambda:x:y:function:a:live', false],
    ['arn:aws:dynamodb:?:1:table/a', 'arn:aws:dynamodb:::1:table/a', false],
    ['arn:aws:lambda:*:*:function:*:live', 'arn:aws:lambda:r:1:function:a:live', true],
    ['arn:aws:dynamodb', 'arn:aws:dynamodb:eu-west-1:1:table/a', true],
    ['arn:aws:sqs', 'arn:aws:dynamodb:eu-west-1:1:table/a', false],
    ['arn:aws:s3:::*/x*y', 'arn:aws:s3:::a/x/z:y', true],
    ['arn:aws:*:e*1:1:t*', 'arn:aws:d:x:eu-1:1:t', true],
  ])('%s over %s is %s', (pattern, resource, expected) => {
    expect(compilePattern(pattern, { isArn: true }).matches(resource, () => undefined)).toBe(expected);
  });

  it('agree with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 12 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const expression = new RegExp(
          `^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`,
        );
        expect(compilePattern(pattern).matches(text, () => undefined)).toBe(expression.test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('keep within the parts of an ARN, as a regular expression says it', () => {
    const letters = (...more: string[]) =>
      fc.string({ unit: fc.constantFrom('a', 'b', ':', ...more), maxLength: 16 });
    fc.assert(
      fc.property(letters('*', '?', '*'), letters(), (pattern, text) => {
        let colons = 1;
        let expression = '';
        for (const [i, letter] of [...pattern].entries()) {
          if (letter === ':') colons++;
          const isFree = colons >= 5 || (letter === '*' && pattern[i + 1] === ':');
          if (letter === '*') expression += isFree ? '[^]*' : '[^:]*';
          else if (letter === '?') expression += isFree ? '[^]' : '[^:]';
          else expression += letter;
        }
        for (; colons < 5; colons++) expression += ':[^]*';
        expect(
          compilePattern(`arn:${pattern}`, { isArn: true }).matches(`arn:${text}`, () => undefined),
        ).toBe(new RegExp(`^${expression}$`).test(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('stay quick on hostile patterns', () => {
    const pattern = compilePattern(`${'*a'.repeat(200)}b`);
    expect(pattern.matches('a'.repeat(5_000), () => undefined)).toBe(false);
    const arn = compilePattern(`arn:${'*a'.repeat(50)}*:${'*a'.repeat(50)}b:c`, { isArn: true });
    expect(arn.matches(`arn:${'a'.repeat(1_000)}:${'a'.repeat(1_000)}`, () => undefined)).toBe(false);
  });
});
