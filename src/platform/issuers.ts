/**
 * The public keys of OpenID issuers. One that lives in this cloud (a Cognito pool under AWS's address) answers at once;
 * any other is found by OpenID discovery and kept: "API Gateway caches the issuer's public key for two hours."
 */

import type { JsonWebKey } from 'node:crypto';
import { onBehalf } from '../kernel/index.ts';

export interface Jwk extends JsonWebKey {
  kid?: string;
}

/** The keys of an issuer of this cloud; undefined when there is no such issuer here. */
export type LocalIssuer = (issuer: string) => Promise<readonly Jwk[] | undefined>;

/** What an issuer of this cloud says of somebody to whom it gave a token: whether it would give another. */
export type Standing = 'good' | 'disabled' | 'gone' | 'signed out';

/** The standing of the user whom a token's claims name; undefined when the issuer isn't of this cloud. */
export type LocalStanding = (
  issuer: string,
  claims: Readonly<Record<string, unknown>>,
) => Promise<Standing | undefined>;

interface Kept {
  readonly keys: readonly Jwk[];
  readonly until: number;
  readonly readAt: number;
}

const keptMs = 2 * 60 * 60 * 1000;
/** An unknown key id asks the issuer again, but not more often than this. */
const rereadMs = 60_000;
const issuersMax = 1000;
/** Of what an issuer publishes; Google's and Microsoft's have a few kilobytes. */
const documentBytesMax = 1024 * 1024;
/** "The timeout for retrieving keys is 1,500 ms" applies to AWS's network; a local issuer may be starting up. */
const timeoutMs = 5_000;

export class Issuers {
  readonly #local: LocalIssuer;
  readonly #kept = new Map<string, Kept>();

  /** Asked by those who don't leave it at a token that was good when it was signed. */
  readonly standing: LocalStanding;

  constructor(local: LocalIssuer, standing: LocalStanding = async () => undefined) {
    this.#local = local;
    this.standing = standing;
  }

  /**
   * @param issuer as tokens name it, `https://…`. @param kid the key that a token names: an unknown one has the issuer asked anew.
   * @param now milliseconds since the epoch. @returns undefined when the issuer can't be read.
   */
  async keys(issuer: string, kid: string | undefined, now: number): Promise<readonly Jwk[] | undefined> {
    return (
      (await this.#local(issuer)) ?? this.#remote(`issuer ${issuer}`, kid, now, () => discovered(issuer))
    );
  }

  /** The keys at an address, where a provider's is known. @returns undefined when it can't be read. */
  keysAt(jwksUri: string, kid: string | undefined, now: number): Promise<readonly Jwk[] | undefined> {
    return this.#remote(jwksUri, kid, now, () => published(jwksUri));
  }

  async #remote(
    /** What is kept under it: keys found by an issuer's name are never those of an address. */
    address: string,
    kid: string | undefined,
    now: number,
    read: () => Promise<Jwk[] | undefined>,
  ): Promise<readonly Jwk[] | undefined> {
    const kept = this.#kept.get(address);
    const stale = !kept || kept.until <= now;
    const unknown = kept && !kept.keys.some((key) => key.kid === kid) && kept.readAt + rereadMs <= now;
    if (!stale && !unknown) return kept.keys;
    const keys = await read().catch(() => undefined);
    if (!keys) return kept?.keys;
    if (this.#kept.size >= issuersMax) this.#kept.clear();
    this.#kept.set(address, { keys, until: now + keptMs, readAt: now });
    return keys;
  }
}

async function discovered(issuer: string): Promise<Jwk[] | undefined> {
  const { jwks_uri: jwksUri } = await json(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  return published(String(jwksUri));
}

async function published(jwksUri: string): Promise<Jwk[] | undefined> {
  const { keys } = await json(jwksUri);
  return Array.isArray(keys) ? (keys as Jwk[]) : undefined;
}

async function json(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, onBehalf(url, { signal: AbortSignal.timeout(timeoutMs) }));
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const document: unknown = JSON.parse(await bounded(response, url));
  if (typeof document !== 'object' || document === null) throw new Error(`${url}: no JSON object`);
  return document as Record<string, unknown>;
}

async function bounded(response: Response, url: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > documentBytesMax) throw new Error(`${url}: more than ${documentBytesMax} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
