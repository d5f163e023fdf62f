/** The bucket of an export or import, reached as who asked for the job. */
import type { Readable } from 'node:stream';
import { AwsError } from '../../../kernel/index.ts';
import type { Principal } from '../../../platform/index.ts';
import type { Room } from '../room.ts';
import { JobFailed } from './failure.ts';

export interface S3Object {
  readonly key: string;
  readonly etag: string;
}

interface JobBucket {
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
}

export class Bucket {
  readonly #call: <Output>(operation: string, input: object) => Promise<Output>;

  constructor(room: Pick<Room, 'platform'>, job: JobBucket, bucket: string, owner: string | undefined) {
    const caller = room.platform.aws(job);
    const common = { Bucket: bucket, ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }) };
    this.#call = (operation, input) => caller.call('s3', operation, { ...common, ...input });
  }

  /** @throws JobFailed when S3 refuses; other errors are worth another attempt. */
  async call<Output = Record<string, unknown>>(operation: string, input: object): Promise<Output> {
    try {
      return await this.#call<Output>(operation, input);
    } catch (error) {
      throw isRefusal(error) ? s3Failure(error) : error;
    }
  }

  /** Objects whose keys start with `prefix`, in the order of their keys, after `after`. */
  async *list(prefix: string, after: string | undefined): AsyncGenerator<S3Object> {
    for (let from = after; ; ) {
      const page = await this.call<{
        Contents?: { Key: string; ETag: string }[];
        IsTruncated?: boolean;
      }>('ListObjectsV2', { Prefix: prefix, ...(from === undefined ? {} : { StartAfter: from }) });
      for (const { Key, ETag } of page.Contents ?? []) yield { key: Key, etag: ETag };
      if (!page.IsTruncated) return;
      from = page.Contents?.at(-1)?.Key;
    }
  }

  /** The bytes of an object as it was listed. @returns undefined when it is gone or another one by now. */
  async read({ key, etag }: S3Object): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array> | undefined> {
    try {
      const { Body } = await this.#call<{ Body?: Readable | Uint8Array }>('GetObject', {
        Key: key,
        IfMatch: etag,
      });
      return Body instanceof Uint8Array ? [Body] : (Body ?? []);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (error.code === 'NoSuchKey' || error.code === 'PreconditionFailed') return undefined;
      throw s3Failure(error);
    }
  }
}

function isRefusal(error: unknown): error is AwsError {
  return error instanceof AwsError && (error.status < 500 || error.status === 501);
}

/** Codes and the form of the message as AWS has them: `S3NoSuchBucket`, `S3AccessDenied`. */
function s3Failure({ code, message, status }: AwsError): JobFailed {
  const name = code === 'AccessDeniedException' ? 'AccessDenied' : code;
  return new JobFailed(
    `S3${name}`,
    `${message} (Service: Amazon S3; Status Code: ${status}; Error Code: ${name})`,
  );
}
