/** The AWS::IAM types that are identity providers. */
import type { ResourceType } from '../../platform/index.ts';
import { pick, retag, strings, tagsOf, unlessMissing } from './resourceSteps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-oidcprovider.html */
export const oidcProvider: ResourceType = {
  name: 'AWS::IAM::OIDCProvider',
  properties: {
    ClientIdList: { type: 'array' },
    Tags: { type: 'tags' },
    ThumbprintList: { type: 'array' },
    Url: { type: 'string', required: true, createOnly: true },
  },
  attributes: ['Arn'],
  async create(ctx, properties) {
    const { OpenIDConnectProviderArn: Arn } = await ctx.aws.call<{ OpenIDConnectProviderArn: string }>(
      'iam',
      'CreateOpenIDConnectProvider',
      {
        Url: properties.Url,
        ClientIDList: strings(properties.ClientIdList),
        ThumbprintList: strings(properties.ThumbprintList),
        ...tagsOf(ctx, properties),
      },
    );
    return { physicalId: Arn, attributes: { Arn } };
  },
  async update(ctx, current, properties, previous) {
    const provider = { OpenIDConnectProviderArn: current.physicalId };
    const [after, before] = [strings(properties.ClientIdList), strings(previous.ClientIdList)];
    for (const ClientID of before.filter((id) => !after.includes(id)))
      await ctx.aws.call('iam', 'RemoveClientIDFromOpenIDConnectProvider', { ...provider, ClientID });
    for (const ClientID of after.filter((id) => !before.includes(id)))
      await ctx.aws.call('iam', 'AddClientIDToOpenIDConnectProvider', { ...provider, ClientID });
    await ctx.aws.call('iam', 'UpdateOpenIDConnectProviderThumbprint', {
      ...provider,
      ThumbprintList: strings(properties.ThumbprintList),
    });
    await retag(ctx, 'OpenIDConnectProvider', provider, properties, previous);
    return current;
  },
  async delete(ctx, current) {
    await ctx.aws.call('iam', 'DeleteOpenIDConnectProvider', {
      OpenIDConnectProviderArn: current.physicalId,
    });
  },
};

interface KnownKeys {
  PrivateKeyList?: { KeyId: string }[];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-samlprovider.html */
export const samlProvider: ResourceType = {
  name: 'AWS::IAM::SAMLProvider',
  properties: {
    AddPrivateKey: { type: 'string' },
    AssertionEncryptionMode: { type: 'string' },
    Name: { type: 'string', createOnly: true },
    PrivateKeyList: { type: 'array' },
    RemovePrivateKey: { type: 'string' },
    SamlMetadataDocument: { type: 'string', required: true },
    Tags: { type: 'tags' },
  },
  attributes: ['Arn', 'SamlProviderUUID'],
  async create(ctx, properties) {
    const { SAMLProviderArn } = await ctx.aws.call<{ SAMLProviderArn: string }>('iam', 'CreateSAMLProvider', {
      Name: (properties.Name as string | undefined) ?? ctx.generateName(128),
      SAMLMetadataDocument: properties.SamlMetadataDocument,
      ...pick(properties, ['AddPrivateKey', 'AssertionEncryptionMode']),
      ...tagsOf(ctx, properties),
    });
    const { SAMLProviderUUID } = await ctx.aws.call<{ SAMLProviderUUID: string }>('iam', 'GetSAMLProvider', {
      SAMLProviderArn,
    });
    return {
      physicalId: SAMLProviderArn,
      attributes: { Arn: SAMLProviderArn, SamlProviderUUID: SAMLProviderUUID },
    };
  },
  async update(ctx, current, properties, previous) {
    const provider = { SAMLProviderArn: current.physicalId };
    const isNew = (name: string) => properties[name] !== undefined && properties[name] !== previous[name];
    const { PrivateKeyList = [] } = await ctx.aws.call<KnownKeys>('iam', 'GetSAMLProvider', provider);
    const canRemove = PrivateKeyList.some(({ KeyId }) => KeyId === properties.RemovePrivateKey);
    await ctx.aws.call('iam', 'UpdateSAMLProvider', {
      ...provider,
      SAMLMetadataDocument: properties.SamlMetadataDocument,
      ...pick(properties, ['AssertionEncryptionMode']),
      ...(isNew('AddPrivateKey') ? pick(properties, ['AddPrivateKey']) : {}),
      ...(canRemove ? pick(properties, ['RemovePrivateKey']) : {}),
    });
    await retag(ctx, 'SAMLProvider', provider, properties, previous);
    return current;
  },
  async delete(ctx, current) {
    await unlessMissing(ctx.aws.call('iam', 'DeleteSAMLProvider', { SAMLProviderArn: current.physicalId }));
  },
};
