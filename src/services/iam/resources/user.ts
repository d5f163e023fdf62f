import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { deleteWithPolicies, policyProperties, setPolicies } from './entityPolicies.ts';
import { pick, strings, unlessMissing } from './properties.ts';
import { setTags, tagsOf } from './tags.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-user.html */
export const user: ResourceType = {
  name: 'AWS::IAM::User',
  properties: {
    Groups: { type: 'array' },
    Path: { type: 'string', createOnly: true },
    PermissionsBoundary: { type: 'string', createOnly: true },
    UserName: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
    ...policyProperties,
  },
  attributes: ['Arn'],
  async create(ctx, properties) {
    const name = (properties.UserName as string | undefined) ?? ctx.generateName(64);
    const { User } = await ctx.aws.call<{ User: { Arn: string } }>('iam', 'CreateUser', {
      UserName: name,
      ...pick(properties, ['Path', 'PermissionsBoundary']),
      ...tagsOf(ctx, properties),
    });
    try {
      await setPolicies(ctx, 'User', name, properties, {});
      await setGroups(ctx, name, properties, {});
    } catch (error) {
      await removeUser(ctx, name, properties);
      throw error;
    }
    return { physicalId: name, attributes: { Arn: User.Arn } };
  },
  async update(ctx, current, properties, previous) {
    await setPolicies(ctx, 'User', current.physicalId, properties, previous);
    await setGroups(ctx, current.physicalId, properties, previous);
    await setTags(ctx, 'User', current.physicalId, properties, previous);
    return current;
  },
  delete: (ctx, current, properties) => removeUser(ctx, current.physicalId, properties),
};

async function removeUser(ctx: ResourceContext, name: string, properties: Properties): Promise<void> {
  for (const group of strings(properties.Groups)) {
    await unlessMissing(ctx.aws.call('iam', 'RemoveUserFromGroup', { UserName: name, GroupName: group }));
  }
  await deleteWithPolicies(ctx, 'User', name, properties);
}

async function setGroups(
  ctx: ResourceContext,
  name: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const [after, before] = [strings(properties.Groups), strings(previous.Groups)];
  for (const group of after)
    await ctx.aws.call('iam', 'AddUserToGroup', { UserName: name, GroupName: group });
  for (const group of before.filter((one) => !after.includes(one))) {
    await unlessMissing(ctx.aws.call('iam', 'RemoveUserFromGroup', { UserName: name, GroupName: group }));
  }
}
