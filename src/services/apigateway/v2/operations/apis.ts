/** CreateApi (with quick create), ImportApi, ReimportApi, GetApi(s), UpdateApi, DeleteApi, CORS. */
import type {
  CreateApiRequest,
  DeleteApiRequest,
  DeleteCorsConfigurationRequest,
  GetApiRequest,
  GetApisRequest,
  ImportApiRequest,
  ReimportApiRequest,
  UpdateApiRequest,
} from '@aws-sdk/client-apigatewayv2';
import { readDocument } from '../../domain/openapi/document.ts';
import { BadRequestException } from '../../errors.ts';
import { apisPerRegion } from '../../limits.ts';
import { checkUnmapped } from '../../operations/customDomains.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context, Operations } from '../../room.ts';
import type { ApiWriter } from '../../store.ts';
import { type ImportedHttpApi, importHttpApi } from '../domain/import.ts';
import type { Cors, HttpApi } from '../domain/types.ts';
import { checkNoTarget, checkWebSocketApi } from '../websocket/settings.ts';
import { autoDeploy } from './deploy.ts';
import { changesOf, checkQuota, findHttpApi, httpPage } from './find.ts';
import { newIntegration } from './integrations.ts';
import { newRoute } from './routes.ts';
import { newStage } from './stages.ts';

async function CreateApi(ctx: Context, input: CreateApiRequest) {
  const webSocket = input.ProtocolType === 'WEBSOCKET';
  if (webSocket) checkNoTarget(input);
  if (input.RouteKey && !input.Target) throw new BadRequestException('Target is required with RouteKey');
  const api = newApi(ctx, input.Name ?? '', input.ProtocolType);
  const { Name: _n, ProtocolType: _p, RouteKey: _r, Target: _t, CredentialsArn: _c, ...settings } = input;
  Object.assign(api, changesOf(settings, []));
  api.Tags = mapOf(input.Tags);
  checkApi(api);
  return ctx.room.store.transact(async (tx) => {
    await checkQuota(tx, 'httpApi', ctx, '', apisPerRegion, 'APIs for this account');
    writeNewApi(ctx, tx, api);
    if (input.Target) await quickCreate(ctx, tx, api, input);
    return apiOutput(ctx, api);
  });
}

function newApi(ctx: Context, name: string, protocol: HttpApi['ProtocolType'] = 'HTTP'): HttpApi {
  return {
    ApiId: ctx.room.platform.ids.token(10),
    Name: name,
    ProtocolType: protocol,
    RouteSelectionExpression: protocol === 'HTTP' ? '$request.method $request.path' : '',
    ApiKeySelectionExpression: '$request.header.x-api-key',
    DisableExecuteApiEndpoint: false,
    IpAddressType: 'ipv4',
    CreatedDate: ctx.now,
  };
}

function writeNewApi(ctx: Context, tx: ApiWriter, api: HttpApi): void {
  tx.put('httpApi', ctx, '', api.ApiId, api);
  const kind = api.ProtocolType === 'WEBSOCKET' ? 'websocket' : 'http';
  tx.putAddress(api.ApiId, { kind, account: ctx.account, region: ctx.region });
}

function checkApi(api: HttpApi): void {
  if (api.ProtocolType === 'WEBSOCKET') {
    checkWebSocketApi(api);
    return;
  }
  if (api.Name === '') throw new BadRequestException('Name is required');
  // "For HTTP APIs, the routeSelectionExpression must be ${request.method} ${request.path}."
  if (!/^\$\{?request\.method\}? \$\{?request\.path\}?$/.test(api.RouteSelectionExpression)) {
    throw new BadRequestException('Invalid RouteSelectionExpression for an HTTP API');
  }
  const cors = api.CorsConfiguration;
  if (cors?.AllowCredentials && cors.AllowOrigins?.includes('*')) {
    throw new BadRequestException('allow-credentials is not supported for * origin');
  }
}

/** "Quick create produces an API with an integration, a default catch-all route, and a default stage which is configured to automatically deploy changes." */
async function quickCreate(
  ctx: Context,
  tx: ApiWriter,
  api: HttpApi,
  input: CreateApiRequest,
): Promise<void> {
  const target = input.Target ?? '';
  const isFunction = target.startsWith('arn:');
  const integration = newIntegration(ctx, {
    ApiId: api.ApiId,
    IntegrationType: isFunction ? 'AWS_PROXY' : 'HTTP_PROXY',
    IntegrationMethod: isFunction ? 'POST' : 'ANY',
    IntegrationUri: target,
    PayloadFormatVersion: isFunction ? '2.0' : '1.0',
    CredentialsArn: input.CredentialsArn,
  });
  integration.ApiGatewayManaged = true;
  tx.put('httpIntegration', ctx, api.ApiId, integration.IntegrationId, integration);
  const route = newRoute(ctx, {
    ApiId: api.ApiId,
    RouteKey: input.RouteKey ?? '$default',
    Target: `integrations/${integration.IntegrationId}`,
  });
  route.ApiGatewayManaged = true;
  tx.put('httpRoute', ctx, api.ApiId, route.RouteId, route);
  const stage = newStage(ctx, { ApiId: api.ApiId, StageName: '$default', AutoDeploy: true });
  stage.ApiGatewayManaged = true;
  tx.put('httpStage', ctx, api.ApiId, stage.StageName, stage);
  await autoDeploy(ctx, tx, api.ApiId);
}

export function apiOutput(ctx: Context, api: HttpApi) {
  return {
    ...api,
    ApiEndpoint: endpointOf(ctx, api),
    CreatedDate: new Date(api.CreatedDate),
  };
}

/** Where the API answers on this cloud. On AWS it is `https://{api}.execute-api.{region}.amazonaws.com`, or `wss:`. */
export function endpointOf(ctx: Context, api: HttpApi): string {
  const { endpoint, port } = ctx.room.platform.config;
  const protocol = api.ProtocolType === 'WEBSOCKET' ? 'ws' : 'http';
  const scheme = endpoint.startsWith('https:') ? `${protocol}s` : protocol;
  return `${scheme}://${api.ApiId}.execute-api.${ctx.region}.localhost:${port}`;
}

async function GetApi(ctx: Context, input: GetApiRequest) {
  return apiOutput(ctx, await findHttpApi(ctx.room.store, ctx, input.ApiId ?? ''));
}

async function GetApis(ctx: Context, input: GetApisRequest) {
  const { Items, NextToken } = await httpPage(ctx.room.store, 'httpApi', ctx, '', input);
  return { Items: Items.map((api) => apiOutput(ctx, api)), NextToken };
}

async function UpdateApi(ctx: Context, input: UpdateApiRequest) {
  const { RouteKey, Target, CredentialsArn, ...settings } = input;
  return ctx.room.store.transact(async (tx) => {
    const api = await findHttpApi(tx, ctx, input.ApiId ?? '');
    const updated: HttpApi = { ...api, ...(changesOf(settings, ['ApiId']) as Partial<HttpApi>) };
    checkApi(updated);
    if (RouteKey || Target || CredentialsArn) await updateQuickCreated(ctx, tx, api, input);
    tx.put('httpApi', ctx, '', api.ApiId, updated);
    await autoDeploy(ctx, tx, api.ApiId);
    return apiOutput(ctx, updated);
  });
}

async function updateQuickCreated(
  ctx: Context,
  tx: ApiWriter,
  api: HttpApi,
  input: UpdateApiRequest,
): Promise<void> {
  const routes = await tx.list('httpRoute', ctx, api.ApiId);
  const integrations = await tx.list('httpIntegration', ctx, api.ApiId);
  const route = routes.find((entry) => entry.ApiGatewayManaged);
  const integration = integrations.find((entry) => entry.ApiGatewayManaged);
  if (!route || !integration) {
    throw new BadRequestException('Target, RouteKey and CredentialsArn belong to APIs made by quick create');
  }
  if (input.RouteKey) route.RouteKey = input.RouteKey;
  if (input.Target) integration.IntegrationUri = input.Target;
  if (input.CredentialsArn) integration.CredentialsArn = input.CredentialsArn;
  tx.put('httpRoute', ctx, api.ApiId, route.RouteId, route);
  tx.put('httpIntegration', ctx, api.ApiId, integration.IntegrationId, integration);
}

async function DeleteApi(ctx: Context, input: DeleteApiRequest) {
  await ctx.room.store.transact(async (tx) => {
    const api = await findHttpApi(tx, ctx, input.ApiId ?? '');
    await checkUnmapped(tx, ctx, api.ApiId);
    tx.deleteChildren(ctx, api.ApiId);
    tx.delete('httpApi', ctx, '', api.ApiId);
  });
}

async function DeleteCorsConfiguration(ctx: Context, input: DeleteCorsConfigurationRequest) {
  await ctx.room.store.transact(async (tx) => {
    const api = await findHttpApi(tx, ctx, input.ApiId ?? '');
    tx.put('httpApi', ctx, '', api.ApiId, { ...api, CorsConfiguration: undefined });
    await autoDeploy(ctx, tx, api.ApiId);
  });
}

async function ImportApi(ctx: Context, input: ImportApiRequest) {
  const imported = read(input);
  const api = newApi(ctx, '');
  settle(api, imported);
  return ctx.room.store.transact(async (tx) => {
    await checkQuota(tx, 'httpApi', ctx, '', apisPerRegion, 'APIs for this account');
    writeNewApi(ctx, tx, api);
    writeImported(ctx, tx, api, imported);
    return apiOutput(ctx, api);
  });
}

/** "Puts an Api resource": what the document doesn't name is gone, stages aside. */
async function ReimportApi(ctx: Context, input: ReimportApiRequest) {
  const imported = read(input);
  return ctx.room.store.transact(async (tx) => {
    const api = await findHttpApi(tx, ctx, input.ApiId ?? '');
    if (api.ProtocolType === 'WEBSOCKET') {
      throw new BadRequestException('OpenAPI definitions describe HTTP APIs, no WebSocket APIs');
    }
    api.CorsConfiguration = undefined;
    settle(api, imported);
    tx.put('httpApi', ctx, '', api.ApiId, api);
    for (const kind of ['httpRoute', 'httpIntegration', 'httpAuthorizer'] as const) {
      tx.deleteAll(kind, ctx, api.ApiId);
    }
    writeImported(ctx, tx, api, imported);
    await autoDeploy(ctx, tx, api.ApiId);
    return apiOutput(ctx, api);
  });
}

function read(input: {
  Body: string | undefined;
  Basepath?: string | undefined;
  FailOnWarnings?: boolean | undefined;
}): ImportedHttpApi {
  const basepath = input.Basepath ?? 'ignore';
  if (!['ignore', 'prepend', 'split'].includes(basepath)) {
    throw new BadRequestException(`Invalid basepath '${basepath}': must be ignore, prepend or split`);
  }
  const document = readDocument(Buffer.from(input.Body ?? ''));
  if (document.version !== 3) throw new BadRequestException('HTTP APIs are imported from OpenAPI 3.0 only');
  const imported = importHttpApi(document.root, basepath as 'ignore');
  if (input.FailOnWarnings && imported.warnings.length > 0) {
    throw new BadRequestException(`Warnings found during import: ${imported.warnings.join('; ')}`);
  }
  return imported;
}

function settle(api: HttpApi, imported: ImportedHttpApi): void {
  Object.assign(api, changesOf(imported.api, []));
  api.CorsConfiguration = imported.cors as Cors | undefined;
  api.Warnings = imported.warnings.length > 0 ? imported.warnings : undefined;
  checkApi(api);
}

function writeImported(ctx: Context, tx: ApiWriter, api: HttpApi, imported: ImportedHttpApi): void {
  const { ids } = ctx.room.platform;
  const authorizers = new Map(
    imported.authorizers.map((authorizer) => [
      authorizer.Name,
      { ...authorizer, AuthorizerId: ids.token(6) },
    ]),
  );
  for (const authorizer of authorizers.values()) {
    tx.put('httpAuthorizer', ctx, api.ApiId, authorizer.AuthorizerId, authorizer);
  }
  const shared = new Map<string, string>();
  for (const { authorizerName, integration, sharedAs, ...route } of imported.routes) {
    let integrationId = sharedAs === undefined ? undefined : shared.get(sharedAs);
    if (integration && integrationId === undefined) {
      const made = newIntegration(ctx, { ...integration, ApiId: api.ApiId });
      integrationId = made.IntegrationId;
      tx.put('httpIntegration', ctx, api.ApiId, integrationId, made);
      if (sharedAs !== undefined) shared.set(sharedAs, integrationId);
    }
    const made = newRoute(ctx, {
      ...route,
      ApiId: api.ApiId,
      Target: integrationId && `integrations/${integrationId}`,
      AuthorizerId: authorizerName && authorizers.get(authorizerName)?.AuthorizerId,
    });
    tx.put('httpRoute', ctx, api.ApiId, made.RouteId, made);
  }
}

export const apiOperations: Operations = {
  CreateApi,
  ImportApi,
  ReimportApi,
  GetApi,
  GetApis,
  UpdateApi,
  DeleteApi,
  DeleteCorsConfiguration,
};
