/** Create-, Get-, Update-, Delete- and ListFunctionUrlConfig(s): https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html */
import type {
  CreateFunctionUrlConfigCommandInput,
  DeleteFunctionUrlConfigCommandInput,
  FunctionUrlConfig,
  GetFunctionUrlConfigCommandInput,
  ListFunctionUrlConfigsCommandInput,
  UpdateFunctionUrlConfigCommandInput,
} from '@aws-sdk/client-lambda';
import type { Transaction } from '../../../store/index.ts';
import { checkWithoutTenants } from '../domain/invocable.ts';
import { type FunctionName, functionArn } from '../domain/names.ts';
import {
  InvalidParameterValueException,
  ResourceConflictException,
  ResourceNotFoundException,
} from '../errors.ts';
import type { CorsRecord, UrlRecord } from '../records.ts';
import { isVersion, resolveVersion } from '../resolve.ts';
import { type Context, loadFunction, named, pageOf, pageSize, readMarker } from './context.ts';

/** Length of the ids in AWS's own addresses. */
const urlIdLength = 32;

export async function CreateFunctionUrlConfig(
  ctx: Context,
  input: CreateFunctionUrlConfigCommandInput,
): Promise<FunctionUrlConfig> {
  const name = await urlName(ctx, input);
  const { store, platform } = ctx.room;
  const record: UrlRecord = {
    urlId: platform.ids.token(urlIdLength),
    authType: input.AuthType ?? 'NONE',
    cors: input.Cors as CorsRecord | undefined,
    invokeMode: input.InvokeMode ?? 'BUFFERED',
    createdAt: ctx.now,
    lastModified: ctx.now,
  };
  await store.transact(async (tx) => {
    const { configuration } = await resolveVersion(store, name, platform.ids, tx);
    checkWithoutTenants(configuration, 'A function URL');
    if (await store.url(name, name.qualifier ?? '', tx)) {
      throw new ResourceConflictException(
        `Failed to create function url config for [functionArn = ${functionArn(name, name.qualifier)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      );
    }
    store.putUrl(tx, name, name.qualifier ?? '', record);
  });
  return describe(ctx, name, record);
}

export async function GetFunctionUrlConfig(
  ctx: Context,
  input: GetFunctionUrlConfigCommandInput,
): Promise<FunctionUrlConfig> {
  const name = await urlName(ctx, input);
  await loadFunction(ctx, name);
  return describe(ctx, name, await load(ctx, name));
}

export async function UpdateFunctionUrlConfig(
  ctx: Context,
  input: UpdateFunctionUrlConfigCommandInput,
): Promise<FunctionUrlConfig> {
  const name = await urlName(ctx, input);
  const { store } = ctx.room;
  const changed = await store.transact(async (tx) => {
    const before = await load(ctx, name, tx);
    const record: UrlRecord = {
      ...before,
      authType: input.AuthType ?? before.authType,
      invokeMode: input.InvokeMode ?? before.invokeMode,
      cors: input.Cors === undefined ? before.cors : (input.Cors as CorsRecord),
      lastModified: ctx.now,
    };
    store.putUrl(tx, name, name.qualifier ?? '', record);
    return record;
  });
  return describe(ctx, name, changed);
}

export async function DeleteFunctionUrlConfig(
  ctx: Context,
  input: DeleteFunctionUrlConfigCommandInput,
): Promise<object> {
  const name = await urlName(ctx, input);
  await ctx.room.store.transact(async (tx) => {
    const { urlId } = await load(ctx, name, tx);
    ctx.room.store.deleteUrl(tx, name, name.qualifier ?? '', urlId);
  });
  return {};
}

export async function ListFunctionUrlConfigs(
  ctx: Context,
  input: ListFunctionUrlConfigsCommandInput,
): Promise<{ FunctionUrlConfigs: FunctionUrlConfig[]; NextMarker?: string }> {
  const name = named(ctx, input.FunctionName);
  await loadFunction(ctx, name);
  const size = pageSize(input.MaxItems);
  // The URL of $LATEST has an empty qualifier and comes first: markers carry a letter before it.
  const after = readMarker(input.Marker)?.slice(1);
  const found = await ctx.room.store.listUrls(name, {
    limit: size + 1,
    ...(after === undefined ? {} : { after }),
  });
  const { items, nextMarker } = pageOf(found, size, ({ qualifier }) => `q${qualifier}`);
  return {
    FunctionUrlConfigs: items.map(({ qualifier, value }) =>
      describe(ctx, { ...name, qualifier: qualifier === '' ? undefined : qualifier }, value),
    ),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

/** URLs are of $LATEST or of an alias, never of a version. */
async function urlName(
  ctx: Context,
  input: { FunctionName?: string | undefined; Qualifier?: string | undefined },
): Promise<FunctionName> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  if (name.qualifier !== undefined && (isVersion(name.qualifier) || name.qualifier === '$LATEST')) {
    throw new InvalidParameterValueException(
      `Function URLs are configured for $LATEST without a qualifier or for an alias; got ${name.qualifier}.`,
    );
  }
  return name;
}

async function load(ctx: Context, name: FunctionName, tx?: Transaction): Promise<UrlRecord> {
  const found = await ctx.room.store.url(name, name.qualifier ?? '', tx);
  if (!found) throw new ResourceNotFoundException('The resource you requested does not exist.');
  return found;
}

function describe(ctx: Context, name: FunctionName, record: UrlRecord): FunctionUrlConfig {
  const { port } = ctx.room.platform.config;
  return {
    FunctionUrl: `http://${record.urlId}.lambda-url.${name.region}.localhost:${port}/`,
    FunctionArn: functionArn(name, name.qualifier),
    CreationTime: isoTime(record.createdAt),
    LastModifiedTime: isoTime(record.lastModified),
    AuthType: record.authType,
    InvokeMode: record.invokeMode,
    ...(record.cors ? { Cors: record.cors } : {}),
  };
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
