/**
 * What API Gateway itself answers when a request never reaches an integration, or the integration fails.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */

import { type MappingSource, mappedValue } from './mapping/expressions.ts';
import { renderTemplate } from './mapping/template.ts';
import { firstAccepted } from './mediaTypes.ts';
import { ownEntry } from './parameters.ts';
import type { GatewayResponse } from './types.ts';

interface Default {
  status: number;
  /** `x-amzn-ErrorType`. */
  error: string;
}

/** Statuses as the page lists them; error types as observed on AWS. */
export const gatewayResponseTypes = {
  ACCESS_DENIED: { status: 403, error: 'AccessDeniedException' },
  API_CONFIGURATION_ERROR: { status: 500, error: 'InternalServerErrorException' },
  AUTHORIZER_CONFIGURATION_ERROR: { status: 500, error: 'AuthorizerConfigurationException' },
  AUTHORIZER_FAILURE: { status: 500, error: 'AuthorizerConfigurationException' },
  BAD_REQUEST_BODY: { status: 400, error: 'BadRequestException' },
  BAD_REQUEST_PARAMETERS: { status: 400, error: 'BadRequestException' },
  EXPIRED_TOKEN: { status: 403, error: 'ExpiredTokenException' },
  INTEGRATION_FAILURE: { status: 504, error: 'InternalServerErrorException' },
  INTEGRATION_TIMEOUT: { status: 504, error: 'InternalServerErrorException' },
  INVALID_API_KEY: { status: 403, error: 'ForbiddenException' },
  INVALID_SIGNATURE: { status: 403, error: 'InvalidSignatureException' },
  MISSING_AUTHENTICATION_TOKEN: { status: 403, error: 'MissingAuthenticationTokenException' },
  QUOTA_EXCEEDED: { status: 429, error: 'LimitExceededException' },
  REQUEST_TOO_LARGE: { status: 413, error: 'RequestTooLongException' },
  RESOURCE_NOT_FOUND: { status: 404, error: 'NotFoundException' },
  THROTTLED: { status: 429, error: 'TooManyRequestsException' },
  UNAUTHORIZED: { status: 401, error: 'UnauthorizedException' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, error: 'BadRequestException' },
  WAF_FILTERED: { status: 403, error: 'ForbiddenException' },
} as const satisfies Record<string, Default>;

export type GatewayResponseType = keyof typeof gatewayResponseTypes;

/** Thrown on the way of a request; the data plane answers with the API's gateway response of that type. */
export class Refusal extends Error {
  readonly type: GatewayResponseType;
  /** Wins over the type's own status (a malformed proxy response is a 502 of type INTEGRATION_FAILURE). */
  readonly status: number | undefined;
  /** For the server's log; the client never sees it. */
  readonly why: string | undefined;
  readonly validationErrors: string | undefined;
  /** For the API's execution log, where the type alone doesn't say it. */
  readonly note: string | undefined;
  /** What the client is told; an authorizer that breaks says nothing at all. */
  readonly text: string | null;

  constructor(
    type: GatewayResponseType,
    message: string | null,
    details: { status?: number; why?: string; validationErrors?: string; note?: string } = {},
  ) {
    super(message ?? type);
    this.text = message;
    this.type = type;
    this.status = details.status;
    this.why = details.why;
    this.validationErrors = details.validationErrors;
    this.note = details.note;
  }
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string;
}

/** The answer to `refusal`, with the API's own gateway responses where it has some. */
export function gatewayAnswer(
  refusal: Refusal,
  defined: ReadonlyMap<string, GatewayResponse>,
  source: MappingSource,
  accept: string | undefined,
): Answer {
  const standard = gatewayResponseTypes[refusal.type];
  const standardStatus = refusal.status ?? standard.status;
  const own = defined.get(refusal.type) ?? defined.get(standardStatus < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
  const status = own?.statusCode ? Number(own.statusCode) : standardStatus;
  const headers: Record<string, string | string[]> = {
    'content-type': 'application/json',
    'x-amzn-errortype': standard.error,
  };
  const context = {
    ...source.context,
    error: {
      message: refusal.text,
      messageString: JSON.stringify(refusal.text),
      responseType: refusal.type,
      validationErrorString: refusal.validationErrors ?? '',
    },
  };
  for (const [name, expression] of Object.entries(own?.responseParameters ?? {})) {
    const header = /^gatewayresponse\.header\.(.+)$/.exec(name)?.[1];
    const value = header && mappedValue(expression, { ...source, context });
    if (header && value !== undefined) headers[header.toLowerCase()] = value;
  }
  const template = pickTemplate(own?.responseTemplates, accept);
  if (!template) {
    // Refusals of policies have spelt it `Message` since the service's first days.
    const member = refusal.type === 'ACCESS_DENIED' ? 'Message' : 'message';
    return { status, headers, body: JSON.stringify({ [member]: refusal.text }) };
  }
  headers['content-type'] = template.type;
  const input = {
    body: '',
    parameters: { path: {}, querystring: {}, header: {} },
    context,
    stageVariables: source.stageVariables,
  };
  return { status, headers, body: renderTemplate(template.text, input).text };
}

function pickTemplate(templates: Record<string, string> | undefined, accept: string | undefined) {
  if (!templates) return undefined;
  for (const type of [firstAccepted(accept), 'application/json', ...Object.keys(templates)]) {
    const text = ownEntry(templates, type);
    if (text !== undefined) return { type, text };
  }
  return undefined;
}
