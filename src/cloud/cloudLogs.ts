/** Where telemetry's cloud logs go: the logs service of this cloud, as whoever's log it is. */
import { AwsError } from '../kernel/index.ts';
import { type AwsCaller, type Principal, rootOf } from '../platform/index.ts';
import type { CloudLogSink } from '../telemetry/index.ts';

/** PutLogEvents takes at most this many bytes in a call, 26 for each event included. */
const batchBytesMax = 1_000_000;
const eventOverheadBytes = 26;

/** Streams and groups remembered as existing; the one made longest ago is forgotten first. */
const knownMax = 10_000;

/**
 * A sink that makes group and stream before the first events of a stream, so that no call fails for the lack of them.
 * What is deleted behind its back is made again.
 */
export function cloudLogSink(
  aws: (as: { account: string; region: string; principal: Principal }) => AwsCaller,
): CloudLogSink {
  const known = new Set<string>();
  return async ({ account, region, logGroup, logStream, events }) => {
    const caller = aws({ account, region, principal: rootOf(account) });
    const group = JSON.stringify([account, region, logGroup]);
    const stream = JSON.stringify([account, region, logGroup, logStream]);
    const target = { logGroupName: logGroup, logStreamName: logStream };
    const make = async () => {
      if (!known.has(group)) {
        await makeGroup(caller, logGroup);
        remember(known, group);
      }
      await unlessThere(caller.call('logs', 'CreateLogStream', target));
      remember(known, stream);
    };
    for (const logEvents of batchesOf(events)) {
      const put = () => caller.call('logs', 'PutLogEvents', { ...target, logEvents });
      try {
        if (!known.has(stream)) await make();
        await put();
      } catch (error) {
        if (!(error instanceof AwsError && error.code === 'ResourceNotFoundException')) throw error;
        known.delete(group);
        await make();
        await put();
      }
    }
  };
}

/** In the order of time, as PutLogEvents wants them. */
function* batchesOf(events: Parameters<CloudLogSink>[0]['events']) {
  const ordered = events.filter(({ message }) => message !== '').sort((a, b) => a.timestamp - b.timestamp);
  for (let from = 0; from < ordered.length; ) {
    let bytes = 0;
    let until = from;
    while (until < ordered.length && (bytes < batchBytesMax / 2 || until === from)) {
      bytes += Buffer.byteLength(ordered[until]?.message ?? '') + eventOverheadBytes;
      until++;
    }
    yield ordered.slice(from, until);
    from = until;
  }
}

async function makeGroup(caller: AwsCaller, logGroupName: string): Promise<void> {
  // Asked first: after a restart most groups are there, and each failed creation would stand in the audit log.
  const input = { logGroupNamePrefix: logGroupName, limit: 1 };
  const { logGroups = [] } = await caller.call<{ logGroups?: { logGroupName?: string }[] }>(
    'logs',
    'DescribeLogGroups',
    input,
  );
  if (logGroups[0]?.logGroupName === logGroupName) return;
  await unlessThere(caller.call('logs', 'CreateLogGroup', { logGroupName }));
}

function remember(known: Set<string>, key: string): void {
  known.add(key);
  if (known.size <= knownMax) return;
  for (const oldest of known) {
    known.delete(oldest);
    break;
  }
}

async function unlessThere(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceAlreadyExistsException')) throw error;
  }
}
