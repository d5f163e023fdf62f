/**
 * Brings invocations and environments together: a warm one of the same key, else a pre-warmed sandbox, else
 * a new one; and keeps the number of environments within the machine's means.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { assert, type Clock, SystemClock } from '../kernel/index.ts';
import { CodeCache } from './codeCache.ts';
import { Containers } from './container/containers.ts';
import type { Environment } from './environment.ts';
import { Group, type Start } from './group.ts';
import type { InitPhase } from './initPhase.ts';
import { needsOwnStart, speaksRuntimeApi } from './launches.ts';
import type { Phase } from './lifecycle.ts';
import { keepIdleMs, snapshotShare } from './limits.ts';
import type { ComputerOptions } from './options.ts';
import {
  type Computer,
  type EnvironmentShape,
  type EnvironmentSpec,
  type Invocation,
  type InvocationResult,
  imageRuntime,
  type ResolvedImage,
  type SandboxDescription,
} from './port.ts';
import { Rounds } from './rounds.ts';
import { Languages } from './runtimes/languages.ts';
import { thisMachine } from './runtimes/machine.ts';
import { Semaphore } from './semaphore.ts';
import { Snapshots } from './snapshots.ts';
import { Starter } from './starter.ts';
import type { WarmPool } from './warmPool.ts';
import { WarmPools } from './warmPools.ts';

/** About what a function takes to be loaded where the runtime is up already. Milliseconds. */
const loadMs = 5;
/** Nobody waits longer than this for others to be done before an environment is started. Milliseconds. */
const startMsMax = 200;
const runnable: ReadonlySet<Phase> = new Set<Phase>(['loading', 'ready', 'frozen']);
const living: ReadonlySet<Phase> = new Set<Phase>(['ready', 'running', 'frozen']);

export function createComputer(options: ComputerOptions): LocalComputer {
  return new LocalComputer(options);
}

export class LocalComputer implements Computer {
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #languages: Languages;
  readonly #containers: Containers;
  readonly #starter: Starter;
  readonly #groups = new Map<string, Group>();
  readonly #pools: WarmPools;
  readonly #snapshots: Snapshots;
  readonly #all = new Set<Environment>();
  readonly #rounds: Rounds;
  readonly #starts = new Semaphore(Math.max(2, availableParallelism()));
  /** What is initialized ahead of need leaves room for what is needed now. */
  readonly #provisions = new Semaphore(Math.max(1, Math.floor(availableParallelism() / 2)));
  readonly #environmentsMax: number;
  /** What the last environment took to be up. Milliseconds. */
  #startMs = loadMs;
  #starved: (() => void)[] = [];
  #closed = false;

  constructor(options: ComputerOptions) {
    this.#clock = options.clock ?? new SystemClock();
    this.#folder = options.folder;
    this.#environmentsMax =
      options.environmentsMax ?? Math.max(8, Math.floor(totalmem() / 2 / (80 * 1024 * 1024)));
    this.#languages = new Languages({
      strict: options.strictRuntimes ?? false,
      ...(options.machine ? { machine: options.machine } : {}),
    });
    const machine = options.machine ?? thisMachine();
    this.#containers = new Containers({ clock: this.#clock, machine, folder: this.#folder });
    this.#starter = new Starter({
      folder: this.#folder,
      ids: options.ids,
      clock: this.#clock,
      languages: this.#languages,
      sandbox: options.sandbox ?? 'auto',
      containers: this.#containers,
      codeCache: new CodeCache(join(dirname(this.#folder), 'compiled'), options.ids),
      onStarted: (environment) => {
        this.#all.add(environment);
        this.#stopped.set(environment, Promise.withResolvers());
      },
      onStopped: (environment) => this.#forget(environment),
    });
    this.#pools = new WarmPools({
      clock: this.#clock,
      base: options.prewarmed ?? 2,
      start: (shape, isWanted) =>
        this.#starts.run(async () => (isWanted() ? this.#starter.start(shape) : undefined)),
      isBusy: () => this.#rounds.isLoading,
    });
    this.#snapshots = new Snapshots({
      clock: this.#clock,
      keysMax: Math.max(1, Math.floor(this.#environmentsMax * snapshotShare)),
      initialize: (spec) => this.#provisions.run(() => this.#initialized(spec)),
      isBusy: () => this.#rounds.isLoading,
    });
    mkdirSync(this.#folder, { recursive: true });
    // What a killed process left behind; its sandboxes died with it.
    for (const name of readdirSync(this.#folder))
      rmSync(join(this.#folder, name), { recursive: true, force: true });
    this.#rounds = new Rounds({
      clock: this.#clock,
      environments: this.#all,
      keepIdleMs: options.keepIdleMs ?? keepIdleMs,
      isKept: (key) => this.#groups.get(key)?.kept !== undefined,
    });
  }

  async invoke(spec: EnvironmentSpec, invocation: Invocation): Promise<InvocationResult> {
    const group = this.#group(spec.key);
    let environment = group.free() ?? (await this.#obtain(group, spec));
    // One that ended while it was handed over has run nothing: take another.
    while (!runnable.has(environment.phase)) environment = await this.#obtain(group, spec);
    this.#rounds.watch();
    group.began();
    let result: InvocationResult | undefined;
    try {
      result = await environment.run(invocation);
      if (!result) {
        environment = await this.#obtain(group, spec, environment.init);
        result = await environment.run(invocation);
      }
    } finally {
      group.ended(result?.durationMs);
    }
    if (!result) throw new Error('its Init ended twice before the invocation began');
    // The answer doesn't wait for extensions; the environment does.
    if (result.report) void result.report.then(() => this.#release(group, environment));
    else if (result.ok) this.#release(group, environment);
    else environment.whenAsking(() => this.#release(group, environment));
    return result;
  }

  prepare(shape: EnvironmentShape & Pick<EnvironmentSpec, 'image'>): void {
    if (shape.image) {
      this.#containers.prepare(shape.image);
      return;
    }
    this.#starter.language(shape.runtime).then(
      (language) => {
        // Programs that speak the Runtime API start with their function.
        if (this.#closed || speaksRuntimeApi(language)) return;
        this.#pools.of(shape, language)?.fill();
        this.#starter.compileSdkLater(language);
      },
      // The invocation says what is missing.
      () => {},
    );
  }

  async provision(spec: EnvironmentSpec, count: number): Promise<void> {
    const group = this.#group(spec.key);
    let others = 0;
    for (const { key, kept } of this.#groups.values()) if (key !== spec.key) others += kept?.count ?? 0;
    const bearable = Math.max(0, Math.floor(this.#environmentsMax / 2) - others);
    group.kept = { spec, count: Math.min(count, bearable) };
    await this.#keep(group);
  }

  snapshot(spec: EnvironmentSpec): Promise<void> {
    return this.#snapshots.keep(spec);
  }

  async retire(key: string): Promise<void> {
    this.#snapshots.retire(key);
    const group = this.#groups.get(key);
    if (!group) return;
    this.#groups.delete(key);
    group.retired = true;
    for (const environment of group.ready.splice(0)) environment.stop();
    // What stands still in a debugger would keep its port from its successor.
    for (const environment of this.#all) {
      if (environment.spec?.key === key && environment.spec.inspectPort !== undefined) environment.stop();
    }
  }

  resolveImage(reference: string): Promise<ResolvedImage | undefined> {
    return this.#containers.resolve(reference);
  }

  missing(runtime: string): Promise<string | undefined> {
    return runtime === imageRuntime ? this.#containers.missing() : this.#languages.missing(runtime);
  }

  describe(): SandboxDescription {
    return this.#starter.describe();
  }

  /** Chooses the sandbox driver if that hasn't happened, so that `describe` can tell. */
  ready(): Promise<SandboxDescription> {
    return this.#starter.ready();
  }

  /** Where the environments of a key are in their lives. */
  phases(key: string): Phase[] {
    return [...this.#all].filter(({ spec }) => spec?.key === key).map(({ phase }) => phase);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rounds.close();
    this.#pools.close();
    this.#snapshots.close();
    this.#starter.close();
    const gone = [...this.#all].map((environment) => {
      environment.stop();
      return this.#stopped.get(environment)?.promise;
    });
    await Promise.all(gone);
  }

  readonly #stopped = new Map<Environment, PromiseWithResolvers<void>>();

  #group(key: string): Group {
    let group = this.#groups.get(key);
    if (!group) {
      group = new Group(key);
      this.#groups.set(key, group);
    }
    return group;
  }

  /** @param failed Init that is to be done again. */
  async #obtain(group: Group, spec: EnvironmentSpec, failed?: InitPhase): Promise<Environment> {
    const pool = await this.#poolFor(spec);
    const startMs = pool && pool.size > 0 ? loadMs : this.#startMs;
    const taken = group.isFreeWithin(startMs) ? undefined : (this.#snapshots.take(spec.key) ?? pool?.take());
    if (spec.initializationType === 'snap-start') this.#snapshots.keepLater(spec, () => !group.retired);
    const environment = taken ?? (await this.#waitForOne(group, startMs, spec, pool));
    if (environment.phase !== 'idle') return environment;
    try {
      await environment.assign(spec, failed);
    } catch (error) {
      environment.stop();
      throw error;
    }
    return environment;
  }

  /** Where an environment for `spec` may stand ready; none for one that must start with its function. */
  async #poolFor(spec: EnvironmentSpec): Promise<WarmPool | undefined> {
    const language = await this.#starter.language(spec.runtime);
    return needsOwnStart(language, spec) ? undefined : this.#pools.of(spec, language);
  }

  /** A new environment, or one of the group that becomes free before the new one is up. */
  #waitForOne(
    group: Group,
    startMs: number,
    spec: EnvironmentSpec,
    pool: WarmPool | undefined,
  ): Promise<Environment> {
    return group.wait(this.#clock, startMs, (start) => {
      const began = performance.now();
      this.#startFor(start, spec, pool).then(
        (environment) => {
          // Those who wait have other starts under way: to take one off the list here would forget it.
          if (!environment) return start.withdraw();
          this.#startMs = Math.min(startMsMax, Math.max(loadMs, performance.now() - began));
          const waiter = start.end();
          if (waiter) waiter.resolve(environment);
          else if (!pool?.offer(environment)) environment.stop();
        },
        (cause: unknown) => start.end()?.reject(cause),
      );
    });
  }

  /** @returns undefined when nobody waits for it any more. */
  async #startFor(
    start: Start,
    spec: EnvironmentSpec,
    pool: WarmPool | undefined,
  ): Promise<Environment | undefined> {
    while (this.#all.size >= this.#environmentsMax && !this.#evictOne()) {
      await new Promise<void>((resolve) => this.#starved.push(resolve));
      if (!start.isWanted) return undefined;
    }
    if (pool) return pool.take() ?? pool.demand(start);
    return this.#starts.run(async () => {
      if (start.isWanted) return this.#starter.start(spec, spec);
      start.withdraw();
      return undefined;
    });
  }

  /** Brings the group to the number that it is to keep. */
  async #keep(group: Group): Promise<void> {
    const { kept } = group;
    if (!kept || group.retired || this.#closed) return;
    let there = group.coming;
    for (const { spec, phase, init } of this.#all)
      if (init.isLoaded && spec?.key === group.key && living.has(phase)) there++;
    for (; there > kept.count && group.ready.length > 0; there--) group.ready.shift()?.stop();
    const started: Promise<void>[] = [];
    for (; there < kept.count; there++) {
      group.coming++;
      started.push(this.#provisions.run(() => this.#initialize(group, kept.spec)));
    }
    await Promise.all(started);
  }

  /** One more environment of the group, up to the end of Init. */
  async #initialize(group: Group, spec: EnvironmentSpec): Promise<void> {
    let environment: Environment;
    try {
      if (group.retired || this.#closed) return;
      environment = await this.#initialized(spec);
    } finally {
      group.coming--;
    }
    this.#release(group, environment);
  }

  /** A new environment up to the end of Init. Rejects with the type of the error. */
  async #initialized(spec: EnvironmentSpec): Promise<Environment> {
    while (this.#all.size >= this.#environmentsMax && this.#evictOne());
    const pool = await this.#poolFor(spec);
    const environment =
      pool?.take() ??
      (await (pool ? pool.demand() : this.#starts.run(() => this.#starter.start(spec, spec))));
    assert(environment, 'a demand without conditions is met or rejected');
    try {
      await environment.assign(spec);
      await environment.init.loaded;
    } catch (error) {
      environment.stop();
      throw error;
    }
    this.#rounds.watch();
    return environment;
  }

  #release(group: Group, environment: Environment): void {
    if (environment.phase !== 'ready') return;
    if (group.retired || this.#closed) {
      environment.stop();
      return;
    }
    const waiter = group.waiting.shift();
    if (waiter) waiter.resolve(environment);
    else {
      group.ready.push(environment);
      this.#starved.shift()?.();
    }
  }

  #forget(environment: Environment): void {
    this.#all.delete(environment);
    this.#pools.forget(environment);
    this.#snapshots.forget(environment);
    const group = environment.spec && this.#groups.get(environment.spec.key);
    const at = group ? group.ready.indexOf(environment) : -1;
    if (group && at >= 0) group.ready.splice(at, 1);
    if (group?.kept) {
      // One whose Init fails would fail again: whoever invokes it next is told.
      if (environment.init.isLoaded) this.#keep(group).catch(() => {});
    } else if (group && group.ready.length === 0 && group.waiting.length === 0) this.#dropUnused(group);
    this.#stopped.get(environment)?.resolve();
    this.#stopped.delete(environment);
    this.#starved.shift()?.();
  }

  /** Keys come and go with every deployment; a group without environments is only memory. */
  #dropUnused(group: Group): void {
    for (const environment of this.#all) if (environment.spec?.key === group.key) return;
    this.#groups.delete(group.key);
  }

  /** Stops the free environment that was used longest ago. @returns false when none is free. */
  #evictOne(): boolean {
    let oldest: { group: Group; environment: Environment } | undefined;
    for (const group of this.#groups.values()) {
      if (group.kept) continue;
      for (const environment of group.ready) {
        if (!oldest || environment.freeSince < oldest.environment.freeSince) oldest = { group, environment };
      }
    }
    if (!oldest) return this.#snapshots.evictOne();
    oldest.group.ready.splice(oldest.group.ready.indexOf(oldest.environment), 1);
    oldest.environment.stop();
    this.#all.delete(oldest.environment);
    return true;
  }
}
