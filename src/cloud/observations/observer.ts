/**
 * Counts what audit records tell, and writes the counts down now and then: what principals do, for the access advisor
 * and for least-privilege policies. A request costs a few look-ups in memory; a crash loses the last seconds' counts.
 */
import { type Clock, parseArn, type Timer } from '../../kernel/index.ts';
import type { Observations, ObservedAction } from '../../platform/index.ts';
import type { AuditRecord } from '../../telemetry/index.ts';
import type { ObservationStore } from './store.ts';
import { newTally, seeDenial, seeResource, type Tally } from './tally.ts';

/** How long counts are in memory only. */
const flushAfterMs = 5_000;
/** Actions of principals counted between two flushes; past that the rest waits for the next. */
const pendingMax = 5_000;
/** Sessions whose principal is remembered by their ARN. */
const arnsMax = 10_000;

interface Pending {
  readonly account: string;
  readonly principal: string;
  readonly actions: Map<string, Tally>;
}

/** Whose calls are counted. */
interface Counted {
  readonly account: string;
  readonly principal: string;
  /** Tells it from all others. */
  readonly key: string;
}

export interface ObserverOptions {
  readonly store: ObservationStore;
  readonly clock: Clock;
  onError(error: unknown): void;
}

export class Observer implements Observations {
  readonly #options: ObserverOptions;
  #pending = new Map<string, Pending>();
  #pendingActions = 0;
  /** By ARN of the principal; null for those whose calls are not counted. */
  readonly #known = new Map<string, Counted | null>();
  #timer: Timer | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Of every request; does nothing that can fail. */
  see(record: AuditRecord): void {
    const { decision } = record;
    if (decision === 'not-evaluated') return;
    const isDenied = decision !== 'allow';
    let who = this.#known.get(record.principal);
    if (who === undefined) who = this.#identify(record.principal);
    // The root user may do everything, and services have no policies: of these, only denials say anything.
    if (who === null) {
      if (!isDenied) return;
      who = strangerOf(record);
    }
    const { account, principal, key } = who;
    let pending = this.#pending.get(key);
    if (!pending) {
      pending = { account, principal, actions: new Map() };
      this.#pending.set(key, pending);
    }
    const asked = record.asked ?? [record];
    for (const { action, resources } of asked) {
      const tally = this.#tally(pending, action, record.time);
      if (!tally) return;
      tally.count++;
      tally.lastSeen = record.time;
      tally.region = record.region;
      if (isDenied && record.denied?.action === action) {
        const { resource } = record.denied;
        seeDenial(tally, resource, {
          effect: decision,
          reason: record.denied.reason,
          refused: !record.overridden,
          count: 1,
          lastSeen: record.time,
        });
      }
      // What is refused isn't needed: a policy made of what was seen grants what was done.
      if (isDenied && !record.overridden) continue;
      for (const resource of resources) seeResource(tally, resource, { count: 1, lastSeen: record.time });
    }
    if (!this.#timer && !this.#isClosed) this.#schedule();
  }

  async of(account: string, principal?: string): Promise<ObservedAction[]> {
    await this.flush();
    return this.#options.store.of(account, principal);
  }

  /** Every account in which something was seen. */
  async accounts(): Promise<string[]> {
    await this.flush();
    return this.#options.store.accounts();
  }

  /** Resolves when what was seen so far is durable. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const pending = this.#pending;
    this.#pending = new Map();
    this.#pendingActions = 0;
    this.#flushing = this.#flushing.then(() => this.#write(pending));
    return this.#flushing;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
  }

  #schedule(): void {
    const { clock } = this.#options;
    this.#timer = clock.at(clock.now() + flushAfterMs, () => {
      this.#timer = undefined;
      void this.flush();
    });
  }

  async #write(pending: ReadonlyMap<string, Pending>): Promise<void> {
    if (pending.size === 0) return;
    try {
      await this.#options.store.add([...pending.values()]);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #tally(pending: Pending, action: string, time: number): Tally | undefined {
    let tally = pending.actions.get(action);
    if (!tally) {
      if (this.#pendingActions >= pendingMax) return undefined;
      this.#pendingActions++;
      tally = newTally(time);
      pending.actions.set(action, tally);
    }
    return tally;
  }

  #identify(arn: string): Counted | null {
    const found = principalOf(arn);
    if (this.#known.size >= arnsMax) this.#known.clear();
    this.#known.set(arn, found);
    return found;
  }
}

/** The user, or the role of whatever session; null for the root user, services and strangers. */
function principalOf(arn: string): Counted | null {
  const parsed = parseArn(arn);
  if (!parsed) return null;
  const { service, account, resource } = parsed;
  const [kind, ...path] = resource.split('/');
  if (service === 'iam' && kind === 'user') return counted(account, `user/${path.at(-1)}`);
  if (service === 'sts' && kind === 'assumed-role') return counted(account, `role/${path[0]}`);
  if (service === 'iam' && kind === 'role') return counted(account, `role/${path.at(-1)}`);
  if (service === 'sts' && kind === 'federated-user') return counted(account, resource);
  return null;
}

function strangerOf({ principal, account }: AuditRecord): Counted {
  if (principal.startsWith('anonymous')) return counted(account, 'anonymous');
  const parsed = parseArn(principal);
  return parsed ? counted(parsed.account, 'root') : counted(account, `service/${principal}`);
}

function counted(account: string, principal: string): Counted {
  return { account, principal, key: `${account} ${principal}` };
}
