/** The metadata of an identity provider. https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf */
import { X509Certificate } from 'node:crypto';
import { readXml, type XmlElement } from '../kernel/index.ts';

export interface IdpMetadata {
  entityId: string;
  /** Of the keys that sign, PEM. At least one. */
  certificates: string[];
  /** SingleSignOnService by the redirect binding. */
  signOnUrl?: string;
  /** SingleLogoutService by the redirect binding. */
  logoutUrl?: string;
  /** Milliseconds since the epoch, when the document says. */
  validUntil?: number;
}

const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** @throws Error what is wrong with it, in a few words. Document types aren't read: nothing is expanded or fetched. */
export function readIdpMetadata(document: string): IdpMetadata {
  const root = readXml(document);
  const entity = root.name === 'EntitiesDescriptor' ? child(root, 'EntityDescriptor') : root;
  if (entity?.name !== 'EntityDescriptor') throw new Error('no EntityDescriptor');
  const entityId = entity.attributes?.entityID;
  if (!entityId) throw new Error('no entityID');
  const idp = child(entity, 'IDPSSODescriptor');
  if (!idp) throw new Error('no IDPSSODescriptor');
  const certificates = idp.children
    .filter(({ name, attributes }) => name === 'KeyDescriptor' && attributes?.use !== 'encryption')
    .flatMap((key) => textsOf(key, 'X509Certificate'))
    .map((base64) => new X509Certificate(Buffer.from(base64, 'base64')).toString());
  if (certificates.length === 0) throw new Error('no certificate of a key that signs');
  const signOnUrl = address(idp, 'SingleSignOnService');
  const logoutUrl = address(idp, 'SingleLogoutService');
  const until = Date.parse(entity.attributes?.validUntil ?? idp.attributes?.validUntil ?? '');
  return {
    entityId,
    certificates,
    ...(signOnUrl ? { signOnUrl } : {}),
    ...(logoutUrl ? { logoutUrl } : {}),
    ...(Number.isNaN(until) ? {} : { validUntil: until }),
  };
}

const child = ({ children }: XmlElement, name: string) => children.find((one) => one.name === name);

function address(idp: XmlElement, name: string): string | undefined {
  return idp.children.find((one) => one.name === name && one.attributes?.Binding === redirectBinding)
    ?.attributes?.Location;
}

function textsOf(element: XmlElement, name: string): string[] {
  if (element.name === name) return [element.text];
  return element.children.flatMap((one) => textsOf(one, name));
}
