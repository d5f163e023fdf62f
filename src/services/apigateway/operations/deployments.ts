/** Deployments: immutable snapshots of an API, for stages to point at. */
import type {
  CreateDeploymentRequest,
  DeleteDeploymentRequest,
  GetDeploymentRequest,
  GetDeploymentsRequest,
  UpdateDeploymentRequest,
} from '@aws-sdk/client-api-gateway';
import { newCanary } from '../domain/canary.ts';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { ApiSnapshot, Deployment, RestApi } from '../domain/types.ts';
import { BadRequestException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader, ApiWriter } from '../store.ts';
import { findApi, findPart, pageOf } from './find.ts';
import { checkStage, newStage, settleCache } from './stages.ts';

const unknownDeployment = 'Invalid Deployment identifier specified';

async function CreateDeployment(ctx: Context, input: CreateDeploymentRequest) {
  const apiId = input.restApiId ?? '';
  if (input.canarySettings && !input.stageName) {
    throw new BadRequestException('Stage name must be specified for a canary deployment');
  }
  return ctx.room.store.transact(async (tx) => {
    const api = await findApi(tx, ctx, apiId);
    const snapshot = await snapshotOf(tx, ctx, api);
    checkDeployable(snapshot);
    const deployment: Deployment = {
      id: ctx.room.platform.ids.token(6),
      description: input.description,
      createdDate: ctx.now,
      apiSummary: summaryOf(snapshot),
    };
    tx.put('deployment', ctx, apiId, deployment.id, deployment);
    tx.putSnapshot(apiId, deployment.id, snapshot);
    if (input.stageName) await deployTo(ctx, tx, input, input.stageName, deployment.id);
    return deploymentOutput(deployment, true);
  });
}

/** The new deployment becomes the stage's own, or its canary's. */
async function deployTo(
  ctx: Context,
  tx: ApiWriter,
  input: CreateDeploymentRequest,
  stageName: string,
  deploymentId: string,
): Promise<void> {
  const apiId = input.restApiId ?? '';
  const known = await tx.get('stage', ctx, apiId, stageName);
  if (input.canarySettings && !known) {
    // "Before creating a canary release, the stage must have a deployment": create-canary-deployment.html.
    throw new BadRequestException('Canary deployments can only be created on an existing stage');
  }
  const stage = known ?? newStage(ctx, stageName, deploymentId);
  if (input.canarySettings) stage.canarySettings = newCanary(deploymentId, input.canarySettings);
  else stage.deploymentId = deploymentId;
  stage.lastUpdatedDate = ctx.now;
  if (input.stageDescription !== undefined) stage.description = input.stageDescription;
  if (input.variables) stage.variables = { ...stage.variables, ...input.variables };
  if (input.tracingEnabled !== undefined) stage.tracingEnabled = input.tracingEnabled;
  const had = known?.cacheClusterEnabled ?? false;
  if (input.cacheClusterEnabled !== undefined) stage.cacheClusterEnabled = input.cacheClusterEnabled;
  if (input.cacheClusterSize !== undefined) stage.cacheClusterSize = input.cacheClusterSize;
  settleCache(stage, had);
  checkStage(stage);
  tx.put('stage', ctx, apiId, stage.stageName, stage);
}

async function snapshotOf(reader: ApiReader, ctx: Context, api: RestApi): Promise<ApiSnapshot> {
  return {
    api,
    resources: await reader.list('resource', ctx, api.id),
    models: await reader.list('model', ctx, api.id),
    validators: await reader.list('validator', ctx, api.id),
    authorizers: await reader.list('authorizer', ctx, api.id),
    gatewayResponses: await reader.list('gatewayResponse', ctx, api.id),
  };
}

function checkDeployable(snapshot: ApiSnapshot): void {
  const methods = snapshot.resources.flatMap((resource) => Object.values(resource.resourceMethods));
  if (methods.length === 0) throw new BadRequestException("The REST API doesn't contain any methods");
  if (methods.some((method) => !method.methodIntegration)) {
    throw new BadRequestException('No integration defined for method');
  }
}

function summaryOf(snapshot: ApiSnapshot): Deployment['apiSummary'] {
  const summary: Deployment['apiSummary'] = {};
  for (const resource of snapshot.resources) {
    for (const method of Object.values(resource.resourceMethods)) {
      summary[resource.path] = {
        ...summary[resource.path],
        [method.httpMethod]: {
          authorizationType: method.authorizationType,
          apiKeyRequired: method.apiKeyRequired,
        },
      };
    }
  }
  return summary;
}

function deploymentOutput(deployment: Deployment, embedSummary: boolean) {
  const { apiSummary, createdDate, ...rest } = deployment;
  return {
    ...rest,
    createdDate: new Date(createdDate),
    apiSummary: embedSummary ? apiSummary : undefined,
  };
}

async function GetDeployment(ctx: Context, input: GetDeploymentRequest) {
  const { store } = ctx.room;
  const id = input.deploymentId ?? '';
  const found = await findPart(store, 'deployment', ctx, input.restApiId ?? '', id, unknownDeployment);
  return deploymentOutput(found, input.embed?.includes('apisummary') ?? false);
}

async function GetDeployments(ctx: Context, input: GetDeploymentsRequest) {
  await findApi(ctx.room.store, ctx, input.restApiId ?? '');
  const { items, position } = await pageOf(ctx.room.store, 'deployment', ctx, input.restApiId ?? '', input);
  return { items: items.map((item) => deploymentOutput(item, false)), position };
}

const patchRules: PatchRules<Deployment> = { '/description': rule.text('description') };

async function UpdateDeployment(ctx: Context, input: UpdateDeploymentRequest) {
  const apiId = input.restApiId ?? '';
  const id = input.deploymentId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const found = await findPart(tx, 'deployment', ctx, apiId, id, unknownDeployment);
    const updated = patched(found, input.patchOperations, patchRules);
    tx.put('deployment', ctx, apiId, id, updated);
    return deploymentOutput(updated, false);
  });
}

async function DeleteDeployment(ctx: Context, input: DeleteDeploymentRequest) {
  const apiId = input.restApiId ?? '';
  const id = input.deploymentId ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findPart(tx, 'deployment', ctx, apiId, id, unknownDeployment);
    const stages = await tx.list('stage', ctx, apiId);
    if (stages.some((stage) => stage.deploymentId === id || stage.canarySettings?.deploymentId === id)) {
      throw new BadRequestException('Active stages pointing to this deployment must be moved or deleted');
    }
    tx.delete('deployment', ctx, apiId, id);
    tx.deleteSnapshot(apiId, id);
  });
}

export const deploymentOperations: Operations = {
  CreateDeployment,
  GetDeployment,
  GetDeployments,
  UpdateDeployment,
  DeleteDeployment,
};
