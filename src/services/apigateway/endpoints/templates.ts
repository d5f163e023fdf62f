/** The request and response templates of integrations that aren't proxies. */
import { Refusal } from '../domain/gatewayResponses.ts';
import { javaRegex } from '../domain/javaRegex.ts';
import { mappedValue } from '../domain/mapping/expressions.ts';
import { type Rendered, renderTemplate, type TemplateInput } from '../domain/mapping/template.ts';
import { firstAccepted, mediaTypeOf } from '../domain/mediaTypes.ts';
import { headerOf, lastOf, ownEntry } from '../domain/parameters.ts';
import type { Integration, IntegrationResponse } from '../domain/types.ts';
import { bodyText, type Exchange, type IntegrationAnswer, mappingSource, shownContext } from './exchange.ts';

/**
 * The body for the integration: the template of the request's content type, else the body as it came, where
 * the passthrough behavior lets it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
 */
export function requestBody(exchange: Exchange): Rendered {
  const { integration } = exchange.target;
  const templates = integration.requestTemplates;
  const type = mediaTypeOf(headerOf(exchange.headers, 'content-type')) || 'application/json';
  const template = ownEntry(templates, type) ?? templates?.$default;
  if (template !== undefined) return render(template, templateInput(exchange, bodyText(exchange)));
  const none = !templates || Object.keys(templates).length === 0;
  if (
    integration.passthroughBehavior === 'NEVER' ||
    (integration.passthroughBehavior === 'WHEN_NO_TEMPLATES' && !none)
  ) {
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Media Type');
  }
  return { text: bodyText(exchange), overrides: {} };
}

export function templateInput(exchange: Exchange, body: string): TemplateInput {
  return {
    body,
    parameters: {
      path: exchange.pathParameters,
      querystring: lastOf(exchange.query),
      header: lastOf(exchange.headers),
    },
    context: shownContext(exchange),
    stageVariables: exchange.served.stage.variables,
  };
}

export function render(template: string, input: TemplateInput): Rendered {
  try {
    return renderTemplate(template, input);
  } catch (error) {
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
      why: `mapping template failed: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

export interface BackendAnswer {
  headers: Record<string, string[]>;
  body: string;
}

/**
 * The integration response whose pattern matches; without one that which has no pattern.
 * @param selector status code of an HTTP backend, error message of a function.
 */
export function selectResponse(integration: Integration, selector: string): IntegrationResponse {
  const responses = Object.values(integration.integrationResponses ?? {});
  for (const response of responses) {
    if (!response.selectionPattern) continue;
    if (selector !== '' && javaRegex(response.selectionPattern, true, 's')?.test(selector)) return response;
  }
  const fallback = responses.find((response) => !response.selectionPattern);
  if (fallback) return fallback;
  throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
    why: `no integration response matches "${selector}" and none is the default`,
  });
}

/** Maps what the backend said to what the client gets. */
export function respond(
  exchange: Exchange,
  response: IntegrationResponse,
  backend: BackendAnswer,
): IntegrationAnswer {
  const source = {
    ...mappingSource(exchange),
    response: { headers: backend.headers, body: () => backend.body },
  };
  const headers: Record<string, string | string[]> = {};
  for (const [name, expression] of Object.entries(response.responseParameters ?? {})) {
    const header = /^method\.response\.(?:multivalue)?header\.(.+)$/.exec(name)?.[1];
    const value = header && mappedValue(expression, source);
    if (header && value !== undefined) headers[header.toLowerCase()] = value;
  }
  const templates = response.responseTemplates;
  const accepted = firstAccepted(headerOf(exchange.headers, 'accept'));
  const type = [accepted, 'application/json', ...Object.keys(templates ?? {})].find(
    (candidate) => ownEntry(templates, candidate) !== undefined,
  );
  const rendered =
    type === undefined || templates?.[type] === undefined
      ? { text: backend.body, overrides: {} as Rendered['overrides'] }
      : render(templates[type], templateInput(exchange, backend.body));
  headers['content-type'] ??= type ?? backend.headers['content-type']?.[0] ?? 'application/json';
  const override = rendered.overrides.responseOverride;
  for (const [name, value] of Object.entries(override?.header ?? {})) headers[name.toLowerCase()] = value;
  return { status: Number(override?.status ?? response.statusCode), headers, body: rendered.text };
}
