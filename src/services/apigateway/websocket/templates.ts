/**
 * Templates and mappings of integrations that are no proxies.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
 */
import { Refusal } from '../domain/gatewayResponses.ts';
import { javaRegex } from '../domain/javaRegex.ts';
import { type MappingSource, mappedValue } from '../domain/mapping/expressions.ts';
import { type Rendered, renderTemplate } from '../domain/mapping/template.ts';
import { headerOf, lastOf, ownEntry } from '../domain/parameters.ts';
import type { HttpIntegration, HttpIntegrationResponse } from '../v2/domain/types.ts';
import { bodyVariable, parseJson } from './compiled.ts';
import type { BackendAnswer, SocketAnswer, SocketExchange } from './exchange.ts';
import { type LookUp, select } from './expressions.ts';
import { broken } from './refusals.ts';

/** What goes to the backend: the selected template's text, or the message as it came where passing through is allowed. */
export function requestBody(exchange: SocketExchange, integration: HttpIntegration): string | Uint8Array {
  const { RequestTemplates: templates, TemplateSelectionExpression: expression } = integration;
  const message = exchange.body;
  const key = expression === undefined ? '$default' : select(expression, requestLookUp(exchange));
  const template = ownEntry(templates, key) ?? templates?.$default;
  if (template !== undefined) return render(exchange, template, message).text;
  const hasSome = templates !== undefined && Object.keys(templates).length > 0;
  const { PassthroughBehavior = 'WHEN_NO_MATCH' } = integration;
  if (PassthroughBehavior === 'NEVER' || (PassthroughBehavior === 'WHEN_NO_TEMPLATES' && hasSome)) {
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Media Type');
  }
  return integration.ContentHandlingStrategy === 'CONVERT_TO_BINARY'
    ? Buffer.from(message, 'base64')
    : message;
}

/**
 * Chooses the integration response, and maps the backend's answer by it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
 */
export function mapResponse(
  exchange: SocketExchange,
  integration: HttpIntegration,
  answer: BackendAnswer,
): SocketAnswer {
  const lookUp = responseLookUp(exchange, answer);
  const expression =
    integration.IntegrationResponseSelectionExpression ?? '${integration.response.statuscode}';
  const response = selectResponse(exchange.route.responses, select(expression, lookUp));
  if (!response) {
    // "For non-proxy integrations, you must set up at least one integration response" for two-way communication.
    if (exchange.route.answers) throw broken('no integration response matches, and none is the default');
    return answer;
  }
  const templates = response.ResponseTemplates;
  const { TemplateSelectionExpression: chosen } = response;
  const key = chosen === undefined ? '$default' : select(chosen, lookUp);
  const template = ownEntry(templates, key) ?? templates?.$default;
  if (template === undefined) return { ...answer, body: converted(response, answer.body) };
  const rendered = render(exchange, template, textOf(answer.body));
  const override = rendered.overrides.responseOverride;
  const headers = { ...answer.headers };
  for (const [name, value] of Object.entries(override?.header ?? {})) headers[name.toLowerCase()] = [value];
  return {
    status: override?.status === undefined ? answer.status : Number(override.status),
    headers,
    body: converted(response, rendered.text),
  };
}

/** Pattern keys in the order they were made; the text between the slashes matches as a whole. */
function selectResponse(
  responses: readonly HttpIntegrationResponse[],
  key: string,
): HttpIntegrationResponse | undefined {
  for (const response of responses) {
    const { IntegrationResponseKey: pattern } = response;
    if (pattern.startsWith('/') && key !== '' && javaRegex(pattern.slice(1, -1), true, 's')?.test(key)) {
      return response;
    }
  }
  return responses.find((response) => response.IntegrationResponseKey === '$default');
}

function converted(response: HttpIntegrationResponse, body: string | Uint8Array): string | Uint8Array {
  switch (response.ContentHandlingStrategy) {
    case 'CONVERT_TO_BINARY':
      return typeof body === 'string' ? Buffer.from(body, 'base64') : body;
    case 'CONVERT_TO_TEXT':
      return typeof body === 'string' ? body : Buffer.from(body).toString('base64');
    default:
      return body;
  }
}

/** Headers, query and path of the request to the backend, from the integration's request parameters. */
export function mappedParameters(
  exchange: SocketExchange,
  integration: HttpIntegration,
): { headers: Record<string, string>; query: [string, string][]; path: Record<string, string> } {
  const mapped = {
    headers: {} as Record<string, string>,
    query: [] as [string, string][],
    path: {} as Record<string, string>,
  };
  const parameters = integration.RequestParameters;
  if (!parameters) return mapped;
  const source = mappingSource(exchange);
  for (const [name, expression] of Object.entries(parameters)) {
    const value = mappedValue(expression.replace(/^route\.request\./, 'method.request.'), source);
    const [, place = '', key = ''] =
      /^integration\.request\.(?:multivalue)?(header|querystring|path)\.(.+)$/.exec(name) ?? [];
    if (value === undefined) continue;
    if (place === 'header') mapped.headers[key] = value;
    else if (place === 'querystring') mapped.query.push([key, value]);
    else mapped.path[key] = value;
  }
  return mapped;
}

export function mappingSource(exchange: SocketExchange): MappingSource {
  return {
    request: { path: {}, query: exchange.query, headers: exchange.headers, body: () => exchange.body },
    context: exchange.context,
    stageVariables: exchange.served.stage.StageVariables,
  };
}

/** Variables of expressions that are evaluated before the integration. */
export function requestLookUp(exchange: SocketExchange): LookUp {
  return (variable) => {
    if (variable.startsWith('request.body')) return bodyVariable(variable, parseJson(exchange.body));
    if (variable.startsWith('request.header.')) return headerOf(exchange.headers, variable.slice(15));
    if (variable.startsWith('request.querystring.')) return exchange.query[variable.slice(20)]?.at(-1);
    return mappedValue(variable, mappingSource(exchange));
  };
}

function responseLookUp(exchange: SocketExchange, answer: BackendAnswer): LookUp {
  const before = requestLookUp(exchange);
  return (variable) => {
    if (!variable.startsWith('integration.response.')) return before(variable);
    const rest = variable.slice(21);
    if (rest === 'statuscode') return answer.status;
    if (/^(?:body\.)?errormessage$/i.test(rest)) return answer.errorMessage;
    if (rest.startsWith('header.')) return headerOf(answer.headers, rest.slice(7));
    return bodyVariable(`request.${rest}`, parseJson(textOf(answer.body)));
  };
}

function render(exchange: SocketExchange, template: string, body: string): Rendered {
  try {
    return renderTemplate(template, {
      body,
      parameters: { path: {}, querystring: lastOf(exchange.query), header: lastOf(exchange.headers) },
      context: exchange.context,
      stageVariables: exchange.served.stage.StageVariables,
    });
  } catch (error) {
    throw broken(`mapping template failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function textOf(body: string | Uint8Array): string {
  return typeof body === 'string'
    ? body
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}
