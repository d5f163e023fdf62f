/** Requests to custom domain names: which API and stage they are for, and on to their way. */
import type { HttpRequest } from '../../../kernel/index.ts';
import type { EndpointContext } from '../../../platform/index.ts';
import { type DomainMatch, type DomainName, matchDomain } from '../domain/customDomains.ts';
import { compiledDeploymentsMax } from '../limits.ts';
import type { Room } from '../room.ts';
import type { Address, ApiStore, Scope } from '../store.ts';

/** The custom domain that a request came through. */
export interface Via extends DomainMatch {
  domainName: string;
}

export interface DomainTarget {
  apiId: string;
  address: Address;
  via: Via;
}

/** Domains as their records say, parsed once: each request compares the record's bytes with those it knows. */
export class ServedDomains {
  readonly #store: ApiStore;
  readonly #known = new Map<string, { bytes: Uint8Array; domain: DomainName }>();

  constructor(store: ApiStore) {
    this.#store = store;
  }

  async get(scope: Scope, name: string): Promise<DomainName | undefined> {
    const bytes = await this.#store.bytes('domain', scope, '', name);
    const key = `${scope.account}/${scope.region}/${name}`;
    if (!bytes) {
      this.#known.delete(key);
      return undefined;
    }
    const known = this.#known.get(key);
    if (known && Buffer.compare(known.bytes, bytes) === 0) return known.domain;
    const domain = JSON.parse(Buffer.from(bytes).toString()) as DomainName;
    if (this.#known.size >= compiledDeploymentsMax) this.#known.clear();
    this.#known.set(key, { bytes: Uint8Array.from(bytes), domain });
    return domain;
  }
}

/**
 * The API behind a custom domain, for HTTP requests and WebSocket handshakes alike.
 * @param ctx its `params` carry `domain`, `account` and `region`, as the book of host names has them, and the path.
 * @returns undefined when nothing is mapped: `403 Forbidden` on AWS.
 */
export async function domainTarget(
  ctx: EndpointContext<Room>,
  request: Pick<HttpRequest, 'headers'>,
): Promise<DomainTarget | undefined> {
  const { domain: name = '', account = '', region = '', path = '/' } = ctx.params;
  const domain = await ctx.room.domains.get({ account, region }, name);
  const match = domain && matchDomain(domain, path, request.headers);
  const address = match && (await ctx.room.served.address(match.apiId));
  if (!address || address.account !== account || address.region !== region) return undefined;
  const host = (request.headers.host ?? '').toLowerCase();
  return { apiId: match.apiId, address, via: { ...match, domainName: host === '' ? name : host } };
}

/** The path as a client of the domain asked for it. */
export function pathThrough({ stripped, path }: Via): string {
  return stripped !== '' && path === '/' ? stripped : stripped + path;
}
