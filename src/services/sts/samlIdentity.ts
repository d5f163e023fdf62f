/**
 * Verifies SAML assertions by the metadata that a provider of the role's account was registered with.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_saml.html
 */
import { AwsError, parseArn } from '../../kernel/index.ts';
import { type OperationContext, type Principal, rootOf } from '../../platform/index.ts';
import {
  type ResponseRules,
  readIdpMetadata,
  readSamlResponse,
  type SamlAssertion,
  SamlRefusal,
} from '../../saml/index.ts';
import { nameQualifierOf, samlKeys, subjectTypeOf } from './domain/samlIdentity.ts';
import { ExpiredTokenException, InvalidIdentityToken } from './errors.ts';
import { samlRedeemMs } from './limits.ts';
import type { StsRoom } from './room.ts';

export interface SamlIdentity {
  readonly assertion: SamlAssertion;
  readonly subjectType: string;
  readonly nameQualifier: string;
  readonly principal: Principal & { type: 'federated' };
}

/** Where assertions for AWS are posted, by the endpoints of its sign-in, and what they name as their audience. */
const signIn = 'https://signin.aws.amazon.com/saml';
const audiences = [signIn, 'urn:amazon:webservices'];

/** @throws InvalidIdentityToken, ExpiredTokenException. */
export async function verifySaml(
  ctx: OperationContext<StsRoom>,
  base64: string,
  providerArn: string,
): Promise<SamlIdentity> {
  const { account = '', resource = '' } = parseArn(providerArn) ?? {};
  const provider = await providerOf(ctx, providerArn, account);
  const idp = readIdpMetadata(provider.SAMLMetadataDocument ?? '');
  if (idp.validUntil !== undefined && idp.validUntil <= ctx.now) {
    throw new InvalidIdentityToken('Specified provider is expired');
  }
  const regional = `https://${ctx.region}.signin.aws.amazon.com/saml`;
  const rules: ResponseRules = {
    certificates: idp.certificates,
    issuer: idp.entityId,
    audience: [...audiences, regional],
    recipient: [signIn, regional],
    wantsEncryption: provider.AssertionEncryptionMode === 'Required',
    now: ctx.now,
  };
  const keys = isEncrypted(base64) ? await ctx.room.samlKeys.keysOf(providerArn) : [];
  const assertion = await readWithAny(keys, base64, rules).catch((error: unknown) => {
    throw error instanceof SamlRefusal ? refusalOf(error, base64) : error;
  });
  if (!(assertion.issuedAt + samlRedeemMs > ctx.now)) throw tooLate();
  const subjectType = subjectTypeOf(assertion.nameIdFormat);
  const providerName = resource.slice(resource.indexOf('/') + 1);
  const nameQualifier = nameQualifierOf(assertion.issuer, account, providerName);
  const conditionKeys = samlKeys({
    audience: assertion.recipient,
    issuer: assertion.issuer,
    subject: assertion.nameId,
    subjectType,
    nameQualifier,
    doc: `${account}/${providerName}`,
    attributes: assertion.attributes,
  });
  const principal = { type: 'federated', account, arn: providerArn, keys: conditionKeys } as const;
  return { assertion, subjectType, nameQualifier, principal };
}

/** While keys are rotated a provider has two: whichever opens it. */
async function readWithAny(
  keys: readonly string[],
  base64: string,
  rules: ResponseRules,
): Promise<SamlAssertion> {
  const [decryptionKey, ...others] = keys;
  try {
    return await readSamlResponse(base64, { ...rules, decryptionKey });
  } catch (error) {
    if (others.length === 0 || !(error instanceof SamlRefusal)) throw error;
    return await readWithAny(others, base64, rules);
  }
}

function isEncrypted(base64: string): boolean {
  return /EncryptedAssertion[\s>]/.test(Buffer.from(base64, 'base64').toString());
}

interface Provider {
  SAMLMetadataDocument?: string;
  AssertionEncryptionMode?: string;
}

async function providerOf(
  ctx: OperationContext<StsRoom>,
  providerArn: string,
  account: string,
): Promise<Provider> {
  try {
    return await ctx.aws
      .as({ principal: rootOf(account), account })
      .call<Provider>('iam', 'GetSAMLProvider', { SAMLProviderArn: providerArn });
  } catch (error) {
    if (
      error instanceof AwsError &&
      ['NoSuchEntity', 'ValidationError', 'InvalidInput'].includes(error.code)
    ) {
      throw new InvalidIdentityToken("Specified provider doesn't exist");
    }
    throw error;
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html */
function refusalOf({ fault }: SamlRefusal, base64: string): AwsError {
  const text = Buffer.from(base64, 'base64').toString();
  if (!text.includes('<')) return new InvalidIdentityToken('Invalid base64 SAMLResponse');
  switch (fault) {
    case 'expired':
      return tooLate();
    case 'audience':
      return new InvalidIdentityToken('Response does not contain the required audience.');
    case 'issuer':
      return new InvalidIdentityToken('Issuer not present in specified provider');
    case 'signature':
      return new InvalidIdentityToken('Response signature invalid');
    default:
      return new InvalidIdentityToken('Your request included an invalid SAML response.');
  }
}

function tooLate() {
  return new ExpiredTokenException('Token must be redeemed within 5 minutes of issuance');
}
