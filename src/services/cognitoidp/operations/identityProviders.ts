/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html and its neighbours. */

import { readIdpMetadata } from '../../../saml/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { levels } from '../domain/assurance.ts';
import {
  isProviderType,
  isSocial,
  type ProviderDetails,
  type ProviderType,
  providerDetailsOf,
} from '../domain/providerDetails.ts';
import {
  DuplicateProviderException,
  InvalidParameterException,
  LimitExceededException,
  ResourceNotFoundException,
} from '../errors.ts';
import { discover, fetchMetadata, openDetails, providerOf, sealDetails } from '../federation/providers.ts';
import { activeCertificate } from '../federation/samlKeys.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { type Pool, type Provider, records } from '../store.ts';
import { readPlace, writePlace } from './paging.ts';

interface Named {
  UserPoolId: string;
  ProviderName: string;
}

interface Settings {
  ProviderDetails?: ProviderDetails;
  AttributeMapping?: Record<string, string>;
  IdpIdentifiers?: string[];
  AcrMapping?: Record<string, string>;
}

export async function CreateIdentityProvider(
  ctx: Context,
  input: Named & Settings & { ProviderType: string; ProviderDetails: ProviderDetails },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { ProviderName: name, ProviderType: type } = input;
  if (!isProviderType(type)) throw new InvalidParameterException(`Invalid provider type ${type}.`);
  if (isSocial(type) ? name !== type : isReserved(name)) {
    throw new InvalidParameterException(`Provider ${name} cannot be of type ${type}.`);
  }
  const facts = await factsOf(ctx, pool, name, type, input.ProviderDetails);
  const provider: Provider = {
    name,
    type,
    ...facts,
    mapping: mappingOf(pool, input.AttributeMapping, type),
    ...acrMappingOf(type, input.AcrMapping),
    identifiers: input.IdpIdentifiers ?? [],
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  await ctx.room.store.transact(async (tx) => {
    const known = await records.providers.range(tx, { under: [pool.id], limit: limits.providersMax });
    if (known.some(({ key }) => key[1] === name)) {
      throw new DuplicateProviderException(`${name} already exists in user pool ${pool.id}`);
    }
    if (known.length >= limits.providersMax) {
      throw new LimitExceededException('The user pool has exceeded the limit of identity providers.');
    }
    await putProvider(tx, pool, provider);
  });
  return { IdentityProvider: describe(ctx, pool, provider) };
}

export async function UpdateIdentityProvider(ctx: Context, input: Named & Settings) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const before = await providerOf(ctx.room.store, pool, input.ProviderName);
  const facts =
    input.ProviderDetails && (await factsOf(ctx, pool, before.name, before.type, input.ProviderDetails));
  const provider = await ctx.room.store.transact(async (tx) => {
    const current = await providerOf(tx, pool, before.name);
    const changed: Provider = {
      ...current,
      ...facts,
      mapping: input.AttributeMapping
        ? mappingOf(pool, input.AttributeMapping, current.type)
        : current.mapping,
      ...acrMappingOf(current.type, input.AcrMapping),
      identifiers: input.IdpIdentifiers ?? current.identifiers,
      modifiedAt: ctx.now,
    };
    await putProvider(tx, pool, changed, current);
    return changed;
  });
  return { IdentityProvider: describe(ctx, pool, provider) };
}

export async function DescribeIdentityProvider(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const provider = await providerOf(ctx.room.store, pool, input.ProviderName);
  return { IdentityProvider: describe(ctx, pool, provider) };
}

export async function GetIdentityProviderByIdentifier(
  ctx: Context,
  input: { UserPoolId: string; IdpIdentifier: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const name = await records.providerNames.get(ctx.room.store, pool.id, input.IdpIdentifier);
  if (name === undefined) {
    throw new ResourceNotFoundException(
      `Identity provider with identifier ${input.IdpIdentifier} does not exist.`,
    );
  }
  return { IdentityProvider: describe(ctx, pool, await providerOf(ctx.room.store, pool, name)) };
}

export async function DeleteIdentityProvider(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await ctx.room.store.transact(async (tx) => {
    const provider = await providerOf(tx, pool, input.ProviderName);
    for (const identifier of provider.identifiers) records.providerNames.delete(tx, pool.id, identifier);
    records.providers.delete(tx, pool.id, provider.name);
  });
  return {};
}

export async function ListIdentityProviders(
  ctx: Context,
  input: { UserPoolId: string; MaxResults?: number; NextToken?: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const size = input.MaxResults || limits.pageMax;
  const last = readPlace(input.NextToken);
  const found = await records.providers.values(ctx.room.store, {
    under: [pool.id],
    ...(last ? { gt: [pool.id, last] } : {}),
    limit: size + 1,
  });
  const shown = found.slice(0, size);
  return {
    Providers: shown.map(({ name, type, createdAt, modifiedAt }) => ({
      ProviderName: name,
      ProviderType: type,
      LastModifiedDate: new Date(modifiedAt),
      CreationDate: new Date(createdAt),
    })),
    ...(found.length > size ? { NextToken: writePlace(shown.at(-1)?.name) } : {}),
  };
}

/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetSigningCertificate.html */
export async function GetSigningCertificate(ctx: Context, { UserPoolId }: { UserPoolId: string }) {
  const pool = await poolOf(ctx, UserPoolId);
  return { Certificate: await activeCertificate(ctx, pool) };
}

/** Names that stand for the pool's own users. */
const isReserved = (name: string): boolean =>
  name.toLowerCase() === 'cognito' || (isProviderType(name) && isSocial(name));

async function factsOf(
  ctx: Context,
  pool: Pool,
  name: string,
  type: ProviderType,
  given: ProviderDetails,
): Promise<Pick<Provider, 'details' | 'secrets' | 'metadata'>> {
  const details = providerDetailsOf(type, given);
  if (type === 'OIDC') return sealDetails(ctx.room, pool, name, await discover(details));
  if (type !== 'SAML') return sealDetails(ctx.room, pool, name, details);
  const document = await fetchMetadata(details);
  const { signOnUrl, logoutUrl } = readIdpMetadata(document);
  return {
    ...sealDetails(ctx.room, pool, name, {
      ...details,
      ...(details.EncryptedResponses === 'true'
        ? { ActiveEncryptionCertificate: await activeCertificate(ctx, pool) }
        : {}),
      ...(signOnUrl ? { SSORedirectBindingURI: signOnUrl } : {}),
      ...(logoutUrl ? { SLORedirectBindingURI: logoutUrl } : {}),
    }),
    metadata: { document, fetchedAt: ctx.now },
  };
}

/** @throws InvalidParameterException an attribute that the pool doesn't have. */
function mappingOf(
  pool: Pool,
  given: Record<string, string> = {},
  type: ProviderType,
): Record<string, string> {
  const known = new Set(['username', ...pool.schema.map(({ Name }) => Name)]);
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new InvalidParameterException(`AttributeMapping contains invalid mapping: [${unknown.join(', ')}]`);
  }
  // What users are known by can't be mapped otherwise: AWS shows it among the others.
  return type === 'SAML' ? given : { ...given, username: given.username ?? defaultUsername(type) };
}

/** "Only OIDC IdPs support ACR mapping." @throws InvalidParameterException */
function acrMappingOf(type: ProviderType, given: Record<string, string> | undefined) {
  if (!given) return {};
  if (type !== 'OIDC' && Object.keys(given).length > 0) {
    throw new InvalidParameterException('AcrMapping is supported for OIDC identity providers only.');
  }
  const unknown = Object.keys(given).filter((name) => !levels.some((level) => level === name));
  if (unknown.length > 0) {
    throw new InvalidParameterException(`AcrMapping has unknown levels: ${unknown.join(', ')}`);
  }
  return { acrMapping: given };
}

function defaultUsername(type: ProviderType): string {
  return { Facebook: 'id', LoginWithAmazon: 'user_id' }[type as string] ?? 'sub';
}

async function putProvider(
  tx: Transaction,
  pool: Pool,
  provider: Provider,
  before?: Provider,
): Promise<void> {
  for (const identifier of before?.identifiers ?? []) {
    if (!provider.identifiers.includes(identifier)) records.providerNames.delete(tx, pool.id, identifier);
  }
  for (const identifier of provider.identifiers) {
    const owner = await records.providerNames.get(tx, pool.id, identifier);
    if (owner !== undefined && owner !== provider.name) {
      throw new DuplicateProviderException(`The identifier ${identifier} is already in use.`);
    }
    records.providerNames.put(tx, [pool.id, identifier], provider.name);
  }
  records.providers.put(tx, [pool.id, provider.name], provider);
}

function describe({ room }: Context, pool: Pool, provider: Provider) {
  return {
    UserPoolId: pool.id,
    ProviderName: provider.name,
    ProviderType: provider.type,
    ProviderDetails: openDetails(room, pool, provider),
    AttributeMapping: provider.mapping,
    IdpIdentifiers: provider.identifiers,
    ...(provider.acrMapping ? { AcrMapping: provider.acrMapping } : {}),
    LastModifiedDate: new Date(provider.modifiedAt),
    CreationDate: new Date(provider.createdAt),
  };
}
