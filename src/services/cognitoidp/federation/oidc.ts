/** Providers that speak OpenID Connect, or OAuth 2.0 with an address that tells who somebody is. */
import { createHash } from 'node:crypto';
import { createLocalJWKSet, importPKCS8, jwtVerify, SignJWT } from 'jose';
import { askedOfProvider, federatedAssurance } from '../domain/assurance.ts';
import type { Attributes } from '../domain/attributes.ts';
import { type ProviderDetails, subjectName } from '../domain/providerDetails.ts';
import type { AuthorizeRequest } from '../oauth/request.ts';
import type { Visit } from '../oauth/visit.ts';
import type { Provider } from '../store.ts';
import type { Told } from './people.ts';
import { openDetails, textAt } from './providers.ts';
import type { FederationState } from './state.ts';

/** Why a provider's answer wasn't taken; the message may be told to the app. */
export class FederationRefusal extends Error {}

/** Signatures by which providers may vouch: asymmetric ones only, so that nobody's public key is taken for a secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];

export const callback = ({ base }: Visit): string => `${base}/oauth2/idpresponse`;

/** Where the browser is sent. */
export function oidcAddress(
  visit: Visit,
  { type, details, acrMapping }: Provider,
  state: string,
  { nonce = '', verifier = '' }: Pick<FederationState, 'nonce' | 'verifier'>,
  { loginHint, prompt, acrValues = [] }: Pick<AuthorizeRequest, 'loginHint' | 'prompt' | 'acrValues'>,
): string {
  // "Forwards all values of `prompt` except `none`"; hints go "to OIDC IdPs or Google".
  const asked = prompt.filter((word) => word !== 'none').join(' ');
  const levels = askedOfProvider(acrValues, visit.pool.settings.AcrConfiguration, acrMapping);
  const takesHint = type === 'OIDC' || type === 'Google';
  const address = new URL(details.authorize_url ?? '');
  const query: Record<string, string> = {
    client_id: details.client_id ?? '',
    redirect_uri: callback(visit),
    response_type: 'code',
    scope: details.authorize_scopes ?? '',
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(takesHint && loginHint !== undefined ? { login_hint: loginHint } : {}),
    ...(asked === '' ? {} : { prompt: asked }),
    ...(levels.length > 0 ? { acr_values: levels.join(' ') } : {}),
    // Apple sends names and addresses by a form only.
    ...(type === 'SignInWithApple' ? { response_mode: 'form_post' } : {}),
  };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return address.href;
}

/** Exchanges the code and reads who came. @throws FederationRefusal */
export async function oidcPerson(
  visit: Visit,
  provider: Provider,
  state: FederationState,
  code: string,
): Promise<Told> {
  const { ctx, pool } = visit;
  const details = openDetails(ctx.room, pool, provider);
  const tokens = await exchange(visit, provider, details, code, state.verifier ?? '');
  const idToken = tokens.id_token
    ? await verified(visit, provider, details, tokens.id_token, state.nonce ?? '')
    : {};
  if (details.oidc_issuer && !tokens.id_token) throw new FederationRefusal('The provider sent no id token.');
  const userInfo = await askUserInfo(details, provider, tokens.access_token);
  const subject = userInfo.sub ?? idToken.sub;
  if (idToken.sub && userInfo.sub && idToken.sub !== userInfo.sub) {
    throw new FederationRefusal('The id token and userInfo are of different users.');
  }
  const claims = { ...idToken, ...userInfo };
  const id = claims[subjectName(provider.type)] ?? subject;
  if (!id) throw new FederationRefusal('The provider did not say who the user is.');
  return {
    subject: id,
    claims,
    attributes: { tokenResponse: tokens, idToken, userInfo },
    assurance: federatedAssurance(pool.settings.AcrConfiguration, idToken, provider.acrMapping),
  };
}

async function exchange(
  visit: Visit,
  { type }: Provider,
  details: ProviderDetails,
  code: string,
  verifier: string,
): Promise<Record<string, string>> {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback(visit),
    client_id: details.client_id ?? '',
    code_verifier: verifier,
  });
  const secret = type === 'SignInWithApple' ? await appleSecret(visit, details) : details.client_secret;
  if (secret !== undefined) form.set('client_secret', secret);
  const url = details.token_url ?? '';
  try {
    const text =
      details.token_request_method === 'GET'
        ? await textAt(`${url}?${form}`)
        : await textAt(url, {
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
            body: form.toString(),
          });
    return texts(JSON.parse(text) as Record<string, unknown>);
  } catch (error) {
    throw new FederationRefusal(`Exception processing authorization code: ${(error as Error).message}`);
  }
}

/** https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret */
async function appleSecret({ ctx }: Visit, details: ProviderDetails): Promise<string> {
  const key = details.private_key ?? '';
  const pem = key.includes('-----') ? key : `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----`;
  const seconds = Math.floor(ctx.now / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: details.key_id ?? '' })
    .setIssuer(details.team_id ?? '')
    .setSubject(details.client_id ?? '')
    .setAudience(details.oidc_issuer ?? '')
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 300)
    .sign(await importPKCS8(pem, 'ES256'));
}

async function verified(
  { ctx }: Visit,
  provider: Provider,
  details: ProviderDetails,
  token: string,
  nonce: string,
): Promise<Attributes> {
  const issuer = details.oidc_issuer ?? '';
  try {
    const { payload } = await jwtVerify(
      token,
      async (header, input) => {
        const { issuers } = ctx.room;
        const keys = details.jwks_uri
          ? await issuers.keysAt(details.jwks_uri, header.kid, ctx.now)
          : await issuers.keys(issuer, header.kid, ctx.now);
        if (!keys) throw new Error(`The keys of ${issuer} can't be read.`);
        return createLocalJWKSet({ keys: keys as never })(header, input);
      },
      {
        algorithms,
        issuer,
        audience: details.client_id ?? '',
        currentDate: new Date(ctx.now),
        clockTolerance: 60,
        requiredClaims: ['exp', 'sub'],
      },
    );
    // Providers that don't know nonces leave them out; one that stands there must be ours.
    if (payload.nonce === undefined ? provider.type === 'OIDC' : payload.nonce !== nonce) {
      throw new Error('The nonce is another.');
    }
    return texts(payload);
  } catch (error) {
    throw new FederationRefusal(`Bad id_token issued by ${issuer}: ${(error as Error).message}`);
  }
}

async function askUserInfo(
  details: ProviderDetails,
  { mapping }: Provider,
  token: string | undefined,
): Promise<Attributes> {
  const { attributes_url: url, attributes_url_add_attributes: adds } = details;
  if (!url || !token) return {};
  // Social providers are asked for what is mapped: `…?fields=id,email`.
  const address = adds === 'true' ? `${url}${[...new Set(Object.values(mapping))].join(',')}` : url;
  const method = details.attributes_request_method ?? 'GET';
  try {
    const text = await textAt(address, {
      method,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    });
    return texts(JSON.parse(text) as Record<string, unknown>);
  } catch (error) {
    throw new FederationRefusal(`Exception processing userInfo: ${(error as Error).message}`);
  }
}

/** Claims as attributes: texts; anything with members as JSON. */
function texts(values: Readonly<Record<string, unknown>>): Attributes {
  const told: Attributes = Object.create(null);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    told[name] = typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return told;
}
