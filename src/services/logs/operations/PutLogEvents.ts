/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
import type { PutLogEventsRequest, PutLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../../platform/index.ts';
import { InvalidParameterException } from '../errors.ts';
import {
  batchBytesMax,
  batchEventsMax,
  batchSpanMsMax,
  eventOverheadBytes,
  futureMsMax,
  pastMsMax,
} from '../limits.ts';
import type { LogGroup, LogsRoom } from '../store.ts';
import { noSuchGroup } from './groups.ts';
import { noSuchStream } from './streams.ts';

interface Event {
  timestamp: number;
  message: string;
}

export const PutLogEvents: Operation<LogsRoom, PutLogEventsRequest, PutLogEventsResponse> = async (
  { room, account, region, now },
  input,
) => {
  const events = (input.logEvents ?? []) as Event[];
  const bytes = checkBatch(events);
  const scope = { account, region };
  const groupName = input.logGroupName as string;
  return await room.store.transact(async (tx) => {
    const group = await room.store.group(tx, scope, groupName);
    if (!group) throw noSuchGroup();
    const stream = await room.store.stream(tx, group.id, input.logStreamName as string);
    if (!stream) throw noSuchStream();
    const { accepted, rejectedLogEventsInfo } = sortOut(events, group, now);
    room.store.appendEvents(tx, group, stream, accepted, now);
    for (const { timestamp } of accepted) {
      stream.firstEventAt = Math.min(stream.firstEventAt ?? timestamp, timestamp);
      stream.lastEventAt = Math.max(stream.lastEventAt ?? timestamp, timestamp);
    }
    if (accepted.length > 0) stream.lastIngestionAt = now;
    room.store.putStream(tx, group.id, stream);
    room.store.putGroup(tx, scope, { ...group, storedBytes: group.storedBytes + bytes });
    return {
      // Tokens are no longer needed, but older clients read one: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
      nextSequenceToken: String(stream.sequence + 1).padStart(56, '0'),
      ...(rejectedLogEventsInfo ? { rejectedLogEventsInfo } : {}),
    };
  });
};

/** @returns the size of the batch in bytes, as AWS counts it. */
function checkBatch(events: readonly Event[]): number {
  if (events.length > batchEventsMax) {
    throw new InvalidParameterException(
      `Log event batch has too many events: ${events.length} exceeds ${batchEventsMax}.`,
    );
  }
  let bytes = 0;
  for (const [index, { timestamp, message }] of events.entries()) {
    bytes += Buffer.byteLength(message) + eventOverheadBytes;
    if (index > 0 && timestamp < (events[index - 1]?.timestamp ?? 0)) {
      throw new InvalidParameterException(
        'Log events in a single PutLogEvents request must be in chronological order.',
      );
    }
  }
  if (bytes > batchBytesMax) {
    throw new InvalidParameterException(`Upload too large: ${bytes} bytes exceeds limit of ${batchBytesMax}`);
  }
  if ((events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0) > batchSpanMsMax) {
    throw new InvalidParameterException(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
  return bytes;
}

/** Events in order, so what is too old stands in front and what is too new at the end. */
function sortOut(events: readonly Event[], group: LogGroup, now: number) {
  const expiredBefore = group.retentionDays === undefined ? 0 : now - group.retentionDays * 24 * 60 * 60_000;
  const expired = events.findLastIndex(({ timestamp }) => timestamp < expiredBefore);
  const tooOld = events.findLastIndex(({ timestamp }) => timestamp < now - pastMsMax);
  const tooNew = events.findIndex(({ timestamp }) => timestamp > now + futureMsMax);
  const accepted = events.slice(Math.max(expired, tooOld) + 1, tooNew < 0 ? undefined : tooNew);
  if (accepted.length === events.length) return { accepted };
  return {
    accepted,
    rejectedLogEventsInfo: {
      ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
      ...(tooOld < 0 ? {} : { tooOldLogEventEndIndex: tooOld + 1 }),
      ...(expired < 0 ? {} : { expiredLogEventEndIndex: expired + 1 }),
    },
  };
}
