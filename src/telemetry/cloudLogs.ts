/**
 * The way of a function's log lines to CloudWatch Logs: gathered per stream, handed on in batches. Order within a
 * stream is kept because one batch of a stream is under way at a time.
 */
import type { Clock } from '../kernel/index.ts';
import type { CloudLogEvents } from './port.ts';

/** Delivers one batch; group and stream are made when missing. */
export type CloudLogSink = (events: CloudLogEvents) => Promise<void>;

/** How long lines may wait for company, in milliseconds. */
const gatherMs = 50;
/** PutLogEvents takes at most 10,000 events: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const batchEventsMax = 10_000;
/** Lines a stream may hold back while its sink is slow; past that the oldest are dropped and counted. */
const backlogEventsMax = 100_000;
/** The same in characters, and from where on writers that can wait are asked to. */
const backlogLengthMax = 32 * 1024 * 1024;
const backlogLengthFull = 2 * 1024 * 1024;

interface Stream {
  destination: Omit<CloudLogEvents, 'events'>;
  waiting: CloudLogEvents['events'];
  /** Characters that wait or are under way. */
  length: number;
  dropped: number;
  delivering: boolean;
  /** For writers that wait for room. */
  room?: PromiseWithResolvers<void>;
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

  /** @param onFull called when more wait than should, with a promise that resolves once there is room. */
  add(batch: CloudLogEvents, onFull?: (room: Promise<void>) => void): void {
    const key = `${batch.account}\0${batch.region}\0${batch.logGroup}\0${batch.logStream}`;
    let stream = this.#streams.get(key);
    if (!stream) {
      const { account, region, logGroup, logStream } = batch;
      stream = {
        destination: { account, region, logGroup, logStream },
        waiting: [],
        length: 0,
        dropped: 0,
        delivering: false,
      };
      this.#streams.set(key, stream);
    }
    for (const event of batch.events) {
      stream.waiting.push(event);
      stream.length += event.message.length;
    }
    if (stream.waiting.length > backlogEventsMax || stream.length > backlogLengthMax) drop(stream);
    if (!this.#gathering) {
      this.#gathering = true;
      this.#clock.at(this.#clock.now() + gatherMs, () => {
        this.#gathering = false;
        this.#ship();
      });
    }
    if (stream.length <= backlogLengthFull) return;
    this.#ship();
    if (!onFull) return;
    stream.room ??= Promise.withResolvers();
    onFull(stream.room.promise);
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
        const message = `${stream.dropped} log lines were dropped: they came faster than they could be stored.\n`;
        events.unshift({ timestamp: events[0]?.timestamp ?? this.#clock.now(), message });
        stream.length += message.length;
        stream.dropped = 0;
      }
      try {
        await sink({ ...stream.destination, events });
      } catch (error) {
        this.#onFailure(error, stream.destination.logGroup);
      }
      for (const { message } of events) stream.length -= message.length;
      if (stream.length <= backlogLengthFull / 2) {
        stream.room?.resolve();
        delete stream.room;
      }
    }
    this.#streams.delete(key);
    stream.room?.resolve();
    if (this.#streams.size === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}

/** The oldest go first; so many that the next ones needn't be dropped one by one. */
function drop(stream: Stream): void {
  let count = Math.max(0, stream.waiting.length - backlogEventsMax);
  const excess = stream.length > backlogLengthMax ? stream.length - backlogLengthMax * 0.9 : 0;
  for (let length = 0; length < excess && count < stream.waiting.length; count++)
    length += stream.waiting[count]?.message.length ?? 0;
  for (const { message } of stream.waiting.splice(0, count)) stream.length -= message.length;
  stream.dropped += count;
}
