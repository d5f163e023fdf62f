/** Log streams: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html and its neighbours. */
import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../../platform/index.ts';
import {
  InvalidParameterException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '../errors.ts';
import type { LogStream, LogsRoom } from '../store.ts';
import { groupArn, nameOfIdentifier, noSuchGroup } from './groups.ts';

export const CreateLogStream: Operation<LogsRoom, CreateLogStreamRequest> = async (
  { room, account, region, now },
  input,
) => {
  const [groupName, name] = [input.logGroupName as string, input.logStreamName as string];
  await room.store.transact(async (tx) => {
    const group = await room.store.group(tx, { account, region }, groupName);
    if (!group) throw noSuchGroup();
    if (await room.store.stream(tx, group.id, name)) {
      throw new ResourceAlreadyExistsException('The specified log stream already exists');
    }
    room.store.putStream(tx, group.id, newStream(room, name, now));
  });
  return {};
};

export function newStream(room: LogsRoom, name: string, now: number): LogStream {
  return {
    id: room.newId(),
    name,
    createdAt: now,
    firstEventAt: undefined,
    lastEventAt: undefined,
    lastIngestionAt: undefined,
    sequence: 0,
  };
}

export const DeleteLogStream: Operation<LogsRoom, DeleteLogStreamRequest> = async (
  { room, account, region },
  input,
) => {
  const scope = { account, region };
  const groupName = input.logGroupName as string;
  await room.store.transact(async (tx) => {
    const group = await room.store.group(tx, scope, groupName);
    if (!group) throw noSuchGroup();
    const stream = await room.store.stream(tx, group.id, input.logStreamName as string);
    if (!stream) throw noSuchStream();
    const members = await room.store.streamEvents(tx, group.id, stream.id, {
      from: 0,
      until: Number.MAX_SAFE_INTEGER,
      position: undefined,
      reverse: false,
      limit: stream.sequence,
    });
    room.store.deleteStream(tx, group.id, stream, members);
  });
  return {};
};

/** 50 in a page: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html */
const streamsPageMax = 50;
/** Streams sorted for one answer by LastEventTime; older groups than that are paged by name. */
const sortedStreamsMax = 10_000;

export const DescribeLogStreams: Operation<
  LogsRoom,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse
> = async ({ room, account, region }, input) => {
  const scope = { account, region };
  const groupName = nameOfIdentifier(input.logGroupName ?? input.logGroupIdentifier ?? '');
  const group = await room.store.group(room.store.reader, scope, groupName);
  if (!group) throw noSuchGroup();
  const { id } = group;
  const byTime = input.orderBy === 'LastEventTime';
  if (byTime && input.logStreamNamePrefix !== undefined) {
    throw new InvalidParameterException('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const limit = input.limit ?? streamsPageMax;
  const reverse = input.descending ?? false;
  const token =
    input.nextToken === undefined ? undefined : Buffer.from(input.nextToken, 'base64url').toString();
  const page = byTime ? await pageByTime() : await pageByName();
  const last = page[limit - 1];
  return {
    logStreams: page.slice(0, limit).map((stream) => ({
      logStreamName: stream.name,
      creationTime: stream.createdAt,
      ...(stream.firstEventAt === undefined ? {} : { firstEventTimestamp: stream.firstEventAt }),
      ...(stream.lastEventAt === undefined ? {} : { lastEventTimestamp: stream.lastEventAt }),
      ...(stream.lastIngestionAt === undefined ? {} : { lastIngestionTime: stream.lastIngestionAt }),
      uploadSequenceToken: String(stream.sequence + 1).padStart(56, '0'),
      arn: `${groupArn(scope, groupName)}:log-stream:${stream.name}`,
      // Always 0 since 2019, as AWS documents it.
      storedBytes: 0,
    })),
    ...(page.length > limit && last ? { nextToken: Buffer.from(last.name).toString('base64url') } : {}),
  };

  function pageByName(): Promise<LogStream[]> {
    return room.store.streams(room.store.reader, id, {
      namePrefix: input.logStreamNamePrefix ?? '',
      afterName: token,
      limit: limit + 1,
      reverse,
    });
  }

  async function pageByTime(): Promise<LogStream[]> {
    const all = await room.store.streams(room.store.reader, id, {
      namePrefix: '',
      afterName: undefined,
      limit: sortedStreamsMax,
    });
    all.sort((a, b) => (a.lastEventAt ?? 0) - (b.lastEventAt ?? 0) || (a.name < b.name ? -1 : 1));
    if (reverse) all.reverse();
    const from = token === undefined ? 0 : all.findIndex((stream) => stream.name === token) + 1;
    return all.slice(from, from + limit + 1);
  }
};

export function noSuchStream() {
  return new ResourceNotFoundException('The specified log stream does not exist.');
}
