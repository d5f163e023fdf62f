/**
 * Where APIs answer. Loaded with the table of services, before any of this service's code: keep it small.
 *
 * By host `{api}.execute-api.{region}.amazonaws.com/{stage}/…` (also under `localhost` and
 * `localhost.localstack.cloud`, with or without region), by path `/_aws/execute-api/{api}/{stage}/…` and
 * `/restapis/{api}/{stage}/_user_request_/…` for clients that can't choose their host.
 */

const hostPattern =
  /^([a-z0-9-]+)\.execute-api\.(?:([a-z]{2}(?:-[a-z]+)+-\d)\.)?(?:amazonaws\.com(?:\.cn)?|localhost(?:\.localstack\.cloud)?)$/;

/** @returns `api`, `path` (all after the API: `/prod/items`), `region` when the host names one. */
export function matchExecuteApi(host: string, path: string): Record<string, string> | undefined {
  if (host.includes('.execute-api.')) {
    const match = hostPattern.exec(host);
    if (!match) return undefined;
    return match[2] ? { api: match[1] as string, region: match[2], path } : { api: match[1] as string, path };
  }
  if (path.startsWith('/_aws/execute-api/')) {
    const slash = path.indexOf('/', 18);
    if (slash === 18 || path.length === 18) return undefined;
    return slash < 0
      ? { api: path.slice(18), path: '/' }
      : { api: path.slice(18, slash), path: path.slice(slash) };
  }
  if (path.startsWith('/restapis/')) {
    const match = /^\/restapis\/([^/]+)\/([^/]+)\/_user_request_(\/.*)?$/.exec(path);
    if (match) return { api: match[1] as string, path: `/${match[2]}${match[3] ?? '/'}` };
  }
  return undefined;
}

/** `/@connections/{id}` of `/prod/%40connections/{id}`; what is no such path stays as it is. */
export function connectionPath(path: string): string {
  const at = path.search(/\/(?:@|%40)connections\//i);
  return at < 0 ? path : path.slice(at).replace(/^\/%40/i, '/@');
}
