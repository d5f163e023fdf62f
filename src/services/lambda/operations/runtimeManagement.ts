/** PutRuntimeManagementConfig, GetRuntimeManagementConfig: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html */
import type {
  GetRuntimeManagementConfigCommandInput,
  GetRuntimeManagementConfigResponse,
  PutRuntimeManagementConfigCommandInput,
  PutRuntimeManagementConfigResponse,
} from '@aws-sdk/client-lambda';
import { type FunctionName, functionArn } from '../domain/names.ts';
import { InvalidParameterValueException } from '../errors.ts';
import type { RuntimeManagementRecord } from '../records.ts';
import { isVersion, resolveVersion } from '../resolve.ts';
import { type Context, named } from './context.ts';

/** Recorded: there is one version of each runtime on a machine, and what is there runs. */
export async function PutRuntimeManagementConfig(
  ctx: Context,
  input: PutRuntimeManagementConfigCommandInput,
): Promise<PutRuntimeManagementConfigResponse> {
  const { name, qualifier } = target(ctx, input);
  const { UpdateRuntimeOn: updateRuntimeOn = 'Auto', RuntimeVersionArn: runtimeVersionArn } = input;
  if (updateRuntimeOn === 'Manual' && runtimeVersionArn === undefined) {
    throw new InvalidParameterValueException(
      'RuntimeVersionArn must be provided when UpdateRuntimeOn is Manual.',
    );
  }
  if (updateRuntimeOn !== 'Manual' && runtimeVersionArn !== undefined) {
    throw new InvalidParameterValueException(
      'RuntimeVersionArn can only be provided when UpdateRuntimeOn is Manual.',
    );
  }
  const record: RuntimeManagementRecord = { updateRuntimeOn, runtimeVersionArn };
  const { store, platform } = ctx.room;
  await store.transact(async (tx) => {
    await resolveVersion(store, name, platform.ids, tx);
    store.runtimeManagement.put(tx, name, qualifier, record);
  });
  return { ...describe(record), FunctionArn: functionArn(name, qualifier) };
}

export async function GetRuntimeManagementConfig(
  ctx: Context,
  input: GetRuntimeManagementConfigCommandInput,
): Promise<GetRuntimeManagementConfigResponse> {
  const { name, qualifier } = target(ctx, input);
  const { store, platform } = ctx.room;
  await resolveVersion(store, name, platform.ids);
  const record = await store.runtimeManagement.get(name, qualifier);
  return {
    ...describe(record ?? { updateRuntimeOn: 'Auto', runtimeVersionArn: undefined }),
    FunctionArn: functionArn(name, qualifier),
  };
}

/** “This can be $LATEST or a published version number.” */
function target(
  ctx: Context,
  input: { FunctionName?: string | undefined; Qualifier?: string | undefined },
): { name: FunctionName; qualifier: string } {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const qualifier = name.qualifier ?? '$LATEST';
  if (qualifier !== '$LATEST' && !isVersion(qualifier)) {
    throw new InvalidParameterValueException(
      'This operation is not permitted on aliases. Please specify $LATEST or a published version.',
    );
  }
  return { name, qualifier };
}

function describe({ updateRuntimeOn, runtimeVersionArn }: RuntimeManagementRecord) {
  return {
    UpdateRuntimeOn: updateRuntimeOn,
    ...(runtimeVersionArn === undefined ? {} : { RuntimeVersionArn: runtimeVersionArn }),
  };
}
