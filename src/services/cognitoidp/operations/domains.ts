/** Where managed login and the OAuth endpoints of a pool are. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html and its neighbours. */
import { hostOwners } from '../../../platform/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { checkTier } from '../domain/tiers.ts';
import { InvalidParameterException, ResourceNotFoundException } from '../errors.ts';
import { type Context, poolOf } from '../room.ts';
import { type Domain, type DomainKind, type Pool, records } from '../store.ts';

interface DomainInput {
  Domain: string;
  UserPoolId: string;
  ManagedLoginVersion?: number;
  CustomDomainConfig?: { CertificateArn: string };
}

export async function CreateUserPoolDomain(ctx: Context, input: DomainInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { hosts, store } = ctx.room;
  const { Domain: name, CustomDomainConfig: custom } = input;
  const kind: DomainKind = custom ? 'custom' : 'prefix';
  if (custom) {
    checkCertificate(custom.CertificateArn);
    checkHost(name);
    const isOwn = name === new URL(ctx.room.endpoint).hostname;
    if (isOwn || reserved.test(name) || hosts.isReserved(name)) throw taken();
  } else checkPrefix(name);
  const domain: Domain = {
    account: pool.account,
    region: pool.region,
    name,
    poolId: pool.id,
    managedLoginVersion: versionOf(input, pool),
    ...(custom ? { certificateArn: custom.CertificateArn } : {}),
    createdAt: ctx.now,
  };
  await store.transact(async (tx) => {
    if (await records.domains.exists(tx, domain.region, name)) throw taken();
    if (await records.poolDomains.exists(tx, pool.id, kind)) {
      throw new InvalidParameterException(
        custom
          ? 'A user pool can only have one custom domain configured.'
          : 'User pool already has a domain configured.',
      );
    }
    if (custom) await claimHost(tx, domain);
    records.domains.put(tx, [domain.region, name], domain);
    records.poolDomains.put(tx, [pool.id, kind], name);
  });
  if (custom) await hosts.load();
  return answer(domain);
}

/** A domain that nobody has is described by nothing. */
export async function DescribeUserPoolDomain(ctx: Context, input: { Domain: string }) {
  const found = await records.domains.get(ctx.room.store, ctx.region, input.Domain);
  if (found?.account !== ctx.account) return { DomainDescription: {} };
  const { certificateArn } = found;
  return {
    DomainDescription: {
      UserPoolId: found.poolId,
      AWSAccountId: found.account,
      Domain: found.name,
      S3Bucket: `aws-cognito-prod-${found.region}-assets`,
      CloudFrontDistribution: distributionOf(found),
      // A version is the time of its deployment.
      Version: new Date(found.createdAt).toISOString().replace(/\D/g, '').slice(0, 14),
      Status: 'ACTIVE',
      CustomDomainConfig: certificateArn === undefined ? {} : { CertificateArn: certificateArn },
      ManagedLoginVersion: found.managedLoginVersion,
    },
  };
}

export async function UpdateUserPoolDomain(ctx: Context, input: DomainInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { CustomDomainConfig: custom } = input;
  if (custom) checkCertificate(custom.CertificateArn);
  const changed = await ctx.room.store.transact(async (tx) => {
    const known = await domainOfPool(tx, pool, input.Domain);
    if (custom && known.certificateArn === undefined) {
      throw new InvalidParameterException('CustomDomainConfig is only supported for custom domains.');
    }
    const domain: Domain = {
      ...known,
      managedLoginVersion:
        input.ManagedLoginVersion === undefined ? known.managedLoginVersion : versionOf(input, pool),
      ...(custom ? { certificateArn: custom.CertificateArn } : {}),
    };
    records.domains.put(tx, [domain.region, domain.name], domain);
    return domain;
  });
  return answer(changed);
}

export async function DeleteUserPoolDomain(ctx: Context, input: { Domain: string; UserPoolId: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await ctx.room.store.transact(async (tx) => {
    const known = await domainOfPool(tx, pool, input.Domain);
    const kind: DomainKind = known.certificateArn === undefined ? 'prefix' : 'custom';
    records.domains.delete(tx, known.region, known.name);
    records.poolDomains.delete(tx, pool.id, kind);
    if (kind === 'custom') hostOwners.delete(tx, known.name, known.region);
  });
  await ctx.room.hosts.load();
  return {};
}

async function domainOfPool(tx: Transaction, pool: Pool, name: string): Promise<Domain> {
  const known = await records.domains.get(tx, pool.region, name);
  if (known?.poolId !== pool.id) throw new ResourceNotFoundException('No such domain or user pool exists.');
  return known;
}

/** Has the edge hand requests with this Host header to the data plane. @throws InvalidParameterException */
async function claimHost(tx: Transaction, { name, region }: Domain): Promise<void> {
  if (await hostOwners.exists(tx, name, region)) throw taken();
  const params = { domain: name, region };
  hostOwners.put(tx, name, region, { service: 'cognitoidp', endpoint: 'hosted', params });
}

/** Names of this machine and of AWS itself: nobody may take them from the cloud's own addresses. */
const reserved =
  /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|amazoncognito\.com|on\.aws|api\.aws)$|^localhost\.localstack\.cloud$/;

/** @throws InvalidParameterException */
function checkPrefix(name: string): void {
  const [word] = /aws|amazon|cognito/.exec(name) ?? [];
  if (word !== undefined) {
    throw new InvalidParameterException(`Domain cannot contain reserved word: ${word}`);
  }
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new InvalidParameterException(
      'The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$',
    );
  }
}

/** @throws InvalidParameterException */
function checkHost(name: string): void {
  if (!/^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(name)) {
    throw new InvalidParameterException('Custom domain is not a valid subdomain.');
  }
}

/** @throws InvalidParameterException */
function checkCertificate(arn: string): void {
  if (!/^arn:[\w-]+:acm:us-east-1:\d{12}:certificate\/[\w-]+$/.test(arn)) {
    throw new InvalidParameterException(
      'Invalid certificate ARN: the certificate must be one of AWS Certificate Manager in us-east-1.',
    );
  }
}

/** @throws InvalidParameterException, FeatureUnavailableInTierException */
function versionOf({ ManagedLoginVersion: version = 1 }: DomainInput, { settings }: Pool): number {
  if (version !== 1 && version !== 2) {
    throw new InvalidParameterException('ManagedLoginVersion must be 1 or 2.');
  }
  if (version === 2) checkTier(settings.UserPoolTier, ['Managed Login']);
  return version;
}

const taken = () => new InvalidParameterException('Domain already associated with another user pool.');

/** The name that an alias record would have to point to; nobody answers there. */
const distributionOf = ({ poolId }: Domain): string =>
  `d${Buffer.from(poolId).toString('hex').slice(-13)}.cloudfront.net`;

function answer(domain: Domain) {
  return {
    ManagedLoginVersion: domain.managedLoginVersion,
    ...(domain.certificateArn === undefined ? {} : { CloudFrontDomain: distributionOf(domain) }),
  };
}
