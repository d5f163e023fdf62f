/** Which addresses lead to the documents of a pool. No more than that: it is loaded before the service is. */
import type { DataPlane } from '../../platform/index.ts';

/** At any host: a pool's id, with its underscore, is nobody's bucket. */
export const discoveryPlane: DataPlane = {
  endpoint: 'discovery',
  match(_host, path) {
    if (!path.includes('/.well-known/')) return undefined;
    const [, pool, document] =
      /^\/([\w-]+_[0-9A-Za-z]+)\/\.well-known\/(jwks\.json|openid-configuration)$/.exec(path) ?? [];
    return pool === undefined || document === undefined ? undefined : { pool, document };
  },
};

/** The pool that an issuer under AWS's address is, `https://cognito-idp.{region}.amazonaws.com/{pool}`. */
export function poolOfIssuer(issuer: string): string | undefined {
  return /^https:\/\/cognito-idp\.[\w-]+\.amazonaws\.com\/([\w-]+_[0-9A-Za-z]+)$/.exec(issuer)?.[1];
}
