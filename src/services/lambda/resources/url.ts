import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { call, pick, unlessMissing } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-url.html */
export const url: ResourceType = {
  name: 'AWS::Lambda::Url',
  properties: {
    TargetFunctionArn: { required: true, type: 'string', createOnly: true },
    Qualifier: { type: 'string', createOnly: true },
    AuthType: { required: true, type: 'string' },
    InvokeMode: { type: 'string' },
    Cors: {
      type: 'object',
      members: {
        AllowCredentials: { type: 'boolean' },
        AllowHeaders: { type: 'array' },
        AllowMethods: { type: 'array' },
        AllowOrigins: { type: 'array' },
        ExposeHeaders: { type: 'array' },
        MaxAge: { type: 'number' },
      },
    },
  },
  attributes: ['FunctionArn', 'FunctionUrl'],
  create: (ctx, properties) => writeUrl(ctx, 'CreateFunctionUrlConfig', properties),
  update: (ctx, _current, properties) => writeUrl(ctx, 'UpdateFunctionUrlConfig', properties),
  async delete(ctx, _current, properties) {
    await unlessMissing(call(ctx, 'DeleteFunctionUrlConfig', urlTarget(properties)));
  },
};

function urlTarget(properties: Properties): Record<string, unknown> {
  return { FunctionName: properties.TargetFunctionArn, ...pick(properties, ['Qualifier']) };
}

async function writeUrl(ctx: ResourceContext, operation: string, properties: Properties) {
  const { FunctionArn = '', FunctionUrl = '' } = await call<{ FunctionArn?: string; FunctionUrl?: string }>(
    ctx,
    operation,
    { ...urlTarget(properties), ...pick(properties, ['AuthType', 'InvokeMode', 'Cors']) },
  );
  return { physicalId: FunctionArn, attributes: { FunctionArn, FunctionUrl } };
}
