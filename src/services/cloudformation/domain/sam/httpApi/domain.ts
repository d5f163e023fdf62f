import { recordSetGroup } from '../api/recordSets.ts';
import type { SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { hashedId } from '../logicalIds.ts';
import { CfnResource } from '../resource.ts';
import { asList, asMap, type Dict, getAtt, isEmpty, isMap, isPresent, isText, ref, text } from '../values.ts';

/** `Domain` of an HTTP or WebSocket API: the custom domain, its mappings and its DNS records. */
export function httpApiDomain(
  apiId: string,
  value: unknown,
  tags: Dict | undefined,
  attributes: Dict,
  context: SamContext,
): CfnResource[] {
  if (value === undefined || value === null) return [];
  const domain = asMap(value);
  if ((domain.DomainName ?? undefined) === undefined || (domain.CertificateArn ?? undefined) === undefined) {
    throw new InvalidResource(
      apiId,
      'Custom Domains only works if both DomainName and CertificateArn are provided.',
    );
  }
  const domainId = hashedId('ApiGatewayDomainNameV2', domain.DomainName);
  domain.EndpointConfiguration ??= 'REGIONAL';
  if (text(domain.EndpointConfiguration) !== 'REGIONAL') {
    throw new InvalidResource(apiId, "EndpointConfiguration for Custom Domains must be one of ['REGIONAL'].");
  }
  const configuration: Dict = {
    CertificateArn: domain.CertificateArn,
    EndpointType: domain.EndpointConfiguration,
  };
  for (const name of ['OwnershipVerificationCertificateArn', 'SecurityPolicy']) {
    if (isPresent(domain[name])) configuration[name] = domain[name];
  }
  const resource = new CfnResource(
    domainId,
    'AWS::ApiGatewayV2::DomainName',
    {
      DomainName: domain.DomainName,
      DomainNameConfigurations: [configuration],
      MutualTlsAuthentication: mutualTls(apiId, domain.MutualTlsAuthentication),
      Tags: tags,
    },
    { attributes },
  );
  const mappings = apiMappings(apiId, domain, domainId, attributes);
  const aliasTarget = (route53: Dict): Dict => ({
    ...((route53.EvaluateTargetHealth ?? undefined) === undefined
      ? {}
      : { EvaluateTargetHealth: route53.EvaluateTargetHealth }),
    HostedZoneId: getAtt(domainId, 'RegionalHostedZoneId'),
    DNSName: getAtt(domainId, 'RegionalDomainName'),
  });
  const request = { apiId, domain, attributes, aliasTarget, idWins: true, separable: false };
  const records = recordSetGroup(request, context);
  return [resource, ...mappings, ...(records ? [records] : [])];
}

const trustStore = ['TruststoreUri', 'TruststoreVersion'];

function mutualTls(apiId: string, value: unknown): Dict | undefined {
  if (isEmpty(value)) return undefined;
  if (!isMap(value)) {
    throw new InvalidResource(
      apiId,
      "MutualTlsAuthentication must be a map with at least one of the following fields ['TruststoreUri', 'TruststoreVersion'].",
    );
  }
  const unknown = Object.keys(value).filter((key) => !trustStore.includes(key));
  if (unknown.length > 0) {
    throw new InvalidResource(
      unknown.sort().join(','),
      "Available MutualTlsAuthentication fields are ['TruststoreUri', 'TruststoreVersion'].",
    );
  }
  return Object.fromEntries(
    trustStore.filter((name) => isPresent(value[name])).map((name) => [name, value[name]]),
  );
}

function apiMappings(apiId: string, domain: Dict, domainId: string, attributes: Dict): CfnResource[] {
  const mapping = (suffix: string, key: Dict) =>
    new CfnResource(
      `${apiId}${suffix}ApiMapping`,
      'AWS::ApiGatewayV2::ApiMapping',
      { DomainName: ref(domainId), ApiId: ref(apiId), Stage: ref(`${apiId}.Stage`), ...key },
      { attributes },
    );
  const given = domain.BasePath;
  if (isEmpty(given) || !(isText(given) || Array.isArray(given))) return [mapping('', {})];
  return asList(given).map((path) => {
    if (!isText(path)) throw new InvalidResource(apiId, 'Basepath must be a string.');
    if (/[^0-9a-zA-Z/\-_]/.test(text(path)))
      throw new InvalidResource(apiId, 'Invalid Basepath name provided.');
    return mapping(text(path).replaceAll(/[-_/]+/g, ''), {
      ApiMappingKey: text(path).replaceAll(/^\/+|\/+$/g, ''),
    });
  });
}
