/** Throttling: a bucket of `burst` requests, refilled at `rate` a second. */

interface Bucket {
  tokens: number;
  at: number;
}

/** Ours: buckets kept at once; those refilled first go when there are more. */
const bucketsMax = 100_000;

export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();

  /** @returns false when the request must be refused. @param rate a second; @param now milliseconds. */
  take(key: string, rate: number, burst: number, now: number): boolean {
    // A bucket that can't hold one request would never let one pass.
    const size = Math.max(1, burst);
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= bucketsMax) this.#buckets.clear();
      bucket = { tokens: size, at: now };
      this.#buckets.set(key, bucket);
    }
    bucket.tokens = Math.min(size, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rate);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
