/**
 * What was wrong with the items of an import, in CloudWatch Logs, written as who asked for the import.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
 */
import { AwsError } from '../../../kernel/index.ts';
import { type ImportJob, importLogGroup } from '../domain/jobs.ts';
import type { Room } from '../room.ts';
import { JobFailed } from './failure.ts';

/** Ours: messages may repeat what was wrong, and an event of CloudWatch Logs is limited. */
const messageCharactersMax = 1000;

export interface ImportError {
  readonly key: string;
  /** Of the record in its object, from 0. */
  readonly index: number;
  readonly message: string;
}

export class ErrorLog {
  readonly #room: Pick<Room, 'platform' | 'clock'>;
  readonly #job: ImportJob;
  #isOpen = false;

  constructor(room: Pick<Room, 'platform' | 'clock'>, job: ImportJob) {
    this.#room = room;
    this.#job = job;
  }

  /** @param errors at most 200. @throws JobFailed when CloudWatch Logs refuses. */
  async write(errors: readonly ImportError[]): Promise<void> {
    if (errors.length === 0) return;
    const names = { logGroupName: importLogGroup, logStreamName: `${this.#job.id}/error` };
    if (!this.#isOpen) {
      await this.#call('CreateLogGroup', { logGroupName: importLogGroup });
      await this.#call('CreateLogStream', names);
      this.#isOpen = true;
    }
    const timestamp = this.#room.clock.now();
    const logEvents = errors.map(({ key, index, message }) => ({
      timestamp,
      message: JSON.stringify({
        itemS3Pointer: { bucket: this.#job.source.S3Bucket, key, itemIndex: index },
        importArn: this.#job.arn,
        errorMessages: [message.slice(0, messageCharactersMax)],
      }),
    }));
    await this.#call('PutLogEvents', { ...names, logEvents });
  }

  async #call(operation: string, input: object): Promise<void> {
    try {
      await this.#room.platform.aws(this.#job).call('logs', operation, input);
    } catch (error) {
      if (!(error instanceof AwsError) || error.status >= 500) throw error;
      if (error.code === 'ResourceAlreadyExistsException') return;
      const code = error.code.replace(/Exception$/, '');
      throw new JobFailed(
        `CloudWatchLogs${code}`,
        `${error.message} (Service: AWSLogs; Status Code: ${error.status}; Error Code: ${error.code})`,
      );
    }
  }
}
