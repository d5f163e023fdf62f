/** What a pool tells of itself in CloudWatch Logs. https://docs.aws.amazon.com/cognito/latest/developerguide/exporting-quotas-and-usage.html */
import type { Platform } from '../../platform/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { LogConfiguration, Pool } from './store.ts';

export type EventSource = LogConfiguration['EventSource'];

export interface LogDelivery {
  /** Tells that a message didn't reach a user, where the pool logs that. @param details without codes or whole addresses. */
  notificationFailed(tx: Transaction, pool: Pool, details: string): Promise<void>;
  /** Logs an event of a source, where the pool logs that; whoever calls it has decided on the level. */
  deliver(tx: Transaction, pool: Pool, source: EventSource, message: object): Promise<void>;
}

interface Entry {
  account: string;
  region: string;
  logGroup: string;
  logStream: string;
  timestamp: number;
  message: string;
}

const names: Readonly<Record<EventSource, string>> = {
  userNotification: 'USER_NOTIFICATION',
  userAuthEvents: 'USER_ACTIVITY',
};
const retry = { attemptsMax: 10, baseMs: 1_000, factor: 3, capMs: 600_000 };

export function createLogDelivery({ tasks, telemetry, clock }: Platform): LogDelivery {
  const queue = tasks.queue<Entry>({
    name: 'cognitoidp.logDelivery',
    retry,
    concurrency: 4,
    async run({ payload: { account, region, logGroup, logStream, timestamp, message } }) {
      telemetry.cloudLog({ account, region, logGroup, logStream, events: [{ timestamp, message }] });
      await telemetry.flush();
    },
  });

  async function deliver(tx: Transaction, pool: Pool, source: EventSource, message: object): Promise<void> {
    const wanted = pool.logDelivery?.find(({ EventSource }) => EventSource === source);
    const logGroup = wanted?.CloudWatchLogsConfiguration?.LogGroupArn?.split(':')[6];
    if (!wanted || !logGroup) return;
    const timestamp = clock.now();
    const event = {
      eventTimestamp: String(timestamp),
      eventSource: names[source],
      logLevel: wanted.LogLevel,
      message,
      logSourceId: { userPoolId: pool.id },
    };
    const { account, region } = pool;
    const entry = {
      account,
      region,
      logGroup,
      logStream: pool.id,
      timestamp,
      message: JSON.stringify(event),
    };
    await queue.enqueue(tx, entry);
  }

  return {
    deliver,
    notificationFailed: (tx, pool, details) => deliver(tx, pool, 'userNotification', { details }),
  };
}
