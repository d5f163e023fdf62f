/**
 * How many invocations run at a time: of a function with reserved concurrency as many as that, of all the others of an
 * account and region as many as are left.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
import type { Platform } from '../../platform/index.ts';
import { TooManyRequestsException } from './errors.ts';
import { concurrentExecutionsMax, unreservedConcurrencyMin } from './limits.ts';
import type { Provisioned } from './provisioned.ts';
import type { LambdaStore, Place } from './store.ts';

type Scope = Pick<Place, 'account' | 'region'>;

/** Functions whose reservations are summed. */
const summedMax = 100_000;

export class Concurrency {
  readonly #platform: Pick<Platform, 'telemetry' | 'clock'>;
  readonly #store: Pick<LambdaStore, 'listFunctions'>;
  readonly #provisioned: Pick<Provisioned, 'takenFrom'>;
  /** Running invocations by function, and by account and region. */
  readonly #running = new Map<string, number>();
  /** What functions have reserved, by account and region; a promise's outcome is not waited for. */
  readonly #reserved = new Map<string, number | Promise<void>>();

  constructor(
    platform: Pick<Platform, 'telemetry' | 'clock'>,
    store: Pick<LambdaStore, 'listFunctions'>,
    provisioned: Pick<Provisioned, 'takenFrom'>,
  ) {
    this.#platform = platform;
    this.#store = store;
    this.#provisioned = provisioned;
  }

  /**
   * Takes a place among the concurrent executions.
   * @returns gives it back.
   * @throws TooManyRequestsException when there is none.
   */
  enter(place: Place, reservedConcurrency: number | undefined): () => void {
    const scope = keyOf(place);
    // Reserved concurrency is the function's own; the rest shares what the account has left.
    const key = reservedConcurrency === undefined ? scope : `${scope}:${place.name}`;
    const running = this.#running.get(key) ?? 0;
    let limit = reservedConcurrency ?? concurrentExecutionsMax;
    // As many as this are never reserved: below it, nobody needs to be asked.
    if (reservedConcurrency === undefined && running >= unreservedConcurrencyMin / 2)
      limit -= this.#reservedOf(place);
    if (running >= limit - this.#provisioned.takenFrom(key))
      throw this.#throttled(place, reservedConcurrency !== undefined);
    this.#running.set(key, running + 1);
    return () => {
      const left = (this.#running.get(key) ?? 1) - 1;
      if (left === 0) this.#running.delete(key);
      else this.#running.set(key, left);
    };
  }

  /** A reservation was made, changed or is gone. */
  forget(scope: Scope): void {
    this.#reserved.delete(keyOf(scope));
  }

  /** 0 until it has been read, which is begun long before it matters. */
  #reservedOf(scope: Scope): number {
    const key = keyOf(scope);
    const known = this.#reserved.get(key);
    if (known === undefined) {
      const reading = this.#store.listFunctions(scope.account, scope.region, { limit: summedMax }).then(
        (functions) => {
          const sum = functions.reduce((total, each) => total + (each.reservedConcurrency ?? 0), 0);
          if (this.#reserved.get(key) === reading) this.#reserved.set(key, sum);
        },
        () => {
          if (this.#reserved.get(key) === reading) this.#reserved.delete(key);
        },
      );
      this.#reserved.set(key, reading);
    }
    return typeof known === 'number' ? known : 0;
  }

  #throttled({ account, region, name: FunctionName }: Place, isReserved: boolean): Error {
    const { telemetry, clock } = this.#platform;
    telemetry.metric({
      ...{ account, region, namespace: 'AWS/Lambda', name: 'Throttles', dimensions: { FunctionName } },
      ...{ value: 1, unit: 'Count', time: clock.now() },
    });
    return new TooManyRequestsException('Rate Exceeded.', {
      Reason: isReserved
        ? 'ReservedFunctionConcurrentInvocationLimitExceeded'
        : 'ConcurrentInvocationLimitExceeded',
    });
  }
}

function keyOf({ account, region }: Scope): string {
  return `${account}:${region}`;
}
