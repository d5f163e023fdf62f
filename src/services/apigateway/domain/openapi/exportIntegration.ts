/** An integration as `x-amazon-apigateway-integration` says it; what is as it would be anyway is left out. */
import { integrationTimeoutDefaultMs } from '../../limits.ts';
import type { Integration, IntegrationResponse } from '../types.ts';
import type { Json } from './document.ts';

/** @param resourceId the cache namespace of an integration that names none. */
export function exportIntegration(integration: Integration, resourceId: string): Json {
  const { timeoutInMillis, cacheNamespace, cacheKeyParameters, connectionType } = integration;
  const extension: Json = {
    type: integration.type.toLowerCase(),
    httpMethod: integration.httpMethod,
    uri: integration.uri,
    connectionType: connectionType === 'INTERNET' ? undefined : connectionType,
    connectionId: integration.connectionId,
    credentials: integration.credentials,
    responses: exportResponses(integration.integrationResponses),
    requestParameters: integration.requestParameters,
    requestTemplates: integration.requestTemplates,
    passthroughBehavior: integration.passthroughBehavior.toLowerCase(),
    contentHandling: integration.contentHandling,
    timeoutInMillis: timeoutInMillis === integrationTimeoutDefaultMs ? undefined : timeoutInMillis,
    cacheNamespace: cacheNamespace === resourceId ? undefined : cacheNamespace,
    cacheKeyParameters: cacheKeyParameters.length > 0 ? cacheKeyParameters : undefined,
    tlsConfig: integration.tlsConfig,
    responseTransferMode: integration.responseTransferMode,
  };
  return Object.fromEntries(Object.entries(extension).filter(([, value]) => value !== undefined));
}

function exportResponses(responses: Record<string, IntegrationResponse> | undefined): Json | undefined {
  if (!responses) return undefined;
  const exported: Json = {};
  for (const { selectionPattern, ...response } of Object.values(responses)) {
    exported[selectionPattern || 'default'] = Object.fromEntries(
      Object.entries(response).filter(([, value]) => value !== undefined),
    );
  }
  return exported;
}
