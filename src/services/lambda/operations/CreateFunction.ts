/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
import type { CreateFunctionCommandInput, FunctionConfiguration } from '@aws-sdk/client-lambda';
import { type AwsError, ValidationException } from '../../../kernel/index.ts';
import { describeConfiguration } from '../domain/configuration.ts';
import { checkPackage } from '../domain/image.ts';
import { changeSettings, defaultSettings } from '../domain/settings.ts';
import { creating } from '../domain/states.ts';
import { ResourceConflictException } from '../errors.ts';
import { functionNameLengthMax } from '../limits.ts';
import type { Configuration, FunctionRecord } from '../records.ts';
import { usable, verifyCode } from './codeSigning.ts';
import { type Context, named } from './context.ts';
import { takeSource } from './images.ts';
import { checkCombinedSize, useLayers } from './layers.ts';
import { checkTags } from './tags.ts';
import { publish } from './versions.ts';

export async function CreateFunction(
  ctx: Context,
  input: CreateFunctionCommandInput,
): Promise<FunctionConfiguration> {
  const name = named(ctx, input.FunctionName);
  if (name.name.length > functionNameLengthMax) {
    throw new ValidationException(
      `1 validation error detected: Value '${name.name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${functionNameLengthMax}`,
    );
  }
  const settings = changeSettings(defaultSettings(name.name), input, name.name);
  checkPackage(input);
  checkTags(input.Tags ?? {});
  const { store, executor, platform } = ctx.room;
  if (await store.function(name)) throw alreadyExists(name.name);
  await executor.checkRole(name, settings.role);
  const signing = input.CodeSigningConfigArn && (await usable(ctx, input.CodeSigningConfigArn));
  const layers = await useLayers(ctx, input.Layers ?? []);
  const { code, image } = await takeSource(ctx, input.Code ?? {}, input.PackageType === 'Image');
  checkCombinedSize(code, layers);
  if (signing) await verifyCode(ctx, name, signing.id);
  const { functionCreate } = platform.config.lambda.durations;
  const latest: Configuration = {
    ...settings,
    ...(functionCreate > 0 ? { pendingUntil: ctx.now + functionCreate } : {}),
    functionName: name.name,
    version: '$LATEST',
    code,
    ...(image ? { image } : {}),
    layers,
    lastModified: ctx.now,
    revisionId: platform.ids.uuid(),
  };
  const answer = await store.transact(async (tx) => {
    if (await store.function(name, tx)) throw alreadyExists(name.name);
    const record: FunctionRecord = {
      latest,
      tags: input.Tags ?? {},
      reservedConcurrency: undefined,
      ...(signing ? { codeSigningId: signing.id } : {}),
      nextVersion: 1,
      published: undefined,
    };
    if (!image) platform.blobs.claim(tx, code.blobId);
    if (signing) {
      await usable(ctx, input.CodeSigningConfigArn ?? '', tx);
      store.sign(tx, name, record, signing.id);
    } else store.putFunction(tx, name, record);
    return input.Publish ? publish(ctx, tx, name, record, {}) : latest;
  });
  executor.prepare(name, latest);
  const { LastUpdateStatus: _none, ...described } = describeConfiguration(name, answer, false, ctx.now);
  return { ...described, ...creating };
}

function alreadyExists(name: string): AwsError {
  return new ResourceConflictException(`Function already exist: ${name}`);
}
