/** PublishVersion, ListVersionsByFunction: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
import type {
  FunctionConfiguration,
  ListVersionsByFunctionCommandInput,
  PublishVersionCommandInput,
} from '@aws-sdk/client-lambda';
import { NotImplemented } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { describeConfiguration, listedConfiguration } from '../domain/configuration.ts';
import { checkSettled } from '../domain/states.ts';
import { InvalidParameterValueException } from '../errors.ts';
import type { Configuration, FunctionRecord } from '../records.ts';
import type { Place } from '../store.ts';
import { type Context, checkRevision, loadFunction, named, pageOf, pageSize, readMarker } from './context.ts';

export async function PublishVersion(
  ctx: Context,
  input: PublishVersionCommandInput,
): Promise<FunctionConfiguration> {
  const name = named(ctx, input.FunctionName);
  if (input.PublishTo !== undefined) throw new NotImplemented('Lambda PublishTo');
  const version = await ctx.room.store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    checkSettled(name, record.latest, ctx.now);
    checkRevision(input.RevisionId, record.latest.revisionId);
    if (input.CodeSha256 !== undefined && input.CodeSha256 !== record.latest.code.sha256) {
      throw new InvalidParameterValueException(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${record.latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    }
    return publish(ctx, tx, name, record, input);
  });
  return describeConfiguration(name, version, true, ctx.now);
}

/**
 * Makes a version of $LATEST; when nothing has changed since the last one was made, that one.
 * “Lambda doesn't publish a version if the function's configuration and code haven't changed since the last version.”
 */
export async function publish(
  ctx: Context,
  tx: Transaction,
  place: Place,
  record: FunctionRecord,
  options: { Description?: string | undefined },
): Promise<Configuration> {
  const { store, platform } = ctx.room;
  const { latest, published, nextVersion } = record;
  if (published?.revisionId === latest.revisionId) {
    const existing = await store.version(place, published.version, tx);
    if (existing) return existing;
  }
  const version: Configuration = {
    ...latest,
    version: String(nextVersion),
    updatingUntil: undefined,
    ...(latest.snapStart ? { snapshot: { status: 'Pending' } } : {}),
    description: options.Description ?? latest.description,
    lastModified: ctx.now,
    revisionId: platform.ids.uuid(),
  };
  await ctx.room.codeStorage.take(place, version.code.size);
  store.putVersion(tx, place, nextVersion, version);
  if (version.snapshot) await ctx.room.snapStart.begin(tx, place, nextVersion);
  store.putFunction(tx, place, {
    ...record,
    nextVersion: nextVersion + 1,
    published: { revisionId: latest.revisionId, version: nextVersion },
  });
  return version;
}

/** $LATEST first, then the published versions, oldest first. */
export async function ListVersionsByFunction(
  ctx: Context,
  input: ListVersionsByFunctionCommandInput,
): Promise<{ Versions: FunctionConfiguration[]; NextMarker?: string }> {
  const name = named(ctx, input.FunctionName);
  const record = await loadFunction(ctx, name);
  const size = pageSize(input.MaxItems);
  const after = readMarker(input.Marker);
  const options = { after: after === undefined ? 0 : Number(after) || 0, limit: size + 1 };
  const published = await ctx.room.store.listVersions(name, options);
  const found = after === undefined ? [record.latest, ...published] : published;
  const { items, nextMarker } = pageOf(found, size, ({ version }) => version);
  return {
    Versions: items.map((configuration) => listedConfiguration(name, configuration, true)),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}
