/**
 * What an app asks of the authorization endpoint; the sign-in pages carry it along.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
 */
import type { HttpResponse } from '../../../kernel/index.ts';
import { type CognitoRoom, type Door, unknownClient } from '../room.ts';
import { type Pool, records } from '../store.ts';
import { toApp, toErrorPage } from './answers.ts';
import { isAllowedScope } from './scopes.ts';
import type { Visit } from './visit.ts';

export interface AuthorizeRequest {
  clientId: string;
  responseType: 'code' | 'token';
  /** One that the client registered, to the letter. */
  redirectUri: string;
  /** All of the client's when the app named none. */
  scopes: string[];
  state?: string;
  nonce?: string;
  /** PKCE, S256. */
  challenge?: string;
  /** `COGNITO`, or the name of a provider; not yet looked up. */
  identityProvider?: string;
  idpIdentifier?: string;
  loginHint?: string;
  lang?: string;
  prompt: readonly string[];
  /** Seconds since the user proved who they are, at most. */
  maxAge?: number;
  /** Levels that the app wants, the highest first. */
  acrValues?: readonly string[];
  /** RFC 8707: the API that access tokens are for. */
  resource?: string;
}

export type ReadRequest =
  | { readonly request: AuthorizeRequest; readonly door: Door }
  /** What the client is told instead: by the error page, or by a redirect once its address is known to be its own. */
  | { readonly refusal: HttpResponse };

const once = ['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'nonce', 'resource'];
const challengeForm = /^[A-Za-z0-9\-._~]{43,128}$/;

/** Reads and checks an authorize request, in Cognito's order. @param given a query or a form. */
export async function readRequest(visit: Visit, given: URLSearchParams): Promise<ReadRequest> {
  const refuse = (error: string): ReadRequest => ({ refusal: toErrorPage(visit, error) });
  const clientId = given.get('client_id');
  if (!clientId) return refuse("Required String parameter 'client_id' is not present");
  if (given.getAll('client_id').length > 1 || given.getAll('redirect_uri').length > 1) {
    return refuse('invalid_request');
  }
  const client = await records.clients.get(visit.ctx.room.store, visit.pool.id, clientId);
  if (!client) return refuse('Client does not exist.');
  const { settings } = client;
  const redirectUri = given.get('redirect_uri') || settings.DefaultRedirectURI;
  if (redirectUri === undefined) return refuse("Required String parameter 'redirect_uri' is not present");
  // To the letter: neither case nor port nor a slash more is forgiven.
  if (!(settings.CallbackURLs ?? []).includes(redirectUri)) return refuse('redirect_mismatch');
  const responseType = given.get('response_type');
  const state = given.get('state');
  const known = {
    redirectUri,
    responseType: responseType === 'token' ? ('token' as const) : ('code' as const),
    ...(state === null ? {} : { state }),
  };
  const tell = (error: string, description?: string): ReadRequest => ({
    refusal: toApp(known, {
      error,
      ...(description === undefined ? {} : { error_description: description }),
    }),
  });
  if (once.some((name) => given.getAll(name).length > 1)) return tell('invalid_request');
  if (responseType !== 'code' && responseType !== 'token') return tell('invalid_request');
  const flow = responseType === 'code' ? 'code' : 'implicit';
  if (!settings.AllowedOAuthFlowsUserPoolClient || !settings.AllowedOAuthFlows?.includes(flow)) {
    return tell('unauthorized_client');
  }
  const method = given.get('code_challenge_method');
  const challenge = given.get('code_challenge');
  if ((method ?? '') !== '' || (challenge ?? '') !== '') {
    if (method !== 'S256') return tell('invalid_request', 'code_challenge_method should be S256.');
    if (challenge === null || !challengeForm.test(challenge)) return tell('invalid_request');
  }
  const scopes = wordsOf(given.get('scope'));
  if (!scopes.every((scope) => isAllowedScope(settings, scope, scopes))) return tell('invalid_scope');
  const prompt = wordsOf(given.get('prompt'));
  if (prompt.includes('none') && prompt.length > 1) return tell('invalid_request');
  const maxAge = given.get('max_age') || undefined;
  if (maxAge !== undefined && !/^\d{1,15}$/.test(maxAge)) return tell('invalid_request');
  const acrValues = wordsOf(given.get('acr_values'));
  const resource = given.get('resource') || undefined;
  if (resource !== undefined && !isResource(resource)) return tell('invalid_request');
  return {
    door: { pool: visit.pool, client },
    request: {
      ...known,
      clientId,
      scopes: scopes.length > 0 ? scopes : [...(settings.AllowedOAuthScopes ?? [])],
      prompt,
      ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
      ...(acrValues.length > 0 ? { acrValues } : {}),
      ...(challenge ? { challenge } : {}),
      // "Available to … customers using Essentials or Plus tiers".
      ...(resource && visit.pool.settings.UserPoolTier !== 'LITE' ? { resource } : {}),
      ...optional(given, {
        nonce: 'nonce',
        identityProvider: 'identity_provider',
        idpIdentifier: 'idp_identifier',
        loginHint: 'login_hint',
        lang: 'lang',
      }),
    },
  };
}

/** "`https://`, `http://` with `localhost` only, or a custom scheme like `myapp://`"; RFC 8707 allows no fragment. */
function isResource(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/./i.test(text) || text.includes('#') || !URL.canParse(text)) return false;
  return !/^http:/i.test(text) || new URL(text).hostname === 'localhost';
}

const wordsOf = (text: string | null): string[] => [...new Set((text ?? '').split(' ').filter(Boolean))];

function optional<Name extends string>(
  given: URLSearchParams,
  names: Readonly<Record<Name, string>>,
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of Object.keys(names) as Name[]) {
    const value = given.get(names[name]);
    if (value) found[name] = value;
  }
  return found;
}

/** The request as a query, for links between the pages; `readRequest` reads it again on each. */
export function queryOf(request: AuthorizeRequest): URLSearchParams {
  const query = new URLSearchParams({
    client_id: request.clientId,
    response_type: request.responseType,
    scope: request.scopes.join(' '),
    redirect_uri: request.redirectUri,
  });
  const { state, nonce, challenge, loginHint, lang, resource } = request;
  const prompt = request.prompt.join(' ') || undefined;
  for (const [name, value] of Object.entries({
    state,
    nonce,
    login_hint: loginHint,
    lang,
    prompt,
    max_age: request.maxAge?.toString(),
    acr_values: request.acrValues?.join(' '),
    resource,
  })) {
    if (value !== undefined) query.set(name, value);
  }
  if (challenge !== undefined) {
    query.set('code_challenge_method', 'S256');
    query.set('code_challenge', challenge);
  }
  return query;
}

const purpose = (pool: Pool) => `cognitoidp.authorizeRequest/${pool.id}`;

/**
 * A request (and what the caller adds) as a text that nobody can read or change: what identity providers are handed as
 * `state` or `RelayState`.
 * @param lastsMs how long `openRequest` takes it.
 */
export function sealRequest<Added extends object>(
  { room, now }: { room: CognitoRoom; now: number },
  pool: Pool,
  state: { request: AuthorizeRequest } & Added,
  lastsMs: number,
): string {
  const sealed = room.vault.seal(purpose(pool), JSON.stringify({ ...state, expiresAt: now + lastsMs }));
  return Buffer.from(sealed).toString('base64url');
}

/** @returns nothing when it isn't one of this pool's, or has expired. */
export function openRequest<Added extends object>(
  { room, now }: { room: CognitoRoom; now: number },
  pool: Pool,
  text: string,
): ({ request: AuthorizeRequest } & Added) | undefined {
  try {
    const opened = room.vault.open(purpose(pool), Buffer.from(text, 'base64url')).toString();
    const { expiresAt, ...state } = JSON.parse(opened) as {
      request: AuthorizeRequest;
      expiresAt: number;
    } & Added;
    return expiresAt > now ? (state as unknown as { request: AuthorizeRequest } & Added) : undefined;
  } catch {
    return undefined;
  }
}

/** The door of a request that was sealed: its client may have been deleted meanwhile. @throws ResourceNotFoundException */
export async function doorOfRequest({ ctx, pool }: Visit, request: AuthorizeRequest): Promise<Door> {
  const client = await records.clients.get(ctx.room.store, pool.id, request.clientId);
  if (!client?.settings.CallbackURLs?.includes(request.redirectUri)) throw unknownClient(request.clientId);
  return { pool, client };
}
