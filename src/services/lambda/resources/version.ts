import type { ResourceType } from '../../../platform/index.ts';
import { call, pick, unlessMissing } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html */
export const version: ResourceType = {
  name: 'AWS::Lambda::Version',
  properties: {
    FunctionName: { required: true, type: 'string', createOnly: true },
    CodeSha256: { type: 'string', createOnly: true },
    Description: { type: 'string', createOnly: true },
  },
  attributes: ['FunctionArn', 'Version'],
  async create(ctx, properties) {
    const names = ['FunctionName', 'CodeSha256', 'Description'];
    const { FunctionArn = '', Version = '' } = await call<{ FunctionArn?: string; Version?: string }>(
      ctx,
      'PublishVersion',
      pick(properties, names),
    );
    return { physicalId: FunctionArn, attributes: { FunctionArn, Version } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current) {
    await unlessMissing(call(ctx, 'DeleteFunction', { FunctionName: current.physicalId }));
  },
};
