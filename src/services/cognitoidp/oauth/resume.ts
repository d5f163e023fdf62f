/** The end of an authorize request: the user is known, the app gets its code or its tokens. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import type { Assurance } from '../domain/assurance.ts';
import { limits } from '../limits.ts';
import type { Door } from '../room.ts';
import { records, type User } from '../store.ts';
import { openFamily, signTokens } from '../tokens/issue.ts';
import { touchSession } from '../userSessions/track.ts';
import { unknownUser, userKey } from '../users.ts';
import { toApp } from './answers.ts';
import { type Entrance, type SignedInBrowser, signInBrowser } from './browserSession.ts';
import { keepCode } from './grants.ts';
import type { AuthorizeRequest } from './request.ts';
import type { Visit } from './visit.ts';

export interface SignedIn extends Entrance {
  user: User;
}

/**
 * Signs the browser in (a new `cognito` cookie) and redirects to the app: `?code=…&state=…`, or
 * `#id_token=…&access_token=…&token_type=Bearer&expires_in=…&state=…`.
 * @param door of the request: `doorOfRequest` when it was sealed meanwhile.
 * @param signedIn whoever passed every factor; status and triggers were the caller's to check.
 */
export async function resumeAuthorize(
  visit: Visit,
  door: Door,
  request: AuthorizeRequest,
  signedIn: SignedIn,
): Promise<HttpResponse> {
  let cookie = '';
  const authTime = Math.floor(visit.ctx.now / 1000);
  const values = await grant(visit, door, request, { ...signedIn, authTime }, async (tx) => {
    const signed = await signInBrowser(tx, visit, door, signedIn.user, signedIn);
    cookie = signed.cookie;
    return signed.sso;
  });
  return toApp(request, values, [cookie]);
}

/** The same for a browser that was signed in already: its session stays as it is, its hour doesn't begin anew. */
export async function resumeFromBrowser(
  visit: Visit,
  door: Door,
  request: AuthorizeRequest,
  browser: SignedInBrowser,
): Promise<HttpResponse> {
  const { ctx, pool } = visit;
  const touch = async (tx: Transaction) => {
    await touchSession(tx, ctx, pool, browser.key, browser.sso);
    return browser.sso;
  };
  return toApp(request, await grant(visit, door, request, browser, touch));
}

interface Grantee {
  user: User;
  authTime: number;
  deviceKey?: string | undefined;
  assurance?: Assurance | undefined;
}

/** @param also in the same transaction; what it says is the browser's SSO session. @returns what the app is told. */
async function grant(
  { ctx, pool }: Visit,
  door: Door,
  { clientId, redirectUri, responseType, scopes, resource, nonce, challenge }: AuthorizeRequest,
  { user, authTime, deviceKey, assurance }: Grantee,
  also: (tx: Transaction) => Promise<string | undefined>,
): Promise<Record<string, string>> {
  const { store, ids } = ctx.room;
  const key = userKey(pool, user.username);
  const wishes = {
    scopes,
    ...(resource === undefined ? {} : { resource }),
    ...(assurance === undefined ? {} : { assurance }),
    ...(deviceKey === undefined ? {} : { deviceKey }),
  };
  const present = async (tx: Transaction) => {
    const current = await records.users.get(tx, pool.id, key);
    // Whoever disabled or deleted the user meanwhile was first.
    if (current?.sub !== user.sub || !current.enabled) throw unknownUser();
    return also(tx);
  };
  if (responseType === 'code') {
    const code = ids.uuid();
    await store.transact(async (tx) => {
      const sso = await present(tx);
      await keepCode(tx, ctx.now, pool.id, code, {
        ...wishes,
        expiresAt: ctx.now + limits.authorizationCodeMs,
        clientId,
        redirectUri,
        key,
        sub: user.sub,
        authTime,
        ...(sso === undefined ? {} : { sso }),
        ...(nonce === undefined ? {} : { nonce }),
        ...(challenge === undefined ? {} : { challenge }),
      });
    });
    return { code };
  }
  const opened = await store.transact(async (tx) => {
    await present(tx);
    return openFamily(tx, ctx, door, user, wishes, { authTime, hasNoRefreshToken: true });
  });
  // "A refresh token is never returned in this flow."
  const { refreshToken: _never, ...signIn } = opened;
  const tokens = await signTokens(ctx, door, user, {
    ...signIn,
    ...(nonce === undefined ? {} : { nonce }),
  });
  return {
    ...(tokens.IdToken === undefined ? {} : { id_token: tokens.IdToken }),
    access_token: tokens.AccessToken,
    token_type: tokens.TokenType,
    expires_in: String(tokens.ExpiresIn),
  };
}
