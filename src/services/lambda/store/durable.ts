/**
 * What is kept of durable executions.
 *
 *   lambda.durable           [account, region, name, id]              → ExecutionRecord
 *   lambda.durableStarted    [account, region, name, time, id]        → nothing: executions in order of their start
 *   lambda.durableName       [account, region, name, execution name]  → id
 *   lambda.durableOperation  [account, region, name, id, operation]   → OperationRecord
 *   lambda.durableEvent      [account, region, name, id, number]      → Event   of the execution's history
 */
import type { Event } from '@aws-sdk/client-lambda';
import { type Reader, recordSet, type Store, type Transaction } from '../../../store/index.ts';
import type { ExecutionKey, ExecutionRecord, OperationRecord } from '../durable/records.ts';
import type { Place } from '../store.ts';

type Of = [account: string, region: string, name: string];

const executions = recordSet<[...Of, id: string], ExecutionRecord>('lambda.durable');
const started = recordSet<[...Of, time: number, id: string], null>('lambda.durableStarted');
const names = recordSet<[...Of, executionName: string], string>('lambda.durableName');
const operations = recordSet<[...Of, id: string, operation: string], OperationRecord>(
  'lambda.durableOperation',
);
const events = recordSet<[...Of, id: string, number: number], Event>('lambda.durableEvent');

/** Operations of one execution that are read together; AWS allows 3,000. */
const operationsMax = 10_000;

const placeOf = ({ account, region, name }: Place): Of => [account, region, name];
const keyOf = (key: ExecutionKey): [...Of, string] => [...placeOf(key), key.id];

export class DurableStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#store.transact(body);
  }

  execution(key: ExecutionKey, reader: Reader = this.#store): Promise<ExecutionRecord | undefined> {
    return executions.get(reader, ...keyOf(key));
  }

  /** A new execution, by its name too. */
  add(tx: Transaction, record: ExecutionRecord): void {
    this.put(tx, record);
    started.put(tx, [...placeOf(record), record.startedAt, record.id], null);
    names.put(tx, [...placeOf(record), record.executionName], record.id);
  }

  put(tx: Transaction, record: ExecutionRecord): void {
    executions.put(tx, keyOf(record), record);
  }

  /** The execution that has this name already. */
  async named(place: Place, executionName: string, reader: Reader): Promise<ExecutionRecord | undefined> {
    const id = await names.get(reader, ...placeOf(place), executionName);
    return id === undefined ? undefined : this.execution({ ...place, id }, reader);
  }

  operation(key: ExecutionKey, id: string, reader: Reader): Promise<OperationRecord | undefined> {
    return operations.get(reader, ...keyOf(key), id);
  }

  putOperation(tx: Transaction, key: ExecutionKey, operation: OperationRecord): void {
    operations.put(tx, [...keyOf(key), operation.id], operation);
  }

  /** In order of their start. */
  async operations(key: ExecutionKey, reader: Reader = this.#store): Promise<OperationRecord[]> {
    const found = await operations.values(reader, { under: keyOf(key), limit: operationsMax });
    return found.sort((left, right) => left.sequence - right.sequence);
  }

  putEvent(tx: Transaction, key: ExecutionKey, event: Event): void {
    events.put(tx, [...keyOf(key), event.EventId ?? 0], event);
  }

  /** Events after number `after` (before it, in reverse). */
  events(key: ExecutionKey, options: { after?: number; limit: number; reverse: boolean }): Promise<Event[]> {
    const { after, limit, reverse } = options;
    const bound = after === undefined ? {} : { [reverse ? 'lt' : 'gt']: [...keyOf(key), after] };
    return events.values(this.#store, { under: keyOf(key), limit, reverse, ...bound });
  }

  /** Executions of a function in order of their start, after (in reverse: before) the one at `after`. */
  async list(
    place: Place,
    options: { after?: readonly [time: number, id: string]; limit: number; reverse: boolean },
  ): Promise<ExecutionRecord[]> {
    const { after, limit, reverse } = options;
    const bound = after === undefined ? {} : { [reverse ? 'lt' : 'gt']: [...placeOf(place), ...after] };
    const keys = await started.range(this.#store, { under: placeOf(place), limit, reverse, ...bound });
    const found = await Promise.all(keys.map(({ key }) => this.execution({ ...place, id: key[4] })));
    return found.filter((record) => record !== undefined);
  }

  /** All that is kept of an execution. */
  delete(tx: Transaction, record: ExecutionRecord): void {
    executions.delete(tx, ...keyOf(record));
    started.delete(tx, ...placeOf(record), record.startedAt, record.id);
    names.delete(tx, ...placeOf(record), record.executionName);
    operations.deleteUnder(tx, ...keyOf(record));
    events.deleteUnder(tx, ...keyOf(record));
  }

  /** All that is kept of the executions of a function. */
  deleteAll(tx: Transaction, place: Place): void {
    for (const set of [executions, started, names, operations, events])
      set.deleteUnder(tx, ...placeOf(place));
  }
}
