/** S3 and CloudWatch Logs in memory, as much of them as exports and imports call. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../../kernel/index.ts';
import type { AwsCaller, Platform } from '../../../platform/index.ts';

type Input = Record<string, unknown> & { Key: string; Body?: unknown };

export class FakeAws {
  readonly objects = new Map<string, Buffer>();
  readonly logs = new Map<string, string[]>();
  /** `s3 PutObject` and the like, with the ARN of who called. */
  readonly calls: { operation: string; principal: string; input: Record<string, unknown> }[] = [];
  /** May throw instead of a call. */
  before: (operation: string, input: Record<string, unknown>) => void | Promise<void> = () => {};

  readonly aws: Platform['aws'] = ({ principal }) =>
    ({
      call: async (service: string, operation: string, input: Input) => {
        this.calls.push({ operation: `${service} ${operation}`, principal: principal.arn, input });
        await this.before(`${service} ${operation}`, input);
        return service === 's3' ? await this.#s3(operation, input) : this.#log(operation, input);
      },
    }) as unknown as AwsCaller;

  put(key: string, content: string | Uint8Array): void {
    this.objects.set(key, Buffer.from(content as string));
  }

  async #s3(operation: string, input: Input): Promise<object> {
    const { Key } = input;
    if (input.Bucket !== 'bucket') {
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404 });
    }
    switch (operation) {
      case 'PutObject': {
        const content = await bytesOf(input.Body);
        this.objects.set(Key, content);
        return { ETag: etagOf(content) };
      }
      case 'GetObject': {
        const found = this.objects.get(Key);
        if (!found) throw new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404 });
        if (input.IfMatch !== etagOf(found))
          throw new AwsError('PreconditionFailed', 'Changed', { status: 412 });
        return { Body: found };
      }
      case 'ListObjectsV2': {
        const { Prefix = '', StartAfter = '' } = input as { Prefix?: string; StartAfter?: string };
        const keys = [...this.objects.keys()]
          .filter((key) => key.startsWith(Prefix) && key > StartAfter)
          .sort();
        // Pages of two, so that paging is seen.
        const Contents = keys
          .slice(0, 2)
          .map((each) => ({ Key: each, ETag: etagOf(this.objects.get(each)) }));
        return { Contents, IsTruncated: keys.length > 2 };
      }
    }
    throw new Error(`no ${operation} here`);
  }

  #log(operation: string, input: Record<string, unknown>): object {
    if (operation !== 'PutLogEvents') return {};
    const name = `${input.logGroupName} ${input.logStreamName}`;
    const events = (input.logEvents as { message: string }[]).map(({ message }) => message);
    this.logs.set(name, [...(this.logs.get(name) ?? []), ...events]);
    return {};
  }
}

function etagOf(bytes: Uint8Array = new Uint8Array(0)): string {
  return `"${md5(bytes)}"`;
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** @throws AwsError as the core answers failures that aren't of the AWS kind. */
async function bytesOf(body: unknown): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) chunks.push(chunk);
  } catch (error) {
    throw error instanceof AwsError ? error : new AwsError('InternalFailure', 'A bug', { status: 500 });
  }
  return Buffer.concat(chunks);
}
