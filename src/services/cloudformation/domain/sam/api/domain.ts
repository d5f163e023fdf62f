import type { SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { expectMap, expectPresent, expectString, property } from '../expect.ts';
import { hashedId } from '../logicalIds.ts';
import { CfnResource } from '../resource.ts';
import { asList, asMap, type Dict, getAtt, isPresent, isText, ref, text } from '../values.ts';
import { recordSetGroup } from './recordSets.ts';

/** The hosted zone id of every CloudFront distribution (Route 53 API reference, AliasTarget). */
const cloudFrontZone = 'Z2FDTNDATAQYW2';

const endpointTypes = ['EDGE', 'REGIONAL', 'PRIVATE'];

/** `Domain` of a REST API: the custom domain, its base path mappings and its DNS records. */
export function restApiDomain(
  apiId: string,
  value: unknown,
  attributes: Dict,
  context: SamContext,
): CfnResource[] {
  if (value === undefined || value === null) return [];
  const domain = expectMap(value, property(apiId, 'Domain'));
  return text(domain.EndpointConfiguration) === 'PRIVATE'
    ? privateDomain(apiId, domain, attributes, context)
    : publicDomain(apiId, domain, attributes, context);
}

function publicDomain(apiId: string, domain: Dict, attributes: Dict, context: SamContext): CfnResource[] {
  const { name, certificate } = required(apiId, domain);
  const domainId = hashedId('ApiGatewayDomainName', name);
  domain.ApiDomainName = domainId;
  domain.EndpointConfiguration ??= 'REGIONAL';
  const endpoint = endpointType(apiId, domain);
  const resource = new CfnResource(
    domainId,
    'AWS::ApiGateway::DomainName',
    {
      DomainName: name,
      [endpoint === 'REGIONAL' ? 'RegionalCertificateArn' : 'CertificateArn']: certificate,
      EndpointConfiguration: endpointConfiguration(endpoint, domain),
      MutualTlsAuthentication: mutualTls(apiId, domain.MutualTlsAuthentication),
      ...optional(domain, ['SecurityPolicy', 'EndpointAccessMode', 'OwnershipVerificationCertificateArn']),
    },
    { attributes },
  );
  const mappings = basePathMappings(apiId, domain, 'AWS::ApiGateway::BasePathMapping', attributes, {
    DomainName: ref(domainId),
  });
  const records = recordSetGroup(
    {
      apiId,
      domain,
      attributes,
      idWins: false,
      separable: true,
      aliasTarget: (route53) => aliasTarget(domain, domainId, route53),
    },
    context,
  );
  return [resource, ...mappings, ...(records ? [records] : [])];
}

function privateDomain(apiId: string, domain: Dict, attributes: Dict, context: SamContext): CfnResource[] {
  const { name, certificate } = required(apiId, domain);
  const domainId = hashedId('ApiGatewayDomainNameV2', name);
  const resource = new CfnResource(
    domainId,
    'AWS::ApiGateway::DomainNameV2',
    {
      DomainName: name,
      CertificateArn: certificate,
      EndpointConfiguration: endpointConfiguration(endpointType(apiId, domain), domain),
      ...optional(domain, ['SecurityPolicy', 'EndpointAccessMode', 'Policy']),
    },
    { attributes },
  );
  const mappings = basePathMappings(apiId, domain, 'AWS::ApiGateway::BasePathMappingV2', attributes, {
    DomainNameArn: ref(domainId),
  });
  const association = accessAssociation(apiId, domain.AccessAssociation, domainId, attributes);
  const records = recordSetGroup(
    {
      apiId,
      domain,
      attributes,
      idWins: false,
      separable: true,
      aliasTarget: (route53) => aliasTarget(domain, text(name), route53),
    },
    context,
  );
  return [resource, ...mappings, ...(records ? [records] : []), ...association];
}

function required(apiId: string, domain: Dict): { name: unknown; certificate: unknown } {
  return {
    name: expectPresent(domain.DomainName, property(apiId, 'Domain.DomainName')),
    certificate: expectPresent(domain.CertificateArn, property(apiId, 'Domain.CertificateArn')),
  };
}

function endpointType(apiId: string, domain: Dict): string {
  const endpoint = domain.EndpointConfiguration;
  if (!isText(endpoint) || !endpointTypes.includes(text(endpoint))) {
    throw new InvalidResource(
      apiId,
      "EndpointConfiguration for Custom Domains must be one of ['EDGE', 'REGIONAL', 'PRIVATE'].",
    );
  }
  return text(endpoint);
}

function endpointConfiguration(endpoint: string, domain: Dict): Dict {
  return { Types: [endpoint], ...optional(domain, ['IpAddressType']) };
}

function optional(from: Dict, names: readonly string[]): Dict {
  return Object.fromEntries(names.filter((name) => isPresent(from[name])).map((name) => [name, from[name]]));
}

const trustStore = ['TruststoreUri', 'TruststoreVersion'];

function mutualTls(apiId: string, value: unknown): Dict | undefined {
  if (!isPresent(value)) return undefined;
  const settings = expectMap(value, property(apiId, 'Domain.MutualTlsAuthentication'));
  if (!Object.keys(settings).every((key) => trustStore.includes(key))) {
    throw new InvalidResource(
      apiId,
      "Available Domain.MutualTlsAuthentication fields are ['TruststoreUri', 'TruststoreVersion'].",
    );
  }
  return optional(settings, trustStore);
}

function basePathMappings(
  apiId: string,
  domain: Dict,
  type: string,
  attributes: Dict,
  target: Dict,
): CfnResource[] {
  const mapping = (suffix: string, path: Dict) =>
    new CfnResource(
      `${apiId}${suffix}BasePathMapping`,
      type,
      { ...target, RestApiId: ref(apiId), Stage: ref(`${apiId}.Stage`), ...path },
      { attributes },
    );
  const given = domain.BasePath;
  if (!isPresent(given) || !(isText(given) || Array.isArray(given))) return [mapping('', {})];
  return asList(given).map((item, index) => {
    const basePath = text(expectString(item, property(apiId, `Domain.BasePath[${index}]`)));
    const plain = basePath.replaceAll(/[^\p{L}\p{N}]/gu, '');
    return mapping(plain, { BasePath: isPresent(domain.NormalizeBasePath ?? true) ? plain : basePath });
  });
}

function aliasTarget(domain: Dict, domainId: string, route53: Dict): Dict {
  const target: Dict = {};
  if (route53.EvaluateTargetHealth !== undefined && route53.EvaluateTargetHealth !== null) {
    target.EvaluateTargetHealth = route53.EvaluateTargetHealth;
  }
  if (text(domain.EndpointConfiguration) === 'REGIONAL') {
    target.HostedZoneId = getAtt(domainId, 'RegionalHostedZoneId');
    target.DNSName = getAtt(domainId, 'RegionalDomainName');
  } else if (text(domain.EndpointConfiguration) === 'EDGE') {
    route53.DistributionDomainName ??= getAtt(domainId, 'DistributionDomainName');
    target.HostedZoneId = cloudFrontZone;
    target.DNSName = route53.DistributionDomainName;
  } else {
    target.HostedZoneId = route53.VpcEndpointHostedZoneId ?? null;
    target.DNSName = route53.VpcEndpointDomainName ?? null;
  }
  return target;
}

function accessAssociation(apiId: string, value: unknown, domainId: string, attributes: Dict): CfnResource[] {
  if (value === undefined || value === null) return [];
  const { VpcEndpointId } = asMap(expectMap(value, property(apiId, 'Domain.AccessAssociation')));
  return [
    new CfnResource(
      hashedId('DomainNameAccessAssociation', [VpcEndpointId, domainId]),
      'AWS::ApiGateway::DomainNameAccessAssociation',
      {
        DomainNameArn: ref(domainId),
        AccessAssociationSourceType: 'VPCE',
        AccessAssociationSource: VpcEndpointId,
      },
      { attributes },
    ),
  ];
}
