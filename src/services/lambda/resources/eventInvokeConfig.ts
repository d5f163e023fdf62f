import type { PropertyRule, ResourceType } from '../../../platform/index.ts';
import { call, pick, unlessMissing } from './steps.ts';

const destination: PropertyRule = {
  type: 'object',
  members: { Destination: { required: true, type: 'string' } },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html */
export const eventInvokeConfig: ResourceType = {
  name: 'AWS::Lambda::EventInvokeConfig',
  properties: {
    FunctionName: { required: true, type: 'string', createOnly: true },
    Qualifier: { required: true, type: 'string', createOnly: true },
    MaximumRetryAttempts: { type: 'number' },
    MaximumEventAgeInSeconds: { type: 'number' },
    DestinationConfig: { type: 'object', members: { OnSuccess: destination, OnFailure: destination } },
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'PutFunctionEventInvokeConfig', properties);
    return { physicalId: `${properties.FunctionName}:${properties.Qualifier}`, attributes: {} };
  },
  async update(ctx, current, properties) {
    await call(ctx, 'PutFunctionEventInvokeConfig', properties);
    return current;
  },
  async delete(ctx, _current, properties) {
    const input = pick(properties, ['FunctionName', 'Qualifier']);
    await unlessMissing(call(ctx, 'DeleteFunctionEventInvokeConfig', input));
  },
};
