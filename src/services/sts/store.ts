/**
 * What STS keeps.
 *
 *   sts.session [accessKeyId] → Session   a temporary credential until a day after it expires
 *
 * Access key ids are unique over all accounts, so the key needs no account; the principal in the record has it.
 */
import type { Principal } from '../../platform/index.ts';
import { type Reader, recordSet, type Store, type Transaction } from '../../store/index.ts';
import type { TaskQueue } from '../../tasks/index.ts';

export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  principal: Principal;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

const sessions = recordSet<[accessKeyId: string], Session>('sts.session');

/** For this long an expired token is answered `ExpiredToken`, as on AWS; then it is as unknown as any other. */
const rememberedMs = 24 * 60 * 60_000;

/** Sessions kept in memory for look-ups; past that the oldest are read from the store again. */
const cachedMax = 10_000;

export class SessionStore {
  readonly #store: Store;
  readonly #expiry: TaskQueue<string>;
  readonly #cached = new Map<string, Session>();

  /** @param expiry a queue that calls `remove` with an access key id when it falls due. */
  constructor(store: Store, expiry: TaskQueue<string>) {
    this.#store = store;
    this.#expiry = expiry;
  }

  /** Durable before it is answered; forgotten a day after it expired. */
  async put(session: Session): Promise<void> {
    await this.#store.transact(async (tx) => {
      sessions.put(tx, [session.accessKeyId], session);
      await this.#expiry.enqueue(tx, session.accessKeyId, {
        dueAt: session.expiresAt + rememberedMs,
        id: session.accessKeyId,
      });
    });
    this.#remember(session);
  }

  /** Without a promise when it is in memory. */
  find(accessKeyId: string): Session | undefined | Promise<Session | undefined> {
    return this.#cached.get(accessKeyId) ?? this.#read(this.#store, accessKeyId);
  }

  async remove(accessKeyId: string): Promise<void> {
    this.#cached.delete(accessKeyId);
    await this.#store.transact(async (tx: Transaction) => sessions.delete(tx, accessKeyId));
  }

  async #read(reader: Reader, accessKeyId: string): Promise<Session | undefined> {
    const session = await sessions.get(reader, accessKeyId);
    if (session) this.#remember(session);
    return session;
  }

  #remember(session: Session): void {
    if (this.#cached.size >= cachedMax) {
      const [oldest] = this.#cached.keys();
      if (oldest !== undefined) this.#cached.delete(oldest);
    }
    this.#cached.set(session.accessKeyId, session);
  }
}
