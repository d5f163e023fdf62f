import type { Properties, ResourceType } from '../../../platform/index.ts';
import { provision, provisionedConcurrencyRule } from './provisionedConcurrency.ts';
import { snapStarted } from './snapStart.ts';
import { call, pick, unlessMissing } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html */
export const version: ResourceType = {
  name: 'AWS::Lambda::Version',
  properties: {
    FunctionName: { required: true, type: 'string', createOnly: true },
    CodeSha256: { type: 'string', createOnly: true },
    Description: { type: 'string', createOnly: true },
    ProvisionedConcurrencyConfig: { ...provisionedConcurrencyRule, createOnly: true },
    RuntimePolicy: {
      type: 'object',
      createOnly: true,
      members: { UpdateRuntimeOn: { required: true, type: 'string' }, RuntimeVersionArn: { type: 'string' } },
    },
  },
  attributes: ['FunctionArn', 'Version'],
  async create(ctx, properties) {
    const names = ['FunctionName', 'CodeSha256', 'Description'];
    const { FunctionArn = '', Version = '' } = await call<{ FunctionArn?: string; Version?: string }>(
      ctx,
      'PublishVersion',
      pick(properties, names),
    );
    const target = { FunctionName: properties.FunctionName, Qualifier: Version };
    try {
      await snapStarted(ctx, FunctionArn);
      if (properties.RuntimePolicy !== undefined) {
        const policy = properties.RuntimePolicy as Properties;
        await call(ctx, 'PutRuntimeManagementConfig', { ...target, ...policy });
      }
      await provision(ctx, target, properties);
    } catch (error) {
      // What failed to be made whole isn't known to the stack.
      await unlessMissing(call(ctx, 'DeleteFunction', { FunctionName: FunctionArn }));
      throw error;
    }
    return { physicalId: FunctionArn, attributes: { FunctionArn, Version } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current) {
    await unlessMissing(call(ctx, 'DeleteFunction', { FunctionName: current.physicalId }));
  },
};
