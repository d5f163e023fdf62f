import type { ResourceContext, ResourceState, ResourceType } from '../../../platform/index.ts';
import { deleteWithPolicies, policyProperties, setPolicies } from './entityPolicies.ts';
import { pick, text } from './properties.ts';
import { setTags, tagsOf } from './tags.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html */
export const role: ResourceType = {
  name: 'AWS::IAM::Role',
  properties: {
    AssumeRolePolicyDocument: { type: 'json', required: true },
    Description: { type: 'string' },
    MaxSessionDuration: { type: 'number' },
    Path: { type: 'string', createOnly: true },
    PermissionsBoundary: { type: 'string' },
    RoleName: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
    ...policyProperties,
  },
  attributes: ['Arn', 'RoleId'],
  async create(ctx, properties) {
    const name = (properties.RoleName as string | undefined) ?? ctx.generateName(64);
    await ctx.aws.call('iam', 'CreateRole', {
      RoleName: name,
      AssumeRolePolicyDocument: text(properties.AssumeRolePolicyDocument),
      ...pick(properties, ['Description', 'Path', 'PermissionsBoundary']),
      ...(properties.MaxSessionDuration === undefined
        ? {}
        : { MaxSessionDuration: Number(properties.MaxSessionDuration) }),
      ...tagsOf(ctx, properties),
    });
    try {
      await setPolicies(ctx, 'Role', name, properties, {});
    } catch (error) {
      // A role without its policies must not be left behind when the step fails.
      await deleteWithPolicies(ctx, 'Role', name, properties);
      throw error;
    }
    return await roleState(ctx, name);
  },
  async update(ctx, current, properties, previous) {
    const name = current.physicalId;
    if (text(properties.AssumeRolePolicyDocument) !== text(previous.AssumeRolePolicyDocument)) {
      await ctx.aws.call('iam', 'UpdateAssumeRolePolicy', {
        RoleName: name,
        PolicyDocument: text(properties.AssumeRolePolicyDocument),
      });
    }
    await ctx.aws.call('iam', 'UpdateRole', {
      RoleName: name,
      Description: (properties.Description as string | undefined) ?? '',
      MaxSessionDuration: Number(properties.MaxSessionDuration ?? 3600),
    });
    if (properties.PermissionsBoundary !== previous.PermissionsBoundary) {
      if (properties.PermissionsBoundary === undefined)
        await ctx.aws.call('iam', 'DeleteRolePermissionsBoundary', { RoleName: name });
      else
        await ctx.aws.call('iam', 'PutRolePermissionsBoundary', {
          RoleName: name,
          PermissionsBoundary: properties.PermissionsBoundary,
        });
    }
    await setPolicies(ctx, 'Role', name, properties, previous);
    await setTags(ctx, 'Role', name, properties, previous);
    return await roleState(ctx, name);
  },
  delete: (ctx, current, properties) => deleteWithPolicies(ctx, 'Role', current.physicalId, properties),
};

async function roleState(ctx: ResourceContext, name: string): Promise<ResourceState> {
  const { Role } = await ctx.aws.call<{ Role: { Arn: string; RoleId: string } }>('iam', 'GetRole', {
    RoleName: name,
  });
  return { physicalId: name, attributes: { Arn: Role.Arn, RoleId: Role.RoleId } };
}
