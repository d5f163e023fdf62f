/** The way of a request through the edge, as an ordered list of steps. */
import {
  type Caller,
  type CredentialScope,
  emptyHash,
  readCredentialScope,
  sha256Hex,
} from '../identity/index.ts';
import { AwsError, type HttpRequest, type HttpResponse, NotImplemented } from '../kernel/index.ts';
import { authorizationMessageHeader, type Principal, type ServiceEntry } from '../platform/index.ts';
import type { CompiledOperation, ServiceProtocol } from '../protocol/port.ts';
import { authorise, Call, execute, handlerOf, record, toAwsError } from './call.ts';
import type { Core } from './core.ts';
import { decodeRequest, decompressed } from './decode.ts';
import { serveEndpoint } from './endpoints.ts';
import { bodyBytesMaxByService, bodyBytesMaxDefault } from './limits.ts';
import { plainError } from './plainError.ts';
import type { Route } from './route.ts';
import { familyOf, isJsonWanted, payloadHashOf, unknownOperation, unknownService } from './vocabulary.ts';

/** A call with its HTTP side. */
export class Exchange extends Call {
  /** As it was sent: what the signature covers. */
  readonly sent: HttpRequest;
  scope: CredentialScope | undefined;
  found: Route | undefined;
  protocol: ServiceProtocol | undefined;
  operation: CompiledOperation | undefined;
  caller: Caller | undefined;
  /** The body as it was sent; undefined while it is unread. */
  sentBody: Uint8Array | undefined;
  /** The body after content decoding. */
  body: Uint8Array | undefined;
  response: HttpResponse | undefined;

  constructor(sent: HttpRequest, requestId: string, now: number) {
    super(requestId, now);
    this.sent = sent;
  }
}

type Step = (core: Core, exchange: Exchange) => void | Promise<void>;

const operationSteps: readonly Step[] = [
  identify,
  operation,
  body,
  verify,
  tellOfUse,
  parse,
  authorise,
  execute,
  serialise,
];

/** Answers any request for a service or one of its data planes. It never throws. */
export async function handle(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const exchange = new Exchange(request, core.ids.uuid(), core.clock.now());
  let failure: AwsError | undefined;
  try {
    const routed = route(core, exchange);
    if (routed) await routed;
    if (exchange.found?.kind === 'endpoint') return await serveEndpoint(core, exchange, exchange.found);
    for (const step of operationSteps) {
      const underWay = step(core, exchange);
      if (underWay) await underWay;
    }
  } catch (thrown) {
    failure = toAwsError(core, exchange, thrown);
    exchange.response = await errorResponse(core, exchange, failure);
    tellOfDenial(core, exchange, exchange.response);
  }
  record(core, exchange, failure);
  return (
    exchange.response ?? plainError(exchange, new AwsError('InternalFailure', 'No answer', { status: 500 }))
  );
}

/** Finds the service. An unsigned form has to be read for that. */
function route(core: Core, exchange: Exchange): void | Promise<void> {
  const { sent } = exchange;
  exchange.scope = readCredentialScope(sent.headers, sent.query);
  const found = core.router.route(sent, exchange.scope);
  if (found.kind !== 'form') return settle(core, exchange, found);
  return readBody(exchange, bodyBytesMaxDefault).then((bytes) => {
    const form = new TextDecoder().decode(bytes);
    settle(core, exchange, core.router.routeForm(form, found.region));
  });
}

function settle(core: Core, exchange: Exchange, found: Route): void {
  exchange.found = found;
  const { options } = core;
  exchange.sourceIp = exchange.sent.remoteAddress;
  exchange.secure = exchange.sent.secure;
  exchange.userAgent = exchange.sent.headers['user-agent'] ?? '';
  exchange.account = options.defaultAccount;
  exchange.region = options.defaultRegion;
  if (found.kind === 'unknown') throw unknownService(found.service, options.services);
  if (found.kind !== 'operation') return;
  if (found.region) exchange.region = found.region;
  exchange.family = familyOf(found.candidates[0], exchange.sent);
  exchange.request = found.path === exchange.sent.path ? exchange.sent : withPath(exchange.sent, found.path);
}

/** Finds who asks, by access key. */
function identify(core: Core, exchange: Exchange): void | Promise<void> {
  const { sent, scope, family, now } = exchange;
  const caller = core.authenticator.identify(sent, scope, family, now);
  if (caller instanceof Promise) return caller.then((found) => setCaller(exchange, found));
  setCaller(exchange, caller);
}

function setCaller(exchange: Exchange, caller: Caller): void {
  exchange.caller = caller;
  exchange.principal = caller.principal;
  exchange.account = caller.principal.account;
  exchange.note = caller.note;
  exchange.isProven = caller.claim !== undefined;
}

/** Finds the operation, by target header, path or (query protocols) body. */
function operation(core: Core, exchange: Exchange): void | Promise<void> {
  if (exchange.found?.kind !== 'operation') return;
  const { candidates, wire } = exchange.found;
  const only = candidates.length === 1 ? candidates[0] : undefined;
  const protocol = only && core.knownProtocol(only, wire);
  if (!only || !protocol || protocol.operationInBody) return findOperation(core, exchange, candidates);
  exchange.protocol = protocol;
  exchange.operation = protocol.resolve(exchange.request ?? exchange.sent);
  const hosted = core.options.service(only.name);
  if (hosted instanceof Promise) return findOperation(core, exchange, candidates);
  exchange.hosted = hosted;
  checkOperation(exchange, only);
}

async function findOperation(
  core: Core,
  exchange: Exchange,
  candidates: readonly ServiceEntry[],
): Promise<void> {
  const wire = exchange.found?.kind === 'operation' ? exchange.found.wire : undefined;
  for (const entry of candidates) {
    const protocol = (await core.protocol(entry, wire)) ?? (await core.protocol(entry, undefined));
    if (!protocol) continue;
    exchange.protocol ??= protocol;
    const bytes = protocol.operationInBody ? await readBody(exchange, bodyLimitOf(entry)) : undefined;
    const found = protocol.resolve(exchange.request ?? exchange.sent, bytes);
    if (!found) continue;
    exchange.protocol = protocol;
    exchange.operation = found;
    exchange.hosted = await core.options.service(entry.name);
    return checkOperation(exchange, entry);
  }
  throw unknownOperation(exchange.family, exchange.sent);
}

function checkOperation(exchange: Exchange, entry: ServiceEntry): void {
  if (!exchange.operation) throw unknownOperation(exchange.family, exchange.sent);
  exchange.operationName = exchange.operation.name;
  if (exchange.hosted && !handlerOf(exchange.hosted.definition, exchange.operationName)) {
    throw new NotImplemented(`${entry.name}:${exchange.operationName}`);
  }
}

/** Reads the body, or prepares it to be streamed. */
export function body(core: Core, exchange: Exchange): void | Promise<void> {
  const { operation, request } = exchange;
  if (!operation || !request) return;
  exchange.request = decodeRequest(core, exchange, request);
  if (operation.streamsInput) return;
  if (exchange.request === exchange.sent && exchange.sent.headers['content-encoding'] === undefined) {
    return readPlain(exchange);
  }
  return readWhole(exchange, exchange.request);
}

/** The way of nearly every request: the body as it was sent is the body. */
function readPlain(exchange: Exchange): void | Promise<void> {
  if (exchange.sentBody !== undefined) {
    exchange.body = exchange.sentBody;
    return;
  }
  const limit = exchange.hosted ? bodyLimitOf(exchange.hosted.entry) : bodyBytesMaxDefault;
  return exchange.sent.body.bytes(limit).then((bytes) => {
    exchange.sentBody = bytes;
    exchange.body = bytes;
  });
}

async function readWhole(exchange: Exchange, request: HttpRequest): Promise<void> {
  const limit = exchange.hosted ? bodyLimitOf(exchange.hosted.entry) : bodyBytesMaxDefault;
  const isFramed = request.body !== exchange.sent.body;
  const sent = isFramed ? await request.body.bytes(limit) : await readBody(exchange, limit);
  const coding = request.headers['content-encoding'];
  // S3 keeps an object's content coding; a body that is an S3 document has none.
  exchange.body =
    coding === undefined || exchange.family === 's3' ? sent : await decompressed(sent, coding, limit);
}

async function readBody(exchange: Exchange, limit: number): Promise<Uint8Array> {
  exchange.sentBody ??= await exchange.sent.body.bytes(limit);
  return exchange.sentBody;
}

function bodyLimitOf(entry: ServiceEntry): number {
  return bodyBytesMaxByService[entry.name] ?? bodyBytesMaxDefault;
}

/** Verifies the signature, now that the payload's hash is known. */
function verify(core: Core, exchange: Exchange): void {
  const { caller, sent, family, now } = exchange;
  if (!caller) return;
  exchange.note = core.authenticator.verify(caller, sent, family, now, () =>
    payloadHashOf(exchange.scope, sent, family, () =>
      exchange.sentBody === undefined || exchange.sentBody.length === 0
        ? emptyHash
        : sha256Hex(exchange.sentBody),
    ),
  );
  if (exchange.note !== undefined) exchange.isProven = false;
}

/** A note says what `enforce` would have refused: whoever sent that hasn't shown to have the key. */
function tellOfUse(core: Core, exchange: Exchange): void {
  const { caller, note, region, now } = exchange;
  if (caller?.accessKeyId === undefined || note !== undefined) return;
  const service = exchange.hosted?.entry.signingName ?? '';
  core.options.uses?.saw(caller.accessKeyId, caller.principal, service, region, now);
}

export function parse(_core: Core, exchange: Exchange): void {
  const { operation, request } = exchange;
  if (operation && request) exchange.input = operation.parse(request, exchange.body);
}

function serialise(_core: Core, exchange: Exchange): void {
  const { operation, output, requestId } = exchange;
  exchange.response =
    operation?.serializeJson && isJsonWanted(exchange)
      ? operation.serializeJson(output, requestId)
      : operation?.serialize(output, requestId);
}

async function errorResponse(core: Core, exchange: Exchange, error: AwsError): Promise<HttpResponse> {
  const { operation, found, requestId } = exchange;
  try {
    if (operation?.serializeJsonError && isJsonWanted(exchange))
      return operation.serializeJsonError(error, requestId);
    if (operation) return operation.serializeError(error, requestId);
    const protocol = exchange.protocol ?? (await protocolOf(core, found));
    if (protocol) return protocol.serializeError(error, requestId);
  } catch (thrown) {
    toAwsError(core, exchange, thrown);
  }
  return plainError(exchange, error);
}

/** Those who were denied hold it, sealed; whoever may decode it in their account reads why. */
function tellOfDenial(core: Core, exchange: Exchange, response: HttpResponse): void {
  const { decision, mode, principal, isProven } = exchange;
  if (mode !== 'enforce' || !decision?.details || !isProven || !core.options.sealDenial) return;
  if (!principal || !isOfAccount(principal)) return;
  try {
    const details = decision.details();
    if (details === undefined) return;
    response.headers[authorizationMessageHeader] = core.options.sealDenial(principal.account, details);
  } catch (thrown) {
    toAwsError(core, exchange, thrown);
  }
}

function isOfAccount({ type }: Principal): boolean {
  return type === 'root' || type === 'user' || type === 'role' || type === 'federatedUser';
}

/** What is refused before its operation is known (a signature, say) is told in the words of its service all the same. */
async function protocolOf(core: Core, found: Route | undefined): Promise<ServiceProtocol | undefined> {
  if (found?.kind !== 'operation') return undefined;
  const [entry] = found.candidates;
  return entry && (await core.protocol(entry, found.wire));
}

/** The same request under another path. */
function withPath(sent: HttpRequest, path: string): HttpRequest {
  return {
    method: sent.method,
    path,
    query: sent.query,
    headers: sent.headers,
    rawHeaders: sent.rawHeaders,
    remoteAddress: sent.remoteAddress,
    secure: sent.secure,
    get body() {
      return sent.body;
    },
    get signal() {
      return sent.signal;
    },
  };
}
