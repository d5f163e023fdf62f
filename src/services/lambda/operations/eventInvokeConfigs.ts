/** How asynchronous invocations are retried and where they end: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
import type {
  DeleteFunctionEventInvokeConfigCommandInput,
  FunctionEventInvokeConfig,
  GetFunctionEventInvokeConfigCommandInput,
  ListFunctionEventInvokeConfigsCommandInput,
  PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionEventInvokeConfigCommandInput,
} from '@aws-sdk/client-lambda';
import type { Transaction } from '../../../store/index.ts';
import { checkDestinations } from '../domain/destinationTargets.ts';
import { type FunctionName, functionArn } from '../domain/names.ts';
import { InvalidParameterValueException, ResourceNotFoundException } from '../errors.ts';
import type { InvokeConfigRecord } from '../records.ts';
import { resolveVersion } from '../resolve.ts';
import { type Context, loadFunction, named, pageOf, pageSize, readMarker } from './context.ts';

type Input = PutFunctionEventInvokeConfigCommandInput & UpdateFunctionEventInvokeConfigCommandInput;

/** Takes the place of what was there. */
export function PutFunctionEventInvokeConfig(
  ctx: Context,
  input: PutFunctionEventInvokeConfigCommandInput,
): Promise<FunctionEventInvokeConfig> {
  return write(ctx, input, () => undefined);
}

/** Changes what is there. */
export function UpdateFunctionEventInvokeConfig(
  ctx: Context,
  input: UpdateFunctionEventInvokeConfigCommandInput,
): Promise<FunctionEventInvokeConfig> {
  return write(ctx, input, (name, tx) => load(ctx, name, tx));
}

export async function GetFunctionEventInvokeConfig(
  ctx: Context,
  input: GetFunctionEventInvokeConfigCommandInput,
): Promise<FunctionEventInvokeConfig> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  await loadFunction(ctx, name);
  return describe(name, name.qualifier ?? '$LATEST', await load(ctx, name));
}

export async function DeleteFunctionEventInvokeConfig(
  ctx: Context,
  input: DeleteFunctionEventInvokeConfigCommandInput,
): Promise<object> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  await ctx.room.store.transact(async (tx) => {
    await loadFunction(ctx, name, tx);
    await load(ctx, name, tx);
    ctx.room.store.invokeConfigs.delete(tx, name, name.qualifier ?? '$LATEST');
  });
  return {};
}

export async function ListFunctionEventInvokeConfigs(
  ctx: Context,
  input: ListFunctionEventInvokeConfigsCommandInput,
): Promise<{ FunctionEventInvokeConfigs: FunctionEventInvokeConfig[]; NextMarker?: string }> {
  const name = named(ctx, input.FunctionName);
  await loadFunction(ctx, name);
  const size = pageSize(input.MaxItems);
  const after = readMarker(input.Marker);
  const found = await ctx.room.store.invokeConfigs.list(name, {
    limit: size + 1,
    ...(after === undefined ? {} : { after }),
  });
  const { items, nextMarker } = pageOf(found, size, ({ qualifier }) => qualifier);
  return {
    FunctionEventInvokeConfigs: items.map(({ qualifier, value }) => describe(name, qualifier, value)),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

async function write(
  ctx: Context,
  input: Input,
  previous: (name: FunctionName, tx: Transaction) => Promise<InvokeConfigRecord> | undefined,
): Promise<FunctionEventInvokeConfig> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const { store, platform } = ctx.room;
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
  if (MaximumRetryAttempts === undefined && MaximumEventAgeInSeconds === undefined && !DestinationConfig) {
    throw new InvalidParameterValueException(
      'You must specify at least one of error handling or destination setting.',
    );
  }
  const onSuccess = DestinationConfig?.OnSuccess?.Destination || undefined;
  const onFailure = DestinationConfig?.OnFailure?.Destination || undefined;
  const record = await store.transact(async (tx) => {
    await resolveVersion(store, name, platform.ids, tx);
    for (const target of checkDestinations({ onSuccess, onFailure }, name)) {
      const { account, region } = name;
      if (!(await store.function({ account, region, name: target.name }, tx)))
        throw new InvalidParameterValueException(`The destination ARN ${target.arn} is invalid.`);
    }
    const before = await previous(name, tx);
    const destinations = DestinationConfig ? { onSuccess, onFailure } : before;
    const next: InvokeConfigRecord = {
      maximumRetryAttempts: MaximumRetryAttempts ?? before?.maximumRetryAttempts,
      maximumEventAgeSeconds: MaximumEventAgeInSeconds ?? before?.maximumEventAgeSeconds,
      onSuccess: destinations?.onSuccess,
      onFailure: destinations?.onFailure,
      lastModified: ctx.now,
    };
    store.invokeConfigs.put(tx, name, name.qualifier ?? '$LATEST', next);
    return next;
  });
  return describe(name, name.qualifier ?? '$LATEST', record);
}

async function load(ctx: Context, name: FunctionName, tx?: Transaction): Promise<InvokeConfigRecord> {
  const qualifier = name.qualifier ?? '$LATEST';
  const found = await ctx.room.store.invokeConfigs.get(name, qualifier, tx);
  if (!found) {
    throw new ResourceNotFoundException(
      `The function ${functionArn(name, qualifier)} doesn't have an EventInvokeConfig`,
    );
  }
  return found;
}

function describe(
  name: FunctionName,
  qualifier: string,
  record: InvokeConfigRecord,
): FunctionEventInvokeConfig {
  const { maximumRetryAttempts, maximumEventAgeSeconds, onSuccess, onFailure } = record;
  return {
    LastModified: new Date(record.lastModified),
    FunctionArn: functionArn(name, qualifier),
    ...(maximumRetryAttempts === undefined ? {} : { MaximumRetryAttempts: maximumRetryAttempts }),
    ...(maximumEventAgeSeconds === undefined ? {} : { MaximumEventAgeInSeconds: maximumEventAgeSeconds }),
    DestinationConfig: {
      OnSuccess: onSuccess === undefined ? {} : { Destination: onSuccess },
      OnFailure: onFailure === undefined ? {} : { Destination: onFailure },
    },
  };
}
