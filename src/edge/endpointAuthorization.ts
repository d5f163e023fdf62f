/** IAM authorization for data planes: API methods and routes with AWS_IAM verify a signature and ask the policies. */
import { authenticationError, emptyHash, sha256Hex } from '../identity/index.ts';
import type { HttpRequest } from '../kernel/index.ts';
import type { EndpointContext, Principal } from '../platform/index.ts';
import type { Core } from './core.ts';
import type { Exchange } from './pipeline.ts';
import { payloadHashOf } from './vocabulary.ts';

type Question = Parameters<NonNullable<EndpointContext<never>['authorize']>>[1];

/** @throws AwsError in `enforce`: unknown key, wrong signature, a scope of another service. */
export async function authorizeEndpoint(
  core: Core,
  exchange: Exchange,
  request: HttpRequest,
  question: Question,
): Promise<{ principal: Principal; allowed: boolean }> {
  const { scope, now } = exchange;
  const { account, region, signingName, body, action, ...asked } = question;
  const caller = await core.authenticator.identify(request, scope, 'rest', now);
  const note = core.authenticator.verify(caller, request, 'rest', now, () =>
    payloadHashOf(scope, request, 'rest', () => (body.length === 0 ? emptyHash : sha256Hex(body))),
  );
  if (caller.accessKeyId !== undefined && note === undefined)
    core.options.uses?.saw(caller.accessKeyId, caller.principal, signingName, region, now);
  const facts = {
    now,
    region,
    sourceIp: request.remoteAddress,
    secure: request.secure,
    userAgent: request.headers['user-agent'] ?? '',
  };
  const { principal } = caller;
  const mode = core.authorizer.modeFor(principal, [asked]);
  const enforced = mode === 'enforce';
  if (enforced && scope?.service !== signingName) throw authenticationError('rest', 'mismatch');
  const isProven = caller.claim !== undefined && note === undefined;
  if (enforced && !isProven && principal.type !== 'anonymous') throw authenticationError('rest', 'mismatch');
  const requests = [{ ...asked, action }];
  const decision =
    core.authorizer.foreigner(principal, mode, requests) ??
    (await core.authorizer.decide(principal, requests, facts));
  if (enforced && decision.isGone) throw authenticationError('rest', 'tokenInvalid');
  const denied = decision.effect === 'implicit-deny' || decision.effect === 'explicit-deny';
  if (mode !== 'off') {
    core.telemetry.audit({
      time: now,
      requestId: exchange.requestId,
      account,
      region,
      principal: principal.arn,
      action,
      resources: asked.resources,
      decision: decision.effect === 'allow' || denied ? decision.effect : 'not-evaluated',
      overridden: denied && !enforced,
      ...(decision.denied
        ? { denied: { ...decision.denied, reason: decision.message ?? 'Access Denied' } }
        : {}),
      durationMs: core.clock.now() - now,
    });
  }
  return { principal, allowed: !denied || !enforced };
}
