/**
 * Kinesis destinations of tables, and the changes that wait for them. Key table:
 *
 *     ['dynamodb.kinesis', tableId, streamArn]              → Destination
 *     ['dynamodb.outbox', destinationId]                    → Outbox
 *     ['dynamodb.outboxRecord', destinationId, sequence]    → Waiting: a change
 *
 * A change is noted in its own transaction and deleted when Kinesis has it.
 */
import { type Reader, recordSet, type Transaction } from '../../../store/index.ts';
import type { Precision } from '../domain/kinesisRecords.ts';
import type { ChangeRecord } from '../domain/streamRecords.ts';
import { limits } from '../limits.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_KinesisDataStreamDestination.html */
export interface Destination {
  /** Of its outbox; a destination that is enabled again has another. */
  readonly id: string;
  readonly streamArn: string;
  readonly status: 'ACTIVE' | 'DISABLED' | 'ENABLE_FAILED';
  readonly description?: string;
  /** Absent as long as nobody said which; then it is milliseconds. */
  readonly precision?: Precision;
}

export interface Outbox {
  /** The sequence of the next change. */
  readonly next: number;
  /** Whether there is a task that will look at it. */
  readonly scheduled: boolean;
  /** What Kinesis answered last, when it refused; attempts since it did. */
  readonly refusal?: { readonly message: string; readonly since: number; readonly attempts: number };
}

export interface Waiting {
  readonly time: number;
  readonly change: ChangeRecord;
}

const destinations = recordSet<[tableId: string, streamArn: string], Destination>('dynamodb.kinesis');
const outboxes = recordSet<[destinationId: string], Outbox>('dynamodb.outbox');
const waiting = recordSet<[destinationId: string, sequence: number], Waiting>('dynamodb.outboxRecord');

export function putDestination(tx: Transaction, tableId: string, destination: Destination): void {
  destinations.put(tx, [tableId, destination.streamArn], destination);
}

export function getDestination(
  reader: Reader,
  tableId: string,
  streamArn: string,
): Promise<Destination | undefined> {
  return destinations.get(reader, tableId, streamArn);
}

/** Destinations that a table has or had; those that failed or are disabled are kept. */
export function listDestinations(reader: Reader, tableId: string): Promise<Destination[]> {
  return destinations.values(reader, { under: [tableId], limit: limits.sweepItems });
}

/** All that a table has of them when it is deleted, but changes on their way: whoever sends those forgets them. */
export async function deleteDestinations(tx: Transaction, tableId: string): Promise<void> {
  for (const { id } of await listDestinations(tx, tableId)) await endOutbox(tx, id);
  destinations.deleteUnder(tx, tableId);
}

/** The end of a destination. What still waits is sent, and the outbox goes with the last of it. */
export async function endOutbox(tx: Transaction, destinationId: string): Promise<void> {
  const { scheduled } = await getOutbox(tx, destinationId);
  if (!scheduled) deleteOutbox(tx, destinationId);
}

export async function getOutbox(reader: Reader, destinationId: string): Promise<Outbox> {
  return (await outboxes.get(reader, destinationId)) ?? { next: 0, scheduled: false };
}

export function putOutbox(tx: Transaction, destinationId: string, outbox: Outbox): void {
  outboxes.put(tx, [destinationId], outbox);
}

export function putWaiting(tx: Transaction, destinationId: string, sequence: number, change: Waiting): void {
  waiting.put(tx, [destinationId, sequence], change);
}

export async function listWaiting(
  reader: Reader,
  destinationId: string,
  limit: number,
): Promise<{ sequence: number; waiting: Waiting }[]> {
  const found = await waiting.range(reader, {
    under: [destinationId],
    limit,
    bytesMax: limits.kinesisBatchBytes,
  });
  return found.map(({ key, value }) => ({ sequence: Number(key[1]), waiting: value }));
}

export function deleteWaiting(tx: Transaction, destinationId: string, sequence: number): void {
  waiting.delete(tx, destinationId, sequence);
}

export function deleteOutbox(tx: Transaction, destinationId: string): void {
  outboxes.delete(tx, destinationId);
}
