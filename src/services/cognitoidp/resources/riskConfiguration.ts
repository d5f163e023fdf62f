/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolriskconfigurationattachment.html */
import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { call, createOnly, flag, list, object, required, text, unlessMissing } from './steps.ts';

const action = object({ EventAction: required(text), Notify: required(flag) });
const email = object({ HtmlBody: text, Subject: required(text), TextBody: text });

export const riskConfigurationAttachment: ResourceType = {
  name: 'AWS::Cognito::UserPoolRiskConfigurationAttachment',
  properties: {
    AccountTakeoverRiskConfiguration: object({
      Actions: required(object({ HighAction: action, LowAction: action, MediumAction: action })),
      NotifyConfiguration: object({
        BlockEmail: email,
        From: text,
        MfaEmail: email,
        NoActionEmail: email,
        ReplyTo: text,
        SourceArn: required(text),
      }),
    }),
    ClientId: required(createOnly(text)),
    CompromisedCredentialsRiskConfiguration: object({
      Actions: required(object({ EventAction: required(text) })),
      EventFilter: list,
    }),
    RiskExceptionConfiguration: object({ BlockedIPRangeList: list, SkippedIPRangeList: list }),
    UserPoolId: required(createOnly(text)),
  },
  attributes: [],
  create: (ctx, properties) => set(ctx, properties),
  update: (ctx, _current, properties) => set(ctx, properties),
  delete: (ctx, _current, { UserPoolId, ClientId }) =>
    unlessMissing(call(ctx, 'SetRiskConfiguration', { UserPoolId, ...clientOf(ClientId) })),
};

/** `ALL` stands for the pool. */
const clientOf = (ClientId: unknown) => (ClientId === 'ALL' ? {} : { ClientId });

async function set(ctx: ResourceContext, { ClientId, UserPoolId, ...settings }: Properties) {
  await call(ctx, 'SetRiskConfiguration', { UserPoolId, ...clientOf(ClientId), ...settings });
  return { physicalId: `${String(UserPoolId)}|${String(ClientId)}` };
}
