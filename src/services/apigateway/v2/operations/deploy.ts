/** Deployments of HTTP and WebSocket APIs, made by hand or by every change of an API whose stage deploys by itself. */
import { BadRequestException } from '../../errors.ts';
import type { Context } from '../../room.ts';
import type { ApiWriter } from '../../store.ts';
import type { HttpDeployment, HttpStage } from '../domain/types.ts';

/** Freezes the API as it stands. */
export async function deploy(
  ctx: Context,
  tx: ApiWriter,
  apiId: string,
  options: { automatic: boolean; description?: string | undefined },
): Promise<HttpDeployment> {
  const api = await tx.get('httpApi', ctx, '', apiId);
  if (!api) throw new Error(`no API ${apiId}`);
  const snapshot = {
    api,
    routes: await tx.list('httpRoute', ctx, apiId),
    integrations: await tx.list('httpIntegration', ctx, apiId),
    authorizers: await tx.list('httpAuthorizer', ctx, apiId),
    ...(api.ProtocolType === 'WEBSOCKET'
      ? {
          routeResponses: await tx.list('routeResponse', ctx, apiId),
          integrationResponses: await tx.list('httpIntegrationResponse', ctx, apiId),
          models: await tx.list('httpModel', ctx, apiId),
        }
      : {}),
  };
  if (!options.automatic && snapshot.routes.length === 0) {
    throw new BadRequestException('At least one route is required before deploying the Api.');
  }
  const deployment: HttpDeployment = {
    DeploymentId: ctx.room.platform.ids.token(6),
    Description: options.description,
    CreatedDate: ctx.now,
    AutoDeployed: options.automatic,
    DeploymentStatus: 'DEPLOYED',
  };
  tx.put('httpDeployment', ctx, apiId, deployment.DeploymentId, deployment);
  tx.putSnapshot(apiId, deployment.DeploymentId, snapshot);
  return deployment;
}

/** After a change of an API: its automatic stages move to a new deployment, and leave nothing of the last. */
export async function autoDeploy(ctx: Context, tx: ApiWriter, apiId: string): Promise<void> {
  const stages = await tx.list('httpStage', ctx, apiId);
  const automatic = stages.filter((stage) => stage.AutoDeploy);
  if (automatic.length === 0) return;
  const deployment = await deploy(ctx, tx, apiId, {
    automatic: true,
    description: 'Automatic deployment triggered by changes to the Api configuration',
  });
  for (const stage of automatic) {
    const left = stage.DeploymentId;
    pointTo(stage, deployment);
    tx.put('httpStage', ctx, apiId, stage.StageName, stage);
    if (left) await dropUnused(ctx, tx, apiId, left);
  }
}

export function pointTo(stage: HttpStage, deployment: HttpDeployment): void {
  stage.DeploymentId = deployment.DeploymentId;
  stage.LastDeploymentStatusMessage = `Successfully deployed stage with deployment ID '${deployment.DeploymentId}'`;
}

async function dropUnused(ctx: Context, tx: ApiWriter, apiId: string, deploymentId: string): Promise<void> {
  const deployment = await tx.get('httpDeployment', ctx, apiId, deploymentId);
  if (!deployment?.AutoDeployed) return;
  const stages = await tx.list('httpStage', ctx, apiId);
  if (stages.some((stage) => stage.DeploymentId === deploymentId)) return;
  tx.delete('httpDeployment', ctx, apiId, deploymentId);
  tx.deleteSnapshot(apiId, deploymentId);
}
