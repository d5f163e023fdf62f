/** ExportApi: an HTTP API as an OpenAPI document; ResetAuthorizersCache. */
import type { ExportApiRequest, ResetAuthorizersCacheRequest } from '@aws-sdk/client-apigatewayv2';
import { stringify } from 'yaml';
import { BadRequestException, NotFoundException } from '../../errors.ts';
import type { Context, Operations } from '../../room.ts';
import { exportHttpApi } from '../domain/export.ts';
import { endpointOf } from './apis.ts';
import { findHttpApi, findHttpPart } from './find.ts';

async function ExportApi(ctx: Context, input: ExportApiRequest) {
  const { ApiId = '', Specification, OutputType, StageName, ExportVersion } = input;
  const { store } = ctx.room;
  const api = await findHttpApi(store, ctx, ApiId);
  if (api.ProtocolType !== 'HTTP') throw new BadRequestException('Only HTTP APIs can be exported');
  if (Specification !== 'OAS30') throw new BadRequestException('Specification must be OAS30');
  if (OutputType !== 'JSON' && OutputType !== 'YAML') {
    throw new BadRequestException('OutputType must be JSON or YAML');
  }
  if (ExportVersion !== undefined && ExportVersion !== '1.0') {
    throw new BadRequestException('ExportVersion must be 1.0');
  }
  const document = exportHttpApi({
    snapshot:
      StageName === undefined
        ? {
            api,
            routes: await store.list('httpRoute', ctx, ApiId),
            integrations: await store.list('httpIntegration', ctx, ApiId),
            authorizers: await store.list('httpAuthorizer', ctx, ApiId),
          }
        : await deployed(ctx, ApiId, StageName),
    stageName: StageName,
    endpoint: endpointOf(ctx, api),
    extensions: input.IncludeExtensions ?? true,
  });
  return { body: Buffer.from(OutputType === 'YAML' ? stringify(document) : JSON.stringify(document)) };
}

/** What a stage serves. */
async function deployed(ctx: Context, apiId: string, stageName: string) {
  const stage = await findHttpPart(ctx.room.store, 'httpStage', ctx, apiId, stageName, 'stage');
  const snapshot = stage.DeploymentId && (await ctx.room.store.httpSnapshot(apiId, stage.DeploymentId));
  if (!snapshot) throw new NotFoundException(`Stage ${stageName} has no deployment`);
  return snapshot;
}

async function ResetAuthorizersCache(ctx: Context, input: ResetAuthorizersCacheRequest) {
  const { ApiId = '', StageName = '' } = input;
  await findHttpPart(ctx.room.store, 'httpStage', ctx, ApiId, StageName, 'stage');
  ctx.room.authorizations.flush(ApiId, StageName);
}

export const exportApiOperations: Operations = { ExportApi, ResetAuthorizersCache };
