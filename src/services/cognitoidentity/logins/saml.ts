/** SAML assertions. https://docs.aws.amazon.com/cognito/latest/developerguide/saml-identity-provider.html */
import { AwsError } from '../../../kernel/index.ts';
import { rootOf } from '../../../platform/index.ts';
import { readIdpMetadata, readSamlResponse, type SamlAssertion, SamlRefusal } from '../../../saml/index.ts';
import { NotAuthorizedException } from '../errors.ts';
import type { Context } from '../room.ts';
import type { Pool } from '../store.ts';
import { unsupported, unverified } from './openId.ts';
import type { VerifiedLogin } from './verified.ts';

/** The relying party is AWS's sign-in, as for AssumeRoleWithSAML: its entity id, and where assertions are posted. */
const signIn = 'https://signin.aws.amazon.com/saml';
const relyingParty = 'urn:amazon:webservices';

const roleAttribute = 'https://aws.amazon.com/SAML/Attributes/Role';
const nameIdClaim = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier';

/**
 * @param arn of IAM's SAML provider, by whose metadata the assertion is verified.
 * @param token base 64 of the response; good for as long as its assertion says. @throws NotAuthorizedException
 */
export async function verifySamlLogin(
  ctx: Context,
  pool: Pool,
  arn: string,
  token: string,
): Promise<VerifiedLogin> {
  const idp = readIdpMetadata(await metadataOf(ctx, pool, arn));
  if (idp.validUntil !== undefined && idp.validUntil <= ctx.now) throw unverified();
  const regional = `https://${pool.region}.signin.aws.amazon.com/saml`;
  const assertion = await readSamlResponse(token, {
    certificates: idp.certificates,
    issuer: idp.entityId,
    audience: [signIn, relyingParty, regional],
    recipient: [signIn, regional],
    now: ctx.now,
  }).catch((error: unknown) => {
    throw error instanceof SamlRefusal ? refusalOf(error) : error;
  });
  return {
    provider: arn,
    subject: assertion.nameId,
    claims: claimsOf(assertion, arn),
    amr: [arn, `${arn}:SAML:${assertion.nameId}`],
    mappingNames: [arn],
    kind: 'saml',
  };
}

/** What rules and tags may ask for: the attributes, and the roles that the provider lets its user have. */
function claimsOf({ attributes, nameId }: SamlAssertion, arn: string): Record<string, unknown> {
  const roles = (attributes[roleAttribute] ?? []).flatMap((pair) => {
    const [one = '', other = ''] = pair.split(',').map((text) => text.trim());
    // A pair names role and provider, in either order; of other providers this one may not speak.
    return one === arn ? [other] : other === arn ? [one] : [];
  });
  const { 'cognito:preferred_role': _none, ...others } = attributes;
  return { [nameIdClaim]: nameId, ...others, 'cognito:roles': roles };
}

async function metadataOf(ctx: Context, { account, region }: Pool, arn: string): Promise<string> {
  try {
    const { SAMLMetadataDocument } = await ctx.aws
      .as({ principal: rootOf(account), account, region })
      .call<{ SAMLMetadataDocument?: string }>('iam', 'GetSAMLProvider', { SAMLProviderArn: arn });
    return SAMLMetadataDocument ?? '';
  } catch (error) {
    if (error instanceof AwsError && error.fault === 'client' && error.status !== 501) throw unsupported();
    throw error;
  }
}

function refusalOf({ fault }: SamlRefusal): Error {
  if (fault === 'signature') return unverified();
  const why = {
    audience: 'Incorrect token audience.',
    content: 'Not a valid SAML assertion.',
    expired: 'Token expired.',
    issuer: "Issuer doesn't match providerName",
  }[fault];
  return new NotAuthorizedException(`Invalid login token. ${why}`);
}
