import { expect, it } from 'vitest';
import { RandomIds } from '../../kernel/index.ts';
import { rootOf } from '../../platform/index.ts';
import { MemoryStore, packed } from '../../store/index.ts';
import { openVault } from '../../store/vault.ts';
import type { TaskQueue } from '../../tasks/index.ts';
import { type Session, SessionStore } from './store.ts';

const ids = new RandomIds();
const session: Session = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLEEX',
  secretAccessKey: 'a-secret-that-is-to-be-kept',
  sessionToken: 'a-token-that-is-to-be-kept',
  principal: rootOf('111122223333'),
  expiresAt: 1_000,
};

function open(store = new MemoryStore(), vault = openVault({ ids })) {
  const due: { id: string; dueAt: number | undefined }[] = [];
  const expiry = {
    async enqueue(_tx: unknown, id: string, { dueAt }: { dueAt?: number }) {
      due.push({ id, dueAt });
    },
  } as unknown as TaskQueue<string>;
  return { store, vault, due, sessions: new SessionStore(store, vault, expiry) };
}

it('keeps neither secret nor token in the clear, and finds both after a restart', async () => {
  const first = open();
  await first.sessions.put(session);
  const kept = await first.store.range({ prefix: [], limit: 10 });
  expect(kept).toHaveLength(1);
  for (const secret of [session.secretAccessKey, session.sessionToken]) {
    expect(kept.some(({ value }) => Buffer.from(value).includes(secret))).toBe(false);
  }
  expect(first.due).toEqual([{ id: session.accessKeyId, dueAt: session.expiresAt + 86_400_000 }]);
  const { sessions } = open(first.store, first.vault);
  expect(await sessions.find(session.accessKeyId, session.sessionToken)).toEqual(session);
  // Whoever has the data without the vault's key has no secrets.
  const stolen = open(first.store, openVault({ ids }));
  expect(await stolen.sessions.find(session.accessKeyId, session.sessionToken)).toBeUndefined();
});

it('finds a session by its own token only, in memory or not, and without a promise once it is known', async () => {
  const { sessions, store, vault } = open();
  await sessions.put(session);
  const { accessKeyId, sessionToken } = session;
  expect(sessions.find(accessKeyId, sessionToken)).toEqual(session);
  const restarted = open(store, vault).sessions;
  for (const wrong of [undefined, '', `${sessionToken}x`, sessionToken.replace('a', 'b')]) {
    expect(sessions.find(accessKeyId, wrong)).toBeUndefined();
    expect(await restarted.find(accessKeyId, wrong)).toBeUndefined();
  }
  expect(await sessions.find('ASIANOBODY', sessionToken)).toBeUndefined();
  await sessions.remove(accessKeyId);
  expect(await sessions.find(accessKeyId, sessionToken)).toBeUndefined();
});

it('still knows the sessions of earlier versions, which lie in the clear until they expire', async () => {
  const { sessions, store } = open();
  await store.transact(async (tx) => {
    tx.put(['sts.session', session.accessKeyId], packed<Session>().encode(session));
  });
  expect(await sessions.find(session.accessKeyId, session.sessionToken)).toEqual(session);
});
