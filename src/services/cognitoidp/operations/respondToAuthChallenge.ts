/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html and AdminRespondToAuthChallenge */
import { NotImplemented } from '../../../kernel/index.ts';
import { type Context, clientOf, doorOf, poolOf } from '../room.ts';
import type { Attempt, AuthAnswer } from '../signIn/attempt.ts';
import { challenges } from '../signIn/challenges/index.ts';
import { checkTexts } from '../signIn/checks.ts';
import { type ContextData, fromApp, fromServer, type UserContextData } from './initiateAuth.ts';

interface ChallengeInput {
  ChallengeName: string;
  ChallengeResponses?: Record<string, string>;
  Session?: string;
  ClientMetadata?: Record<string, string>;
}

export async function RespondToAuthChallenge(
  ctx: Context,
  input: ChallengeInput & { ClientId: string; UserContextData?: UserContextData },
) {
  const door = await doorOf(ctx, input.ClientId);
  const attempt: Attempt = {
    door,
    via: 'api',
    clientMetadata: input.ClientMetadata,
    userContext: fromApp(ctx, door, input.UserContextData),
  };
  return answer(ctx, attempt, input);
}

export async function AdminRespondToAuthChallenge(
  ctx: Context,
  input: ChallengeInput & { UserPoolId: string; ClientId: string; ContextData?: ContextData },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const attempt: Attempt = {
    door: { pool, client: await clientOf(ctx, pool, input.ClientId) },
    via: 'admin',
    clientMetadata: input.ClientMetadata,
    userContext: fromServer(input.ContextData),
  };
  return answer(ctx, attempt, input);
}

function answer(ctx: Context, attempt: Attempt, input: ChallengeInput): Promise<AuthAnswer> {
  const challenge = challenges[input.ChallengeName];
  if (!challenge) throw new NotImplemented(`The challenge ${input.ChallengeName} of Cognito user pools`);
  const { ChallengeResponses: responses = {} } = input;
  checkTexts(responses);
  return challenge(ctx, attempt, responses, input.Session);
}
