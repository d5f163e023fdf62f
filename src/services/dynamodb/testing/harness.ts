/** DynamoDB over an in-memory store and a clock that stands, for its own tests. */
import { RandomIds, VirtualClock } from '../../../kernel/index.ts';
import {
  type DynamoDbOptions,
  dynamoDbConfig,
  type OperationContext,
  type Platform,
  rootOf,
} from '../../../platform/index.ts';
import { MemoryStore, StoreLogs } from '../../../store/index.ts';
import { DurableTasks } from '../../../tasks/index.ts';
import { LocalTelemetry } from '../../../telemetry/index.ts';
import { dynamodb } from '../index.ts';
import type { Room } from '../room.ts';

export const startAt = Date.UTC(2026, 0, 1);

/**
 * @param store another process's, to share it. @param options what the cloud was started with.
 * @param more ports that a test brings: other services.
 */
export async function openDynamoDb(
  store = new MemoryStore(),
  options: DynamoDbOptions = {},
  more: Partial<Platform> = {},
) {
  const clock = new VirtualClock(startAt);
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const ids = new RandomIds();
  const tasks = new DurableTasks({ store, clock, ids, telemetry, exclusive: false });
  const logs = new StoreLogs(store);
  const room = await dynamodb.open({
    store,
    clock,
    ids,
    tasks,
    telemetry,
    logs,
    config: { dynamodb: dynamoDbConfig(options) },
    ...more,
  } as unknown as Platform);
  const call = async <Output = Record<string, never>>(
    operation: string,
    input: object,
    place: { account?: string; region?: string } = {},
  ): Promise<Output> => {
    const handler = dynamodb.operations[operation] as (
      ctx: OperationContext<Room>,
      input: object,
    ) => Promise<unknown>;
    const account = place.account ?? '000000000000';
    const ctx = {
      room,
      account,
      region: place.region ?? 'eu-west-1',
      principal: rootOf(account),
      now: clock.now(),
    };
    return (await handler(ctx as OperationContext<Room>, structuredClone(input))) as Output;
  };
  /** A table with the keys `pk` (S) and, unless it is false, `sk` (its type). */
  const createTable = (name: string, sort: 'S' | 'N' | 'B' | false = 'S', more: object = {}) =>
    call('CreateTable', {
      TableName: name,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        ...(sort ? [{ AttributeName: 'sk', AttributeType: sort }] : []),
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        ...(sort ? [{ AttributeName: 'sk', KeyType: 'RANGE' }] : []),
      ],
      BillingMode: 'PAY_PER_REQUEST',
      ...more,
    });
  /** Tasks may enqueue tasks; after this none is due. */
  const settle = () => tasks.idle();
  return { call, createTable, clock, store, logs, room, settle };
}
