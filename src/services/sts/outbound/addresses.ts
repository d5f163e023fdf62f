/** Who signs tokens for services outside AWS, and where its keys are. No more than that: it is loaded before the service is. */
import type { DataPlane } from '../../../platform/index.ts';

const hostPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tokens\.sts\.global\.api\.aws$/;
const documents: Readonly<Record<string, string>> = {
  '/.well-known/openid-configuration': 'configuration',
  '/.well-known/jwks.json': 'jwks',
};

/** `https://{id}.tokens.sts.global.api.aws`, an issuer for each account. */
export function isOutboundIssuer(issuer: string): boolean {
  return issuer.startsWith('https://') && hostPattern.test(issuer.slice('https://'.length));
}

export const outboundPlane: DataPlane = {
  endpoint: 'outbound',
  match(host, path) {
    const document = Object.hasOwn(documents, path) ? documents[path] : undefined;
    return document !== undefined && hostPattern.test(host)
      ? { document, issuer: `https://${host}` }
      : undefined;
  },
};
