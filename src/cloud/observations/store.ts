/**
 * Where observations are kept.
 *
 *   edge.observer [account, principal] → when it was last seen     edge.observed [account, principal, action] → Kept
 */
import type { ObservedAction } from '../../platform/index.ts';
import { recordSet, type Store, type Transaction } from '../../store/index.ts';
import { type Denial, merge, type Seen, type Tally } from './tally.ts';

const observers = recordSet<[account: string, principal: string], { lastSeen: number }>('edge.observer');
const observed = recordSet<[account: string, principal: string, action: string], Kept>('edge.observed');

/** A tally as it is written: records know lists, not maps. */
type Kept = Omit<Tally, 'resources' | 'prefixes' | 'denials'> & {
  resources: [string, Seen][];
  prefixes: [string, Seen][];
  denials: [string, Denial][];
};

/** Principals of an account that are remembered; a new one takes the place of the one that was seen longest ago. */
const principalsMax = 1_000;
/** Records read, or principals written, at once. */
const batch = 500;

export interface ObservedOf {
  readonly account: string;
  readonly principal: string;
  readonly actions: ReadonlyMap<string, Tally>;
}

export class ObservationStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Adds counts to those that are kept. */
  async add(seen: readonly ObservedOf[]): Promise<void> {
    for (let at = 0; at < seen.length; at += batch) {
      await this.#store.transact(async (tx) => {
        for (const each of seen.slice(at, at + batch)) await this.#add(tx, each);
      });
    }
  }

  async #add(tx: Transaction, { account, principal, actions }: ObservedOf): Promise<void> {
    if (!(await observers.exists(tx, account, principal))) await makeRoom(tx, account);
    let last = 0;
    for (const [action, tally] of actions) {
      const known = await observed.get(tx, account, principal, action);
      last = Math.max(last, tally.lastSeen);
      observed.put(tx, [account, principal, action], kept(known ? merge(tallyOf(known), tally) : tally));
    }
    observers.put(tx, [account, principal], { lastSeen: last });
  }

  async of(account: string, principal?: string): Promise<ObservedAction[]> {
    const found: ObservedAction[] = [];
    const under = principal === undefined ? [account] : [account, principal];
    let after: readonly [string, string, string] | undefined;
    do {
      const page = await observed.range(this.#store, {
        under,
        limit: batch,
        ...(after ? { gt: after } : {}),
      });
      for (const { key, value } of page) found.push(shown(key[1], key[2], value));
      after = page.length < batch ? undefined : page.at(-1)?.key;
    } while (after !== undefined);
    return found;
  }

  async accounts(): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
      const last = found.at(-1);
      // Whatever follows the last principal of the account that was found: the next account.
      const [next] = await observers.range(this.#store, {
        limit: 1,
        ...(last === undefined ? {} : { gt: [`${last}\0`] }),
      });
      if (!next) return found;
      found.push(next.key[0]);
    }
  }
}

async function makeRoom(tx: Transaction, account: string): Promise<void> {
  const known = await observers.range(tx, { under: [account], limit: principalsMax });
  if (known.length < principalsMax) return;
  const oldest = known.reduce((a, b) => (b.value.lastSeen < a.value.lastSeen ? b : a));
  observers.delete(tx, ...oldest.key);
  observed.deleteUnder(tx, ...oldest.key);
}

function kept(tally: Tally): Kept {
  const { resources, prefixes, denials } = tally;
  return { ...tally, resources: [...resources], prefixes: [...prefixes], denials: [...denials] };
}

function tallyOf(record: Kept): Tally {
  const { resources, prefixes, denials } = record;
  return { ...record, resources: new Map(resources), prefixes: new Map(prefixes), denials: new Map(denials) };
}

function shown(principal: string, action: string, tally: Kept): ObservedAction {
  const { region, count, firstSeen, lastSeen } = tally;
  const each = [...tally.resources].map(([resource, seen]) => ({ resource, isPrefix: false, ...seen }));
  const prefixes = [...tally.prefixes].map(([resource, seen]) => ({ resource, isPrefix: true, ...seen }));
  const denials = [...tally.denials].map(([resource, denial]) => ({ resource, ...denial }));
  return {
    principal,
    action,
    region,
    count,
    firstSeen,
    lastSeen,
    resources: [...each, ...prefixes],
    denials,
  };
}
