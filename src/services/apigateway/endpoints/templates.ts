/** The request and response templates of integrations that aren't proxies. */

import type { CompiledMethod, CompiledResponse } from '../domain/compiled.ts';
import { decoded, NotBase64, requestPayload, responsePayload } from '../domain/contentHandling.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { mappedValues } from '../domain/mapping/expressions.ts';
import {
  isLiteral,
  type Overrides,
  type Rendered,
  renderTemplate,
  type TemplateInput,
} from '../domain/mapping/template.ts';
import { firstAccepted, mediaTypeOf } from '../domain/mediaTypes.ts';
import { lastOf, ownEntry } from '../domain/parameters.ts';
import type { IntegrationResponse } from '../domain/types.ts';
import { bodyText, type Exchange, type IntegrationAnswer, mappingSource, shownContext } from './exchange.ts';

/** What an integration is sent. */
export interface IntegrationRequest {
  body: string | Uint8Array;
  overrides: Overrides;
}

/**
 * The body for the integration: the template of the request's content type, else the body as it came, where
 * the passthrough behavior lets it. Media types and content handling decide whether it is text or bytes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
 */
export function requestBody(exchange: Exchange): IntegrationRequest {
  const { integration } = exchange.target;
  const { binaryMediaTypes } = exchange.served.api.api;
  const templates = integration.requestTemplates;
  const sent = exchange.request.headers['content-type'];
  const type = mediaTypeOf(sent) || 'application/json';
  const handling = integration.contentHandling;
  const { payload, isText } = requestPayload(exchange.body, sent, binaryMediaTypes, handling);
  const template = ownEntry(templates, type) ?? templates?.$default;
  const none = !templates || Object.keys(templates).length === 0;
  if (
    template === undefined &&
    (integration.passthroughBehavior === 'NEVER' ||
      (integration.passthroughBehavior === 'WHEN_NO_TEMPLATES' && !none))
  ) {
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Media Type');
  }
  if (!isText && template === undefined) return { body: payload, overrides: {} };
  const text = typeof payload === 'string' ? payload : bodyText(exchange);
  const { text: mapped, overrides } =
    template === undefined || isLiteral(template)
      ? { text: template ?? text, overrides: {} }
      : render(template, templateInput(exchange, text), 'request');
  const toBytes = isText && handling === 'CONVERT_TO_BINARY';
  return { body: toBytes ? bytesOf(mapped) : mapped, overrides };
}

function bytesOf(text: string): Uint8Array {
  try {
    return decoded(text);
  } catch (error) {
    if (!(error instanceof NotBase64)) throw error;
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why: error.message });
  }
}

export function templateInput(exchange: Exchange, body: string): TemplateInput {
  return {
    body,
    // Most templates read none of them.
    get parameters() {
      return {
        path: exchange.pathParameters,
        querystring: lastOf(exchange.query),
        header: lastOf(exchange.headers),
      };
    },
    context: shownContext(exchange),
    stageVariables: exchange.served.stage.variables,
  };
}

export function render(template: string, input: TemplateInput, what: 'request' | 'response'): Rendered {
  try {
    return renderTemplate(template, input);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
      why: `mapping template failed: ${cause}`,
      note: `Execution failed due to configuration error: Unable to transform ${what}`,
    });
  }
}

export interface BackendAnswer {
  headers: Record<string, string[]>;
  body: string | Uint8Array;
}

/**
 * The integration response whose pattern matches; without one that which has no pattern.
 * @param selector status code of an HTTP backend, error message of a function.
 */
export function selectResponse({ responses }: CompiledMethod, selector: string): CompiledResponse {
  let fallback: CompiledResponse | undefined;
  for (const candidate of responses) {
    if (candidate.isDefault) fallback ??= candidate;
    else if (selector !== '' && candidate.pattern?.test(selector)) return candidate;
  }
  if (fallback) return fallback;
  throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
    why: `no integration response matches "${selector}" and none is the default`,
    note: `Execution failed due to configuration error: No match for output mapping and no default output mapping configured. Endpoint Response Status Code: ${selector || '200'}`,
  });
}

/** Maps what the backend said to what the client gets. */
export function respond(
  exchange: Exchange,
  { response, headers: mappings }: CompiledResponse,
  backend: BackendAnswer,
): IntegrationAnswer {
  const body = textOf(exchange, response, backend);
  const asText = () => (typeof body === 'string' ? body : Buffer.from(body).toString());
  const headers: Record<string, string | string[]> = {};
  if (mappings.length > 0) {
    const source = { ...mappingSource(exchange), response: { headers: backend.headers, body: asText } };
    for (const [name, expression] of mappings) {
      const values = mappedValues(expression, source);
      if (values.length > 0) headers[name] = values.length === 1 ? (values[0] as string) : [...values];
    }
  }
  const templates = response.responseTemplates;
  const accepted = firstAccepted(exchange.request.headers.accept);
  const type = [accepted, 'application/json', ...Object.keys(templates ?? {})].find(
    (candidate) => ownEntry(templates, candidate) !== undefined,
  );
  headers['content-type'] ??= type ?? backend.headers['content-type']?.[0] ?? 'application/json';
  if (type === undefined || templates?.[type] === undefined) {
    return { status: Number(response.statusCode), headers, body };
  }
  const template = templates[type];
  if (isLiteral(template)) return { status: Number(response.statusCode), headers, body: template };
  const rendered = render(template, templateInput(exchange, asText()), 'response');
  const override = rendered.overrides.responseOverride;
  for (const [name, value] of Object.entries(override?.header ?? {})) headers[name.toLowerCase()] = value;
  return { status: Number(override?.status ?? response.statusCode), headers, body: rendered.text };
}

/** The payload as the API's media types and the response's content handling make it. */
function textOf(
  exchange: Exchange,
  { contentHandling }: IntegrationResponse,
  { headers, body }: BackendAnswer,
): string | Uint8Array {
  const { binaryMediaTypes } = exchange.served.api.api;
  if (typeof body === 'string' && contentHandling === undefined && !binaryMediaTypes?.length) return body;
  const accept = exchange.request.headers.accept;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  try {
    return responsePayload(bytes, headers['content-type']?.[0], accept, binaryMediaTypes, contentHandling);
  } catch (error) {
    if (!(error instanceof NotBase64)) throw error;
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why: error.message });
  }
}
