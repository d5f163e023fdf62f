/** An identity provider for tests: its metadata, and responses as real ones sign them. */
import { generateKeyPairSync } from 'node:crypto';
import selfsigned from 'selfsigned';
import { SignedXml } from 'xml-crypto';

export interface ToyIdp {
  entityId: string;
  metadata: string;
  /** PEM. */
  certificate: string;
  respond(facts: ResponseFacts): string;
}

export interface ResponseFacts {
  recipient: string;
  audience: string;
  nameId: string;
  inResponseTo?: string;
  attributes?: Record<string, string | string[]>;
  /** Milliseconds since the epoch. */
  now: number;
  lastsMs?: number;
  issuer?: string;
  id?: string;
  /** What is signed; `assertion` unless told. */
  sign?: 'assertion' | 'response' | 'nothing';
  /** Changes the text after it was signed. */
  tamper?(xml: string): string;
}

const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol';
const saml = 'urn:oasis:names:tc:SAML:2.0:assertion';

export async function startToyIdp(
  entityId = 'https://idp.example.com/saml',
  address = `${entityId}/sso`,
): Promise<ToyIdp> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
  const { cert } = await selfsigned.generate([{ name: 'commonName', value: 'idp' }], {
    algorithm: 'sha256',
    keyPair: { privateKey, publicKey },
    notBeforeDate: new Date('2000-01-01'),
    notAfterDate: new Date('2100-01-01'),
  });
  const base64 = cert.replace(/-----[^-]+-----|\s/g, '');
  let issued = 0;
  return {
    entityId,
    certificate: cert,
    metadata: `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><md:IDPSSODescriptor protocolSupportEnumeration="${protocol}"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${address}/out"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${address}"/></md:IDPSSODescriptor></md:EntityDescriptor>`,
    respond(facts) {
      issued += 1;
      const xml = responseXml({ issuer: entityId, id: `a${issued}`, ...facts });
      const signed = facts.sign === 'nothing' ? xml : signedXml(xml, facts.sign ?? 'assertion', privateKey);
      return Buffer.from(facts.tamper?.(signed) ?? signed).toString('base64');
    },
  };
}

function responseXml(facts: ResponseFacts & { issuer: string; id: string }): string {
  const { issuer, id, recipient, audience, nameId, inResponseTo, now } = facts;
  const at = (ms: number) => new Date(ms).toISOString();
  const until = at(now + (facts.lastsMs ?? 300_000));
  const answers = inResponseTo === undefined ? '' : ` InResponseTo="${inResponseTo}"`;
  const attributes = Object.entries(facts.attributes ?? {})
    .map(
      ([name, value]) =>
        `<saml:Attribute Name="${name}">${[value]
          .flat()
          .map((one) => `<saml:AttributeValue>${one}</saml:AttributeValue>`)
          .join('')}</saml:Attribute>`,
    )
    .join('');
  return `<samlp:Response xmlns:samlp="${protocol}" xmlns:saml="${saml}" ID="r${id}" Version="2.0" IssueInstant="${at(now)}" Destination="${recipient}"${answers}><saml:Issuer>${issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="${id}" Version="2.0" IssueInstant="${at(now)}"><saml:Issuer>${issuer}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${nameId}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${until}" Recipient="${recipient}"${answers}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(now)}" NotOnOrAfter="${until}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${at(now)}" SessionIndex="s${id}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>${attributes === '' ? '' : `<saml:AttributeStatement>${attributes}</saml:AttributeStatement>`}</saml:Assertion></samlp:Response>`;
}

function signedXml(xml: string, what: 'assertion' | 'response', privateKey: string): string {
  const element = what === 'assertion' ? 'Assertion' : 'Response';
  const signer = new SignedXml({
    privateKey,
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  });
  signer.addReference({
    xpath: `//*[local-name(.)='${element}']`,
    transforms: [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/2001/10/xml-exc-c14n#',
    ],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  });
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: {
      reference: `//*[local-name(.)='${element}']/*[local-name(.)='Issuer']`,
      action: 'after',
    },
  });
  return signer.getSignedXml();
}
