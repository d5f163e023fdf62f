/**
 * Wrong passwords for names that nobody has, where clients aren't told that there is nobody: they lock as a user's do. In
 * memory only: callers without credentials make nothing durable by names that they think up.
 */
import { createHash } from 'node:crypto';
import type { CognitoRoom, Context, Door } from '../room.ts';
import type { Attempts } from '../store.ts';
import { userKey } from '../users.ts';
import { afterFailure, hidesUsers, locked } from './checks.ts';

/** Names that are remembered; ours. The oldest make room. */
const namesMax = 10_000;

const rooms = new WeakMap<CognitoRoom, Map<string, Attempts>>();

function attemptsIn(room: CognitoRoom): Map<string, Attempts> {
  const known = rooms.get(room) ?? new Map<string, Attempts>();
  rooms.set(room, known);
  return known;
}

/** Of one length, however long the name is. */
const placeOf = ({ pool }: Door, name: string): string =>
  createHash('sha256')
    .update(`${pool.id}/${userKey(pool, name)}`)
    .digest('base64');

/** @param name as `nameOf` makes it of the one that was entered. @throws NotAuthorizedException as `checkLock` does for a user. */
export function checkStranger(ctx: Context, door: Door, name: string): void {
  if (!hidesUsers(door)) return;
  const known = attemptsIn(ctx.room).get(placeOf(door, name));
  if (known && known.lockedUntil > ctx.now) throw locked();
}

/** Counts a wrong password. @throws NotAuthorizedException as `judgePassword` does for a user. */
export function judgeStranger(ctx: Context, door: Door, name: string): void {
  if (!hidesUsers(door)) return;
  const place = placeOf(door, name);
  const all = attemptsIn(ctx.room);
  const known = all.get(place);
  if (known && known.lockedUntil > ctx.now) throw locked();
  all.delete(place);
  const oldest = all.size >= namesMax ? all.keys().next().value : undefined;
  if (oldest !== undefined) all.delete(oldest);
  all.set(place, afterFailure(known, ctx.now));
}
