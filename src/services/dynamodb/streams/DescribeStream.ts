/** ListStreams and DescribeStream. */
import type { OperationContext } from '../../../platform/index.ts';
import type { Logs } from '../../../store/logs.port.ts';
import type { Store } from '../../../store/port.ts';
import type { Shard, ShardId } from '../domain/shards.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Policies } from '../store/policies.ts';
import { listShards } from '../store/shards.ts';
import { findStream, listStreams, type StreamState } from '../store/streams.ts';
import { parseStreamArn, sequenceNumber, shardIdOf } from './iterators.ts';

export interface StreamsRoom {
  readonly store: Store;
  readonly logs: Logs;
  readonly policies: Policies;
}

export type StreamsContext = OperationContext<StreamsRoom>;

/** @throws ResourceNotFoundException, ValidationException when the ARN isn't a stream's. */
export async function streamOfArn(ctx: StreamsContext, arn: string): Promise<StreamState> {
  const name = parseStreamArn(arn);
  if (!name) throw new ValidationException(`Invalid StreamArn: ${arn}`);
  const { tableName, label, ...place } = name;
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
  if (limit > limits.streamPageMax) {
    throw new ValidationException(
      `One or more parameter values were invalid: Limit cannot be greater than the maximum allowed size: ${limits.streamPageMax}`,
    );
  }
  const start = input.ExclusiveStartStreamArn;
  const after = start === undefined ? undefined : parseStreamArn(start);
  if (start !== undefined && !after) throw new ValidationException(`Invalid StreamArn: ${start}`);
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
  ShardFilter?: { Type?: 'CHILD_SHARDS'; ShardId?: string };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html */
export async function DescribeStream(ctx: StreamsContext, input: DescribeStreamInput): Promise<object> {
  const limit = input.Limit ?? limits.streamPageMax;
  if (limit > limits.streamPageMax) {
    throw new ValidationException(
      `One or more parameter values were invalid: Limit cannot be greater than the maximum: ${limits.streamPageMax}`,
    );
  }
  const state = await streamOfArn(ctx, input.StreamArn);
  const all = await listShards(ctx.room.store, ctx.room.logs, state);
  const idOf = (shard: ShardId) => shardIdOf(state.tableId, shard);
  const start = input.ExclusiveStartShardId;
  // CHILD_SHARDS is the only filter there is.
  const parent = input.ShardFilter?.ShardId;
  const wanted = all.filter(
    (shard) =>
      (start === undefined || idOf(shard) > start) &&
      (parent === undefined || (shard.parent !== undefined && idOf(shard.parent) === parent)),
  );
  const page = wanted.slice(0, limit);
  const last = page.at(-1);
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
      Shards: page.map((shard) => describeShard(shard, idOf)),
      ...(wanted.length > limit && last ? { LastEvaluatedShardId: idOf(last) } : {}),
    },
  };
}

function describeShard(shard: Shard, idOf: (shard: ShardId) => string): object {
  return {
    ShardId: idOf(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(shard.first),
      // Only a closed shard has an end.
      ...(shard.end === undefined ? {} : { EndingSequenceNumber: sequenceNumber(shard.end) }),
    },
    ...(shard.parent === undefined ? {} : { ParentShardId: idOf(shard.parent) }),
  };
}
