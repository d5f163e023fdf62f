/** One request on its way through a REST API. */

import type { HttpRequest } from '../../../kernel/index.ts';
import type { EndpointContext } from '../../../platform/index.ts';
import type { CompiledMethod } from '../domain/compiled.ts';
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
  /** The custom domain that the request came through. */
  via?: Via | undefined;
  target: CompiledMethod;
  pathParameters: Record<string, string>;
  headers: MultiValues;
  query: MultiValues;
  body: Uint8Array;
  context: RequestContext;
  traceId: string;
  /** The API key that an authorizer named. */
  usageKey?: string;
}

/** What an integration answered, before the common headers are put on it. */
export interface IntegrationAnswer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Uint8Array;
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
    context: exchange.via ? { ...exchange.context, ...customDomain(exchange) } : exchange.context,
    stageVariables: exchange.served.stage.variables,
  };
}

export function bodyText({ body }: { body: Uint8Array }): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

/** What `$context` says of a custom domain; events of functions don't carry it. */
export function customDomain({ via }: Pick<Exchange, 'via'>) {
  return via ? { customDomain: { basePathMatched: via.basePath } } : {};
}
