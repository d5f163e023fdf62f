/** One request on its way through a REST API. */

import type { HttpRequest, ResponseBody } from '../../../kernel/index.ts';
import type { EndpointContext, Principal } from '../../../platform/index.ts';
import type { CompiledMethod } from '../domain/compiled.ts';
import type { ExecutionLog } from '../domain/executionLog.ts';
import type { MappingSource } from '../domain/mapping/expressions.ts';
import type { MultiValues } from '../domain/parameters.ts';
import type { RequestContext } from '../domain/requestContext.ts';
import type { Room } from '../room.ts';
import type { Address } from '../store.ts';
import type { Via } from './customDomains.ts';
import type { ServedStage } from './served.ts';

export interface Exchange {
  ctx: EndpointContext<Room>;
  request: HttpRequest;
  address: Address;
  apiId: string;
  served: ServedStage;
  /** After the stage, percent-encoding kept. */
  path: string;
  target: CompiledMethod;
  pathParameters: Record<string, string>;
  headers: MultiValues;
  /** Of the request line and the values of all headers. */
  headerBytes: number;
  query: MultiValues;
  body: Uint8Array;
  context: RequestContext;
  traceId: string;
  /** The custom domain that the request came through. */
  via?: Via | undefined;
  /** The API key that an authorizer named. */
  usageKey?: string;
  /** Who signed the request, where the method asks for that. */
  principal?: Principal;
  /** The stage's execution log of this request, where it keeps one. */
  log?: ExecutionLog | undefined;
  /** Whether the stage's cache answered; absent where it isn't asked. */
  cache?: 'hit' | 'miss';
  /** What access logs and metrics tell of the parties that were asked on the way. */
  integrationSeen?: Seen;
  authorizerSeen?: Seen;
}

/** How another party answered. */
export interface Seen {
  status?: number;
  /** Milliseconds. */
  latency: number;
  requestId?: string | undefined;
  error?: string | undefined;
}

/** What an integration answered, before the common headers are put on it. */
export interface IntegrationAnswer {
  status: number;
  headers: Record<string, string | string[]>;
  /** A stream where the integration's response transfer mode is STREAM. */
  body: ResponseBody;
}

/** `arn:aws:execute-api:region:account:api/stage/METHOD/path`, of the resource or of the request. */
export function executeApiArn(exchange: Exchange, path: string): string {
  const { address, apiId, served, request } = exchange;
  const partition = address.region.startsWith('cn-') ? 'aws-cn' : 'aws';
  return `arn:${partition}:execute-api:${address.region}:${address.account}:${apiId}/${served.stage.stageName}/${request.method}${path}`;
}

export function mappingSource(exchange: Exchange): MappingSource {
  return {
    request: {
      path: exchange.pathParameters,
      query: exchange.query,
      headers: exchange.headers,
      body: () => bodyText(exchange),
    },
    context: shownContext(exchange),
    stageVariables: exchange.served.stage.variables,
  };
}

/** `$context` of templates and mappings. Events of functions don't say which base path was matched. */
export function shownContext({ context, via }: Exchange): RequestContext {
  return via ? Object.assign({ customDomain: { basePathMatched: via.basePath } }, context) : context;
}

export function bodyText({ body }: { body: Uint8Array }): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}
