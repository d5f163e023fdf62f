/** AWS::ApiGateway::DomainName(V2), BasePathMapping(V2) and DomainNameAccessAssociation. */
import type { Properties, ResourceContext, ResourceState, ResourceType } from '../../../platform/index.ts';
import type { PatchOperation } from '../domain/patch.ts';
import {
  createOnly,
  deleteIfThere,
  given,
  json,
  list,
  objectOf,
  type Rules,
  replacements,
  required,
  setTags,
  tagsOf,
  text,
  textOf,
} from './properties.ts';

const endpointConfiguration = {
  type: 'object',
  members: { Types: list, IpAddressType: text, VpcEndpointIds: list },
} as const;

interface DomainOutput {
  domainName: string;
  domainNameArn: string;
  domainNameId?: string;
  [attribute: string]: unknown;
}

const settings: Rules = {
  CertificateArn: text,
  EndpointAccessMode: text,
  EndpointConfiguration: endpointConfiguration,
  RoutingMode: text,
  SecurityPolicy: text,
  Tags: { type: 'tags' },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-domainname.html */
export const domainName: ResourceType = {
  name: 'AWS::ApiGateway::DomainName',
  properties: {
    ...settings,
    DomainName: createOnly(text),
    MutualTlsAuthentication: { type: 'object', members: { TruststoreUri: text, TruststoreVersion: text } },
    OwnershipVerificationCertificateArn: text,
    RegionalCertificateArn: text,
  },
  attributes: [
    'DistributionDomainName',
    'DistributionHostedZoneId',
    'DomainNameArn',
    'RegionalDomainName',
    'RegionalHostedZoneId',
  ],

  async create(ctx, properties) {
    return state(
      await ctx.aws.call<DomainOutput>('apigateway', 'CreateDomainName', inputOf(ctx, properties)),
    );
  },

  async update(ctx, current, properties, previous) {
    const updated = await ctx.aws.call<DomainOutput>('apigateway', 'UpdateDomainName', {
      domainName: current.physicalId,
      patchOperations: patchesOf(properties, previous),
    });
    const path = `/domainnames/${current.physicalId}`;
    await setTags(ctx, path, tagsOf(ctx, properties.Tags), tagsOf(ctx, previous.Tags));
    return state(updated);
  },

  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteDomainName', { domainName: current.physicalId });
  },
};

function state(domain: DomainOutput): ResourceState {
  return {
    physicalId: domain.domainName,
    attributes: given({
      DistributionDomainName: domain.distributionDomainName,
      DistributionHostedZoneId: domain.distributionHostedZoneId,
      DomainNameArn: domain.domainNameArn,
      RegionalDomainName: domain.regionalDomainName,
      RegionalHostedZoneId: domain.regionalHostedZoneId,
    }),
  };
}

function inputOf(ctx: ResourceContext, properties: Properties): object {
  const { Types, IpAddressType } = objectOf(properties.EndpointConfiguration);
  const { TruststoreUri, TruststoreVersion } = objectOf(properties.MutualTlsAuthentication);
  return given({
    domainName: textOf(properties.DomainName),
    certificateArn: textOf(properties.CertificateArn),
    regionalCertificateArn: textOf(properties.RegionalCertificateArn),
    ownershipVerificationCertificateArn: textOf(properties.OwnershipVerificationCertificateArn),
    endpointAccessMode: textOf(properties.EndpointAccessMode),
    endpointConfiguration:
      Types || IpAddressType ? given({ types: Types, ipAddressType: IpAddressType }) : undefined,
    mutualTlsAuthentication: TruststoreUri
      ? given({ truststoreUri: TruststoreUri, truststoreVersion: textOf(TruststoreVersion) })
      : undefined,
    policy: textOf(properties.Policy),
    routingMode: textOf(properties.RoutingMode),
    securityPolicy: textOf(properties.SecurityPolicy),
    tags: tagsOf(ctx, properties.Tags),
  });
}

function patchesOf(properties: Properties, previous: Properties): PatchOperation[] {
  const flat = (from: Properties) => ({
    RoutingMode: 'BASE_PATH_MAPPING_ONLY',
    SecurityPolicy: 'TLS_1_2',
    ...from,
    ...objectOf(from.MutualTlsAuthentication),
  });
  const operations = replacements(
    {
      CertificateArn: '/certificateArn',
      RegionalCertificateArn: '/regionalCertificateArn',
      OwnershipVerificationCertificateArn: '/ownershipVerificationCertificateArn',
      EndpointAccessMode: '/endpointAccessMode',
      SecurityPolicy: '/securityPolicy',
      RoutingMode: '/routingMode',
      TruststoreUri: '/mutualTlsAuthentication/truststoreUri',
      TruststoreVersion: '/mutualTlsAuthentication/truststoreVersion',
    },
    flat(properties),
    flat(previous),
    // What switches mutual TLS off leaves nothing to say of its truststore.
  ).filter(
    ({ path }) =>
      path !== '/mutualTlsAuthentication/truststoreVersion' ||
      properties.MutualTlsAuthentication !== undefined,
  );
  const policy = textOf(properties.Policy);
  if (policy !== textOf(previous.Policy)) {
    operations.push(
      policy === undefined
        ? { op: 'remove', path: '/policy' }
        : { op: 'replace', path: '/policy', value: policy },
    );
  }
  const types = (from: Properties) => (objectOf(from.EndpointConfiguration).Types ?? ['EDGE']) as string[];
  const [now, before] = [types(properties)[0], types(previous)[0]];
  if (now !== before)
    operations.push({ op: 'replace', path: `/endpointConfiguration/types/${before}`, value: now });
  return operations;
}

/** Private names. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-domainnamev2.html */
export const domainNameV2: ResourceType = {
  name: 'AWS::ApiGateway::DomainNameV2',
  properties: { ...settings, DomainName: createOnly(text), Policy: json },
  attributes: ['DomainNameArn', 'DomainNameId'],

  async create(ctx, properties) {
    const input = { endpointConfiguration: { types: ['PRIVATE'] }, ...inputOf(ctx, properties) };
    const made = await ctx.aws.call<DomainOutput>('apigateway', 'CreateDomainName', input);
    return privateState(made);
  },

  async update(ctx, current, properties, previous) {
    const updated = await ctx.aws.call<DomainOutput>('apigateway', 'UpdateDomainName', {
      ...privateName(current.physicalId),
      patchOperations: patchesOf(properties, previous),
    });
    return privateState(updated);
  },

  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteDomainName', privateName(current.physicalId));
  },
};

function privateState({ domainNameArn, domainNameId }: DomainOutput) {
  return {
    physicalId: domainNameArn,
    attributes: given({ DomainNameArn: domainNameArn, DomainNameId: domainNameId }),
  };
}

/** Name and id of `…:/domainnames/name+id`; of a public name there is no id. */
export function privateName(arn: string): { domainName: string; domainNameId?: string } {
  const [domainName = '', domainNameId] = arn.slice(arn.lastIndexOf('/') + 1).split('+');
  return domainNameId === undefined ? { domainName } : { domainName, domainNameId };
}

/** A mapping by name and path; what identifies the domain is a name (V1) or an ARN (V2). */
function mappingType(
  name: string,
  identified: Rules,
  attributes: readonly string[],
  address: (properties: Properties) => { domainName?: string; domainNameId?: string },
  stateOf: (ctx: ResourceContext, properties: Properties, basePath: string) => ResourceState,
): ResourceType {
  const pathOf = (properties: Properties) => textOf(properties.BasePath) || '(none)';
  return {
    name,
    properties: { ...identified, BasePath: createOnly(text), RestApiId: text, Stage: text },
    attributes,
    async create(ctx, properties) {
      await ctx.aws.call(
        'apigateway',
        'CreateBasePathMapping',
        given({
          ...address(properties),
          basePath: pathOf(properties),
          restApiId: textOf(properties.RestApiId),
          stage: textOf(properties.Stage),
        }),
      );
      return stateOf(ctx, properties, pathOf(properties));
    },
    async update(ctx, current, properties, previous) {
      await ctx.aws.call('apigateway', 'UpdateBasePathMapping', {
        ...address(properties),
        basePath: pathOf(properties),
        patchOperations: replacements({ RestApiId: '/restapiId', Stage: '/stage' }, properties, previous),
      });
      return current;
    },
    async delete(ctx, _current, properties) {
      const input = { ...address(properties), basePath: pathOf(properties) };
      await deleteIfThere(ctx, 'DeleteBasePathMapping', input);
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-basepathmapping.html */
export const basePathMapping = mappingType(
  'AWS::ApiGateway::BasePathMapping',
  { DomainName: required(createOnly(text)), Id: createOnly(text) },
  [],
  (properties) => ({ domainName: textOf(properties.DomainName) ?? '' }),
  (_ctx, properties, basePath) => ({
    physicalId: `${textOf(properties.DomainName)}|${basePath}`,
    attributes: {},
  }),
);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-basepathmappingv2.html */
export const basePathMappingV2 = mappingType(
  'AWS::ApiGateway::BasePathMappingV2',
  { DomainNameArn: required(createOnly(text)) },
  ['BasePathMappingArn'],
  (properties) => privateName(textOf(properties.DomainNameArn) ?? ''),
  (_ctx, properties, basePath) => {
    const arn = `${textOf(properties.DomainNameArn)}/basepathmappings/${basePath}`;
    return { physicalId: arn, attributes: { BasePathMappingArn: arn } };
  },
);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-domainnameaccessassociation.html */
export const domainNameAccessAssociation: ResourceType = {
  name: 'AWS::ApiGateway::DomainNameAccessAssociation',
  properties: {
    AccessAssociationSource: required(createOnly(text)),
    AccessAssociationSourceType: required(createOnly(text)),
    DomainNameArn: required(createOnly(text)),
    Tags: { type: 'tags' },
  },
  attributes: ['DomainNameAccessAssociationArn'],
  async create(ctx, properties) {
    const { domainNameAccessAssociationArn: arn } = await ctx.aws.call<{
      domainNameAccessAssociationArn: string;
    }>('apigateway', 'CreateDomainNameAccessAssociation', {
      domainNameArn: textOf(properties.DomainNameArn),
      accessAssociationSource: textOf(properties.AccessAssociationSource),
      accessAssociationSourceType: textOf(properties.AccessAssociationSourceType),
      tags: tagsOf(ctx, properties.Tags),
    });
    return { physicalId: arn, attributes: { DomainNameAccessAssociationArn: arn } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteDomainNameAccessAssociation', {
      domainNameAccessAssociationArn: current.physicalId,
    });
  },
};
