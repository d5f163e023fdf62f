/** A stream that tests write, behind the operations of DynamoDB Streams. */
import { AwsError, type Clock } from '../../../kernel/index.ts';
import type { Answers } from './eventSourceBench.ts';

interface FakeShard {
  id: string;
  parent: string | undefined;
  closed: boolean;
  records: { sequence: number; time: number; id: string }[];
}

export class FakeStream {
  readonly #clock: Clock;
  readonly #shards: FakeShard[] = [];
  #next = 1;
  /** Iterators from before are refused. */
  #validFrom = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.open('s1');
  }

  open(id: string, parent?: string): void {
    this.#shards.push({ id, parent, closed: false, records: [] });
  }

  close(id: string): void {
    this.#shard(id).closed = true;
  }

  put(...ids: string[]): void {
    this.putInto('s1', ...ids);
  }

  putInto(shard: string, ...ids: string[]): void {
    for (const id of ids)
      this.#shard(shard).records.push({ sequence: this.#next++, time: this.#clock.now(), id });
  }

  expireIterators(): void {
    this.#validFrom++;
  }

  get answers(): Answers {
    return {
      'dynamodbstreams:DescribeStream': () => ({
        StreamDescription: {
          Shards: this.#shards.map(({ id, parent, closed }) => ({
            ShardId: id,
            ...(parent === undefined ? {} : { ParentShardId: parent }),
            SequenceNumberRange: closed ? { EndingSequenceNumber: '9' } : {},
          })),
        },
      }),
      'dynamodbstreams:GetShardIterator': (input) => {
        const shard = this.#shard(String(input.ShardId));
        const at = input.ShardIteratorType;
        const last = shard.records.at(-1)?.sequence ?? 0;
        const after = at === 'LATEST' ? last : at === 'TRIM_HORIZON' ? 0 : Number(input.SequenceNumber);
        return { ShardIterator: `${this.#validFrom} ${shard.id} ${after}` };
      },
      'dynamodbstreams:GetRecords': (input) => {
        const [from, id = '', after] = String(input.ShardIterator).split(' ');
        if (Number(from) < this.#validFrom)
          throw new AwsError('ExpiredIteratorException', 'Iterator expired.');
        const shard = this.#shard(id);
        const page = shard.records
          .filter(({ sequence }) => sequence > Number(after))
          .slice(0, Number(input.Limit));
        const next = page.at(-1)?.sequence ?? Number(after);
        const isOver = shard.closed && next >= (shard.records.at(-1)?.sequence ?? 0);
        return {
          Records: page.map((record) => ({
            eventName: 'INSERT',
            dynamodb: {
              ApproximateCreationDateTime: new Date(Math.floor(record.time / 1000) * 1000),
              Keys: { id: { S: record.id } },
              SequenceNumber: String(record.sequence),
            },
          })),
          ...(isOver ? {} : { NextShardIterator: `${this.#validFrom} ${id} ${next}` }),
        };
      },
    };
  }

  #shard(id: string): FakeShard {
    const shard = this.#shards.find((one) => one.id === id);
    if (!shard)
      throw new AwsError('ResourceNotFoundException', 'Requested resource not found: Shard does not exist');
    return shard;
  }
}
