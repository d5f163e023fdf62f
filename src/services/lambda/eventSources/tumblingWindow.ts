/**
 * A tumbling window of a shard: which records belong to it, and the state that the function hands on.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
 */

import type { Invoked } from './batch.ts';
import { windowGraceMs, windowStateBytesMax } from './limits.ts';

export class TumblingWindow {
  readonly #lengthMs: number;
  readonly #shardId: string;
  readonly #sourceArn: string;
  #open: { start: number; state: string } | undefined;

  /** @param seconds its length. @param open the window that was open when the shard was read last. */
  constructor(
    seconds: number,
    shardId: string,
    sourceArn: string,
    open: { start: number; state: string } | undefined,
  ) {
    this.#lengthMs = seconds * 1000;
    this.#shardId = shardId;
    this.#sourceArn = sourceArn;
    this.#open = open;
  }

  /** JSON text of its state. */
  get open(): { start: number; state: string } | undefined {
    return this.#open;
  }

  /** When it is closed though no record comes: records of its last second may still be on their way. */
  get dueAt(): number | undefined {
    return this.#open && this.#open.start + this.#lengthMs + windowGraceMs;
  }

  get isTooLarge(): boolean {
    return this.#open !== undefined && Buffer.byteLength(this.#open.state) > windowStateBytesMax;
  }

  /** Whether a record of this time belongs to a later window than the open one. */
  isOverAt(time: number): boolean {
    return this.#open !== undefined && time >= this.#open.start + this.#lengthMs;
  }

  openFor(time: number): void {
    this.#open ??= { start: Math.floor(time / this.#lengthMs) * this.#lengthMs, state: '{}' };
  }

  remember(state: string): void {
    if (this.#open) this.#open = { ...this.#open, state };
  }

  close(): void {
    this.#open = undefined;
  }

  /** @param records JSON texts, joined by commas. */
  event(records: string): string {
    return this.#write(records, false, false);
  }

  finalEvent(early: boolean): string {
    return this.#write('', true, early);
  }

  /** “If the response does not contain a state property, Lambda considers this a failed invocation.” */
  judge(invoked: Invoked): Invoked {
    const { outcome } = invoked;
    if (outcome.kind !== 'succeeded') return invoked;
    const { answer, requestId, version } = outcome;
    const state =
      typeof answer === 'object' && answer !== null ? (answer as { state?: unknown }).state : undefined;
    if (typeof state === 'object' && state !== null) return { ...invoked, state: JSON.stringify(state) };
    return { ...invoked, outcome: { kind: 'failed', requestId, version, functionError: 'Unhandled' } };
  }

  #write(records: string, final: boolean, early: boolean): string {
    const { start, state } = this.#open ?? { start: 0, state: '{}' };
    const rest = JSON.stringify({
      shardId: this.#shardId,
      eventSourceARN: this.#sourceArn,
      isFinalInvokeForWindow: final,
      isWindowTerminatedEarly: early,
    }).slice(1);
    const window = JSON.stringify({ start: second(start), end: second(start + this.#lengthMs) });
    return `{"Records":[${records}],"window":${window},"state":${state},${rest}`;
  }
}

function second(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}
