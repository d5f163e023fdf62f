/** Stages: a name under which a deployment is served. */
import type {
  CreateStageRequest,
  DeleteStageRequest,
  FlushStageAuthorizersCacheRequest,
  FlushStageCacheRequest,
  GetStageRequest,
  GetStagesRequest,
  UpdateStageRequest,
} from '@aws-sdk/client-api-gateway';
import { checkAccessLog } from '../domain/accessLog.ts';
import { newCanary } from '../domain/canary.ts';
import { patched } from '../domain/patch.ts';
import { stageRules } from '../domain/stagePatch.ts';
import type { Stage } from '../domain/types.ts';
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from '../errors.ts';
import { cacheClusterSizes, stagesPerApi, stageVariableNameMax, stageVariableValueMax } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader } from '../store.ts';
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
  const { cacheClusterSize, accessLogSettings } = stage;
  if (cacheClusterSize !== undefined && !cacheClusterSizes.includes(cacheClusterSize)) {
    throw new BadRequestException(
      `Invalid cache cluster size. Must be one of: [${cacheClusterSizes.join(', ')}]`,
    );
  }
  if (accessLogSettings) checkAccessLog(accessLogSettings);
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(stage.stageName)) {
    throw new BadRequestException('Stage name only allows a-zA-Z0-9_');
  }
  const { variables, canarySettings } = stage;
  for (const [name, value] of [
    ...Object.entries(variables ?? {}),
    ...Object.entries(canarySettings?.stageVariableOverrides ?? {}),
  ]) {
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
    stage.cacheClusterEnabled = input.cacheClusterEnabled ?? false;
    stage.cacheClusterSize = input.cacheClusterSize;
    if (input.canarySettings) {
      const canary = input.canarySettings.deploymentId ?? deployment;
      await findPart(tx, 'deployment', ctx, apiId, canary, 'Invalid Deployment identifier specified');
      stage.canarySettings = newCanary(canary, input.canarySettings);
    }
    const status = settleCache(stage, false);
    checkStage(stage);
    if (await tx.get('stage', ctx, apiId, stage.stageName)) {
      throw new ConflictException('Stage already exists');
    }
    if ((await tx.list('stage', ctx, apiId)).length >= stagesPerApi) {
      throw new LimitExceededException('Maximum number of stages for this API has been reached');
    }
    await checkReferences(tx, ctx, apiId, stage);
    tx.put('stage', ctx, apiId, stage.stageName, stage);
    return { ...stageOutput(stage), cacheClusterStatus: status };
  });
}

/**
 * Brings the cluster's record in line with its switch. Here a cluster is memory of this process and ready at once,
 * so the states on the way (four minutes on AWS) are told by the call that causes them, and kept by none.
 * @param was whether it was switched on before. @returns the status to tell.
 */
export function settleCache(stage: Stage, was: boolean): string {
  const { cacheClusterEnabled: enabled } = stage;
  stage.cacheClusterStatus = enabled ? 'AVAILABLE' : 'NOT_AVAILABLE';
  if (enabled) stage.cacheClusterSize ??= '0.5';
  if (enabled !== was) return enabled ? 'CREATE_IN_PROGRESS' : 'DELETE_IN_PROGRESS';
  return stage.cacheClusterStatus;
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
    const status = settleCache(updated, stage.cacheClusterEnabled);
    checkStage(updated);
    await checkLogging(tx, ctx, stage, updated);
    const deployments = [updated.deploymentId, updated.canarySettings?.deploymentId ?? updated.deploymentId];
    for (const id of new Set(deployments)) {
      await findPart(tx, 'deployment', ctx, apiId, id, 'Invalid Deployment identifier specified');
    }
    await checkReferences(tx, ctx, apiId, updated);
    tx.put('stage', ctx, apiId, stage.stageName, updated);
    return { ...stageOutput(updated), cacheClusterStatus: status };
  });
}

/** What a stage names must be there; an empty name is none. @throws NotFoundException */
async function checkReferences(reader: ApiReader, ctx: Context, apiId: string, stage: Stage): Promise<void> {
  stage.documentationVersion ||= undefined;
  stage.clientCertificateId ||= undefined;
  const { documentationVersion: version, clientCertificateId: certificate } = stage;
  if (version) {
    await findPart(
      reader,
      'documentationVersion',
      ctx,
      apiId,
      version,
      'Invalid Documentation version specified',
    );
  }
  if (certificate && !(await reader.get('clientCertificate', ctx, '', certificate))) {
    throw new NotFoundException('Invalid Client Certificate identifier specified');
  }
}

/**
 * Logs are written as the role of the account's settings, which must be there first.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
async function checkLogging(reader: ApiReader, ctx: Context, before: Stage, after: Stage): Promise<void> {
  const logs = (stage: Stage) =>
    Object.values(stage.methodSettings).some(({ loggingLevel }) => loggingLevel !== 'OFF') ||
    stage.accessLogSettings?.destinationArn !== undefined;
  if (!logs(after) || logs(before)) return;
  const account = await reader.get('account', ctx, '', '');
  if (!account?.cloudwatchRoleArn) {
    throw new BadRequestException(
      'CloudWatch Logs role ARN must be set in account settings to enable logging',
    );
  }
}

async function DeleteStage(ctx: Context, input: DeleteStageRequest) {
  const apiId = input.restApiId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const stage = await findStage(tx, ctx, apiId, input.stageName ?? '');
    tx.delete('stage', ctx, apiId, stage.stageName);
  });
  ctx.room.responses.flush(apiId, input.stageName ?? '');
}

async function FlushStageAuthorizersCache(ctx: Context, input: FlushStageAuthorizersCacheRequest) {
  await findStage(ctx.room.store, ctx, input.restApiId ?? '', input.stageName ?? '');
  ctx.room.authorizations.flush(input.restApiId ?? '', input.stageName ?? '');
}

async function FlushStageCache(ctx: Context, input: FlushStageCacheRequest) {
  const stage = await findStage(ctx.room.store, ctx, input.restApiId ?? '', input.stageName ?? '');
  if (!stage.cacheClusterEnabled) {
    throw new BadRequestException('Cache is not enabled on this stage');
  }
  ctx.room.responses.flush(input.restApiId ?? '', stage.stageName);
}

export const stageOperations: Operations = {
  CreateStage,
  GetStage,
  GetStages,
  UpdateStage,
  DeleteStage,
  FlushStageAuthorizersCache,
  FlushStageCache,
};
