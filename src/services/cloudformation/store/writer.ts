import { assert } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { resourceMayMove, stackMayMove } from '../domain/status.ts';
import { limits } from '../limits.ts';
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
import { StackReader } from './reader.ts';
import {
  changeSetIds,
  created,
  exportSet,
  importersOf,
  imports,
  names,
  type SealedSets,
  tokens,
} from './sets.ts';

export class StackWriter extends StackReader {
  readonly tx: Transaction;

  constructor(tx: Transaction, place: Place, sets: SealedSets) {
    super(tx, place, sets);
    this.tx = tx;
  }

  createStack(stack: StackRecord): void {
    this.sets.stacks.put(this.tx, [...this.place, stack.stackId], stack);
    names.put(this.tx, [...this.place, stack.stackName], stack.stackId);
    created.put(this.tx, [...this.place, stack.createdAt, stack.stackId], null);
  }

  /** Writes a stack that exists; once deleted its name is free. */
  async putStack(stack: StackRecord): Promise<void> {
    const before = await this.stack(stack.stackId);
    const allowed = before?.status === stack.status || (before && stackMayMove(before.status, stack.status));
    assert(allowed, 'a stack moves as its table says', { from: before?.status, to: stack.status });
    this.sets.stacks.put(this.tx, [...this.place, stack.stackId], stack);
    if (stack.status === 'DELETE_COMPLETE') {
      const holder = await names.get(this.tx, ...this.place, stack.stackName);
      if (holder === stack.stackId) names.delete(this.tx, ...this.place, stack.stackName);
    }
  }

  putInputs(stackId: string, inputs: StackInputs): void {
    this.sets.inputSets.put(this.tx, [...this.place, stackId], inputs);
  }

  putOperation(stackId: string, operation: OperationRecord): void {
    this.sets.operations.put(this.tx, [...this.place, stackId], operation);
  }

  async putResource(stackId: string, resource: ResourceRecord): Promise<void> {
    const before = await this.resource(stackId, resource.logicalId);
    const allowed = before?.status === resource.status || resourceMayMove(before?.status, resource.status);
    assert(allowed, 'a resource moves as its table says', {
      logicalId: resource.logicalId,
      from: before?.status,
      to: resource.status,
    });
    this.sets.resourceSet.put(this.tx, [...this.place, stackId, resource.logicalId], resource);
  }

  addJournal(stackId: string, logicalId: string, number: number, record: JournalRecord): void {
    this.sets.journals.put(this.tx, [...this.place, stackId, logicalId, number], record);
  }

  clearJournal(stackId: string, logicalId: string): void {
    this.sets.journals.deleteUnder(this.tx, ...this.place, stackId, logicalId);
  }

  deleteResource(stackId: string, logicalId: string): void {
    this.sets.resourceSet.delete(this.tx, ...this.place, stackId, logicalId);
  }

  /** Adds an event and drops the one that falls off the far end. @returns the stack with its new count. */
  addEvent(stack: StackRecord, event: EventRecord): StackRecord {
    this.sets.eventSet.put(this.tx, [...this.place, stack.stackId, stack.eventCount], event);
    const oldest = stack.eventCount - limits.eventsKeptMax;
    if (oldest >= 0) this.sets.eventSet.delete(this.tx, ...this.place, stack.stackId, oldest);
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
    this.sets.changeSetSet.put(this.tx, [...this.place, stackId, changeSetName], changeSet);
    changeSetIds.put(this.tx, [...this.place, changeSetId], { stackId, name: changeSetName });
  }

  deleteChangeSet({ changeSetId, changeSetName, stackId }: ChangeSetRecord): void {
    this.sets.changeSetSet.delete(this.tx, ...this.place, stackId, changeSetName);
    changeSetIds.delete(this.tx, ...this.place, changeSetId);
  }

  putToken(token: string, stackName: string, record: TokenRecord): void {
    tokens.put(this.tx, [...this.place, token, stackName], record);
  }

  /** Everything of a stack that nobody may ask for any more. */
  purge({ stackId, createdAt }: StackRecord): void {
    const { stacks, inputSets, operations, resourceSet, eventSet } = this.sets;
    for (const set of [stacks, inputSets, operations]) set.delete(this.tx, ...this.place, stackId);
    for (const set of [resourceSet, eventSet]) this.tx.deletePrefix(set.key(...this.place, stackId));
    created.delete(this.tx, ...this.place, createdAt, stackId);
  }
}
