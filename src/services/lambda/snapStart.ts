/**
 * SnapStart: publishing a version initializes it, and the version is Active once that has succeeded. The work is a durable
 * task, so that a version isn't Pending for ever when the cloud ends in the midst of it.
 * https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html
 */
import { MissingRuntime } from '../../compute/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { TaskQueue } from '../../tasks/index.ts';
import type { Executor } from './executor.ts';
import { snapStartConcurrency } from './limits.ts';
import type { Configuration, Snapshot } from './records.ts';
import type { LambdaStore, Place } from './store.ts';

interface Publication {
  place: Place;
  version: number;
}

export class SnapStart {
  readonly #platform: Platform;
  readonly #store: LambdaStore;
  readonly #executor: Executor;
  readonly #queue: TaskQueue<Publication>;

  constructor(platform: Platform, store: LambdaStore, executor: Executor) {
    this.#platform = platform;
    this.#store = store;
    this.#executor = executor;
    this.#queue = platform.tasks.queue<Publication>({
      name: 'lambda.snapstart',
      run: ({ payload }) => this.#initialize(payload),
      giveUp: (tx, { payload }, cause) => this.#end(tx, payload, failed('InternalError', String(cause))),
      concurrency: snapStartConcurrency,
      retry: { attemptsMax: 3, baseMs: 1000 },
    });
  }

  /** In the transaction that publishes a version. */
  async begin(tx: Transaction, { account, region, name }: Place, version: number): Promise<void> {
    await this.#queue.enqueue(tx, { place: { account, region, name }, version });
  }

  async #initialize(publication: Publication): Promise<void> {
    const { place, version } = publication;
    const configuration = await this.#store.version(place, version);
    if (configuration?.snapshot?.status !== 'Pending') return;
    const snapshot = await this.#snapshotOf(place, configuration);
    await this.#store.transact((tx) => this.#end(tx, publication, snapshot));
  }

  async #snapshotOf(place: Place, configuration: Configuration): Promise<Snapshot> {
    const spec = await this.#executor.specOf({ place, configuration });
    try {
      await this.#platform.compute.snapshot(spec);
      return { status: 'Active' };
    } catch (cause) {
      if (cause instanceof MissingRuntime) return failed('InvalidRuntime', cause.message);
      return failed(
        'FunctionError',
        `An error occurred during function initialization: ${(cause as Error).message}`,
      );
    }
  }

  /** What is gone meanwhile, or has ended, stays as it is. */
  async #end(tx: Transaction, { place, version }: Publication, snapshot: Snapshot): Promise<void> {
    const configuration = await this.#store.version(place, version, tx);
    if (configuration?.snapshot?.status !== 'Pending') return;
    this.#store.putVersion(tx, place, version, { ...configuration, snapshot });
  }
}

function failed(reasonCode: NonNullable<Snapshot['reasonCode']>, reason: string): Snapshot {
  return { status: 'Failed', reasonCode, reason };
}
