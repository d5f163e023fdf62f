/** Who may call a function URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
import { AwsError, type HttpRequest } from '../../../kernel/index.ts';
import {
  accessKeyOf,
  cognitoCallerOf,
  type EndpointContext,
  type Principal,
  userIdOf,
} from '../../../platform/index.ts';
import { functionArn } from '../domain/names.ts';
import { policyText } from '../domain/policy.ts';
import { allowsUrl } from '../domain/policyDocument.ts';
import type { UrlCaller } from '../domain/urlEvent.ts';
import type { UrlRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';
import type { Place } from '../store.ts';

type Context = EndpointContext<LambdaRoom>;

export type UrlVerdict =
  | { allowed: true; caller: UrlCaller | undefined }
  /** What the body of the 403 says. */
  | { allowed: false; body: string };

const forbidden: UrlVerdict = { allowed: false, body: '{"Message":"Forbidden"}' };

/** @param body as it was sent: a signature covers it. */
export async function authorizeUrl(
  ctx: Context,
  url: { place: Place; qualifier: string; record: UrlRecord },
  request: HttpRequest,
  body: Uint8Array,
): Promise<UrlVerdict> {
  if (url.record.authType === 'AWS_IAM') return authorizeCaller(ctx, url, request, body);
  return (await isOpen(ctx, url, request)) ? { allowed: true, caller: undefined } : forbidden;
}

/** “New function URLs will require both lambda:InvokeFunctionUrl and lambda:InvokeFunction permissions.” */
async function authorizeCaller(
  ctx: Context,
  { place, qualifier }: { place: Place; qualifier: string },
  request: HttpRequest,
  body: Uint8Array,
): Promise<UrlVerdict> {
  const signed = accessKeyOf(request);
  if (signed === undefined || !ctx.authorize) return forbidden;
  const policy = await ctx.room.store.policies.get(place, qualifier);
  const question = {
    body,
    account: place.account,
    region: place.region,
    signingName: 'lambda',
    resources: [functionArn(place, qualifier === '' ? undefined : qualifier)],
    ...(policy ? { resourcePolicy: policyText(policy) } : {}),
  };
  try {
    const { principal, allowed } = await ctx.authorize(request, {
      ...question,
      action: 'lambda:InvokeFunctionUrl',
      context: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' },
    });
    if (!allowed) return forbidden;
    const invocation = await ctx.authorize(request, {
      ...question,
      action: 'lambda:InvokeFunction',
      context: { 'lambda:InvokedViaFunctionUrl': 'true' },
    });
    return invocation.allowed ? { allowed: true, caller: urlCaller(principal, signed) } : forbidden;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { allowed: false, body: JSON.stringify({ message: error.message }) };
  }
}

/** Who signed, as the event tells it. */
function urlCaller(principal: Principal, accessKey: string): UrlCaller {
  const userId = userIdOf(principal);
  return {
    accessKey,
    accountId: principal.account,
    callerId: userId,
    cognitoIdentity: cognitoCallerOf(principal) ?? null,
    principalOrgId: null,
    userArn: principal.arn,
    userId,
  };
}

/** Anonymous callers need statements for everyone. */
async function isOpen(
  ctx: Context,
  { place, qualifier }: { place: Place; qualifier: string },
  request: HttpRequest,
): Promise<boolean> {
  const { store, platform } = ctx.room;
  const mode = platform.modes.of(place.account);
  if (mode === 'off') return true;
  const policy = await store.policies.get(place, qualifier);
  const allowed = allowsUrl(policy?.statements ?? []);
  platform.telemetry.audit({
    time: ctx.now,
    requestId: ctx.requestId,
    account: place.account,
    region: place.region,
    principal: `anonymous ${request.remoteAddress}`,
    action: 'lambda:InvokeFunctionUrl',
    resources: [functionArn(place, qualifier === '' ? undefined : qualifier)],
    decision: allowed ? 'allow' : 'implicit-deny',
    overridden: !allowed && mode === 'audit',
    durationMs: 0,
  });
  return allowed || mode === 'audit';
}
