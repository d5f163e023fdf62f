/** Streams that roll, read by an official client, and a Kinesis destination in a cloud without Kinesis. */
import {
  CreateTableCommand,
  DescribeKinesisStreamingDestinationCommand,
  DynamoDBClient,
  EnableKinesisStreamingDestinationCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const hourMs = 3_600_000;
const TableName = 'events';
let cloud: Cloud;
let client: DynamoDBClient;
let StreamArn: string | undefined;

beforeAll(async () => {
  cloud = await startCloud();
  cloud.clock.freeze();
  client = new DynamoDBClient(cloud.clientConfig);
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  StreamArn = TableDescription?.LatestStreamArn;
});
afterAll(() => cloud.close());

const put = (n: number) =>
  client.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: String(n) } } }));

it('is followed from shard to shard', async () => {
  const streams = new DynamoDBStreamsClient(cloud.clientConfig);
  for (let n = 0; n < 3; n++) {
    await put(n);
    await cloud.clock.advance(4 * hourMs);
  }
  await put(3);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const shards = StreamDescription?.Shards ?? [];
  expect(shards.length).toBeGreaterThanOrEqual(4);
  expect(shards.slice(1).map(({ ParentShardId }) => ParentShardId)).toEqual(
    shards.slice(0, -1).map(({ ShardId }) => ShardId),
  );
  const seen: (string | undefined)[] = [];
  for (const { ShardId } of shards) {
    let { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    for (let more = true; more && ShardIterator; ) {
      const { Records = [], NextShardIterator } = await streams.send(
        new GetRecordsCommand({ ShardIterator }),
      );
      seen.push(...Records.map(({ dynamodb }) => dynamodb?.NewImage?.n?.N));
      more = Records.length > 0;
      ShardIterator = NextShardIterator;
    }
    // Only the last shard has more to come.
    expect(ShardIterator === undefined).toBe(ShardId !== shards.at(-1)?.ShardId);
  }
  expect(seen).toEqual(['0', '1', '2', '3']);
  const children = { Type: 'CHILD_SHARDS' as const, ShardId: shards[0]?.ShardId };
  const found = await streams.send(new DescribeStreamCommand({ StreamArn, ShardFilter: children }));
  expect(found.StreamDescription?.Shards?.map(({ ShardId }) => ShardId)).toEqual([shards[1]?.ShardId]);
});

it('waits for Kinesis where there is none, and says so', async () => {
  const kinesis = 'arn:aws:kinesis:us-east-1:000000000000:stream/changes';
  const { DestinationStatus } = await client.send(
    new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn: kinesis }),
  );
  expect(DestinationStatus).toBe('ENABLING');
  await put(4);
  const describeIt = async () => {
    const { KinesisDataStreamDestinations } = await client.send(
      new DescribeKinesisStreamingDestinationCommand({ TableName }),
    );
    return KinesisDataStreamDestinations?.[0];
  };
  await expect.poll(describeIt).toMatchObject({
    DestinationStatus: 'ACTIVE',
    DestinationStatusDescription: expect.stringMatching(/waiting/),
  });
});
