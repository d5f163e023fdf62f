import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { serialize } from 'node:v8';
import type { AwsCaller } from '../../../platform/index.ts';
import { isRecord } from '../domain/template/references.ts';
import type { JournalRecord } from '../records.ts';
import type { StackRun } from './run.ts';

/**
 * What a step has done so far, call by call. A step that is run again after a crash gets the answers of the calls it
 * made before in place of making them twice; its handler needn't know.
 */
export class StepJournal {
  readonly #run: StackRun;
  readonly #logicalId: string;
  /** Answers from before the crash, by call, in the order of the calls. */
  #replay = new Map<string, unknown[]>();
  #count = 0;
  /** Calls that changed something, those before a crash included. */
  changes = 0;

  private constructor(run: StackRun, logicalId: string) {
    this.#run = run;
    this.#logicalId = logicalId;
  }

  /** @param isResumed whether the step has begun before; otherwise there is nothing to read. */
  static async open(run: StackRun, logicalId: string, isResumed: boolean): Promise<StepJournal> {
    const journal = new StepJournal(run, logicalId);
    const entries = isResumed ? await run.tools.store.at(run.place).journal(run.stackId, logicalId) : [];
    for (const { call, output } of entries) {
      const answers = journal.#replay.get(call) ?? [];
      journal.#replay.set(call, [...answers, output]);
    }
    journal.#count = entries.length;
    return journal;
  }

  /** Forgets all: the step starts over. */
  async clear(): Promise<void> {
    this.#replay = new Map();
    this.#count = 0;
    await this.#run.tools.store.transact(this.#run.place, async (writer) => {
      writer.clearJournal(this.#run.stackId, this.#logicalId);
    });
  }

  wrap(aws: AwsCaller): AwsCaller {
    return {
      call: (service, operation, input) => this.#call(aws, service, operation, input),
      as: (change) => this.wrap(aws.as(change)),
      asRole: async (roleArn, sessionName) => this.wrap(await aws.asRole(roleArn, sessionName)),
    };
  }

  async #call<Output>(aws: AwsCaller, service: string, operation: string, input: object): Promise<Output> {
    if (/^(Get|Describe|List|Head|BatchGet|Simulate|Filter)/.test(operation))
      return aws.call(service, operation, input);
    const call = `${service}:${operation}:${createHash('sha256').update(serialize(input)).digest('base64')}`;
    const answered = this.#replay.get(call);
    if (answered && answered.length > 0) {
      this.changes++;
      return answered.shift() as Output;
    }
    const output = await aws.call<Output>(service, operation, input);
    this.changes++;
    if (isPlain(output)) await this.#note({ call, output });
    return output;
  }

  async #note(record: JournalRecord): Promise<void> {
    const number = this.#count++;
    await this.#run.tools.store.transact(this.#run.place, async (writer) => {
      writer.addJournal(this.#run.stackId, this.#logicalId, number, record);
    });
  }
}

/** Streams can't be kept; what answers with one is made again. */
function isPlain(value: unknown): boolean {
  if (value instanceof Readable) return false;
  if (Array.isArray(value)) return value.every(isPlain);
  if (value instanceof Uint8Array || value instanceof Date) return true;
  return isRecord(value) ? Object.values(value).every(isPlain) : typeof value !== 'function';
}
