/**
 * The way of a function's log lines to CloudWatch Logs: gathered per stream, handed on in batches. Order within a
 * stream is kept because one batch of a stream is under way at a time.
 */
import type { Clock } from '../kernel/index.ts';
import type { CloudLogEvents } from './port.ts';

/** Delivers one batch; group and stream are made when missing. */
export type CloudLogSink = (events: CloudLogEvents) => Promise<void>;

/** How long lines may wait for company, in milliseconds. */
const gatherMs = 20;
/** PutLogEvents takes at most 10,000 events: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const batchEventsMax = 10_000;
/** Lines a stream may hold back while its sink is slow; past that the oldest are dropped and counted. */
const backlogEventsMax = 100_000;

interface Stream {
  destination: Omit<CloudLogEvents, 'events'>;
  waiting: CloudLogEvents['events'];
  dropped: number;
  delivering: boolean;
}

export class CloudLogShipper {
  readonly #streams = new Map<string, Stream>();
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown, logGroup: string) => void;
  #sink: CloudLogSink | undefined;
  #gathering = false;
  #idle: (() => void)[] = [];

  constructor(clock: Clock, onFailure: (error: unknown, logGroup: string) => void) {
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** Lines that came before the sink are kept for it. */
  connect(sink: CloudLogSink): void {
    this.#sink = sink;
    this.#ship();
  }

  add(batch: CloudLogEvents): void {
    const key = `${batch.account}\0${batch.region}\0${batch.logGroup}\0${batch.logStream}`;
    let stream = this.#streams.get(key);
    if (!stream) {
      const { account, region, logGroup, logStream } = batch;
      stream = {
        destination: { account, region, logGroup, logStream },
        waiting: [],
        dropped: 0,
        delivering: false,
      };
      this.#streams.set(key, stream);
    }
    for (const event of batch.events) stream.waiting.push(event);
    const excess = stream.waiting.length - backlogEventsMax;
    if (excess > 0) {
      stream.waiting.splice(0, excess);
      stream.dropped += excess;
    }
    if (this.#gathering) return;
    this.#gathering = true;
    this.#clock.at(this.#clock.now() + gatherMs, () => {
      this.#gathering = false;
      this.#ship();
    });
  }

  /** Ships what waits at once; resolves when nothing waits and nothing is under way. */
  async flush(): Promise<void> {
    this.#ship();
    while (this.#sink && this.#streams.size > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  #ship(): void {
    if (!this.#sink) return;
    for (const [key, stream] of this.#streams) {
      if (!stream.delivering) void this.#deliver(key, stream, this.#sink);
    }
  }

  async #deliver(key: string, stream: Stream, sink: CloudLogSink): Promise<void> {
    stream.delivering = true;
    while (stream.waiting.length > 0) {
      const events = stream.waiting.splice(0, batchEventsMax);
      if (stream.dropped > 0) {
        events.unshift({
          timestamp: events[0]?.timestamp ?? this.#clock.now(),
          message: `${stream.dropped} log lines were dropped: they came faster than they could be stored.\n`,
        });
        stream.dropped = 0;
      }
      try {
        await sink({ ...stream.destination, events });
      } catch (error) {
        this.#onFailure(error, stream.destination.logGroup);
      }
    }
    this.#streams.delete(key);
    if (this.#streams.size === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}
