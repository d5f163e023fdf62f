/** UpdateFunctionCode, UpdateFunctionConfiguration. */
import type {
  FunctionConfiguration,
  UpdateFunctionCodeCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { NotImplemented } from '../../../kernel/index.ts';
import { describeConfiguration } from '../domain/configuration.ts';
import { checkPackageSettings } from '../domain/image.ts';
import { changeSettings } from '../domain/settings.ts';
import { checkSettled, updating } from '../domain/states.ts';
import { InvalidParameterValueException } from '../errors.ts';
import type { Configuration, FunctionRecord } from '../records.ts';
import { verifyCode } from './codeSigning.ts';
import { type Context, checkRevision, loadFunction, named, releaseCode } from './context.ts';
import { takeNewSource } from './images.ts';
import { checkCombinedSize, useLayers } from './layers.ts';
import { publish } from './versions.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html */
export async function UpdateFunctionCode(
  ctx: Context,
  input: UpdateFunctionCodeCommandInput,
): Promise<FunctionConfiguration> {
  const name = named(ctx, input.FunctionName);
  if (input.PublishTo !== undefined) throw new NotImplemented('Lambda PublishTo');
  const before = await loadFunction(ctx, name);
  checkSettled(name, before.latest, ctx.now);
  checkRevision(input.RevisionId, before.latest.revisionId);
  const { code, image } = await takeNewSource(ctx, input, before.latest.image !== undefined);
  checkCombinedSize(code, before.latest.layers);
  await verifyCode(ctx, name, before.codeSigningId);
  const architectures = input.Architectures ? [...input.Architectures] : before.latest.architectures;
  if (input.DryRun) {
    return describeConfiguration(name, { ...before.latest, code, image, architectures }, false, ctx.now);
  }
  const { store, platform } = ctx.room;
  const { answer, previous, latest } = await store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    checkSettled(name, record.latest, ctx.now);
    checkRevision(input.RevisionId, record.latest.revisionId);
    const latest = changed(ctx, record, { code, image, architectures });
    if (!image) platform.blobs.claim(tx, code.blobId);
    const next: FunctionRecord = { ...record, latest };
    store.putFunction(tx, name, next);
    const answer = input.Publish ? await publish(ctx, tx, name, next, {}) : latest;
    releaseCode(ctx, tx, [record.latest], [latest, ...(await store.allVersions(name, tx))]);
    return { answer, previous: record.latest, latest };
  });
  if (previous.code.sha256 !== code.sha256) ctx.room.packages.forget(previous.code);
  await ctx.room.executor.retire(name, previous);
  ctx.room.executor.prepare(name, latest);
  return { ...describeConfiguration(name, answer, false, ctx.now), ...updating };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html */
export async function UpdateFunctionConfiguration(
  ctx: Context,
  input: UpdateFunctionConfigurationCommandInput,
): Promise<FunctionConfiguration> {
  const name = named(ctx, input.FunctionName);
  const { store, executor } = ctx.room;
  if (input.Role !== undefined) await executor.checkRole(name, input.Role);
  const layers = input.Layers && (await useLayers(ctx, input.Layers));
  if (layers && layers.length > 0) await verifyCode(ctx, name, (await loadFunction(ctx, name)).codeSigningId);
  const { previous, latest } = await store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    checkSettled(name, record.latest, ctx.now);
    checkRevision(input.RevisionId, record.latest.revisionId);
    checkPackageSettings(input, record.latest.image !== undefined);
    if (layers) checkCombinedSize(record.latest.code, layers);
    if (input.DurableConfig && !record.latest.durable) {
      throw new InvalidParameterValueException(
        'DurableConfig can be given only when the function is created.',
      );
    }
    const settings = changeSettings(record.latest, input, name.name);
    const latest = changed(ctx, record, { ...settings, ...(layers ? { layers } : {}) });
    store.putFunction(tx, name, { ...record, latest });
    return { previous: record.latest, latest };
  });
  await executor.retire(name, previous);
  executor.prepare(name, latest);
  return { ...describeConfiguration(name, latest, false, ctx.now), ...updating };
}

function changed(ctx: Context, record: FunctionRecord, change: Partial<Configuration>): Configuration {
  const { ids, config } = ctx.room.platform;
  const { functionUpdate } = config.lambda.durations;
  return {
    ...record.latest,
    ...change,
    ...(functionUpdate > 0 ? { updatingUntil: ctx.now + functionUpdate } : {}),
    lastModified: ctx.now,
    revisionId: ids.uuid(),
  };
}
