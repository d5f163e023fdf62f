/** Token buckets of read or write units, with DynamoDB's burst. Pure but for what they hold: time is an argument. */

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html: unused capacity is kept for five minutes. */
export const burstSeconds = 300;

export class Bucket {
  #rate: number;
  #tokens: number;
  #at: number;

  /** @param rate units a second. @param since milliseconds since which capacity went unused. */
  constructor(rate: number, since: number, now: number) {
    this.#rate = rate;
    this.#tokens = rate * Math.min(burstSeconds, Math.max(1, (now - since) / 1000));
    this.#at = now;
  }

  /** Brings it up to `now`; what was provisioned so far counts until then, `rate` from then on. */
  refill(rate: number, now: number): void {
    const passed = Math.max(0, now - this.#at) / 1000;
    this.#tokens = Math.min(this.#tokens + this.#rate * passed, burstSeconds * Math.max(this.#rate, rate));
    this.#at = now;
    if (rate === this.#rate) return;
    this.#rate = rate;
    this.#tokens = Math.min(this.#tokens, burstSeconds * rate);
  }

  /** A request may begin while anything is left; one that takes more than that is paid off by those after it. */
  get isEmpty(): boolean {
    // Sums of halves and thirds of a second: what is less than a thousandth of a unit is nothing.
    return this.#tokens < 0.001;
  }

  take(units: number): void {
    this.#tokens -= units;
  }
}
