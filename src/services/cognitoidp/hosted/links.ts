/** Addresses of the pages, with the authorize request that they carry along. */
import { type AuthorizeRequest, queryOf } from '../oauth/request.ts';
import type { Visit } from '../oauth/visit.ts';

/** @param path `/signup`. @returns an address without host, ready for an attribute once escaped. */
export function link(
  { basePath }: Visit,
  path: string,
  request: AuthorizeRequest,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = queryOf(request);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `${basePath}${path}?${query}`;
}
