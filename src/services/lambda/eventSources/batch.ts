/** Runs a batch of a stream until each of its records is done with or given up. */
import type { Clock } from '../../../kernel/index.ts';
import { firstFailure, judge, type Piece } from '../domain/batchResult.ts';
import type { Failure } from './failures.ts';
import type { Outcome } from './invoker.ts';
import { batchRetryBaseMs, batchRetryCapMs } from './limits.ts';
import type { EventCount } from './metrics.ts';
import type { MappingSettings } from './records.ts';
import type { SourceRecord, StreamKind } from './sources/stream.ts';

export interface Invoked {
  outcome: Outcome;
  event: string;
  /** JSON text: what the function hands on in a tumbling window. */
  state?: string;
}

interface BatchRun<Item> {
  settings: MappingSettings;
  kind: Pick<StreamKind, 'retentionMs'>;
  clock: Clock;
  stop: AbortSignal;
  invoke(items: readonly Item[]): Promise<Invoked>;
  /** They are done with: by the function, or given up for `lost`. */
  settle(items: readonly Item[], state: string | undefined, lost: Failure | undefined): Promise<void>;
  measure(name: EventCount, count: number): void;
  /** A last invocation without records, instead of a batch. */
  last?: Piece<Item>;
  /** How far a former run came with the same batch. */
  retry?: Retry | undefined;
  /** It was stopped: what is to be known when it is run again. */
  park(retry: Retry, first: Item | undefined): void;
  /** It begins or ends to wait for its next attempt. */
  rest(isWaiting: boolean): void;
}

/** A batch between two attempts, wherever it is run next. */
export interface Retry {
  /** Its pieces, by the number of their records. */
  pieces: { count: number; attempts: number; invocations: number }[];
  /** Failures in a row. */
  failures: number;
  /** When it is tried again, milliseconds since the epoch. */
  at: number;
}

/** @returns false when it was stopped before the end: what isn't settled comes again. */
export async function runBatch<Item extends { record: SourceRecord }>(
  batch: readonly Item[],
  run: BatchRun<Item>,
): Promise<boolean> {
  const { settings, clock, stop } = run;
  let pieces = piecesOf(batch, run);
  let last: Invoked | undefined;
  let { failures, at: retryAt } = run.retry ?? { failures: 0, at: 0 };
  for (;;) {
    if (pieces.length === 0) return true;
    if (!stop.aborted && retryAt > clock.now()) {
      run.rest(true);
      await wait(clock, retryAt - clock.now(), stop);
      run.rest(false);
    }
    if (stop.aborted) {
      park(pieces, { failures, at: retryAt }, run);
      return false;
    }
    const [head, ...others] = pieces as [Piece<Item>, ...Piece<Item>[]];
    const piece = await dropOld(head, run, last);
    if (!piece) {
      pieces = others;
      continue;
    }
    last = await run.invoke(piece.items);
    const { outcome } = last;
    const sequences = piece.items.map(({ record }) => record.sequence);
    if (outcome.kind === 'refused') {
      // Throttles and faults aren't the records': they use up their age, not their attempts.
      pieces = [piece, ...others];
    } else {
      run.measure('InvokedEventCount', piece.items.length);
      const verdict = judge(piece, failedAtOf(outcome, sequences, settings), settings);
      if (verdict.done.length > 0 || run.last) await run.settle(verdict.done, last.state, undefined);
      if (verdict.lost) await giveUp(verdict.lost, 'RetryAttemptsExhausted', run, last);
      pieces = [...verdict.next, ...others];
      if (verdict.next.length === 0) {
        failures = 0;
        continue;
      }
      run.measure('FailedInvokeEventCount', piece.items.length - verdict.done.length);
      // Halves of a batch are tried at once.
      if (verdict.next.length > 1 || verdict.done.length > 0) continue;
    }
    retryAt = clock.now() + Math.min(batchRetryCapMs, batchRetryBaseMs * 2 ** failures);
    failures++;
  }
}

function piecesOf<Item>(batch: readonly Item[], { last, retry }: BatchRun<Item>): Piece<Item>[] {
  if (last) return [{ ...last, ...retry?.pieces[0] }];
  if (!retry) return [{ items: batch, attempts: 0, invocations: 0 }];
  let from = 0;
  return retry.pieces.map(({ count, attempts, invocations }) => {
    from += count;
    return { items: batch.slice(from - count, from), attempts, invocations };
  });
}

function park<Item>(
  pieces: readonly Piece<Item>[],
  when: Pick<Retry, 'failures' | 'at'>,
  run: Pick<BatchRun<Item>, 'park'>,
): void {
  const kept = pieces.map(({ items, attempts, invocations }) => ({
    count: items.length,
    attempts,
    invocations,
  }));
  run.park({ ...when, pieces: kept }, pieces[0]?.items[0]);
}

function failedAtOf(
  outcome: Exclude<Outcome, { kind: 'refused' }>,
  sequences: readonly string[],
  settings: MappingSettings,
): number | undefined {
  if (outcome.kind === 'failed') return 0;
  if (!settings.functionResponseTypes.includes('ReportBatchItemFailures')) return undefined;
  return firstFailure(outcome.answer, sequences);
}

/** Gives up what is too old. @returns what is left, if anything. */
async function dropOld<Item extends { record: SourceRecord }>(
  piece: Piece<Item>,
  run: BatchRun<Item>,
  last: Invoked | undefined,
): Promise<Piece<Item> | undefined> {
  const { settings, kind, clock } = run;
  const ages = [
    settings.maximumRecordAge < 0 ? undefined : settings.maximumRecordAge * 1000,
    kind.retentionMs,
  ];
  const ageMaxMs = Math.min(...ages.map((age) => age ?? Number.POSITIVE_INFINITY));
  const oldest = clock.now() - ageMaxMs;
  const firstYoung = piece.items.findIndex(({ record }) => record.time >= oldest);
  if (firstYoung === 0 || piece.items.length === 0) return piece;
  const count = firstYoung < 0 ? piece.items.length : firstYoung;
  await giveUp({ ...piece, items: piece.items.slice(0, count) }, 'RecordAgeExceeded', run, last);
  return firstYoung < 0 ? undefined : { ...piece, items: piece.items.slice(count) };
}

async function giveUp<Item extends { record: SourceRecord }>(
  { items, invocations }: Piece<Item>,
  condition: Failure['condition'],
  run: BatchRun<Item>,
  last: Invoked | undefined,
): Promise<void> {
  run.measure('DroppedEventCount', items.length);
  await run.settle(items, undefined, {
    condition,
    invocations,
    outcome: invocations > 0 ? last?.outcome : undefined,
    event: last?.event,
  });
}

async function wait(clock: Clock, ms: number, stop: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}
