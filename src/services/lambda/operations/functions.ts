/** GetFunction, GetFunctionConfiguration, ListFunctions, DeleteFunction, GetAccountSettings. */
import type {
  DeleteFunctionCommandInput,
  FunctionCodeLocation,
  FunctionConfiguration,
  GetAccountSettingsCommandOutput,
  GetFunctionCommandInput,
  GetFunctionCommandOutput,
  GetFunctionConfigurationCommandInput,
  ListFunctionsCommandInput,
  ListFunctionsCommandOutput,
} from '@aws-sdk/client-lambda';
import { describeConfiguration, listedConfiguration } from '../domain/configuration.ts';
import { resolvedUri } from '../domain/image.ts';
import { InvalidParameterValueException, ResourceConflictException } from '../errors.ts';
import {
  codeStorageBytesMax,
  concurrentExecutionsMax,
  unzippedBytesMax,
  zipUploadBytesMax,
} from '../limits.ts';
import type { Configuration, FunctionRecord } from '../records.ts';
import { isVersion, resolveVersion } from '../resolve.ts';
import { concurrencyTaken } from './concurrency.ts';
import { type Context, loadFunction, named, pageOf, pageSize, readMarker, releaseCode } from './context.ts';

type Output<T> = Omit<T, '$metadata'>;

export async function GetFunction(
  ctx: Context,
  input: GetFunctionCommandInput,
): Promise<Output<GetFunctionCommandOutput>> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const { record, configuration } = await resolveVersion(ctx.room.store, name, ctx.room.platform.ids);
  const { tags, reservedConcurrency } = record;
  return {
    Configuration: describeConfiguration(name, configuration, name.qualifier ?? false, ctx.now),
    Code: codeOf(ctx, configuration),
    ...(Object.keys(tags).length > 0 ? { Tags: tags } : {}),
    ...(reservedConcurrency === undefined
      ? {}
      : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
  };
}

function codeOf(ctx: Context, { code, image }: Configuration): FunctionCodeLocation {
  if (!image) return { RepositoryType: 'S3', Location: ctx.room.codeUrls.sign(code.blobId, ctx.now) };
  const ResolvedImageUri = resolvedUri(image);
  return {
    RepositoryType: 'ECR',
    ImageUri: image.uri,
    ...(ResolvedImageUri === undefined ? {} : { ResolvedImageUri }),
  };
}

export async function GetFunctionConfiguration(
  ctx: Context,
  input: GetFunctionConfigurationCommandInput,
): Promise<FunctionConfiguration> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const { configuration } = await resolveVersion(ctx.room.store, name, ctx.room.platform.ids);
  return describeConfiguration(name, configuration, name.qualifier ?? false, ctx.now);
}

export async function ListFunctions(
  ctx: Context,
  input: ListFunctionsCommandInput,
): Promise<Output<ListFunctionsCommandOutput>> {
  const size = pageSize(input.MaxItems);
  const after = readMarker(input.Marker);
  if (input.MasterRegion !== undefined) return replicas(input);
  if (input.FunctionVersion === 'ALL') return listAllVersions(ctx, size, after);
  const options = { limit: size + 1, ...(after === undefined ? {} : { after }) };
  const found = await ctx.room.store.listFunctions(ctx.account, ctx.region, options);
  const { items, nextMarker } = pageOf(found, size, ({ latest }) => latest.functionName);
  return {
    Functions: items.map(({ latest }) => listedConfiguration(ctx, latest, false)),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

/** “If specified, you must set FunctionVersion to ALL.” Nothing here is replicated to the edge. */
function replicas({ FunctionVersion }: ListFunctionsCommandInput): { Functions: [] } {
  if (FunctionVersion === 'ALL') return { Functions: [] };
  throw new InvalidParameterValueException('FunctionVersion must be ALL when MasterRegion is specified.');
}

/** Each function's $LATEST and its versions after it. @param after `name:version` of the last item shown. */
async function listAllVersions(
  ctx: Context,
  size: number,
  after: string | undefined,
): Promise<Output<ListFunctionsCommandOutput>> {
  const { store } = ctx.room;
  const [lastName, lastVersion] = after?.split(':') ?? [];
  const shown: { name: string; configuration: FunctionRecord['latest'] }[] = [];
  const addVersions = async (name: string, from: number) => {
    const place = { account: ctx.account, region: ctx.region, name };
    const limit = size + 1 - shown.length;
    for (const configuration of await store.listVersions(place, { after: from, limit })) {
      shown.push({ name, configuration });
    }
  };
  if (lastName !== undefined)
    await addVersions(lastName, lastVersion === '$LATEST' ? 0 : Number(lastVersion));
  let cursor = lastName;
  while (shown.length <= size) {
    const options = { limit: 1, ...(cursor === undefined ? {} : { after: cursor }) };
    const [record] = await store.listFunctions(ctx.account, ctx.region, options);
    if (!record) break;
    cursor = record.latest.functionName;
    shown.push({ name: cursor, configuration: record.latest });
    if (shown.length <= size) await addVersions(cursor, 0);
  }
  const { items, nextMarker } = pageOf(
    shown,
    size,
    ({ name, configuration }) => `${name}:${configuration.version}`,
  );
  return {
    Functions: items.map(({ configuration }) => listedConfiguration(ctx, configuration, true)),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

export async function DeleteFunction(
  ctx: Context,
  input: DeleteFunctionCommandInput,
): Promise<{ StatusCode: number }> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const { store, executor, packages } = ctx.room;
  if (name.qualifier !== undefined) return deleteVersion(ctx, name, name.qualifier);
  const gone = await store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    const versions = [record.latest, ...(await store.allVersions(name, tx))];
    for (const { qualifier, value } of await store.listUrls(name, { limit: urlsMax }, tx)) {
      store.deleteUrl(tx, name, qualifier, value.urlId);
    }
    releaseCode(ctx, tx, versions, []);
    store.sign(tx, name, record, undefined);
    store.deleteFunction(tx, name);
    ctx.room.durable.forget(tx, name);
    return versions;
  });
  for (const { code } of gone) packages.forget(code);
  await Promise.all(gone.map((configuration) => executor.retire(name, configuration)));
  ctx.room.provisioned.refreshFunction(name);
  ctx.room.concurrency.forget(name);
  ctx.room.durable.release(name);
  return { StatusCode: 204 };
}

/** A function URL per alias and one for $LATEST; more aliases than this have none in practice. */
const urlsMax = 10_000;
/** Aliases looked at before a version is deleted. */
const aliasesMax = 10_000;

async function deleteVersion(
  ctx: Context,
  name: ReturnType<typeof named>,
  qualifier: string,
): Promise<{ StatusCode: number }> {
  const { store, executor } = ctx.room;
  if (qualifier === '$LATEST') {
    throw new InvalidParameterValueException(
      '$LATEST version cannot be deleted without deleting the function.',
    );
  }
  if (!isVersion(qualifier)) {
    throw new InvalidParameterValueException(
      'Deletion of aliases is not currently supported. Please use the DeleteAlias API.',
    );
  }
  const gone = await store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    const configuration = await store.version(name, Number(qualifier), tx);
    // Deleting what isn't there answers 204, as long as the function exists.
    if (!configuration) return undefined;
    const users = (await store.aliases.list(name, { limit: aliasesMax }, tx))
      .filter(({ value }) => value.functionVersion === qualifier || qualifier in value.weights)
      .map(({ qualifier: alias }) => alias);
    if (users.length > 0) {
      throw new ResourceConflictException(
        `The following reference(s) must be removed before deletion: [arn aliases: ${users.join(', ')}]`,
      );
    }
    store.deleteVersion(tx, name, Number(qualifier));
    store.provisioned.delete(tx, name, qualifier);
    store.runtimeManagement.delete(tx, name, qualifier);
    releaseCode(ctx, tx, [configuration], [record.latest, ...(await store.allVersions(name, tx))]);
    return configuration;
  });
  if (gone) await executor.retire(name, gone);
  ctx.room.provisioned.refreshIfThere(name, qualifier);
  return { StatusCode: 204 };
}

export async function GetAccountSettings(ctx: Context): Promise<Output<GetAccountSettingsCommandOutput>> {
  const usage = await ctx.room.store.codeUsage(ctx);
  const { others: reserved } = await concurrencyTaken(ctx, undefined);
  return {
    AccountLimit: {
      TotalCodeSize: codeStorageBytesMax,
      CodeSizeUnzipped: unzippedBytesMax,
      CodeSizeZipped: zipUploadBytesMax,
      ConcurrentExecutions: concurrentExecutionsMax,
      UnreservedConcurrentExecutions: concurrentExecutionsMax - reserved,
    },
    AccountUsage: {
      TotalCodeSize: usage.bytes,
      FunctionCount: usage.functions,
    },
  };
}
