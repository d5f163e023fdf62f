/** Whether the execution role may read the source, asked before a mapping is made: by reading a little of it. */
import { AwsError } from '../../../kernel/index.ts';
import { InvalidParameterValueException } from '../errors.ts';
import type { Context } from '../operations/context.ts';
import { streamKinds } from './pollers.ts';
import { queueUrlOf } from './queuePoller.ts';
import type { SourceKind } from './records.ts';

interface Asked {
  kind: SourceKind;
  arn: string;
  role: string;
  timeoutSeconds: number;
}

/** @throws InvalidParameterValueException. A service that this cloud doesn't have yet is no reason. */
export async function checkSource(ctx: Context, { kind, arn, role, timeoutSeconds }: Asked): Promise<void> {
  const aws = await ctx.room.pollers.asRole(ctx, role);
  try {
    if (kind === 'sqs') {
      const { Attributes = {} } = await aws.call<{ Attributes?: Record<string, string> }>(
        'sqs',
        'GetQueueAttributes',
        { QueueUrl: queueUrlOf(arn), AttributeNames: ['VisibilityTimeout'] },
      );
      checkVisibility(Number(Attributes.VisibilityTimeout ?? timeoutSeconds), timeoutSeconds);
      return;
    }
    const source = streamKinds[kind].open(aws, arn, role);
    const [first] = await source.shards();
    if (first) await source.records(first.id, await source.iterator(first.id, { at: 'LATEST' }), 1);
  } catch (error) {
    const refusal = wordsOf(error, kind, arn);
    if (refusal !== undefined) throw refusal;
  }
}

function checkVisibility(visibilitySeconds: number, timeoutSeconds: number): void {
  if (visibilitySeconds >= timeoutSeconds) return;
  throw new InvalidParameterValueException(
    `Queue visibility timeout: ${visibilitySeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
  );
}

/** What Lambda says to what the source answers. @returns undefined for what is no reason to refuse the mapping. */
function wordsOf(error: unknown, kind: SourceKind, arn: string): unknown {
  if (!(error instanceof AwsError) || error.code === 'InvalidParameterValueException') return error;
  if (error.status === 501) return undefined;
  const isDenied = /AccessDenied|UnrecognizedClient/.test(error.code);
  if (kind === 'sqs') {
    return new InvalidParameterValueException(
      isDenied
        ? 'The provided execution role does not have permissions to call ReceiveMessage on SQS'
        : `Error occurred while ReceiveMessage. SQS Error Code: ${error.code}. SQS Error Message: ${error.message}`,
    );
  }
  if (isDenied) {
    return new InvalidParameterValueException(
      `Cannot access stream ${arn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
    );
  }
  return new InvalidParameterValueException(
    error.code === 'ResourceNotFoundException' ? `Stream not found: ${arn}` : error.message,
  );
}
