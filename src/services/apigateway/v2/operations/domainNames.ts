/** Custom domain names as HTTP APIs name them; the records are those of REST APIs. */
import type {
  CreateDomainNameRequest,
  DeleteDomainNameRequest,
  DomainNameConfiguration,
  GetDomainNameRequest,
  GetDomainNamesRequest,
  UpdateDomainNameRequest,
} from '@aws-sdk/client-apigatewayv2';
import type { DomainName, RoutingMode } from '../../domain/customDomains.ts';
import { BadRequestException, TooManyRequestsException } from '../../errors.ts';
import {
  changeDomain,
  checkDomain,
  createDomain,
  deleteDomain,
  domainArn,
  findDomain,
  newDomain,
  placeDomain,
} from '../../operations/customDomains.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context, Operations } from '../../room.ts';
import { httpPage } from './find.ts';

/** The same modes under the names of the other service. */
const toRest: Readonly<Record<string, RoutingMode>> = {
  API_MAPPING_ONLY: 'BASE_PATH_MAPPING_ONLY',
  ROUTING_RULE_ONLY: 'ROUTING_RULE_ONLY',
  ROUTING_RULE_THEN_API_MAPPING: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING',
};

function routingModeOf(mode: string | undefined): RoutingMode | undefined {
  if (mode === undefined) return undefined;
  const known = toRest[mode];
  if (known) return known;
  throw new BadRequestException(`Invalid RoutingMode: must be one of ${Object.keys(toRest).join(', ')}`);
}

function configurationOf(configurations: readonly DomainNameConfiguration[] | undefined) {
  const [configuration, second] = configurations ?? [];
  if (!configuration || second) {
    throw new BadRequestException('Exactly one domain name configuration is expected');
  }
  const type = configuration.EndpointType ?? 'REGIONAL';
  return {
    certificate: {
      [type === 'EDGE' ? 'certificateArn' : 'regionalCertificateArn']: configuration.CertificateArn,
      [type === 'EDGE' ? 'certificateName' : 'regionalCertificateName']: configuration.CertificateName,
    },
    endpointConfiguration: { types: [type as string], ipAddressType: configuration.IpAddressType ?? 'ipv4' },
    securityPolicy: configuration.SecurityPolicy as string | undefined,
    ownershipVerificationCertificateArn: configuration.OwnershipVerificationCertificateArn,
  };
}

async function CreateDomainName(ctx: Context, input: CreateDomainNameRequest) {
  const { certificate, ...configuration } = configurationOf(input.DomainNameConfigurations);
  const domain = newDomain(ctx, input.DomainName ?? '', {
    ...certificate,
    ...configuration,
    mutualTlsAuthentication: mutualTlsOf(input.MutualTlsAuthentication),
    routingMode: routingModeOf(input.RoutingMode),
    tags: mapOf(input.Tags),
  });
  return output(ctx, await createDomain(ctx, domain, TooManyRequestsException));
}

function mutualTlsOf(
  input: { TruststoreUri?: string | undefined; TruststoreVersion?: string | undefined } | undefined,
): DomainName['mutualTlsAuthentication'] {
  if (!input?.TruststoreUri) return undefined;
  return { truststoreUri: input.TruststoreUri, truststoreVersion: input.TruststoreVersion };
}

function output(ctx: Context, domain: DomainName) {
  const { mutualTlsAuthentication: mutualTls, certificateUploadDate } = domain;
  const mode = Object.entries(toRest).find(([, rest]) => rest === domain.routingMode)?.[0];
  return {
    DomainName: domain.domainName,
    DomainNameArn: domainArn(ctx, domain),
    ApiMappingSelectionExpression: '$request.basepath',
    RoutingMode: mode,
    Tags: domain.tags,
    MutualTlsAuthentication: mutualTls && {
      TruststoreUri: mutualTls.truststoreUri,
      TruststoreVersion: mutualTls.truststoreVersion,
    },
    DomainNameConfigurations: domain.endpointConfiguration.types.map((type) => ({
      ApiGatewayDomainName: type === 'EDGE' ? domain.distributionDomainName : domain.regionalDomainName,
      CertificateArn: type === 'EDGE' ? domain.certificateArn : domain.regionalCertificateArn,
      CertificateName: type === 'EDGE' ? domain.certificateName : domain.regionalCertificateName,
      CertificateUploadDate:
        type === 'EDGE' && certificateUploadDate !== undefined ? new Date(certificateUploadDate) : undefined,
      DomainNameStatus: 'AVAILABLE',
      EndpointType: type,
      HostedZoneId: type === 'EDGE' ? domain.distributionHostedZoneId : domain.regionalHostedZoneId,
      IpAddressType: domain.endpointConfiguration.ipAddressType,
      SecurityPolicy: domain.securityPolicy,
      OwnershipVerificationCertificateArn: domain.ownershipVerificationCertificateArn,
    })),
  };
}

async function GetDomainName(ctx: Context, input: GetDomainNameRequest) {
  return output(ctx, await findDomain(ctx.room.store, ctx, input.DomainName));
}

async function GetDomainNames(ctx: Context, input: GetDomainNamesRequest) {
  const { Items, NextToken } = await httpPage(ctx.room.store, 'domain', ctx, '', input);
  // Private domain names are a matter of REST APIs.
  const shown = Items.filter((domain) => domain.domainNameId === undefined);
  return { Items: shown.map((domain) => output(ctx, domain)), NextToken };
}

async function UpdateDomainName(ctx: Context, input: UpdateDomainNameRequest) {
  return changeDomain(ctx, input.DomainName, undefined, (domain) => {
    if (input.DomainNameConfigurations) {
      const { certificate, ...changes } = configurationOf(input.DomainNameConfigurations);
      const before = domain.endpointConfiguration.types[0];
      const given = Object.entries({ ...certificate, ...changes }).filter(([, value]) => value !== undefined);
      Object.assign(domain, Object.fromEntries(given));
      if (!input.DomainNameConfigurations[0]?.EndpointType && before) {
        domain.endpointConfiguration.types = [before];
      }
    }
    if (input.MutualTlsAuthentication) {
      domain.mutualTlsAuthentication = mutualTlsOf(input.MutualTlsAuthentication);
    }
    domain.routingMode = routingModeOf(input.RoutingMode) ?? domain.routingMode;
    placeDomain(ctx, domain);
    checkDomain(ctx, domain);
    return output(ctx, domain);
  });
}

async function DeleteDomainName(ctx: Context, input: DeleteDomainNameRequest) {
  await deleteDomain(ctx, input.DomainName);
}

export const httpDomainNameOperations: Operations = {
  CreateDomainName,
  GetDomainName,
  GetDomainNames,
  UpdateDomainName,
  DeleteDomainName,
};
