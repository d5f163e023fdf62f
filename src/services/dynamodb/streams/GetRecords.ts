/** GetShardIterator and GetRecords. */
import { createHash } from 'node:crypto';
import { defineError } from '../../../kernel/index.ts';
import type { Shard } from '../domain/shards.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { findShard, nextSequence, type ReadRecord, readRecords } from '../store/shards.ts';
import type { StreamState } from '../store/streams.ts';
import { type StreamsContext, streamOfArn } from './DescribeStream.ts';
import {
  parseSequenceNumber,
  readIterator,
  sequenceNumber,
  shardIdOf,
  shardNumberOf,
  writeIterator,
} from './iterators.ts';

const ExpiredIteratorException = defineError('ExpiredIteratorException');
const TrimmedDataAccessException = defineError('TrimmedDataAccessException');

export interface GetShardIteratorInput {
  StreamArn: string;
  ShardId: string;
  ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER';
  SequenceNumber?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html */
export async function GetShardIterator(ctx: StreamsContext, input: GetShardIteratorInput): Promise<object> {
  checkSequenceGiven(input);
  const state = await streamOfArn(ctx, input.StreamArn);
  const number = shardNumberOf(state.tableId, input.ShardId);
  const { store, logs } = ctx.room;
  const shard = number === undefined ? undefined : await findShard(store, logs, state, number);
  if (!shard || shardIdOf(state.tableId, shard) !== input.ShardId) {
    throw new ResourceNotFoundException('Requested resource not found: Shard does not exist');
  }
  return {
    ShardIterator: writeIterator({
      streamArn: state.arn,
      shard: shard.number,
      after: await startOf(ctx, state, shard, input),
      fromHorizon: input.ShardIteratorType === 'TRIM_HORIZON',
      issuedAt: ctx.now,
    }),
  };
}

function checkSequenceGiven({ ShardIteratorType: type, SequenceNumber: text }: GetShardIteratorInput): void {
  const needed = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER';
  if (needed === (text !== undefined)) return;
  throw new ValidationException(
    needed
      ? 'One or more parameter values were invalid: Invalid SequenceNumber'
      : 'One or more parameter values were invalid: SequenceNumber should not be passed for this iterator type',
  );
}

async function startOf(
  { room, now }: StreamsContext,
  state: StreamState,
  shard: Shard,
  { ShardIteratorType: type, SequenceNumber: text }: GetShardIteratorInput,
): Promise<number> {
  if (type === 'TRIM_HORIZON') return -1;
  if (type === 'LATEST') return shard.end ?? (await nextSequence(room.store, room.logs, state)) - 1;
  const sequence = parseSequenceNumber(text as string);
  const last = shard.end ?? (await nextSequence(room.store, room.logs, state)) - 1;
  if (sequence < shard.first || sequence > last) {
    throw new ValidationException('Invalid SequenceNumber for the shard');
  }
  const [found] = await readRecords(room.store, room.logs, state, shard, sequence - 1, 1, 1);
  const isOld = found?.sequence === sequence && found.time <= now - limits.streamRetentionMs;
  if (isOld || sequence <= (shard.trimmed ?? -1)) throw trimmed();
  return type === 'AT_SEQUENCE_NUMBER' ? sequence - 1 : sequence;
}

function trimmed(): Error {
  return new TrimmedDataAccessException(
    'The operation attempted to read past the oldest stream record in a shard.',
  );
}

export interface GetRecordsInput {
  ShardIterator: string;
  Limit?: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html */
export async function GetRecords(ctx: StreamsContext, input: GetRecordsInput): Promise<object> {
  const { room, now } = ctx;
  const limit = input.Limit ?? limits.streamRecordsMax;
  if (limit > limits.streamRecordsMax) {
    throw new ValidationException(
      `One or more parameter values were invalid: Limit should be less than or equal to ${limits.streamRecordsMax}`,
    );
  }
  const iterator = readIterator(input.ShardIterator);
  if (iterator.issuedAt + limits.shardIteratorMs < now) {
    throw new ExpiredIteratorException(
      `Iterator expired. The iterator was created at time ${new Date(iterator.issuedAt).toUTCString()} while right now it is ${new Date(now).toUTCString()} which is further in the future than the tolerated delay of ${limits.shardIteratorMs} milliseconds.`,
    );
  }
  const state = await streamOfArn(ctx, iterator.streamArn);
  const shard = await findShard(room.store, room.logs, state, iterator.shard);
  if (!shard) throw trimmed();
  const { after, fromHorizon } = iterator;
  const read = await readRecords(room.store, room.logs, state, shard, after, limit, limits.pageBytesMax);
  const oldest = now - limits.streamRetentionMs;
  // What comes next is gone, or about to go: the reader would miss it and not know.
  const isGone = (read[0] && read[0].time <= oldest) || after < (shard.trimmed ?? -1);
  if (isGone && !fromHorizon) throw trimmed();
  const { records, last } = pageOf(read, oldest);
  const next = { ...iterator, after: last ?? after, fromHorizon: fromHorizon && last === undefined };
  // A closed shard that was read to its end has no next iterator.
  const isOver = shard.end !== undefined && (read.length === 0 || next.after >= shard.end);
  return {
    Records: records.map((record) => describe(state, record)),
    ...(isOver ? {} : { NextShardIterator: writeIterator({ ...next, issuedAt: now }) }),
  };
}

/** As many records as fit in 1 MB (one that is larger comes alone), and the last sequence that was looked at. */
function pageOf(
  read: readonly ReadRecord[],
  oldest: number,
): { records: ReadRecord[]; last: number | undefined } {
  const records: ReadRecord[] = [];
  let bytes = 0;
  let last: number | undefined;
  for (const record of read) {
    if (record.time > oldest) {
      bytes += record.change.sizeBytes;
      if (bytes > limits.pageBytesMax && records.length > 0) break;
      records.push(record);
    }
    last = record.sequence;
  }
  return { records, last };
}

function describe(state: StreamState, { sequence, time, change }: ReadRecord): object {
  return {
    eventID: createHash('md5').update(`${state.tableId} ${state.label} ${sequence}`).digest('hex'),
    eventName: change.eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: state.region,
    dynamodb: {
      // AWS gives whole seconds.
      ApproximateCreationDateTime: new Date(Math.floor(time / 1000) * 1000),
      Keys: change.keys,
      ...(change.newImage ? { NewImage: change.newImage } : {}),
      ...(change.oldImage ? { OldImage: change.oldImage } : {}),
      SequenceNumber: sequenceNumber(sequence),
      SizeBytes: change.sizeBytes,
      StreamViewType: change.viewType,
    },
    ...(change.userIdentity
      ? {
          userIdentity: { PrincipalId: change.userIdentity.principalId, Type: change.userIdentity.type },
        }
      : {}),
  };
}
