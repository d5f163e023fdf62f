/** What a federated sign-in remembers while the browser is elsewhere: sealed, and bound to the browser that set out. */
import { createHash } from 'node:crypto';
import { isSame } from '../domain/secretHash.ts';
import { type AuthorizeRequest, openRequest, sealRequest } from '../oauth/request.ts';
import { cookie, type Visit } from '../oauth/visit.ts';

/** Cookie with a random text of the browser: an answer that another browser set out for isn't taken. */
const cookieName = 'cognito-fl';
export const lastsMs = 15 * 60_000;

export interface FederationState {
  request: AuthorizeRequest;
  provider: string;
  /** Hash of the browser's text. */
  binding: string;
  /** OIDC: must stand in the id token. */
  nonce?: string;
  /** OIDC: PKCE. */
  verifier?: string;
  /** SAML: of the request that must be answered. */
  requestId?: string;
  /** SAML, once the response was read: `sub` of who it is. */
  sub?: string;
  /** SAML: it is taken up once. */
  ticket?: [expiresAt: number, id: string];
}

/** @returns the sealed state, and the `Set-Cookie` that binds it to this browser. */
export function seal(
  visit: Visit,
  state: Omit<FederationState, 'binding'>,
): { sealed: string; cookies: string[] } {
  const { ctx, pool, cookies } = visit;
  const text = cookies.get(cookieName) ?? ctx.room.ids.token(32);
  const sealed = sealRequest(ctx, pool, { ...state, binding: hash(text) }, lastsMs);
  return { sealed, cookies: [cookie(visit, cookieName, text, lastsMs / 1000)] };
}

/** @returns nothing when it isn't one of this pool's, or has expired. Whose it is, `isBound` tells. */
export function open({ ctx, pool }: Visit, text: string | null): FederationState | undefined {
  return text === null ? undefined : openRequest<Omit<FederationState, 'request'>>(ctx, pool, text);
}

/** A state that goes on in the same browser. */
export function sealAgain({ ctx, pool }: Visit, state: FederationState): string {
  return sealRequest(ctx, pool, state, lastsMs);
}

export function isBound({ cookies }: Visit, { binding }: FederationState): boolean {
  const text = cookies.get(cookieName);
  return text !== undefined && isSame(hash(text), binding);
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
