/** GetShardIterator and GetRecords. */
import { createHash } from 'node:crypto';
import { defineError } from '../../../kernel/index.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { decodeRecord, findStream, logOf, type StreamState } from '../store/streams.ts';
import {
  parseSequenceNumber,
  type StreamsContext,
  sequenceNumber,
  shardIdOf,
  streamOfArn,
} from './DescribeStream.ts';

const ExpiredIteratorException = defineError('ExpiredIteratorException');
const TrimmedDataAccessException = defineError('TrimmedDataAccessException');

export interface GetShardIteratorInput {
  StreamArn: string;
  ShardId: string;
  ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER';
  SequenceNumber?: string;
}

/** What an iterator knows; opaque to clients. */
interface Iterator {
  account: string;
  region: string;
  table: string;
  label: string;
  /** Records after this sequence come next. */
  after: string;
  issuedAt: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html */
export async function GetShardIterator(ctx: StreamsContext, input: GetShardIteratorInput): Promise<object> {
  const state = await streamOfArn(ctx, input.StreamArn);
  if (input.ShardId !== shardIdOf(state)) {
    throw new ResourceNotFoundException(
      `Requested resource not found: Shard ID: ${input.ShardId} in Stream ARN: ${input.StreamArn} not found`,
    );
  }
  const after = await startOf(ctx, state, input);
  return { ShardIterator: encode(state, after, ctx.now) };
}

async function startOf(
  ctx: StreamsContext,
  state: StreamState,
  { ShardIteratorType: type, SequenceNumber: text }: GetShardIteratorInput,
): Promise<bigint> {
  if (type === 'TRIM_HORIZON') return -1n;
  const log = logOf(state.tableId, state.label);
  if (type === 'LATEST') return (await ctx.room.logs.nextSequence(log)) - 1n;
  if (text === undefined) {
    throw new ValidationException(`SequenceNumber is required for ShardIteratorType ${type}`);
  }
  const sequence = parseSequenceNumber(text);
  const [first] = await ctx.room.logs.read(log, { limit: 1 });
  if (first && first.sequence > 0n && sequence < first.sequence) {
    throw new TrimmedDataAccessException(
      `The requested sequence number is before the trim horizon of the stream: ${text}`,
    );
  }
  return type === 'AT_SEQUENCE_NUMBER' ? sequence - 1n : sequence;
}

export interface GetRecordsInput {
  ShardIterator: string;
  Limit?: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html */
export async function GetRecords(ctx: StreamsContext, input: GetRecordsInput): Promise<object> {
  const { room, now } = ctx;
  const iterator = decode(input.ShardIterator);
  if (iterator.issuedAt + limits.shardIteratorMs < now) {
    throw new ExpiredIteratorException(
      'Iterator expired. The iterator was created more than 15 minutes ago.',
    );
  }
  const state = await findStream(room.store, iterator, iterator.table, iterator.label);
  if (!state || state.region !== ctx.region) {
    throw new ResourceNotFoundException('Requested resource not found: Stream not found');
  }
  const after = BigInt(iterator.after);
  const entries = await room.logs.read(logOf(state.tableId, state.label), {
    afterSequence: after,
    limit: input.Limit ?? limits.streamRecordsMax,
  });
  const records: object[] = [];
  let bytes = 0;
  let last = after;
  for (const { sequence, time, value } of entries) {
    if (bytes >= limits.pageBytesMax) break;
    last = sequence;
    if (time <= now - limits.streamRetentionMs) continue;
    const record = decodeRecord(value);
    bytes += record.sizeBytes;
    records.push(describe(state, sequence, time, record));
  }
  // A closed shard that was read to its end has no next iterator.
  const ended = state.disabledAt !== undefined && last === entries.at(-1)?.sequence;
  const finished = state.disabledAt !== undefined && (entries.length === 0 || ended);
  return {
    Records: records,
    ...(finished && (await isLast(ctx, state, last)) ? {} : { NextShardIterator: encode(state, last, now) }),
  };
}

async function isLast({ room }: StreamsContext, state: StreamState, last: bigint): Promise<boolean> {
  return (await room.logs.nextSequence(logOf(state.tableId, state.label))) <= last + 1n;
}

function describe(
  state: StreamState,
  sequence: bigint,
  time: number,
  record: ReturnType<typeof decodeRecord>,
): object {
  return {
    eventID: createHash('md5').update(`${state.tableId} ${state.label} ${sequence}`).digest('hex'),
    eventName: record.eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: state.region,
    dynamodb: {
      // AWS gives whole seconds.
      ApproximateCreationDateTime: new Date(Math.floor(time / 1000) * 1000),
      Keys: record.keys,
      ...(record.newImage ? { NewImage: record.newImage } : {}),
      ...(record.oldImage ? { OldImage: record.oldImage } : {}),
      SequenceNumber: sequenceNumber(sequence),
      SizeBytes: record.sizeBytes,
      StreamViewType: record.viewType,
    },
    ...(record.userIdentity
      ? {
          userIdentity: { PrincipalId: record.userIdentity.principalId, Type: record.userIdentity.type },
        }
      : {}),
  };
}

function encode(state: StreamState, after: bigint, issuedAt: number): string {
  const { account, region, tableName: table, label } = state;
  const iterator: Iterator = { account, region, table, label, after: String(after), issuedAt };
  return Buffer.from(JSON.stringify(iterator)).toString('base64url');
}

/** @throws ValidationException for what we didn't write. */
function decode(text: string): Iterator {
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64url').toString()) as Iterator;
    const { account, region, table, label, after, issuedAt } = parsed;
    const texts = [account, region, table, label, after];
    if (texts.every((part) => typeof part === 'string' && part.isWellFormed())) {
      if (/^-?[0-9]+$/.test(after) && typeof issuedAt === 'number') return parsed;
    }
  } catch {
    // Not base64 of JSON: said below.
  }
  throw new ValidationException('Invalid ShardIterator');
}
