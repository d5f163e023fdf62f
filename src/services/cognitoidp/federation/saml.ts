/** SAML providers: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp.html */
import {
  authnRequestUrl,
  logoutRequestUrl,
  readSamlResponse,
  type SamlAssertion,
  SamlRefusal,
} from '../../../saml/index.ts';
import { identitiesOf } from '../domain/identities.ts';
import type { Visit } from '../oauth/visit.ts';
import { useUp } from '../signIn/sessions.ts';
import type { Pool, Provider, User } from '../store.ts';
import { FederationRefusal } from './oidc.ts';
import type { Told } from './people.ts';
import { metadataOf } from './providers.ts';
import { samlKeyOf } from './samlKeys.ts';

export const entityId = ({ id }: Pool): string => `urn:amazon:cognito:sp:${id}`;
const acs = ({ base }: Visit): string => `${base}/saml2/idpresponse`;

/** "The /saml2/idpresponse endpoint can accept SAML assertions of up to 100,000 characters in length." */
const responseLengthMax = 100_000;

/** Where the browser is sent. @param requestId what the response has to answer. */
export async function samlAddress(
  visit: Visit,
  provider: Provider,
  relayState: string,
  requestId: string,
): Promise<string> {
  const { ctx, pool } = visit;
  const { signOnUrl = '' } = await metadataOf(ctx, pool, provider);
  return authnRequestUrl({
    destination: signOnUrl,
    id: requestId,
    issuer: entityId(pool),
    acs: acs(visit),
    now: ctx.now,
    relayState,
    ...(await signing(visit, provider)),
  });
}

async function signing({ ctx, pool }: Visit, { details }: Provider): Promise<{ signingKey?: string }> {
  if (!details.RequestSigningAlgorithm) return {};
  return { signingKey: (await samlKeyOf(ctx, pool)).privateKey };
}

/**
 * Reads a response; each is taken once.
 * @param inResponseTo the request that it must answer; null: the provider came by itself. @throws FederationRefusal
 */
export async function samlPerson(
  visit: Visit,
  provider: Provider,
  response: string,
  inResponseTo: string | null,
): Promise<Told> {
  const { ctx, pool } = visit;
  if (response.length > responseLengthMax) throw new FederationRefusal('The SAML response is too long.');
  const { entityId: issuer, certificates } = await metadataOf(ctx, pool, provider);
  const wantsEncryption = provider.details.EncryptedResponses === 'true';
  let assertion: SamlAssertion;
  try {
    assertion = await readSamlResponse(response, {
      certificates,
      issuer,
      audience: entityId(pool),
      recipient: acs(visit),
      inResponseTo,
      now: ctx.now,
      wantsEncryption,
      ...(wantsEncryption ? { decryptionKey: (await samlKeyOf(ctx, pool)).privateKey } : {}),
    });
  } catch (error) {
    if (!(error instanceof SamlRefusal)) throw error;
    throw new FederationRefusal(`Error in SAML response processing: ${error.message}`);
  }
  const { id, nameId, attributes, notOnOrAfter } = assertion;
  await ctx.room.store.transact((tx) =>
    useUp(tx, pool.id, notOnOrAfter, `saml/${provider.name}/${id}`, ctx.now),
  );
  const claims = Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [name, listText(values)]),
  );
  return { subject: nameId, claims: { ...claims, NameID: nameId }, attributes: { samlResponse: claims } };
}

/** "Amazon Cognito flattens multi-value attributes into a comma-separated string and URL form encodes the contents." */
function listText(values: readonly string[]): string {
  if (values.length === 1) return values[0] ?? '';
  return `[${values.map((value) => encodeURIComponent(value)).join(',')}]`;
}

/** On to the provider's own sign-out, where it is configured. @param relayState what `/saml2/logout` is handed back. */
export async function samlLogoutAddress(
  visit: Visit,
  provider: Provider,
  user: User,
  relayState: string,
): Promise<string | undefined> {
  if (provider.details.IDPSignout !== 'true') return undefined;
  const { ctx, pool } = visit;
  const { logoutUrl } = await metadataOf(ctx, pool, provider);
  const identity = identitiesOf(user).find(({ providerName }) => providerName === provider.name);
  if (logoutUrl === undefined || !identity) return undefined;
  return logoutRequestUrl({
    destination: logoutUrl,
    id: `_${ctx.room.ids.token(32, '0123456789abcdef')}`,
    issuer: entityId(pool),
    now: ctx.now,
    relayState,
    nameId: identity.userId,
    // "Amazon Cognito signs logout requests."
    signingKey: (await samlKeyOf(ctx, pool)).privateKey,
  });
}
