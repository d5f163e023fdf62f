/** Stores as they are for processes to which something happens. */
import type { MemoryStore, Store } from '../../../store/index.ts';

/** A store as a process sees it that dies at some transaction: that one, and all after it, never come back. */
export function dying(store: MemoryStore, isDead: () => boolean): MemoryStore {
  const never = () => new Promise<never>(() => {});
  return changed(store, {
    transact: (body) => (isDead() ? never() : store.transact(body)),
  });
}

/** A store as a process sees it that is suspended at its n-th transaction, and goes on when it is woken. */
export function suspended(store: MemoryStore, transactions: number) {
  let left = transactions;
  let wake = () => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return {
    wake,
    store: changed(store, {
      transact: async (body) => {
        if (left-- <= 0) await woken;
        return store.transact(body);
      },
    }),
  };
}

/** A store that doesn't tell of changes: tasks that are enqueued wait for another process. */
export function withoutNews(store: MemoryStore): MemoryStore {
  return changed(store, { watch: () => () => {} });
}

function changed(store: MemoryStore, members: Partial<Store>): MemoryStore {
  return new Proxy(store, {
    get: (target, name) => {
      const member = members[name as keyof Store] ?? target[name as keyof Store];
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
}
