/** CUSTOM_AUTH: functions of the pool's owner say what is asked and which answers are right. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html */
import { wantedFactor } from '../domain/factors.ts';
import { InvalidLambdaResponseException, NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { records, type User } from '../store.ts';
import { createChallenge, defineChallenge, type Subject } from '../triggers/customChallenge.ts';
import type { Attempt, AuthAnswer, Progress, Round } from './attempt.ts';
import { checkStatus, wrongPassword } from './checks.ts';
import { askForProof } from './flows/srp.ts';
import { deviceForFactor } from './gates/device.ts';
import { secondFactor } from './gates/secondFactor.ts';
import { carryOut, goOn } from './goOn.ts';
import { type OpenedSession, sealSession } from './sessions.ts';

/** What the session of CUSTOM_CHALLENGE remembers. The rest is in the store: sessions have 2,048 characters at most. */
export interface CustomProgress extends Progress {
  /** The user's; absent for nobody. */
  sub?: string;
  /** Where the rest is. */
  challenge: [expiresAt: number, id: string];
}

/** The rest. */
export interface CustomState {
  rounds: Round[];
  hidden: Record<string, string>;
  metadata: string | null;
}

export interface Walk {
  subject: Subject;
  progress: Progress;
  /** Answered so far. */
  rounds: readonly Round[];
  /** SRP_A, where the client began with it. */
  clientNumber?: string;
}

const prunedMax = 20;
const purpose = (poolId: string, id: string) => `cognitoidp.challenge/${poolId}/${id}`;

/**
 * The next challenge, tokens, or none at all, as DefineAuthChallenge says. The session of the answer before is used up.
 * @throws NotAuthorizedException the function ends it. @throws InvalidLambdaResponseException, UserLambdaValidationException
 */
export async function nextChallenge(ctx: Context, attempt: Attempt, walk: Walk): Promise<AuthAnswer> {
  const { subject, progress, rounds, clientNumber } = walk;
  if (rounds.length > limits.customChallengesMax) throw wrongPassword();
  const defined = await defineChallenge(ctx, attempt, subject, rounds);
  if ('fails' in defined) throw wrongPassword();
  if ('succeeds' in defined) {
    // For nobody there are no tokens, whatever a function says.
    if (!subject.user) throw wrongPassword();
    return goOn(ctx, attempt, subject.user, progress);
  }
  if (defined.next === 'CUSTOM_CHALLENGE') return askCustom(ctx, attempt, walk);
  if (defined.next === 'PASSWORD_VERIFIER' && clientNumber !== undefined) {
    const { name, user } = subject;
    const { deviceKey } = progress;
    return askForProof(ctx, attempt, { name, user, clientNumber, deviceKey, rounds: [...rounds] });
  }
  throw new InvalidLambdaResponseException(`${defined.next} is not a challenge that can come next.`);
}

/**
 * After the password: "for a user who has set up multifactor authentication, Amazon Cognito follows it up with an `SMS_MFA`,
 * `EMAIL_OTP`, or `SOFTWARE_TOKEN_MFA` challenge", and tells the function of both.
 */
export async function afterPassword(
  ctx: Context,
  attempt: Attempt,
  user: User,
  progress: Progress,
  session: OpenedSession<{ rounds?: Round[] }>,
): Promise<AuthAnswer> {
  const rounds = [...(session.state.rounds ?? []), passed('PASSWORD_VERIFIER')];
  const pending: Progress = { ...progress, sub: user.sub, rounds };
  const { kind } = wantedFactor(attempt.door.pool, user);
  // A device that stands for the code proves itself at the end; who has no factor yet sets one up there.
  if ((kind === 'one' || kind === 'choice') && !(await deviceForFactor(ctx, attempt, user, pending))) {
    checkStatus(user);
    const asked = await secondFactor(ctx, attempt, user, pending);
    if (asked) return carryOut(ctx, asked, session);
  }
  return goOnAsking(ctx, attempt, user, { ...progress, rounds }, session);
}

/** After a second factor: what the functions say, where they were asked before; the next challenge or the end otherwise. */
export function afterFactor(
  ctx: Context,
  attempt: Attempt,
  user: User,
  progress: Progress,
  session: OpenedSession<unknown>,
  challengeName: string,
): Promise<AuthAnswer> {
  if (!progress.rounds) return goOn(ctx, attempt, user, progress, session);
  const rounds = [...progress.rounds, passed(challengeName)];
  return goOnAsking(ctx, attempt, user, { ...progress, rounds }, session);
}

async function goOnAsking(
  ctx: Context,
  attempt: Attempt,
  user: User,
  { rounds = [], ...progress }: Progress,
  session: OpenedSession<unknown>,
): Promise<AuthAnswer> {
  await ctx.room.store.transact((tx) => session.use(tx));
  return nextChallenge(ctx, attempt, { subject: { user, name: user.username }, progress, rounds });
}

const passed = (challengeName: string): Round => ({
  challengeName,
  challengeResult: true,
  challengeMetadata: null,
});

async function askCustom(
  ctx: Context,
  attempt: Attempt,
  { subject, progress, rounds }: Walk,
): Promise<AuthAnswer> {
  const { shown, hidden, metadata } = await createChallenge(ctx, attempt, subject, rounds);
  const { door } = attempt;
  const { pool, client } = door;
  const { room, now } = ctx;
  const id = room.ids.uuid();
  const expiresAt = now + client.settings.AuthSessionValidity * 60_000;
  const state: CustomState = { rounds: [...rounds], hidden, metadata };
  const sealed = room.vault.seal(purpose(pool.id, id), JSON.stringify(state));
  await room.store.transact(async (tx) => {
    records.challenges.put(tx, [pool.id, expiresAt, id], sealed);
    for (const { key } of await records.challenges.range(tx, {
      under: [pool.id],
      lt: [pool.id, now],
      limit: prunedMax,
    })) {
      records.challenges.delete(tx, ...key);
    }
  });
  const kept: CustomProgress = {
    ...progress,
    // As long as anybody's: the length of a session says no more of nobody than what it hides.
    ...(subject.user ? { sub: subject.user.sub } : { not: room.ids.uuid() }),
    challenge: [expiresAt, id],
  };
  return {
    ChallengeName: 'CUSTOM_CHALLENGE',
    Session: sealSession(ctx, door, 'CUSTOM_CHALLENGE', kept).toString('base64url'),
    ChallengeParameters: { ...shown, USERNAME: subject.name },
  };
}

/** @param use marks the session as used up, in the same transaction. @returns what was kept, once. @throws NotAuthorizedException */
export async function takeState(
  ctx: Context,
  poolId: string,
  [expiresAt, id]: CustomProgress['challenge'],
  use: Parameters<Context['room']['store']['transact']>[0],
): Promise<CustomState> {
  const { store, vault } = ctx.room;
  const sealed = await store.transact(async (tx) => {
    await use(tx);
    const kept = await records.challenges.get(tx, poolId, expiresAt, id);
    if (!kept) throw new NotAuthorizedException('Invalid session for the user.');
    records.challenges.delete(tx, poolId, expiresAt, id);
    return kept;
  });
  return JSON.parse(vault.open(purpose(poolId, id), sealed).toString()) as CustomState;
}
