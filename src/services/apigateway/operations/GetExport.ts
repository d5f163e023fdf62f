/** GetExport: a deployed stage as an OpenAPI document. */
import type { GetExportRequest } from '@aws-sdk/client-api-gateway';
import { stringify } from 'yaml';
import { type ExportedStage, exportOpenApi } from '../domain/openapi/export.ts';
import { BadRequestException, NotFoundException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import { findStage } from './find.ts';

async function GetExport(ctx: Context, input: GetExportRequest) {
  const { restApiId = '', stageName = '', exportType = '', parameters } = input;
  if (exportType !== 'oas30' && exportType !== 'swagger') {
    throw new BadRequestException(`Invalid export type '${exportType}': must be oas30 or swagger`);
  }
  const stage = await exportedStage(ctx, restApiId, stageName);
  const extensions = extensionsOf(parameters);
  const whole = extensions.has('apigateway');
  const document = exportOpenApi(stage, {
    version: exportType === 'oas30' ? 3 : 2,
    integrations: whole || extensions.has('integrations'),
    authorizers: whole || extensions.has('authorizers'),
    documentation: whole || extensions.has('documentation'),
  });
  const yaml = /\byaml\b/i.test(input.accepts ?? '');
  const named = [stageName, exportType, ...extensions].join('-');
  return {
    contentType: yaml ? 'application/yaml' : 'application/json',
    contentDisposition: `attachment; filename="${named}.${yaml ? 'yaml' : 'json'}"`,
    body: Buffer.from(yaml ? stringify(document) : JSON.stringify(document, null, 2)),
  };
}

const known = ['integrations', 'authorizers', 'apigateway', 'documentation', 'postman'];

/** "extensions='integrations'", several of them with commas; `postman` may stand as a parameter of its own. */
function extensionsOf(parameters: Record<string, string> | undefined): Set<string> {
  const extensions = new Set(
    (parameters?.extensions ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
  for (const name of extensions) {
    if (!known.includes(name)) {
      throw new BadRequestException(`Invalid extension '${name}': must be one of ${known.join(', ')}`);
    }
  }
  return extensions;
}

/** What a stage serves, with the documentation it was published with. @throws NotFoundException */
export async function exportedStage(
  ctx: Context,
  restApiId: string,
  stageName: string,
): Promise<ExportedStage> {
  const { store } = ctx.room;
  const stage = await findStage(store, ctx, restApiId, stageName);
  const snapshot = await store.snapshot(restApiId, stage.deploymentId);
  const deployment = await store.get('deployment', ctx, restApiId, stage.deploymentId);
  if (!snapshot || !deployment) throw new NotFoundException('Invalid Deployment identifier specified');
  const { documentationVersion } = stage;
  return {
    snapshot,
    stageName,
    deployedAt: deployment.createdDate,
    documentation:
      documentationVersion === undefined
        ? undefined
        : await store.get('documentationVersion', ctx, restApiId, documentationVersion),
    endpoint: executeApiEndpoint(ctx, restApiId),
  };
}

/** Where the API answers on this cloud. On AWS it is `https://{api}.execute-api.{region}.amazonaws.com`. */
function executeApiEndpoint(ctx: Context, apiId: string): string {
  const { endpoint, port } = ctx.room.platform.config;
  const scheme = endpoint.startsWith('https:') ? 'https' : 'http';
  return `${scheme}://${apiId}.execute-api.${ctx.region}.localhost:${port}`;
}

export const exportOperations: Operations = { GetExport };
