/** Names that the API of streams gives: shards, sequence numbers, iterators. */
import { parseArn } from '../../../kernel/index.ts';
import type { ShardId } from '../domain/shards.ts';
import { ValidationException } from '../errors.ts';

export interface StreamName {
  account: string;
  region: string;
  tableName: string;
  label: string;
}

/** `table/NAME/stream/LABEL` of an ARN; undefined when it is something else. */
export function parseStreamArn(text: string): StreamName | undefined {
  const arn = parseArn(text);
  const match = /^table\/([a-zA-Z0-9_.-]+)\/stream\/([0-9T:.-]+)$/.exec(arn?.resource ?? '');
  if (arn?.service !== 'dynamodb' || !match) return undefined;
  if (!/^[0-9]{12}$/.test(arn.account) || !/^[a-z0-9-]+$/.test(arn.region)) return undefined;
  const [, tableName, label] = match as unknown as [string, string, string];
  return { account: arn.account, region: arn.region, tableName, label };
}

/**
 * `shardId-00000001414576573621-f55eea83`: when it was opened, and eight digits that tell apart shards of the same
 * moment. The order of ids is the order in which shards were opened.
 */
export function shardIdOf(tableId: string, { openedAt, number }: ShardId): string {
  const tail = ((baseOf(tableId) + number) % 2 ** 32).toString(16).padStart(8, '0');
  return `shardId-${String(openedAt).padStart(20, '0')}-${tail}`;
}

/** @returns the number of the shard that an id may name; undefined when it names none. */
export function shardNumberOf(tableId: string, id: string): number | undefined {
  const tail = /^shardId-[0-9]{20}-([0-9a-f]{8})$/.exec(id)?.[1];
  return tail === undefined ? undefined : (Number.parseInt(tail, 16) - baseOf(tableId) + 2 ** 32) % 2 ** 32;
}

function baseOf(tableId: string): number {
  return Number.parseInt(Buffer.from(tableId).toString('hex').slice(0, 8), 16);
}

/** Sequence numbers have 21 digits at least. */
export function sequenceNumber(sequence: number): string {
  return `1${String(sequence).padStart(20, '0')}`;
}

/** @throws ValidationException when the text can't be a sequence number. */
export function parseSequenceNumber(text: string): number {
  const digits = /^1([0-9]{20})$/.exec(text)?.[1];
  if (digits === undefined || !Number.isSafeInteger(Number(digits))) {
    throw new ValidationException('Invalid SequenceNumber for the shard');
  }
  return Number(digits);
}

/** What an iterator knows; opaque to clients but for the ARN before it, which is what IAM is asked about. */
export interface Iterator {
  readonly streamArn: string;
  readonly shard: number;
  /** Records after this sequence come next. */
  readonly after: number;
  /** Whether it begins at the oldest record there is, whichever that will be. */
  readonly fromHorizon: boolean;
  readonly issuedAt: number;
}

export function writeIterator({ streamArn, shard, after, fromHorizon, issuedAt }: Iterator): string {
  const text = [shard, after, fromHorizon ? 1 : 0, issuedAt].join(' ');
  return `${streamArn}|1|${Buffer.from(text).toString('base64url')}`;
}

/** @throws ValidationException for what we didn't write. */
export function readIterator(text: string): Iterator {
  const [streamArn, version, opaque, ...more] = text.split('|');
  const numbers = Buffer.from(opaque ?? '', 'base64url').toString();
  const match = /^([0-9]{1,10}) (-1|[0-9]{1,16}) ([01]) ([0-9]{1,16})$/.exec(numbers);
  if (version !== '1' || more.length > 0 || !match) throw new ValidationException('Invalid ShardIterator');
  const [, shard, after, horizon, issuedAt] = match;
  return {
    streamArn: streamArn as string,
    shard: Number(shard),
    after: Number(after),
    fromHorizon: horizon === '1',
    issuedAt: Number(issuedAt),
  };
}
