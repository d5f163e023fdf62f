/** Passkeys: registered, listed, deleted. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StartWebAuthnRegistration.html and its neighbours. */
import {
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { isSame } from '../domain/secretHash.ts';
import {
  InvalidParameterException,
  LimitExceededException,
  ResourceNotFoundException,
  WebAuthnChallengeNotFoundException,
  WebAuthnClientMismatchException,
  WebAuthnConfigurationMissingException,
  WebAuthnCredentialNotSupportedException,
  WebAuthnNotEnabledException,
  WebAuthnOriginNotAllowedException,
  WebAuthnRelyingPartyMismatchException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { type Pool, records, type WebAuthnCredential } from '../store.ts';
import { type Bearer, bearerOf } from '../tokens/verify.ts';
import { userKey } from '../users.ts';
import {
  allowsPasskeys,
  asTransports,
  challengeBytes,
  clientDataOf,
  isBothFactors,
  isOriginOf,
  passkeysOf,
  type RelyingParty,
  relyingPartyOf,
} from '../webAuthn.ts';
import { readPlace, writePlace } from './paging.ts';

type Owner = Pick<Bearer, 'user' | 'pool' | 'client'>;

interface Bearing {
  AccessToken: string;
}

/** COSE's ES256 and RS256. https://www.iana.org/assignments/cose/cose.xhtml#algorithms */
const algorithms = [-7, -257];

export async function StartWebAuthnRegistration(ctx: Context, input: Bearing) {
  return startRegistration(ctx, await bearerOf(ctx, input.AccessToken));
}

/** @param owner who is signed in, at which client. */
export async function startRegistration(ctx: Context, { user, pool, client }: Owner) {
  const party = await partyOf(ctx, pool);
  const known = await passkeysOf(ctx.room.store, pool, user);
  if (known.length >= limits.passkeysPerUserMax) throw tooMany();
  const options = await generateRegistrationOptions({
    rpName: party.id,
    rpID: party.id,
    userName: user.username,
    userDisplayName: user.username,
    userID: Uint8Array.from(Buffer.from(user.sub)),
    challenge: Uint8Array.from(ctx.room.ids.bytes(challengeBytes)),
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports: asTransports(transports) })),
    authenticatorSelection: {
      residentKey: 'required',
      userVerification: isBothFactors(pool, user) ? 'required' : party.userVerification,
    },
    supportedAlgorithmIDs: algorithms,
    timeout: limits.passkeyMs,
  });
  await ctx.room.store.transact(async (tx) => {
    records.webAuthnChallenges.put(tx, [pool.id, userKey(pool, user.username)], {
      challenge: options.challenge,
      clientId: client.id,
      expiresAt: ctx.now + limits.passkeyMs,
    });
  });
  return { CredentialCreationOptions: options };
}

export async function CompleteWebAuthnRegistration(ctx: Context, input: Bearing & { Credential: unknown }) {
  return completeRegistration(ctx, await bearerOf(ctx, input.AccessToken), input.Credential);
}

/** @param sent what the browser made of the options. */
export async function completeRegistration(ctx: Context, owner: Owner, sent: unknown) {
  const { user, pool, client } = owner;
  const party = await partyOf(ctx, pool);
  const place: [string, string] = [pool.id, userKey(pool, user.username)];
  const begun = await records.webAuthnChallenges.get(ctx.room.store, ...place);
  if (!begun || begun.expiresAt <= ctx.now) throw noChallenge();
  if (begun.clientId !== client.id) {
    throw new WebAuthnClientMismatchException('The registration was started by another client.');
  }
  const credential = await verified(ctx, owner, party, begun.challenge, sent);
  await ctx.room.store.transact(async (tx) => {
    const current = await records.webAuthnChallenges.get(tx, ...place);
    // Each registration completes once.
    if (current?.challenge !== begun.challenge) throw noChallenge();
    if ((await passkeysOf(tx, pool, user)).length >= limits.passkeysPerUserMax) throw tooMany();
    records.webAuthnChallenges.delete(tx, ...place);
    records.webAuthnCredentials.put(tx, [...place, credential.id], credential);
  });
  return {};
}

async function verified(
  ctx: Context,
  { pool, user }: Owner,
  party: RelyingParty,
  challenge: string,
  sent: unknown,
): Promise<WebAuthnCredential> {
  const response = sent as RegistrationResponseJSON | null;
  const told = clientDataOf(response?.response?.clientDataJSON);
  if (!response || !isSame(told.challenge, challenge)) throw noChallenge();
  if (!isOriginOf(told.origin, party.id)) {
    throw new WebAuthnOriginNotAllowedException(`The origin ${told.origin} is not allowed.`);
  }
  const { registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: told.origin,
    expectedRPID: party.id,
    requireUserVerification: party.userVerification === 'required' || isBothFactors(pool, user),
    supportedAlgorithmIDs: algorithms,
  }).catch((error: unknown) => {
    throw refusal(error);
  });
  if (!registrationInfo) throw new InvalidParameterException('Invalid credential.');
  const { credential } = registrationInfo;
  const attachment = response.authenticatorAttachment;
  return {
    id: credential.id,
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: (credential.transports ?? []).slice(0, transportsMax).map(String),
    ...(attachment === 'platform' || attachment === 'cross-platform' ? { attachment } : {}),
    rpId: party.id,
    createdAt: ctx.now,
  };
}

/** There are six kinds; the list is what a client says. */
const transportsMax = 10;

/** What the library found, in AWS's words. */
function refusal(error: unknown): Error {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'UnexpectedRPIDHash') {
    return new WebAuthnRelyingPartyMismatchException(
      'The credential is for another relying party than the one of the user pool.',
    );
  }
  if (/public key alg|Attestation Format|User verification|was not present|AAGUID/.test(message)) {
    return new WebAuthnCredentialNotSupportedException('The credential is not supported.');
  }
  return new InvalidParameterException('Invalid credential.');
}

export async function ListWebAuthnCredentials(
  ctx: Context,
  input: Bearing & { NextToken?: string; MaxResults?: number },
) {
  const { user, pool } = await bearerOf(ctx, input.AccessToken);
  const size = input.MaxResults || limits.passkeysPerUserMax;
  const last = readPlace(input.NextToken);
  const known = await passkeysOf(ctx.room.store, pool, user);
  const found = known.filter(({ id }) => last === undefined || id > last);
  const shown = found.slice(0, size);
  return {
    Credentials: shown.map((credential) => ({
      CredentialId: credential.id,
      FriendlyCredentialName: 'Passkey',
      RelyingPartyId: credential.rpId,
      ...(credential.attachment === undefined ? {} : { AuthenticatorAttachment: credential.attachment }),
      AuthenticatorTransports: credential.transports,
      CreatedAt: new Date(credential.createdAt),
    })),
    ...(found.length > size ? { NextToken: writePlace(shown.at(-1)?.id) } : {}),
  };
}

export async function DeleteWebAuthnCredential(ctx: Context, input: Bearing & { CredentialId: string }) {
  const { user, pool } = await bearerOf(ctx, input.AccessToken);
  const place: [string, string, string] = [pool.id, userKey(pool, user.username), input.CredentialId];
  await ctx.room.store.transact(async (tx) => {
    if (!(await records.webAuthnCredentials.exists(tx, ...place))) {
      throw new ResourceNotFoundException('Credential does not exist.');
    }
    records.webAuthnCredentials.delete(tx, ...place);
  });
  return {};
}

/** @throws WebAuthnNotEnabledException, WebAuthnConfigurationMissingException */
async function partyOf(ctx: Context, pool: Pool): Promise<RelyingParty> {
  if (!allowsPasskeys(pool)) {
    throw new WebAuthnNotEnabledException('Passkeys are not enabled for the user pool.');
  }
  const party = await relyingPartyOf(ctx, pool);
  if (party) return party;
  throw new WebAuthnConfigurationMissingException(
    'The user pool has neither a relying party id nor a domain.',
  );
}

const noChallenge = () =>
  new WebAuthnChallengeNotFoundException('The challenge of the registration was not found.');
const tooMany = () => new LimitExceededException('The user has the maximum number of passkeys.');
