/** Integrations of WebSocket APIs. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html */
import type { CreateIntegrationRequest } from '@aws-sdk/client-apigatewayv2';
import { functionArnOf } from '../../domain/stageVariables.ts';
import { BadRequestException } from '../../errors.ts';
import { integrationTimeoutDefaultMs, integrationTimeoutMinMs } from '../../limits.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context } from '../../room.ts';
import type { HttpIntegration } from '../domain/types.ts';

/** @throws BadRequestException what a WebSocket API's integration can't be. */
export function newWebSocketIntegration(ctx: Context, input: CreateIntegrationRequest): HttpIntegration {
  const type = input.IntegrationType as HttpIntegration['IntegrationType'];
  if (input.ResponseParameters) {
    throw new BadRequestException('ResponseParameters are supported for protocol type HTTP only');
  }
  if (input.IntegrationSubtype || input.TlsConfig) {
    throw new BadRequestException(
      'IntegrationSubtype and TlsConfig are supported for protocol type HTTP only',
    );
  }
  return settleWebSocketIntegration({
    IntegrationId: ctx.room.platform.ids.token(7),
    IntegrationType: type,
    IntegrationMethod: input.IntegrationMethod,
    IntegrationUri: input.IntegrationUri,
    ConnectionType: input.ConnectionType ?? 'INTERNET',
    ConnectionId: input.ConnectionId,
    CredentialsArn: input.CredentialsArn,
    Description: input.Description,
    PayloadFormatVersion: input.PayloadFormatVersion ?? '1.0',
    RequestParameters: mapOf(input.RequestParameters),
    TimeoutInMillis: input.TimeoutInMillis ?? integrationTimeoutDefaultMs,
    ContentHandlingStrategy: input.ContentHandlingStrategy,
    PassthroughBehavior: input.PassthroughBehavior ?? 'WHEN_NO_MATCH',
    RequestTemplates: mapOf(input.RequestTemplates),
    TemplateSelectionExpression: input.TemplateSelectionExpression,
  });
}

/** Checks what was asked for and adds what follows from it. @throws BadRequestException */
export function settleWebSocketIntegration(integration: HttpIntegration): HttpIntegration {
  const { IntegrationType, IntegrationUri, TimeoutInMillis, IntegrationMethod } = integration;
  if (TimeoutInMillis < integrationTimeoutMinMs || TimeoutInMillis > integrationTimeoutDefaultMs) {
    throw new BadRequestException(
      `Timeout should be between ${integrationTimeoutMinMs} ms and ${integrationTimeoutDefaultMs} ms`,
    );
  }
  if (integration.PayloadFormatVersion !== '1.0') {
    throw new BadRequestException('PayloadFormatVersion must be 1.0 for protocol type WEBSOCKET');
  }
  if (integration.ConnectionType === 'VPC_LINK') {
    throw new BadRequestException('VPC links are supported for protocol type HTTP only');
  }
  if (IntegrationType !== 'MOCK') {
    if (!IntegrationUri) throw new BadRequestException('IntegrationUri is required');
    if (!IntegrationMethod && !IntegrationType.startsWith('AWS')) {
      throw new BadRequestException('Enumeration value for HttpMethod must be non-empty');
    }
  }
  if (
    IntegrationType.startsWith('AWS') &&
    !/^arn:[^:]+:apigateway:[^:]+:[^:]+:(?:path|action)\//.test(IntegrationUri ?? '')
  ) {
    throw new BadRequestException('Invalid ARN specified in the request');
  }
  if (IntegrationType === 'AWS_PROXY' && !functionArnOf(IntegrationUri ?? '')) {
    throw new BadRequestException('AWS_PROXY integrations currently only support Lambda function');
  }
  if (IntegrationType.startsWith('HTTP') && !/^https?:\/\/|^\$\{/.test(IntegrationUri ?? '')) {
    throw new BadRequestException('Invalid HTTP endpoint specified for URI');
  }
  for (const [name, value] of Object.entries(integration.RequestParameters ?? {})) checkMapping(name, value);
  return {
    ...integration,
    IntegrationMethod: IntegrationMethod ?? (IntegrationType.startsWith('AWS') ? 'POST' : undefined),
    IntegrationResponseSelectionExpression:
      IntegrationType === 'AWS' && functionArnOf(IntegrationUri ?? '')
        ? '${integration.response.body.errormessage}'
        : '${integration.response.statuscode}',
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html */
function checkMapping(name: string, value: string): void {
  if (
    !/^integration\.request\.(?:path|querystring|header|multivaluequerystring|multivalueheader)\.[\w.$-]+$/.test(
      name,
    )
  ) {
    throw new BadRequestException(
      `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${name}]`,
    );
  }
  const known =
    /^'.*'$/s.test(value) ||
    /^(?:route\.request\.(?:querystring|header|multivaluequerystring|multivalueheader|body)(?:\..+)?|context\..+|stageVariables\..+)$/.test(
      value,
    );
  if (!known) {
    throw new BadRequestException(
      `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${value}]`,
    );
  }
}
