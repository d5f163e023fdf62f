/** PublishLayerVersion, GetLayerVersion(ByArn), DeleteLayerVersion, ListLayerVersions, ListLayers: https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html */
import type {
  DeleteLayerVersionCommandInput,
  GetLayerVersionByArnCommandInput,
  GetLayerVersionCommandInput,
  GetLayerVersionResponse,
  LayersListItem,
  LayerVersionsListItem,
  ListLayersCommandInput,
  ListLayerVersionsCommandInput,
  PublishLayerVersionCommandInput,
} from '@aws-sdk/client-lambda';
import { layerArn, parseLayerName } from '../domain/names.ts';
import { InvalidParameterValueException, ResourceNotFoundException } from '../errors.ts';
import { pageItemsMax, unzippedBytesMax } from '../limits.ts';
import type { Code, LayerRecord, LayerUse } from '../records.ts';
import type { Place } from '../store.ts';
import { takeCode } from './code.ts';
import { type Context, pageOf, pageSize, readMarker } from './context.ts';

export async function PublishLayerVersion(
  ctx: Context,
  input: PublishLayerVersionCommandInput,
): Promise<GetLayerVersionResponse> {
  const place = parseLayerName(input.LayerName ?? '', ctx);
  const code = await takeCode(ctx, input.Content ?? {});
  const record = await ctx.room.store.transact(async (tx) => {
    ctx.room.platform.blobs.claim(tx, code.blobId);
    return ctx.room.store.addLayer(tx, place, (version) => ({
      name: place.name,
      version,
      code,
      description: input.Description ?? '',
      compatibleRuntimes: [...(input.CompatibleRuntimes ?? [])],
      compatibleArchitectures: [...(input.CompatibleArchitectures ?? [])],
      licenseInfo: input.LicenseInfo,
      createdAt: ctx.now,
    }));
  });
  return describe(ctx, place, record);
}

export async function GetLayerVersion(
  ctx: Context,
  input: GetLayerVersionCommandInput,
): Promise<GetLayerVersionResponse> {
  const place = parseLayerName(input.LayerName ?? '', ctx);
  return describe(ctx, place, await load(ctx, place, checkedVersion(input.VersionNumber)));
}

export async function GetLayerVersionByArn(
  ctx: Context,
  input: GetLayerVersionByArnCommandInput,
): Promise<GetLayerVersionResponse> {
  const place = parseLayerName(input.Arn ?? '', ctx);
  return describe(ctx, place, await load(ctx, place, place.version ?? 0));
}

/** Functions that use it keep their copy; deleting what isn't there is a success. */
export async function DeleteLayerVersion(
  ctx: Context,
  input: DeleteLayerVersionCommandInput,
): Promise<object> {
  const place = parseLayerName(input.LayerName ?? '', ctx);
  const version = checkedVersion(input.VersionNumber);
  await ctx.room.store.transact(async (tx) => {
    ctx.room.store.deleteLayer(tx, place, version);
  });
  return {};
}

export async function ListLayerVersions(
  ctx: Context,
  input: ListLayerVersionsCommandInput,
): Promise<{ LayerVersions: LayerVersionsListItem[]; NextMarker?: string }> {
  const place = parseLayerName(input.LayerName ?? '', ctx);
  const size = pageSize(input.MaxItems);
  const before = readMarker(input.Marker);
  const found = await ctx.room.store.listLayerVersions(place, {
    limit: size + 1,
    ...(before === undefined ? {} : { before: Number(before) || 0 }),
  });
  const { items, nextMarker } = pageOf(found, size, ({ version }) => String(version));
  return {
    LayerVersions: items.filter((record) => fits(record, input)).map((record) => listItem(place, record)),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

export async function ListLayers(
  ctx: Context,
  input: ListLayersCommandInput,
): Promise<{ Layers: LayersListItem[]; NextMarker?: string }> {
  const size = pageSize(input.MaxItems);
  const after = readMarker(input.Marker);
  const { store } = ctx.room;
  const names = await store.listLayerNames(ctx.account, ctx.region, {
    limit: size + 1,
    ...(after === undefined ? {} : { after }),
  });
  const { items, nextMarker } = pageOf(names, size, (name) => name);
  const layers: LayersListItem[] = [];
  for (const name of items) {
    const place = { account: ctx.account, region: ctx.region, name };
    const latest = await latestFitting(ctx, place, input);
    if (!latest) continue;
    layers.push({
      LayerName: name,
      LayerArn: layerArn(place),
      LatestMatchingVersion: listItem(place, latest),
    });
  }
  return { Layers: layers, ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }) };
}

/** The layers that a function names, as it keeps them. @throws InvalidParameterValueException when one isn't there. */
export async function useLayers(ctx: Context, arns: readonly string[]): Promise<LayerUse[]> {
  const used: LayerUse[] = [];
  const versions = new Map<string, string>();
  for (const arn of arns) {
    const place = parseLayerName(arn, ctx);
    const other = versions.get(layerArn(place));
    if (other !== undefined) {
      throw new InvalidParameterValueException(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn}.`,
      );
    }
    versions.set(layerArn(place), arn);
    const record = place.version === undefined ? undefined : await ctx.room.store.layer(place, place.version);
    if (!record) throw new InvalidParameterValueException(`Layer version ${arn} does not exist.`);
    used.push({ arn: layerArn(place, record.version), size: record.code.size, code: record.code });
  }
  return used;
}

/** @throws InvalidParameterValueException when code and layers together are larger than a function may be. */
export function checkCombinedSize(code: Code, layers: readonly LayerUse[]): void {
  const sizes = [code, ...layers.map((layer) => layer.code)].map(({ unzippedSize = 0 }) => unzippedSize);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= unzippedBytesMax) return;
  throw new InvalidParameterValueException(
    `Function code combined with layers exceeds the maximum allowed size of ${unzippedBytesMax} bytes. The actual size is ${total} bytes.`,
  );
}

async function load(ctx: Context, place: Place, version: number): Promise<LayerRecord> {
  const record = await ctx.room.store.layer(place, version);
  if (!record) throw new ResourceNotFoundException('The resource you requested does not exist.');
  return record;
}

function checkedVersion(version: number | undefined): number {
  if (version !== undefined && version >= 1) return version;
  throw new InvalidParameterValueException('Layer Version Cannot be less than 1.');
}

/** The newest version that runs where the caller wants it to: “LatestMatchingVersion”. */
async function latestFitting(
  ctx: Context,
  place: Place,
  wanted: Parameters<typeof fits>[1],
): Promise<LayerRecord | undefined> {
  let before: number | undefined;
  for (;;) {
    const versions = await ctx.room.store.listLayerVersions(place, {
      limit: pageItemsMax,
      ...(before === undefined ? {} : { before }),
    });
    const found = versions.find((record) => fits(record, wanted));
    const last = versions.at(-1);
    if (found || !last || versions.length < pageItemsMax) return found;
    before = last.version;
  }
}

function fits(
  record: LayerRecord,
  wanted: { CompatibleRuntime?: string | undefined; CompatibleArchitecture?: string | undefined },
): boolean {
  const { CompatibleRuntime, CompatibleArchitecture } = wanted;
  return (
    (CompatibleRuntime === undefined || record.compatibleRuntimes.includes(CompatibleRuntime)) &&
    (CompatibleArchitecture === undefined || record.compatibleArchitectures.includes(CompatibleArchitecture))
  );
}

function describe(ctx: Context, place: Place, record: LayerRecord): GetLayerVersionResponse {
  const { code } = record;
  return {
    ...listItem(place, record),
    LayerArn: layerArn(place),
    Content: {
      Location: ctx.room.codeUrls.sign(code.blobId, ctx.now),
      CodeSha256: code.sha256,
      CodeSize: code.size,
    },
  };
}

function listItem(place: Place, record: LayerRecord): LayerVersionsListItem {
  return {
    LayerVersionArn: layerArn(place, record.version),
    Version: record.version,
    Description: record.description,
    CreatedDate: new Date(record.createdAt).toISOString().replace('Z', '+0000'),
    ...(record.compatibleRuntimes.length > 0
      ? {
          CompatibleRuntimes: record.compatibleRuntimes as NonNullable<
            LayerVersionsListItem['CompatibleRuntimes']
          >,
        }
      : {}),
    ...(record.compatibleArchitectures.length > 0
      ? {
          CompatibleArchitectures: record.compatibleArchitectures as NonNullable<
            LayerVersionsListItem['CompatibleArchitectures']
          >,
        }
      : {}),
    ...(record.licenseInfo === undefined ? {} : { LicenseInfo: record.licenseInfo }),
  };
}
