import type { ResourceType } from '../../../platform/index.ts';
import { deleteWithPolicies, policyProperties, setPolicies } from './entityPolicies.ts';
import { pick } from './properties.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-group.html */
export const group: ResourceType = {
  name: 'AWS::IAM::Group',
  properties: {
    GroupName: { type: 'string', createOnly: true },
    Path: { type: 'string', createOnly: true },
    ...policyProperties,
  },
  attributes: ['Arn'],
  async create(ctx, properties) {
    const name = (properties.GroupName as string | undefined) ?? ctx.generateName(128);
    const { Group } = await ctx.aws.call<{ Group: { Arn: string } }>('iam', 'CreateGroup', {
      GroupName: name,
      ...pick(properties, ['Path']),
    });
    try {
      await setPolicies(ctx, 'Group', name, properties, {});
    } catch (error) {
      await deleteWithPolicies(ctx, 'Group', name, properties);
      throw error;
    }
    return { physicalId: name, attributes: { Arn: Group.Arn } };
  },
  async update(ctx, current, properties, previous) {
    await setPolicies(ctx, 'Group', current.physicalId, properties, previous);
    return current;
  },
  delete: (ctx, current, properties) => deleteWithPolicies(ctx, 'Group', current.physicalId, properties),
};
