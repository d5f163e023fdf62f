import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { settingsOf } from './domain/poolSettings.ts';
import type { Pool, User } from './store.ts';
import { addUser, findUser, putUser } from './users.ts';

const poolWith = (settings: Parameters<typeof settingsOf>[0]) =>
  ({ id: 'us-east-1_Pool', settings: settingsOf(settings) }) as Pool;
const user = (username: string, attributes: Record<string, string> = {}): User => ({
  username,
  sub: `sub-${username}`,
  status: 'CONFIRMED',
  enabled: true,
  attributes,
  createdAt: 0,
  modifiedAt: 0,
});
const mail = (email: string) => ({ email, email_verified: 'true' });

describe('addresses that are taken over', () => {
  it('move to who has proved them', async () => {
    const store = new MemoryStore();
    const pool = poolWith({ AliasAttributes: ['email'] });
    await store.transact((tx) => addUser(tx, pool, user('ann', mail('a@example.com'))));
    await store.transact((tx) => addUser(tx, pool, user('eve', mail('a@example.com')), true));
    expect((await findUser(store, pool, 'a@example.com'))?.username).toBe('eve');
    expect((await findUser(store, pool, 'ann'))?.attributes.email_verified).toBe('false');
  });

  it('are taken by nobody who is new and only says so', async () => {
    const store = new MemoryStore();
    const pool = poolWith({ AliasAttributes: ['email'] });
    await store.transact((tx) => addUser(tx, pool, user('ann', mail('a@example.com'))));
    const second = store.transact((tx) => addUser(tx, pool, user('eve', mail('a@example.com'))));
    await expect(second).rejects.toMatchObject({
      code: 'UsernameExistsException',
      message: 'An account with the email already exists.',
    });
  });

  it('are nobody else\u2019s username', async () => {
    const store = new MemoryStore();
    const pool = poolWith({ UsernameAttributes: ['email'] });
    await store.transact((tx) => addUser(tx, pool, user('id-1', mail('a@example.com'))));
    const stealing = store.transact((tx) => addUser(tx, pool, user('id-2', mail('a@example.com')), true));
    await expect(stealing).rejects.toMatchObject({ code: 'UsernameExistsException' });
    expect((await findUser(store, pool, 'a@example.com'))?.username).toBe('id-1');
  });
});

describe('nicknames', () => {
  const pool = poolWith({ AliasAttributes: ['preferred_username', 'email'] });

  it('are taken over by nobody, whatever else is', async () => {
    const store = new MemoryStore();
    const ann = { preferred_username: 'annie', ...mail('a@example.com') };
    await store.transact((tx) => addUser(tx, pool, user('ann', ann)));
    const stealing = store.transact((tx) => addUser(tx, pool, user('eve', ann), true));
    await expect(stealing).rejects.toMatchObject({ code: 'UsernameExistsException' });
    expect((await findUser(store, pool, 'annie'))?.username).toBe('ann');
  });

  it('are no other user\u2019s name, in either order', async () => {
    const store = new MemoryStore();
    const ann = user('ann', { preferred_username: 'annie' });
    await store.transact((tx) => addUser(tx, pool, ann));
    const second = store.transact((tx) => addUser(tx, pool, user('annie')));
    await expect(second).rejects.toMatchObject({ code: 'UsernameExistsException' });
    const eve = user('eve');
    await store.transact((tx) => addUser(tx, pool, eve));
    const posing = { ...eve, attributes: { preferred_username: 'ann' } };
    const named = store.transact((tx) => putUser(tx, pool, posing, eve));
    await expect(named).rejects.toMatchObject({ code: 'AliasExistsException' });
    const own = { ...ann, attributes: { preferred_username: 'ann' } };
    await store.transact((tx) => putUser(tx, pool, own, ann));
    expect((await findUser(store, pool, 'ann'))?.sub).toBe('sub-ann');
  });
});
