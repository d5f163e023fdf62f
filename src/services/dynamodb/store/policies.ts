/**
 * Resource policies of tables and streams. Key table:
 *
 *     ['dynamodb.policy', account, region, tableName, label] → Policy; the label is empty for the table's own
 *
 * Every request is judged with the policy of what it touches. Most clouds have none: `isEmpty` says so without a
 * look at the store.
 */
import { type Reader, recordSet, type Store, type Transaction } from '../../../store/index.ts';

export interface Policy {
  readonly document: string;
  readonly revisionId: string;
}

/** A table, or one of its streams. */
export interface PolicyTarget {
  readonly account: string;
  readonly region: string;
  readonly tableName: string;
  /** The stream's; empty for the table. */
  readonly label: string;
}

const policies = recordSet<[account: string, region: string, tableName: string, label: string], Policy>(
  'dynamodb.policy',
);

export function getPolicy(reader: Reader, target: PolicyTarget): Promise<Policy | undefined> {
  return policies.get(reader, target.account, target.region, target.tableName, target.label);
}

export function putPolicy(tx: Transaction, target: PolicyTarget, policy: Policy): void {
  policies.put(tx, [target.account, target.region, target.tableName, target.label], policy);
}

export function deletePolicy(tx: Transaction, target: PolicyTarget): void {
  policies.delete(tx, target.account, target.region, target.tableName, target.label);
}

/** The policies of a table that is deleted, and of its streams. */
export function deletePolicies(
  tx: Transaction,
  { account, region, name }: { account: string; region: string; name: string },
): void {
  policies.deleteUnder(tx, account, region, name);
}

/** Targets whose policies are kept in memory: bounded, so that names nobody has can't fill it. */
const knownMax = 10_000;

/** The policies that requests are judged with, kept in memory and dropped when any of them changes. */
export class Policies {
  readonly store: Store;
  readonly #known = new Map<string, Policy | undefined>();
  readonly #unwatch: () => void;
  #isEmpty = false;
  #generation = 0;

  constructor(store: Store) {
    this.store = store;
    this.#unwatch = store.watch([policies.prefix], () => this.changed());
    this.#look();
  }

  close(): void {
    this.#generation++;
    this.#unwatch();
  }

  /** True when no table and no stream of the cloud has a policy. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  async find(target: PolicyTarget): Promise<Policy | undefined> {
    const id = `${target.account}/${target.region}/${target.tableName}/${target.label}`;
    if (this.#known.has(id)) return this.#known.get(id);
    const generation = this.#generation;
    const found = await getPolicy(this.store, target);
    // A change that came while we read may have made this one old.
    if (generation === this.#generation) {
      if (this.#known.size >= knownMax) this.#known.clear();
      this.#known.set(id, found);
    }
    return found;
  }

  /** Forgets what is known: something was committed. */
  changed(): void {
    this.#generation++;
    this.#known.clear();
    this.#isEmpty = false;
    this.#look();
  }

  #look(): void {
    const generation = this.#generation;
    void policies.range(this.store, { limit: 1 }).then(
      (found) => {
        if (generation === this.#generation) this.#isEmpty = found.length === 0;
      },
      // Not known to be empty is the safe side; whoever asks for a policy is told why it can't be read.
      () => {},
    );
  }
}
