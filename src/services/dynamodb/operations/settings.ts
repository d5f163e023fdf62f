/** Settings that several operations change: streams, TTL, encryption at rest. */
import { formatArn } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/port.ts';
import type { Stream, StreamViewType, Table } from '../domain/table.ts';
import { invalid } from '../domain/throughput.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { expiriesOf } from '../store/items.ts';
import { closeStream, openStream } from '../store/streams.ts';

export interface StreamSpecification {
  StreamEnabled: boolean;
  StreamViewType?: StreamViewType;
}

export interface SSESpecification {
  Enabled?: boolean;
  SSEType?: 'AES256' | 'KMS';
  KMSMasterKeyId?: string;
}

/** @param creating AWS words it differently. @throws ValidationException when the view type and the switch don't agree. */
export function streamOf(
  given: StreamSpecification | undefined,
  now: number,
  creating: boolean,
): Stream | undefined {
  if (!given) return undefined;
  if (!given.StreamEnabled) {
    if (given.StreamViewType !== undefined) {
      throw new ValidationException(
        creating
          ? 'One or more parameter values were invalid: Table is being created with a stream disabled, UpdateViewType should not be specified'
          : 'One or more parameter values were invalid: If stream is being disabled, then UpdateViewType must not be specified',
      );
    }
    return undefined;
  }
  if (given.StreamViewType === undefined) {
    throw new ValidationException(
      creating
        ? 'One or more parameter values were invalid: Table is being created with a stream enabled, UpdateViewType is required'
        : 'One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required',
    );
  }
  return { label: new Date(now).toISOString().slice(0, -1), viewType: given.StreamViewType };
}

/** When a new stream of a table begins: it is named by that, and unlike any before it, though the clock may stand. */
export function streamTime({ latestStream }: Pick<Table, 'latestStream'>, now: number): number {
  return latestStream ? Math.max(now, Date.parse(`${latestStream.label}Z`) + 1) : now;
}

/** Writes down that a stream begins or ends, in the transaction of the table's change. */
export async function followStream(
  tx: Transaction,
  { room, now }: Pick<Context, 'room' | 'now'>,
  table: Table,
  before: Stream | undefined,
  after: Stream | undefined,
): Promise<void> {
  if (before?.label === after?.label) return;
  if (before) await closeStream(tx, room.platform.logs, table, before, now);
  if (!after) return;
  openStream(tx, table, after, now);
  const { account, region, name } = table;
  await room.queues.trims.enqueue(
    tx,
    { account, region, table: name, label: after.label },
    { dueAt: now + limits.streamTrimMs },
  );
}

/** What follows when TTL is enabled or disabled, in the transaction of the table's change. */
export async function followTimeToLive(
  tx: Transaction,
  { room, now }: Pick<Context, 'room' | 'now'>,
  before: Table | undefined,
  after: Table,
): Promise<void> {
  const { account, region, name, id: tableId, timeToLive } = after;
  const old = before?.timeToLive;
  if (old?.attribute === timeToLive?.attribute && old?.id === timeToLive?.id) return;
  if (before && old) await room.queues.purges.enqueue(tx, { kind: 'expiry', id: expiriesOf(before) });
  if (!timeToLive) return;
  const place = { account, region, table: name };
  await room.queues.backfills.enqueue(tx, place);
  const expiries = expiriesOf(after);
  await room.queues.sweeps.enqueue(
    tx,
    { ...place, tableId, expiries },
    { dueAt: now + limits.timeToLiveSweepMs, id: expiries },
  );
}

/** Data at rest is as safe as the disk it is on; the description says what was asked for, as AWS's does. */
export function encryptionOf(
  given: SSESpecification | undefined,
  place: { account: string; region: string },
): Table['encryption'] | undefined {
  if (!given) return undefined;
  // Observed: a type says that it is meant to be enabled.
  const { SSEType: type, KMSMasterKeyId: key, Enabled: enabled = type !== undefined } = given;
  if (!enabled) {
    if (type !== undefined) throw invalid('SSEType can not be specified if Enabled is false');
    if (key !== undefined) throw invalid('KMSMasterKeyId can not be specified if Enabled is false');
    return undefined;
  }
  if (type === 'AES256') throw invalid('SSEType AES256 is not supported');
  if (key !== undefined && type === undefined) {
    throw invalid('SSEType KMS is required if KMSMasterKeyId is specified');
  }
  const keyArn =
    key === undefined
      ? formatArn({ service: 'kms', ...place, resource: 'alias/aws/dynamodb' })
      : key.startsWith('arn:')
        ? key
        : formatArn({
            service: 'kms',
            ...place,
            resource: key.startsWith('alias/') ? key : `key/${key}`,
          });
  return { type: 'KMS', keyArn };
}

/**
 * UpdateTable doesn't take what is so already; but a key that is named otherwise than by its ARN, or not at all, it takes
 * again, as AWS was observed to. @throws ValidationException
 */
export function checkEncryptionChange(
  table: Table,
  encryption: Table['encryption'] | undefined,
  { KMSMasterKeyId: named }: SSESpecification,
): void {
  if (encryption?.keyArn !== table.encryption?.keyArn) return;
  if (encryption && named !== encryption.keyArn) return;
  throw invalid(
    encryption
      ? 'Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key'
      : 'Table is already encrypted by default',
  );
}

const classes = ['STANDARD', 'STANDARD_INFREQUENT_ACCESS'];

/** @throws ValidationException */
export function checkTableClass(given: string | undefined): void {
  if (given === undefined || classes.includes(given)) return;
  throw new ValidationException(
    `Invalid table-class parameter provided. Please try again with a valid table-class value: [${classes.join(', ')}].`,
  );
}
