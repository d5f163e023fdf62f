import type { ResourceType } from '../../../platform/index.ts';

/**
 * A name without a thing behind it; templates use it as a resource that does nothing.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-waitconditionhandle.html
 */
export const waitConditionHandle: ResourceType = {
  name: 'AWS::CloudFormation::WaitConditionHandle',
  properties: {},
  attributes: [],
  create: async (ctx) => ({ physicalId: ctx.generateName(255), attributes: {} }),
  update: async (_ctx, current) => current,
  delete: async () => {},
};

/** What the CDK notes down about the constructs of an app. It has no effect on AWS either. */
export const cdkMetadata: ResourceType = {
  ...waitConditionHandle,
  name: 'AWS::CDK::Metadata',
  properties: { Analytics: { type: 'string' } },
};
