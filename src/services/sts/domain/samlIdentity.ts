/**
 * What a SAML assertion says, in the words of AWS: roles, session, condition keys, tags.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 */
import { hash } from 'node:crypto';
import type { FederationKeys } from '../../../platform/index.ts';
import { InvalidIdentityToken } from '../errors.ts';
import type { AskedTags } from './sessionTags.ts';

type Attributes = Readonly<Record<string, readonly string[]>>;

const own = (name: string) => `https://aws.amazon.com/SAML/Attributes/${name}`;

/** Pairs of a role and a provider, in either order. */
export function namesRole(attributes: Attributes, roleArn: string, providerArn: string): boolean {
  return (attributes[own('Role')] ?? []).some((pair) => {
    const [first, second, more] = pair.split(',').map((part) => part.trim());
    if (more !== undefined) return false;
    return (first === roleArn && second === providerArn) || (first === providerArn && second === roleArn);
  });
}

/** As the model has RoleSessionName and SourceIdentity: both become parts of ARNs and conditions. */
const namePattern = /^[\w+=,.@-]{2,64}$/;

export function sessionNameOf(attributes: Attributes): string {
  const [name, ...more] = attributes[own('RoleSessionName')] ?? [];
  if (name === undefined || more.length > 0) {
    throw new InvalidIdentityToken('RoleSessionName is required in AuthnResponse');
  }
  if (!namePattern.test(name)) {
    throw new InvalidIdentityToken('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}');
  }
  return name;
}

export function sourceIdentityOfAttributes(attributes: Attributes): string | undefined {
  const [name] = attributes[own('SourceIdentity')] ?? [];
  if (name === undefined) return undefined;
  if (!namePattern.test(name) || name.toLowerCase().startsWith('aws:')) {
    throw new InvalidIdentityToken(
      'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
    );
  }
  return name;
}

/** Seconds, 900 to 43,200; undefined where the assertion says none. */
export function sessionSecondsOf(attributes: Attributes): number | undefined {
  const [text] = attributes[own('SessionDuration')] ?? [];
  if (text === undefined) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= 900 && seconds <= 43_200)) {
    throw new InvalidIdentityToken('SessionDuration in AuthnResponse must be between 900 and 43200 seconds');
  }
  return seconds;
}

export function tagsOfAttributes(attributes: Attributes): AskedTags {
  const prefix = own('PrincipalTag:');
  const tags = Object.entries(attributes)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, [value = '']]) => ({ Key: name.slice(prefix.length), Value: value }));
  return { tags, transitiveKeys: attributes[own('TransitiveTagKeys')] ?? [] };
}

/** Tells users of different providers apart: AssumeRoleWithSAML's “NameQualifier”. */
export function nameQualifierOf(issuer: string, account: string, providerName: string): string {
  return hash('sha1', `${issuer}${account}/${providerName}`, 'base64');
}

const nameIdFormats = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';

/** `persistent`, `transient`, or the whole URI of a format of another kind. */
export function subjectTypeOf(format: string | undefined): string {
  if (format === undefined) return 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
  return format.startsWith(nameIdFormats) ? format.slice(nameIdFormats.length) : format;
}

/** Condition keys by the names that attributes have: eduPerson and eduOrg, X.500, Active Directory. */
const keysOfAttributes: Readonly<Record<string, string>> = {
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.1': 'edupersonaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.2': 'edupersonnickname',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.3': 'edupersonorgdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.4': 'edupersonorgunitdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.5': 'edupersonprimaryaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.6': 'edupersonprincipalname',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.7': 'edupersonentitlement',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.8': 'edupersonprimaryorgunitdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.9': 'edupersonscopedaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.10': 'edupersontargetedid',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.11': 'edupersonassurance',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.2': 'eduorghomepageuri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.3': 'eduorgidentityauthnpolicyuri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.4': 'eduorglegalname',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.5': 'eduorgsuperioruri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.6': 'eduorgwhitepagesuri',
  'urn:oid:2.5.4.3': 'cn',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name': 'name',
  'http://schemas.xmlsoap.org/claims/CommonName': 'commonname',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname': 'givenname',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname': 'surname',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': 'mail',
  'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid': 'uid',
  'urn:oid:2.5.4.4': 'surname',
  'urn:oid:2.5.4.42': 'givenname',
  'urn:oid:2.5.4.45': 'x500uniqueidentifier',
  'urn:oid:0.9.2342.19200300.100.1.1': 'uid',
  'urn:oid:0.9.2342.19200300.100.1.3': 'mail',
  'urn:oid:0.9.2342.19200300.100.1.45': 'organizationstatus',
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml */
export function samlKeys(facts: {
  audience: string;
  issuer: string;
  subject: string;
  subjectType: string;
  nameQualifier: string;
  /** `account/provider`. */
  doc: string;
  attributes: Attributes;
}): FederationKeys {
  const keys: Record<string, string | readonly string[]> = {};
  for (const [name, values] of Object.entries(facts.attributes)) {
    const key = Object.hasOwn(keysOfAttributes, name) ? keysOfAttributes[name] : undefined;
    if (key === undefined || values.length === 0) continue;
    keys[`saml:${key}`] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return {
    ...keys,
    'saml:aud': facts.audience,
    'saml:iss': facts.issuer,
    'saml:sub': facts.subject,
    'saml:sub_type': facts.subjectType,
    'saml:namequalifier': facts.nameQualifier,
    'saml:doc': facts.doc,
  };
}
