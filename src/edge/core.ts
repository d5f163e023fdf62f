/** What every operation runs with, and the in-process way in: same check, same record, no HTTP. */
import {
  Authenticator,
  Authorizer,
  type CredentialSource,
  type PolicySource,
  type RootKey,
  readCredentialScope,
} from '../identity/index.ts';
import {
  type AwsError,
  type Clock,
  type HttpRequest,
  type HttpResponse,
  type Ids,
  NotImplemented,
  SystemClock,
  UnknownOperationException,
} from '../kernel/index.ts';
import {
  type AwsCaller,
  type IamMode,
  IamModes,
  type Principal,
  type ServiceEntry,
  type TrustSource,
  type UseSink,
} from '../platform/index.ts';
import type { ProtocolName } from '../protocol/model.ts';
import type { ServiceProtocol } from '../protocol/port.ts';
import type { Telemetry } from '../telemetry/port.ts';
import {
  accessDenied,
  authorise,
  Call,
  execute,
  type HostedService,
  handlerOf,
  record,
  toAwsError,
} from './call.ts';
import { answerInside } from './inside.ts';
import { createRouter, type OwnHosts, type Router } from './route.ts';
import { unknownService } from './vocabulary.ts';

export interface CoreOptions {
  readonly services: readonly ServiceEntry[];
  /** Custom domains; none when absent. */
  readonly hosts?: OwnHosts;
  /** One mode for all accounts, or one for each. */
  readonly iam: IamMode | IamModes;
  readonly defaultAccount: string;
  readonly defaultRegion: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  readonly credentials: CredentialSource;
  readonly policies: PolicySource;
  /** Told of every verified request that has a key; nobody when absent. */
  readonly uses?: UseSink;
  /** Trust policies of roles that services work as. Absent: every role trusts every service. */
  readonly trusts?: TrustSource;
  /** Seals what administrators may read of denials; they are told nothing when absent. */
  sealDenial?(account: string, details: string): string;
  /** `test`/`test` when absent. */
  readonly rootKey?: RootKey;
  /** Loads a service by folder name. */
  service(name: string): HostedService | Promise<HostedService>;
  /**
   * @param wire the protocol that the request's headers speak; undefined when they don't say (then the service's own).
   * @returns undefined when the service doesn't speak it.
   */
  protocol(entry: ServiceEntry, wire: ProtocolName | undefined): Promise<ServiceProtocol | undefined>;
  /** The principal of a session of a role, for `aws.asRole`. */
  assumeRole(roleArn: string, sessionName: string): Promise<Principal>;
}

export interface OperationCall {
  readonly service: string;
  readonly operation: string;
  readonly input: object;
  readonly principal: Principal;
  readonly account: string;
  readonly region: string;
  readonly sourceIp?: string;
  readonly requestId?: string;
  readonly signal?: AbortSignal;
  /** Services that ask on behalf of the principal, in their order. */
  readonly via?: readonly string[] | undefined;
}

const machine = new SystemClock();

export class Core {
  readonly options: CoreOptions;
  readonly router: Router;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  readonly #protocols = new Map<ServiceEntry, Map<ProtocolName | undefined, ServiceProtocol>>();

  constructor(options: CoreOptions) {
    this.options = options;
    this.clock = options.clock;
    this.ids = options.ids;
    this.telemetry = options.telemetry;
    this.router = createRouter(options.services, options.hosts);
    const modes = typeof options.iam === 'string' ? new IamModes(options.iam) : options.iam;
    this.authorizer = new Authorizer(modes, options.policies);
    this.authenticator = new Authenticator({
      modes,
      defaultAccount: options.defaultAccount,
      rootKey: options.rootKey ?? { accessKeyId: 'test', secretAccessKey: 'test' },
      source: options.credentials,
      machineNow: () => machine.now(),
    });
  }

  /** True when the address leads to a data plane, which answers browsers by its own rules. */
  isDataPlane(request: HttpRequest): boolean {
    const scope = readCredentialScope(request.headers, request.query);
    return this.router.route(request, scope).kind === 'endpoint';
  }

  /**
   * @param via the service that asks on behalf of the principal, as hosts are named.
   * @param before services on whose behalf that one was asked, in their order.
   */
  aws(
    as: { account: string; region: string; principal: Principal },
    via?: string,
    before?: readonly string[],
  ): AwsCaller {
    return new InProcessCaller(this, as.principal, as.account, as.region, via, before);
  }

  /** The compiled protocol when it was asked for before: the hot path takes no turn of the event loop. */
  knownProtocol(entry: ServiceEntry, wire: ProtocolName | undefined): ServiceProtocol | undefined {
    return this.#protocols.get(entry)?.get(wire);
  }

  async protocol(entry: ServiceEntry, wire: ProtocolName | undefined): Promise<ServiceProtocol | undefined> {
    const known = this.knownProtocol(entry, wire);
    if (known) return known;
    const protocol = await this.options.protocol(entry, wire);
    if (!protocol) return undefined;
    let byWire = this.#protocols.get(entry);
    if (!byWire) {
      byWire = new Map();
      this.#protocols.set(entry, byWire);
    }
    byWire.set(wire, protocol);
    return protocol;
  }

  /**
   * Runs an operation for the in-process client. @returns the handler's output.
   * @throws AwsError what a client would be told.
   */
  async runOperation(asked: OperationCall): Promise<unknown> {
    const call = new Call(asked.requestId ?? this.ids.uuid(), this.clock.now());
    call.operationName = asked.operation;
    call.principal = asked.principal;
    call.account = asked.account;
    call.region = asked.region;
    call.sourceIp = asked.sourceIp ?? '127.0.0.1';
    // Within the process nothing is overheard: policies that want TLS keep clients out, not services.
    call.secure = true;
    call.signal = asked.signal;
    call.via = asked.via;
    call.input = asked.input;
    let failure: AwsError | undefined;
    try {
      const entry = this.options.services.find(({ name }) => name === asked.service);
      if (!entry) throw unknownService(asked.service, this.options.services);
      call.hosted = await this.options.service(entry.name);
      const protocol = await this.protocol(entry, undefined);
      const operation = protocol?.operation(asked.operation);
      if (!operation) {
        throw new UnknownOperationException(`${asked.service} has no operation ${asked.operation}.`);
      }
      if (!handlerOf(call.hosted.definition, asked.operation)) {
        throw new NotImplemented(`${asked.service}:${asked.operation}`);
      }
      operation.validate(asked.input);
      for (const step of [authorise, execute]) await step(this, call);
      return call.output;
    } catch (thrown) {
      failure = toAwsError(this, call, thrown);
      throw failure;
    } finally {
      record(this, call, failure);
    }
  }
}

class InProcessCaller implements AwsCaller {
  readonly #core: Core;
  readonly #principal: Principal;
  readonly #account: string;
  readonly #region: string;
  readonly #via: string | undefined;
  readonly #before: readonly string[] | undefined;

  constructor(
    core: Core,
    principal: Principal,
    account: string,
    region: string,
    via?: string,
    before?: readonly string[],
  ) {
    this.#core = core;
    this.#via = via;
    this.#before = before;
    this.#principal = principal;
    this.#account = account;
    this.#region = region;
  }

  async call<Output = Record<string, unknown>>(
    service: string,
    operation: string,
    input: object,
  ): Promise<Output> {
    const output = await this.#core.runOperation({
      service,
      operation,
      input,
      principal: this.#principal,
      account: this.#account,
      region: this.#region,
      via: this.#via === undefined ? undefined : [...(this.#before ?? []), this.#via],
    });
    return (output ?? {}) as Output;
  }

  http(service: string, request: HttpRequest, operation?: string): Promise<HttpResponse> {
    return answerInside(this.#core, {
      service,
      request,
      operation,
      principal: this.#principal,
      account: this.#account,
      region: this.#region,
    });
  }

  as(change: { principal?: Principal; account?: string; region?: string }): AwsCaller {
    // Who acts as itself, or as somebody else, asks on nobody's behalf.
    const isOther = change.principal !== undefined;
    return new InProcessCaller(
      this.#core,
      change.principal ?? this.#principal,
      change.account ?? this.#account,
      change.region ?? this.#region,
      isOther ? undefined : this.#via,
      isOther ? undefined : this.#before,
    );
  }

  async asRole(roleArn: string, sessionName: string): Promise<AwsCaller> {
    const principal = await this.#core.options.assumeRole(roleArn, sessionName);
    await checkTrust(this.#core, this.#principal, principal, roleArn, this.#region);
    return new InProcessCaller(this.#core, principal, principal.account, this.#region);
  }
}

/**
 * Where a role's account is enforced, a service works as the role only if the role trusts it: the right to pass a role is none
 * to hand it to any service. Others act as roles that were looked at before. @throws AwsError AccessDenied
 */
async function checkTrust(
  core: Core,
  service: Principal,
  role: Principal,
  roleArn: string,
  region: string,
): Promise<void> {
  const { trusts } = core.options;
  if (!trusts || service.type !== 'service' || core.authorizer.modes.of(role.account) !== 'enforce') return;
  const trust = (await trusts.trustOf(roleArn)) ?? '{"Statement":[]}';
  const question = { action: 'sts:AssumeRole', resources: [roleArn], resourcePolicy: trust };
  const facts = { now: core.clock.now(), region, sourceIp: '127.0.0.1', secure: true };
  const { effect, message } = await core.authorizer.decide(service, [question], facts);
  if (effect !== 'allow') throw accessDenied('query', message ?? 'Access Denied');
}
