/**
 * What policies decide, by account: the mode a cloud was started with, and the accounts that were told otherwise while it
 * ran. Asked by every request, kept in the store.
 */
import { recordSet, type Store } from '../store/index.ts';

export type IamMode = 'audit' | 'enforce' | 'off';

export const iamModes = ['off', 'audit', 'enforce'] as const satisfies readonly IamMode[];

const records = recordSet<[account: string], IamMode>('edge.iamMode');

/** Accounts read at once when a cloud starts. */
const batch = 1000;

/** A mode that would let the network in; the message says what to do. */
export class ModeTooLoose extends Error {}

export class IamModes {
  /** The mode of accounts that weren't told otherwise. */
  readonly usual: IamMode;
  readonly #floor: IamMode;
  readonly #store: Store | undefined;
  #byAccount = new Map<string, IamMode>();

  /**
   * @param options.floor the loosest mode that an account may have; none when absent.
   * @param options.store where the accounts' own modes are kept; without one they are forgotten.
   */
  constructor(usual: IamMode, options: { floor?: IamMode; store?: Store } = {}) {
    this.usual = usual;
    this.#floor = options.floor ?? 'off';
    this.#store = options.store;
  }

  /** True when nobody's policies are asked. */
  get isOff(): boolean {
    return this.usual === 'off' && this.#byAccount.size === 0;
  }

  /** True when all accounts have the same mode. */
  get isUniform(): boolean {
    return this.#byAccount.size === 0;
  }

  of(account: string): IamMode {
    return this.#byAccount.size === 0 ? this.usual : (this.#byAccount.get(account) ?? this.usual);
  }

  /** Accounts that were told otherwise. */
  get exceptions(): Readonly<Record<string, IamMode>> {
    return Object.fromEntries([...this.#byAccount].sort(([a], [b]) => a.localeCompare(b)));
  }

  /**
   * Durable once it is back, and in effect from the next request on.
   * @param mode undefined: the usual one again. @throws ModeTooLoose
   */
  async set(account: string, mode: IamMode | undefined): Promise<void> {
    if (mode !== undefined && stricter(mode, this.#floor) !== mode) {
      throw new ModeTooLoose(
        `This cloud can be reached from the network, where ${mode} would let anyone own the account: its accounts are enforced unless it is started with --unsafe-open-to-network.`,
      );
    }
    await this.#store?.transact(async (tx) => {
      if (mode === undefined) records.delete(tx, account);
      else records.put(tx, [account], mode);
    });
    // A new map for each change: a request that has begun goes on with the one it saw.
    const changed = new Map(this.#byAccount);
    if (mode === undefined) changed.delete(account);
    else changed.set(account, mode);
    this.#byAccount = changed;
  }

  /** Reads what was set before this cloud was started; what is looser than its floor isn't taken over. */
  async load(): Promise<void> {
    if (!this.#store) return;
    const found = new Map<string, IamMode>();
    let after: string | undefined;
    do {
      const page = await records.range(this.#store, {
        limit: batch,
        ...(after === undefined ? {} : { gt: [after] }),
      });
      for (const { key, value } of page) found.set(key[0], stricter(value, this.#floor));
      after = page.length < batch ? undefined : page.at(-1)?.key[0];
    } while (after !== undefined);
    this.#byAccount = found;
  }
}

export function stricter(a: IamMode, b: IamMode): IamMode {
  return iamModes.indexOf(a) >= iamModes.indexOf(b) ? a : b;
}
