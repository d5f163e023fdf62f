/**
 * What STS keeps.
 *
 *   sts.session  [accessKeyId] → SealedSession   a temporary credential until a day after it expires
 *   sts.tokenKey [algorithm] → TokenKey          signs tokens for services outside AWS
 *
 * Access key ids are unique over all accounts, so the key needs no account; the principal in the record has it.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Jwk, Principal } from '../../platform/index.ts';
import { type Reader, recordSet, type Store, type Transaction } from '../../store/index.ts';
import type { Vault } from '../../store/vault.ts';
import type { TaskQueue } from '../../tasks/index.ts';

export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  principal: Principal;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

interface Secrets {
  secretAccessKey: string;
  sessionToken: string;
}

interface SealedSession {
  accessKeyId: string;
  principal: Principal;
  expiresAt: number;
  /** Of `Secrets` as JSON. Sessions of earlier versions have theirs in the clear, until they expire. */
  sealed?: Uint8Array;
}

const sessions = recordSet<[accessKeyId: string], SealedSession & Partial<Secrets>>('sts.session');

/** For this long an expired token is answered `ExpiredToken`, as on AWS; then it is as unknown as any other. */
const rememberedMs = 24 * 60 * 60_000;

/** Sessions kept in memory for look-ups; past that the oldest are read from the store again. */
const cachedMax = 10_000;

interface Cached {
  readonly session: Session;
  readonly token: Buffer;
}

export class SessionStore {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #expiry: TaskQueue<string>;
  readonly #cached = new Map<string, Cached>();

  /** @param expiry a queue that calls `remove` with an access key id when it falls due. */
  constructor(store: Store, vault: Vault, expiry: TaskQueue<string>) {
    this.#store = store;
    this.#vault = vault;
    this.#expiry = expiry;
  }

  /** Durable before it is answered; forgotten a day after it expired. */
  async put(session: Session): Promise<void> {
    const { accessKeyId, secretAccessKey, sessionToken, principal, expiresAt } = session;
    const secrets: Secrets = { secretAccessKey, sessionToken };
    const sealed = this.#vault.seal(purposeOf(accessKeyId), JSON.stringify(secrets));
    await this.#store.transact(async (tx) => {
      sessions.put(tx, [accessKeyId], { accessKeyId, principal, expiresAt, sealed });
      await this.#expiry.enqueue(tx, accessKeyId, { dueAt: expiresAt + rememberedMs, id: accessKeyId });
    });
    this.#remember(session);
  }

  /**
   * The session of a key. Without a promise when it is in memory.
   * @param sessionToken compared in constant time; another's session isn't found by its key alone.
   */
  find(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): Session | undefined | Promise<Session | undefined> {
    if (sessionToken === undefined) return undefined;
    const known = this.#cached.get(accessKeyId);
    if (known) return matching(known, sessionToken);
    return this.#read(this.#store, accessKeyId).then((found) => found && matching(found, sessionToken));
  }

  async remove(accessKeyId: string): Promise<void> {
    this.#cached.delete(accessKeyId);
    await this.#store.transact(async (tx: Transaction) => sessions.delete(tx, accessKeyId));
  }

  async #read(reader: Reader, accessKeyId: string): Promise<Cached | undefined> {
    const found = await sessions.get(reader, accessKeyId);
    if (!found) return undefined;
    const { principal, expiresAt } = found;
    const secrets = this.#secretsOf(found);
    return secrets && this.#remember({ accessKeyId, principal, expiresAt, ...secrets });
  }

  /** Undefined for those of another cloud, whose snapshot was loaded without its key: they are nobody's here. */
  #secretsOf({ accessKeyId, sealed, ...plain }: SealedSession & Partial<Secrets>): Secrets | undefined {
    const { secretAccessKey = '', sessionToken = '' } = plain;
    if (!sealed) return { secretAccessKey, sessionToken };
    try {
      return JSON.parse(this.#vault.open(purposeOf(accessKeyId), sealed).toString()) as Secrets;
    } catch {
      return undefined;
    }
  }

  #remember(session: Session): Cached {
    if (this.#cached.size >= cachedMax) {
      const [oldest] = this.#cached.keys();
      if (oldest !== undefined) this.#cached.delete(oldest);
    }
    const cached: Cached = { session, token: Buffer.from(session.sessionToken) };
    this.#cached.set(session.accessKeyId, cached);
    return cached;
  }
}

function purposeOf(accessKeyId: string): string {
  return `sts.session/${accessKeyId}`;
}

function matching({ session, token }: Cached, sessionToken: string): Session | undefined {
  const given = Buffer.from(sessionToken);
  return given.length === token.length && timingSafeEqual(given, token) ? session : undefined;
}

export interface TokenKey {
  kid: string;
  publicJwk: Jwk;
  /** The private part: PKCS #8, DER, sealed. */
  sealed: Uint8Array;
}

const tokenKeys = recordSet<[algorithm: string], TokenKey>('sts.tokenKey');

export class TokenKeyStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get(algorithm: string): Promise<TokenKey | undefined> {
    return tokenKeys.get(this.#store, algorithm);
  }

  async put(algorithm: string, key: TokenKey): Promise<void> {
    await this.#store.transact(async (tx) => tokenKeys.put(tx, [algorithm], key));
  }
}
