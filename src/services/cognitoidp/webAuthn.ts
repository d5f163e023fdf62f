/** Passkeys of users: ceremonies as WebAuthn has them. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html#amazon-cognito-user-pools-authentication-flow-methods-passkey */
import {
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server';
import type { Reader } from '../../store/index.ts';
import { mfaConfigOf } from './domain/factors.ts';
import { InvalidParameterException } from './errors.ts';
import { limits } from './limits.ts';
import type { Context } from './room.ts';
import { type Pool, records, type User, type WebAuthnCredential } from './store.ts';
import { userKey } from './users.ts';

export interface RelyingParty {
  id: string;
  /** `required` where only authenticators count that know who holds them. */
  userVerification: 'required' | 'preferred';
}

export const challengeBytes = 32;

export function allowsPasskeys({ settings }: Pool): boolean {
  return settings.Policies.SignInPolicy?.AllowedFirstAuthFactors?.includes('WEB_AUTHN') === true;
}

/** The domain that passkeys are for: the one that the pool names, else its own. @returns undefined when it has neither. */
export async function relyingPartyOf({ room }: Context, pool: Pool): Promise<RelyingParty | undefined> {
  const { RelyingPartyId, UserVerification } = mfaConfigOf(pool).WebAuthnConfiguration ?? {};
  const userVerification = UserVerification === 'required' ? 'required' : 'preferred';
  if (RelyingPartyId) return { id: RelyingPartyId, userVerification };
  const [custom, prefix] = await Promise.all([
    records.poolDomains.get(room.store, pool.id, 'custom'),
    records.poolDomains.get(room.store, pool.id, 'prefix'),
  ]);
  const id = custom ?? (prefix && `${prefix}.auth.${pool.region}.amazoncognito.com`);
  return id === undefined ? undefined : { id, userVerification };
}

export function passkeysOf(reader: Reader, pool: Pool, user: User): Promise<WebAuthnCredential[]> {
  const under = [pool.id, userKey(pool, user.username)];
  return records.webAuthnCredentials.values(reader, { under, limit: limits.passkeysPerUserMax });
}

/** Whether a passkey counts as both factors: the pool lets it, and the user wants it. */
export function isBothFactors(pool: Pool, user: User): boolean {
  const { FactorConfiguration } = mfaConfigOf(pool).WebAuthnConfiguration ?? {};
  return FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION' && user.mfa?.passkeys === true;
}

/** What a browser told of a ceremony. @throws InvalidParameterException */
export function clientDataOf(encoded: unknown): { challenge: string; origin: string } {
  try {
    const data: unknown = JSON.parse(Buffer.from(String(encoded), 'base64url').toString());
    const { challenge, origin } = data as { challenge?: unknown; origin?: unknown };
    if (typeof challenge === 'string' && typeof origin === 'string') return { challenge, origin };
  } catch {
    // Falls through to the same complaint.
  }
  throw new InvalidParameterException('Invalid credential.');
}

/** An origin of the relying party's: its domain or one below it, by HTTPS; by HTTP on this machine only. */
export function isOriginOf(origin: string, id: string): boolean {
  const url = URL.parse(origin);
  if (!url || url.origin !== origin) return false;
  const { hostname, protocol } = url;
  if (hostname !== id && !hostname.endsWith(`.${id}`)) return false;
  return protocol === 'https:' || (protocol === 'http:' && /(^|\.)localhost$/.test(hostname));
}

/** Options of a sign-in, for `navigator.credentials.get`. */
export async function requestOptions(ctx: Context, pool: Pool, user: User) {
  const party = await relyingPartyOf(ctx, pool);
  const known = await passkeysOf(ctx.room.store, pool, user);
  const usable = known.filter(({ rpId }) => rpId === party?.id);
  if (!party || usable.length === 0) return undefined;
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: Uint8Array.from(ctx.room.ids.bytes(challengeBytes)),
    allowCredentials: usable.map(({ id, transports }) => ({ id, transports: asTransports(transports) })),
    userVerification: isBothFactors(pool, user) ? 'required' : party.userVerification,
    timeout: limits.passkeyMs,
  });
}

export const asTransports = (transports: readonly string[]) => transports as AuthenticatorTransport[];

export interface Assertion {
  credential: WebAuthnCredential;
  counter: number;
  userVerified: boolean;
}

/** @returns undefined when the answer proves nothing: a wrong origin, challenge, key, user or counter. */
export async function verifyAssertion(
  ctx: Context,
  pool: Pool,
  user: User,
  challenge: string,
  sent: string,
): Promise<Assertion | undefined> {
  const party = await relyingPartyOf(ctx, pool);
  const response = parsed(sent);
  if (!party || typeof response?.id !== 'string') return undefined;
  const { userHandle, clientDataJSON } = response.response ?? {};
  if (userHandle && Buffer.from(userHandle, 'base64url').toString() !== user.sub) return undefined;
  const key = userKey(pool, user.username);
  const credential = await records.webAuthnCredentials.get(ctx.room.store, pool.id, key, response.id);
  if (credential?.rpId !== party.id) return undefined;
  try {
    const { origin } = clientDataOf(clientDataJSON);
    if (!isOriginOf(origin, party.id)) return undefined;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: party.id,
      requireUserVerification: party.userVerification === 'required' || isBothFactors(pool, user),
      credential: {
        id: credential.id,
        publicKey: Uint8Array.from(credential.publicKey),
        counter: credential.counter,
        transports: asTransports(credential.transports),
      },
    });
    if (!verified) return undefined;
    const { newCounter, userVerified } = authenticationInfo;
    return { credential, counter: newCounter, userVerified };
  } catch {
    // The library throws for each thing that isn't as it should be; the client is told no more than that.
    return undefined;
  }
}

function parsed(
  text: string,
): (Partial<AuthenticationResponseJSON> & AuthenticationResponseJSON) | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as AuthenticationResponseJSON) : undefined;
  } catch {
    return undefined;
  }
}
