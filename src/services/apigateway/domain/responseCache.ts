/**
 * Cached answers of methods, per stage: the least recently used go when a cluster is full. In memory only: losing
 * them costs one more call of the backend each.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
 */
import { cachedBytesMax, cachedResponseBytesMax } from '../limits.ts';

export interface CachedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | Uint8Array;
}

interface Entry {
  readonly until: number;
  readonly bytes: number;
  readonly response: CachedResponse;
}

/** Map order is the order of use: what is read moves to the end. */
interface Cluster {
  readonly entries: Map<string, Entry>;
  bytes: number;
}

/** What an entry costs besides its body. */
const entryOverheadBytes = 512;

export class ResponseCache {
  readonly #clusters = new Map<string, Cluster>();
  #bytes = 0;

  /** @param cluster `{api}/{stage}`, with `/Canary` after it for a canary with a cache of its own. */
  get(cluster: string, key: string, now: number): CachedResponse | undefined {
    const found = this.#clusters.get(cluster);
    const entry = found?.entries.get(key);
    if (!found || !entry) return undefined;
    found.entries.delete(key);
    if (entry.until > now) {
      found.entries.set(key, entry);
      return entry.response;
    }
    this.#count(found, -entry.bytes);
    return undefined;
  }

  /**
   * Keeps an answer, unless it is larger than may be cached.
   * @param size gigabytes of the cluster, as `cacheClusterSize` says. @param until milliseconds since the epoch.
   */
  set(cluster: string, key: string, size: string, until: number, response: CachedResponse): void {
    const bodyBytes = Buffer.byteLength(response.body);
    if (bodyBytes > cachedResponseBytesMax) return;
    const bytes = bodyBytes + key.length + entryOverheadBytes;
    const into = this.#clusters.get(cluster) ?? { entries: new Map<string, Entry>(), bytes: 0 };
    this.#clusters.set(cluster, into);
    const known = into.entries.get(key);
    if (known) {
      into.entries.delete(key);
      this.#count(into, -known.bytes);
    }
    const roomBytes = Number(size) * 2 ** 30;
    while (
      into.entries.size > 0 &&
      (into.bytes + bytes > roomBytes || this.#bytes + bytes > cachedBytesMax)
    ) {
      this.#dropOldest(into);
    }
    // Other stages hold all that there is room for.
    if (this.#bytes + bytes > cachedBytesMax) return;
    into.entries.set(key, { until, bytes, response });
    this.#count(into, bytes);
  }

  /** Forgets a stage's answers, its canary's included. */
  flush(apiId: string, stageName: string): void {
    for (const name of [`${apiId}/${stageName}`, `${apiId}/${stageName}/Canary`]) {
      this.#bytes -= this.#clusters.get(name)?.bytes ?? 0;
      this.#clusters.delete(name);
    }
  }

  #dropOldest(cluster: Cluster): void {
    for (const [key, entry] of cluster.entries) {
      cluster.entries.delete(key);
      this.#count(cluster, -entry.bytes);
      return;
    }
  }

  #count(cluster: Cluster, bytes: number): void {
    cluster.bytes += bytes;
    this.#bytes += bytes;
  }
}
