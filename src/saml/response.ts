/**
 * A response that an identity provider had a browser post. The signature (of the response or of its assertion) is
 * node-saml's to verify; everything that is read is read from what was signed.
 * https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf 4.1.4.3
 */
import { readXml, type XmlElement } from '../kernel/index.ts';

export interface ResponseRules {
  /** Of the identity provider, PEM: one of them must have signed. */
  certificates: readonly string[];
  /** The identity provider's entity id. */
  issuer: string;
  /** Ours: the assertion must name it, or one of several, as its audience. */
  audience: string | readonly string[];
  /** The address it was posted to; several where nobody knows which. */
  recipient: string | readonly string[];
  /** Id of the request that it must answer; null: it must answer none. Undefined: nobody knows. */
  inResponseTo?: string | null | undefined;
  /** PKCS #8, PEM, for encrypted assertions. */
  decryptionKey?: string | undefined;
  /** Refuses assertions that weren't encrypted. */
  wantsEncryption?: boolean | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

export interface SamlAssertion {
  id: string;
  issuer: string;
  nameId: string;
  nameIdFormat?: string;
  nameQualifier?: string;
  spNameQualifier?: string;
  sessionIndex?: string;
  /** Values by the attribute's `Name`. */
  attributes: Record<string, string[]>;
  /** The address that it was meant for. */
  recipient: string;
  /** Milliseconds since the epoch: when it was made. */
  issuedAt: number;
  /** Milliseconds since the epoch: when a session that it opens ends, where it says so. */
  sessionNotOnOrAfter?: number;
  /** Milliseconds since the epoch: it is worth nothing from then on. */
  notOnOrAfter: number;
}

/** What is wrong with a response, for services that have words for it. */
export type SamlFault = 'signature' | 'issuer' | 'audience' | 'expired' | 'content';

/** Why a response wasn't taken. The message is for logs and for whoever configures the provider. */
export class SamlRefusal extends Error {
  readonly fault: SamlFault;

  constructor(message: string, fault: SamlFault = 'content') {
    super(message);
    this.fault = fault;
  }
}

/** Clocks of providers may be off by as much. */
const skewMs = 60_000;
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/** @param base64 the form's `SAMLResponse`. @throws SamlRefusal */
export async function readSamlResponse(base64: string, rules: ResponseRules): Promise<SamlAssertion> {
  const assertion = readXml(await signedAssertion(base64, rules));
  if (assertion.name !== 'Assertion') throw new SamlRefusal('what was signed is no assertion');
  const id = assertion.attributes?.ID;
  if (!id) throw new SamlRefusal('an assertion without an ID');
  const issuer = only(assertion, 'Issuer')?.text.trim();
  if (issuer !== rules.issuer) {
    throw new SamlRefusal(`issued by ${issuer}, not by ${rules.issuer}`, 'issuer');
  }
  const until = checkConditions(only(assertion, 'Conditions'), rules);
  const subject = only(assertion, 'Subject');
  const confirmed = confirmation(subject, rules);
  const nameId = subject && only(subject, 'NameID');
  const name = nameId?.text.trim();
  if (!nameId || !name) throw new SamlRefusal('no NameID');
  const { Format, NameQualifier, SPNameQualifier } = nameId.attributes ?? {};
  const { SessionIndex: sessionIndex, SessionNotOnOrAfter } =
    child(assertion, 'AuthnStatement')?.attributes ?? {};
  return {
    id,
    issuer,
    nameId: name,
    ...(Format ? { nameIdFormat: Format } : {}),
    ...(NameQualifier ? { nameQualifier: NameQualifier } : {}),
    ...(SPNameQualifier ? { spNameQualifier: SPNameQualifier } : {}),
    ...(sessionIndex ? { sessionIndex } : {}),
    attributes: attributesOf(assertion),
    recipient: confirmed.recipient,
    issuedAt: Date.parse(assertion.attributes?.IssueInstant ?? ''),
    ...(SessionNotOnOrAfter ? { sessionNotOnOrAfter: Date.parse(SessionNotOnOrAfter) } : {}),
    notOnOrAfter: Math.min(until, confirmed.until),
  };
}

/** The text of the assertion as it was signed, decrypted where it was encrypted. */
async function signedAssertion(base64: string, rules: ResponseRules): Promise<string> {
  const { SAML } = await import('@node-saml/node-saml');
  const text = Buffer.from(base64, 'base64').toString();
  // Entities are never needed, and have been used to read files and fill memories.
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new SamlRefusal('a document type');
  const isEncrypted = /EncryptedAssertion[\s>]/.test(text);
  if (rules.wantsEncryption && !isEncrypted) throw new SamlRefusal('the assertion is not encrypted');
  const saml = new SAML({
    callbackUrl: listOf(rules.recipient)[0] ?? '',
    issuer: listOf(rules.audience)[0] ?? '',
    idpCert: [...rules.certificates],
    audience: false,
    // One of both must be signed, as Cognito and STS have it; times are checked by the cloud's clock, below.
    wantAssertionsSigned: false,
    wantAuthnResponseSigned: false,
    acceptedClockSkewMs: -1,
    ...(rules.decryptionKey === undefined ? {} : { decryptionPvk: rules.decryptionKey }),
  });
  try {
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: base64 });
    const xml = profile?.getAssertionXml?.();
    if (!xml) throw new SamlRefusal('no assertion');
    return xml;
  } catch (error) {
    throw error instanceof SamlRefusal ? error : new SamlRefusal((error as Error).message, 'signature');
  }
}

/** @returns until when, in milliseconds since the epoch. */
function checkConditions(conditions: XmlElement | undefined, { audience, now }: ResponseRules): number {
  if (!conditions) throw new SamlRefusal('no Conditions');
  const { NotBefore, NotOnOrAfter } = conditions.attributes ?? {};
  if (NotBefore !== undefined && !(Date.parse(NotBefore) - skewMs <= now)) {
    throw new SamlRefusal('not valid yet');
  }
  const until = NotOnOrAfter === undefined ? Number.POSITIVE_INFINITY : Date.parse(NotOnOrAfter);
  if (!(until + skewMs > now)) throw new SamlRefusal('expired', 'expired');
  const restrictions = conditions.children.filter(({ name }) => name === 'AudienceRestriction');
  const ours = listOf(audience);
  const isForUs = restrictions.every(({ children }) =>
    children.some(({ text }) => ours.includes(text.trim())),
  );
  if (restrictions.length === 0 || !isForUs) {
    throw new SamlRefusal(`not for the audience ${ours[0]}`, 'audience');
  }
  return until;
}

/** @returns until when the bearer may hand it over, in milliseconds since the epoch, and where. */
function confirmation(
  subject: XmlElement | undefined,
  rules: ResponseRules,
): { until: number; recipient: string } {
  const confirmations = subject?.children.filter(
    ({ name, attributes }) => name === 'SubjectConfirmation' && attributes?.Method === bearer,
  );
  const faults: string[] = [];
  for (const one of confirmations ?? []) {
    const { Recipient, NotOnOrAfter, NotBefore, InResponseTo } =
      child(one, 'SubjectConfirmationData')?.attributes ?? {};
    const until = Date.parse(NotOnOrAfter ?? '');
    const fault =
      Recipient === undefined || !listOf(rules.recipient).includes(Recipient)
        ? `for ${Recipient}, not for ${listOf(rules.recipient)[0]}`
        : NotBefore !== undefined
          ? 'a bearer confirmation with NotBefore'
          : !(until + skewMs > rules.now)
            ? 'expired'
            : answersFault(InResponseTo, rules.inResponseTo);
    if (fault === undefined) return { until, recipient: Recipient as string };
    faults.push(fault);
  }
  throw new SamlRefusal(
    faults[0] ?? 'no bearer confirmation of its subject',
    faults[0] === 'expired' ? 'expired' : 'content',
  );
}

function answersFault(given: string | undefined, expected: string | null | undefined): string | undefined {
  if (expected === undefined || given === (expected ?? undefined)) return undefined;
  return expected === null ? 'it answers a request' : 'it answers another request';
}

const listOf = (value: string | readonly string[]): readonly string[] => [value].flat();

const child = ({ children }: XmlElement, name: string) => children.find((one) => one.name === name);

/** @throws SamlRefusal there are several. */
function only(parent: XmlElement, name: string): XmlElement | undefined {
  const found = parent.children.filter((one) => one.name === name);
  if (found.length > 1) throw new SamlRefusal(`several ${name}`);
  return found[0];
}

function attributesOf(assertion: XmlElement): Record<string, string[]> {
  const attributes: Record<string, string[]> = Object.create(null);
  for (const statement of assertion.children) {
    if (statement.name !== 'AttributeStatement') continue;
    for (const { name, attributes: facts, children } of statement.children) {
      if (name !== 'Attribute' || !facts?.Name) continue;
      const values = children.filter((one) => one.name === 'AttributeValue').map(({ text }) => text.trim());
      attributes[facts.Name] = [...(attributes[facts.Name] ?? []), ...values];
    }
  }
  return attributes;
}
