/** CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases: https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html */
import type {
  AliasConfiguration,
  AliasRoutingConfiguration,
  CreateAliasCommandInput,
  DeleteAliasCommandInput,
  GetAliasCommandInput,
  ListAliasesCommandInput,
  UpdateAliasCommandInput,
} from '@aws-sdk/client-lambda';
import { NotImplemented } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { type FunctionName, functionArn, functionNotFound } from '../domain/names.ts';
import {
  InvalidParameterValueException,
  ResourceConflictException,
  ResourceNotFoundException,
} from '../errors.ts';
import type { AliasRecord } from '../records.ts';
import { isVersion } from '../resolve.ts';
import { type Context, checkRevision, loadFunction, named, pageOf, pageSize, readMarker } from './context.ts';

export async function CreateAlias(ctx: Context, input: CreateAliasCommandInput): Promise<AliasConfiguration> {
  const name = named(ctx, input.FunctionName);
  const alias: AliasRecord = {
    name: input.Name ?? '',
    functionVersion: input.FunctionVersion ?? '',
    description: input.Description ?? '',
    weights: input.RoutingConfig?.AdditionalVersionWeights ?? {},
    revisionId: ctx.room.platform.ids.uuid(),
  };
  await ctx.room.store.transact(async (tx) => {
    await loadFunction(ctx, name, tx);
    if (await ctx.room.store.aliases.get(name, alias.name, tx)) {
      throw new ResourceConflictException(`Alias already exists: ${functionArn(name, alias.name)}`);
    }
    await checkAlias(ctx, tx, name, alias);
    ctx.room.store.aliases.put(tx, name, alias.name, alias);
  });
  return describeAlias(name, alias);
}

export async function GetAlias(ctx: Context, input: GetAliasCommandInput): Promise<AliasConfiguration> {
  const name = named(ctx, input.FunctionName);
  await loadFunction(ctx, name);
  return describeAlias(name, await loadAlias(ctx, name, input.Name ?? ''));
}

export async function UpdateAlias(ctx: Context, input: UpdateAliasCommandInput): Promise<AliasConfiguration> {
  const name = named(ctx, input.FunctionName);
  const alias = await ctx.room.store.transact(async (tx) => {
    await loadFunction(ctx, name, tx);
    const current = await loadAlias(ctx, name, input.Name ?? '', tx);
    checkRevision(input.RevisionId, current.revisionId);
    const changed: AliasRecord = {
      ...current,
      functionVersion: input.FunctionVersion ?? current.functionVersion,
      description: input.Description ?? current.description,
      weights: routingOf(input.RoutingConfig) ?? current.weights,
      revisionId: ctx.room.platform.ids.uuid(),
    };
    await checkAlias(ctx, tx, name, changed);
    if (await ctx.room.store.provisioned.get(name, changed.name, tx))
      await checkProvisionable(ctx, tx, name, changed);
    ctx.room.store.aliases.put(tx, name, changed.name, changed);
    return changed;
  });
  ctx.room.provisioned.refreshIfThere(name, alias.name);
  return describeAlias(name, alias);
}

/** Deleting an alias that isn't there is a success. */
export async function DeleteAlias(ctx: Context, input: DeleteAliasCommandInput): Promise<object> {
  const name = named(ctx, input.FunctionName);
  await ctx.room.store.transact(async (tx) => {
    await loadFunction(ctx, name, tx);
    ctx.room.store.aliases.delete(tx, name, input.Name ?? '');
    ctx.room.store.policies.delete(tx, name, input.Name ?? '');
    ctx.room.store.invokeConfigs.delete(tx, name, input.Name ?? '');
    ctx.room.store.provisioned.delete(tx, name, input.Name ?? '');
    const url = await ctx.room.store.url(name, input.Name ?? '', tx);
    if (url) ctx.room.store.deleteUrl(tx, name, input.Name ?? '', url.urlId);
  });
  ctx.room.provisioned.refreshIfThere(name, input.Name ?? '');
  return {};
}

export async function ListAliases(
  ctx: Context,
  input: ListAliasesCommandInput,
): Promise<{ Aliases: AliasConfiguration[]; NextMarker?: string }> {
  const name = named(ctx, input.FunctionName);
  await loadFunction(ctx, name);
  const size = pageSize(input.MaxItems);
  const after = readMarker(input.Marker);
  // The version filter is applied to pages as they are read, so that a page may hold fewer items.
  const found = await ctx.room.store.aliases.list(name, {
    limit: size + 1,
    ...(after === undefined ? {} : { after }),
  });
  const { items, nextMarker } = pageOf(found, size, ({ qualifier }) => qualifier);
  const { FunctionVersion } = input;
  return {
    Aliases: items
      .filter(({ value }) => FunctionVersion === undefined || value.functionVersion === FunctionVersion)
      .map(({ value }) => describeAlias(name, value)),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

export async function loadAlias(
  ctx: Context,
  name: FunctionName,
  alias: string,
  tx?: Transaction,
): Promise<AliasRecord> {
  const found = await ctx.room.store.aliases.get(name, alias, tx);
  if (!found) throw new ResourceNotFoundException(`Cannot find alias arn: ${functionArn(name, alias)}`);
  return found;
}

function routingOf(config: AliasRoutingConfiguration | undefined): Record<string, number> | undefined {
  return config && (config.AdditionalVersionWeights ?? {});
}

async function checkAlias(
  ctx: Context,
  tx: Transaction,
  name: FunctionName,
  alias: AliasRecord,
): Promise<void> {
  if (alias.functionVersion === '$LATEST.PUBLISHED') throw new NotImplemented('Lambda $LATEST.PUBLISHED');
  const others = Object.entries(alias.weights);
  if (others.length > 1) {
    throw new InvalidParameterValueException(
      'Number of items in AdditionalVersionWeights cannot be greater than 1',
    );
  }
  for (const [version, weight] of others) {
    if (!(weight >= 0 && weight <= 1)) {
      throw new InvalidParameterValueException(
        'Weights of AdditionalVersionWeights must be between 0.0 and 1.0',
      );
    }
    if (alias.functionVersion === '$LATEST' || version === '$LATEST') {
      throw new InvalidParameterValueException(
        '$LATEST is not supported for an alias pointing to more than 1 version',
      );
    }
    if (version === alias.functionVersion) {
      throw new InvalidParameterValueException(
        `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
      );
    }
  }
  for (const version of [alias.functionVersion, ...others.map(([version]) => version)]) {
    if (version === '$LATEST') continue;
    const found = isVersion(version) && (await ctx.room.store.version(name, Number(version), tx));
    if (!found) throw functionNotFound({ ...name, qualifier: version });
  }
}

export const unpublished =
  'Provisioned Concurrency Configs cannot be applied to unpublished function versions.';

/** @throws what AWS says of an alias that can't have provisioned concurrency for where it points. */
export async function checkProvisionable(
  ctx: Context,
  tx: Transaction,
  name: FunctionName,
  alias: AliasRecord,
): Promise<void> {
  if (alias.functionVersion === '$LATEST') throw new InvalidParameterValueException(unpublished);
  for (const version of [alias.functionVersion, ...Object.keys(alias.weights)]) {
    if (!(await ctx.room.store.provisioned.get(name, version, tx))) continue;
    throw new ResourceConflictException(
      "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    );
  }
}

function describeAlias(name: FunctionName, alias: AliasRecord): AliasConfiguration {
  return {
    AliasArn: functionArn(name, alias.name),
    Name: alias.name,
    FunctionVersion: alias.functionVersion,
    Description: alias.description,
    RevisionId: alias.revisionId,
    ...(Object.keys(alias.weights).length > 0
      ? { RoutingConfig: { AdditionalVersionWeights: alias.weights } }
      : {}),
  };
}
