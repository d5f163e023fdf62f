/** AWS::Cognito::UserPoolDomain and UserPoolResourceServer. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html */
import type { ResourceContext, ResourceState, ResourceType } from '../../../platform/index.ts';
import { call, createOnly, number, object, objects, pick, required, text, unlessMissing } from './steps.ts';

export const userPoolDomain: ResourceType = {
  name: 'AWS::Cognito::UserPoolDomain',
  properties: {
    CustomDomainConfig: object({ CertificateArn: text }),
    Domain: required(createOnly(text)),
    ManagedLoginVersion: number,
    UserPoolId: required(createOnly(text)),
  },
  attributes: ['CloudFrontDistribution'],
  async create(ctx, properties) {
    await call(ctx, 'CreateUserPoolDomain', properties);
    return domainState(ctx, String(properties.Domain));
  },
  async update(ctx, current, properties) {
    await call(ctx, 'UpdateUserPoolDomain', properties);
    return domainState(ctx, current.physicalId);
  },
  delete: (ctx, { physicalId: Domain }, { UserPoolId }) =>
    unlessMissing(call(ctx, 'DeleteUserPoolDomain', { UserPoolId, Domain })),
};

async function domainState(ctx: ResourceContext, Domain: string): Promise<ResourceState> {
  const { DomainDescription } = await call<{ DomainDescription?: { CloudFrontDistribution?: string } }>(
    ctx,
    'DescribeUserPoolDomain',
    { Domain },
  );
  const { CloudFrontDistribution = '' } = DomainDescription ?? {};
  return { physicalId: Domain, attributes: { CloudFrontDistribution } };
}

export const userPoolResourceServer: ResourceType = {
  name: 'AWS::Cognito::UserPoolResourceServer',
  properties: {
    Identifier: required(createOnly(text)),
    Name: required(text),
    Scopes: objects({ ScopeDescription: required(text), ScopeName: required(text) }),
    UserPoolId: required(createOnly(text)),
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'CreateResourceServer', properties);
    return { physicalId: String(properties.Identifier), attributes: {} };
  },
  async update(ctx, current, properties) {
    await call(ctx, 'UpdateResourceServer', pick(properties, ['Identifier', 'Name', 'Scopes', 'UserPoolId']));
    return current;
  },
  delete: (ctx, { physicalId: Identifier }, { UserPoolId }) =>
    unlessMissing(call(ctx, 'DeleteResourceServer', { UserPoolId, Identifier })),
};
