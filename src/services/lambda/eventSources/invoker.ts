/** Invokes the function of a mapping with an event. Permissions of the function's own policy aren't asked, as on AWS. */
import { AwsError } from '../../../kernel/index.ts';
import type { Platform } from '../../../platform/index.ts';
import type { Executor } from '../executor.ts';
import { resolveVersion } from '../resolve.ts';
import type { LambdaStore } from '../store.ts';
import type { MappingRecord } from './records.ts';

export type Outcome =
  /** `answer`: parsed JSON, or text that isn't. */
  | { kind: 'succeeded'; requestId: string; version: string; answer: unknown }
  /** The function ran and failed. */
  | { kind: 'failed'; requestId: string; version: string; functionError: string }
  /** It didn't run: throttled, gone, or this cloud's fault. `code` is AWS's. */
  | { kind: 'refused'; code: string; message: string };

export class Invoker {
  readonly #platform: Platform;
  readonly #store: LambdaStore;
  readonly #executor: Pick<Executor, 'run'>;

  constructor(platform: Platform, store: LambdaStore, executor: Pick<Executor, 'run'>) {
    this.#platform = platform;
    this.#store = store;
    this.#executor = executor;
  }

  /** The execution role of the function, as it is now. @throws ResourceNotFoundException */
  async roleOf({ function: name }: Pick<MappingRecord, 'function'>): Promise<string> {
    return (await resolveVersion(this.#store, name, this.#platform.ids)).configuration.role;
  }

  async invoke({ function: name }: MappingRecord, event: string): Promise<Outcome> {
    const requestId = this.#platform.ids.uuid();
    try {
      const { record, configuration } = await resolveVersion(this.#store, name, this.#platform.ids);
      const { account, region, qualifier } = name;
      const { result } = await this.#executor.run({
        place: { account, region, name: name.name },
        configuration,
        qualifier,
        requestId,
        payload: Buffer.from(event),
        reservedConcurrency: record.reservedConcurrency,
      });
      const { version } = configuration;
      return result.ok
        ? { kind: 'succeeded', requestId, version, answer: parsed(result.payload) }
        : { kind: 'failed', requestId, version, functionError: result.kind };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { kind: 'refused', code: error.code, message: error.message };
    }
  }
}

function parsed(payload: Uint8Array): unknown {
  const text = Buffer.from(payload).toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
