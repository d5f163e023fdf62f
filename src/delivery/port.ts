/** "Send this event to that ARN, as that role, with this retry and dead-letter target." */
import type { Transaction } from '../store/port.ts';
import type { RetryPolicy } from '../tasks/port.ts';

export interface Delivery {
  /** Anything with an ARN that takes events: a Lambda function, a queue, a topic, a bus, a bucket. */
  targetArn: string;
  /** The event as the target receives it (text of a message, payload of an invocation). */
  event: string;
  /**
   * Who sends: a role that is assumed, `by` a service that the role trusts (Lambda when absent), or a service principal
   * such as `sns.amazonaws.com`.
   */
  as: { roleArn: string; by?: string } | { service: string; sourceArn?: string };
  account: string;
  region: string;
  retry?: RetryPolicy;
  ageMaxMs?: number;
  /** A queue or topic that gets the event when it is given up. */
  deadLetterArn?: string;
  /** Message attributes that the kind of target knows; a number becomes an attribute of type Number. */
  attributes?: Record<string, string | number>;
  /** What the entry says besides its detail, when the target is an event bus. */
  busEntry?: { source: string; detailType: string; resources: readonly string[] };
  /** Where the event is put, when the target is a bucket. */
  objectKey?: string;
  /** `X-Amzn-Trace-Id` of the request that caused the event: by its lineage functions that cause themselves are found. */
  traceId?: string;
  /** Counted when the event is given up, beside the line in the log. */
  failureMetric?: { namespace: string; name: string; dimensions: Record<string, string> };
}

export interface Deliveries {
  /** Enqueues in `tx`; delivered at least once after the commit. @param id idempotency key. */
  send(tx: Transaction, delivery: Delivery, id?: string): Promise<void>;
}
