/** Integrations of HTTP and WebSocket APIs. */
import type {
  CreateIntegrationRequest,
  DeleteIntegrationRequest,
  GetIntegrationRequest,
  GetIntegrationsRequest,
  UpdateIntegrationRequest,
} from '@aws-sdk/client-apigatewayv2';
import { BadRequestException, ConflictException } from '../../errors.ts';
import { httpIntegrationTimeoutMs, integrationsPerApi, integrationTimeoutMinMs } from '../../limits.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context, Operations } from '../../room.ts';
import type { ApiReader } from '../../store.ts';
import { checkRequestParameters, checkResponseParameters } from '../domain/parameterMapping.ts';
import { checkSubtype } from '../domain/subtypes.ts';
import type { HttpIntegration } from '../domain/types.ts';
import { newWebSocketIntegration, settleWebSocketIntegration } from '../websocket/integrations.ts';
import { autoDeploy } from './deploy.ts';
import { changesOf, checkQuota, findHttpApi, findHttpPart, httpPage } from './find.ts';
import { responsesOf } from './integrationResponses.ts';

/** @throws BadRequestException what an HTTP API's integration can't be. */
export function newIntegration(ctx: Context, input: CreateIntegrationRequest): HttpIntegration {
  const integration: HttpIntegration = {
    IntegrationId: ctx.room.platform.ids.token(7),
    IntegrationType: input.IntegrationType as HttpIntegration['IntegrationType'],
    IntegrationSubtype: input.IntegrationSubtype,
    IntegrationMethod:
      input.IntegrationMethod ?? (input.IntegrationType === 'AWS_PROXY' ? 'POST' : undefined),
    IntegrationUri: input.IntegrationUri,
    ConnectionType: input.ConnectionType ?? 'INTERNET',
    ConnectionId: input.ConnectionId,
    CredentialsArn: input.CredentialsArn,
    Description: input.Description,
    PayloadFormatVersion: input.PayloadFormatVersion ?? '1.0',
    RequestParameters: mapOf(input.RequestParameters),
    ResponseParameters: mapOf(input.ResponseParameters),
    TimeoutInMillis: input.TimeoutInMillis ?? httpIntegrationTimeoutMs,
    TlsConfig: input.TlsConfig,
  };
  if (input.RequestTemplates || input.PassthroughBehavior || input.TemplateSelectionExpression) {
    throw new BadRequestException('Mapping templates are supported for WebSocket APIs only');
  }
  if (input.ContentHandlingStrategy) {
    throw new BadRequestException('ContentHandlingStrategy is supported for WebSocket APIs only');
  }
  check(integration);
  return integration;
}

function check(integration: HttpIntegration): void {
  const { IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis } = integration;
  if (IntegrationType !== 'AWS_PROXY' && IntegrationType !== 'HTTP_PROXY') {
    throw new BadRequestException(`Invalid integration type for an HTTP API: ${IntegrationType}`);
  }
  if (PayloadFormatVersion !== '1.0' && PayloadFormatVersion !== '2.0') {
    throw new BadRequestException('PayloadFormatVersion must be 1.0 or 2.0');
  }
  if (TimeoutInMillis < integrationTimeoutMinMs || TimeoutInMillis > httpIntegrationTimeoutMs) {
    throw new BadRequestException(
      `Timeout should be between ${integrationTimeoutMinMs} ms and ${httpIntegrationTimeoutMs} ms`,
    );
  }
  if (integration.IntegrationSubtype) {
    if (IntegrationType !== 'AWS_PROXY' || IntegrationUri) {
      throw new BadRequestException(
        'IntegrationSubtype is for AWS_PROXY integrations without IntegrationUri',
      );
    }
    checkSubtype(integration.IntegrationSubtype, integration);
    checkResponseParameters(integration.ResponseParameters);
    return;
  }
  if (!IntegrationUri) throw new BadRequestException('IntegrationUri is required');
  if (IntegrationType === 'HTTP_PROXY') {
    if (!integration.IntegrationMethod) throw new BadRequestException('HttpMethod is required');
    if (integration.ConnectionType === 'VPC_LINK' && !integration.ConnectionId) {
      throw new BadRequestException('ConnectionId is required for VPC_LINK connections');
    }
  }
  checkRequestParameters(integration.RequestParameters);
  checkResponseParameters(integration.ResponseParameters);
}

async function CreateIntegration(ctx: Context, input: CreateIntegrationRequest) {
  const apiId = input.ApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const api = await findHttpApi(tx, ctx, apiId);
    const integration =
      api.ProtocolType === 'WEBSOCKET' ? newWebSocketIntegration(ctx, input) : newIntegration(ctx, input);
    await checkLink(tx, ctx, integration);
    await checkQuota(tx, 'httpIntegration', ctx, apiId, integrationsPerApi, 'Integrations for this API');
    tx.put('httpIntegration', ctx, apiId, integration.IntegrationId, integration);
    await autoDeploy(ctx, tx, apiId);
    return integration;
  });
}

async function checkLink(reader: ApiReader, ctx: Context, integration: HttpIntegration): Promise<void> {
  const { ConnectionType, ConnectionId } = integration;
  // A stage variable is known when a request comes.
  if (ConnectionType !== 'VPC_LINK' || ConnectionId?.startsWith('$')) return;
  if (!(await reader.get('httpVpcLink', ctx, '', ConnectionId ?? ''))) {
    throw new BadRequestException(`Unable to find VPC link with ID ${ConnectionId}`);
  }
}

async function GetIntegration(ctx: Context, input: GetIntegrationRequest) {
  const id = input.IntegrationId ?? '';
  return findHttpPart(ctx.room.store, 'httpIntegration', ctx, input.ApiId ?? '', id, 'Integration');
}

async function GetIntegrations(ctx: Context, input: GetIntegrationsRequest) {
  await findHttpApi(ctx.room.store, ctx, input.ApiId ?? '');
  return httpPage(ctx.room.store, 'httpIntegration', ctx, input.ApiId ?? '', input);
}

async function UpdateIntegration(ctx: Context, input: UpdateIntegrationRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.IntegrationId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const known = await findHttpPart(tx, 'httpIntegration', ctx, apiId, id, 'Integration');
    const { RequestParameters, ...changes } = changesOf(input, ['ApiId', 'IntegrationId']);
    const api = await findHttpApi(tx, ctx, apiId);
    let updated = { ...known, ...changes } as HttpIntegration;
    if (RequestParameters) {
      // "To remove a parameter, specify an empty string as its value."
      const merged = { ...known.RequestParameters, ...RequestParameters };
      updated.RequestParameters = Object.fromEntries(
        Object.entries(merged).filter(([, value]) => value !== ''),
      );
    }
    if (api.ProtocolType === 'WEBSOCKET') updated = settleWebSocketIntegration(updated);
    else check(updated);
    await checkLink(tx, ctx, updated);
    tx.put('httpIntegration', ctx, apiId, id, updated);
    await autoDeploy(ctx, tx, apiId);
    return updated;
  });
}

async function DeleteIntegration(ctx: Context, input: DeleteIntegrationRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.IntegrationId ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findHttpPart(tx, 'httpIntegration', ctx, apiId, id, 'Integration');
    const routes = await tx.list('httpRoute', ctx, apiId);
    const user = routes.find((route) => route.Target === `integrations/${id}`);
    if (user) {
      throw new ConflictException(
        `Cannot delete Integration '${id}', it is referenced in Route ${user.RouteId}`,
      );
    }
    for (const response of await responsesOf(tx, ctx, apiId, id)) {
      tx.delete('httpIntegrationResponse', ctx, apiId, response.IntegrationResponseId);
    }
    tx.delete('httpIntegration', ctx, apiId, id);
    await autoDeploy(ctx, tx, apiId);
  });
}

export const httpIntegrationOperations: Operations = {
  CreateIntegration,
  GetIntegration,
  GetIntegrations,
  UpdateIntegration,
  DeleteIntegration,
};
