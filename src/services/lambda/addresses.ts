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
