/** Who signs the tokens of identity pools, and where its keys are. No more than that: it is loaded before the service is. */
import type { DataPlane } from '../../platform/index.ts';

/** One issuer for all pools of all regions, as on AWS; the pool is the audience. */
export const issuer = 'https://cognito-identity.amazonaws.com';

/** `https://cognito-identity.amazonaws.com/.well-known/…`; no bucket's name starts with a dot. */
export const discoveryPlane: DataPlane = {
  endpoint: 'discovery',
  match(host, path) {
    if (!path.startsWith('/.well-known/')) return undefined;
    if (path === '/.well-known/jwks_uri') return { document: 'jwks' };
    const isConfiguration = path === '/.well-known/openid-configuration';
    return isConfiguration && host.startsWith('cognito-identity.')
      ? { document: 'configuration' }
      : undefined;
  },
};
