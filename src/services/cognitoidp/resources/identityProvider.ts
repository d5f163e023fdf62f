/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolidentityprovider.html */
import type { ResourceType } from '../../../platform/index.ts';
import { call, createOnly, list, map, required, text, unlessMissing, without } from './steps.ts';

export const userPoolIdentityProvider: ResourceType = {
  name: 'AWS::Cognito::UserPoolIdentityProvider',
  properties: {
    AttributeMapping: map,
    IdpIdentifiers: list,
    ProviderDetails: required(map),
    ProviderName: required(createOnly(text)),
    ProviderType: required(createOnly(text)),
    UserPoolId: required(createOnly(text)),
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'CreateIdentityProvider', texts(properties));
    return { physicalId: String(properties.ProviderName), attributes: {} };
  },
  async update(ctx, current, properties) {
    await call(ctx, 'UpdateIdentityProvider', without(texts(properties), ['ProviderType']));
    return current;
  },
  delete: (ctx, { physicalId: ProviderName }, { UserPoolId }) =>
    unlessMissing(call(ctx, 'DeleteIdentityProvider', { UserPoolId, ProviderName })),
};

/** Details are texts for Cognito, however a template writes `true` or a number. */
function texts(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const details = Object.entries((properties.ProviderDetails ?? {}) as Record<string, unknown>);
  return {
    ...properties,
    ProviderDetails: Object.fromEntries(details.map(([name, value]) => [name, String(value)])),
  };
}
