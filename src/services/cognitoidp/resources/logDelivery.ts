/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-logdeliveryconfiguration.html */
import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { call, createOnly, object, objects, required, text, unlessMissing } from './steps.ts';

export const logDeliveryConfiguration: ResourceType = {
  name: 'AWS::Cognito::LogDeliveryConfiguration',
  properties: {
    LogConfigurations: objects({
      CloudWatchLogsConfiguration: object({ LogGroupArn: text }),
      EventSource: text,
      FirehoseConfiguration: object({ StreamArn: text }),
      LogLevel: text,
      S3Configuration: object({ BucketArn: text }),
    }),
    UserPoolId: required(createOnly(text)),
  },
  attributes: ['Id'],
  create: (ctx, properties) => set(ctx, properties),
  update: (ctx, _current, properties) => set(ctx, properties),
  delete: (ctx, _current, { UserPoolId }) =>
    unlessMissing(call(ctx, 'SetLogDeliveryConfiguration', { UserPoolId, LogConfigurations: [] })),
};

async function set(ctx: ResourceContext, { UserPoolId, LogConfigurations = [] }: Properties) {
  await call(ctx, 'SetLogDeliveryConfiguration', { UserPoolId, LogConfigurations });
  return { physicalId: String(UserPoolId), attributes: { Id: UserPoolId } };
}
