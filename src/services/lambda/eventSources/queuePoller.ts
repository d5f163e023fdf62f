/**
 * The poller of a mapping to a queue. What the function succeeds with is deleted; what it fails with comes back when
 * its visibility timeout is over, as often as the queue's redrive policy allows.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
import type { Message } from '@aws-sdk/client-sqs';
import { type Clock, parseArn, urlSuffixOf } from '../../../kernel/index.ts';
import type { AwsCaller } from '../../../platform/index.ts';
import { reportedFailures } from '../domain/batchResult.ts';
import { compileFilter, type EventFilter } from '../domain/eventFilter.ts';
import { syncPayloadBytesMax } from '../limits.ts';
import type { Outcome } from './invoker.ts';
import { envelopeBytes, lookGapMaxMs, queueConcurrencyDefault, receivedMessagesMax } from './limits.ts';
import { countEvents, type EventCount } from './metrics.ts';
import type { MappingRecord } from './records.ts';
import type { PollerContext, Rest } from './streamPoller.ts';

export function queueUrlOf(arn: string): string {
  const { region, account, resource } = parseArn(arn) ?? { region: '', account: '', resource: '' };
  return `https://sqs.${region}.${urlSuffixOf(region)}/${account}/${resource}`;
}

interface Received {
  message: Message;
  json: string;
}

export class QueuePoller {
  readonly #context: PollerContext;
  readonly #mapping: MappingRecord;
  readonly #aws: AwsCaller;
  readonly #queueUrl: string;
  readonly #filters: readonly EventFilter[];
  #workers = 0;

  constructor(context: PollerContext, mapping: MappingRecord, aws: AwsCaller) {
    this.#context = context;
    this.#mapping = mapping;
    this.#aws = aws;
    this.#queueUrl = queueUrlOf(mapping.sourceArn);
    this.#filters = mapping.settings.filters.map(compileFilter);
  }

  /** Until the queue is empty, or until it is stopped. @throws what the queue answered. */
  async run(stop: AbortSignal): Promise<Rest | undefined> {
    const failed = new AbortController();
    const ended = AbortSignal.any([stop, failed.signal]);
    const workers = new Set<Promise<void>>();
    let failure: unknown;
    const hire = () => {
      const { maximumConcurrency } = this.#mapping.settings;
      if (this.#workers >= (maximumConcurrency ?? queueConcurrencyDefault) || ended.aborted) return;
      this.#workers++;
      const worker = this.#work(ended, hire)
        .catch((error: unknown) => {
          failure ??= error;
          failed.abort();
        })
        .finally(() => {
          this.#workers--;
          workers.delete(worker);
        });
      workers.add(worker);
    };
    hire();
    while (workers.size > 0) await Promise.all(workers);
    if (failure !== undefined) throw failure;
    if (stop.aborted) return undefined;
    return { stirs: undefined, dueAt: undefined, peek: () => this.#hasMessages() };
  }

  async #hasMessages(): Promise<boolean> {
    const { Attributes = {} } = await this.#aws.call<{ Attributes?: Record<string, string> }>(
      'sqs',
      'GetQueueAttributes',
      { QueueUrl: this.#queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] },
    );
    return Number(Attributes.ApproximateNumberOfMessages ?? 1) > 0;
  }

  /** One begins; each batch brings another, up to the mapping's concurrency; who finds the queue empty leaves. */
  async #work(ended: AbortSignal, hire: () => void): Promise<void> {
    for (;;) {
      const batch = await this.#gather(ended);
      if (ended.aborted) return this.#giveBack(batch);
      if (batch.length === 0) return;
      hire();
      for (const part of partsOf(batch)) await this.#process(part);
    }
  }

  /** A batch: what one call gives, or more when the mapping has a window. */
  async #gather(ended: AbortSignal): Promise<Received[]> {
    const { batchSize, windowSeconds } = this.#mapping.settings;
    const { clock } = this.#context.platform;
    const batch: Received[] = [];
    let bytes = 0;
    let dueAt: number | undefined;
    do {
      const messages = await this.#receive(Math.min(receivedMessagesMax, batchSize - batch.length));
      if (messages.length > 0) dueAt ??= clock.now() + windowSeconds * 1000;
      else if (dueAt !== undefined) await pause(clock, Math.min(dueAt - clock.now(), lookGapMaxMs), ended);
      for (const received of await this.#pass(messages)) {
        batch.push(received);
        bytes += received.json.length;
      }
    } while (
      dueAt !== undefined &&
      clock.now() < dueAt &&
      batch.length < batchSize &&
      bytes < syncPayloadBytesMax &&
      !ended.aborted
    );
    return batch;
  }

  async #receive(count: number): Promise<Message[]> {
    const { Messages = [] } = await this.#aws.call<{ Messages?: Message[] }>('sqs', 'ReceiveMessage', {
      QueueUrl: this.#queueUrl,
      MaxNumberOfMessages: count,
      WaitTimeSeconds: 0,
      AttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    await this.#answers();
    return Messages;
  }

  /** What no filter lets pass is deleted. */
  async #pass(messages: readonly Message[]): Promise<Received[]> {
    const passing = messages.filter(
      (message) => this.#filters.length === 0 || this.#filters.some((filter) => filter(filteredOf(message))),
    );
    const rejected = messages.filter((message) => !passing.includes(message));
    this.#count('PolledEventCount', messages.length);
    this.#count('FilteredOutEventCount', rejected.length);
    await this.#delete(rejected);
    const { sourceArn } = this.#mapping;
    return passing.map((message) => ({ message, json: JSON.stringify(eventOf(message, sourceArn)) }));
  }

  async #process(batch: readonly Received[]): Promise<void> {
    const event = `{"Records":[${batch.map(({ json }) => json).join(',')}]}`;
    const outcome = await this.#context.invoker.invoke(this.#mapping, event);
    const messages = batch.map(({ message }) => message);
    const failed = this.#failedOf(outcome, messages);
    const done = messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
    if (outcome.kind !== 'refused') this.#count('InvokedEventCount', messages.length);
    this.#count('FailedInvokeEventCount', failed.size);
    await this.#delete(done);
    this.#count('DeletedEventCount', done.length);
  }

  /** Identifiers of the messages that come back. */
  #failedOf(outcome: Outcome, messages: readonly Message[]): Set<string> {
    const all = new Set(messages.map(({ MessageId = '' }) => MessageId));
    if (outcome.kind !== 'succeeded') return all;
    if (!this.#mapping.settings.functionResponseTypes.includes('ReportBatchItemFailures')) return new Set();
    const reported = reportedFailures(outcome.answer);
    return reported?.every((identifier) => all.has(identifier)) ? new Set(reported) : all;
  }

  #count(name: EventCount, count: number): void {
    countEvents(this.#context.platform, this.#mapping, name, count);
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    for (let at = 0; at < messages.length; at += receivedMessagesMax) {
      const Entries = messages.slice(at, at + receivedMessagesMax).map(({ ReceiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle,
      }));
      await this.#aws.call('sqs', 'DeleteMessageBatch', { QueueUrl: this.#queueUrl, Entries });
    }
  }

  async #giveBack(batch: readonly Received[]): Promise<void> {
    for (const { message } of batch) {
      const input = { QueueUrl: this.#queueUrl, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0 };
      // Otherwise it comes back by itself.
      await this.#aws.call('sqs', 'ChangeMessageVisibility', input).catch(() => undefined);
    }
  }

  /** The queue answers: what was wrong with it is no more. */
  async #answers(): Promise<void> {
    if (this.#mapping.lastResult === undefined) return;
    const { store } = this.#context;
    await store.transact(async (tx) => {
      const current = await store.get(this.#mapping, tx);
      if (current) store.put(tx, { ...current, lastResult: undefined });
    });
    this.#mapping.lastResult = undefined;
  }
}

/** As many messages as the payload of an invocation takes. */
function partsOf(batch: readonly Received[]): Received[][] {
  const parts: Received[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const received of batch) {
    if (bytes + received.json.length > syncPayloadBytesMax) {
      parts.push([]);
      bytes = envelopeBytes;
    }
    parts.at(-1)?.push(received);
    bytes += received.json.length + 1;
  }
  return parts;
}

async function pause(clock: Clock, ms: number, ended: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, ended);
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

/** “body” of a pattern means JSON when the body is JSON, else its text. */
function filteredOf({ Body = '', ...message }: Message): object {
  let body: unknown = Body;
  try {
    body = JSON.parse(Body);
  } catch {
    // Text.
  }
  return { messageId: message.MessageId, body, attributes: message.Attributes };
}

function eventOf(message: Message, eventSourceARN: string): object {
  const { MD5OfMessageAttributes: md5OfMessageAttributes, MessageAttributes = {} } = message;
  const attributes = Object.entries(MessageAttributes).map(([name, value]) => [
    name,
    {
      ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
      ...(value.BinaryValue === undefined
        ? {}
        : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType,
    },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    ...(md5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: parseArn(eventSourceARN)?.region,
  };
}
