import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { call, pick, unlessMissing } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html */
export const alias: ResourceType = {
  name: 'AWS::Lambda::Alias',
  properties: {
    FunctionName: { required: true, type: 'string', createOnly: true },
    FunctionVersion: { required: true, type: 'string' },
    Name: { required: true, type: 'string', createOnly: true },
    Description: { type: 'string' },
    RoutingConfig: {
      type: 'object',
      members: {
        AdditionalVersionWeights: {
          type: 'array',
          members: {
            FunctionVersion: { required: true, type: 'string' },
            FunctionWeight: { required: true, type: 'number' },
          },
        },
      },
    },
  },
  attributes: ['AliasArn'],
  create: (ctx, properties) => writeAlias(ctx, 'CreateAlias', properties),
  update: (ctx, _current, properties) => writeAlias(ctx, 'UpdateAlias', properties),
  async delete(ctx, _current, properties) {
    await unlessMissing(call(ctx, 'DeleteAlias', pick(properties, ['FunctionName', 'Name'])));
  },
};

async function writeAlias(ctx: ResourceContext, operation: string, properties: Properties) {
  const routing = properties.RoutingConfig as
    | { AdditionalVersionWeights?: { FunctionVersion: string; FunctionWeight: number }[] }
    | undefined;
  const weights = (routing?.AdditionalVersionWeights ?? []).map((one) => [
    one.FunctionVersion,
    one.FunctionWeight,
  ]);
  const { AliasArn = '' } = await call<{ AliasArn?: string }>(ctx, operation, {
    ...pick(properties, ['FunctionName', 'FunctionVersion', 'Name', 'Description']),
    RoutingConfig: { AdditionalVersionWeights: Object.fromEntries(weights) },
  });
  return { physicalId: AliasArn, attributes: { AliasArn } };
}
