/**
 * Provisioned concurrency at work: which versions have environments that are initialized ahead, who uses them, and how
 * far a change is. What is wanted stands in the store; this is rebuilt from it whenever the service starts.
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
import type { EnvironmentSpec } from '../../compute/index.ts';
import { AwsError, type Timer } from '../../kernel/index.ts';
import type { Platform } from '../../platform/index.ts';
import { shares } from './domain/shares.ts';
import { credentialsMarginMs } from './limits.ts';
import type { Configuration } from './records.ts';
import { isVersion } from './resolve.ts';
import type { LambdaStore, Place } from './store.ts';

/** The right to one environment that is up already. */
export interface Claim {
  readonly spec: EnvironmentSpec;
  /** Gives it back. */
  leave(): void;
}

export interface ProvisionedStatus {
  status: 'IN_PROGRESS' | 'READY' | 'FAILED';
  /** Of a failure. */
  reason: string | undefined;
  allocated: number;
}

/** What one version serves for a qualifier. */
interface Allocation {
  readonly spec: EnvironmentSpec;
  readonly count: number;
  readonly use: { running: number };
}

interface Entry {
  readonly place: Place;
  readonly qualifier: string;
  status: ProvisionedStatus['status'];
  reason: string | undefined;
  /** By version. */
  allocations: Map<string, Allocation>;
  /** Changes follow each other. */
  work: Promise<void>;
  /** Changes that haven't been made yet. */
  pending: number;
  renewal?: Timer;
}

type MakeSpec = (
  place: Place,
  configuration: Configuration,
  owner: string,
) => Promise<{ spec: EnvironmentSpec; expiresAt: number }>;

/** Configurations that are made true when the service starts. */
const configsMax = 10_000;
/** Environments are renewed no more often than this, however short their credentials live. Milliseconds. */
const renewalMin = 60_000;

export class Provisioned {
  readonly #platform: Platform;
  readonly #store: LambdaStore;
  readonly #entries = new Map<string, Entry>();
  /** Allocated executions by account and region, and by function. */
  readonly #taken = new Map<string, number>();
  #closed = false;
  #makeSpec: MakeSpec = () => Promise.reject(new Error('not open'));

  constructor(platform: Platform, store: LambdaStore) {
    this.#platform = platform;
    this.#store = store;
  }

  /** Begins to initialize what is configured; answers before that is done. */
  async open(makeSpec: MakeSpec): Promise<void> {
    this.#makeSpec = makeSpec;
    for (const { place, qualifier } of await this.#store.allProvisioned(undefined, configsMax))
      this.refresh(place, qualifier);
  }

  /** The cloud stops: nothing is renewed, and what doesn't come up any more is no failure. */
  close(): void {
    this.#closed = true;
    for (const { renewal } of this.#entries.values()) renewal?.cancel();
  }

  /** Makes true what the store says of this qualifier, in the background; until then it is IN_PROGRESS. */
  refresh(place: Place, qualifier: string): void {
    this.#change(place, qualifier, 'IN_PROGRESS');
  }

  /** An alias that has provisioned concurrency points elsewhere now. */
  refreshIfThere(place: Place, qualifier: string): void {
    if (this.#entries.has(idOf(place, qualifier))) this.refresh(place, qualifier);
  }

  /** What is left of a function that is gone. */
  refreshFunction(place: Place): void {
    for (const entry of this.#entries.values()) {
      const { account, region, name } = entry.place;
      if (account === place.account && region === place.region && name === place.name)
        this.refresh(place, entry.qualifier);
    }
  }

  status(place: Place, qualifier: string): ProvisionedStatus {
    const entry = this.#entries.get(idOf(place, qualifier));
    if (!entry) return { status: 'IN_PROGRESS', reason: undefined, allocated: 0 };
    return { status: entry.status, reason: entry.reason, allocated: allocatedOf(entry) };
  }

  /** How much of a function's or an account's concurrency is allocated. @param key as the executor counts. */
  takenFrom(key: string): number {
    return this.#taken.size === 0 ? 0 : (this.#taken.get(key) ?? 0);
  }

  /** An environment for this execution; undefined when none is provisioned for it, or none is free. */
  claim({
    place,
    qualifier,
    configuration,
  }: {
    place: Place;
    qualifier: string | undefined;
    configuration: Configuration;
  }): Claim | undefined {
    if (this.#entries.size === 0 || qualifier === undefined) return undefined;
    const { version } = configuration;
    const entry =
      this.#entries.get(idOf(place, qualifier)) ??
      (qualifier === version ? undefined : this.#entries.get(idOf(place, version)));
    const allocation = entry?.allocations.get(version);
    if (!entry || !allocation) return undefined;
    const { use } = allocation;
    if (use.running >= allocation.count) {
      this.#measure(entry, 'ProvisionedConcurrencySpilloverInvocations', 1);
      return undefined;
    }
    use.running++;
    this.#measure(entry, 'ProvisionedConcurrencyInvocations', 1);
    this.#measureUse(entry);
    return {
      spec: allocation.spec,
      leave: () => {
        use.running--;
      },
    };
  }

  #change(place: Place, qualifier: string, status: Entry['status'] | undefined): void {
    const id = idOf(place, qualifier);
    let entry = this.#entries.get(id);
    if (!entry) {
      entry = {
        place: { account: place.account, region: place.region, name: place.name },
        qualifier,
        status: 'IN_PROGRESS',
        reason: undefined,
        allocations: new Map(),
        work: Promise.resolve(),
        pending: 0,
      };
      this.#entries.set(id, entry);
    }
    const changed = entry;
    if (status) changed.status = status;
    changed.reason = undefined;
    changed.pending++;
    changed.work = changed.work
      .then(() => {
        changed.pending--;
        if (this.#closed) return;
        // Only the newest change counts.
        return changed.pending > 0 ? undefined : this.#bring(id, changed);
      })
      .catch((cause: unknown) => this.#failed(changed, cause));
  }

  async #bring(id: string, entry: Entry): Promise<void> {
    const { place, qualifier } = entry;
    const record = await this.#store.provisioned.get(place, qualifier);
    entry.renewal?.cancel();
    if (!record) {
      if (entry.pending === 0) this.#entries.delete(id);
      await this.#replace(entry, new Map());
      return;
    }
    const next = new Map<string, Allocation>();
    try {
      const until = await this.#provision(entry, record.requested, next);
      await this.#replace(entry, next);
      if (entry.pending === 0) entry.status = 'READY';
      const { clock } = this.#platform;
      if (!Number.isFinite(until)) return;
      const due = Math.max(clock.now() + renewalMin, until - credentialsMarginMs);
      // New environments come up with new credentials before the old ones go.
      entry.renewal = clock.at(due, () => this.#change(place, qualifier, undefined));
    } catch (cause) {
      // What came up beside what didn't isn't kept either.
      await this.#replace(entry, new Map());
      for (const { spec } of next.values()) await this.#platform.compute.retire(spec.key);
      throw cause;
    }
  }

  /** Fills `next`. @returns until when the credentials of the environments are good. Milliseconds since the epoch. */
  async #provision(entry: Entry, requested: number, next: Map<string, Allocation>): Promise<number> {
    const { place, qualifier } = entry;
    let until = Number.POSITIVE_INFINITY;
    const alias = isVersion(qualifier) ? undefined : await this.#store.aliases.get(place, qualifier);
    const version = alias?.functionVersion ?? qualifier;
    for (const [number, count] of shares(version, alias?.weights ?? {}, requested)) {
      const configuration = await this.#store.version(place, Number(number));
      if (!configuration) continue;
      const { spec, expiresAt } = await this.#makeSpec(place, configuration, qualifier);
      until = Math.min(until, expiresAt);
      const before = entry.allocations.get(number);
      // Who uses one now goes on counting when there are more or fewer of the same.
      const use = before?.spec.key === spec.key ? before.use : { running: 0 };
      next.set(number, { spec, count, use });
      await this.#platform.compute.provision(spec, count);
    }
    return until;
  }

  /** From one set of environments to the next; what isn't in it ends after what it is doing. */
  async #replace(entry: Entry, next: Map<string, Allocation>): Promise<void> {
    const kept = new Set([...next.values()].map(({ spec }) => spec.key));
    const gone = [...entry.allocations.values()].filter(({ spec }) => !kept.has(spec.key));
    const before = allocatedOf(entry);
    entry.allocations = next;
    this.#count(entry.place, allocatedOf(entry) - before);
    for (const { spec } of gone) await this.#platform.compute.retire(spec.key);
  }

  #failed(entry: Entry, cause: unknown): void {
    if (this.#closed) return;
    this.#platform.telemetry.log('warn', `provisioned concurrency of ${entry.place.name} failed`, {
      qualifier: entry.qualifier,
      cause: String(cause),
    });
    if (entry.pending > 0) return;
    entry.status = 'FAILED';
    entry.reason = cause instanceof AwsError ? cause.message : 'FUNCTION_ERROR_INIT_FAILURE';
  }

  #count({ account, region, name }: Place, change: number): void {
    const scope = `${account}:${region}`;
    for (const key of [scope, `${scope}:${name}`]) {
      const taken = (this.#taken.get(key) ?? 0) + change;
      if (taken === 0) this.#taken.delete(key);
      else this.#taken.set(key, taken);
    }
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html, “Provisioned concurrency”. */
  #measureUse(entry: Entry): void {
    let running = 0;
    for (const allocation of entry.allocations.values()) running += allocation.use.running;
    this.#measure(entry, 'ProvisionedConcurrentExecutions', running);
    this.#measure(entry, 'ProvisionedConcurrencyUtilization', running / allocatedOf(entry));
  }

  #measure({ place, qualifier }: Entry, name: string, value: number): void {
    this.#platform.telemetry.metric({
      account: place.account,
      region: place.region,
      namespace: 'AWS/Lambda',
      name,
      dimensions: { FunctionName: place.name, Resource: `${place.name}:${qualifier}` },
      value,
      unit: name.endsWith('Utilization') ? 'None' : 'Count',
      time: this.#platform.clock.now(),
    });
  }
}

function idOf({ account, region, name }: Place, qualifier: string): string {
  return `${account}:${region}:${name}:${qualifier}`;
}

function allocatedOf(entry: Entry): number {
  let sum = 0;
  for (const { count } of entry.allocations.values()) sum += count;
  return sum;
}
