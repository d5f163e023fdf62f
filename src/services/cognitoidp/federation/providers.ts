/** Identity providers of a pool: read with their secrets opened, and completed with what they publish of themselves. */
import { onBehalf } from '../../../kernel/index.ts';
import { type IdpMetadata, readIdpMetadata } from '../../../saml/index.ts';
import type { Reader } from '../../../store/index.ts';
import { type ProviderDetails, secretDetails } from '../domain/providerDetails.ts';
import { InvalidParameterException, ResourceNotFoundException } from '../errors.ts';
import type { CognitoRoom, Context } from '../room.ts';
import { type Pool, type Provider, records } from '../store.ts';

/** "Amazon Cognito refreshes metadata every 6 hours or before the metadata expires, whichever is earlier." */
const metadataMs = 6 * 60 * 60 * 1000;
const timeoutMs = 5_000;
/** Longer answers aren't read. */
const bytesMax = 1_000_000;

/** @throws ResourceNotFoundException */
export async function providerOf(reader: Reader, pool: Pool, name: string): Promise<Provider> {
  const provider = await records.providers.get(reader, pool.id, name);
  if (!provider) throw unknownProvider(name);
  return provider;
}

export const unknownProvider = (name: string) =>
  new ResourceNotFoundException(`Identity provider ${name} does not exist.`);

/** By a name or by one of its identifiers. @returns undefined when there is none. */
export async function findProvider(
  reader: Reader,
  pool: Pool,
  by: { name?: string | undefined; identifier?: string | undefined },
): Promise<Provider | undefined> {
  const name =
    by.name ?? (by.identifier && (await records.providerNames.get(reader, pool.id, by.identifier)));
  return name ? records.providers.get(reader, pool.id, name) : undefined;
}

const purpose = (pool: Pool, provider: string, member: string) =>
  `cognitoidp.provider/${pool.id}/${provider}/${member}`;

/** Splits details into what may be kept as it is and what is sealed. */
export function sealDetails(
  { vault }: CognitoRoom,
  pool: Pool,
  name: string,
  given: ProviderDetails,
): Pick<Provider, 'details' | 'secrets'> {
  const details = { ...given };
  const secrets: Record<string, Uint8Array> = {};
  for (const member of secretDetails) {
    const value = details[member];
    if (value === undefined) continue;
    secrets[member] = vault.seal(purpose(pool, name, member), value);
    delete details[member];
  }
  return { details, secrets };
}

export function openDetails({ vault }: CognitoRoom, pool: Pool, provider: Provider): ProviderDetails {
  const details = { ...provider.details };
  for (const [member, sealed] of Object.entries(provider.secrets)) {
    details[member] = vault.open(purpose(pool, provider.name, member), sealed).toString();
  }
  return details;
}

/** Addresses of an OIDC provider, discovered where they weren't given. @throws InvalidParameterException */
export async function discover(details: ProviderDetails): Promise<ProviderDetails> {
  const names = {
    authorize_url: 'authorization_endpoint',
    token_url: 'token_endpoint',
    attributes_url: 'userinfo_endpoint',
    jwks_uri: 'jwks_uri',
  } as const;
  if (Object.keys(names).every((name) => details[name])) return details;
  const issuer = details.oidc_issuer ?? '';
  let found: Record<string, unknown>;
  try {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    found = JSON.parse(await textAt(address)) as Record<string, unknown>;
  } catch {
    throw new InvalidParameterException(`Unable to contact well-known endpoint for ${issuer}.`);
  }
  const complete = { ...details };
  for (const [name, published] of Object.entries(names)) {
    const address = found[published];
    if (!complete[name] && typeof address === 'string') complete[name] = address;
    if (!complete[name] && name !== 'attributes_url') {
      throw new InvalidParameterException(`The provider ${issuer} publishes no ${published}.`);
    }
  }
  return complete;
}

/** @throws InvalidParameterException what MetadataURL leads to, or MetadataFile holds, isn't an identity provider's. */
export async function fetchMetadata(details: ProviderDetails): Promise<string> {
  const { MetadataURL: url, MetadataFile: file } = details;
  let document = file ?? '';
  if (url) {
    try {
      document = await textAt(url);
    } catch {
      throw new InvalidParameterException(`Error retrieving metadata from ${url}`);
    }
  }
  try {
    const { signOnUrl } = readIdpMetadata(document);
    if (signOnUrl === undefined) throw new Error('no SingleSignOnService by redirect');
  } catch (error) {
    throw new InvalidParameterException(`Invalid SAML metadata: ${(error as Error).message}`);
  }
  return document;
}

/** A SAML provider's metadata, fetched anew when it is old; what was there before serves while it can't be. */
export async function metadataOf(ctx: Context, pool: Pool, provider: Provider): Promise<IdpMetadata> {
  const kept = readIdpMetadata(provider.metadata?.document ?? '');
  const fetchedAt = provider.metadata?.fetchedAt ?? 0;
  const until = Math.min(fetchedAt + metadataMs, kept.validUntil ?? Number.POSITIVE_INFINITY);
  if (!provider.details.MetadataURL || until > ctx.now) return kept;
  const document = await fetchMetadata(provider.details).catch(() => undefined);
  if (document === undefined) return kept;
  await ctx.room.store.transact(async (tx) => {
    const current = await records.providers.get(tx, pool.id, provider.name);
    if (!current) return;
    records.providers.put(tx, [pool.id, provider.name], {
      ...current,
      metadata: { document, fetchedAt: ctx.now },
    });
  });
  return readIdpMetadata(document);
}

/** What an address that somebody configured answers. @throws Error it can't be reached, refuses, or says too much. */
export async function textAt(url: string, init: RequestInit = {}): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, onBehalf(url, { redirect: 'error', ...init, signal }));
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} of ${new URL(url).host}`);
  if (text.length > bytesMax) throw new Error(`${new URL(url).host} answered too much`);
  return text;
}
