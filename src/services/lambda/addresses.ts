/** Which addresses lead to Lambda's data planes. No more than that: it is loaded before the service is. */
import type { DataPlane } from '../../platform/index.ts';

/** The archives behind GetFunction's `Code.Location`. */
export const codePlane: DataPlane = {
  endpoint: 'code',
  match(_host, path) {
    const [, blob] = /^\/_aws\/lambda\/code\/([^/]+)$/.exec(path) ?? [];
    return blob === undefined ? undefined : { blob };
  },
};

const urlHost = /^([a-z0-9]+)\.lambda-url\.(?:[a-z0-9-]+\.)?(?:on\.aws|localhost(?:\.localstack\.cloud)?)$/;

/** Function URLs: `{id}.lambda-url.{region}.localhost`, and `/_aws/lambda-url/{id}/…` for clients that can't choose their host. */
export const urlPlane: DataPlane = {
  endpoint: 'url',
  match(host, path) {
    if (host.includes('.lambda-url.')) {
      const [, id] = urlHost.exec(host) ?? [];
      return id === undefined ? undefined : { id, path };
    }
    if (!path.startsWith('/_aws/lambda-url/')) return undefined;
    const [, id, rest] = /^\/_aws\/lambda-url\/([a-z0-9]+)(\/.*)?$/.exec(path) ?? [];
    return id === undefined ? undefined : { id, path: rest ?? '/' };
  },
};
