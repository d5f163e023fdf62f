import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { provision, provisionedConcurrencyRule } from './provisionedConcurrency.ts';
import { call, pick, unlessMissing } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html */
export const alias: ResourceType = {
  name: 'AWS::Lambda::Alias',
  properties: {
    FunctionName: { required: true, type: 'string', createOnly: true },
    FunctionVersion: { required: true, type: 'string' },
    Name: { required: true, type: 'string', createOnly: true },
    Description: { type: 'string' },
    ProvisionedConcurrencyConfig: provisionedConcurrencyRule,
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
  async create(ctx, properties) {
    const made = await writeAlias(ctx, 'CreateAlias', properties);
    try {
      await provision(ctx, targetOf(properties), properties);
    } catch (error) {
      // What failed to be made whole isn't known to the stack.
      await unlessMissing(call(ctx, 'DeleteAlias', pick(properties, ['FunctionName', 'Name'])));
      throw error;
    }
    return made;
  },
  async update(ctx, _current, properties, previous) {
    if (previous.ProvisionedConcurrencyConfig && !properties.ProvisionedConcurrencyConfig)
      await call(ctx, 'DeleteProvisionedConcurrencyConfig', targetOf(properties));
    const changed = await writeAlias(ctx, 'UpdateAlias', properties);
    await provision(ctx, targetOf(properties), properties);
    return changed;
  },
  async delete(ctx, _current, properties) {
    await unlessMissing(call(ctx, 'DeleteAlias', pick(properties, ['FunctionName', 'Name'])));
  },
};

function targetOf(properties: Properties) {
  return { FunctionName: properties.FunctionName, Qualifier: properties.Name };
}

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
