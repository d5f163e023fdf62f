/** Scaling over a table of paper: what is done twice, what is left half done, what is told of failures. */
import { describe, expect, it } from 'vitest';
import { AwsError, RandomIds, VirtualClock } from '../../kernel/index.ts';
import { type OperationContext, type Platform, rootOf } from '../../platform/index.ts';
import { MemoryStore } from '../../store/index.ts';
import { DurableTasks } from '../../tasks/index.ts';
import { LocalTelemetry } from '../../telemetry/index.ts';
import { applicationautoscaling } from './index.ts';
import type { ScalingRoom } from './room.ts';

const startAt = Date.UTC(2026, 0, 1);
const target = {
  ServiceNamespace: 'dynamodb',
  ResourceId: 'table/tbl',
  ScalableDimension: 'dynamodb:table:WriteCapacityUnits',
};

/** A DynamoDB of one table. */
class Paper {
  read = 7;
  write = 10;
  status = 'ACTIVE';
  updates: object[] = [];
  /** What becomes of the next UpdateTable. */
  next: 'works' | 'dies before' | 'dies after' | 'refuses' | 'takes time' = 'works';

  async call(_service: string, operation: string, input: object): Promise<unknown> {
    if (operation === 'DescribeTable') {
      const ProvisionedThroughput = { ReadCapacityUnits: this.read, WriteCapacityUnits: this.write };
      return { Table: { TableStatus: this.status, ProvisionedThroughput } };
    }
    const how = this.next;
    this.next = 'works';
    if (how === 'refuses') throw new AwsError('LimitExceededException', 'Too often');
    if (how === 'dies before') throw new Error('killed');
    this.updates.push(input);
    const { ProvisionedThroughput: units } = input as {
      ProvisionedThroughput: { ReadCapacityUnits: number; WriteCapacityUnits: number };
    };
    this.read = units.ReadCapacityUnits;
    this.write = units.WriteCapacityUnits;
    if (how === 'takes time') this.status = 'UPDATING';
    if (how === 'dies after') throw new Error('killed');
    return {};
  }
}

async function open() {
  const clock = new VirtualClock(startAt);
  const store = new MemoryStore();
  const ids = new RandomIds();
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const tasks = new DurableTasks({ store, clock, ids, telemetry, exclusive: true });
  const paper = new Paper();
  const aws = () => paper;
  const room = await applicationautoscaling.open({
    store,
    clock,
    ids,
    tasks,
    telemetry,
    aws,
  } as unknown as Platform);
  const call = async <Output>(operation: string, input: object): Promise<Output> => {
    const handler = applicationautoscaling.operations[operation] as (
      ctx: OperationContext<ScalingRoom>,
      input: object,
    ) => Promise<unknown>;
    const account = '000000000000';
    const ctx = {
      room,
      account,
      region: 'eu-west-1',
      principal: rootOf(account),
      now: clock.now(),
      aws: paper,
    };
    return (await handler(ctx as unknown as OperationContext<ScalingRoom>, input)) as Output;
  };
  const pass = async (ms: number) => {
    await clock.advance(ms);
    await tasks.idle();
  };
  const register = (MinCapacity: number, MaxCapacity: number, more: object = {}) =>
    call('RegisterScalableTarget', { ...target, MinCapacity, MaxCapacity, ...more });
  const activities = async () =>
    (
      await call<{ ScalingActivities: object[] }>('DescribeScalingActivities', {
        ServiceNamespace: 'dynamodb',
      })
    ).ScalingActivities;
  /** What the table consumes in each of the coming minutes, while they pass. */
  const consume = async (unitsPerSecond: number, minutes: number) => {
    for (let n = 0; n < minutes; n++) {
      const time = Math.floor(clock.now() / 60_000) * 60_000;
      telemetry.metric({
        account: '000000000000',
        region: 'eu-west-1',
        namespace: 'AWS/DynamoDB',
        name: 'ConsumedWriteCapacityUnits',
        dimensions: { TableName: 'tbl' },
        value: unitsPerSecond * 60,
        unit: 'Count',
        time,
      });
      await pass(60_000);
    }
  };
  const track = (more: object = {}) =>
    call('PutScalingPolicy', {
      ...target,
      PolicyName: 'track',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBWriteCapacityUtilization' },
        ...more,
      },
    });
  return { call, pass, register, activities, consume, track, paper, clock };
}

const done = (units: number) => ({
  Description: `Setting write capacity units to ${units}.`,
  StatusCode: 'Successful',
});

describe('an activity', () => {
  it('that dies before the table is changed changes it afterwards, once', async () => {
    const { register, pass, paper, activities } = await open();
    paper.next = 'dies before';
    await register(20, 40);
    await pass(120_000);
    expect(paper.updates).toHaveLength(1);
    expect([paper.read, paper.write]).toEqual([7, 20]);
    expect(await activities()).toMatchObject([
      { ...done(20), Cause: expect.stringContaining('minimum capacity was set to 20') },
    ]);
  });

  it('that dies after the table was changed is only written down', async () => {
    const { register, pass, paper, activities } = await open();
    paper.next = 'dies after';
    await register(20, 40);
    await pass(120_000);
    expect(paper.updates).toHaveLength(1);
    expect(await activities()).toMatchObject([done(20)]);
  });

  it('lasts as long as the table is UPDATING', async () => {
    const { register, pass, paper, activities } = await open();
    paper.next = 'takes time';
    await register(20, 40);
    await pass(60_000);
    expect(await activities()).toMatchObject([{ StatusCode: 'InProgress' }]);
    paper.status = 'ACTIVE';
    await pass(60_000);
    expect(await activities()).toMatchObject([done(20)]);
    expect(paper.updates).toHaveLength(1);
  });

  it('tells why it failed', async () => {
    const { register, pass, paper, activities } = await open();
    paper.next = 'refuses';
    await register(20, 40);
    await pass(1000);
    expect(await activities()).toMatchObject([
      { StatusCode: 'Failed', StatusMessage: 'Failed to set write capacity units to 20. Reason: Too often' },
    ]);
  });
});

describe('tracking', () => {
  it('waits for its cooldown, and does what is suspended only afterwards', async () => {
    const { register, track, consume, paper } = await open();
    await register(5, 100);
    await track({ ScaleOutCooldown: 300 });
    await consume(10, 3);
    expect(paper.write).toBe(20);
    await consume(30, 3);
    expect(paper.write).toBe(20);
    await consume(30, 3);
    expect(paper.write).toBe(60);
    await register(5, 100, { SuspendedState: { DynamicScalingInSuspended: true } });
    await consume(3, 20);
    expect(paper.write).toBe(60);
    await register(5, 100, { SuspendedState: { DynamicScalingInSuspended: false } });
    await consume(3, 2);
    expect(paper.write).toBe(6);
  });

  it('never takes away what it is told to keep', async () => {
    const { register, track, consume, paper } = await open();
    await register(1, 100);
    await track({ DisableScaleIn: true });
    await consume(1, 20);
    expect(paper.write).toBe(10);
  });

  it('has one policy for its metric', async () => {
    const { register, call, track } = await open();
    await register(1, 100);
    await track();
    await track({ TargetValue: 70 });
    await expect(
      call('PutScalingPolicy', {
        ...target,
        PolicyName: 'another',
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 60,
          PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBWriteCapacityUtilization' },
        },
      }),
    ).rejects.toMatchObject({
      message: 'Only one TargetTrackingScaling policy for a given metric specification is allowed.',
    });
  });
});

describe('a scheduled action', () => {
  const put = (more: object) => ({
    ...target,
    ScheduledActionName: 'night',
    ScalableTargetAction: { MaxCapacity: 5 },
    ...more,
  });

  it('at a time happens once, and moves the other bound out of its way', async () => {
    const { register, call, pass, paper } = await open();
    await register(8, 20);
    await call('PutScheduledAction', put({ Schedule: 'at(2026-01-01T22:00:00)' }));
    await pass(22 * 3600_000);
    expect(paper.write).toBe(5);
    await register(8, 20);
    await pass(24 * 3600_000);
    expect(paper.write).toBe(8);
  });

  it('that is put anew follows its new schedule only', async () => {
    const { register, call, pass, paper } = await open();
    await register(1, 20);
    await call('PutScheduledAction', put({ Schedule: 'rate(1 hour)' }));
    await call('PutScheduledAction', put({ Schedule: 'rate(3 hours)' }));
    await pass(2.5 * 3600_000);
    expect(paper.write).toBe(10);
    await pass(3600_000);
    expect(paper.write).toBe(5);
  });

  it('of a target that is suspended, or gone, changes nothing', async () => {
    const { register, call, pass, paper } = await open();
    await register(1, 20, { SuspendedState: { ScheduledScalingSuspended: true } });
    await call('PutScheduledAction', put({ Schedule: 'rate(1 hour)' }));
    await pass(2 * 3600_000);
    await call('DeregisterScalableTarget', target);
    await pass(2 * 3600_000);
    expect(paper.updates).toEqual([]);
  });

  it.each([
    [{ Schedule: 'rate(1 hour)', ScalableTargetAction: {} }],
    [{ Schedule: 'rate(1 hour)', ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 2 } }],
    [{ Schedule: 'often' }],
    [{}],
    [{ Schedule: 'rate(1 hour)', StartTime: new Date(startAt + 1), EndTime: new Date(startAt) }],
  ])('is refused: %j', async (more) => {
    const { register, call } = await open();
    await register(1, 20);
    await expect(call('PutScheduledAction', put(more))).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });
});
