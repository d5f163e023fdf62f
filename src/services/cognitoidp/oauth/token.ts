/** `/oauth2/token`. https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html */
import { createHash } from 'node:crypto';
import type { HttpResponse } from '../../../kernel/index.ts';
import { isSame } from '../domain/secretHash.ts';
import { NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import { refreshedTokens } from '../operations/refresh.ts';
import type { Door } from '../room.ts';
import { type AuthorizationCode, records, type User } from '../store.ts';
import { type AuthenticationResult, openFamily, signClientToken, signTokens } from '../tokens/issue.ts';
import { isStillOpen } from '../userSessions/track.ts';
import { json } from './answers.ts';
import { clientOfRequest } from './client.ts';
import { findCode, markUsed } from './grants.ts';
import { OAuthError } from './oauthError.ts';
import { machineScopes, mayReadScopes } from './scopes.ts';
import type { Route, Visit } from './visit.ts';

type Grant = (visit: Visit, door: Door, form: URLSearchParams) => Promise<HttpResponse>;

export const postToken: Route = async (visit) => {
  const form = await visit.form();
  const type = form.get('grant_type');
  if (!type) throw new OAuthError('invalid_request');
  const grant = Object.hasOwn(grants, type) ? grants[type] : undefined;
  if (!grant) throw new OAuthError('unsupported_grant_type');
  return grant(visit, await clientOfRequest(visit, form), form);
};

const byCode: Grant = async (visit, door, form) => {
  const { ctx, pool } = visit;
  const text = form.get('code');
  const redirectUri = form.get('redirect_uri');
  if (!text || !redirectUri) throw new OAuthError('invalid_request');
  if (!allows(door, 'code')) throw new OAuthError('unauthorized_client');
  const verifier = form.get('code_verifier') ?? undefined;
  const redeemed = await ctx.room.store.transact(async (tx) => {
    const code = await findCode(tx, pool.id, text);
    if (!code || code.expiresAt <= ctx.now) return undefined;
    if (code.originJti !== undefined) {
      // Somebody has it who shouldn't: what the first use brought is worth nothing any more. RFC 6749, 4.1.2.
      records.families.delete(tx, pool.id, code.key, code.originJti);
      return undefined;
    }
    if (code.clientId !== door.client.id) return undefined;
    if (code.redirectUri !== redirectUri) throw new OAuthError('unauthorized_client', 'invalid_redirect');
    if (!isProof(verifier, code)) return undefined;
    const user = await records.users.get(tx, pool.id, code.key);
    if (!isPresent(user, code)) return undefined;
    const { scopes, resource, assurance, deviceKey } = code;
    if (!mayReadScopes(door.client.settings, scopes)) return undefined;
    const wishes = {
      scopes,
      ...(resource === undefined ? {} : { resource }),
      ...(assurance === undefined ? {} : { assurance }),
      ...(deviceKey === undefined ? {} : { deviceKey }),
    };
    const { authTime, sso } = code;
    // Whoever ended the browser's session meanwhile doesn't want it to let an app in.
    if (!(await isStillOpen(tx, ctx, pool, code.key, sso))) return undefined;
    const opened = await openFamily(tx, ctx, door, user, wishes, { authTime, sso });
    markUsed(tx, pool.id, text, code, opened.originJti);
    return { user, opened, nonce: code.nonce };
  });
  if (!redeemed) throw new OAuthError('invalid_grant');
  const { refreshToken, ...signIn } = redeemed.opened;
  const { nonce } = redeemed;
  const result = await signTokens(ctx, door, redeemed.user, {
    ...signIn,
    ...(nonce === undefined ? {} : { nonce }),
  });
  return answer({ ...result, RefreshToken: refreshToken });
};

/** PKCE: a challenge needs its verifier, and a verifier that nobody was challenged for is refused as well (a downgrade). */
function isProof(verifier: string | undefined, { challenge }: AuthorizationCode): boolean {
  if (challenge === undefined) return verifier === undefined;
  if (verifier === undefined || !/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) return false;
  return isSame(createHash('sha256').update(verifier).digest('base64url'), challenge);
}

/** Whoever signed out everywhere since the code was handed out isn't signed in by it. */
function isPresent(user: User | undefined, { sub, expiresAt }: AuthorizationCode): user is User {
  if (user?.sub !== sub || !user.enabled) return false;
  return user.signedOutAt === undefined || user.signedOutAt < expiresAt - limits.authorizationCodeMs;
}

const byRefreshToken: Grant = async (visit, door, form) => {
  const token = form.get('refresh_token');
  if (!token) throw new OAuthError('invalid_request');
  try {
    return answer(await refreshedTokens(visit.ctx, door, token));
  } catch (error) {
    if (error instanceof NotAuthorizedException) throw new OAuthError('invalid_grant');
    throw error;
  }
};

/** Machines: the client itself is whom the token is about. */
const byClientCredentials: Grant = async (visit, door, form) => {
  if (!allows(door, 'client_credentials') || !door.client.secrets?.length) {
    throw new OAuthError('unauthorized_client');
  }
  const asked = (form.get('scope') ?? '').split(' ').filter(Boolean);
  const scopes = machineScopes(door.client.settings, asked);
  if (!scopes) throw new OAuthError('invalid_scope');
  return answer(await signClientToken(visit.ctx, door, scopes, metadataOf(form)));
};

/** `aws_client_metadata`: an object of texts in JSON, for the trigger of tokens. @throws OAuthError `invalid_request` */
function metadataOf(form: URLSearchParams): Record<string, string> | undefined {
  const text = form.get('aws_client_metadata');
  if (!text) return undefined;
  const given = parsed(text);
  const isMap = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isMap || !Object.values(given).every((value) => typeof value === 'string')) {
    throw new OAuthError('invalid_request');
  }
  return given as Record<string, string>;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const grants: Readonly<Record<string, Grant>> = {
  authorization_code: byCode,
  refresh_token: byRefreshToken,
  client_credentials: byClientCredentials,
};

function allows({ client }: Door, flow: 'code' | 'client_credentials'): boolean {
  const { AllowedOAuthFlowsUserPoolClient: isOn, AllowedOAuthFlows: flows } = client.settings;
  return isOn && flows?.includes(flow) === true;
}

function answer({
  IdToken,
  AccessToken,
  RefreshToken,
  ExpiresIn,
  TokenType,
}: AuthenticationResult): HttpResponse {
  return json(200, {
    ...(IdToken === undefined ? {} : { id_token: IdToken }),
    access_token: AccessToken,
    ...(RefreshToken === undefined ? {} : { refresh_token: RefreshToken }),
    expires_in: ExpiresIn,
    token_type: TokenType,
  });
}
