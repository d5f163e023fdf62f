/**
 * Host names that users gave to a data plane: custom domains. The edge asks this book before a service is loaded, so
 * it is kept in memory: read when the cloud starts, and again whenever its records change.
 */
import { type Reader, recordSet, type Store, type Transaction } from '../store/index.ts';

export interface HostOwner {
  /** Folder name of the service. */
  readonly service: string;
  /** Name in the service's `endpoints`. */
  readonly endpoint: string;
  /** What the data plane needs to know of the host, handed to it as `params`. */
  readonly params: Readonly<Record<string, string>>;
}

/** A name may belong to several regions; the first of them, in the order of their names, answers. */
const owners = recordSet<[host: string, region: string], HostOwner>('edge.host');

/** Names read at once; there are as many as users registered. */
const batch = 1000;

export class HostBook {
  readonly #store: Store;
  readonly isReserved: (host: string) => boolean;
  #names = new Map<string, HostOwner>();
  #hasWildcards = false;
  #stop: (() => void) | undefined;
  #loads = 0;

  /** @param isReserved tells the cloud's own names, which nobody may take. */
  constructor(store: Store, isReserved: (host: string) => boolean = () => false) {
    this.#store = store;
    this.isReserved = isReserved;
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** @param host lower case, without port. A name that begins with `*.` takes all names one label below. */
  find(host: string): HostOwner | undefined {
    const exact = this.#names.get(host);
    if (exact || !this.#hasWildcards) return exact;
    const dot = host.indexOf('.');
    return dot < 0 ? undefined : this.#names.get(`*${host.slice(dot)}`);
  }

  /** Reads the names anew: what was committed before is known after. Other processes are followed by watching. */
  async load(): Promise<void> {
    this.#stop ??= this.#store.watch(owners.key(), () => {
      // A store that is being closed answers no more; the next cloud over it reads the names anew.
      this.load().catch(() => {});
    });
    const load = ++this.#loads;
    const names = new Map<string, HostOwner>();
    let after: readonly [string, string] | undefined;
    do {
      const entries = await owners.range(this.#store, { limit: batch, ...(after ? { gt: after } : {}) });
      for (const { key, value } of entries) if (!names.has(key[0])) names.set(key[0], value);
      after = entries.length < batch ? undefined : entries.at(-1)?.key;
    } while (after !== undefined);
    // Of loads that overlap, the one that began last saw the most.
    if (load !== this.#loads) return;
    this.#names = names;
    this.#hasWildcards = [...names.keys()].some((name) => name.startsWith('*.'));
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

/** For a service's `store.ts`: whose a host name is, in the transaction that says so. */
export const hostOwners = {
  exists: (reader: Reader, host: string, region: string): Promise<boolean> =>
    owners.exists(reader, host, region),
  put: (tx: Transaction, host: string, region: string, owner: HostOwner): void =>
    owners.put(tx, [host, region], owner),
  delete: (tx: Transaction, host: string, region: string): void => owners.delete(tx, host, region),
};
