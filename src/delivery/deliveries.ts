/** Deliveries as durable tasks: retried by policy, dead-lettered in the transaction that gives them up. */
import { AwsError, type Clock, defaultRegion, parseArn } from '../kernel/index.ts';
import { type AwsCaller, servicePrincipal } from '../platform/index.ts';
import type { Transaction } from '../store/port.ts';
import { type RetryPolicy, type Task, TaskAbandoned, type TaskQueue, type Tasks } from '../tasks/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { Deliveries, Delivery } from './port.ts';
import { sendTo } from './targets.ts';

export interface DurableDeliveriesOptions {
  tasks: Tasks;
  telemetry: Telemetry;
  clock: Clock;
  aws(as: { account: string; region: string; principal: ReturnType<typeof servicePrincipal> }): AwsCaller;
}

/** EventBridge's and SNS's order of magnitude: quick retries first, minutes apart later, for a day. */
const defaultRetry: RetryPolicy = {
  attemptsMax: 20,
  baseMs: 1_000,
  factor: 2,
  capMs: 20 * 60_000,
  jitter: 0.3,
};
const defaultAgeMaxMs = 24 * 60 * 60_000;
/** A dead letter that can't be delivered is logged and dropped after an hour. */
const deadLetterRetry: RetryPolicy = {
  attemptsMax: 8,
  baseMs: 1_000,
  factor: 3,
  capMs: 15 * 60_000,
  jitter: 0.3,
};

export class DurableDeliveries implements Deliveries {
  readonly #queue: TaskQueue<Delivery>;
  readonly #options: DurableDeliveriesOptions;

  constructor(options: DurableDeliveriesOptions) {
    this.#options = options;
    this.#queue = options.tasks.queue<Delivery>({
      name: 'delivery.send',
      retry: defaultRetry,
      ageMaxMs: defaultAgeMaxMs,
      concurrency: 64,
      run: (task) => this.#deliver(task.payload),
      giveUp: (tx, task, cause) => this.#giveUp(tx, task, cause),
    });
  }

  async send(tx: Transaction, delivery: Delivery, id?: string): Promise<void> {
    await this.#queue.enqueue(tx, delivery, {
      ...(id === undefined ? {} : { id }),
      ...(delivery.retry ? { retry: delivery.retry } : {}),
      ...(delivery.ageMaxMs === undefined ? {} : { ageMaxMs: delivery.ageMaxMs }),
    });
  }

  async #deliver(delivery: Delivery): Promise<void> {
    try {
      await sendTo(await this.#callerFor(delivery), delivery);
    } catch (error) {
      if (error instanceof AwsError && !mayPass(error)) {
        throw new TaskAbandoned(error.message, { cause: error });
      }
      throw error;
    }
  }

  async #callerFor({ as, account, region, targetArn }: Delivery): Promise<AwsCaller> {
    const target = parseArn(targetArn);
    const service = 'service' in as ? as.service : (as.by ?? 'lambda.amazonaws.com');
    const aws = this.#options.aws({
      account,
      region: target?.region || region || defaultRegion,
      principal: servicePrincipal(service, account, 'service' in as ? as.sourceArn : undefined),
    });
    return 'roleArn' in as ? aws.asRole(as.roleArn, 'brume-delivery') : aws;
  }

  async #giveUp(tx: Transaction, task: Task<Delivery>, cause: unknown): Promise<void> {
    const { payload: delivery, attempt } = task;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#options.telemetry.log('warn', 'An event could not be delivered', {
      target: delivery.targetArn,
      attempts: attempt,
      reason,
      deadLetter: delivery.deadLetterArn ?? 'none',
    });
    const { deadLetterArn, failureMetric, ...rest } = delivery;
    if (failureMetric) {
      const { account, region } = delivery;
      const time = this.#options.clock.now();
      this.#options.telemetry.metric({ account, region, ...failureMetric, value: 1, unit: 'Count', time });
    }
    if (deadLetterArn === undefined) return;
    // The metric is of the target that was meant.
    await this.send(tx, {
      ...rest,
      targetArn: deadLetterArn,
      retry: deadLetterRetry,
      attributes: {
        ...delivery.attributes,
        TARGET_ARN: delivery.targetArn,
        ERROR_CODE:
          cause instanceof Error && cause.cause instanceof AwsError ? cause.cause.code : 'SDK_CLIENT_ERROR',
        ERROR_MESSAGE: reason.slice(0, 1024),
        RETRY_ATTEMPTS: String(attempt - 1),
      },
    });
  }
}

/** Faults of the server and throttling pass with time; a missing target or a refused call doesn't. */
function mayPass(error: AwsError): boolean {
  return error.status >= 500
    ? error.status !== 501
    : error.status === 429 || /Throttl|TooMany|Conflict/.test(error.code);
}
