/** What happens to a sign-in by page: flows and challenges as by API, and the app's code at their end. */
import { AwsError, type HttpResponse, NotImplemented } from '../../../kernel/index.ts';
import { assuranceOf } from '../domain/assurance.ts';
import { secretHash } from '../domain/secretHash.ts';
import { resumeAuthorize } from '../oauth/resume.ts';
import { clientSecrets } from '../operations/clientSecrets.ts';
import type { Attempt, AuthAnswer } from '../signIn/attempt.ts';
import { challenges } from '../signIn/challenges/index.ts';
import { flows } from '../signIn/flows/index.ts';
import { challengePage } from './challengePage.ts';
import type { Stay } from './stay.ts';

export function attemptOf({ visit, door }: Stay, encodedData?: string | null): Attempt {
  const { request, ctx } = visit;
  return {
    door,
    via: 'page',
    userContext: {
      ipAddress: ctx.sourceIp,
      deviceName: request.headers['user-agent'],
      ...(encodedData ? { encodedData } : {}),
    },
  };
}

/** A client's proof that it is itself: the pages are this service's own, and it knows the secret. */
export function proof({ visit, door }: Stay, username: string): { SECRET_HASH?: string } {
  const [secret] = clientSecrets(visit.ctx, door.client);
  return secret === undefined ? {} : { SECRET_HASH: secretHash(username, door.client.id, secret) };
}

/** @param parameters with USERNAME. */
export async function startFlow(
  stay: Stay,
  name: string,
  parameters: Readonly<Record<string, string>>,
  encodedData?: string | null,
): Promise<HttpResponse> {
  const flow = flows[name];
  if (!flow) throw new NotImplemented(`The flow ${name} of Cognito user pools`);
  const proven = { ...parameters, ...proof(stay, parameters.USERNAME ?? '') };
  return goOn(stay, await flow(stay.visit.ctx, attemptOf(stay, encodedData), proven));
}

/** @param responses with USERNAME. */
export async function answerChallenge(
  stay: Stay,
  name: string,
  responses: Readonly<Record<string, string>>,
  session: string,
): Promise<HttpResponse> {
  const challenge = challenges[name];
  if (!challenge) throw new NotImplemented(`The challenge ${name} of Cognito user pools`);
  const proven = { ...responses, ...proof(stay, responses.USERNAME ?? '') };
  return goOn(stay, await challenge(stay.visit.ctx, attemptOf(stay), proven, session));
}

/** The next page, or back to the app. */
export async function goOn(stay: Stay, answer: AuthAnswer): Promise<HttpResponse> {
  const { visit, door, request } = stay;
  if (answer.signedIn) {
    const { user, progress } = answer.signedIn;
    const { deviceKey, factors } = progress;
    const assurance = assuranceOf(factors, door.pool.settings.AcrConfiguration);
    return resumeAuthorize(visit, door, request, { user, deviceKey, assurance });
  }
  return challengePage(stay, answer);
}

/** What a user is told of an error: the message of what AWS's vocabulary knows, and nothing of what it doesn't. */
export function told(error: unknown): string {
  if (!(error instanceof AwsError) || error.status >= 500) throw error;
  return error.message;
}
