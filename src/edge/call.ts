/**
 * One operation on behalf of a principal: what HTTP requests and the in-process client have in common.
 * `authorise`, `execute` and `record` are steps of both.
 */
import {
  authenticationError,
  type Decision,
  type ErrorFamily,
  isShutOut,
  type RequestFacts,
} from '../identity/index.ts';
import { AwsError, type HttpRequest, InternalFailure, NotImplemented } from '../kernel/index.ts';
import type {
  AnyService,
  AuthorizationRequest,
  AwsCaller,
  IamMode,
  OperationContext,
  Principal,
  ServiceEntry,
} from '../platform/index.ts';
import type { AuditRecord } from '../telemetry/port.ts';
import type { Core } from './core.ts';

/** A loaded service. Its room is known to itself only: `never` fits its parts and nothing else. */
export interface HostedService {
  readonly entry: ServiceEntry;
  readonly definition: AnyService;
  readonly room: never;
}

export class Call {
  readonly requestId: string;
  /** Milliseconds since the epoch, read once. */
  readonly now: number;
  hosted: HostedService | undefined;
  operationName = '';
  principal: Principal | undefined;
  account = '';
  region = '';
  sourceIp = '';
  secure = false;
  userAgent = '';
  family: ErrorFamily = 'rest';
  /** The HTTP request as the service may see it; absent in-process. */
  request: HttpRequest | undefined;
  signal: AbortSignal | undefined;
  /** Services that ask on behalf of the principal, each called by the one before, as hosts are named; in-process calls only. */
  via: readonly string[] | undefined;
  input: unknown;
  output: unknown;
  action = '';
  resources: readonly string[] = anyResources;
  decision: Decision | undefined;
  /** What IAM was asked, where it is more than one action. */
  asked: readonly Asked[] | undefined;
  /** What the decision does. */
  mode: IamMode = 'off';
  /** False when nobody has verified who asks, because the mode of its account wants no proof. */
  isProven = true;
  note: string | undefined;
  context: OperationContext<never> | undefined;

  constructor(requestId: string, now: number) {
    this.requestId = requestId;
    this.now = now;
  }

  /** `aws:Referer`. */
  get referer(): string | undefined {
    return this.request?.headers.referer;
  }
}

const anyResources: readonly string[] = ['*'];
const anyResource: AuthorizationRequest = { resources: anyResources };
type Asked = AuthorizationRequest & { readonly action: string };

/** Asks the policy decision point. @throws AwsError `AccessDenied…` in `enforce`. */
export function authorise(core: Core, call: Call): void | Promise<void> {
  if (core.authorizer.modes.isOff) return;
  const { definition } = hostedOf(call);
  const rule = definition.authorize[call.operationName];
  if (!rule && definition.unsigned?.has(call.operationName)) return;
  const asked = rule ? rule(contextOf(core, call), call.input as never) : anyResource;
  if (asked instanceof Promise) return asked.then((found) => decide(core, call, found));
  return decide(core, call, asked);
}

function decide(
  core: Core,
  call: Call,
  asked: AuthorizationRequest | readonly AuthorizationRequest[],
): void | Promise<void> {
  const { definition } = hostedOf(call);
  const usual = `${definition.iamPrefix ?? definition.name}:${call.operationName}`;
  const requests = isList(asked) ? asked.map((one) => withAction(one, usual)) : [withAction(asked, usual)];
  call.action = requests[0]?.action ?? usual;
  if (requests.length > 1) call.asked = requests;
  call.resources =
    requests.length === 1
      ? (requests[0]?.resources ?? anyResources)
      : requests.flatMap((request) => request.resources);
  const asking = requests[0]?.principal;
  if (asking) {
    call.principal = asking;
    call.isProven = true;
    call.account = asking.account;
  }
  const principal = principalOf(call);
  call.mode = core.authorizer.modeFor(principal, requests);
  if (call.mode === 'off') return;
  if (isShutOut(principal, definition.name, call.operationName)) return shutOut(call);
  const foreigner = core.authorizer.foreigner(principal, call.mode, requests);
  if (foreigner) return enforce(call, foreigner);
  const decision = core.authorizer.decide(principal, requests, factsOf(call));
  if (decision instanceof Promise) return decision.then((made) => enforce(call, made));
  return enforce(call, decision);
}

/** AWS knows the session, or knew it, and answers as if it didn't. */
function shutOut(call: Call): void {
  const fault = authenticationError(call.family, 'tokenInvalid');
  call.decision = { effect: 'explicit-deny', matched: [], message: fault.message };
  if (call.mode === 'enforce') throw fault;
}

/** Services whose resource policies may let in who comes unsigned, as S3's do; elsewhere `*` is whoever has an account. */
const openServices: ReadonlySet<string> = new Set(['sns', 'sqs']);

/**
 * Unsigned requests are S3's, those of operations that a service calls `unsigned` (most never come here) and those that a
 * policy of an open service allows. An operation that needs no permission (`GetCallerIdentity`) still needs a signature.
 */
function isLackingSignature(call: Call, decision: Decision): boolean {
  if (call.principal?.type !== 'anonymous' || call.family === 's3') return false;
  const { entry, definition } = hostedOf(call);
  if (!openServices.has(entry.signingName) && !definition.unsigned?.has(call.operationName)) return true;
  return decision.effect !== 'allow' || decision.matched.length === 0;
}

function withAction(request: AuthorizationRequest, usual: string): Asked {
  return request.action === undefined ? { ...request, action: usual } : (request as Asked);
}

function isList(
  asked: AuthorizationRequest | readonly AuthorizationRequest[],
): asked is readonly AuthorizationRequest[] {
  return Array.isArray(asked);
}

function enforce(call: Call, decision: Decision): void {
  call.decision = decision;
  if (call.mode !== 'enforce') return;
  if (decision.isGone) shutOut(call);
  if (isLackingSignature(call, decision)) {
    const isDynamoDb = call.hosted?.entry.signingName === 'dynamodb';
    throw authenticationError(call.family, 'missing', isDynamoDb ? missingInDynamoDb : undefined);
  }
  // An account that wants no proof of its own users gives none to accounts that do.
  if (!call.isProven && call.principal?.type !== 'anonymous')
    throw authenticationError(call.family, 'mismatch');
  if (decision.effect === 'implicit-deny' || decision.effect === 'explicit-deny') {
    throw accessDenied(call.family, decision.message ?? 'Access Denied');
  }
}

/** In words of its own, among the JSON services. */
const missingInDynamoDb = 'Request is missing Authentication Token';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function accessDenied(family: ErrorFamily, message: string): AwsError {
  if (family === 'query' || family === 's3') return new AwsError('AccessDenied', message, { status: 403 });
  return new AwsError('AccessDeniedException', message, {
    status: family === 'json' ? 400 : 403,
    // Whatever a service's own errors have, AWS writes the message of this one with a capital.
    members: { Message: message },
  });
}

/** Runs the handler. @throws AwsError what the operation answers; anything else is logged and `InternalFailure`. */
export function execute(core: Core, call: Call): Promise<void> {
  const { definition } = hostedOf(call);
  const handler = handlerOf(definition, call.operationName);
  if (!handler) throw new NotImplemented(`${definition.name}:${call.operationName}`);
  return handler(contextOf(core, call), call.input as never).then((output) => {
    call.output = output;
  });
}

export function handlerOf(definition: AnyService, name: string) {
  return Object.hasOwn(definition.operations, name) ? definition.operations[name] : undefined;
}

/** Writes the audit record. @param error what the caller is told, when it failed. */
export function record(core: Core, call: Call, error: AwsError | undefined): void {
  const decision = call.decision?.effect ?? 'not-evaluated';
  const isDenied = decision === 'implicit-deny' || decision === 'explicit-deny';
  const notes = notesOf(call);
  const written: AuditRecord = {
    time: call.now,
    requestId: call.requestId,
    account: call.account,
    region: call.region,
    principal: call.principal?.arn ?? 'anonymous',
    action: call.action || usualAction(call),
    resources: call.resources,
    decision,
    overridden: isDenied && call.mode === 'audit',
    durationMs: core.clock.now() - call.now,
  };
  if (error) written.error = error.code;
  if (call.asked) written.asked = call.asked;
  const denied = call.decision?.denied;
  if (denied) {
    const { action, resource } = denied;
    written.denied = { action, resource, reason: call.decision?.message ?? 'Access Denied' };
  }
  if (notes) written.notes = notes;
  core.telemetry.audit(written);
}

function usualAction(call: Call): string {
  const definition = call.hosted?.definition;
  return `${definition?.iamPrefix ?? definition?.name ?? 'unknown'}:${call.operationName || 'Unknown'}`;
}

function notesOf(call: Call): readonly string[] | undefined {
  const matched = call.decision?.matched;
  if (call.note === undefined) return matched && matched.length > 0 ? matched : undefined;
  return [call.note, ...(matched ?? [])];
}

/** Any throw as the caller is told of it; what isn't AWS's vocabulary is our bug and is logged with its cause. */
export function toAwsError(core: Core, call: Call, thrown: unknown): AwsError {
  if (thrown instanceof AwsError) {
    if (thrown.fault === 'server' && thrown.status !== 501) logFailure(core, call, thrown);
    return thrown;
  }
  logFailure(core, call, thrown);
  return new InternalFailure(
    'The request processing has failed because of an unknown error, exception or failure.',
  );
}

function logFailure(core: Core, call: Call, thrown: unknown): void {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  core.telemetry.log('error', `${usualAction(call)} failed`, {
    requestId: call.requestId,
    error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
  });
}

export function hostedOf(call: Call): HostedService {
  if (!call.hosted) throw new Error('The call has no service yet');
  return call.hosted;
}

function principalOf(call: Call): Principal {
  if (!call.principal) throw new Error('The call has no principal yet');
  return call.principal;
}

function factsOf(call: Call): RequestFacts {
  return call;
}

const never = new AbortController().signal;

export function contextOf(core: Core, call: Call): OperationContext<never> {
  call.context ??= new CallContext(core, call);
  return call.context;
}

class CallContext implements OperationContext<never> {
  readonly room: never;
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly now: number;
  readonly aws: AwsCaller;
  declare readonly request?: HttpRequest;
  declare readonly via?: string;
  readonly #call: Call;

  constructor(core: Core, call: Call) {
    this.room = hostedOf(call).room;
    this.account = call.account;
    this.region = call.region;
    this.principal = principalOf(call);
    this.requestId = call.requestId;
    this.sourceIp = call.sourceIp;
    this.now = call.now;
    this.aws = core.aws(this, hostedOf(call).entry.hostPrefixes[0], call.via);
    const via = call.via?.at(-1);
    if (via !== undefined) this.via = via;
    if (call.request) this.request = call.request;
    this.#call = call;
  }

  /** An AbortController and its listener cost more than most operations: made for those that ask. */
  get signal(): AbortSignal {
    return this.#call.signal ?? this.#call.request?.signal ?? never;
  }
}
