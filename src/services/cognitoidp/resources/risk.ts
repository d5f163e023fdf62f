/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolriskconfigurationattachment.html */
import type { ResourceType } from '../../../platform/index.ts';
import { call, createOnly, flag, list, object, required, text, unlessMissing } from './steps.ts';

const action = object({ EventAction: required(text), Notify: required(flag) });
const email = object({ HtmlBody: text, Subject: required(text), TextBody: text });

/** `ClientId: ALL` stands for the pool. */
const clientOf = (id: unknown) => (id === 'ALL' ? {} : { ClientId: id });

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
  async create(ctx, properties) {
    const { UserPoolId, ClientId } = properties;
    await call(ctx, 'SetRiskConfiguration', { ...properties, ClientId: undefined, ...clientOf(ClientId) });
    return { physicalId: `${UserPoolId}|${ClientId}`, attributes: {} };
  },
  async update(ctx, current, properties) {
    const { ClientId } = properties;
    await call(ctx, 'SetRiskConfiguration', { ...properties, ClientId: undefined, ...clientOf(ClientId) });
    return current;
  },
  delete: (ctx, _current, { UserPoolId, ClientId }) =>
    unlessMissing(
      call(ctx, 'SetRiskConfiguration', { UserPoolId, ...clientOf(ClientId) }),
      'UserPoolAddOnNotEnabledException',
    ),
};
