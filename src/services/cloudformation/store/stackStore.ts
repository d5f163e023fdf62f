import type { Clock } from '../../../kernel/index.ts';
import type { Key, Store, Transaction } from '../../../store/index.ts';
import type { Vault } from '../../../store/vault.ts';
import type { CallbackRecord, CallbackResponse, Place, StackRecord } from '../records.ts';
import { StackReader } from './reader.ts';
import { callbacks, type SealedSets, sealedSets, stacks } from './sets.ts';
import { StackWriter } from './writer.ts';

/** The stacks of all accounts and regions. */
export class StackStore {
  readonly #store: Store;
  readonly #sets: SealedSets;

  constructor(store: Store, vault: Vault) {
    this.#store = store;
    this.#sets = sealedSets(vault);
  }

  /** Reads without a transaction: each read sees the newest commit. */
  at(place: Place): StackReader {
    return new StackReader(this.#store, place, this.#sets);
  }

  snapshot<T>(place: Place, body: (reader: StackReader) => Promise<T>): Promise<T> {
    return this.#store.snapshot((reader) => body(new StackReader(reader, place, this.#sets)));
  }

  /** Writes in a transaction that another room has begun. */
  writer(tx: Transaction, place: Place): StackWriter {
    return new StackWriter(tx, place, this.#sets);
  }

  /** Waits until the stack is as `isReady` wants it. Rejects when `signal` is aborted. */
  async untilStack(
    place: Place,
    stackId: string,
    isReady: (stack: StackRecord | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<StackRecord | undefined> {
    const prefix = stacks.key(place.account, place.region, stackId);
    return this.#until(prefix, () => this.at(place).stack(stackId), isReady, signal);
  }

  callback(requestId: string): Promise<CallbackRecord | undefined> {
    return callbacks.get(this.#store, requestId);
  }

  async putCallback(requestId: string, record: CallbackRecord): Promise<void> {
    await this.#store.transact(async (tx) => callbacks.put(tx, [requestId], record));
  }

  async deleteCallback(requestId: string): Promise<void> {
    await this.#store.transact(async (tx) => callbacks.delete(tx, requestId));
  }

  /** Keeps an answer. @returns false when nothing waits for it, or the secret is wrong. */
  answerCallback(requestId: string, secret: string, response: CallbackResponse): Promise<boolean> {
    return this.#store.transact(async (tx) => {
      const waiting = await callbacks.get(tx, requestId);
      if (waiting?.secret !== secret) return false;
      callbacks.put(tx, [requestId], { ...waiting, response: waiting.response ?? response });
      return true;
    });
  }

  /** Waits for the answer until `deadline`, in milliseconds since the epoch. */
  async untilCallback(
    requestId: string,
    clock: Clock,
    deadline: number,
    signal: AbortSignal,
  ): Promise<CallbackResponse | undefined> {
    const late = new AbortController();
    const timer = clock.at(deadline, () => late.abort(new Error('too late')));
    try {
      const record = await this.#until(
        callbacks.key(requestId),
        () => this.callback(requestId),
        (found) => !found || found.response !== undefined,
        AbortSignal.any([signal, late.signal]),
      );
      return record?.response;
    } catch (cause) {
      if (late.signal.aborted && !signal.aborted) return undefined;
      throw cause;
    } finally {
      timer.cancel();
    }
  }

  async #until<T>(
    prefix: Key,
    read: () => Promise<T>,
    isReady: (value: T) => boolean,
    signal: AbortSignal,
  ): Promise<T> {
    let wake: () => void = () => {};
    const stop = this.#store.watch(prefix, () => wake());
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort);
    try {
      for (;;) {
        // Armed before the look, so that no change falls between the two.
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const value = await read();
        if (isReady(value)) return value;
        signal.throwIfAborted();
        await changed;
      }
    } finally {
      stop();
      signal.removeEventListener('abort', onAbort);
    }
  }

  transact<T>(place: Place, body: (writer: StackWriter) => Promise<T>): Promise<T> {
    return this.#store.transact((tx) => body(new StackWriter(tx, place, this.#sets)));
  }
}
