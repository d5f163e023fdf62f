/** HTTP requests that come from inside, on behalf of a principal that is known: no address to read, no signature. */
import { AwsError, type HttpRequest, type HttpResponse, NotImplemented } from '../kernel/index.ts';
import type { Principal } from '../platform/index.ts';
import { authorise, execute, handlerOf, record, toAwsError } from './call.ts';
import type { Core } from './core.ts';
import { body, Exchange, parse } from './pipeline.ts';
import { plainError } from './plainError.ts';
import { wireOf } from './route.ts';
import { familyOf, unknownOperation, unknownService } from './vocabulary.ts';

export interface InsideRequest {
  readonly service: string;
  readonly request: HttpRequest;
  /** Absent: the request says it. */
  readonly operation: string | undefined;
  readonly principal: Principal;
  readonly account: string;
  readonly region: string;
}

/** @throws AwsError 501 for a service or an operation that isn't here; what a service refuses is an answer. */
export async function answerInside(core: Core, asked: InsideRequest): Promise<HttpResponse> {
  const { request } = asked;
  const exchange = new Exchange(request, core.ids.uuid(), core.clock.now());
  Object.assign(exchange, {
    principal: asked.principal,
    account: asked.account,
    region: asked.region,
    sourceIp: request.remoteAddress,
    secure: request.secure,
    userAgent: request.headers['user-agent'] ?? '',
    request,
  });
  let failure: AwsError | undefined;
  try {
    await findOperation(core, exchange, asked);
    for (const step of [body, parse, authorise, execute]) await step(core, exchange);
    exchange.response = response(exchange);
  } catch (thrown) {
    failure = toAwsError(core, exchange, thrown);
    if (failure instanceof NotImplemented || failure.code === 'NotImplemented') throw failure;
    exchange.response = errorResponse(exchange, failure);
  } finally {
    record(core, exchange, failure);
  }
  return (
    exchange.response ?? plainError(exchange, new AwsError('InternalFailure', 'No answer', { status: 500 }))
  );
}

async function findOperation(core: Core, exchange: Exchange, asked: InsideRequest): Promise<void> {
  const { request, service } = asked;
  const entry = core.options.services.find(
    ({ name, signingName }) => name === service || signingName === service,
  );
  if (!entry) throw unknownService(service, core.options.services);
  exchange.family = familyOf(entry, request);
  exchange.hosted = await core.options.service(entry.name);
  const wire = wireOf(request) ?? (/(?:^|&)Action=/.test(request.query) ? 'query' : undefined);
  const protocol = (await core.protocol(entry, wire)) ?? (await core.protocol(entry, undefined));
  if (!protocol) throw unknownOperation(exchange.family, request);
  exchange.protocol = protocol;
  if (asked.operation !== undefined) {
    exchange.operation = protocol.operation(asked.operation);
  } else {
    const read = protocol.operationInBody ? await request.body.bytes() : undefined;
    exchange.sentBody = read;
    exchange.operation = protocol.resolve(request, read);
  }
  if (!exchange.operation) throw unknownOperation(exchange.family, request);
  exchange.operationName = exchange.operation.name;
  if (!handlerOf(exchange.hosted.definition, exchange.operationName)) {
    throw new NotImplemented(`${entry.name}:${exchange.operationName}`);
  }
}

function inJson(request: HttpRequest): boolean {
  return request.headers.accept?.includes('json') === true;
}

function response({ operation, output, sent, requestId }: Exchange): HttpResponse | undefined {
  if (operation?.serializeJson && inJson(sent)) return operation.serializeJson(output, requestId);
  return operation?.serialize(output, requestId);
}

function errorResponse(exchange: Exchange, error: AwsError): HttpResponse {
  const { operation, protocol, requestId } = exchange;
  if (operation?.serializeJsonError && inJson(exchange.sent))
    return operation.serializeJsonError(error, requestId);
  if (operation) return operation.serializeError(error, requestId);
  return protocol ? protocol.serializeError(error, requestId) : plainError(exchange, error);
}
