/**
 * Metadata of a SAML identity provider: what IAM asks of it before it trusts it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml.html
 */
import { X509Certificate } from 'node:crypto';
import { readXml, type XmlElement } from '../../../kernel/index.ts';
import { InvalidInput } from '../errors.ts';

const namespace = 'urn:oasis:names:tc:SAML:2.0:metadata';

export interface SamlMetadata {
  entityId: string;
  /** Milliseconds since the epoch, when the document says. */
  validUntil: number | undefined;
}

/** @throws InvalidInput unless it describes an identity provider with an issuer and certificates that can be read. */
export function readSamlMetadata(document: string): SamlMetadata {
  let root: XmlElement;
  try {
    // No document types: nothing of the file is ever expanded or fetched.
    root = readXml(document);
  } catch {
    throw unparsable();
  }
  const isMetadata = Object.values(root.attributes ?? {}).includes(namespace);
  if (root.name !== 'EntityDescriptor' || !isMetadata) throw unparsable();
  const entityId = root.attributes?.entityID;
  const descriptor = root.children.find(({ name }) => name === 'IDPSSODescriptor');
  if (!entityId || !descriptor) throw unparsable();
  const certificates = descriptor.children
    .filter(({ name, attributes }) => name === 'KeyDescriptor' && attributes?.use !== 'encryption')
    .flatMap((key) => certificatesIn(key));
  if (certificates.length === 0 || !certificates.every(isCertificate)) throw unparsable();
  const validUntil = root.attributes?.validUntil ?? descriptor.attributes?.validUntil;
  const until = validUntil === undefined ? undefined : Date.parse(validUntil);
  if (until !== undefined && Number.isNaN(until)) throw unparsable();
  return { entityId, validUntil: until };
}

function certificatesIn(element: XmlElement): string[] {
  if (element.name === 'X509Certificate') return [element.text];
  return element.children.flatMap(certificatesIn);
}

function isCertificate(base64: string): boolean {
  try {
    new X509Certificate(Buffer.from(base64, 'base64'));
    return true;
  } catch {
    return false;
  }
}

function unparsable() {
  return new InvalidInput('Could not parse metadata');
}
