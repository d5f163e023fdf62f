import { describe, expect, it } from 'vitest';
import { RandomIds } from '../../../kernel/index.ts';
import { MemoryStore } from '../../../store/index.ts';
import type { Context, Door } from '../room.ts';
import { type BrowserSession, type Family, records, type User } from '../store.ts';
import { openSsoSession, openTokenSession, sessionsOf, touchSession } from './track.ts';

const poolId = 'us-east-1_Pool';
const door = (maxPerUser = 100) =>
  ({
    pool: { id: poolId, sessions: { tracking: 'ENABLED', maxPerUser } },
    client: { id: 'app' },
  }) as unknown as Door;
const at = (now: number, userAgent?: string) =>
  ({
    now,
    sourceIp: '192.0.2.7',
    room: { ids: new RandomIds() },
    ...(userAgent === undefined ? {} : { request: { headers: { 'user-agent': userAgent } } }),
  }) as unknown as Context;
const ann = { username: 'ann', sub: 'sub-ann', enabled: true } as User;
const later = 1_000_000;

async function withAnn(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.transact(async (tx) => records.users.put(tx, [poolId, 'ann'], ann));
  return store;
}

const browserOf = (index: number): Uint8Array => Uint8Array.of(index);
const open = { expiresAt: later, key: 'ann', sub: ann.sub, authTime: 0 } satisfies BrowserSession;

describe('sessions of a user', () => {
  it('are at most 25 in browsers, of which the least recently used goes', async () => {
    const store = await withAnn();
    const ids: string[] = [];
    for (let index = 0; index < 25; index += 1) {
      await store.transact(async (tx) => {
        ids.push(await openSsoSession(tx, at(index), door(), 'ann', browserOf(index), undefined));
        records.browserSessions.put(tx, [poolId, browserOf(index)], open);
      });
    }
    await store.transact((tx) => touchSession(tx, at(100), door().pool, 'ann', ids[0]));
    await store.transact((tx) => openSsoSession(tx, at(101), door(), 'ann', browserOf(25), undefined));
    const left = (await sessionsOf(store, poolId, 'ann')).map(([id]) => id);
    expect(left).toHaveLength(25);
    expect(left).toContain(ids[0]);
    expect(left).not.toContain(ids[1]);
    expect(await records.browserSessions.exists(store, poolId, browserOf(1))).toBe(false);
    expect(await records.browserSessions.exists(store, poolId, browserOf(0))).toBe(true);
  });

  it('in browsers are nobody\u2019s who has only the name', async () => {
    const store = await withAnn();
    await store.transact(async (tx) => {
      await openSsoSession(tx, at(0), door(), 'ann', browserOf(0), undefined);
      records.browserSessions.put(tx, [poolId, browserOf(0)], open);
      records.users.put(tx, [poolId, 'ann'], { ...ann, sub: 'sub-other' });
    });
    const id = await store.transact((tx) =>
      openSsoSession(tx, at(1), door(), 'ann', browserOf(1), undefined),
    );
    expect((await sessionsOf(store, poolId, 'ann')).map(([known]) => known)).toEqual([id]);
  });

  it('of apps take no room once their tokens have ended', async () => {
    const store = await withAnn();
    const family = { expiresAt: later } as Family;
    const opened = (now: number, originJti: string) =>
      store.transact(async (tx) => {
        const id = await openTokenSession(tx, at(now), door(2), 'ann', originJti, undefined);
        records.families.put(tx, [poolId, 'ann', originJti], { ...family, session: id });
        return id;
      });
    const first = await opened(0, 'a');
    await opened(1, 'b');
    // Whoever revokes a token says nothing of its session.
    await store.transact(async (tx) => records.families.delete(tx, poolId, 'ann', 'b'));
    const third = await opened(2, 'c');
    const left = (await sessionsOf(store, poolId, 'ann')).map(([id]) => id);
    expect(left.sort()).toEqual([first, third].sort());
    expect(await records.families.exists(store, poolId, 'ann', 'a')).toBe(true);
  });

  it('say with what they were used last', async () => {
    const store = await withAnn();
    const id = await store.transact((tx) => openTokenSession(tx, at(0), door(), 'ann', 'a', 'sso-of-ann'));
    const used = await store.transact((tx) => touchSession(tx, at(7, 'curl/8.5.0'), door().pool, 'ann', id));
    expect(used).toEqual({
      type: 'TOKEN',
      clientId: 'app',
      createdAt: 0,
      activeAt: 7,
      address: '192.0.2.7',
      device: 'curl/8.5.0',
      originJti: 'a',
      origin: 'sso-of-ann',
    });
    const off = { ...door().pool, sessions: { tracking: 'DISABLED' as const, maxPerUser: 20 } };
    expect(await store.transact((tx) => touchSession(tx, at(9), off, 'ann', id))).toBeUndefined();
  });
});
