/** Runs a version of a function: its environment, its credentials, its place among the concurrent ones, its logs. */
import {
  type EnvironmentIdentity,
  type EnvironmentSpec,
  type InvocationResult,
  type LogEvent,
  MissingRuntime,
  type ResponseStream,
} from '../../compute/index.ts';
import { AwsError } from '../../kernel/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { Packages } from './code/packages.ts';
import type { Concurrency } from './concurrency.ts';
import type { ExecutionCredentials, RoleCredentials } from './credentials.ts';
import { embeddedMetrics, mayHoldMetrics } from './domain/embeddedMetrics.ts';
import { checkInvocable } from './domain/invocable.ts';
import { extendLineage, lineageName } from './domain/lineage.ts';
import { functionArn } from './domain/names.ts';
import { notRestored, snapStartOf } from './domain/snapStart.ts';
import { logStreamName, variablesOf } from './domain/variables.ts';
import { InvalidRuntimeException, RecursiveInvocationException, ServiceException } from './errors.ts';
import type { Inspections } from './inspections.ts';
import { initTimeoutMs, recursiveInvocationsMax } from './limits.ts';
import { LogTail } from './logTail.ts';
import type { Claim, Provisioned } from './provisioned.ts';
import type { Configuration } from './records.ts';
import { runtimeOf } from './runtimeOf.ts';
import type { Place } from './store.ts';
import { TenantKeys } from './tenantKeys.ts';

/** Functions whose names in lineages are remembered. */
const lineageNamesMax = 10_000;
/** Of a trace id and a segment id. */
const traceBytes = 20;

export interface Execution {
  readonly place: Place;
  readonly configuration: Configuration;
  /** As the caller named it; the ARN that the function sees. */
  readonly qualifier: string | undefined;
  readonly requestId: string;
  readonly payload: Uint8Array;
  readonly reservedConcurrency: number | undefined;
  /** What becomes of a chain that comes back and back; `Terminate` when absent. */
  readonly recursiveLoop?: 'Allow' | 'Terminate' | undefined;
  readonly traceId?: string | undefined;
  /** Whose environment it needs, where the function keeps tenants apart. */
  readonly tenantId?: string | undefined;
  /** JSON texts; the second where an identity pool of Cognito gave the caller its credentials. */
  readonly clientContext?: string | undefined;
  readonly cognitoIdentity?: string | undefined;
  /** Gather the end of the log, for `LogType: Tail`. */
  readonly tail?: boolean;
  readonly onStream?: ResponseStream;
}

type SpecFacts = Pick<Execution, 'place' | 'configuration' | 'tenantId'>;

export interface Executed {
  readonly result: InvocationResult;
  /** The last 4 KB of the invocation's log. */
  readonly tail: string;
}

export class Executor {
  readonly #platform: Platform;
  readonly #packages: Packages;
  readonly #credentials: ExecutionCredentials;
  readonly #provisioned: Provisioned;
  readonly #inspections: Inspections;
  readonly #concurrency: Concurrency;
  /** Log lines of invocations that asked for them, by request id. */
  readonly #tails = new Map<string, LogTail>();
  /** Keys of the environments of a version, to retire the old ones when credentials are renewed. */
  readonly #keys = new Map<string, string>();
  /** By configuration, which stays the same object until the function changes. */
  readonly #specs = new WeakMap<
    Configuration,
    { readonly spec: EnvironmentSpec; readonly credentials: RoleCredentials }
  >();
  readonly #tenants = new TenantKeys();
  readonly #lineageNames = new Map<string, string>();
  readonly #streams = new WeakMap<EnvironmentIdentity, string>();
  #chance: Buffer = Buffer.alloc(0);

  constructor(options: {
    platform: Platform;
    packages: Packages;
    credentials: ExecutionCredentials;
    provisioned: Provisioned;
    inspections: Inspections;
    concurrency: Concurrency;
  }) {
    this.#platform = options.platform;
    this.#packages = options.packages;
    this.#credentials = options.credentials;
    this.#provisioned = options.provisioned;
    this.#inspections = options.inspections;
    this.#concurrency = options.concurrency;
  }

  /**
   * @throws TooManyRequestsException when the function or its account has no concurrency left.
   * @throws RecursiveInvocationException when a chain of invocations has come here too often.
   */
  async run(execution: Execution): Promise<Executed> {
    checkInvocable(execution.configuration, execution.tenantId, this.#platform.clock.now());
    const traceId = this.#follow(execution);
    // Provisioned concurrency is used first; what is beyond it takes part in the rest.
    const claim = this.#provisioned.claim(execution);
    const leave = claim?.leave ?? this.#concurrency.enter(execution.place, execution.reservedConcurrency);
    let report: Promise<unknown> | undefined;
    try {
      const executed = await this.#run(execution, traceId, claim);
      report = executed.result.report;
      return executed;
    } finally {
      // Extensions that go on after the answer keep the invocation's place.
      if (report) void report.then(leave);
      else leave();
    }
  }

  /**
   * The environment of a version whose invocations are to find it initialized.
   * @param owner the qualifier whose provisioned concurrency it belongs to.
   */
  async provisionedSpec(
    place: Place,
    configuration: Configuration,
    owner: string,
  ): Promise<{ spec: EnvironmentSpec; expiresAt: number }> {
    const { credentials, codeFolder, layerFolders } = await this.#needs(place, configuration);
    const { config } = this.#platform;
    const initializationType = 'provisioned-concurrency';
    const spec = {
      ...this.#specOf(place, configuration, codeFolder, layerFolders),
      key: `${keyOf(place, configuration, credentials)}:provisioned:${owner}`,
      environment: variablesOf(place, configuration, credentials, config.endpoint, initializationType),
      initializationType,
    } as const;
    return { spec, expiresAt: credentials.expiresAt };
  }

  /** Makes ready what can be made ready before the first invocation: sandboxes of the shape, the code's folder, credentials. */
  prepare(place: Place, configuration: Configuration): void {
    this.#platform.compute.prepare({
      ...runtimeOf(configuration),
      memoryMb: configuration.memoryMb,
      ephemeralStorageMb: configuration.ephemeralStorageMb,
    });
    const arn = functionArn(place);
    Promise.resolve(this.#credentials.of(configuration.role, place.name, arn, place.region)).catch(() => {
      // The first invocation asks again, and reports it.
    });
  }

  /** Where IAM is enforced, a role that doesn't trust Lambda is refused before a function has it. */
  async checkRole(place: Place, role: string): Promise<void> {
    if (this.#platform.modes.of(place.account) !== 'enforce') return;
    await this.#credentials.of(role, place.name, functionArn(place), place.region);
  }

  /** Ends the environments of a version that has changed or is gone. */
  async retire(place: Place, configuration: Configuration): Promise<void> {
    const version = versionKey(place, configuration);
    const key = this.#keys.get(version);
    this.#keys.delete(version);
    if (key) await this.#retireKey(key);
  }

  async #retireKey(key: string): Promise<void> {
    await Promise.all(this.#tenants.take(key).map((each) => this.#platform.compute.retire(each)));
  }

  async #run(execution: Execution, traceId: string, claim: Claim | undefined): Promise<Executed> {
    const { place, configuration, requestId } = execution;
    const { compute, telemetry } = this.#platform;
    const spec = claim?.spec ?? this.#knownSpec(execution) ?? (await this.#onDemandSpec(execution));
    const tail = new LogTail();
    if (execution.tail) this.#tails.set(requestId, tail);
    try {
      const result = await compute.invoke(spec, {
        requestId,
        payload: execution.payload,
        timeoutMs: configuration.timeout * 1000,
        functionArn: functionArn(place, execution.qualifier),
        version: configuration.version,
        traceId,
        ...(execution.onStream ? { onStream: execution.onStream } : {}),
        ...(execution.clientContext === undefined ? {} : { clientContext: execution.clientContext }),
        ...(execution.cognitoIdentity === undefined ? {} : { cognitoIdentity: execution.cognitoIdentity }),
        ...(execution.tenantId === undefined ? {} : { tenantId: execution.tenantId }),
      });
      if (!result.ok && result.restoreFailed) throw notRestored(result.restoreFailed);
      const measured = result.report?.then((usage) => this.#measure(execution, { ...result, ...usage }));
      if (!measured) this.#measure(execution, result);
      else if (execution.tail) await measured;
      return { result, tail: tail.base64 };
    } catch (error) {
      if (error instanceof AwsError) throw error;
      if (error instanceof MissingRuntime) throw new InvalidRuntimeException(error.message);
      telemetry.log('error', `no environment for ${functionArn(place)}`, { cause: String(error) });
      throw new ServiceException(
        `Brume could not start an execution environment: ${(error as Error).message}`,
      );
    } finally {
      this.#tails.delete(requestId);
    }
  }

  /** What an environment is made of, ready to be used. */
  async #needs(place: Place, configuration: Configuration) {
    const found = this.#credentials.of(configuration.role, place.name, functionArn(place), place.region);
    const credentials = found instanceof Promise ? await found : found;
    const folder = this.#packages.folder(configuration.code);
    const codeFolder = typeof folder === 'string' ? folder : await folder;
    const layerFolders: string[] = [];
    for (const { code } of configuration.layers) layerFolders.push(await this.#packages.folder(code));
    return { credentials, codeFolder, layerFolders };
  }

  /** The one made for the configuration before, as long as what it was made of stays the same. */
  #knownSpec({ place, configuration, tenantId }: Execution): EnvironmentSpec | undefined {
    const known = tenantId === undefined ? this.#specs.get(configuration) : undefined;
    if (!known || this.#inspections.portOf(place) !== known.spec.inspectPort) return undefined;
    const arn = functionArn(place);
    const credentials = this.#credentials.of(configuration.role, place.name, arn, place.region);
    if (credentials !== known.credentials) return undefined;
    return this.#packages.folder(configuration.code) === known.spec.codeFolder ? known.spec : undefined;
  }

  /** What the invocations of a version begin with. */
  specOf(facts: SpecFacts): Promise<EnvironmentSpec> {
    return this.#onDemandSpec(facts);
  }

  async #onDemandSpec({ place, configuration, tenantId }: SpecFacts): Promise<EnvironmentSpec> {
    const { credentials, codeFolder, layerFolders } = await this.#needs(place, configuration);
    const { config } = this.#platform;
    const version = versionKey(place, configuration);
    const inspectPort = this.#inspections.portOf(place);
    const inspected = inspectPort === undefined ? undefined : { inspectPort };
    const snapStart = inspected ? undefined : snapStartOf(configuration);
    const key = keyOf(place, configuration, credentials) + (inspected ? `:inspect${inspectPort}` : '');
    const previous = this.#keys.get(version);
    if (previous !== key) {
      this.#keys.set(version, key);
      if (previous) void this.#retireKey(previous);
    }
    const spec = {
      ...this.#specOf(place, configuration, codeFolder, layerFolders),
      ...snapStart,
      ...inspected,
      key: tenantId === undefined ? key : this.#tenants.keyOf(key, tenantId),
      // Only a cold start looks at it.
      get environment() {
        return variablesOf(place, configuration, credentials, config.endpoint, snapStart?.initializationType);
      },
    };
    // Layers' folders are looked at each time: whoever uses them is asked for them.
    if (tenantId === undefined && layerFolders.length === 0)
      this.#specs.set(configuration, { spec, credentials });
    return spec;
  }

  #specOf(
    place: Place,
    configuration: Configuration,
    codeFolder: string,
    layerFolders: readonly string[],
  ): Omit<EnvironmentSpec, 'key' | 'environment'> {
    const { logging } = configuration;
    return {
      ...runtimeOf(configuration),
      handler: configuration.handler,
      codeFolder,
      codeOwner: functionArn(place),
      layerFolders,
      variablesOf: (environment) => ({
        AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(place, configuration, environment),
      }),
      memoryMb: configuration.memoryMb,
      ephemeralStorageMb: configuration.ephemeralStorageMb,
      initTimeoutMs,
      accountId: place.account,
      logFormat: logging.format,
      ...(logging.systemLevel === undefined ? {} : { systemLogLevel: logging.systemLevel }),
      ...(logging.applicationLevel === undefined ? {} : { applicationLogLevel: logging.applicationLevel }),
      onLog: (event) => this.#log(place, configuration, event),
    };
  }

  #log(place: Place, configuration: Configuration, event: LogEvent): Promise<void> | undefined {
    if (event.requestId !== undefined) this.#tails.get(event.requestId)?.push(event.message);
    if (mayHoldMetrics(event.message)) {
      const { account, region } = place;
      for (const metric of embeddedMetrics(event.message))
        this.#platform.telemetry.metric({ account, region, ...metric });
    }
    let room: Promise<void> | undefined;
    const log = {
      account: place.account,
      region: place.region,
      logGroup: configuration.logging.group,
      logStream: this.#streamOf(place, configuration, event.environment),
      events: [{ timestamp: event.time, message: event.message }],
    };
    this.#platform.telemetry.cloudLog(log, (promise) => {
      room = promise;
    });
    return room;
  }

  #streamOf(place: Place, configuration: Configuration, environment: EnvironmentIdentity): string {
    let stream = this.#streams.get(environment);
    if (stream === undefined) {
      stream = logStreamName(place, configuration, environment);
      this.#streams.set(environment, stream);
    }
    return stream;
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
  #measure({ place, configuration }: Execution, result: InvocationResult & { extensionsMs?: number }): void {
    const { account, region, name } = place;
    const { telemetry, clock } = this.#platform;
    const at = {
      account,
      region,
      namespace: 'AWS/Lambda',
      dimensions: { FunctionName: name },
      time: clock.now(),
    };
    telemetry.metric({ ...at, name: 'Invocations', value: 1, unit: 'Count' });
    telemetry.metric({ ...at, name: 'Errors', value: result.ok ? 0 : 1, unit: 'Count' });
    telemetry.metric({ ...at, name: 'Duration', value: result.durationMs, unit: 'Milliseconds' });
    if (result.extensionsMs !== undefined) {
      const name = 'PostRuntimeExtensionsDuration';
      telemetry.metric({ ...at, name, value: result.extensionsMs, unit: 'Milliseconds' });
    }
    const of = { account, region, service: 'lambda', resource: functionArn(place) };
    telemetry.usage({ ...of, unit: 'Requests', quantity: 1 });
    const gigabyteSeconds = (result.billedMs / 1000) * (configuration.memoryMb / 1024);
    telemetry.usage({ ...of, unit: 'GB-Seconds', quantity: gigabyteSeconds });
  }

  /** The trace id with this function in its lineage. */
  #follow({ place, traceId, recursiveLoop }: Execution): string {
    const arn = functionArn(place);
    let name = this.#lineageNames.get(arn);
    if (name === undefined) {
      if (this.#lineageNames.size >= lineageNamesMax) this.#lineageNames.clear();
      name = lineageName(arn);
      this.#lineageNames.set(arn, name);
    }
    const followed = extendLineage(traceId ?? this.#newTraceId(this.#platform.clock.now()), name);
    if (followed.passed >= recursiveInvocationsMax && recursiveLoop !== 'Allow') {
      this.#countOne(place, 'RecursiveInvocationsDropped');
      throw new RecursiveInvocationException(
        "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.",
      );
    }
    return followed.traceId;
  }

  #countOne(place: Place, name: string): void {
    const { telemetry, clock } = this.#platform;
    telemetry.metric({
      account: place.account,
      region: place.region,
      namespace: 'AWS/Lambda',
      name,
      dimensions: { FunctionName: place.name },
      value: 1,
      unit: 'Count',
      time: clock.now(),
    });
  }

  #newTraceId(now: number): string {
    // Random bytes are drawn for many ids at once: a draw costs more than the id.
    if (this.#chance.length < traceBytes)
      this.#chance = Buffer.from(this.#platform.ids.bytes(traceBytes * 64));
    const hex = this.#chance.toString('hex', 0, traceBytes);
    this.#chance = this.#chance.subarray(traceBytes);
    const seconds = Math.floor(now / 1000).toString(16);
    return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(24)};Sampled=0`;
  }
}

function versionKey(place: Place, configuration: Configuration): string {
  return functionArn(place, configuration.version);
}

/** Of on-demand environments; credentials are part of what an environment was started with. */
function keyOf(place: Place, configuration: Configuration, credentials: RoleCredentials): string {
  return `${versionKey(place, configuration)}:${configuration.revisionId}:${credentials.generation}`;
}
