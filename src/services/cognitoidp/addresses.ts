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

/** Where the file of an import is put. */
export const importPlane: DataPlane = {
  endpoint: 'import-upload',
  match(_host, path) {
    if (!path.includes('/user-import/')) return undefined;
    const [, pool, job] = /^\/([\w-]+_[0-9A-Za-z]+)\/user-import\/(import-[0-9A-Za-z-]+)$/.exec(path) ?? [];
    return pool === undefined || job === undefined ? undefined : { pool, job };
  },
};

const hostedHost =
  /^([a-z0-9-]+)\.auth\.([a-z]{2}(?:-[a-z]+)+-\d{1,2})\.(?:amazoncognito\.com|localhost(?:\.localstack\.cloud)?)$/;

/**
 * Managed login and the OAuth endpoints of a pool with a domain: `{prefix}.auth.{region}.amazoncognito.com`, the same
 * under `localhost`, and `/_aws/auth/{region}/{prefix}/…` at any host for clients that can't resolve names.
 */
export const hostedPlane: DataPlane = {
  endpoint: 'hosted',
  match(host, path) {
    if (host.includes('.auth.')) {
      const [, domain, region] = hostedHost.exec(host) ?? [];
      return domain === undefined || region === undefined ? undefined : { domain, region, base: '', path };
    }
    if (!path.startsWith('/_aws/auth/')) return undefined;
    const [, base, region, domain, rest] =
      /^(\/_aws\/auth\/([a-z0-9-]+)\/([a-z0-9.-]+))(\/.*)?$/.exec(path) ?? [];
    if (base === undefined || region === undefined || domain === undefined) return undefined;
    return { domain, region, base, path: rest ?? '/' };
  },
};

/**
 * The pool that an issuer may be: `https://cognito-idp.{region}.amazonaws.com/{pool}`, or `{endpoint}/{pool}` where the
 * cloud was started so. Whether it is one of this cloud's is for the service to say.
 */
export function poolOfIssuer(issuer: string): string | undefined {
  return /^https?:\/\/[^/]+\/([a-z]{2}(?:-[a-z]+)+-\d{1,2}_[0-9A-Za-z]+)$/.exec(issuer)?.[1];
}
