/** DefineAuthChallenge, CreateAuthChallenge, VerifyAuthChallengeResponse. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html */
import { InvalidParameterException } from '../errors.ts';
import type { Context } from '../room.ts';
import type { Attempt, Round } from '../signIn/attempt.ts';
import { hidesUsers } from '../signIn/checks.ts';
import type { User } from '../store.ts';
import { functionOf, runTrigger, type TriggerResponse, unreadable } from './invoke.ts';
import { userAttributesOf, withMetadata } from './userAttributes.ts';

/** Whoever signs in; `user` is absent for names that nobody has, where clients aren't told so. */
export interface Subject {
  user?: User | undefined;
  name: string;
}

export type Definition = { fails: true } | { succeeds: true } | { next: string };

/** What comes next. @throws InvalidLambdaResponseException the function doesn't say. */
export async function defineChallenge(
  ctx: Context,
  attempt: Attempt,
  subject: Subject,
  rounds: readonly Round[],
): Promise<Definition> {
  const { challengeName, issueTokens, failAuthentication } = await ask(
    ctx,
    attempt,
    subject,
    'DefineAuthChallenge',
    {
      request: { session: rounds },
      response: { challengeName: null, issueTokens: null, failAuthentication: null },
    },
  );
  if (failAuthentication === true) return { fails: true };
  if (issueTokens === true) return { succeeds: true };
  if (typeof challengeName !== 'string' || challengeName === '') throw unreadable();
  return { next: challengeName };
}

export interface CreatedChallenge {
  /** For the client. */
  shown: Record<string, string>;
  /** For the function that verifies, and nobody else. */
  hidden: Record<string, string>;
  metadata: string | null;
}

export async function createChallenge(
  ctx: Context,
  attempt: Attempt,
  subject: Subject,
  rounds: readonly Round[],
): Promise<CreatedChallenge> {
  const response = await ask(ctx, attempt, subject, 'CreateAuthChallenge', {
    request: { challengeName: 'CUSTOM_CHALLENGE', session: rounds },
    response: { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
  });
  const { publicChallengeParameters, privateChallengeParameters, challengeMetadata } = response;
  return {
    shown: texts(publicChallengeParameters),
    hidden: texts(privateChallengeParameters),
    metadata: typeof challengeMetadata === 'string' ? challengeMetadata : null,
  };
}

/** Whether the function takes the answer for right. */
export async function verifyAnswer(
  ctx: Context,
  attempt: Attempt,
  subject: Subject,
  { hidden, answer }: { hidden: Readonly<Record<string, string>>; answer: string },
): Promise<boolean> {
  const { answerCorrect } = await ask(ctx, attempt, subject, 'VerifyAuthChallengeResponse', {
    request: { privateChallengeParameters: hidden, challengeAnswer: answer },
    response: { answerCorrect: null },
  });
  return answerCorrect === true;
}

async function ask(
  ctx: Context,
  { door, clientMetadata }: Attempt,
  { user, name: userName }: Subject,
  name: string,
  { request, response }: { request: object; response: object },
): Promise<TriggerResponse> {
  const { pool, client } = door;
  if (functionOf(pool, name) === undefined) {
    throw new InvalidParameterException('Custom auth lambda trigger is not configured for the user pool.');
  }
  const answered = await runTrigger(ctx, pool, {
    name,
    source: `${name}_Authentication`,
    userName,
    clientId: client.id,
    request: {
      userAttributes: user ? userAttributesOf(pool, user) : {},
      ...request,
      ...withMetadata(clientMetadata),
      ...(hidesUsers(door) ? { userNotFound: !user } : {}),
    },
    response,
  });
  return answered ?? {};
}

/** Maps of texts; other scalars are written out. */
function texts(given: unknown): Record<string, string> {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) throw unreadable();
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => {
        if (typeof value === 'object') throw unreadable();
        return [name, String(value)];
      }),
  );
}
