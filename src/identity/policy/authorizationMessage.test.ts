import { describe, expect, it } from 'vitest';
import type { AuthorizationRequest, Principal, PrincipalPolicies } from '../../platform/index.ts';
import { Authorizer } from '../authorize.ts';

const account = '111122223333';
const other = '444455556666';
const facts = {
  now: Date.parse('2025-06-01T00:00:00Z'),
  region: 'eu-west-1',
  sourceIp: '10.1.2.3',
  secure: true,
  userAgent: 'aws-cli/2',
};
const user: Principal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userName: 'ann',
  userId: 'AIDA1',
  tags: { Team: 'blue' },
};
const table = (owner: string) => `arn:aws:dynamodb:eu-west-1:${owner}:table/orders`;
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = { Effect: 'Allow', Action: '*', Resource: '*' };

async function decide(
  identity: readonly object[],
  request: Partial<AuthorizationRequest> = {},
  more: Partial<PrincipalPolicies> = {},
) {
  const policies: PrincipalPolicies = {
    identityPolicies: [{ id: 'own', document: document(...identity) }],
    ...more,
  };
  const authorizer = new Authorizer('enforce', { policiesOf: () => policies });
  const asked = { action: 'dynamodb:PutItem', resources: [table(account)], ...request };
  return await authorizer.decide(user, [asked], facts);
}

async function messageOf(...asked: Parameters<typeof decide>) {
  return JSON.parse((await decide(...asked)).details?.() ?? 'null');
}

interface Told {
  context: { conditions: { items: { key: string; values: { items: { value: string }[] } }[] } };
}

function conditionsOf({ context }: Told): Record<string, string[]> {
  return Object.fromEntries(
    context.conditions.items.map(({ key, values }) => [key, values.items.map(({ value }) => value)]),
  );
}

describe('a denial', () => {
  it('tells the statement that denies as it is written, and nothing of those that allow', async () => {
    const deny = {
      Sid: 'NotAtNight',
      Effect: 'Deny',
      Action: ['dynamodb:Put*', 'dynamodb:Delete*'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/Team': ['blue', 'red'] } },
    };
    const message = await messageOf([allow, deny]);
    expect(message).toMatchObject({
      allowed: false,
      explicitDeny: true,
      failures: { items: [] },
      context: {
        principal: { id: 'AIDA1', name: 'ann', arn: user.arn },
        action: 'dynamodb:PutItem',
        resource: table(account),
      },
    });
    expect(message.matchedStatements).toEqual({
      items: [
        {
          statementId: 'NotAtNight',
          effect: 'DENY',
          principals: { items: [{ value: 'AIDA1' }] },
          principalGroups: { items: [] },
          actions: { items: [{ value: 'dynamodb:Put*' }, { value: 'dynamodb:Delete*' }] },
          resources: { items: [{ value: '*' }] },
          conditions: {
            items: [
              { key: 'aws:PrincipalTag/Team', values: { items: [{ value: 'blue' }, { value: 'red' }] } },
            ],
          },
        },
      ],
    });
  });

  it('tells what conditions could have read', async () => {
    const message = await messageOf([], { context: { 'dynamodb:LeadingKeys': ['a', 'b'] } });
    expect(message).toMatchObject({ explicitDeny: false, matchedStatements: { items: [] } });
    expect(conditionsOf(message)).toMatchObject({
      'dynamodb:LeadingKeys': ['a', 'b'],
      'aws:Service': ['dynamodb'],
      'aws:Region': ['eu-west-1'],
      'aws:Account': [account],
      'aws:Resource': ['table/orders'],
      'aws:Type': ['table'],
      'aws:ARN': [table(account)],
      'aws:SourceIp': ['10.1.2.3'],
      'aws:username': ['ann'],
      'aws:PrincipalTag/Team': ['blue'],
    });
  });

  it("doesn't take a bucket's name for a type", async () => {
    const object = {
      action: 's3:GetObject',
      resources: ['arn:aws:s3:::files/a/b'],
      resourceAccount: account,
    };
    const conditions = conditionsOf(await messageOf([], object));
    expect(conditions).toMatchObject({ 'aws:Resource': ['files/a/b'], 'aws:Account': [account] });
    expect(conditions).not.toHaveProperty('aws:Type');
  });

  it('keeps the statements of boundaries and of the own resource apart from others', async () => {
    const deny = { Sid: 'Limit', Effect: 'Deny', Action: '*', Resource: '*' };
    const ofBoundary = await messageOf([allow], {}, { boundary: { id: 'b', document: document(deny) } });
    expect(ofBoundary.matchedStatements.items).toMatchObject([{ statementId: 'Limit' }]);
    const resourcePolicy = document({ ...deny, Sid: 'Closed', Principal: { AWS: [account, other] } });
    const ofResource = await messageOf([allow], { resourcePolicy });
    expect(ofResource.matchedStatements.items).toMatchObject([
      { statementId: 'Closed', principals: { items: [{ value: account }, { value: other }] } },
    ]);
  });

  it("tells nothing of another account's policy or resource", async () => {
    const resourcePolicy = document({
      Sid: 'TheirSecret',
      Effect: 'Deny',
      Principal: '*',
      Action: '*',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'true' } },
    });
    const foreign = {
      resources: [table(other)],
      resourcePolicy,
      context: { 'aws:ResourceTag/Owner': 'their secret' },
    };
    const message = await messageOf([allow], foreign);
    expect(message).toMatchObject({ explicitDeny: true, matchedStatements: { items: [] } });
    expect(JSON.stringify(message)).not.toMatch(/secret/i);
    const ofS3 = { ...foreign, action: 's3:GetObject', resources: ['arn:aws:s3:::theirs/a'] };
    const decision = await decide([allow], { ...ofS3, resourceAccount: other });
    expect(decision).toMatchObject({ effect: 'explicit-deny', message: 'Access Denied' });
    expect(decision.details?.()).toBeUndefined();
  });

  it('fits in a header, whatever was asked', async () => {
    const deny = {
      Effect: 'Deny',
      Action: Array.from({ length: 300 }, (_, i) => `dynamodb:Put*${'x'.repeat(i)}`),
      NotResource: 'arn:aws:s3:::none',
    };
    const context = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`aws:RequestTag/${i}`, 'é'.repeat(256)]),
    );
    const resource = `arn:aws:s3:::files/${'ü'.repeat(1_000)}`;
    for (const [statement, request] of [
      [deny, {}],
      [deny, { context }],
      [
        { ...deny, Action: ['dynamodb:PutItem'] },
        { context, resources: [resource] },
      ],
    ] as const) {
      const text = (await decide([allow, statement], request)).details?.() ?? '';
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2_816);
      expect(JSON.parse(text)).toMatchObject({ allowed: false, explicitDeny: true });
    }
    const endless = await decide([allow, deny], { resources: ['\u0001'.repeat(1_000)] });
    expect(endless.details?.()).toBeUndefined();
  });

  it('is the only decision that has any', async () => {
    expect((await decide([allow])).details).toBeUndefined();
  });
});

describe('a session whose user is gone', () => {
  const authorizer = new Authorizer('enforce', {
    policiesOf: () => ({ identityPolicies: [], isGone: true }),
  });
  const session = { ...user, session: { issuedAt: facts.now } } as const;

  it('is none, even where everyone may and where nothing is asked', async () => {
    const resourcePolicy = document({ ...allow, Principal: '*' });
    const open = { action: 'dynamodb:GetItem', resources: [table(account)], resourcePolicy };
    expect(await authorizer.decide(session, [open], facts)).toMatchObject({ isGone: true });
    expect(await authorizer.decide(session, [], facts)).toMatchObject({ isGone: true });
  });

  it('is not the work that the cloud itself does as a role', async () => {
    const arn = `arn:aws:sts::${account}:assumed-role/worker/cloud`;
    const roleArn = `arn:aws:iam::${account}:role/worker`;
    const work: Principal = {
      type: 'role',
      account,
      arn,
      roleArn,
      roleId: 'worker',
      sessionName: 'cloud',
    };
    const asked = { action: 'dynamodb:GetItem', resources: [table(account)] };
    expect(await authorizer.decide(work, [asked], facts)).not.toHaveProperty('isGone');
  });
});
