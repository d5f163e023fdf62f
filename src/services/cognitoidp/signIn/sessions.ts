/** Sessions of challenges: sealed, so that nothing is written before they are answered; each is answered once, and wrongly a few times. */
import type { Transaction } from '../../../store/index.ts';
import { NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context, Door } from '../room.ts';
import { records } from '../store.ts';

interface Sealed<State> {
  id: string;
  clientId: string;
  challenge: string;
  expiresAt: number;
  state: State;
}

const purpose = ({ pool }: Door) => `cognitoidp.session/${pool.id}`;

/** @returns bytes for the client to hand back. They say nothing to it. */
export function sealSession(ctx: Context, door: Door, challenge: string, state: object): Buffer {
  const sealed: Sealed<object> = {
    id: ctx.room.ids.uuid(),
    clientId: door.client.id,
    challenge,
    expiresAt: ctx.now + door.client.settings.AuthSessionValidity * 60_000,
    state,
  };
  return Buffer.from(ctx.room.vault.seal(purpose(door), JSON.stringify(sealed)));
}

/** A session that was handed back. `use` marks it as used up: call it in the transaction of what follows from it. */
export interface OpenedSession<State> {
  state: State;
  /** @throws NotAuthorizedException it was used before, or answered wrongly too often. */
  use(tx: Transaction): Promise<void>;
  /** Whether it may still be answered. @throws NotAuthorizedException */
  checkOpen(tx: Transaction): Promise<void>;
  /** Counts a wrong answer: the client may try again, a few times. */
  countWrong(tx: Transaction): Promise<void>;
}

const prunedMax = 20;

/** @throws NotAuthorizedException not one of this client's, of another challenge, or expired. */
export function openSession<State>(
  ctx: Context,
  door: Door,
  challenge: string,
  bytes: Uint8Array,
): OpenedSession<State> {
  const sealed = read<State>(ctx, door, bytes);
  if (sealed.clientId !== door.client.id || sealed.challenge !== challenge) throw invalid();
  if (sealed.expiresAt <= ctx.now) {
    throw new NotAuthorizedException('Invalid session for the user, session is expired.');
  }
  const place: Place = [door.pool.id, sealed.expiresAt, sealed.id];
  return {
    state: sealed.state,
    use: (tx) => useUp(tx, ...place, ctx.now),
    async checkOpen(tx) {
      await wrongSoFar(tx, place);
    },
    async countWrong(tx) {
      records.sessions.put(tx, place, { wrong: (await wrongSoFar(tx, place)) + 1 });
      await prune(tx, place[0], ctx.now);
    },
  };
}

type Place = [poolId: string, expiresAt: number, id: string];

/** @throws NotAuthorizedException it was used before, or answered wrongly too often. */
async function wrongSoFar(tx: Transaction, place: Place): Promise<number> {
  const known = await records.sessions.get(tx, ...place);
  if (known === null) {
    throw new NotAuthorizedException('Invalid session for the user, session can only be used once.');
  }
  const wrong = known?.wrong ?? 0;
  if (wrong >= limits.codeAttemptsMax) throw invalid();
  return wrong;
}

/** Marks as used what is worth something once, until it expires anyway. @throws NotAuthorizedException it was used before. */
export async function useUp(
  tx: Transaction,
  poolId: string,
  expiresAt: number,
  id: string,
  now: number,
): Promise<void> {
  await wrongSoFar(tx, [poolId, expiresAt, id]);
  records.sessions.put(tx, [poolId, expiresAt, id], null);
  await prune(tx, poolId, now);
}

/** Those that have expired are refused for that: nobody needs to remember that they were used. */
async function prune(tx: Transaction, poolId: string, now: number): Promise<void> {
  const expired = await records.sessions.range(tx, { under: [poolId], lt: [poolId, now], limit: prunedMax });
  for (const { key } of expired) records.sessions.delete(tx, ...key);
}

function read<State>(ctx: Context, door: Door, bytes: Uint8Array): Sealed<State> {
  try {
    return JSON.parse(ctx.room.vault.open(purpose(door), bytes).toString()) as Sealed<State>;
  } catch {
    throw invalid();
  }
}

const invalid = () => new NotAuthorizedException('Invalid session for the user.');
