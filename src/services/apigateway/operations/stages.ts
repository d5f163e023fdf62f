/** Stages: a name under which a deployment is served. */
import type {
  CreateStageRequest,
  DeleteStageRequest,
  FlushStageAuthorizersCacheRequest,
  GetStageRequest,
  GetStagesRequest,
  UpdateStageRequest,
} from '@aws-sdk/client-api-gateway';
import { patched } from '../domain/patch.ts';
import { stageRules } from '../domain/stagePatch.ts';
import type { Stage } from '../domain/types.ts';
import { BadRequestException, ConflictException, LimitExceededException } from '../errors.ts';
import { stagesPerApi, stageVariableNameMax, stageVariableValueMax } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, findPart, findStage, mapOf } from './find.ts';

export function newStage(ctx: Context, stageName: string, deploymentId: string): Stage {
  return {
    stageName,
    deploymentId,
    methodSettings: {},
    cacheClusterEnabled: false,
    cacheClusterStatus: 'NOT_AVAILABLE',
    tracingEnabled: false,
    createdDate: ctx.now,
    lastUpdatedDate: ctx.now,
  };
}

export function checkStage(stage: Stage): void {
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(stage.stageName)) {
    throw new BadRequestException('Stage name only allows a-zA-Z0-9_');
  }
  for (const [name, value] of Object.entries(stage.variables ?? {})) {
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html
    if (!/^\w+$/.test(name) || name.length > stageVariableNameMax) {
      throw new BadRequestException('Invalid stage variable name. Please only use characters a-zA-Z0-9_');
    }
    if (!/^[A-Za-z0-9\-._~:/?#&=,@]*$/.test(value) || value.length > stageVariableValueMax) {
      throw new BadRequestException(
        `Invalid stage variable value: ${value}. Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.`,
      );
    }
  }
}

async function CreateStage(ctx: Context, input: CreateStageRequest) {
  const apiId = input.restApiId ?? '';
  if (input.canarySettings) {
    throw new BadRequestException('Canary releases are not supported by this cloud yet.');
  }
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    const deployment = input.deploymentId ?? '';
    await findPart(tx, 'deployment', ctx, apiId, deployment, 'Invalid Deployment identifier specified');
    const stage = newStage(ctx, input.stageName ?? '', deployment);
    stage.description = input.description;
    stage.variables = mapOf(input.variables);
    stage.documentationVersion = input.documentationVersion;
    stage.tracingEnabled = input.tracingEnabled ?? false;
    stage.tags = mapOf(input.tags);
    setCache(stage, input.cacheClusterEnabled ?? false, input.cacheClusterSize);
    checkStage(stage);
    if (await tx.get('stage', ctx, apiId, stage.stageName)) {
      throw new ConflictException('Stage already exists');
    }
    if ((await tx.list('stage', ctx, apiId)).length >= stagesPerApi) {
      throw new LimitExceededException('Maximum number of stages for this API has been reached');
    }
    tx.put('stage', ctx, apiId, stage.stageName, stage);
    return stageOutput(stage);
  });
}

function setCache(stage: Stage, enabled: boolean, size: string | undefined): void {
  stage.cacheClusterEnabled = enabled;
  stage.cacheClusterStatus = enabled ? 'AVAILABLE' : 'NOT_AVAILABLE';
  if (enabled) stage.cacheClusterSize = size ?? '0.5';
  else if (size) stage.cacheClusterSize = size;
}

export function stageOutput(stage: Stage) {
  return {
    ...stage,
    createdDate: new Date(stage.createdDate),
    lastUpdatedDate: new Date(stage.lastUpdatedDate),
  };
}

async function GetStage(ctx: Context, input: GetStageRequest) {
  return stageOutput(await findStage(ctx.room.store, ctx, input.restApiId ?? '', input.stageName ?? ''));
}

async function GetStages(ctx: Context, input: GetStagesRequest) {
  await findApi(ctx.room.store, ctx, input.restApiId ?? '');
  const stages = await ctx.room.store.list('stage', ctx, input.restApiId ?? '');
  const { deploymentId } = input;
  const shown = stages.filter((stage) => deploymentId === undefined || stage.deploymentId === deploymentId);
  return { item: shown.map(stageOutput) };
}

async function UpdateStage(ctx: Context, input: UpdateStageRequest) {
  const apiId = input.restApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const stage = await findStage(tx, ctx, apiId, input.stageName ?? '');
    const updated = patched(stage, input.patchOperations, stageRules);
    updated.lastUpdatedDate = ctx.now;
    setCache(updated, updated.cacheClusterEnabled, updated.cacheClusterSize);
    checkStage(updated);
    await findPart(
      tx,
      'deployment',
      ctx,
      apiId,
      updated.deploymentId,
      'Invalid Deployment identifier specified',
    );
    tx.put('stage', ctx, apiId, stage.stageName, updated);
    return stageOutput(updated);
  });
}

async function DeleteStage(ctx: Context, input: DeleteStageRequest) {
  const apiId = input.restApiId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const stage = await findStage(tx, ctx, apiId, input.stageName ?? '');
    tx.delete('stage', ctx, apiId, stage.stageName);
  });
}

async function FlushStageAuthorizersCache(ctx: Context, input: FlushStageAuthorizersCacheRequest) {
  await findStage(ctx.room.store, ctx, input.restApiId ?? '', input.stageName ?? '');
  ctx.room.authorizations.flush(input.restApiId ?? '', input.stageName ?? '');
}

export const stageOperations: Operations = {
  CreateStage,
  GetStage,
  GetStages,
  UpdateStage,
  DeleteStage,
  FlushStageAuthorizersCache,
};
