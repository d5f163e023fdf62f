/** Integrations and integration responses. */
import type {
  DeleteIntegrationRequest,
  DeleteIntegrationResponseRequest,
  GetIntegrationRequest,
  GetIntegrationResponseRequest,
  PutIntegrationRequest,
  PutIntegrationResponseRequest,
  UpdateIntegrationRequest,
  UpdateIntegrationResponseRequest,
} from '@aws-sdk/client-api-gateway';
import { javaRegex } from '../domain/javaRegex.ts';
import { booleanOf, type PatchRules, patched, rule } from '../domain/patch.ts';
import type {
  ContentHandling,
  Integration,
  IntegrationResponse,
  Method,
  PassthroughBehavior,
} from '../domain/types.ts';
import { BadRequestException, NotFoundException } from '../errors.ts';
import {
  integrationTimeoutDefaultMs,
  integrationTimeoutMaxMs,
  integrationTimeoutMinMs,
  mappingTemplateBytesMax,
  streamingTimeoutMs,
} from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import { findMethod, mapOf } from './find.ts';

interface MethodAddress {
  restApiId: string | undefined;
  resourceId: string | undefined;
  httpMethod: string | undefined;
}

/** Loads a method, lets `change` work on it, writes its resource back. */
function changeMethod<T>(ctx: Context, input: MethodAddress, change: (method: Method) => T): Promise<T> {
  const apiId = input.restApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const { resource, method } = await findMethod(
      tx,
      ctx,
      apiId,
      input.resourceId ?? '',
      input.httpMethod ?? '',
    );
    const result = change(method);
    tx.put('resource', ctx, apiId, resource.id, resource);
    return result;
  });
}

async function PutIntegration(ctx: Context, input: PutIntegrationRequest) {
  if (input.integrationTarget) {
    throw new BadRequestException('VPC links to load balancers are not supported by this cloud.');
  }
  const integration: Integration = {
    type: input.type as Integration['type'],
    httpMethod: input.integrationHttpMethod?.toUpperCase(),
    uri: input.uri,
    connectionType: input.connectionType,
    connectionId: input.connectionId,
    credentials: input.credentials,
    requestParameters: mapOf(input.requestParameters),
    requestTemplates: mapOf(input.requestTemplates),
    passthroughBehavior: (input.passthroughBehavior ?? 'WHEN_NO_MATCH') as PassthroughBehavior,
    contentHandling: input.contentHandling,
    timeoutInMillis: input.timeoutInMillis ?? integrationTimeoutDefaultMs,
    cacheNamespace: input.cacheNamespace ?? input.resourceId ?? '',
    cacheKeyParameters: input.cacheKeyParameters ?? [],
    tlsConfig: input.tlsConfig,
    responseTransferMode: input.responseTransferMode,
  };
  checkIntegration(integration);
  return changeMethod(ctx, input, (method) => {
    // What was said of the responses of an earlier integration goes with it.
    method.methodIntegration = integration;
    return integration;
  });
}

/** @throws BadRequestException what AWS refuses of an integration on its own. */
export function checkIntegration(integration: Integration): void {
  const { type, uri, httpMethod, timeoutInMillis } = integration;
  if (!['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'].includes(integration.passthroughBehavior)) {
    throw new BadRequestException('Invalid passthrough behavior specified');
  }
  const streams = integration.responseTransferMode === 'STREAM';
  const timeoutMax = streams ? streamingTimeoutMs : integrationTimeoutMaxMs;
  if (!(timeoutInMillis >= integrationTimeoutMinMs && timeoutInMillis <= timeoutMax)) {
    throw new BadRequestException(
      `Timeout should be between ${integrationTimeoutMinMs} ms and ${streams ? timeoutMax : integrationTimeoutDefaultMs} ms`,
    );
  }
  checkTransfer(integration, streams);
  for (const template of Object.values(integration.requestTemplates ?? {})) checkTemplate(template);
  if (type === 'MOCK') return;
  if (!httpMethod) {
    throw new BadRequestException('Enumeration value for HttpMethod must be non-empty');
  }
  if (type === 'AWS' || type === 'AWS_PROXY') {
    if (!uri?.startsWith('arn:')) throw new BadRequestException('Invalid ARN specified in the request');
    if (!/^arn:[^:]+:apigateway:[^:]+:[^:]+:(?:path|action)\/.+/.test(uri)) {
      throw new BadRequestException('AWS ARN for integration must contain path or action');
    }
    if (type === 'AWS_PROXY' && !/:lambda:path\//.test(uri) && !/:(?:firehose|states|sqs)/.test(uri)) {
      throw new BadRequestException(
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
      );
    }
    return;
  }
  if (!uri || !/^https?:\/\/|^\$\{stageVariables\./.test(uri)) {
    throw new BadRequestException('Invalid HTTP endpoint specified for URI');
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html */
function checkTransfer({ type, uri, responseTransferMode: mode }: Integration, streams: boolean): void {
  if (mode !== undefined && mode !== 'STREAM' && mode !== 'BUFFERED') {
    throw new BadRequestException(
      'Invalid response transfer mode specified. Must be one of: [BUFFERED, STREAM]',
    );
  }
  if (streams && type !== 'HTTP_PROXY' && type !== 'AWS_PROXY') {
    throw new BadRequestException(
      'Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations',
    );
  }
  if (type === 'AWS_PROXY' && streams !== (uri?.endsWith('/response-streaming-invocations') ?? false)) {
    throw new BadRequestException(
      'Response transfer mode STREAM and the URI of InvokeWithResponseStream (…/response-streaming-invocations) must be used together',
    );
  }
}

function checkTemplate(template: string): void {
  if (Buffer.byteLength(template) > mappingTemplateBytesMax) {
    throw new BadRequestException(`Mapping template is larger than ${mappingTemplateBytesMax} bytes`);
  }
}

export function integrationOf(method: Method): Integration {
  if (method.methodIntegration) return method.methodIntegration;
  throw new NotFoundException('Invalid Integration identifier specified');
}

async function readMethod(ctx: Context, input: MethodAddress): Promise<Method> {
  const found = await findMethod(
    ctx.room.store,
    ctx,
    input.restApiId ?? '',
    input.resourceId ?? '',
    input.httpMethod ?? '',
  );
  return found.method;
}

async function GetIntegration(ctx: Context, input: GetIntegrationRequest) {
  return integrationOf(await readMethod(ctx, input));
}

const integrationRules: PatchRules<Integration> = {
  '/type': {
    ops: ['replace'],
    apply(integration, { value }) {
      integration.type = value as Integration['type'];
    },
  },
  '/uri': rule.text('uri'),
  '/httpMethod': rule.text('httpMethod'),
  '/credentials': rule.text('credentials', ['replace', 'remove']),
  '/connectionType': rule.text('connectionType'),
  '/connectionId': rule.text('connectionId', ['replace', 'remove']),
  '/passthroughBehavior': {
    ops: ['replace'],
    apply(integration, { value }) {
      integration.passthroughBehavior = value as PassthroughBehavior;
    },
  },
  '/contentHandling': {
    ops: ['replace', 'remove'],
    apply(integration, { op, value }) {
      integration.contentHandling = op === 'remove' || value === '' ? undefined : (value as ContentHandling);
    },
  },
  '/timeoutInMillis': {
    ops: ['replace'],
    apply(integration, { value }) {
      integration.timeoutInMillis = Number(value);
    },
  },
  '/cacheNamespace': rule.text('cacheNamespace'),
  '/cacheKeyParameters/*': rule.element('cacheKeyParameters'),
  '/requestParameters/*': rule.entry('requestParameters'),
  '/requestTemplates/*': rule.entry('requestTemplates'),
  '/responseTransferMode': rule.text('responseTransferMode'),
  '/tlsConfig/insecureSkipVerification': {
    ops: ['replace'],
    apply(integration, { value }) {
      integration.tlsConfig = { insecureSkipVerification: booleanOf(value) };
    },
  },
};

async function UpdateIntegration(ctx: Context, input: UpdateIntegrationRequest) {
  return changeMethod(ctx, input, (method) => {
    const updated = patched(integrationOf(method), input.patchOperations, integrationRules);
    checkIntegration(updated);
    method.methodIntegration = updated;
    return updated;
  });
}

async function DeleteIntegration(ctx: Context, input: DeleteIntegrationRequest) {
  await changeMethod(ctx, input, (method) => {
    integrationOf(method);
    method.methodIntegration = undefined;
  });
}

async function PutIntegrationResponse(ctx: Context, input: PutIntegrationResponseRequest) {
  const response: IntegrationResponse = {
    statusCode: input.statusCode ?? '',
    selectionPattern: input.selectionPattern,
    responseParameters: mapOf(input.responseParameters),
    // An empty template is kept: it means "no body", where no template means "as it is".
    responseTemplates: mapOf(input.responseTemplates),
    contentHandling: input.contentHandling,
  };
  return changeMethod(ctx, input, (method) => {
    const integration = integrationOf(method);
    checkResponse(method, response);
    integration.integrationResponses = {
      ...integration.integrationResponses,
      [response.statusCode]: response,
    };
    return response;
  });
}

/** An integration response belongs to a method response and may set only the headers it declares. */
function checkResponse(method: Method, response: IntegrationResponse): void {
  const declared = method.methodResponses?.[response.statusCode];
  if (!declared) throw new NotFoundException('Invalid Response status code specified');
  for (const template of Object.values(response.responseTemplates ?? {})) checkTemplate(template);
  if (response.selectionPattern && !javaRegex(response.selectionPattern, true)) {
    throw new BadRequestException(`Invalid selection pattern specified: ${response.selectionPattern}`);
  }
  for (const name of Object.keys(response.responseParameters ?? {})) {
    if (declared.responseParameters?.[name] === undefined) {
      throw new BadRequestException(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${name}]`,
      );
    }
  }
}

function responseOf(method: Method, statusCode: string): IntegrationResponse {
  const response = integrationOf(method).integrationResponses?.[statusCode];
  if (response) return response;
  throw new NotFoundException('Invalid Response status code specified');
}

async function GetIntegrationResponse(ctx: Context, input: GetIntegrationResponseRequest) {
  return responseOf(await readMethod(ctx, input), input.statusCode ?? '');
}

const responseRules: PatchRules<IntegrationResponse> = {
  '/selectionPattern': rule.text('selectionPattern', ['replace', 'remove']),
  '/responseParameters/*': rule.entry('responseParameters'),
  '/responseTemplates/*': rule.entry('responseTemplates'),
  '/contentHandling': {
    ops: ['replace', 'remove'],
    apply(response, { op, value }) {
      response.contentHandling = op === 'remove' || value === '' ? undefined : (value as ContentHandling);
    },
  },
};

async function UpdateIntegrationResponse(ctx: Context, input: UpdateIntegrationResponseRequest) {
  return changeMethod(ctx, input, (method) => {
    const updated = patched(responseOf(method, input.statusCode ?? ''), input.patchOperations, responseRules);
    checkResponse(method, updated);
    const integration = integrationOf(method);
    integration.integrationResponses = { ...integration.integrationResponses, [updated.statusCode]: updated };
    return updated;
  });
}

async function DeleteIntegrationResponse(ctx: Context, input: DeleteIntegrationResponseRequest) {
  await changeMethod(ctx, input, (method) => {
    const response = responseOf(method, input.statusCode ?? '');
    delete integrationOf(method).integrationResponses?.[response.statusCode];
  });
}

export const integrationOperations: Operations = {
  PutIntegration,
  GetIntegration,
  UpdateIntegration,
  DeleteIntegration,
  PutIntegrationResponse,
  GetIntegrationResponse,
  UpdateIntegrationResponse,
  DeleteIntegrationResponse,
};
