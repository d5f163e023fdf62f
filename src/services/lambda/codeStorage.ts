/**
 * “Storage for uploaded functions (.zip file archives) and layers: 75 GB”, per account and region; every version counts.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
import { CodeStorageExceededException } from './errors.ts';
import { codeStorageBytesMax } from './limits.ts';
import type { LambdaStore, Place } from './store.ts';

type Scope = Pick<Place, 'account' | 'region'>;

interface Account {
  /** Bytes in use, or more: what is deleted is taken off only when it is counted again. */
  bound: number;
  counting: Promise<void> | undefined;
  /** Taken while it is being counted. */
  meanwhile: number;
}

export class CodeStorage {
  readonly #store: Pick<LambdaStore, 'codeUsage'>;
  readonly #bytesMax: number;
  readonly #accounts = new Map<string, Account>();

  constructor(store: Pick<LambdaStore, 'codeUsage'>, bytesMax: number = codeStorageBytesMax) {
    this.#store = store;
    this.#bytesMax = bytesMax;
  }

  /**
   * Called before `bytes` more are kept. All that is there is counted once, and again when the bound reaches the quota:
   * nobody pays for it in between.
   * @throws CodeStorageExceededException
   */
  async take(scope: Scope, bytes: number): Promise<void> {
    const account = this.#accountOf(scope);
    if (account.counting) account.meanwhile += bytes;
    if (account.bound + bytes <= this.#bytesMax) {
      account.bound += bytes;
      return;
    }
    if (!account.counting) {
      account.meanwhile = bytes;
      account.counting = this.#count(scope, account).finally(() => {
        account.counting = undefined;
      });
    }
    await account.counting;
    if (account.bound <= this.#bytesMax) return;
    account.bound -= bytes;
    throw new CodeStorageExceededException('Code storage limit exceeded.');
  }

  async #count(scope: Scope, account: Account): Promise<void> {
    const { bytes } = await this.#store.codeUsage(scope);
    account.bound = bytes + account.meanwhile;
  }

  #accountOf({ account, region }: Scope): Account {
    const key = `${account}:${region}`;
    let found = this.#accounts.get(key);
    if (!found) {
      found = { bound: Number.POSITIVE_INFINITY, counting: undefined, meanwhile: 0 };
      this.#accounts.set(key, found);
    }
    return found;
  }
}
