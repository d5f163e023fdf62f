/** How asynchronous invocations are retried and where they end: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
import type {
  DeleteFunctionEventInvokeConfigCommandInput,
  FunctionEventInvokeConfig,
  GetFunctionEventInvokeConfigCommandInput,
  ListFunctionEventInvokeConfigsCommandInput,
  PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionEventInvokeConfigCommandInput,
} from '@aws-sdk/client-lambda';
import { NotImplemented, parseArn } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
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
  const onSuccess = checkDestination(input.DestinationConfig?.OnSuccess?.Destination);
  const onFailure = checkDestination(input.DestinationConfig?.OnFailure?.Destination);
  const record = await store.transact(async (tx) => {
    await resolveVersion(store, name, platform.ids, tx);
    const before = await previous(name, tx);
    const destinations = input.DestinationConfig ? { onSuccess, onFailure } : before;
    const next: InvokeConfigRecord = {
      maximumRetryAttempts: input.MaximumRetryAttempts ?? before?.maximumRetryAttempts,
      maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? before?.maximumEventAgeSeconds,
      onSuccess: destinations?.onSuccess,
      onFailure: destinations?.onFailure,
      lastModified: ctx.now,
    };
    store.invokeConfigs.put(tx, name, name.qualifier ?? '$LATEST', next);
    return next;
  });
  return describe(name, name.qualifier ?? '$LATEST', record);
}

const delivered = new Set(['sqs', 'sns', 'lambda']);

function checkDestination(arn: string | undefined): string | undefined {
  if (arn === undefined || arn === '') return undefined;
  const service = parseArn(arn)?.service;
  if (service === 'events' || service === 's3') throw new NotImplemented(`Lambda destination of ${service}`);
  if (service === undefined || !delivered.has(service)) {
    throw new InvalidParameterValueException(
      `The provided destination config DestinationConfig is invalid: ${arn}`,
    );
  }
  return arn;
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
