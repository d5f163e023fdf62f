/** SAML providers: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html and its neighbours. */
import type {
  CreateSAMLProviderRequest,
  DeleteSAMLProviderRequest,
  GetSAMLProviderRequest,
  UpdateSAMLProviderRequest,
} from '@aws-sdk/client-iam';
import { upperAlphanumeric } from '../../../kernel/index.ts';
import { readIdpMetadata } from '../../../saml/index.ts';
import type { Reader } from '../../../store/index.ts';
import { newTags, tagsShown } from '../domain/tags.ts';
import { EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity } from '../errors.ts';
import { samlPrivateKeysMax, samlProvidersMax } from '../limits.ts';
import type { IamContext } from '../room.ts';
import { sealSamlKey } from '../samlKeys.ts';
import { type SamlProvider, samlProviders } from '../store/providers.ts';

/** What a provider is valid for whose metadata doesn't say. */
const centuryMs = 100 * 365.25 * 24 * 60 * 60_000;

export async function CreateSAMLProvider(ctx: IamContext, input: CreateSAMLProviderRequest) {
  const { room, account, now } = ctx;
  const name = input.Name as string;
  const metadata = input.SAMLMetadataDocument as string;
  const blank: SamlProvider = {
    arn: `arn:aws:iam::${account}:saml-provider/${name}`,
    name,
    uuid: room.ids.token(32, upperAlphanumeric),
    metadata,
    createdAt: now,
    validUntil: validityOf(metadata) ?? now + centuryMs,
    encryption: input.AssertionEncryptionMode,
    privateKeys: [],
    tags: newTags(input.Tags),
  };
  const provider = checked(withKey(ctx, blank, input.AddPrivateKey));
  await room.store.transact(async (tx) => {
    if (await samlProviders.exists(tx, account, provider.arn)) {
      throw new EntityAlreadyExists(`SAML Provider with name ${name} already exists.`);
    }
    let others = 0;
    for await (const _ of room.store.all(samlProviders, account, tx)) others++;
    if (others >= samlProvidersMax) {
      throw new LimitExceeded(`Cannot exceed quota for SAMLProvidersPerAccount: ${samlProvidersMax}`);
    }
    samlProviders.put(tx, [account, provider.arn], provider);
  });
  return { SAMLProviderArn: provider.arn, ...tagsShown(provider) };
}

export async function UpdateSAMLProvider(ctx: IamContext, input: UpdateSAMLProviderRequest) {
  const metadata = input.SAMLMetadataDocument;
  const validUntil = metadata === undefined ? undefined : validityOf(metadata);
  return await ctx.room.store.transact(async (tx) => {
    const provider = await providerOf(ctx, input.SAMLProviderArn, tx);
    const gone = input.RemovePrivateKey;
    if (gone !== undefined && !provider.privateKeys.some(({ id }) => id === gone)) {
      throw new NoSuchEntity(`The private key with id ${gone} cannot be found.`);
    }
    const kept = { ...provider, privateKeys: provider.privateKeys.filter(({ id }) => id !== gone) };
    const changed = checked({
      ...withKey(ctx, kept, input.AddPrivateKey),
      ...(metadata === undefined
        ? {}
        : { metadata, validUntil: validUntil ?? provider.createdAt + centuryMs }),
      encryption: input.AssertionEncryptionMode ?? provider.encryption,
    });
    samlProviders.put(tx, [ctx.account, provider.arn], changed);
    return { SAMLProviderArn: provider.arn };
  });
}

export async function GetSAMLProvider(ctx: IamContext, input: GetSAMLProviderRequest) {
  const provider = await providerOf(ctx, input.SAMLProviderArn);
  return {
    SAMLProviderUUID: provider.uuid,
    SAMLMetadataDocument: provider.metadata,
    CreateDate: new Date(provider.createdAt),
    ValidUntil: new Date(provider.validUntil),
    ...tagsShown(provider),
    ...(provider.encryption === undefined ? {} : { AssertionEncryptionMode: provider.encryption }),
    ...(provider.privateKeys.length === 0
      ? {}
      : {
          PrivateKeyList: provider.privateKeys.map(({ id, createdAt }) => ({
            KeyId: id,
            Timestamp: new Date(createdAt),
          })),
        }),
  };
}

export async function ListSAMLProviders(ctx: IamContext) {
  const SAMLProviderList = [];
  for await (const { arn, validUntil, createdAt } of ctx.room.store.all(samlProviders, ctx.account)) {
    SAMLProviderList.push({ Arn: arn, ValidUntil: new Date(validUntil), CreateDate: new Date(createdAt) });
  }
  return { SAMLProviderList };
}

export async function DeleteSAMLProvider(ctx: IamContext, input: DeleteSAMLProviderRequest) {
  await ctx.room.store.transact(async (tx) => {
    const { arn } = await providerOf(ctx, input.SAMLProviderArn, tx);
    samlProviders.delete(tx, ctx.account, arn);
  });
  return {};
}

/** When the metadata says that it ends. @throws InvalidInput unless it describes an identity provider and its keys. */
function validityOf(metadata: string): number | undefined {
  try {
    return readIdpMetadata(metadata).validUntil;
  } catch {
    throw new InvalidInput('Could not parse metadata');
  }
}

/** The provider with one more key, sealed; as it is when there is none. @throws InvalidInput */
function withKey({ room, now }: IamContext, provider: SamlProvider, pem: string | undefined): SamlProvider {
  if (pem === undefined) return provider;
  const id = room.ids.token(32, upperAlphanumeric);
  let sealed: Uint8Array;
  try {
    sealed = sealSamlKey(room.vault, provider.arn, id, pem);
  } catch {
    throw new InvalidInput('The private key is not a valid PEM-encoded RSA private key.');
  }
  return { ...provider, privateKeys: [...provider.privateKeys, { id, createdAt: now, pem: sealed }] };
}

function checked(provider: SamlProvider): SamlProvider {
  if (provider.privateKeys.length > samlPrivateKeysMax) {
    throw new LimitExceeded(`Cannot exceed quota for PrivateKeysPerSAMLProvider: ${samlPrivateKeysMax}`);
  }
  if (provider.encryption === 'Required' && provider.privateKeys.length === 0) {
    throw new InvalidInput('Assertion encryption cannot be required without a private key.');
  }
  return provider;
}

async function providerOf(
  ctx: IamContext,
  arn: string | undefined,
  reader: Reader = ctx.room.store.reader,
): Promise<SamlProvider> {
  const provider = await samlProviders.get(reader, ctx.account, arn as string);
  if (!provider) throw new NoSuchEntity(`Manifest not found for arn ${arn}`);
  return provider;
}
