/** A queue that tests write, behind the operations of SQS. */
import type { Clock } from '../../../kernel/index.ts';
import type { Answers } from './eventSourceBench.ts';

interface Held {
  id: string;
  body: string;
  visibleAt: number;
  received: number;
}

const visibilityMs = 30_000;

export class FakeQueue {
  readonly #clock: Clock;
  readonly #isFifo: boolean;
  #messages: Held[] = [];
  #next = 1;

  /** @param isFifo the group of a message is what stands before its first dash. */
  constructor(clock: Clock, isFifo: boolean) {
    this.#clock = clock;
    this.#isFifo = isFifo;
  }

  send(...bodies: string[]): void {
    for (const body of bodies)
      this.#messages.push({ id: `m${this.#next++}`, body, visibleAt: 0, received: 0 });
  }

  left(): string[] {
    return this.#messages.map(({ body }) => body);
  }

  visible(): string[] {
    return this.#messages.filter(({ visibleAt }) => visibleAt <= this.#clock.now()).map(({ body }) => body);
  }

  get answers(): Answers {
    return {
      'sqs:GetQueueAttributes': () => ({
        Attributes: { ApproximateNumberOfMessages: String(this.visible().length) },
      }),
      'sqs:ReceiveMessage': (input) => {
        const Messages = this.#take(Number(input.MaxNumberOfMessages));
        return Messages.length > 0 ? { Messages } : {};
      },
      'sqs:DeleteMessageBatch': (input) => {
        const handles = (input.Entries as { ReceiptHandle: string }[]).map(
          ({ ReceiptHandle }) => ReceiptHandle,
        );
        this.#messages = this.#messages.filter(({ id, received }) => !handles.includes(`${id} ${received}`));
        return {};
      },
      'sqs:ChangeMessageVisibility': (input) => {
        const message = this.#messages.find(
          ({ id, received }) => `${id} ${received}` === input.ReceiptHandle,
        );
        if (message) message.visibleAt = this.#clock.now() + Number(input.VisibilityTimeout) * 1000;
        return {};
      },
    };
  }

  #take(count: number): object[] {
    const now = this.#clock.now();
    const taken: Held[] = [];
    const locked = new Set<string>();
    for (const message of this.#messages) {
      const group = message.body.split('-')[0] ?? '';
      if (message.visibleAt > now) locked.add(group);
      else if (taken.length < count && !(this.#isFifo && locked.has(group))) taken.push(message);
    }
    return taken.map((message) => {
      message.visibleAt = now + visibilityMs;
      message.received++;
      return {
        MessageId: message.id,
        ReceiptHandle: `${message.id} ${message.received}`,
        Body: message.body,
        MD5OfBody: 'md5',
        Attributes: { ApproximateReceiveCount: String(message.received), SentTimestamp: String(now) },
        MessageAttributes: {
          kind: { DataType: 'String', StringValue: 'x' },
          raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
        },
      };
    });
  }
}
