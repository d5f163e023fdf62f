/** AWS::Cognito::UserPoolUICustomizationAttachment, ManagedLoginBranding and Terms. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html */
import type { Properties, ResourceState, ResourceType } from '../../../platform/index.ts';
import { call, createOnly, flag, map, objects, required, text, unlessMissing, without } from './steps.ts';

const both = (one: unknown, other: unknown): string => `${one}|${other}`;

export const uiCustomizationAttachment: ResourceType = {
  name: 'AWS::Cognito::UserPoolUICustomizationAttachment',
  properties: {
    ClientId: required(createOnly(text)),
    CSS: text,
    UserPoolId: required(createOnly(text)),
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'SetUICustomization', properties);
    return { physicalId: both(properties.UserPoolId, properties.ClientId), attributes: {} };
  },
  async update(ctx, current, properties) {
    await call(ctx, 'SetUICustomization', properties);
    return current;
  },
  // Without a domain, which may have gone first, there are no pages to take it from.
  delete: (ctx, _current, { UserPoolId, ClientId }) =>
    unlessMissing(call(ctx, 'SetUICustomization', { UserPoolId, ClientId }), 'InvalidParameterException'),
};

export const managedLoginBranding: ResourceType = {
  name: 'AWS::Cognito::ManagedLoginBranding',
  properties: {
    Assets: objects({
      Bytes: text,
      Category: required(text),
      ColorMode: required(text),
      Extension: required(text),
      ResourceId: text,
    }),
    ClientId: createOnly(text),
    ReturnMergedResources: flag,
    Settings: { type: 'json' },
    UseCognitoProvidedValues: flag,
    UserPoolId: required(createOnly(text)),
  },
  attributes: ['ManagedLoginBrandingId'],
  async create(ctx, properties) {
    const { ManagedLoginBranding } = await call<{ ManagedLoginBranding: { ManagedLoginBrandingId: string } }>(
      ctx,
      'CreateManagedLoginBranding',
      styleOf(properties),
    );
    return stateOf(properties, 'ManagedLoginBrandingId', ManagedLoginBranding.ManagedLoginBrandingId);
  },
  async update(ctx, current, properties) {
    const { ManagedLoginBrandingId } = current.attributes;
    await call(ctx, 'UpdateManagedLoginBranding', {
      ...without(styleOf(properties), ['ClientId']),
      ManagedLoginBrandingId,
    });
    return current;
  },
  delete: (ctx, { attributes: { ManagedLoginBrandingId } }, { UserPoolId }) =>
    unlessMissing(call(ctx, 'DeleteManagedLoginBranding', { UserPoolId, ManagedLoginBrandingId })),
};

/** Images are bytes for Cognito, base 64 in templates. */
function styleOf(properties: Properties): Record<string, unknown> {
  const { Assets, Settings } = properties;
  return {
    ...without(properties, ['ReturnMergedResources']),
    ...(typeof Settings === 'string' ? { Settings: JSON.parse(Settings) } : {}),
    ...(Array.isArray(Assets)
      ? {
          Assets: (Assets as { Bytes?: string }[]).map(({ Bytes, ...asset }) => ({
            ...asset,
            ...(Bytes === undefined ? {} : { Bytes: Buffer.from(Bytes, 'base64') }),
          })),
        }
      : {}),
  };
}

export const terms: ResourceType = {
  name: 'AWS::Cognito::Terms',
  properties: {
    ClientId: createOnly(text),
    Enforcement: required(text),
    Links: required(map),
    TermsName: required(text),
    TermsSource: required(text),
    UserPoolId: required(createOnly(text)),
  },
  attributes: ['TermsId'],
  async create(ctx, properties) {
    const { Terms } = await call<{ Terms: { TermsId: string } }>(ctx, 'CreateTerms', properties);
    return stateOf(properties, 'TermsId', Terms.TermsId);
  },
  async update(ctx, current, properties) {
    const { TermsId } = current.attributes;
    await call(ctx, 'UpdateTerms', { ...without(properties, ['ClientId']), TermsId });
    return current;
  },
  delete: (ctx, { attributes: { TermsId } }, { UserPoolId }) =>
    unlessMissing(call(ctx, 'DeleteTerms', { UserPoolId, TermsId })),
};

const stateOf = ({ UserPoolId }: Properties, name: string, id: string): ResourceState => ({
  physicalId: both(UserPoolId, id),
  attributes: { [name]: id },
});
