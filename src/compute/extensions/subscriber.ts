/** Gathers the events of one subscription and brings them to the extension, in order, as often as it takes. */
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Clock, Timer } from '../../kernel/index.ts';
import { logsDroppedEvent } from '../platformEvents.ts';
import { platformRecord, type Subscription } from './subscription.ts';

/** Ours: the wait after a delivery that failed, doubled up to the longest. Milliseconds. */
const retryMs = 100;
const retryMsMax = 2000;
/** Ours: an extension that hasn't taken a batch by then is asked again. AWS names no number. Milliseconds. */
const deliveryTimeoutMs = 10_000;

export class Subscriber {
  readonly subscription: Subscription;
  readonly #clock: Clock;
  /** Where the servers of this environment's extensions listen. */
  readonly #address: string;
  #waiting: string[] = [];
  #bytes = 0;
  #dropped = { records: 0, bytes: 0 };
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  /** Ends the delivery that is under way. */
  #abort: AbortController | undefined;
  #deadline: Timer | undefined;
  #paused = false;
  #closed = false;
  #retryMs = retryMs;

  constructor(subscription: Subscription, clock: Clock, address: string) {
    this.subscription = subscription;
    this.#clock = clock;
    this.#address = address;
  }

  /** @param event as JSON. */
  push(event: string): void {
    if (this.#closed) return;
    const { maxItems, maxBytes, timeoutMs } = this.subscription.buffering;
    const bytes = Buffer.byteLength(event);
    // A batch under way and one that gathers: more isn't held for an extension that doesn't take it.
    if (this.#waiting.length >= 2 * maxItems || this.#bytes + bytes > 2 * maxBytes) {
      this.#dropped.records++;
      this.#dropped.bytes += bytes;
      return;
    }
    this.#waiting.push(event);
    this.#bytes += bytes;
    if (this.#waiting.length >= maxItems || this.#bytes >= maxBytes) this.#send();
    else this.#later(timeoutMs);
  }

  /** Sends what there is without waiting for more. Resolves when the attempt is over. */
  flush(): Promise<void> {
    this.#send();
    return this.#sending ?? Promise.resolve();
  }

  get isSending(): boolean {
    return this.#sending !== undefined;
  }

  /** The environment is frozen: nothing would be answered. */
  pause(): void {
    this.#paused = true;
    this.#deadline?.cancel();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  resume(): void {
    this.#paused = false;
    this.#watch();
    if (this.#waiting.length > 0) this.#later(this.subscription.buffering.timeoutMs);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#deadline?.cancel();
    this.#abort?.abort();
  }

  /** The time that a delivery may take; what is frozen answers nobody, and isn't late. */
  #watch(): void {
    const abort = this.#abort;
    this.#deadline?.cancel();
    if (abort)
      this.#deadline = this.#clock.at(this.#clock.now() + deliveryTimeoutMs, () =>
        abort.abort(new Error('the extension took too long')),
      );
  }

  #later(ms: number): void {
    if (this.#timer || this.#paused || this.#closed || this.#sending) return;
    this.#timer = this.#clock.at(this.#clock.now() + ms, () => {
      this.#timer = undefined;
      this.#send();
    });
  }

  #send(): void {
    if (this.#sending || this.#paused || this.#closed || this.#waiting.length === 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    const batch = this.#waiting.slice(0, this.subscription.buffering.maxItems);
    const abort = new AbortController();
    this.#abort = abort;
    this.#watch();
    const sending = this.#deliver(batch, abort.signal).then(
      () => {
        this.#deadline?.cancel();
        this.#abort = undefined;
        this.#delivered(batch.length);
      },
      () => {
        this.#deadline?.cancel();
        this.#abort = undefined;
        this.#sending = undefined;
        this.#later(this.#retryMs);
        this.#retryMs = Math.min(retryMsMax, this.#retryMs * 2);
      },
    );
    this.#sending = sending;
  }

  #delivered(count: number): void {
    this.#sending = undefined;
    this.#retryMs = retryMs;
    for (const event of this.#waiting.splice(0, count)) this.#bytes -= Buffer.byteLength(event);
    const { records, bytes } = this.#dropped;
    if (records > 0) {
      this.#dropped = { records: 0, bytes: 0 };
      const event = platformRecord(this.subscription, this.#clock.now(), logsDroppedEvent(records, bytes));
      if (event) this.push(event);
    }
    if (this.#waiting.length > 0) this.#later(this.subscription.buffering.timeoutMs);
  }

  #deliver(batch: readonly string[], signal: AbortSignal): Promise<void> {
    const { protocol, port, path, method } = this.subscription.destination;
    if (protocol === 'TCP') return sendLines(this.#address, port, `${batch.join('\n')}\n`, signal);
    const body = Buffer.from(`[${batch.join(',')}]`);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: this.#address,
          port,
          path,
          method,
          agent: false,
          signal,
          headers: {
            host: `sandbox.localdomain:${port}`,
            'content-type': 'application/json',
            'content-length': body.length,
          },
        },
        (response) => {
          response.resume();
          response.once('end', () => {
            const { statusCode = 500 } = response;
            if (statusCode < 300) resolve();
            else reject(new Error(`the extension answered ${statusCode}`));
          });
          response.once('error', reject);
        },
      );
      // It may fail once more after it has failed.
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function sendLines(address: string, port: number, lines: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: address, signal });
    socket.on('error', reject);
    socket.end(lines, () => {
      resolve();
      socket.destroy();
    });
    socket.resume();
  });
}
