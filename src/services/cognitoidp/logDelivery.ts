/** What a pool tells of itself, in CloudWatch Logs or in a bucket. https://docs.aws.amazon.com/cognito/latest/developerguide/exporting-quotas-and-usage.html */
import { type Platform, servicePrincipal } from '../../platform/index.ts';
import type { Transaction } from '../../store/index.ts';
import { deliveryService, deliverySource, objectKey } from './domain/logBucket.ts';
import type { LogConfiguration, Pool } from './store.ts';

export type EventSource = LogConfiguration['EventSource'];

export interface LogDelivery {
  /** Tells that a message didn't reach a user, where the pool logs that. @param details without codes or whole addresses. */
  notificationFailed(tx: Transaction, pool: Pool, details: string): Promise<void>;
  /** Logs an event of a source, where the pool logs that; whoever calls it has decided on the level. */
  deliver(tx: Transaction, pool: Pool, source: EventSource, message: object): Promise<void>;
}

interface Line {
  account: string;
  region: string;
  timestamp: number;
  message: string;
}

interface LogLine extends Line {
  logGroup: string;
  logStream: string;
}

/** An object of its own for each event: written again under the same key when nobody knows whether it was. */
interface LogObject extends Line {
  bucket: string;
  key: string;
  /** For the bucket's policy: on whose behalf it is written. */
  sourceArn: string;
}

const names: Readonly<Record<EventSource, string>> = {
  userNotification: 'USER_NOTIFICATION',
  userAuthEvents: 'USER_ACTIVITY',
};
const retry = { attemptsMax: 10, baseMs: 1_000, factor: 3, capMs: 600_000 };

export function createLogDelivery(platform: Platform): LogDelivery {
  const { tasks, telemetry, clock, ids } = platform;
  const queue = tasks.queue<LogLine | LogObject>({
    name: 'cognitoidp.logDelivery',
    retry,
    concurrency: 4,
    async run({ payload }) {
      if ('bucket' in payload) return putObject(platform, payload);
      const { account, region, logGroup, logStream, timestamp, message } = payload;
      telemetry.cloudLog({ account, region, logGroup, logStream, events: [{ timestamp, message }] });
      await telemetry.flush();
    },
  });

  async function deliver(tx: Transaction, pool: Pool, source: EventSource, message: object): Promise<void> {
    const wanted = pool.logDelivery?.find(({ EventSource }) => EventSource === source);
    const logGroup = wanted?.CloudWatchLogsConfiguration?.LogGroupArn?.split(':')[6];
    const bucket = wanted?.S3Configuration?.BucketArn?.split(':')[5];
    if (!wanted || (!logGroup && !bucket)) return;
    const timestamp = clock.now();
    const event = {
      eventTimestamp: String(timestamp),
      eventSource: names[source],
      logLevel: wanted.LogLevel,
      message,
      logSourceId: { userPoolId: pool.id },
    };
    const { account, region } = pool;
    const line: Line = { account, region, timestamp, message: JSON.stringify(event) };
    await queue.enqueue(
      tx,
      bucket
        ? {
            ...line,
            bucket,
            key: objectKey(pool, timestamp, ids.uuid()),
            sourceArn: deliverySource(pool),
          }
        : { ...line, logGroup: logGroup ?? '', logStream: pool.id },
    );
  }

  return {
    deliver,
    notificationFailed: (tx, pool, details) => deliver(tx, pool, 'userNotification', { details }),
  };
}

/** As the service that delivers logs: the bucket's policy decides. */
async function putObject(
  platform: Platform,
  { account, region, bucket, key, sourceArn, message }: LogObject,
): Promise<void> {
  const principal = servicePrincipal(deliveryService, account, sourceArn);
  await platform.aws({ account, region, principal }).call('s3', 'PutObject', {
    Bucket: bucket,
    Key: key,
    Body: Buffer.from(`${message}\n`),
    ContentType: 'application/json',
    ACL: 'bucket-owner-full-control',
  });
}
