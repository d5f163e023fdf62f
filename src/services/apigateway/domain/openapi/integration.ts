/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html */
import { BadRequestException } from '../../errors.ts';
import { integrationTimeoutDefaultMs } from '../../limits.ts';
import type {
  ContentHandling,
  Integration,
  IntegrationResponse,
  IntegrationType,
  PassthroughBehavior,
} from '../types.ts';
import { isObject, type Json, textList, textOf, textsOf } from './document.ts';

const types = new Set(['HTTP', 'AWS', 'MOCK', 'HTTP_PROXY', 'AWS_PROXY']);

/** Reads `x-amazon-apigateway-integration`. @param where method and path, for what is said of an error. */
export function readIntegration(value: Json, where: string): Integration {
  const type = (textOf(value.type) ?? 'HTTP').toUpperCase();
  if (!types.has(type)) throw new BadRequestException(`Invalid integration type '${type}' for ${where}`);
  const integration: Integration = {
    type: type as IntegrationType,
    httpMethod: textOf(value.httpMethod)?.toUpperCase(),
    uri: textOf(value.uri),
    connectionType: textOf(value.connectionType)?.toUpperCase(),
    connectionId: textOf(value.connectionId),
    credentials: textOf(value.credentials),
    requestParameters: textsOf(value.requestParameters),
    requestTemplates: textsOf(value.requestTemplates),
    passthroughBehavior: (textOf(value.passthroughBehavior)?.toUpperCase() ??
      'WHEN_NO_MATCH') as PassthroughBehavior,
    contentHandling: textOf(value.contentHandling)?.toUpperCase() as ContentHandling | undefined,
    timeoutInMillis: Number(textOf(value.timeoutInMillis) ?? integrationTimeoutDefaultMs),
    cacheNamespace: textOf(value.cacheNamespace) ?? '',
    cacheKeyParameters: textList(value.cacheKeyParameters) ?? [],
    integrationResponses: readResponses(value.responses),
    responseTransferMode: textOf(value.responseTransferMode)?.toUpperCase(),
  };
  if (isObject(value.tlsConfig)) {
    integration.tlsConfig = {
      insecureSkipVerification: value.tlsConfig.insecureSkipVerification === true,
    };
  }
  return integration;
}

/** The key is the selection pattern; `default` takes what no pattern matches. */
function readResponses(value: unknown): Record<string, IntegrationResponse> | undefined {
  if (!isObject(value)) return undefined;
  const responses: Record<string, IntegrationResponse> = {};
  for (const [pattern, response] of Object.entries(value)) {
    if (!isObject(response)) continue;
    const statusCode = textOf(response.statusCode) ?? (/^\d{3}$/.test(pattern) ? pattern : '200');
    responses[statusCode] = {
      statusCode,
      selectionPattern: pattern === 'default' ? undefined : pattern,
      responseParameters: textsOf(response.responseParameters),
      responseTemplates: textsOf(response.responseTemplates),
      contentHandling: textOf(response.contentHandling)?.toUpperCase() as ContentHandling | undefined,
    };
  }
  return responses;
}
