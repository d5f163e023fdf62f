import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/index.ts';
import type { Platform } from '../../platform/index.ts';
import { Concurrency } from './concurrency.ts';
import type { FunctionRecord } from './records.ts';

const place = (name: string) => ({ account: '000000000000', region: 'us-east-1', name });

function open(reserved: Record<string, number> = {}) {
  const throttles: unknown[] = [];
  const telemetry = { metric: (datum: object) => throttles.push(datum) };
  const asked = { times: 0 };
  const store = {
    listFunctions: async () => {
      asked.times++;
      return Object.values(reserved).map(
        (reservedConcurrency) => ({ reservedConcurrency }) as FunctionRecord,
      );
    },
  };
  const provisioned = { kept: 0, takenFrom: () => provisioned.kept };
  const platform = { telemetry, clock: new VirtualClock(0) } as unknown as Platform;
  return { concurrency: new Concurrency(platform, store, provisioned), throttles, asked, provisioned };
}

/** Enters until it is refused. @returns how often it got in, and why not more. */
async function fill(concurrency: Concurrency, name: string, reserved?: number) {
  for (let entered = 0; ; entered++) {
    try {
      concurrency.enter(place(name), reserved);
    } catch (error) {
      return { entered, members: (error as { members: object }).members };
    }
    await Promise.resolve();
  }
}

describe('concurrent executions', () => {
  it('are a thousand for all functions of an account and region together', async () => {
    const { concurrency, throttles } = open();
    const members = { Type: 'User', Reason: 'ConcurrentInvocationLimitExceeded' };
    for (let n = 0; n < 400; n++) concurrency.enter(place('a'), undefined);
    expect(await fill(concurrency, 'b')).toEqual({ entered: 600, members });
    expect(throttles).toMatchObject([{ name: 'Throttles', dimensions: { FunctionName: 'b' } }]);
    concurrency.enter({ ...place('b'), region: 'eu-west-1' }, undefined);
  });

  it('of a function with reserved concurrency are its own', async () => {
    const { concurrency } = open({ own: 3 });
    const members = { Type: 'User', Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' };
    expect(await fill(concurrency, 'own', 3)).toEqual({ entered: 3, members });
    concurrency.enter(place('other'), undefined);
  });

  it('are fewer for the others by what is reserved, and by what is provisioned', async () => {
    const reserved: Record<string, number> = { a: 300, b: 200 };
    const { concurrency, asked, provisioned } = open(reserved);
    expect((await fill(concurrency, 'c')).entered).toBe(500);
    expect(asked.times).toBe(1);
    reserved.b = 100;
    concurrency.forget(place('b'));
    expect((await fill(concurrency, 'c')).entered).toBeGreaterThan(0);
    await Promise.resolve();
    provisioned.kept = 400;
    expect(() => concurrency.enter(place('c'), undefined)).toThrow('Rate Exceeded.');
  });

  it('end', () => {
    const { concurrency } = open();
    const leave = concurrency.enter(place('one'), 1);
    expect(() => concurrency.enter(place('one'), 1)).toThrow('Rate Exceeded.');
    leave();
    concurrency.enter(place('one'), 1);
  });

  it('are not read of the store while there are few', () => {
    const { concurrency, asked } = open();
    for (let n = 0; n < 40; n++) concurrency.enter(place('a'), undefined);
    expect(asked.times).toBe(0);
  });
});
