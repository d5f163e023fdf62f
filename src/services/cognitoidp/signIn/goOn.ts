/** After a factor was right: the next challenge, or the end. */
import type { Transaction } from '../../../store/index.ts';
import { deviceOfSignIn, noteDevice } from '../devices.ts';
import { assuranceOf } from '../domain/assurance.ts';
import { assessed, checkSecondFactor, notePass } from '../risk/protect.ts';
import type { Context } from '../room.ts';
import { records, type User } from '../store.ts';
import { openFamily, signTokens } from '../tokens/issue.ts';
import { hasPostAuthentication, postAuthentication } from '../triggers/authentication.ts';
import { userKey } from '../users.ts';
import type { Attempt, AuthAnswer, Progress } from './attempt.ts';
import { checkStatus, missingUser } from './checks.ts';
import { deviceForFactor, knownDevice } from './gates/device.ts';
import { newPasswordRequired } from './gates/newPassword.ts';
import { secondFactor } from './gates/secondFactor.ts';
import type { OpenedSession } from './sessions.ts';

/** A challenge: as it is, or along with what is written when it is handed out. */
export type Asked = AuthAnswer | ((tx: Transaction) => Promise<AuthAnswer>);

/**
 * One thing that may still be asked. @returns the challenge, or nothing when there is nothing to ask. A gate that has been
 * passed sees that in the user or in the progress.
 */
export type Gate = (
  ctx: Context,
  attempt: Attempt,
  user: User,
  progress: Progress,
) => Promise<Asked | undefined> | Asked | undefined;

/** In the order in which they are asked. */
const gates: readonly Gate[] = [newPasswordRequired, deviceForFactor, secondFactor, knownDevice];

/**
 * @param user as read after the factor was checked.
 * @param session the answered one: used up with what follows from it.
 * @throws NotAuthorizedException, UserNotConfirmedException, PasswordResetRequiredException
 */
export async function goOn(
  ctx: Context,
  attempt: Attempt,
  user: User,
  before: Progress,
  session?: OpenedSession<unknown>,
): Promise<AuthAnswer> {
  checkStatus(user);
  const judged = await assessed(ctx, attempt, user, before, { session });
  // An assessment uses the session up.
  const open = judged === before ? session : undefined;
  const progress = { ...judged, sub: user.sub };
  for (const gate of gates) {
    const asked = await gate(ctx, attempt, user, progress);
    if (asked) return carryOut(ctx, asked, open);
  }
  return finish(ctx, attempt, user, progress, open);
}

/** Hands a challenge out; the session of the answer before is used up with it, so that nothing is sent twice for one answer. */
export async function carryOut(
  ctx: Context,
  asked: Asked,
  session?: OpenedSession<unknown>,
): Promise<AuthAnswer> {
  if (typeof asked !== 'function' && !session) return asked;
  return ctx.room.store.transact(async (tx) => {
    await session?.use(tx);
    return typeof asked === 'function' ? asked(tx) : asked;
  });
}

/** Tokens (or, for a page, who it is), and the end of counting. */
async function finish(
  ctx: Context,
  attempt: Attempt,
  user: User,
  progress: Progress,
  session: OpenedSession<unknown> | undefined,
): Promise<AuthAnswer> {
  const { door, via } = attempt;
  const { pool } = door;
  await checkSecondFactor(ctx, attempt, user, progress);
  const device = deviceOfSignIn(ctx, attempt, progress);
  const asks = hasPostAuthentication(attempt);
  if (asks) {
    // Whoever sends an answer twice has nobody's function run twice.
    if (session) await ctx.room.store.transact((tx) => session.use(tx));
    await postAuthentication(ctx, attempt, user, progress);
  }
  const assurance = assuranceOf(progress.factors, pool.settings.AcrConfiguration);
  const opened = await ctx.room.store.transact(async (tx) => {
    if (session && !asks) await session.use(tx);
    const key = userKey(pool, user.username);
    // Whoever disabled or deleted the user meanwhile was first.
    const current = await records.users.get(tx, pool.id, key);
    if (!current) throw missingUser(door);
    checkStatus(current);
    const attempts = await records.attempts.get(tx, pool.id, key);
    if (attempts?.failures) {
      records.attempts.put(tx, [pool.id, key], { ...attempts, failures: 0, lockedUntil: 0 });
    }
    await notePass(tx, ctx, door, user, progress);
    if (via === 'page') return undefined;
    if (device) await noteDevice(tx, ctx, pool, user, progress);
    return openFamily(tx, ctx, door, user, {
      ...(assurance ? { assurance } : {}),
      ...(device ? { deviceKey: device.deviceKey } : {}),
      ...(progress.risk ? { eventId: progress.risk.id } : {}),
    });
  });
  if (!opened) return { ChallengeParameters: {}, signedIn: { user, progress } };
  const { refreshToken, ...signIn } = opened;
  const tokens = await signTokens(ctx, door, user, {
    ...signIn,
    source: progress.tokenSource,
    clientMetadata: attempt.clientMetadata,
  });
  return {
    ChallengeParameters: {},
    AuthenticationResult: {
      ...tokens,
      RefreshToken: refreshToken,
      ...(device?.metadata ? { NewDeviceMetadata: device.metadata } : {}),
    },
  };
}
