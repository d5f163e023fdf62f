/** What the domain names of both services (`/domainnames` and `/v2/domainnames`) are made and checked with. */
import { partitionOf } from '../../../kernel/index.ts';
import { type ApiMapping, type DomainName, domainKey, type RoutingMode } from '../domain/customDomains.ts';
import {
  BadRequestException,
  ConflictException,
  type LimitExceededException,
  NotFoundException,
} from '../errors.ts';
import { apiMappingsPerDomain, domainNamesPerAccount, privateDomainNamesPerAccount } from '../limits.ts';
import type { Context } from '../room.ts';
import type { Address, ApiReader, ApiWriter, Scope } from '../store.ts';

export async function findDomain(
  reader: ApiReader,
  scope: Scope,
  name: string | undefined,
  domainNameId?: string | undefined,
): Promise<DomainName> {
  const domain = await reader.get('domain', scope, '', domainKey((name ?? '').toLowerCase(), domainNameId));
  if (domain) return domain;
  throw new NotFoundException('Invalid domain name identifier specified');
}

export function writeDomain(ctx: Context, tx: ApiWriter, domain: DomainName): void {
  tx.put('domain', ctx, '', domainKey(domain.domainName, domain.domainNameId), domain);
}

/**
 * Writes a new domain and, unless it is private, has requests for its name come here.
 * @param Exceeded the service's own error for a quota that is used up.
 */
export async function createDomain(
  ctx: Context,
  domain: DomainName,
  Exceeded: typeof LimitExceededException,
): Promise<DomainName> {
  checkDomain(ctx, domain);
  await ctx.room.store.transact(async (tx) => {
    const domains = await tx.list('domain', ctx, '');
    const isPrivate = domain.domainNameId !== undefined;
    const alike = domains.filter((other) => (other.domainNameId !== undefined) === isPrivate);
    if (alike.length >= (isPrivate ? privateDomainNamesPerAccount : domainNamesPerAccount)) {
      throw new Exceeded('Maximum number of domain names has been reached');
    }
    if (!isPrivate && !(await tx.claimHost(ctx, domain.domainName))) {
      throw new BadRequestException('The domain name you provided already exists.');
    }
    writeDomain(ctx, tx, domain);
  });
  await ctx.room.platform.hosts.load();
  return domain;
}

export async function deleteDomain(
  ctx: Context,
  name: string | undefined,
  domainNameId?: string | undefined,
): Promise<void> {
  await ctx.room.store.transact(async (tx) => {
    const domain = await findDomain(tx, ctx, name, domainNameId);
    tx.delete('domain', ctx, '', domainKey(domain.domainName, domainNameId));
    if (domainNameId === undefined) tx.releaseHost(ctx, domain.domainName);
    // Who might reach a private name has nothing left to reach.
    for (const access of domainNameId === undefined ? [] : await tx.list('domainAccess', ctx, '')) {
      if (access.domainNameId === domainNameId) tx.delete('domainAccess', ctx, '', access.id);
    }
  });
  await ctx.room.platform.hosts.load();
}

/** Reads, changes and writes a domain, all at once. */
export function changeDomain<T>(
  ctx: Context,
  name: string | undefined,
  domainNameId: string | undefined,
  change: (domain: DomainName, tx: ApiWriter) => T | Promise<T>,
): Promise<T> {
  return ctx.room.store.transact(async (tx) => {
    const domain = await findDomain(tx, ctx, name, domainNameId);
    const result = await change(domain, tx);
    writeDomain(ctx, tx, domain);
    return result;
  });
}

/** @param fields what the input says; the names under which AWS serves it are added. */
export function newDomain(
  ctx: Context,
  name: string,
  fields: Omit<DomainName, 'domainName' | 'mappings' | 'rules' | 'routingMode' | 'securityPolicy'> & {
    securityPolicy?: string | undefined;
    routingMode?: RoutingMode | undefined;
  },
): DomainName {
  const domain: DomainName = {
    ...fields,
    domainName: name.toLowerCase(),
    securityPolicy: fields.securityPolicy ?? 'TLS_1_2',
    routingMode: fields.routingMode ?? 'BASE_PATH_MAPPING_ONLY',
    mappings: [],
    rules: [],
  };
  placeDomain(ctx, domain);
  return domain;
}

/** Gives the domain the names under which its endpoint types answer on AWS; they are made once. */
export function placeDomain(ctx: Context, domain: DomainName): void {
  const { ids } = ctx.room.platform;
  const { types } = domain.endpointConfiguration;
  if (types.includes('EDGE')) {
    domain.distributionDomainName ??= `d${ids.token(13)}.cloudfront.net`;
    // https://docs.aws.amazon.com/general/latest/gr/cf_region.html
    domain.distributionHostedZoneId ??= 'Z2FDTNDATAQYW2';
    domain.certificateUploadDate ??= ctx.now;
  }
  if (types.includes('REGIONAL')) {
    domain.regionalDomainName ??= `d-${ids.token(10)}.execute-api.${ctx.region}.amazonaws.com`;
    domain.regionalHostedZoneId ??= regionalZones[ctx.region] ?? 'Z1UJRXOUMOOFQ8';
  }
}

/** https://docs.aws.amazon.com/general/latest/gr/apigateway.html */
const regionalZones: Readonly<Record<string, string>> = {
  'af-south-1': 'Z2DHW2332DAMTN',
  'ap-east-1': 'Z3FD1VL90ND7K5',
  'ap-northeast-1': 'Z1YSHQZHG15GKL',
  'ap-northeast-2': 'Z20JF4UZKIW1U8',
  'ap-northeast-3': 'Z22ILHG95FLSZ2',
  'ap-south-1': 'Z3VO1THU9YC4RR',
  'ap-southeast-1': 'ZL327KTPIQFUL',
  'ap-southeast-2': 'Z2RPCDW04V8134',
  'ca-central-1': 'Z19DQILCV0OWEC',
  'eu-central-1': 'Z1U9ULNL0V5AJ3',
  'eu-north-1': 'Z3UWIKFBOOGXPP',
  'eu-south-1': 'Z3BT4WSQ9TDYZV',
  'eu-west-1': 'ZLY8HYME6SFDD',
  'eu-west-2': 'ZJ5UAJN8Y3Z2Q',
  'eu-west-3': 'Z3KY65QIEKYHQQ',
  'me-south-1': 'Z20ZBPC0SS8806',
  'sa-east-1': 'ZCMLWB8V5SYIT',
  'us-east-1': 'Z1UJRXOUMOOFQ8',
  'us-east-2': 'ZOJJZC49E0EPZ',
  'us-west-1': 'Z2MUQ32089INYE',
  'us-west-2': 'Z2OJLYMUO9EFXC',
};

/** Names of this machine and of AWS itself: nobody may take them from the cloud's own addresses. */
const reserved = /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|on\.aws|api\.aws)$|^localhost\.localstack\.cloud$/;

export function checkDomain(ctx: Context, domain: DomainName): void {
  const { domainName, endpointConfiguration, mutualTlsAuthentication } = domain;
  const labels = domainName.replace(/^\*\./, '').split('.');
  const valid =
    labels.length > 1 &&
    domainName.length <= 253 &&
    labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '');
  const { hosts, config } = ctx.room.platform;
  const taken = reserved.test(domainName) || hosts.isReserved(domainName) || domainName === config.host;
  if (!valid || taken) {
    throw new BadRequestException('Invalid domain name specified');
  }
  const { types } = endpointConfiguration;
  if (types.length === 0 || types.some((type) => !['EDGE', 'REGIONAL', 'PRIVATE'].includes(type))) {
    throw new BadRequestException('Invalid endpoint type specified');
  }
  for (const arn of [
    domain.certificateArn,
    domain.regionalCertificateArn,
    domain.ownershipVerificationCertificateArn,
  ]) {
    if (arn && !/^arn:[^:]+:(?:acm|iam|acm-pca):[^:]*:\d{12}:[\w-]+\/.+$/.test(arn)) {
      throw new BadRequestException(`Invalid certificate ARN: ${arn}`);
    }
  }
  if (types.includes('REGIONAL') && !domain.regionalCertificateArn && !domain.regionalCertificateName) {
    throw new BadRequestException('A regional certificate is required for a regional domain name');
  }
  if (
    (types.includes('EDGE') || types.includes('PRIVATE')) &&
    !domain.certificateArn &&
    !domain.certificateName
  ) {
    throw new BadRequestException('A certificate is required for the domain name');
  }
  if (mutualTlsAuthentication) {
    if (!types.includes('REGIONAL') || types.length > 1) {
      throw new BadRequestException('Mutual TLS is only supported for regional domain names');
    }
    if (!/^s3:\/\/[^/]+\/.+$/.test(mutualTlsAuthentication.truststoreUri ?? '')) {
      throw new BadRequestException('Invalid truststoreUri: s3://bucket-name/key-name expected');
    }
  }
}

/** `arn:aws:apigateway:region::/domainnames/name`; private names carry account and id. */
export function domainArn(ctx: Context, domain: DomainName): string {
  const account = domain.domainNameId === undefined ? '' : ctx.account;
  const name = domainKey(domain.domainName, domain.domainNameId);
  return `arn:${partitionOf(ctx.region)}:apigateway:${ctx.region}:${account}:/domainnames/${name}`;
}

/** @throws ConflictException when the key is taken. The order of mappings is that of their keys. */
export function addMapping(
  domain: DomainName,
  mapping: ApiMapping,
  taken: string,
  Exceeded: typeof LimitExceededException,
): void {
  if (domain.mappings.some((other) => other.key === mapping.key)) throw new ConflictException(taken);
  if (domain.mappings.length >= apiMappingsPerDomain) {
    throw new Exceeded('Maximum number of API mappings for this domain name has been reached');
  }
  domain.mappings.push(mapping);
  domain.mappings.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * The API and stage that a mapping points to are there, and of a kind with what the domain leads to already: "you
 * can't map WebSocket APIs to the same custom domain name as HTTP or REST APIs".
 * @throws BadRequestException when not.
 */
export async function checkTarget(
  reader: ApiReader,
  ctx: Context,
  domain: DomainName,
  apiId: string,
  stage: string | undefined,
  restOnly: boolean,
): Promise<void> {
  const address: Address | undefined = await reader.address(apiId);
  const own = address && address.account === ctx.account && address.region === ctx.region;
  if (!own || (restOnly && address.kind !== 'rest')) {
    const what = restOnly ? 'REST API' : 'API';
    throw new BadRequestException(`Invalid ${what} identifier specified`);
  }
  const [other] = domain.mappings;
  const known = other && (await reader.address(other.apiId));
  if (known && (known.kind === 'websocket') !== (address.kind === 'websocket')) {
    throw new BadRequestException(
      'A domain name that leads to WebSocket APIs can not lead to REST or HTTP APIs too',
    );
  }
  if (stage === undefined) return;
  const kind = address.kind === 'rest' ? 'stage' : 'httpStage';
  if (!(await reader.get(kind, ctx, apiId, stage))) {
    throw new BadRequestException('Invalid stage identifier specified');
  }
}

/** An API that a domain still sends requests to can't be deleted. */
export async function checkUnmapped(reader: ApiReader, scope: Scope, apiId: string): Promise<void> {
  for (const { mappings, rules } of await reader.list('domain', scope, '')) {
    if ([...mappings, ...rules].some((entry) => entry.apiId === apiId)) {
      throw new BadRequestException(
        'Please remove all base path mappings related to the API in your domains',
      );
    }
  }
}
