/**
 * How tasks lie in the store.
 *
 *   ['task', queue, 'due', dueAt, id] → TaskRecord   in the order in which they fall due; a leased task lies at its lease's end
 *   ['task', queue, 'at', id]         → dueAt        where a task lies, for idempotency and cancelling
 */
import { deserialize, serialize } from 'node:v8';
import { assert } from '../kernel/index.ts';
import type { Key, Reader, Transaction } from '../store/port.ts';
import type { RetryPolicy } from './port.ts';

export interface TaskRecord {
  id: string;
  payload: unknown;
  /** Attempts started. */
  attempts: number;
  enqueuedAt: number;
  retry: RetryPolicy | undefined;
  ageMaxMs: number | undefined;
  /** The process that works on it; its lease ends when the task lies due again. */
  owner: string | undefined;
}

export interface DueTask {
  dueAt: number;
  record: TaskRecord;
}

const dueKey = (queue: string, dueAt: number, id: string): Key => ['task', queue, 'due', dueAt, id];
const placeKey = (queue: string, id: string): Key => ['task', queue, 'at', id];
export const queuePrefix = (queue: string): Key => ['task', queue];

export async function readPlace(reader: Reader, queue: string, id: string): Promise<number | undefined> {
  const value = await reader.get(placeKey(queue, id));
  return value === undefined ? undefined : (deserialize(value) as number);
}

export async function readTask(reader: Reader, queue: string, id: string): Promise<DueTask | undefined> {
  const dueAt = await readPlace(reader, queue, id);
  if (dueAt === undefined) return undefined;
  const value = await reader.get(dueKey(queue, dueAt, id));
  assert(value, 'a task lies where its place says', { queue, id, dueAt });
  return { dueAt, record: deserialize(value) as TaskRecord };
}

export function putTask(tx: Transaction, queue: string, dueAt: number, record: TaskRecord): void {
  tx.put(dueKey(queue, dueAt, record.id), serialize(record));
  tx.put(placeKey(queue, record.id), serialize(dueAt));
}

export function removeTask(tx: Transaction, queue: string, dueAt: number, id: string): void {
  tx.delete(dueKey(queue, dueAt, id));
  tx.delete(placeKey(queue, id));
}

/** Moves a task to another due time, changed or not. */
export function moveTask(tx: Transaction, queue: string, from: number, to: number, record: TaskRecord): void {
  tx.delete(dueKey(queue, from, record.id));
  putTask(tx, queue, to, record);
}

/** The first tasks of a queue in due order, due or not. */
export async function firstTasks(reader: Reader, queue: string, limit: number): Promise<DueTask[]> {
  const entries = await reader.range({ prefix: ['task', queue, 'due'], limit });
  return entries.map((entry) => ({
    dueAt: Number(entry.key[3]),
    record: deserialize(entry.value) as TaskRecord,
  }));
}

/** Names of the queues that hold tasks, found by seeking from one to the next. */
export async function queuesWithTasks(reader: Reader): Promise<string[]> {
  const queues: string[] = [];
  for (;;) {
    const last = queues.at(-1);
    // 'at' and 'due' are the only second parts, so everything of a queue sorts below [queue, 'e'].
    const [next] = await reader.range({
      prefix: ['task'],
      limit: 1,
      ...(last === undefined ? {} : { gt: ['task', last, 'e'] }),
    });
    if (!next) return queues;
    queues.push(String(next.key[1]));
  }
}
