/**
 * The public keys of token issuers, found by OpenID discovery and kept.
 * "API Gateway caches the issuer's public key for two hours."
 */
import type { Jwk } from '../v2/domain/jwt.ts';

interface Kept {
  until: number;
  keys: Jwk[];
}

const keptMs = 2 * 60 * 60 * 1000;
/** An unknown key id asks the issuer again, but not more often than this. */
const rereadMs = 60_000;
const issuersMax = 1000;
/** "The timeout for retrieving keys is 1,500 ms" applies to AWS's network; a local issuer may be starting up. */
const timeoutMs = 5_000;

export class Issuers {
  readonly #kept = new Map<string, Kept & { readAt: number }>();

  /** @returns undefined when the issuer can't be read. */
  async keys(issuer: string, kid: string | undefined, now: number): Promise<Jwk[] | undefined> {
    const kept = this.#kept.get(issuer);
    const stale = !kept || kept.until <= now;
    const unknown = kept && !kept.keys.some((key) => key.kid === kid) && kept.readAt + rereadMs <= now;
    if (!stale && !unknown) return kept.keys;
    const keys = await read(issuer);
    if (!keys) return kept?.keys;
    if (this.#kept.size >= issuersMax) this.#kept.clear();
    this.#kept.set(issuer, { keys, until: now + keptMs, readAt: now });
    return keys;
  }
}

async function read(issuer: string): Promise<Jwk[] | undefined> {
  try {
    const discovery = await json(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const { keys } = await json(String(discovery.jwks_uri));
    return Array.isArray(keys) ? (keys as Jwk[]) : undefined;
  } catch {
    return undefined;
  }
}

async function json(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}
