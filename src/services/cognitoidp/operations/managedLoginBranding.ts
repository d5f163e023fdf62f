/** Styles of managed login, one an app client. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateManagedLoginBranding.html and its neighbours. */
import type { Reader, Transaction } from '../../../store/index.ts';
import { defaultSettings, merged, type Settings } from '../domain/branding.ts';
import {
  InvalidParameterException,
  ManagedLoginBrandingExistsException,
  ResourceNotFoundException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, clientOf, poolOf } from '../room.ts';
import { type Branding, type BrandingAsset, records } from '../store.ts';

interface Style {
  UseCognitoProvidedValues?: boolean;
  Settings?: Settings;
  Assets?: Asset[];
}

interface Asset {
  Category: string;
  ColorMode: string;
  Extension: string;
  Bytes?: Uint8Array;
  ResourceId?: string;
}

export async function CreateManagedLoginBranding(
  ctx: Context,
  input: Style & { UserPoolId: string; ClientId: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await clientOf(ctx, pool, input.ClientId);
  checkStyle(input);
  const branding: Branding = {
    id: ctx.room.ids.uuid(),
    clientId: input.ClientId,
    isDefault: input.UseCognitoProvidedValues ?? false,
    settings: input.Settings ?? {},
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  return ctx.room.store.transact(async (tx) => {
    if (await records.brandingClients.exists(tx, pool.id, input.ClientId)) {
      throw new ManagedLoginBrandingExistsException(
        `A managed login branding style already exists for client ${input.ClientId}.`,
      );
    }
    records.brandings.put(tx, [pool.id, branding.id], branding);
    records.brandingClients.put(tx, [pool.id, input.ClientId], branding.id);
    putAssets(tx, pool.id, branding.id, input.Assets);
    return answer(tx, pool.id, branding);
  });
}

export async function DescribeManagedLoginBranding(
  ctx: Context,
  input: { UserPoolId: string; ManagedLoginBrandingId: string; ReturnMergedResources?: boolean },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { store } = ctx.room;
  const branding = await brandingOf(store, pool.id, input.ManagedLoginBrandingId);
  return answer(store, pool.id, branding, input.ReturnMergedResources);
}

export async function DescribeManagedLoginBrandingByClient(
  ctx: Context,
  input: { UserPoolId: string; ClientId: string; ReturnMergedResources?: boolean },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await clientOf(ctx, pool, input.ClientId);
  const { store } = ctx.room;
  const branding = await brandingOfClient(store, pool.id, input.ClientId);
  if (!branding) throw unknownBranding();
  return answer(store, pool.id, branding, input.ReturnMergedResources);
}

/** "Preserves existing style settings that you don't specify." */
export async function UpdateManagedLoginBranding(
  ctx: Context,
  input: Style & { UserPoolId?: string; ManagedLoginBrandingId?: string },
) {
  const { UserPoolId: poolId, ManagedLoginBrandingId: id } = input;
  if (poolId === undefined || id === undefined) {
    throw new InvalidParameterException('UserPoolId and ManagedLoginBrandingId are required.');
  }
  const pool = await poolOf(ctx, poolId);
  checkStyle(input);
  return ctx.room.store.transact(async (tx) => {
    const known = await brandingOf(tx, pool.id, id);
    const isDefault = input.UseCognitoProvidedValues ?? false;
    const branding: Branding = {
      ...known,
      isDefault,
      settings: isDefault ? {} : merged(known.settings, input.Settings ?? {}),
      modifiedAt: ctx.now,
    };
    if (isDefault) records.brandingAssets.deleteUnder(tx, pool.id, id);
    putAssets(tx, pool.id, id, input.Assets);
    records.brandings.put(tx, [pool.id, id], branding);
    return answer(tx, pool.id, branding);
  });
}

export async function DeleteManagedLoginBranding(
  ctx: Context,
  input: { UserPoolId: string; ManagedLoginBrandingId: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await ctx.room.store.transact(async (tx) => {
    const { id, clientId } = await brandingOf(tx, pool.id, input.ManagedLoginBrandingId);
    removeBranding(tx, pool.id, id, clientId);
  });
  return {};
}

/** What a client that is deleted had for its pages. */
export async function removePagesOf(tx: Transaction, poolId: string, clientId: string): Promise<void> {
  const id = await records.brandingClients.get(tx, poolId, clientId);
  if (id !== undefined) removeBranding(tx, poolId, id, clientId);
  records.uiCustomizations.delete(tx, poolId, clientId);
  for (const { key, value } of await records.terms.range(tx, { under: [poolId], limit: limits.termsMax })) {
    if (value.clientId === clientId) records.terms.delete(tx, ...key);
  }
}

function removeBranding(tx: Transaction, poolId: string, id: string, clientId: string): void {
  records.brandings.delete(tx, poolId, id);
  records.brandingClients.delete(tx, poolId, clientId);
  records.brandingAssets.deleteUnder(tx, poolId, id);
}

export async function brandingOfClient(
  reader: Reader,
  poolId: string,
  clientId: string,
): Promise<Branding | undefined> {
  const id = await records.brandingClients.get(reader, poolId, clientId);
  return id === undefined ? undefined : records.brandings.get(reader, poolId, id);
}

async function brandingOf(reader: Reader, poolId: string, id: string): Promise<Branding> {
  const branding = await records.brandings.get(reader, poolId, id);
  if (!branding) throw unknownBranding();
  return branding;
}

/** @throws InvalidParameterException */
function checkStyle({
  UseCognitoProvidedValues: isDefault,
  Settings: settings,
  Assets: assets,
}: Style): void {
  if (isDefault && (settings !== undefined || (assets ?? []).length > 0)) {
    throw new InvalidParameterException(
      'Settings and Assets must be omitted when UseCognitoProvidedValues is true.',
    );
  }
  if (
    settings !== undefined &&
    (typeof settings !== 'object' || settings === null || Array.isArray(settings))
  ) {
    throw new InvalidParameterException('Settings must be a JSON object.');
  }
  const places = (assets ?? []).map(({ Category, ColorMode }) => `${Category} ${ColorMode}`);
  if (new Set(places).size < places.length) {
    throw new InvalidParameterException('Assets must be unique by category and color mode.');
  }
  const bytes =
    (assets ?? []).reduce((sum, { Bytes }) => sum + (Bytes?.length ?? 0), 0) +
    Buffer.byteLength(JSON.stringify(settings ?? {}));
  if (bytes > limits.brandingBytesMax) throw new InvalidParameterException('The request exceeds 2 MB.');
}

function putAssets(tx: Transaction, poolId: string, id: string, assets: readonly Asset[] = []): void {
  for (const { Category, ColorMode, Extension, Bytes, ResourceId } of assets) {
    const place: [string, string, string, string] = [poolId, id, Category, ColorMode];
    // Without bytes and resource, there is none any more.
    if (!Bytes && ResourceId === undefined) records.brandingAssets.delete(tx, ...place);
    else {
      records.brandingAssets.put(tx, place, {
        extension: Extension,
        ...(Bytes ? { bytes: Bytes } : {}),
        ...(ResourceId === undefined ? {} : { resourceId: ResourceId }),
      });
    }
  }
}

const unknownBranding = () => new ResourceNotFoundException('Managed login branding style does not exist.');

async function answer(reader: Reader, poolId: string, branding: Branding, isMerged = false) {
  const assets = await records.brandingAssets.range(reader, {
    under: [poolId, branding.id],
    limit: limits.brandingAssetsMax,
  });
  const own = Object.keys(branding.settings).length > 0 ? branding.settings : undefined;
  const settings = isMerged ? merged(defaultSettings, branding.settings) : own;
  return {
    ManagedLoginBranding: {
      ManagedLoginBrandingId: branding.id,
      UserPoolId: poolId,
      UseCognitoProvidedValues: branding.isDefault,
      ...(settings ? { Settings: settings } : {}),
      Assets: assets.map(({ key, value }) => assetOf(key[2], key[3], value)),
      CreationDate: new Date(branding.createdAt),
      LastModifiedDate: new Date(branding.modifiedAt),
    },
  };
}

const assetOf = (Category: string, ColorMode: string, { extension, bytes, resourceId }: BrandingAsset) => ({
  Category,
  ColorMode,
  Extension: extension,
  ...(bytes ? { Bytes: bytes } : {}),
  ...(resourceId === undefined ? {} : { ResourceId: resourceId }),
});
