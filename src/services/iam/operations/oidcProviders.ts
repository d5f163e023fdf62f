/** OpenID Connect providers: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html and its neighbours. */
import type {
  AddClientIDToOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderRequest,
  DeleteOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderRequest,
  RemoveClientIDFromOpenIDConnectProviderRequest,
  UpdateOpenIDConnectProviderThumbprintRequest,
} from '@aws-sdk/client-iam';
import type { Reader } from '../../../store/index.ts';
import { newTags, tagsShown } from '../domain/tags.ts';
import {
  EntityAlreadyExists,
  InvalidInput,
  LimitExceeded,
  NoSuchEntity,
  ValidationError,
} from '../errors.ts';
import { clientIdsPerProviderMax, oidcProvidersMax, thumbprintsMax } from '../limits.ts';
import type { IamContext } from '../room.ts';
import { type OidcProvider, oidcProviders } from '../store/providers.ts';

export async function CreateOpenIDConnectProvider(
  ctx: IamContext,
  input: CreateOpenIDConnectProviderRequest,
) {
  const { room, account, now } = ctx;
  const url = input.Url as string;
  const provider: OidcProvider = {
    arn: `arn:aws:iam::${account}:oidc-provider/${withoutScheme(url)}`,
    url,
    clientIds: unique(checkedClients(input.ClientIDList ?? [])),
    thumbprints: checkedThumbprints(input.ThumbprintList ?? []),
    createdAt: now,
    tags: newTags(input.Tags),
  };
  await room.store.transact(async (tx) => {
    if (await oidcProviders.exists(tx, account, provider.arn)) {
      throw new EntityAlreadyExists(`Provider with url ${url} already exists.`);
    }
    let others = 0;
    for await (const _ of room.store.all(oidcProviders, account, tx)) others++;
    if (others >= oidcProvidersMax) {
      throw new LimitExceeded(
        `Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${oidcProvidersMax}`,
      );
    }
    oidcProviders.put(tx, [account, provider.arn], provider);
  });
  return { OpenIDConnectProviderArn: provider.arn, ...tagsShown(provider) };
}

export async function GetOpenIDConnectProvider(ctx: IamContext, input: GetOpenIDConnectProviderRequest) {
  const provider = await providerOf(ctx, input.OpenIDConnectProviderArn as string);
  return {
    // As AWS tells it: without its scheme.
    Url: withoutScheme(provider.url),
    ClientIDList: provider.clientIds,
    ThumbprintList: provider.thumbprints,
    CreateDate: new Date(provider.createdAt),
    ...tagsShown(provider),
  };
}

export async function ListOpenIDConnectProviders(ctx: IamContext) {
  const OpenIDConnectProviderList = [];
  for await (const { arn } of ctx.room.store.all(oidcProviders, ctx.account)) {
    OpenIDConnectProviderList.push({ Arn: arn });
  }
  return { OpenIDConnectProviderList };
}

/** "This operation is idempotent; it does not fail or return an error if you call the operation for a provider that does not exist." */
export async function DeleteOpenIDConnectProvider(
  ctx: IamContext,
  input: DeleteOpenIDConnectProviderRequest,
) {
  await ctx.room.store.transact(async (tx) =>
    oidcProviders.delete(tx, ctx.account, input.OpenIDConnectProviderArn as string),
  );
  return {};
}

export async function AddClientIDToOpenIDConnectProvider(
  ctx: IamContext,
  input: AddClientIDToOpenIDConnectProviderRequest,
) {
  return await change(ctx, input.OpenIDConnectProviderArn, (provider) => ({
    ...provider,
    clientIds: checkedClients(unique([...provider.clientIds, input.ClientID as string])),
  }));
}

export async function RemoveClientIDFromOpenIDConnectProvider(
  ctx: IamContext,
  input: RemoveClientIDFromOpenIDConnectProviderRequest,
) {
  return await change(ctx, input.OpenIDConnectProviderArn, (provider) => ({
    ...provider,
    clientIds: provider.clientIds.filter((id) => id !== input.ClientID),
  }));
}

export async function UpdateOpenIDConnectProviderThumbprint(
  ctx: IamContext,
  input: UpdateOpenIDConnectProviderThumbprintRequest,
) {
  const thumbprints = checkedThumbprints(input.ThumbprintList ?? []);
  return await change(ctx, input.OpenIDConnectProviderArn, (provider) => ({ ...provider, thumbprints }));
}

async function change(
  ctx: IamContext,
  arn: string | undefined,
  edit: (provider: OidcProvider) => OidcProvider,
): Promise<object> {
  await ctx.room.store.transact(async (tx) => {
    const provider = await providerOf(ctx, arn as string, tx);
    oidcProviders.put(tx, [ctx.account, provider.arn], edit(provider));
  });
  return {};
}

async function providerOf(
  ctx: IamContext,
  arn: string,
  reader: Reader = ctx.room.store.reader,
): Promise<OidcProvider> {
  const provider = await oidcProviders.get(reader, ctx.account, arn);
  if (!provider) throw new NoSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
}

/**
 * AWS takes `https` and no query. A provider on this machine has seldom a certificate, so `http` is taken from
 * loopback addresses; whoever can answer there is this machine's user already.
 */
function withoutScheme(url: string): string {
  const parsed = URL.parse(url);
  const isLocal =
    parsed?.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(parsed.hostname);
  if (
    !parsed ||
    !(parsed.protocol === 'https:' || isLocal) ||
    parsed.search ||
    parsed.hash ||
    parsed.username
  ) {
    throw new ValidationError('Invalid Open ID Connect Provider URL');
  }
  return url.slice(parsed.protocol.length + 2);
}

function checkedClients(ids: string[]): string[] {
  if (ids.length > clientIdsPerProviderMax) {
    throw new LimitExceeded(
      `Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${clientIdsPerProviderMax}`,
    );
  }
  return ids;
}

function checkedThumbprints(thumbprints: string[]): string[] {
  if (thumbprints.length > thumbprintsMax) {
    throw new InvalidInput(`Thumbprint list must contain fewer than ${thumbprintsMax} entries.`);
  }
  if (!thumbprints.every((one) => /^[0-9a-f]{40}$/i.test(one))) {
    throw new InvalidInput('Thumbprints must be SHA-1 hashes in hexadecimal, of 40 characters.');
  }
  return thumbprints;
}

function unique(ids: string[]): string[] {
  return [...new Set(ids)];
}
