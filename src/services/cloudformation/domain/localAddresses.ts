/**
 * Addresses that templates put together from AWS's names (`https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod`)
 * as they can be reached here, so that an output can be opened and a function can call what its environment names.
 * docs/decisions/0003-reachable-addresses.md weighs this.
 */

const restOrHttpApi =
  /^https:\/\/([a-z0-9]{10})\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?=$|[/?#])/;

/** @param endpoint where this cloud answers, `http://127.0.0.1:4566`. @returns `text` unchanged when it is no such address. */
export function reachable(text: string, endpoint: string): string {
  const match = restOrHttpApi.exec(text);
  return match ? `${endpoint}/_aws/execute-api/${match[1]}${text.slice(match[0].length)}` : text;
}

/** The same for every text in plain data; shares what doesn't change. */
export function reachableEverywhere(value: unknown, endpoint: string): unknown {
  if (typeof value === 'string') return reachable(value, endpoint);
  if (Array.isArray(value)) return value.map((item) => reachableEverywhere(item, endpoint));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, reachableEverywhere(member, endpoint)]),
  );
}
