/** Where telemetry's cloud logs go: the logs service of this cloud, as whoever's log it is. */
import { AwsError } from '../kernel/index.ts';
import { type AwsCaller, type Principal, rootOf } from '../platform/index.ts';
import type { CloudLogSink } from '../telemetry/index.ts';

/** PutLogEvents takes at most this many bytes in a call, 26 for each event included. */
const batchBytesMax = 1_000_000;
const eventOverheadBytes = 26;

export function cloudLogSink(
  aws: (as: { account: string; region: string; principal: Principal }) => AwsCaller,
): CloudLogSink {
  return async ({ account, region, logGroup, logStream, events }) => {
    const caller = aws({ account, region, principal: rootOf(account) });
    const target = { logGroupName: logGroup, logStreamName: logStream };
    const ordered = [...events].sort((a, b) => a.timestamp - b.timestamp);
    for (let from = 0; from < ordered.length; ) {
      let bytes = 0;
      let until = from;
      while (until < ordered.length && (bytes < batchBytesMax / 2 || until === from)) {
        bytes += Buffer.byteLength(ordered[until]?.message ?? '') + eventOverheadBytes;
        until++;
      }
      const logEvents = ordered.slice(from, until).filter(({ message }) => message !== '');
      from = until;
      if (logEvents.length === 0) continue;
      const put = () => caller.call('logs', 'PutLogEvents', { ...target, logEvents });
      try {
        await put();
      } catch (error) {
        if (!(error instanceof AwsError && error.code === 'ResourceNotFoundException')) throw error;
        await unlessThere(caller.call('logs', 'CreateLogGroup', { logGroupName: logGroup }));
        await unlessThere(caller.call('logs', 'CreateLogStream', target));
        await put();
      }
    }
  };
}

async function unlessThere(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceAlreadyExistsException')) throw error;
  }
}
