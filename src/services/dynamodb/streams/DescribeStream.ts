/** ListStreams and DescribeStream. A stream has one shard as long as it lives. */
import { parseArn } from '../../../kernel/index.ts';
import type { OperationContext } from '../../../platform/index.ts';
import type { Logs } from '../../../store/logs.port.ts';
import type { Store } from '../../../store/port.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { findStream, listStreams, logOf, type StreamState } from '../store/streams.ts';

export interface StreamsRoom {
  readonly store: Store;
  readonly logs: Logs;
}

export type StreamsContext = OperationContext<StreamsRoom>;

/** `table/NAME/stream/LABEL` of an ARN. @throws ValidationException */
function partsOf(arnText: string): { account: string; region: string; tableName: string; label: string } {
  const arn = parseArn(arnText);
  const match = /^table\/([a-zA-Z0-9_.-]+)\/stream\/([0-9T:.-]+)$/.exec(arn?.resource ?? '');
  if (!arn || !match || !/^[0-9]{12}$/.test(arn.account) || !/^[a-z0-9-]+$/.test(arn.region))
    throw new ValidationException(`Invalid StreamArn: ${arnText}`);
  const [, tableName, label] = match as unknown as [string, string, string];
  return { account: arn.account, region: arn.region, tableName, label };
}

/** @throws ResourceNotFoundException */
export async function streamOfArn(ctx: StreamsContext, arn: string): Promise<StreamState> {
  const { tableName, label, ...place } = partsOf(arn);
  const state = await findStream(ctx.room.store, place, tableName, label);
  if (!state || state.region !== ctx.region) {
    throw new ResourceNotFoundException(`Requested resource not found: Stream: ${arn} not found`);
  }
  return state;
}

export interface ListStreamsInput {
  TableName?: string;
  Limit?: number;
  ExclusiveStartStreamArn?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html */
export async function ListStreams(ctx: StreamsContext, input: ListStreamsInput): Promise<object> {
  const limit = input.Limit ?? limits.streamPageMax;
  const after =
    input.ExclusiveStartStreamArn === undefined ? undefined : partsOf(input.ExclusiveStartStreamArn);
  const found = await listStreams(ctx.room.store, ctx, input.TableName, after, limit + 1);
  const page = found.slice(0, limit);
  return {
    Streams: page.map(({ arn, tableName, label }) => ({
      StreamArn: arn,
      TableName: tableName,
      StreamLabel: label,
    })),
    ...(found.length > limit ? { LastEvaluatedStreamArn: page.at(-1)?.arn } : {}),
  };
}

export interface DescribeStreamInput {
  StreamArn: string;
  Limit?: number;
  ExclusiveStartShardId?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html */
export async function DescribeStream(ctx: StreamsContext, input: DescribeStreamInput): Promise<object> {
  const state = await streamOfArn(ctx, input.StreamArn);
  const shard = shardIdOf(state);
  const next = await ctx.room.logs.nextSequence(logOf(state.tableId, state.label));
  return {
    StreamDescription: {
      StreamArn: state.arn,
      StreamLabel: state.label,
      StreamStatus: state.disabledAt === undefined ? 'ENABLED' : 'DISABLED',
      StreamViewType: state.viewType,
      CreationRequestDateTime: new Date(state.createdAt),
      TableName: state.tableName,
      KeySchema: [
        { AttributeName: state.key.partition.name, KeyType: 'HASH' },
        ...(state.key.sort ? [{ AttributeName: state.key.sort.name, KeyType: 'RANGE' }] : []),
      ],
      Shards:
        input.ExclusiveStartShardId === shard
          ? []
          : [
              {
                ShardId: shard,
                SequenceNumberRange: {
                  StartingSequenceNumber: sequenceNumber(0n),
                  // Only a closed shard has an end.
                  ...(state.disabledAt === undefined
                    ? {}
                    : { EndingSequenceNumber: sequenceNumber(next > 0n ? next - 1n : 0n) }),
                },
              },
            ],
    },
  };
}

export function shardIdOf({ createdAt, tableId }: StreamState): string {
  const tail = Buffer.from(tableId).toString('hex').slice(0, 8);
  return `shardId-${String(createdAt).padStart(20, '0')}-${tail}`;
}

const sequenceBase = 10n ** 20n;

/** Sequence numbers have 21 digits at least. */
export function sequenceNumber(sequence: bigint): string {
  return String(sequenceBase + sequence);
}

/** @throws ValidationException when the text isn't one. */
export function parseSequenceNumber(text: string): bigint {
  if (!/^[0-9]{21,40}$/.test(text) || BigInt(text) < sequenceBase) {
    throw new ValidationException(`Invalid SequenceNumber: ${text}`);
  }
  return BigInt(text) - sequenceBase;
}
