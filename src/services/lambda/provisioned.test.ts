/** Who is served by what is provisioned, and what becomes of it in time. */
import { describe, expect, it } from 'vitest';
import type { EnvironmentSpec } from '../../compute/index.ts';
import { VirtualClock } from '../../kernel/index.ts';
import type { Platform } from '../../platform/index.ts';
import { MemoryStore } from '../../store/index.ts';
import { Provisioned } from './provisioned.ts';
import type { Configuration } from './records.ts';
import { LambdaStore } from './store.ts';

const place = { account: '000000000000', region: 'us-east-1', name: 'f' };
const scope = '000000000000:us-east-1';
const hour = 3_600_000;

function bench() {
  const clock = new VirtualClock(0);
  const store = new LambdaStore(new MemoryStore());
  /** What compute keeps, by key. */
  const kept = new Map<string, number>();
  const metrics: string[] = [];
  let failure: Error | undefined;
  const platform = {
    clock,
    compute: {
      async provision({ key }: EnvironmentSpec, count: number) {
        kept.set(key, count);
        if (failure) throw failure;
      },
      async retire(key: string) {
        kept.delete(key);
      },
    },
    telemetry: { log: () => {}, metric: ({ name }: { name: string }) => metrics.push(name) },
  } as unknown as Platform;
  const provisioned = new Provisioned(platform, store);
  const open = () =>
    provisioned.open(async (_place, { version }, owner) => ({
      // Credentials live an hour.
      spec: { key: `${version}:${Math.floor(clock.now() / hour)}:${owner}` } as EnvironmentSpec,
      expiresAt: clock.now() + hour,
    }));
  return {
    clock,
    kept,
    metrics,
    provisioned,
    open,
    failWith: (cause: Error | undefined) => {
      failure = cause;
    },
    async configure(qualifier: string, requested: number | undefined) {
      await store.transact(async (tx) => {
        if (requested === undefined) store.provisioned.delete(tx, place, qualifier);
        else store.provisioned.put(tx, place, qualifier, { requested, lastModified: 0 });
      });
      provisioned.refresh(place, qualifier);
    },
    alias: (functionVersion: string, weights: Record<string, number>) =>
      store.transact(async (tx) => {
        for (const version of ['1', '2'])
          store.putVersion(tx, place, Number(version), { version } as Configuration);
        store.aliases.put(tx, place, 'live', {
          ...{ name: 'live', functionVersion, weights, description: '', revisionId: '' },
        });
      }),
    claim: (qualifier: string, version = '1') =>
      provisioned.claim({ place, qualifier, configuration: { version } as Configuration }),
    /** Until the work that is under way has been done. */
    settle: () => clock.advance(0),
  };
}

describe('provisioned concurrency', () => {
  it('serves as many at a time as it has; the rest spills over', async () => {
    const { open, alias, configure, settle, claim, provisioned, metrics } = bench();
    await open();
    await alias('1', {});
    await configure('1', 2);
    expect(provisioned.status(place, '1')).toMatchObject({ status: 'IN_PROGRESS', allocated: 0 });
    expect(claim('1')).toBeUndefined();
    await settle();
    expect(provisioned.status(place, '1')).toMatchObject({ status: 'READY', allocated: 2 });
    expect([provisioned.takenFrom(scope), provisioned.takenFrom(`${scope}:f`)]).toEqual([2, 2]);
    const [first, second] = [claim('1'), claim('live')];
    expect([first?.spec.key, second?.spec.key]).toEqual(['1:0:1', '1:0:1']);
    expect(claim('1')).toBeUndefined();
    expect(metrics).toContain('ProvisionedConcurrencySpilloverInvocations');
    second?.leave();
    expect(claim('live')).toBeDefined();
    // $LATEST and other versions have nothing of it.
    expect(claim('2', '2')).toBeUndefined();
  });

  it('counts on for those who use it while it is made more or fewer', async () => {
    const { open, alias, configure, settle, claim, kept } = bench();
    await open();
    await alias('1', {});
    await configure('1', 1);
    await settle();
    const first = claim('1');
    await configure('1', 2);
    await settle();
    expect(kept).toEqual(new Map([['1:0:1', 2]]));
    const second = claim('1');
    expect([second !== undefined, claim('1')]).toEqual([true, undefined]);
    first?.leave();
    second?.leave();
  });

  it('is divided by the weights of its alias, and goes where the alias points', async () => {
    const { open, alias, configure, settle, claim, kept, provisioned } = bench();
    await open();
    await alias('1', { '2': 0.25 });
    await configure('live', 4);
    await settle();
    expect(kept).toEqual(
      new Map([
        ['1:0:live', 3],
        ['2:0:live', 1],
      ]),
    );
    expect(claim('live', '2')?.spec.key).toBe('2:0:live');
    await alias('2', {});
    provisioned.refreshIfThere(place, 'live');
    await settle();
    expect(kept).toEqual(new Map([['2:0:live', 4]]));
    expect(claim('live', '1')).toBeUndefined();
  });

  it('is renewed before the credentials of its environments expire', async () => {
    const { open, alias, configure, settle, claim, kept, clock, provisioned } = bench();
    await open();
    await alias('1', {});
    await clock.advance(hour / 2);
    await configure('1', 1);
    await settle();
    await clock.advance(49 * 60_000);
    expect([...kept.keys()]).toEqual(['1:0:1']);
    await clock.advance(2 * 60_000);
    await settle();
    expect([...kept.keys()]).toEqual(['1:1:1']);
    expect(provisioned.status(place, '1').status).toBe('READY');
    expect(claim('1')?.spec.key).toBe('1:1:1');
    await configure('1', undefined);
    await settle();
    await clock.advance(3 * hour);
    expect([kept.size, provisioned.takenFrom(scope)]).toEqual([0, 0]);
  });

  it('keeps nothing of what failed, and may be tried again', async () => {
    const { open, alias, configure, settle, kept, provisioned, failWith } = bench();
    await open();
    await alias('1', {});
    failWith(new Error('Runtime.ImportModuleError'));
    await configure('1', 1);
    await settle();
    expect(provisioned.status(place, '1')).toEqual({
      status: 'FAILED',
      reason: 'FUNCTION_ERROR_INIT_FAILURE',
      allocated: 0,
    });
    expect([kept.size, provisioned.takenFrom(scope)]).toEqual([0, 0]);
    failWith(undefined);
    await configure('1', 1);
    await settle();
    expect(provisioned.status(place, '1')).toEqual({ status: 'READY', reason: undefined, allocated: 1 });
  });

  it('ends quietly with the cloud', async () => {
    const { open, alias, configure, settle, kept, clock, provisioned } = bench();
    await open();
    await alias('1', {});
    await configure('1', 1);
    await settle();
    provisioned.close();
    kept.clear();
    await clock.advance(2 * hour);
    expect(kept.size).toBe(0);
  });
});
