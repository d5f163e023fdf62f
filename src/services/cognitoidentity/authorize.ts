/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitoidentity.html */
import type { AuthorizationRule } from '../../platform/index.ts';
import type { RoleMapping } from './domain/roles.ts';
import { type IdentityRoom, poolArn } from './room.ts';
import { type Pool, records } from './store.ts';

type Rule = AuthorizationRule<IdentityRoom>;

const onPool: Rule = async (ctx, { IdentityPoolId: id }: { IdentityPoolId: string }) => ({
  resources: [poolArn({ ...ctx, id })],
  context: await tagsOf(ctx, id),
});
const onAny: Rule = () => ({ resources: ['*'] });

const onArn: Rule = async (
  ctx,
  input: { ResourceArn: string; Tags?: Record<string, string>; TagKeys?: string[] },
) => ({
  resources: [input.ResourceArn],
  context: {
    ...(await tagsOf(ctx, input.ResourceArn.split('identitypool/')[1] ?? '')),
    ...requestTags(input.Tags, input.TagKeys),
  },
});

export const authorize: Readonly<Record<string, Rule>> = {
  CreateIdentityPool: (_ctx, input: { IdentityPoolTags?: Record<string, string> }) => ({
    resources: ['*'],
    context: requestTags(input.IdentityPoolTags),
  }),
  DeleteIdentities: onAny,
  DeleteIdentityPool: onPool,
  DescribeIdentity: onAny,
  DescribeIdentityPool: onPool,
  GetIdentityPoolRoles: onPool,
  GetOpenIdTokenForDeveloperIdentity: onPool,
  GetPrincipalTagAttributeMap: onPool,
  ListIdentities: onPool,
  ListIdentityPools: (ctx) => ({ resources: [poolArn({ ...ctx, id: '' })] }),
  ListTagsForResource: onArn,
  LookupDeveloperIdentity: onPool,
  MergeDeveloperIdentities: onPool,
  // Whoever hands a pool a role lets its users act as that role.
  SetIdentityPoolRoles: async (
    ctx,
    input: { IdentityPoolId: string; Roles: Pool['roles']; RoleMappings?: Record<string, RoleMapping> },
  ) => [
    {
      resources: [poolArn({ ...ctx, id: input.IdentityPoolId })],
      context: await tagsOf(ctx, input.IdentityPoolId),
    },
    ...rolesOf(input).map((arn) => ({
      action: 'iam:PassRole',
      resources: [arn],
      context: { 'iam:PassedToService': 'cognito-identity.amazonaws.com' },
    })),
  ],
  SetPrincipalTagAttributeMap: onPool,
  TagResource: onArn,
  UnlinkDeveloperIdentity: onPool,
  UntagResource: onArn,
  UpdateIdentityPool: onPool,
};

/** Asked by users and their apps, who have no credentials yet: the model says `noAuth`. No policy is asked. */
export const unsigned: ReadonlySet<string> = new Set([
  'GetCredentialsForIdentity',
  'GetId',
  'GetOpenIdToken',
  'UnlinkIdentity',
]);

function rolesOf(input: { Roles: Pool['roles']; RoleMappings?: Record<string, RoleMapping> }): string[] {
  const rules = Object.values(input.RoleMappings ?? {}).flatMap(
    ({ RulesConfiguration }) => RulesConfiguration?.Rules ?? [],
  );
  return [...new Set([...Object.values(input.Roles), ...rules.map(({ RoleARN }) => RoleARN)])];
}

function requestTags(tags: Readonly<Record<string, string>> = {}, keys: readonly string[] = []) {
  const named = [...Object.keys(tags), ...keys];
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(named.length > 0 ? { 'aws:TagKeys': named } : {}),
  };
}

async function tagsOf(
  { room, account, region }: Parameters<Rule>[0],
  poolId: string,
): Promise<Record<string, string>> {
  const pool = await records.pools.get(room.store, account, region, poolId);
  return Object.fromEntries(
    Object.entries(pool?.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  );
}
