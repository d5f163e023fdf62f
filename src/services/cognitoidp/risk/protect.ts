/** Threat protection in the course of a sign-in. Nothing of it costs anything in a pool that has it off. */
import { AwsError } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { InvalidPasswordException, NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Draft, post } from '../messages.ts';
import type { Context, Door } from '../room.ts';
import type { Attempt, Progress } from '../signIn/attempt.ts';
import type { OpenedSession } from '../signIn/sessions.ts';
import type { Pool, User } from '../store.ts';
import { senderEvent } from '../triggers/customSender.ts';
import { isIn } from './addresses.ts';
import { isBlocked, isChecked, isCompromised } from './compromised.ts';
import { type AuthEvent, eventsOf, fileEvent, originOf, sightingOf } from './events.ts';
import { notification } from './notify.ts';
import { assess } from './score.ts';
import { type Action, modeOf, type PasswordEvent, type RiskSettings, riskSettingsOf } from './settings.ts';

const refused = () => new NotAuthorizedException('Unable to login because of security reasons.');

/** Before anything that the user knows is checked: addresses that are always blocked. @throws NotAuthorizedException */
export async function checkAddress(
  ctx: Context,
  { door, userContext }: Attempt,
  flow?: string,
): Promise<void> {
  if (modeOf(door.pool, flow) !== 'ENFORCED') return;
  const { RiskExceptionConfiguration: exceptions } = await riskSettingsOf(ctx, door.pool, door.client.id);
  if (isIn(userContext?.ipAddress, exceptions?.BlockedIPRangeList)) throw refused();
}

/** For passwords that are chosen. @throws InvalidPasswordException everybody knows it, and the pool doesn't want it. */
export async function checkNewPassword(
  ctx: Context,
  pool: Pool,
  clientId: string | undefined,
  event: PasswordEvent,
  password: string,
): Promise<void> {
  if (modeOf(pool) !== 'ENFORCED') return;
  const settings = await riskSettingsOf(ctx, pool, clientId);
  if (!isBlocked(settings) || !isChecked(settings, event) || !(await isCompromised(password))) return;
  throw new InvalidPasswordException('Password did not conform with policy: Password has been compromised');
}

/** What a sign-in remembers of its assessment. */
export interface Assessed {
  /** Of its event. */
  id: string;
  at: number;
  mfa?: 'MFA_IF_CONFIGURED' | 'MFA_REQUIRED';
}

/**
 * Assesses a sign-in once, after its first factor was right.
 * @param facts.password where it was sent as it is: it may be one that everybody knows.
 * @param facts.session the answered one: used up with the event.
 * @returns the progress, along with what the assessment asks for; the same when there is none.
 * @throws NotAuthorizedException the pool doesn't let such a sign-in in; the event and its message are filed.
 */
export async function assessed(
  ctx: Context,
  attempt: Attempt,
  user: User,
  progress: Progress,
  { password, session }: { password?: string; session?: OpenedSession<unknown> | undefined } = {},
): Promise<Progress> {
  const { door } = attempt;
  const { pool, client } = door;
  const mode = modeOf(pool, progress.flow);
  if (mode === 'OFF' || progress.risk) return progress;
  const settings = await riskSettingsOf(ctx, pool, client.id);
  const event: AuthEvent = { ...newEvent(ctx, attempt), challenges: challengesOf(progress) };
  const compromised =
    password !== undefined && isChecked(settings, 'SIGN_IN') && (await isCompromised(password));
  if (compromised) event.compromised = true;
  const action = await respond(ctx, pool, user, event, settings);
  const isStopped = (compromised && isBlocked(settings)) || action?.EventAction === 'BLOCK';
  const draft = action?.Notify ? await notified(ctx, pool, user, event, action, settings) : undefined;
  if (mode === 'ENFORCED' && isStopped) {
    await ctx.room.store.transact(async (tx) => {
      await session?.use(tx);
      await fileEvent(tx, ctx, door, user, { ...event, response: 'Fail', decision: 'Block' });
      if (draft) await post(tx, ctx, pool, draft);
    });
    throw refused();
  }
  await ctx.room.store.transact(async (tx) => {
    await session?.use(tx);
    await fileEvent(tx, ctx, door, user, event);
    if (draft && mode === 'ENFORCED') await post(tx, ctx, pool, draft);
  });
  const wanted = mode === 'ENFORCED' ? action?.EventAction : undefined;
  const mfa = wanted === 'MFA_IF_CONFIGURED' || wanted === 'MFA_REQUIRED' ? { mfa: wanted } : {};
  return { ...progress, risk: { id: event.id, at: event.at, ...mfa } };
}

const newEvent = (ctx: Context, { door: { pool }, userContext }: Attempt): AuthEvent => ({
  id: ctx.requestId,
  at: ctx.now,
  type: 'SignIn',
  response: 'InProgress',
  decision: 'NoRisk',
  challenges: [],
  ...originOf(pool, userContext),
});

/** Reckons the risk into the event. @returns what the settings want done about it. */
async function respond(
  ctx: Context,
  pool: Pool,
  user: User,
  event: AuthEvent,
  { AccountTakeoverRiskConfiguration: takeover, RiskExceptionConfiguration: exceptions }: RiskSettings,
): Promise<Action | undefined> {
  // "Risk detection isn't performed on the IP addresses in this range list."
  if (isIn(event.address, exceptions?.SkippedIPRangeList)) return undefined;
  const past = await eventsOf(ctx.room.store, pool, user, limits.authEventsMax);
  const signIns = past.filter(({ type, response }) => type === 'SignIn' && response !== 'InProgress');
  const { level } = assess(sightingOf(event), signIns.map(sightingOf));
  if (!level) return undefined;
  event.level = level;
  event.decision = 'AccountTakeover';
  return takeover?.Actions[`${level}Action`];
}

async function notified(
  ctx: Context,
  pool: Pool,
  user: User,
  event: AuthEvent,
  { EventAction }: Action,
  { AccountTakeoverRiskConfiguration: takeover }: RiskSettings,
): Promise<Draft | undefined> {
  const draft = notification(ctx, pool, user, event, EventAction, takeover?.NotifyConfiguration);
  if (!draft) return undefined;
  const { attribute, source } = draft;
  return { ...draft, sender: await senderEvent(ctx, pool, attribute, { user, source }, undefined) };
}

const isSecond = (factor: string, index: number): boolean => index > 0 && factor !== 'CUSTOM';

function challengesOf({ factors }: Progress): AuthEvent['challenges'] {
  return factors.map((factor, index) => ({
    ChallengeName: isSecond(factor, index) ? 'Mfa' : 'Password',
    ChallengeResponse: 'Success',
  }));
}

/** Before tokens: a second factor that the risk asks for was right. @throws NotAuthorizedException there was none. */
export async function checkSecondFactor(
  ctx: Context,
  { door }: Attempt,
  user: User,
  { risk, factors }: Progress,
): Promise<void> {
  if (risk?.mfa !== 'MFA_REQUIRED' || factors.some(isSecond)) return;
  await ctx.room.store.transact(async (tx) => {
    const event = await eventOf(tx, door.pool, user, risk);
    if (event) await fileEvent(tx, ctx, door, user, { ...event, response: 'Fail', decision: 'Block' });
  });
  throw refused();
}

async function eventOf(
  tx: Transaction,
  pool: Pool,
  user: User,
  { id }: Assessed,
): Promise<AuthEvent | undefined> {
  return (await eventsOf(tx, pool, user, limits.authEventsMax)).find((event) => event.id === id);
}

/** In the transaction of the tokens: the sign-in has passed. */
export async function notePass(
  tx: Transaction,
  ctx: Context,
  door: Door,
  user: User,
  progress: Progress,
): Promise<void> {
  if (!progress.risk) return;
  const event = await eventOf(tx, door.pool, user, progress.risk);
  if (!event) return;
  const challenges = challengesOf(progress);
  await fileEvent(tx, ctx, door, user, { ...event, response: 'Pass', challenges });
}

/** A wrong answer of a user who exists. */
export async function noteFailure(
  ctx: Context,
  attempt: Attempt,
  user: User,
  challenge: 'Password' | 'Mfa',
  flow?: string,
): Promise<void> {
  const { door } = attempt;
  if (modeOf(door.pool, flow) === 'OFF') return;
  const event: AuthEvent = {
    ...newEvent(ctx, attempt),
    response: 'Fail',
    challenges: [{ ChallengeName: challenge, ChallengeResponse: 'Failure' }],
  };
  await ctx.room.store.transact((tx) => fileEvent(tx, ctx, door, user, event));
}

/** Notes that an answer to a second factor was wrong, and throws on. */
export async function notingFactor(
  ctx: Context,
  attempt: Attempt,
  user: User,
  flow: string,
  judged: Promise<void>,
): Promise<void> {
  try {
    await judged;
  } catch (error) {
    if (error instanceof AwsError) await noteFailure(ctx, attempt, user, 'Mfa', flow);
    throw error;
  }
}
