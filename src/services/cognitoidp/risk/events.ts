/** What happened to a user, for the user's administrator and for the next assessment. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-adaptive-authentication-event-user-history.html */
import type { Reader, Transaction } from '../../../store/index.ts';
import { limits } from '../limits.ts';
import type { Context, Door } from '../room.ts';
import type { UserContext } from '../signIn/attempt.ts';
import { type Pool, records, type User } from '../store.ts';
import { userKey } from '../users.ts';
import { activityOf } from './activity.ts';
import { type DeviceTold, deviceOf } from './device.ts';
import type { Sighting } from './score.ts';
import { modeOf, type RiskLevel } from './settings.ts';

export type EventType = 'SignIn' | 'SignUp' | 'ForgotPassword' | 'PasswordChange' | 'ResendCode';

export interface AuthEvent {
  id: string;
  at: number;
  type: EventType;
  response: 'Pass' | 'Fail' | 'InProgress';
  decision: 'NoRisk' | 'AccountTakeover' | 'Block';
  level?: RiskLevel;
  compromised?: boolean;
  challenges: { ChallengeName: 'Password' | 'Mfa'; ChallengeResponse: 'Success' | 'Failure' }[];
  address?: string;
  device?: DeviceTold;
  feedback?: { value: 'Valid' | 'Invalid'; provider: string; at: number };
}

/** Where a sign-in comes from, as far as it is told. */
export function originOf(
  pool: Pool,
  context: UserContext | undefined,
): Pick<AuthEvent, 'address' | 'device'> {
  const device = deviceOf(pool, context?.encodedData, context?.deviceName);
  return {
    ...(context?.ipAddress === undefined ? {} : { address: context.ipAddress }),
    ...(Object.keys(device).length > 0 ? { device } : {}),
  };
}

export const sightingOf = ({ at, address, device, response, feedback }: AuthEvent): Sighting => ({
  at,
  address,
  device: device?.id ?? device?.name,
  passed: response === 'Pass',
  feedback: feedback?.value,
});

/** A user's events, newest first. */
export function eventsOf(reader: Reader, pool: Pool, user: User, limit: number): Promise<AuthEvent[]> {
  return records.authEvents.values(reader, { under: [pool.id, userKey(pool, user.username)], limit });
}

/** Writes an event, over itself when it goes on, and forgets those beyond the bound. */
export async function putEvent(tx: Transaction, pool: Pool, user: User, event: AuthEvent): Promise<void> {
  const key = userKey(pool, user.username);
  records.authEvents.put(tx, [pool.id, key, -event.at, event.id], event);
  const all = await eventsOf(tx, pool, user, limits.authEventsMax + 2);
  for (const { at, id } of excess(all, limits.authEventsMax)) {
    records.authEvents.delete(tx, pool.id, key, -at, id);
  }
}

/**
 * The oldest of what there is too much of: half of the room is for what passed. Otherwise whoever knows no more than a
 * name could have a user's history forgotten by wrong answers, and with it all that tells them from the user.
 * @param events newest first.
 */
export function excess(events: readonly AuthEvent[], max: number): AuthEvent[] {
  const passed = events.filter(({ response }) => response === 'Pass');
  const others = events.filter(({ response }) => response !== 'Pass');
  const over = Math.max(0, events.length - max);
  const ofOthers = Math.min(over, Math.max(0, others.length - Math.floor(max / 2)));
  return [...others.slice(others.length - ofOthers), ...passed.slice(passed.length - (over - ofOthers))];
}

/** The same, and tells the pool's log of it, where it has one. */
export async function fileEvent(
  tx: Transaction,
  ctx: Context,
  door: Door,
  user: User,
  event: AuthEvent,
): Promise<void> {
  await putEvent(tx, door.pool, user, event);
  if (!door.pool.logDelivery) return;
  await ctx.room.logDelivery.deliver(tx, door.pool, 'userAuthEvents', activityOf(ctx, door, user, event));
}

/** For occasions without a course: they happen, or they don't. Nothing where the pool isn't protected. */
export async function noteEvent(
  tx: Transaction,
  ctx: Context,
  door: Door,
  user: User,
  { type, context }: { type: EventType; context?: UserContext | undefined },
): Promise<void> {
  if (modeOf(door.pool) === 'OFF') return;
  await fileEvent(tx, ctx, door, user, {
    id: ctx.requestId,
    at: ctx.now,
    type,
    response: 'Pass',
    decision: 'NoRisk',
    challenges: [],
    ...originOf(door.pool, context),
  });
}
