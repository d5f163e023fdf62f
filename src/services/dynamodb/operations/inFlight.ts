/**
 * Items that transactions under way work on, from a transaction's arrival until its commit. The store would
 * put concurrent work in an order by itself; AWS refuses it, and its clients are written for that.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
import type { Item } from '../domain/attributeValues.ts';
import type { Table } from '../domain/table.ts';
import {
  TransactionCanceledException,
  TransactionConflictException,
  ValidationException,
} from '../errors.ts';
import type { Room } from '../room.ts';
import { keyText } from './BatchGetItem.ts';

export class InFlight {
  readonly #items = new Set<string>();
  /** Digests of the requests under way, by who sent them and their token. */
  readonly #tokens = new Map<string, string>();

  /** Nearly always true: what a write pays for transactions when there are none. */
  get isIdle(): boolean {
    return this.#items.size === 0;
  }

  has(item: string): boolean {
    return this.#items.has(item);
  }

  /** The digest of the request under way with this token, if there is one. */
  digestOf(token: string): string | undefined {
    return this.#tokens.get(token);
  }

  /** Runs a transaction on items that no other works on meanwhile; its caller has looked whether one does. */
  async during<Result>(
    items: readonly string[],
    token: { id: string; digest: string } | undefined,
    run: () => Promise<Result>,
  ): Promise<Result> {
    for (const item of items) this.#items.add(item);
    if (token) this.#tokens.set(token.id, token.digest);
    try {
      return await run();
    } finally {
      for (const item of items) this.#items.delete(item);
      if (token) this.#tokens.delete(token.id);
    }
  }
}

/** Names an item among all tables. */
export function itemId(table: Table, key: Item): string {
  return `${table.id} ${keyText(table, key)}`;
}

const conflict = 'Transaction is ongoing for the item';

/** True when a transaction under way works on the item. */
export function isInTransaction(room: Room, table: Table, key: Item): boolean {
  return !room.inFlight.isIdle && room.inFlight.has(itemId(table, key));
}

/** For a write outside of transactions. @throws TransactionConflictException */
export function checkNoTransaction(room: Room, table: Table, key: Item): void {
  if (isInTransaction(room, table, key)) throw new TransactionConflictException(conflict);
}

/** For a transaction, whose items `itemId` names in their order. @throws TransactionCanceledException */
export function checkNoConflict(room: Room, items: readonly string[]): void {
  if (room.inFlight.isIdle || !items.some((item) => room.inFlight.has(item))) return;
  throw cancelled(
    items.map((item) =>
      room.inFlight.has(item) ? { Code: 'TransactionConflict', Message: conflict } : { Code: 'None' },
    ),
  );
}

/**
 * Fits every action of a transaction to its table. A key or an update that doesn't fit the schema is found by the
 * transaction and told as a reason; an empty key is found before there is one.
 * @throws TransactionCanceledException
 */
export async function fitAll<Action, Fitted>(
  actions: readonly Action[],
  prepare: (action: Action) => Promise<Fitted>,
): Promise<Fitted[]> {
  const fitted: Fitted[] = [];
  const reasons: CancellationReason[] = [];
  for (const action of actions) {
    try {
      fitted.push(await prepare(action));
      reasons.push({ Code: 'None' });
    } catch (error) {
      if (!(error instanceof ValidationException) || error.message.startsWith(emptyKey)) throw error;
      reasons.push({ Code: 'ValidationError', Message: error.message });
    }
  }
  if (fitted.length < actions.length) throw cancelled(reasons);
  return fitted;
}

const emptyKey = 'One or more parameter values are not valid.';

export interface CancellationReason {
  Code: string;
  Message?: string;
  Item?: Item;
}

/** @param reasons one for each action of the transaction, in order; `None` where nothing was wrong. */
export function cancelled(reasons: readonly CancellationReason[]): Error {
  return new TransactionCanceledException(
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );
}
