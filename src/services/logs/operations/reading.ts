/** GetLogEvents (a stream, both ways) and FilterLogEvents (a group, by pattern). */
import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../../platform/index.ts';
import { compileFilterPattern } from '../domain/filterPattern.ts';
import { InvalidParameterException } from '../errors.ts';
import { pageBytesMax, pageEventsMax, searchedEventsMax } from '../limits.ts';
import type { LogEvent, LogsRoom, Position } from '../store.ts';
import { nameOfIdentifier, noSuchGroup } from './groups.ts';
import { noSuchStream } from './streams.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
export const GetLogEvents: Operation<LogsRoom, GetLogEventsRequest, GetLogEventsResponse> = async (
  { room, account, region },
  input,
) => {
  const scope = { account, region };
  const groupName = nameOfIdentifier(input.logGroupName ?? input.logGroupIdentifier ?? '');
  const group = await room.store.group(room.store.reader, scope, groupName);
  if (!group) throw noSuchGroup();
  const stream = await room.store.stream(room.store.reader, group.id, input.logStreamName as string);
  if (!stream) throw noSuchStream();

  const token = input.nextToken === undefined ? undefined : parseToken(input.nextToken);
  // Without a token the newest page is returned, unless startFromHead says otherwise.
  const reverse = token ? token.direction === 'b' : !(input.startFromHead ?? false);
  const found = await room.store.streamEvents(room.store.reader, group.id, stream.id, {
    from: input.startTime ?? 0,
    until: input.endTime ?? Number.MAX_SAFE_INTEGER,
    position: token?.position,
    reverse,
    limit: input.limit ?? pageEventsMax,
  });
  const page = withinBytes(found);
  if (reverse) page.reverse();
  // At an end of the stream the token stays the same: that is how readers know that there is no more.
  const first = positionOf(page[0]) ?? token?.position;
  const last = positionOf(page.at(-1)) ?? token?.position;
  return {
    events: page.map(({ timestamp, message, ingestedAt }) => ({
      timestamp,
      message,
      ingestionTime: ingestedAt,
    })),
    nextBackwardToken: `b/${formatPosition(first)}`,
    nextForwardToken: `f/${formatPosition(last)}`,
  };
};

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
export const FilterLogEvents: Operation<LogsRoom, FilterLogEventsRequest, FilterLogEventsResponse> = async (
  { room, account, region },
  input,
) => {
  if (input.logStreamNames && input.logStreamNamePrefix !== undefined) {
    throw new InvalidParameterException('Cannot specify both logStreamNames and logStreamNamePrefix.');
  }
  const groupName = nameOfIdentifier(input.logGroupName ?? input.logGroupIdentifier ?? '');
  const group = await room.store.group(room.store.reader, { account, region }, groupName);
  if (!group) throw noSuchGroup();
  const matchesPattern = compileFilterPattern(input.filterPattern ?? '');
  const names = input.logStreamNames && new Set(input.logStreamNames);
  const matches = (event: LogEvent) =>
    (names === undefined || names.has(event.streamName)) &&
    (input.logStreamNamePrefix === undefined || event.streamName.startsWith(input.logStreamNamePrefix)) &&
    matchesPattern(event.message);

  const limit = input.limit ?? pageEventsMax;
  let after = input.nextToken === undefined ? undefined : parseGroupToken(input.nextToken);
  const events: LogEvent[] = [];
  let searched = 0;
  let bytes = 0;
  let more = true;
  while (more && events.length < limit && searched < searchedEventsMax && bytes < pageBytesMax) {
    const batch = await room.store.groupEvents(room.store.reader, group.id, {
      from: input.startTime ?? 0,
      // endTime is inclusive here: “Events with a timestamp later than this time are not returned.”
      until: input.endTime === undefined ? Number.MAX_SAFE_INTEGER : input.endTime + 1,
      after,
      limit: 1_000,
    });
    more = batch.length === 1_000;
    for (const event of batch) {
      if (events.length >= limit || bytes >= pageBytesMax) {
        more = true;
        break;
      }
      after = { timestamp: event.timestamp, streamId: event.streamId, sequence: event.sequence };
      searched++;
      if (!matches(event)) continue;
      events.push(event);
      bytes += event.message.length;
    }
  }
  return {
    events: events.map((event) => ({
      logStreamName: event.streamName,
      timestamp: event.timestamp,
      message: event.message,
      ingestionTime: event.ingestedAt,
      eventId: eventId(event),
    })),
    searchedLogStreams: [],
    ...(more && after ? { nextToken: formatGroupToken(after) } : {}),
  };
};

/** 56 digits, ascending with time and unique, as AWS's are. */
function eventId({ timestamp, streamId, sequence }: LogEvent): string {
  const stream = BigInt(`0x${streamId.replaceAll('-', '').slice(0, 16)}`)
    .toString()
    .padStart(20, '0');
  return `${timestamp.toString().padStart(16, '0')}${stream}${sequence.toString().padStart(20, '0')}`;
}

function withinBytes(events: LogEvent[]): LogEvent[] {
  let bytes = 0;
  const end = events.findIndex(({ message }) => {
    bytes += message.length;
    return bytes > pageBytesMax;
  });
  return end < 0 ? events : events.slice(0, Math.max(1, end));
}

function positionOf(event: LogEvent | undefined): Position | undefined {
  return event && { timestamp: event.timestamp, sequence: event.sequence };
}

function formatPosition(position: Position | undefined): string {
  return position ? `${position.timestamp}-${position.sequence}/s` : '0--1/s';
}

function parseToken(token: string): { direction: 'f' | 'b'; position: Position } {
  const match = /^([fb])\/(\d+)-(-?\d+)\/s$/.exec(token);
  if (!match) throw invalidToken();
  return {
    direction: match[1] as 'f' | 'b',
    position: { timestamp: Number(match[2]), sequence: Number(match[3]) },
  };
}

function formatGroupToken({ timestamp, streamId = '', sequence }: Position): string {
  return Buffer.from(JSON.stringify([timestamp, streamId, sequence])).toString('base64url');
}

function parseGroupToken(token: string): Position {
  try {
    const [timestamp, streamId, sequence] = JSON.parse(
      Buffer.from(token, 'base64url').toString(),
    ) as unknown[];
    if (typeof timestamp === 'number' && typeof streamId === 'string' && typeof sequence === 'number') {
      return { timestamp, streamId, sequence };
    }
  } catch {
    // Falls through to the error that AWS gives.
  }
  throw invalidToken();
}

function invalidToken() {
  return new InvalidParameterException('The specified nextToken is invalid.');
}
