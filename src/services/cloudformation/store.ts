/**
 * How stacks lie in the store, each under its account and region:
 *
 *   cloudformation.stack       [stackId]               → StackRecord
 *   cloudformation.name        [stackName]             → stackId, of the stack that has the name now
 *   cloudformation.created     [time, stackId]         → null, all stacks in order of creation
 *   cloudformation.inputs      [stackId]               → StackInputs
 *   cloudformation.operation   [stackId]               → OperationRecord, the last one
 *   cloudformation.resource    [stackId, logicalId]    → ResourceRecord
 *   cloudformation.journal     [stackId, logicalId, number] → JournalRecord, calls of a step at work
 *   cloudformation.event       [stackId, number]       → EventRecord
 *   cloudformation.export      [name]                  → ExportRecord
 *   cloudformation.import      [name, stackId]         → stackName of the stack that reads the export
 *   cloudformation.importer    [stackId, name]         → null, the same by stack
 *   cloudformation.changeSet   [stackId, name]         → ChangeSetRecord
 *   cloudformation.changeSetId [changeSetId]           → { stackId, name }
 *   cloudformation.token       [token, stackName]      → TokenRecord, for ClientRequestToken
 *
 * and of the cloud as a whole:
 *
 *   cloudformation.callback    [requestId]             → CallbackRecord, a custom resource's answer or the wait for it
 */
import { assert, type Clock } from '../../kernel/index.ts';
import {
  type Key,
  type KeyPart,
  type Reader,
  type RecordSet,
  recordSet,
  type Store,
  type Transaction,
} from '../../store/index.ts';
import { resourceMayMove, stackMayMove } from './domain/status.ts';
import { limits } from './limits.ts';
import type {
  CallbackRecord,
  CallbackResponse,
  ChangeSetRecord,
  EventRecord,
  ExportRecord,
  JournalRecord,
  OperationRecord,
  Place,
  ResourceRecord,
  StackInputs,
  StackRecord,
  TokenRecord,
} from './records.ts';

type Placed<Parts extends readonly KeyPart[]> = readonly [account: string, region: string, ...Parts];

const stacks = recordSet<Placed<[string]>, StackRecord>('cloudformation.stack');
const names = recordSet<Placed<[string]>, string>('cloudformation.name');
const created = recordSet<Placed<[number, string]>, null>('cloudformation.created');
const inputSets = recordSet<Placed<[string]>, StackInputs>('cloudformation.inputs');
const operations = recordSet<Placed<[string]>, OperationRecord>('cloudformation.operation');
const resourceSet = recordSet<Placed<[string, string]>, ResourceRecord>('cloudformation.resource');
const eventSet = recordSet<Placed<[string, number]>, EventRecord>('cloudformation.event');
const journals = recordSet<Placed<[string, string, number]>, JournalRecord>('cloudformation.journal');
const exportSet = recordSet<Placed<[string]>, ExportRecord>('cloudformation.export');
const imports = recordSet<Placed<[string, string]>, string>('cloudformation.import');
const importersOf = recordSet<Placed<[string, string]>, null>('cloudformation.importer');
const changeSetSet = recordSet<Placed<[string, string]>, ChangeSetRecord>('cloudformation.changeSet');
const changeSetIds = recordSet<Placed<[string]>, { stackId: string; name: string }>(
  'cloudformation.changeSetId',
);
const tokens = recordSet<Placed<[string, string]>, TokenRecord>('cloudformation.token');

const callbacks = recordSet<readonly [string], CallbackRecord>('cloudformation.callback');

export interface Page<T> {
  readonly items: T[];
  /** Where the next page starts; absent on the last. */
  readonly next?: string;
}

/** The stacks of all accounts and regions. */
export class StackStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Reads without a transaction: each read sees the newest commit. */
  at(place: Place): StackReader {
    return new StackReader(this.#store, place);
  }

  snapshot<T>(place: Place, body: (reader: StackReader) => Promise<T>): Promise<T> {
    return this.#store.snapshot((reader) => body(new StackReader(reader, place)));
  }

  /** Writes in a transaction that another room has begun. */
  writer(tx: Transaction, place: Place): StackWriter {
    return new StackWriter(tx, place);
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
    return this.#store.transact((tx) => body(new StackWriter(tx, place)));
  }
}

export class StackReader {
  readonly #reader: Reader;
  protected readonly place: readonly [account: string, region: string];

  constructor(reader: Reader, place: Place) {
    this.#reader = reader;
    this.place = [place.account, place.region];
  }

  stack(stackId: string): Promise<StackRecord | undefined> {
    return stacks.get(this.#reader, ...this.place, stackId);
  }

  /** The stack that has this name now, or any stack by its id. */
  async find(nameOrId: string): Promise<StackRecord | undefined> {
    if (nameOrId.startsWith('arn:')) return this.stack(nameOrId);
    const stackId = await names.get(this.#reader, ...this.place, nameOrId);
    return stackId === undefined ? undefined : this.stack(stackId);
  }

  inputs(stackId: string): Promise<StackInputs | undefined> {
    return inputSets.get(this.#reader, ...this.place, stackId);
  }

  operation(stackId: string): Promise<OperationRecord | undefined> {
    return operations.get(this.#reader, ...this.place, stackId);
  }

  resource(stackId: string, logicalId: string): Promise<ResourceRecord | undefined> {
    return resourceSet.get(this.#reader, ...this.place, stackId, logicalId);
  }

  resources(stackId: string): Promise<ResourceRecord[]> {
    return resourceSet.values(this.#reader, { under: [...this.place, stackId], limit: 1000 });
  }

  /** The calls that a resource's step has made, in their order. */
  journal(stackId: string, logicalId: string): Promise<JournalRecord[]> {
    return journals.values(this.#reader, { under: [...this.place, stackId, logicalId], limit: 1000 });
  }

  /** Newest stacks first. @param token of the page before. */
  async stacks(limit: number, token?: string): Promise<Page<StackRecord>> {
    const page = await this.#page(created, [], limit, token, true);
    const items: StackRecord[] = [];
    for (const [, stackId] of page.keys) {
      const stack = await this.stack(String(stackId));
      assert(stack, 'a listed stack is there', { stackId });
      items.push(stack);
    }
    return page.next === undefined ? { items } : { items, next: page.next };
  }

  /** How many stacks there are that aren't deleted; counts no further than `limit`. */
  async liveStacks(limit: number): Promise<number> {
    return (await names.range(this.#reader, { under: this.place, limit })).length;
  }

  /** Newest events first. */
  events(stackId: string, limit: number, token?: string): Promise<Page<EventRecord>> {
    return this.#page(eventSet, [stackId], limit, token, true);
  }

  exports(limit: number, token?: string): Promise<Page<ExportRecord>> {
    return this.#page(exportSet, [], limit, token);
  }

  export(name: string): Promise<ExportRecord | undefined> {
    return exportSet.get(this.#reader, ...this.place, name);
  }

  /** Every export by name. AWS has no quota but that of outputs; stacks × outputs bounds it. */
  async exportValues(): Promise<Map<string, string>> {
    const values = new Map<string, string>();
    for (let token: string | undefined; ; ) {
      const page = await this.exports(1000, token);
      for (const { name, value } of page.items) values.set(name, value);
      if (page.next === undefined) return values;
      token = page.next;
    }
  }

  /** Names of the stacks that import `exportName`. */
  importers(exportName: string, limit: number, token?: string): Promise<Page<string>> {
    return this.#page(imports, [exportName], limit, token);
  }

  changeSet(stackId: string, name: string): Promise<ChangeSetRecord | undefined> {
    return changeSetSet.get(this.#reader, ...this.place, stackId, name);
  }

  async changeSetById(changeSetId: string): Promise<ChangeSetRecord | undefined> {
    const found = await changeSetIds.get(this.#reader, ...this.place, changeSetId);
    return found && this.changeSet(found.stackId, found.name);
  }

  changeSets(stackId: string, limit: number, token?: string): Promise<Page<ChangeSetRecord>> {
    return this.#page(changeSetSet, [stackId], limit, token);
  }

  /** The request that a client's token stands for. */
  token(token: string, stackName: string): Promise<TokenRecord | undefined> {
    return tokens.get(this.#reader, ...this.place, token, stackName);
  }

  /** One page of a set under some parts; the token holds the parts after them of the last entry. */
  async #page<Parts extends readonly KeyPart[], Value>(
    set: RecordSet<Parts, Value>,
    under: readonly KeyPart[],
    limit: number,
    token: string | undefined,
    reverse = false,
  ): Promise<Page<Value> & { keys: (readonly KeyPart[])[] }> {
    const whole = [...this.place, ...under];
    const after = token === undefined ? undefined : readPageToken(token);
    const bound = after && { [reverse ? 'lt' : 'gt']: [...whole, ...after] };
    const found = await set.range(this.#reader, { under: whole, ...bound, reverse, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const items = shown.map(({ value }) => value);
    const keys = shown.map(({ key }) => key.slice(whole.length));
    const last = keys.at(-1);
    return found.length > limit && last ? { items, keys, next: pageToken(last) } : { items, keys };
  }
}

export class StackWriter extends StackReader {
  readonly tx: Transaction;

  constructor(tx: Transaction, place: Place) {
    super(tx, place);
    this.tx = tx;
  }

  createStack(stack: StackRecord): void {
    stacks.put(this.tx, [...this.place, stack.stackId], stack);
    names.put(this.tx, [...this.place, stack.stackName], stack.stackId);
    created.put(this.tx, [...this.place, stack.createdAt, stack.stackId], null);
  }

  /** Writes a stack that exists; once deleted its name is free. */
  async putStack(stack: StackRecord): Promise<void> {
    const before = await this.stack(stack.stackId);
    const allowed = before?.status === stack.status || (before && stackMayMove(before.status, stack.status));
    assert(allowed, 'a stack moves as its table says', { from: before?.status, to: stack.status });
    stacks.put(this.tx, [...this.place, stack.stackId], stack);
    if (stack.status === 'DELETE_COMPLETE') {
      const holder = await names.get(this.tx, ...this.place, stack.stackName);
      if (holder === stack.stackId) names.delete(this.tx, ...this.place, stack.stackName);
    }
  }

  putInputs(stackId: string, inputs: StackInputs): void {
    inputSets.put(this.tx, [...this.place, stackId], inputs);
  }

  putOperation(stackId: string, operation: OperationRecord): void {
    operations.put(this.tx, [...this.place, stackId], operation);
  }

  async putResource(stackId: string, resource: ResourceRecord): Promise<void> {
    const before = await this.resource(stackId, resource.logicalId);
    const allowed = before?.status === resource.status || resourceMayMove(before?.status, resource.status);
    assert(allowed, 'a resource moves as its table says', {
      logicalId: resource.logicalId,
      from: before?.status,
      to: resource.status,
    });
    resourceSet.put(this.tx, [...this.place, stackId, resource.logicalId], resource);
  }

  addJournal(stackId: string, logicalId: string, number: number, record: JournalRecord): void {
    journals.put(this.tx, [...this.place, stackId, logicalId, number], record);
  }

  clearJournal(stackId: string, logicalId: string): void {
    journals.deleteUnder(this.tx, ...this.place, stackId, logicalId);
  }

  deleteResource(stackId: string, logicalId: string): void {
    resourceSet.delete(this.tx, ...this.place, stackId, logicalId);
  }

  /** Adds an event and drops the one that falls off the far end. @returns the stack with its new count. */
  addEvent(stack: StackRecord, event: EventRecord): StackRecord {
    eventSet.put(this.tx, [...this.place, stack.stackId, stack.eventCount], event);
    const oldest = stack.eventCount - limits.eventsKeptMax;
    if (oldest >= 0) eventSet.delete(this.tx, ...this.place, stack.stackId, oldest);
    return { ...stack, eventCount: stack.eventCount + 1 };
  }

  putExport(record: ExportRecord): void {
    exportSet.put(this.tx, [...this.place, record.name], record);
  }

  deleteExport(name: string): void {
    exportSet.delete(this.tx, ...this.place, name);
  }

  /** Records which exports a stack reads, in place of what was recorded. */
  async setImports(stack: StackRecord, exportNames: Iterable<string>): Promise<void> {
    const { stackId, stackName } = stack;
    for (const { key } of await importersOf.range(this.tx, {
      under: [...this.place, stackId],
      limit: 10_000,
    })) {
      imports.delete(this.tx, ...this.place, key[3], stackId);
      importersOf.delete(this.tx, ...this.place, stackId, key[3]);
    }
    for (const name of exportNames) {
      imports.put(this.tx, [...this.place, name, stackId], stackName);
      importersOf.put(this.tx, [...this.place, stackId, name], null);
    }
  }

  putChangeSet(changeSet: ChangeSetRecord): void {
    const { changeSetId, changeSetName, stackId } = changeSet;
    changeSetSet.put(this.tx, [...this.place, stackId, changeSetName], changeSet);
    changeSetIds.put(this.tx, [...this.place, changeSetId], { stackId, name: changeSetName });
  }

  deleteChangeSet({ changeSetId, changeSetName, stackId }: ChangeSetRecord): void {
    changeSetSet.delete(this.tx, ...this.place, stackId, changeSetName);
    changeSetIds.delete(this.tx, ...this.place, changeSetId);
  }

  putToken(token: string, stackName: string, record: TokenRecord): void {
    tokens.put(this.tx, [...this.place, token, stackName], record);
  }

  /** Everything of a stack that nobody may ask for any more. */
  purge({ stackId, createdAt }: StackRecord): void {
    for (const set of [stacks, inputSets, operations]) set.delete(this.tx, ...this.place, stackId);
    for (const set of [resourceSet, eventSet]) this.tx.deletePrefix(set.key(...this.place, stackId));
    created.delete(this.tx, ...this.place, createdAt, stackId);
  }
}

function pageToken(after: readonly KeyPart[]): string {
  return Buffer.from(JSON.stringify(after)).toString('base64url');
}

/** @returns undefined for a token that this store didn't make, which then starts from the beginning. */
function readPageToken(token: string): readonly KeyPart[] | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(key) ? (key as KeyPart[]) : undefined;
  } catch {
    return undefined;
  }
}
