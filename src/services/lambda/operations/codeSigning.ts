/** Code signing configurations and the functions that have them: https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html */
import type {
  CodeSigningConfig,
  CreateCodeSigningConfigCommandInput,
  DeleteCodeSigningConfigCommandInput,
  DeleteFunctionCodeSigningConfigCommandInput,
  GetCodeSigningConfigCommandInput,
  GetFunctionCodeSigningConfigCommandInput,
  GetFunctionCodeSigningConfigResponse,
  ListCodeSigningConfigsCommandInput,
  ListFunctionsByCodeSigningConfigCommandInput,
  PutFunctionCodeSigningConfigCommandInput,
  UpdateCodeSigningConfigCommandInput,
} from '@aws-sdk/client-lambda';
import type { Transaction } from '../../../store/index.ts';
import { codeSigningArn, parseCodeSigningArn } from '../domain/codeSigning.ts';
import { lambdaTime } from '../domain/configuration.ts';
import { unsignable } from '../domain/image.ts';
import { functionArn } from '../domain/names.ts';
import {
  CodeSigningConfigNotFoundException,
  CodeVerificationFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
} from '../errors.ts';
import { codeSigningPageMax } from '../limits.ts';
import type { CodeSigningRecord } from '../records.ts';
import type { Place } from '../store.ts';
import { type Context, loadFunction, named, pageOf, readMarker } from './context.ts';
import { checkTags } from './tags.ts';

/** Of `csc-` and what AWS draws after it. */
const idLength = 17;

export async function CreateCodeSigningConfig(
  ctx: Context,
  input: CreateCodeSigningConfigCommandInput,
): Promise<{ CodeSigningConfig: CodeSigningConfig }> {
  checkTags(input.Tags ?? {});
  const record: CodeSigningRecord = {
    id: `csc-${ctx.room.platform.ids.token(idLength)}`,
    description: input.Description ?? '',
    publishers: [...(input.AllowedPublishers?.SigningProfileVersionArns ?? [])],
    onUntrusted: input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? 'Warn',
    tags: input.Tags ?? {},
    lastModified: ctx.now,
  };
  await ctx.room.store.transact(async (tx) => ctx.room.store.putCodeSigning(tx, ctx, record));
  return { CodeSigningConfig: describe(ctx, record) };
}

export async function GetCodeSigningConfig(
  ctx: Context,
  input: GetCodeSigningConfigCommandInput,
): Promise<{ CodeSigningConfig: CodeSigningConfig }> {
  return { CodeSigningConfig: describe(ctx, await load(ctx, input.CodeSigningConfigArn)) };
}

/** “Changes take effect the next time a user tries to deploy a code package.” */
export async function UpdateCodeSigningConfig(
  ctx: Context,
  input: UpdateCodeSigningConfigCommandInput,
): Promise<{ CodeSigningConfig: CodeSigningConfig }> {
  const changed = await ctx.room.store.transact(async (tx) => {
    const before = await load(ctx, input.CodeSigningConfigArn, tx);
    const record: CodeSigningRecord = {
      ...before,
      description: input.Description ?? before.description,
      publishers: [...(input.AllowedPublishers?.SigningProfileVersionArns ?? before.publishers)],
      onUntrusted: input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? before.onUntrusted,
      lastModified: ctx.now,
    };
    ctx.room.store.putCodeSigning(tx, ctx, record);
    return record;
  });
  return { CodeSigningConfig: describe(ctx, changed) };
}

/** “You can delete the code signing configuration only if no function is using it.” */
export async function DeleteCodeSigningConfig(
  ctx: Context,
  input: DeleteCodeSigningConfigCommandInput,
): Promise<object> {
  const { store } = ctx.room;
  await store.transact(async (tx) => {
    const { id } = await load(ctx, input.CodeSigningConfigArn, tx);
    if ((await store.listSigned(ctx, id, { limit: 1 }, tx)).length > 0) {
      throw new ResourceConflictException(
        `Unable to delete the Lambda code signing configuration ${input.CodeSigningConfigArn} because it is in use by one or more functions.`,
      );
    }
    store.deleteCodeSigning(tx, ctx, id);
  });
  return {};
}

export async function ListCodeSigningConfigs(
  ctx: Context,
  input: ListCodeSigningConfigsCommandInput,
): Promise<{ CodeSigningConfigs: CodeSigningConfig[]; NextMarker?: string }> {
  const size = input.MaxItems ?? codeSigningPageMax;
  const after = readMarker(input.Marker);
  const found = await ctx.room.store.listCodeSigning(ctx, {
    limit: size + 1,
    ...(after === undefined ? {} : { after }),
  });
  const { items, nextMarker } = pageOf(found, size, ({ id }) => id);
  return {
    CodeSigningConfigs: items.map((record) => describe(ctx, record)),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

export async function ListFunctionsByCodeSigningConfig(
  ctx: Context,
  input: ListFunctionsByCodeSigningConfigCommandInput,
): Promise<{ FunctionArns: string[]; NextMarker?: string }> {
  const { id } = await load(ctx, input.CodeSigningConfigArn);
  const size = input.MaxItems ?? codeSigningPageMax;
  const after = readMarker(input.Marker);
  const found = await ctx.room.store.listSigned(ctx, id, {
    limit: size + 1,
    ...(after === undefined ? {} : { after }),
  });
  const { items, nextMarker } = pageOf(found, size, (name) => name);
  const { account, region } = ctx;
  return {
    FunctionArns: items.map((name) => functionArn({ account, region, name })),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

export async function PutFunctionCodeSigningConfig(
  ctx: Context,
  input: PutFunctionCodeSigningConfigCommandInput,
): Promise<GetFunctionCodeSigningConfigResponse> {
  const name = named(ctx, input.FunctionName);
  await ctx.room.store.transact(async (tx) => {
    const { id } = await usable(ctx, input.CodeSigningConfigArn ?? '', tx);
    const record = await loadFunction(ctx, name, tx);
    if (record.latest.image) throw unsignable();
    ctx.room.store.sign(tx, name, record, id);
  });
  return { CodeSigningConfigArn: input.CodeSigningConfigArn, FunctionName: name.name };
}

/** Of a function that has none it says nothing. */
export async function GetFunctionCodeSigningConfig(
  ctx: Context,
  input: GetFunctionCodeSigningConfigCommandInput,
): Promise<Partial<GetFunctionCodeSigningConfigResponse>> {
  const name = named(ctx, input.FunctionName);
  const { codeSigningId, latest } = await loadFunction(ctx, name);
  if (latest.image) throw unsignable();
  if (codeSigningId === undefined) return {};
  return { CodeSigningConfigArn: codeSigningArn(name, codeSigningId), FunctionName: name.name };
}

export async function DeleteFunctionCodeSigningConfig(
  ctx: Context,
  input: DeleteFunctionCodeSigningConfigCommandInput,
): Promise<object> {
  const name = named(ctx, input.FunctionName);
  await ctx.room.store.transact(async (tx) => {
    ctx.room.store.sign(tx, name, await loadFunction(ctx, name, tx), undefined);
  });
  return {};
}

/** The configuration that a function is given. @throws CodeSigningConfigNotFoundException */
export async function usable(ctx: Context, arn: string, tx?: Transaction): Promise<CodeSigningRecord> {
  const place = parseCodeSigningArn(arn);
  const mine = place?.account === ctx.account && place.region === ctx.region;
  const record = place && mine ? await ctx.room.store.codeSigning(place, place.id, tx) : undefined;
  if (record) return record;
  throw new CodeSigningConfigNotFoundException(
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
  );
}

/**
 * Whether code may be deployed. Nobody here signs as AWS Signer does, so that all code is unsigned.
 * @throws CodeVerificationFailedException where the configuration says Enforce.
 */
export async function verifyCode(ctx: Context, place: Place, codeSigningId: string | undefined) {
  if (codeSigningId === undefined) return;
  const record = await ctx.room.store.codeSigning(place, codeSigningId);
  if (!record) return;
  if (record.onUntrusted === 'Enforce') {
    throw new CodeVerificationFailedException(
      'Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for unsigned.',
    );
  }
  ctx.room.platform.telemetry.metric({
    account: place.account,
    region: place.region,
    namespace: 'AWS/Lambda',
    name: 'SignatureValidationErrors',
    dimensions: { FunctionName: place.name },
    value: 1,
    unit: 'Count',
    time: ctx.now,
  });
}

async function load(ctx: Context, arn = '', tx?: Transaction): Promise<CodeSigningRecord> {
  const place = parseCodeSigningArn(arn);
  const record = place && (await ctx.room.store.codeSigning(place, place.id, tx));
  if (record) return record;
  throw new ResourceNotFoundException(`The Lambda code signing configuration ${arn} can not be found.`);
}

function describe(ctx: Context, record: CodeSigningRecord): CodeSigningConfig {
  return {
    CodeSigningConfigId: record.id,
    CodeSigningConfigArn: codeSigningArn(ctx, record.id),
    Description: record.description,
    AllowedPublishers: { SigningProfileVersionArns: record.publishers },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: record.onUntrusted },
    LastModified: lambdaTime(record.lastModified),
  };
}
