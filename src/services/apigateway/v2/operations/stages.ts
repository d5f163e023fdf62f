/** Stages and deployments of HTTP and WebSocket APIs. */
import type {
  CreateDeploymentRequest,
  CreateStageRequest,
  DeleteAccessLogSettingsRequest,
  DeleteDeploymentRequest,
  DeleteRouteSettingsRequest,
  DeleteStageRequest,
  GetDeploymentRequest,
  GetDeploymentsRequest,
  GetStageRequest,
  GetStagesRequest,
  UpdateDeploymentRequest,
  UpdateStageRequest,
} from '@aws-sdk/client-apigatewayv2';
import { BadRequestException, ConflictException, NotFoundException } from '../../errors.ts';
import { stagesPerApi } from '../../limits.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context, Operations } from '../../room.ts';
import type { HttpApi, HttpDeployment, HttpStage } from '../domain/types.ts';
import { checkLogRole, checkWebSocketStage } from '../websocket/settings.ts';
import { autoDeploy, deploy, pointTo } from './deploy.ts';
import { changesOf, checkQuota, findHttpApi, findHttpPart, httpPage } from './find.ts';

export function newStage(
  ctx: Context,
  input: CreateStageRequest,
  protocol: HttpApi['ProtocolType'] = 'HTTP',
): HttpStage {
  const stage: HttpStage = {
    StageName: input.StageName ?? '',
    AutoDeploy: input.AutoDeploy ?? false,
    DeploymentId: input.DeploymentId,
    Description: input.Description,
    StageVariables: mapOf(input.StageVariables),
    DefaultRouteSettings: { DetailedMetricsEnabled: false, ...input.DefaultRouteSettings },
    RouteSettings: input.RouteSettings ?? {},
    AccessLogSettings: input.AccessLogSettings,
    ClientCertificateId: input.ClientCertificateId,
    Tags: mapOf(input.Tags),
    CreatedDate: ctx.now,
    LastUpdatedDate: ctx.now,
  };
  check(stage, protocol);
  return stage;
}

function check(stage: HttpStage, protocol: HttpApi['ProtocolType']): void {
  if (stage.StageName !== '$default' && !/^[a-zA-Z0-9_-]{1,128}$/.test(stage.StageName)) {
    throw new BadRequestException('Stage name only allows alphanumeric characters, hyphens and underscores');
  }
  if (protocol === 'WEBSOCKET') {
    checkWebSocketStage(stage);
    return;
  }
  if (stage.ClientCertificateId) {
    throw new BadRequestException('ClientCertificateId is supported for WebSocket APIs only');
  }
  const settings = [stage.DefaultRouteSettings, ...Object.values(stage.RouteSettings)];
  if (settings.some((entry) => entry.DataTraceEnabled || (entry.LoggingLevel ?? 'OFF') !== 'OFF')) {
    throw new BadRequestException('Execution logs are not supported on protocolType HTTP');
  }
}

function stageOutput(stage: HttpStage) {
  return {
    ...stage,
    StageVariables: stage.StageVariables ?? {},
    Tags: stage.Tags ?? {},
    CreatedDate: new Date(stage.CreatedDate),
    LastUpdatedDate: new Date(stage.LastUpdatedDate),
  };
}

async function CreateStage(ctx: Context, input: CreateStageRequest) {
  const apiId = input.ApiId ?? '';
  if (input.AutoDeploy && input.DeploymentId) {
    throw new BadRequestException('DeploymentId cannot be specified when AutoDeploy is enabled');
  }
  return ctx.room.store.transact(async (tx) => {
    const stage = newStage(ctx, input, (await findHttpApi(tx, ctx, apiId)).ProtocolType);
    await checkLogRole(tx, ctx, stage);
    if (await tx.get('httpStage', ctx, apiId, stage.StageName)) {
      throw new ConflictException('Stage already exists');
    }
    await checkQuota(tx, 'httpStage', ctx, apiId, stagesPerApi, 'Stages for this API');
    if (stage.DeploymentId) {
      await findHttpPart(tx, 'httpDeployment', ctx, apiId, stage.DeploymentId, 'Deployment');
    }
    tx.put('httpStage', ctx, apiId, stage.StageName, stage);
    if (!stage.AutoDeploy) return stageOutput(stage);
    await autoDeploy(ctx, tx, apiId);
    return stageOutput((await tx.get('httpStage', ctx, apiId, stage.StageName)) ?? stage);
  });
}

const findStage = (...[reader, ctx, apiId, name]: [Context['room']['store'], Context, string, string]) =>
  findHttpPart(reader, 'httpStage', ctx, apiId, name, 'stage');

async function GetStage(ctx: Context, input: GetStageRequest) {
  return stageOutput(await findStage(ctx.room.store, ctx, input.ApiId ?? '', input.StageName ?? ''));
}

async function GetStages(ctx: Context, input: GetStagesRequest) {
  await findHttpApi(ctx.room.store, ctx, input.ApiId ?? '');
  const { Items, NextToken } = await httpPage(ctx.room.store, 'httpStage', ctx, input.ApiId ?? '', input);
  return { Items: Items.map(stageOutput), NextToken };
}

async function UpdateStage(ctx: Context, input: UpdateStageRequest) {
  const apiId = input.ApiId ?? '';
  const name = input.StageName ?? '';
  return ctx.room.store.transact(async (tx) => {
    const known = await findHttpPart(tx, 'httpStage', ctx, apiId, name, 'stage');
    const changes = changesOf(input, ['ApiId', 'StageName']);
    const updated = { ...known, ...changes, LastUpdatedDate: ctx.now } as HttpStage;
    if (input.StageVariables) {
      const merged = { ...known.StageVariables, ...input.StageVariables };
      updated.StageVariables = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
    }
    if (input.RouteSettings) updated.RouteSettings = { ...known.RouteSettings, ...input.RouteSettings };
    if (input.DeploymentId) {
      if (updated.AutoDeploy) {
        throw new BadRequestException('DeploymentId cannot be specified when AutoDeploy is enabled');
      }
      await findHttpPart(tx, 'httpDeployment', ctx, apiId, input.DeploymentId, 'Deployment');
    }
    check(updated, (await findHttpApi(tx, ctx, apiId)).ProtocolType);
    await checkLogRole(tx, ctx, updated);
    tx.put('httpStage', ctx, apiId, name, updated);
    if (updated.AutoDeploy && !known.AutoDeploy) await autoDeploy(ctx, tx, apiId);
    return stageOutput((await tx.get('httpStage', ctx, apiId, name)) ?? updated);
  });
}

async function DeleteStage(ctx: Context, input: DeleteStageRequest) {
  const apiId = input.ApiId ?? '';
  const name = input.StageName ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findHttpPart(tx, 'httpStage', ctx, apiId, name, 'stage');
    tx.delete('httpStage', ctx, apiId, name);
  });
}

async function DeleteAccessLogSettings(ctx: Context, input: DeleteAccessLogSettingsRequest) {
  await changeStage(ctx, input, (stage) => {
    stage.AccessLogSettings = undefined;
  });
}

async function DeleteRouteSettings(ctx: Context, input: DeleteRouteSettingsRequest) {
  await changeStage(ctx, input, (stage) => {
    if (!stage.RouteSettings[input.RouteKey ?? '']) {
      throw new NotFoundException(`Route settings for ${input.RouteKey} not found`);
    }
    delete stage.RouteSettings[input.RouteKey ?? ''];
  });
}

async function changeStage(
  ctx: Context,
  input: { ApiId: string | undefined; StageName: string | undefined },
  change: (stage: HttpStage) => void,
): Promise<void> {
  const apiId = input.ApiId ?? '';
  const name = input.StageName ?? '';
  await ctx.room.store.transact(async (tx) => {
    const stage = await findHttpPart(tx, 'httpStage', ctx, apiId, name, 'stage');
    change(stage);
    tx.put('httpStage', ctx, apiId, name, { ...stage, LastUpdatedDate: ctx.now });
  });
}

function deploymentOutput(deployment: HttpDeployment) {
  return { ...deployment, CreatedDate: new Date(deployment.CreatedDate) };
}

async function CreateDeployment(ctx: Context, input: CreateDeploymentRequest) {
  const apiId = input.ApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    await findHttpApi(tx, ctx, apiId);
    const deployment = await deploy(ctx, tx, apiId, { automatic: false, description: input.Description });
    if (input.StageName) {
      const stage = await findHttpPart(tx, 'httpStage', ctx, apiId, input.StageName, 'stage');
      if (stage.AutoDeploy) {
        throw new BadRequestException('Cannot deploy to a stage that has AutoDeploy enabled');
      }
      pointTo(stage, deployment);
      tx.put('httpStage', ctx, apiId, stage.StageName, { ...stage, LastUpdatedDate: ctx.now });
    }
    return deploymentOutput(deployment);
  });
}

async function GetDeployment(ctx: Context, input: GetDeploymentRequest) {
  const id = input.DeploymentId ?? '';
  const { store } = ctx.room;
  const found = await findHttpPart(store, 'httpDeployment', ctx, input.ApiId ?? '', id, 'Deployment');
  return deploymentOutput(found);
}

async function GetDeployments(ctx: Context, input: GetDeploymentsRequest) {
  await findHttpApi(ctx.room.store, ctx, input.ApiId ?? '');
  const page = await httpPage(ctx.room.store, 'httpDeployment', ctx, input.ApiId ?? '', input);
  return { Items: page.Items.map(deploymentOutput), NextToken: page.NextToken };
}

async function UpdateDeployment(ctx: Context, input: UpdateDeploymentRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.DeploymentId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const known = await findHttpPart(tx, 'httpDeployment', ctx, apiId, id, 'Deployment');
    const updated = { ...known, ...changesOf({ Description: input.Description }, []) };
    tx.put('httpDeployment', ctx, apiId, id, updated);
    return deploymentOutput(updated);
  });
}

async function DeleteDeployment(ctx: Context, input: DeleteDeploymentRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.DeploymentId ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findHttpPart(tx, 'httpDeployment', ctx, apiId, id, 'Deployment');
    const stages = await tx.list('httpStage', ctx, apiId);
    if (stages.some((stage) => stage.DeploymentId === id)) {
      throw new BadRequestException('Active stages pointing to this deployment must be moved or deleted');
    }
    tx.delete('httpDeployment', ctx, apiId, id);
    tx.deleteSnapshot(apiId, id);
  });
}

export const httpStageOperations: Operations = {
  CreateStage,
  GetStage,
  GetStages,
  UpdateStage,
  DeleteStage,
  DeleteAccessLogSettings,
  DeleteRouteSettings,
  CreateDeployment,
  GetDeployment,
  GetDeployments,
  UpdateDeployment,
  DeleteDeployment,
};
