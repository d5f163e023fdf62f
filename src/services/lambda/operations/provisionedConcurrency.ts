/** Put-, Get-, Delete- and ListProvisionedConcurrencyConfig(s): https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html */
import type {
  DeleteProvisionedConcurrencyConfigCommandInput,
  GetProvisionedConcurrencyConfigCommandInput,
  GetProvisionedConcurrencyConfigResponse,
  ListProvisionedConcurrencyConfigsCommandInput,
  ProvisionedConcurrencyConfigListItem,
  PutProvisionedConcurrencyConfigCommandInput,
} from '@aws-sdk/client-lambda';
import type { Transaction } from '../../../store/index.ts';
import { secondsTime } from '../domain/configuration.ts';
import { checkWithoutTenants } from '../domain/invocable.ts';
import { type FunctionName, functionArn, functionNotFound } from '../domain/names.ts';
import { notSupported } from '../domain/snapStart.ts';
import {
  InvalidParameterValueException,
  ProvisionedConcurrencyConfigNotFoundException,
  ResourceConflictException,
} from '../errors.ts';
import { concurrentExecutionsMax, unreservedConcurrencyMin } from '../limits.ts';
import type { AliasRecord, ProvisionedRecord } from '../records.ts';
import { isVersion } from '../resolve.ts';
import { checkProvisionable, loadAlias, unpublished } from './aliases.ts';
import { concurrencyTaken } from './concurrency.ts';
import { type Context, loadFunction, named, pageOf, pageSize, readMarker } from './context.ts';

type Input = { FunctionName?: string | undefined; Qualifier?: string | undefined };

/** Answers IN_PROGRESS; the environments are initialized in the background. */
export async function PutProvisionedConcurrencyConfig(
  ctx: Context,
  input: PutProvisionedConcurrencyConfigCommandInput,
): Promise<GetProvisionedConcurrencyConfigResponse> {
  const { name, qualifier } = target(ctx, input, unpublished);
  const requested = input.ProvisionedConcurrentExecutions ?? 0;
  const { store, provisioned } = ctx.room;
  const record: ProvisionedRecord = { requested, lastModified: ctx.now };
  const before = provisioned.status(name, qualifier).allocated;
  await store.transact(async (tx) => {
    const alias = await existing(ctx, name, qualifier, tx);
    await checkWithoutSnapStart(ctx, tx, name, alias ? versionsOf(alias) : [qualifier]);
    const { latest, reservedConcurrency } = await loadFunction(ctx, name, tx);
    checkWithoutTenants(latest, 'Provisioned concurrency');
    await checkConcurrency(ctx, tx, name, qualifier, { requested, reserved: reservedConcurrency });
    if (alias) await checkProvisionable(ctx, tx, name, alias);
    else await checkAliases(ctx, tx, name, qualifier);
    store.provisioned.put(tx, name, qualifier, record);
  });
  provisioned.refresh(name, qualifier);
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: before,
    AllocatedProvisionedConcurrentExecutions: before,
    Status: 'IN_PROGRESS',
    LastModified: secondsTime(record.lastModified),
  };
}

export async function GetProvisionedConcurrencyConfig(
  ctx: Context,
  input: GetProvisionedConcurrencyConfigCommandInput,
): Promise<GetProvisionedConcurrencyConfigResponse> {
  const { name, qualifier } = target(ctx, input, neither);
  await existing(ctx, name, qualifier);
  const record = await ctx.room.store.provisioned.get(name, qualifier);
  if (!record) {
    throw new ProvisionedConcurrencyConfigNotFoundException(
      'No Provisioned Concurrency Config found for this function',
    );
  }
  return describe(ctx, name, qualifier, record);
}

/** Deleting what isn't there is a success, as long as the version or alias exists. */
export async function DeleteProvisionedConcurrencyConfig(
  ctx: Context,
  input: DeleteProvisionedConcurrencyConfigCommandInput,
): Promise<object> {
  const { name, qualifier } = target(ctx, input, neither);
  await ctx.room.store.transact(async (tx) => {
    await existing(ctx, name, qualifier, tx);
    ctx.room.store.provisioned.delete(tx, name, qualifier);
  });
  ctx.room.provisioned.refreshIfThere(name, qualifier);
  return {};
}

export async function ListProvisionedConcurrencyConfigs(
  ctx: Context,
  input: ListProvisionedConcurrencyConfigsCommandInput,
): Promise<{ ProvisionedConcurrencyConfigs: ProvisionedConcurrencyConfigListItem[]; NextMarker?: string }> {
  const name = named(ctx, input.FunctionName);
  await loadFunction(ctx, name);
  const size = pageSize(input.MaxItems);
  const after = readMarker(input.Marker);
  const found = await ctx.room.store.provisioned.list(name, {
    limit: size + 1,
    ...(after === undefined ? {} : { after }),
  });
  const { items, nextMarker } = pageOf(found, size, ({ qualifier }) => qualifier);
  return {
    ProvisionedConcurrencyConfigs: items.map(({ qualifier, value }) => ({
      FunctionArn: functionArn(name, qualifier),
      ...describe(ctx, name, qualifier, value),
    })),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

const neither = 'The function resource provided must be an alias or a published version.';
/** Aliases that are looked at for a version. */
const aliasesMax = 10_000;

function target(ctx: Context, input: Input, refusal: string): { name: FunctionName; qualifier: string } {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const qualifier = name.qualifier ?? '$LATEST';
  if (qualifier === '$LATEST') throw new InvalidParameterValueException(refusal);
  return { name, qualifier };
}

/** @returns the alias, when it is one. @throws ResourceNotFoundException */
async function existing(
  ctx: Context,
  name: FunctionName,
  qualifier: string,
  tx?: Transaction,
): Promise<AliasRecord | undefined> {
  if (!isVersion(qualifier)) return loadAlias(ctx, name, qualifier, tx);
  if (!(await ctx.room.store.version(name, Number(qualifier), tx))) throw functionNotFound(name);
  return undefined;
}

async function checkConcurrency(
  ctx: Context,
  tx: Transaction,
  name: FunctionName,
  qualifier: string,
  { requested, reserved }: { requested: number; reserved: number | undefined },
): Promise<void> {
  const before = (await ctx.room.store.provisioned.get(name, qualifier, tx))?.requested ?? 0;
  const { others, provisioned } = await concurrencyTaken(ctx, name.name, tx);
  const whole = provisioned - before + requested;
  if (reserved !== undefined) {
    if (whole <= reserved) return;
    throw new InvalidParameterValueException(
      'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
    );
  }
  const unreserved = concurrentExecutionsMax - others;
  if (requested > unreserved) {
    throw new InvalidParameterValueException(
      `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${unreserved}].`,
    );
  }
  if (unreserved - whole < unreservedConcurrencyMin) {
    throw new InvalidParameterValueException(
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedConcurrencyMin}].`,
    );
  }
}

/** “SnapStart does not support provisioned concurrency”, where either has been given. The page doesn't tell the message. */
async function checkWithoutSnapStart(
  ctx: Context,
  tx: Transaction,
  name: FunctionName,
  versions: readonly string[],
): Promise<void> {
  for (const version of versions) {
    const configuration = isVersion(version) && (await ctx.room.store.version(name, Number(version), tx));
    if (configuration ? configuration.snapStart : false) throw notSupported('Provisioned Concurrency');
  }
}

function versionsOf({ functionVersion, weights }: AliasRecord): string[] {
  return [functionVersion, ...Object.keys(weights)];
}

/** A version has it itself or through an alias, not both. */
async function checkAliases(
  ctx: Context,
  tx: Transaction,
  name: FunctionName,
  version: string,
): Promise<void> {
  const { store } = ctx.room;
  for (const { qualifier, value } of await store.aliases.list(name, { limit: aliasesMax }, tx)) {
    if (value.functionVersion !== version && !(version in value.weights)) continue;
    if (!(await store.provisioned.get(name, qualifier, tx))) continue;
    throw new ResourceConflictException('Version is pointed by a Provisioned Concurrency alias');
  }
}

function describe(
  ctx: Context,
  name: FunctionName,
  qualifier: string,
  record: ProvisionedRecord,
): GetProvisionedConcurrencyConfigResponse {
  const { status, reason, allocated } = ctx.room.provisioned.status(name, qualifier);
  return {
    RequestedProvisionedConcurrentExecutions: record.requested,
    AvailableProvisionedConcurrentExecutions: allocated,
    AllocatedProvisionedConcurrentExecutions: allocated,
    Status: status,
    ...(reason === undefined ? {} : { StatusReason: reason }),
    LastModified: secondsTime(record.lastModified),
  };
}
