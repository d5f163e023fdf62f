/** Requests of a service provider, as addresses for a browser. https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf 3.4 */
import { createSign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

export interface RequestFacts {
  /** Where the identity provider takes it. */
  destination: string;
  /** Of this request: `_` and some hexadecimal digits. */
  id: string;
  /** Ours: the service provider's entity id. */
  issuer: string;
  /** Milliseconds since the epoch. */
  now: number;
  relayState: string;
  /** Signs the address: PKCS #8, PEM. */
  signingKey?: string | undefined;
}

/** @param acs where the response is to be posted. */
export function authnRequestUrl(facts: RequestFacts & { acs: string }): string {
  const { id, now, destination, issuer, acs } = facts;
  return addressed(
    facts,
    `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${text(id)}" Version="2.0" IssueInstant="${instant(now)}" Destination="${text(destination)}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" AssertionConsumerServiceURL="${text(acs)}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${text(issuer)}</saml:Issuer></samlp:AuthnRequest>`,
  );
}

export interface LogoutFacts extends RequestFacts {
  nameId: string;
  nameIdFormat?: string | undefined;
  sessionIndex?: string | undefined;
}

export function logoutRequestUrl(facts: LogoutFacts): string {
  const { id, now, destination, issuer, nameId, nameIdFormat, sessionIndex } = facts;
  const format = nameIdFormat ? ` Format="${text(nameIdFormat)}"` : '';
  const index = sessionIndex ? `<samlp:SessionIndex>${text(sessionIndex)}</samlp:SessionIndex>` : '';
  return addressed(
    facts,
    `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${text(id)}" Version="2.0" IssueInstant="${instant(now)}" Destination="${text(destination)}"><saml:Issuer>${text(issuer)}</saml:Issuer><saml:NameID${format}>${text(nameId)}</saml:NameID>${index}</samlp:LogoutRequest>`,
  );
}

const algorithm = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

/** The signature covers the parameters as they stand in the address. */
function addressed({ destination, relayState, signingKey }: RequestFacts, xml: string): string {
  const request = deflateRawSync(Buffer.from(xml)).toString('base64');
  let query = `SAMLRequest=${encodeURIComponent(request)}&RelayState=${encodeURIComponent(relayState)}`;
  if (signingKey !== undefined) {
    query += `&SigAlg=${encodeURIComponent(algorithm)}`;
    const signature = createSign('RSA-SHA256').update(query).sign(signingKey, 'base64');
    query += `&Signature=${encodeURIComponent(signature)}`;
  }
  return `${destination}${destination.includes('?') ? '&' : '?'}${query}`;
}

const instant = (now: number): string => new Date(now).toISOString();

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const text = (value: string): string => value.replace(/[&<>"]/g, (one) => entities[one] ?? one);
