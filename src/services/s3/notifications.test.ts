import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../delivery/index.ts';
import { VirtualClock } from '../../kernel/index.ts';
import { type Principal, rootOf, servicePrincipal } from '../../platform/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { Notification } from './domain/notificationConfiguration.ts';
import { notify } from './notifications.ts';
import type { S3Context } from './room.ts';
import { sequencer } from './sequencer.ts';
import type { Bucket } from './store.ts';

const account = '123456789012';
const tx = {} as Transaction;
const event = { name: 's3:ObjectCreated:Put', key: 'a', size: 1, etag: 'e' };

function bucketWith(notification?: Notification[]): Bucket {
  const configuration = notification ? { notification } : {};
  return { id: 'b', name: 'photos', account, region: 'eu-west-1', createdAt: 0, configuration };
}

/** What a change of an object sends, by whom it was made. */
async function sent(bucket: Bucket, principal: Principal = rootOf(account)): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const ctx = {
    room: {
      deliveries: { send: async (_tx: Transaction, delivery: Delivery) => void deliveries.push(delivery) },
      nextSequencer: sequencer(clock),
    },
    principal,
    requestId: 'r',
    sourceIp: '127.0.0.1',
    now: clock.now(),
  };
  await notify(ctx as unknown as S3Context, tx, bucket, event);
  return deliveries;
}

const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:f';
const puts: Notification = { kind: 'function', id: 'puts', arn, events: ['s3:ObjectCreated:Put'] };
const deletes: Notification = { ...puts, id: 'deletes', events: ['s3:ObjectRemoved:*'] };

describe('notify', () => {
  it('touches nothing where a bucket notifies nobody', async () => {
    const untouchable = new Proxy({} as object, {
      get: (_target, name) => {
        throw new Error(`${String(name)} was asked for`);
      },
    });
    const [ctx, untouchableTx] = [untouchable as S3Context, untouchable as Transaction];
    await notify(ctx, untouchableTx, bucketWith(), event);
    await notify(ctx, untouchableTx, bucketWith([deletes]), event);
    await expect(notify(ctx, untouchableTx, bucketWith([puts]), event)).rejects.toThrow('was asked for');
  });

  it('sends as S3 for the bucket, to whom it concerns', async () => {
    const [delivery, ...others] = await sent(bucketWith([deletes, puts]));
    expect(others).toEqual([]);
    expect(delivery).toMatchObject({
      targetArn: arn,
      as: { service: 's3.amazonaws.com', sourceArn: 'arn:aws:s3:::photos' },
      account,
      region: 'eu-west-1',
    });
    expect(JSON.parse(delivery?.event ?? '')).toMatchObject({
      Records: [{ s3: { configurationId: 'puts', object: { key: 'a' } } }],
    });
  });

  it.each<[Principal, RegExp]>([
    [rootOf(account), /^A[0-9A-Z]{13}$/],
    [{ type: 'user', account, arn: 'arn', userName: 'ann', userId: 'AIDA1' }, /^AWS:AIDA1$/],
    [
      { type: 'role', account, arn: 'arn', roleArn: 'arn', roleId: 'AROA1', sessionName: 'cli' },
      /^AWS:AROA1:cli$/,
    ],
    [servicePrincipal('dynamodb.amazonaws.com', account), /^dynamodb.amazonaws.com$/],
    [{ type: 'anonymous', account, arn: 'arn' }, /^Anonymous$/],
  ])('says who: %o', async (principal, expected) => {
    const [delivery] = await sent(bucketWith([puts]), principal);
    const { Records } = JSON.parse(delivery?.event ?? '') as {
      Records: { userIdentity: { principalId: string } }[];
    };
    expect(Records[0]?.userIdentity.principalId).toMatch(expected);
  });
});

describe('the sequencer', () => {
  it('grows within a millisecond, with the time, and over restarts', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const next = sequencer(clock);
    const numbers = [next(), next()];
    await clock.advance(1);
    numbers.push(next(), sequencer(new VirtualClock(clock.now() + 1))());
    expect(numbers).toEqual([...numbers].sort());
    expect(new Set(numbers).size).toBe(4);
    for (const number of numbers) expect(number).toMatch(/^[0-9A-F]{18}$/);
  });
});
