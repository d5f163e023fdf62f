/**
 * Records of what a mapping gave up, on their way to its on-failure destination: written in the transaction of the
 * checkpoint that passes over them.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
import { parseArn } from '../../../kernel/index.ts';
import { type Platform, servicePrincipal } from '../../../platform/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { TaskAbandoned, type TaskQueue } from '../../../tasks/index.ts';
import { functionArn } from '../domain/names.ts';
import type { Outcome } from './invoker.ts';
import type { MappingRecord } from './records.ts';
import type { SourceRecord, StreamKind } from './sources/stream.ts';

export interface Failure {
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  invocations: number;
  outcome: Outcome | undefined;
  /** The event that the function failed with, for destinations that keep it (S3). */
  event: string | undefined;
}

export interface GivenUp {
  mapping: MappingRecord;
  kind: Pick<StreamKind, 'batchInfo'>;
  shardId: string;
  records: readonly SourceRecord[];
  failure: Failure;
}

interface S3Delivery {
  account: string;
  region: string;
  roleArn: string;
  bucket: string;
  key: string;
  body: string;
}

const retry = { attemptsMax: 20, baseMs: 1_000, factor: 2, capMs: 20 * 60_000, jitter: 0.3 };

export class FailureDestinations {
  readonly #platform: Platform;
  readonly #s3: TaskQueue<S3Delivery>;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#s3 = platform.tasks.queue<S3Delivery>({
      name: 'lambda.eventSourceFailure',
      retry,
      concurrency: 8,
      run: ({ payload }) => this.#put(payload),
      giveUp: async (_tx, { payload }, cause) => {
        platform.telemetry.log('warn', 'A record of failed events could not be put into its bucket', {
          bucket: payload.bucket,
          cause: String(cause),
        });
      },
    });
  }

  /** @param roleArn the execution role, which must be allowed to write there. */
  async send(tx: Transaction, roleArn: string, given: GivenUp): Promise<void> {
    const { mapping, shardId, records, failure } = given;
    const targetArn = mapping.settings.onFailure;
    if (targetArn === undefined) return;
    const now = this.#platform.clock.now();
    const requestId = this.#platform.ids.uuid();
    const record = failureRecord(given, now, requestId);
    const { account, region, uuid } = mapping;
    const id = `${uuid}:${shardId}:${records[0]?.sequence}:${records.at(-1)?.sequence}`;
    const target = parseArn(targetArn);
    if (target?.service === 's3') {
      const body = JSON.stringify({ ...record, payload: failure.event ?? '' });
      const key = objectKey(uuid, shardId, now, requestId);
      const delivery = { account, region, roleArn, bucket: target.resource, key, body };
      await this.#s3.enqueue(tx, delivery, { id });
      return;
    }
    const event = JSON.stringify(record);
    await this.#platform.deliveries.send(tx, { targetArn, event, as: { roleArn }, account, region }, id);
  }

  async #put({ account, region, roleArn, bucket, key, body }: S3Delivery): Promise<void> {
    const principal = servicePrincipal('lambda.amazonaws.com', account);
    const aws = await this.#platform.aws({ account, region, principal }).asRole(roleArn, 'brume-delivery');
    try {
      await aws.call('s3', 'PutObject', { Bucket: bucket, Key: key, Body: Buffer.from(body) });
    } catch (error) {
      if ((error as { code?: string }).code === 'NoSuchBucket') {
        throw new TaskAbandoned(`${bucket} is gone`, { cause: error });
      }
      throw error;
    }
  }
}

/** Which records, not the records themselves: whoever wants them reads the stream again. */
export function failureRecord(
  { mapping, kind, shardId, records, failure }: GivenUp,
  now: number,
  id: string,
) {
  const { outcome, condition, invocations } = failure;
  const [first, last] = [records[0], records.at(-1)];
  const ran = outcome && outcome.kind !== 'refused' ? outcome : undefined;
  return {
    requestContext: {
      requestId: ran?.requestId ?? id,
      functionArn: functionArn(mapping.function, mapping.function.qualifier),
      condition,
      approximateInvokeCount: invocations,
    },
    ...(ran
      ? {
          responseContext: {
            statusCode: 200,
            executedVersion: ran.version,
            functionError: ran.kind === 'failed' ? ran.functionError : null,
          },
        }
      : {}),
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    [kind.batchInfo]: {
      shardId,
      startSequenceNumber: first?.sequence,
      endSequenceNumber: last?.sequence,
      approximateArrivalOfFirstRecord: arrival(first),
      approximateArrivalOfLastRecord: arrival(last),
      batchSize: records.length,
      streamArn: mapping.sourceArn,
    },
  };
}

/** Whole seconds are written without a fraction. */
function arrival(record: SourceRecord | undefined): string {
  return new Date(record?.time ?? 0).toISOString().replace('.000Z', 'Z');
}

/** `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>`, as on AWS. */
function objectKey(uuid: string, shardId: string, now: number, random: string): string {
  const time = new Date(now).toISOString().slice(0, 19);
  return `aws/lambda/${uuid}/${shardId}/${time.slice(0, 10).replaceAll('-', '/')}/${time.replaceAll(':', '.')}-${random}`;
}
