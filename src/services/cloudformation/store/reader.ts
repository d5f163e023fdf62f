import { assert } from '../../../kernel/index.ts';
import type { KeyPart, Reader, RecordSet } from '../../../store/index.ts';
import type {
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
} from '../records.ts';
import { changeSetIds, created, exportSet, imports, names, type SealedSets, tokens } from './sets.ts';

export interface Page<T> {
  readonly items: T[];
  /** Where the next page starts; absent on the last. */
  readonly next?: string;
}

export class StackReader {
  readonly #reader: Reader;
  protected readonly place: readonly [account: string, region: string];
  protected readonly sets: SealedSets;

  constructor(reader: Reader, place: Place, sets: SealedSets) {
    this.sets = sets;
    this.#reader = reader;
    this.place = [place.account, place.region];
  }

  stack(stackId: string): Promise<StackRecord | undefined> {
    return this.sets.stacks.get(this.#reader, ...this.place, stackId);
  }

  /** The stack that has this name now, or any stack by its id. */
  async find(nameOrId: string): Promise<StackRecord | undefined> {
    if (nameOrId.startsWith('arn:')) return this.stack(nameOrId);
    const stackId = await names.get(this.#reader, ...this.place, nameOrId);
    return stackId === undefined ? undefined : this.stack(stackId);
  }

  inputs(stackId: string): Promise<StackInputs | undefined> {
    return this.sets.inputSets.get(this.#reader, ...this.place, stackId);
  }

  operation(stackId: string): Promise<OperationRecord | undefined> {
    return this.sets.operations.get(this.#reader, ...this.place, stackId);
  }

  resource(stackId: string, logicalId: string): Promise<ResourceRecord | undefined> {
    return this.sets.resourceSet.get(this.#reader, ...this.place, stackId, logicalId);
  }

  resources(stackId: string): Promise<ResourceRecord[]> {
    return this.sets.resourceSet.values(this.#reader, { under: [...this.place, stackId], limit: 1000 });
  }

  /** The calls that a resource's step has made, in their order. */
  journal(stackId: string, logicalId: string): Promise<JournalRecord[]> {
    return this.sets.journals.values(this.#reader, {
      under: [...this.place, stackId, logicalId],
      limit: 1000,
    });
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
    return this.#page(this.sets.eventSet, [stackId], limit, token, true);
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
    return this.sets.changeSetSet.get(this.#reader, ...this.place, stackId, name);
  }

  async changeSetById(changeSetId: string): Promise<ChangeSetRecord | undefined> {
    const found = await changeSetIds.get(this.#reader, ...this.place, changeSetId);
    return found && this.changeSet(found.stackId, found.name);
  }

  changeSets(stackId: string, limit: number, token?: string): Promise<Page<ChangeSetRecord>> {
    return this.#page(this.sets.changeSetSet, [stackId], limit, token);
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
