/** The words of https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html, one for each reason. */
import { expect, it } from 'vitest';
import type { Principal, PrincipalPolicies } from '../../platform/index.ts';
import { Authorizer } from '../authorize.ts';

const account = '111122223333';
const user: Principal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userName: 'ann',
  userId: 'AIDA1',
};
const session: Principal = {
  type: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/worker/one`,
  roleArn: `arn:aws:iam::${account}:role/worker`,
  roleId: 'AROA1',
  sessionName: 'one',
};
const table = `arn:aws:dynamodb:eu-west-1:${account}:table/orders`;
const role = `arn:aws:iam::${account}:role/target`;
const boundaryArn = `arn:aws:iam::${account}:policy/limit`;

const policy = (Effect: 'Allow' | 'Deny', more: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect, Action: '*', Resource: '*', ...more }],
  });
const everyone = { Principal: '*' };
const allow = policy('Allow');
const deny = policy('Deny');
const other = policy('Allow', { Action: 's3:*' });

interface Asked {
  principal?: Principal;
  identity?: PrincipalPolicies['identityPolicies'];
  boundary?: string;
  resourcePolicy?: string;
  action?: string;
  resource?: string;
  owner?: string;
}

function messageOf(asked: Asked): string | undefined {
  const policies: PrincipalPolicies = {
    identityPolicies: asked.identity ?? [{ id: 'inline', document: allow }],
    ...(asked.boundary && { boundary: { id: boundaryArn, document: asked.boundary } }),
  };
  const decision = new Authorizer('enforce', { policiesOf: () => policies }).decide(
    asked.principal ?? user,
    [
      {
        action: asked.action ?? 'dynamodb:GetItem',
        resources: [asked.resource ?? table],
        ...(asked.resourcePolicy && { resourcePolicy: asked.resourcePolicy }),
        ...(asked.owner && { resourceAccount: asked.owner }),
      },
    ],
    { now: 0, region: 'eu-west-1', sourceIp: '10.1.2.3', secure: true },
  );
  return 'message' in decision ? decision.message : undefined;
}

const said = (end: string, action = 'dynamodb:GetItem', resource = table, who: Principal = user) =>
  `User: ${who.arn} is not authorized to perform: ${action} on resource: ${resource} ${end}`;
const noneAllows = (kind: string, action = 'dynamodb:GetItem') =>
  `because no ${kind} allows the ${action} action`;

it.each<[string, Asked, string]>([
  ['silence of identity policies', { identity: [] }, said(noneAllows('identity-based policy'))],
  ['silence of the boundary', { boundary: other }, said(noneAllows('permissions boundary'))],
  [
    'silence of the session policy',
    { principal: { ...session, sessionPolicies: [other] } },
    said(noneAllows('session policy'), undefined, undefined, session),
  ],
  [
    'silence of another account’s resource',
    { resource: table.replace(account, '999999999999') },
    said(noneAllows('resource-based policy'), undefined, table.replace(account, '999999999999')),
  ],
  [
    'silence of a role’s trust',
    { action: 'sts:AssumeRole', resource: role },
    said(noneAllows('role trust policy', 'sts:AssumeRole'), 'sts:AssumeRole', role),
  ],
  [
    'an inline policy',
    { identity: [{ id: 'inline', document: deny }] },
    said('with an explicit deny in an identity-based policy'),
  ],
  [
    'a managed policy, by its ARN',
    { identity: [{ id: `arn:aws:iam::${account}:policy/no`, document: deny }] },
    said(`with an explicit deny in an identity-based policy: arn:aws:iam::${account}:policy/no`),
  ],
  [
    'the boundary, by its ARN',
    { boundary: deny },
    said(`with an explicit deny in a permissions boundary: ${boundaryArn}`),
  ],
  [
    'a session policy',
    { principal: { ...session, sessionPolicies: [deny] } },
    said('with an explicit deny in a session policy', undefined, undefined, session),
  ],
  [
    'a resource policy',
    { resourcePolicy: policy('Deny', everyone) },
    said('with an explicit deny in a resource-based policy'),
  ],
  [
    'a role’s trust',
    { action: 'sts:AssumeRole', resource: role, resourcePolicy: policy('Deny', everyone) },
    said('with an explicit deny in the role trust policy', 'sts:AssumeRole', role),
  ],
  [
    'no ARN of a policy to those who ask for another account’s',
    {
      identity: [{ id: `arn:aws:iam::${account}:policy/no`, document: deny }],
      resource: table.replace(account, '999999999999'),
    },
    said(
      'with an explicit deny in an identity-based policy',
      undefined,
      table.replace(account, '999999999999'),
    ),
  ],
  ...(['Allow', 'Deny'] as const).map((effect): [string, Asked, string] => [
    `nothing of another account’s key (${effect})`,
    {
      action: 'kms:Encrypt',
      resource: 'arn:aws:kms:eu-west-1:999999999999:key/1',
      resourcePolicy: policy(effect, effect === 'Deny' ? everyone : { Principal: { AWS: '888888888888' } }),
    },
    `User: ${user.arn} is not authorized to perform: kms:Encrypt on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
  ]),
  [
    'the own policies that keep from another account’s key',
    { identity: [], action: 'kms:Encrypt', resource: 'arn:aws:kms:eu-west-1:999999999999:key/1' },
    said(
      noneAllows('identity-based policy', 'kms:Encrypt'),
      'kms:Encrypt',
      'arn:aws:kms:eu-west-1:999999999999:key/1',
    ),
  ],
  [
    'S3 of the own account, its resource quoted',
    { identity: [], action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', owner: account },
    said(noneAllows('identity-based policy', 's3:GetObject'), 's3:GetObject', '"arn:aws:s3:::b/k"'),
  ],
  [
    'S3 of another account, without a reason',
    { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', owner: '999999999999' },
    'Access Denied',
  ],
  [
    'S3, unsigned',
    {
      principal: { type: 'anonymous', account, arn: 'anonymous' },
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/k',
      owner: account,
    },
    'Access Denied',
  ],
  [
    'all resources in IAM, where there is none',
    { identity: [], action: 'iam:ListAccountAliases', resource: '*' },
    said(noneAllows('identity-based policy', 'iam:ListAccountAliases'), 'iam:ListAccountAliases', '*'),
  ],
  [
    'nothing of a resource where there is none',
    { identity: [], action: 'sts:DecodeAuthorizationMessage', resource: '*' },
    `User: ${user.arn} is not authorized to perform: sts:DecodeAuthorizationMessage ${noneAllows('identity-based policy', 'sts:DecodeAuthorizationMessage')}`,
  ],
  ...['lambda:ListFunctions', 'kms:CreateKey', 'cognito-idp:ListUserPools', 'dynamodb:DescribeLimits'].map(
    (action): [string, Asked, string] => [
      `all resources: ${action}`,
      { identity: [], action, resource: '*' },
      said(noneAllows('identity-based policy', action), action, '*'),
    ],
  ),
  ...(
    [
      ['iam:GetRole', 'role/service-role/worker', 'role worker'],
      ['iam:AttachRolePolicy', 'role/worker', 'role worker'],
      ['iam:UpdateAssumeRolePolicy', 'role/worker', 'role worker'],
      ['iam:CreateRole', 'role/worker', `arn:aws:iam::${account}:role/worker`],
      ['iam:TagRole', 'role/worker', `arn:aws:iam::${account}:role/worker`],
      ['iam:PassRole', 'role/worker', `arn:aws:iam::${account}:role/worker`],
      ['iam:GetUser', 'user/staff/bob', 'user bob'],
      ['iam:CreateAccessKey', 'user/bob', 'user bob'],
      ['iam:ListAccessKeys', 'user/bob', 'user bob'],
      ['iam:ListAttachedUserPolicies', 'user/bob', 'user bob'],
      ['iam:CreateUser', 'user/bob', `arn:aws:iam::${account}:user/bob`],
      ['iam:SimulatePrincipalPolicy', 'user/bob', `arn:aws:iam::${account}:user/bob`],
      ['iam:ListUsers', 'user/', `arn:aws:iam::${account}:user/`],
      ['iam:ListUsers', 'user/a', `arn:aws:iam::${account}:user/a`],
      ['iam:GetGroup', 'group/staff', 'group staff'],
      ['iam:ListGroupsForUser', 'user/bob', 'user bob'],
      ['iam:CreateGroup', 'group/staff', `arn:aws:iam::${account}:group/staff`],
      ['iam:GetInstanceProfile', 'instance-profile/p', 'instance profile p'],
      ['iam:CreateInstanceProfile', 'instance-profile/p', `arn:aws:iam::${account}:instance-profile/p`],
      ['iam:ListInstanceProfilesForRole', 'role/worker', 'role worker'],
      ['iam:GetPolicy', 'policy/p', `policy arn:aws:iam::${account}:policy/p`],
      ['iam:CreatePolicyVersion', 'policy/a/p', `policy arn:aws:iam::${account}:policy/a/p`],
      ['iam:CreatePolicy', 'policy/a/p', 'policy p'],
      ['iam:TagPolicy', 'policy/p', 'policy p'],
      ['iam:CreateVirtualMFADevice', 'mfa/m', `arn:aws:iam::${account}:mfa/m`],
    ] as const
  ).map(([action, named, shown]): [string, Asked, string] => [
    `IAM’s own resources: ${action} on ${named}`,
    { identity: [], action, resource: `arn:aws:iam::${account}:${named}` },
    said(noneAllows('identity-based policy', action), action, shown),
  ]),
  [
    'the path of policies that IAM was to list',
    { identity: [], action: 'iam:ListPolicies', resource: '*' },
    said(noneAllows('identity-based policy', 'iam:ListPolicies'), 'iam:ListPolicies', 'policy path /'),
  ],
  [
    'no resource where S3 was to list buckets',
    { identity: [], action: 's3:ListAllMyBuckets', resource: 'arn:aws:s3:::*' },
    `User: ${user.arn} is not authorized to perform: s3:ListAllMyBuckets ${noneAllows('identity-based policy', 's3:ListAllMyBuckets')}`,
  ],
])('tells of %s', (_what, asked, message) => expect(messageOf(asked)).toBe(message));

it.each([
  ['iam:GetUser', 'user/team/ann', 'user ann'],
  ['iam:AttachRolePolicy', 'role/target', 'role target'],
  ['iam:AddUserToGroup', 'group/admins', 'group admins'],
  ['iam:GetInstanceProfile', 'instance-profile/web', 'instance profile web'],
  ['iam:CreatePolicyVersion', 'policy/team/p', `policy arn:aws:iam::${account}:policy/team/p`],
  ['iam:CreatePolicy', 'policy/team/p', 'policy p'],
  ['iam:CreateUser', 'user/ann', `arn:aws:iam::${account}:user/ann`],
  ['iam:PassRole', 'role/target', `arn:aws:iam::${account}:role/target`],
  ['iam:ListUsers', 'user/', `arn:aws:iam::${account}:user/`],
  ['iam:DeleteVirtualMFADevice', 'mfa/ann', `arn:aws:iam::${account}:mfa/ann`],
])('names the resource of %s as IAM does', (action, resource, words) => {
  expect(messageOf({ identity: [], action, resource: `arn:aws:iam::${account}:${resource}` })).toBe(
    `User: ${user.arn} is not authorized to perform: ${action} on resource: ${words} because no identity-based policy allows the ${action} action`,
  );
});
