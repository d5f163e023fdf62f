import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../kernel/index.ts';
import type { Platform } from '../../../platform/index.ts';
import { MemoryStore } from '../../../store/index.ts';
import { openDynamoDb } from '../testing/harness.ts';

const hourMs = 3_600_000;
const streamArn = 'arn:aws:kinesis:eu-west-1:000000000000:stream/changes';
const wrongState = 'Table is not in a valid state to enable Kinesis Streaming Destination: ';

const operations = {
  Enable: 'EnableKinesisStreamingDestination',
  Disable: 'DisableKinesisStreamingDestination',
  Update: 'UpdateKinesisStreamingDestination',
} as const;

interface PutRecord {
  StreamARN: string;
  PartitionKey: string;
  Data: Uint8Array;
}

/** A cloud whose Kinesis takes what it is sent, or fails as it is told. */
async function openWithKinesis(store = new MemoryStore()) {
  const sent: PutRecord[] = [];
  const kinesis = {
    failure: undefined as AwsError | undefined,
    status: 'ACTIVE',
    /** Thrown after this many records were taken. */
    failAfter: Number.POSITIVE_INFINITY,
  };
  const aws = () => ({
    call: async (service: string, operation: string, input: PutRecord) => {
      expect(service).toBe('kinesis');
      if (kinesis.failure) throw kinesis.failure;
      if (operation === 'DescribeStreamSummary') {
        return { StreamDescriptionSummary: { StreamStatus: kinesis.status } };
      }
      expect(operation).toBe('PutRecord');
      if (sent.length >= kinesis.failAfter) throw new AwsError('LimitExceededException', 'Too fast');
      sent.push(input);
      return {};
    },
  });
  const bench = await openDynamoDb(store, {}, { aws: aws as unknown as Platform['aws'] });
  const on = (operation: keyof typeof operations, more: object = {}, StreamArn = streamArn) =>
    bench.call<{ DestinationStatus: string }>(operations[operation], {
      TableName: 'tbl',
      StreamArn,
      ...more,
    });
  const described = async () =>
    (
      await bench.call<{ KinesisDataStreamDestinations: Record<string, string>[] }>(
        'DescribeKinesisStreamingDestination',
        { TableName: 'tbl' },
      )
    ).KinesisDataStreamDestinations;
  const put = (pk: string, n: number) =>
    bench.call('PutItem', { TableName: 'tbl', Item: { pk: { S: pk }, n: { N: String(n) } } });
  const records = () => sent.map(({ Data }) => JSON.parse(Buffer.from(Data).toString()));
  return { ...bench, on, described, put, sent, records, kinesis };
}

describe('a Kinesis destination', () => {
  it('gets every change once, in order, in AWS’s form', async () => {
    const { createTable, on, described, put, call, settle, records, sent, room } = await openWithKinesis();
    await createTable('tbl', false);
    await put('before', 1);
    expect(await on('Enable')).toEqual({
      TableName: 'tbl',
      StreamArn: streamArn,
      DestinationStatus: 'ENABLING',
      EnableKinesisStreamingConfiguration: {},
    });
    expect(await described()).toEqual([{ StreamArn: streamArn, DestinationStatus: 'ACTIVE' }]);
    await put('a', 1);
    await put('a', 1);
    await call('PutItem', {
      TableName: 'tbl',
      Item: { pk: { S: 'a' }, b: { B: Buffer.from('bytes') } },
    });
    await settle();
    await call('DeleteItem', { TableName: 'tbl', Key: { pk: { S: 'a' } } });
    await settle();
    const [insert, modify, remove] = records();
    expect(records()).toHaveLength(3);
    expect(insert).toEqual({
      awsRegion: 'eu-west-1',
      eventID: expect.stringMatching(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
      eventName: 'INSERT',
      userIdentity: null,
      recordFormat: 'application/json',
      tableName: 'tbl',
      dynamodb: {
        ApproximateCreationDateTime: room.clock.now(),
        Keys: { pk: { S: 'a' } },
        NewImage: { pk: { S: 'a' }, n: { N: '1' } },
        SizeBytes: 9,
      },
      eventSource: 'aws:dynamodb',
    });
    expect(modify.dynamodb.NewImage.b).toEqual({ B: Buffer.from('bytes').toString('base64') });
    expect([modify.eventName, modify.dynamodb.OldImage]).toEqual(['MODIFY', insert.dynamodb.NewImage]);
    expect([remove.eventName, remove.dynamodb.NewImage]).toEqual(['REMOVE', undefined]);
    expect(new Set(sent.map(({ PartitionKey }) => PartitionKey)).size).toBe(1);
    expect(sent[0]?.PartitionKey).toMatch(/^[0-9A-F]{32}$/);
  });

  it('waits for a Kinesis that refuses, says so, and loses nothing', async () => {
    const { createTable, on, described, put, settle, records, kinesis, clock } = await openWithKinesis();
    await createTable('tbl', false);
    kinesis.failure = new AwsError('NotImplemented', 'There is no kinesis here.', { status: 501 });
    await on('Enable');
    await put('a', 1);
    await settle();
    expect((await described())[0]).toMatchObject({
      DestinationStatus: 'ACTIVE',
      DestinationStatusDescription: expect.stringContaining('There is no kinesis here.'),
    });
    await clock.advance(hourMs);
    await put('a', 2);
    await settle();
    expect(records()).toEqual([]);
    kinesis.failure = undefined;
    kinesis.failAfter = 1;
    await clock.advance(300_000);
    await settle();
    kinesis.failAfter = Number.POSITIVE_INFINITY;
    await clock.advance(300_000);
    await settle();
    expect(records().map(({ dynamodb }) => dynamodb.NewImage.n.N)).toEqual(['1', '2']);
    expect((await described())[0]).toEqual({ StreamArn: streamArn, DestinationStatus: 'ACTIVE' });
    await put('a', 3);
    await settle();
    expect(records()).toHaveLength(3);
  });

  it('gives up what waited for a day', async () => {
    const { createTable, on, put, settle, records, kinesis, clock } = await openWithKinesis();
    await createTable('tbl', false);
    await on('Enable');
    kinesis.failure = new AwsError('ServiceUnavailable', 'down', { status: 503 });
    await put('a', 1);
    await settle();
    await clock.advance(23 * hourMs);
    await put('a', 2);
    await clock.advance(2 * hourMs);
    await settle();
    kinesis.failure = undefined;
    await clock.advance(300_000);
    await settle();
    expect(records().map(({ dynamodb }) => dynamodb.NewImage.n.N)).toEqual(['2']);
  });

  it('is carried on by the next process', async () => {
    const store = new MemoryStore();
    const first = await openWithKinesis(store);
    await first.createTable('tbl', false);
    await first.on('Enable');
    first.kinesis.failure = new AwsError('ServiceUnavailable', 'down', { status: 503 });
    await first.put('a', 1);
    await first.settle();
    const second = await openWithKinesis(store);
    await second.clock.advance(300_000);
    await second.settle();
    expect(second.records()).toHaveLength(1);
  });

  it('has states, and operations that fit them', async () => {
    const { createTable, on, described, put, settle, records, clock } = await openWithKinesis();
    await createTable('tbl', false);
    const other = streamArn.replace('changes', 'others');
    const refuse = async (work: Promise<unknown>, message: string) =>
      expect(work).rejects.toMatchObject({ code: 'ValidationException', message });
    const notActive = `${wrongState}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.`;
    await refuse(on('Disable'), notActive);
    await on('Enable', {
      EnableKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: 'MILLISECOND' },
    });
    await refuse(
      on('Enable', {}, other),
      `${wrongState}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.`,
    );
    await refuse(
      on('Update'),
      'Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only null values',
    );
    const precise = (ApproximateCreationDateTimePrecision: string) => ({
      UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision },
    });
    await expect(on('Update', precise('MILLISECOND'))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Invalid Request: Precision is already set to the desired value of MILLISECOND for tableId: [0-9a-f-]{36}, kdsArn: /,
      ),
    });
    expect(await on('Update', precise('MICROSECOND'))).toMatchObject({ DestinationStatus: 'UPDATING' });
    await put('a', 1);
    await settle();
    expect(records()[0].dynamodb).toMatchObject({
      ApproximateCreationDateTime: clock.now() * 1000,
      ApproximateCreationDateTimePrecision: 'MICROSECOND',
    });
    await refuse(
      on('Update', precise('MICROSECOND'), other),
      `${wrongState}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. TableName: tbl, kdsArn: ${other}`,
    );
    expect(await on('Disable')).toMatchObject({ DestinationStatus: 'DISABLING' });
    expect(await described()).toEqual([{ StreamArn: streamArn, DestinationStatus: 'DISABLED' }]);
    await put('a', 2);
    await settle();
    expect(records()).toHaveLength(1);
    await on('Enable');
    expect(await described()).toEqual([{ StreamArn: streamArn, DestinationStatus: 'ACTIVE' }]);
    await put('a', 3);
    await settle();
    expect(records()).toHaveLength(2);
  });

  it('fails, in its description, for a stream that can’t be used', async () => {
    const { createTable, on, described, kinesis } = await openWithKinesis();
    await createTable('tbl', false);
    expect(await on('Enable', {}, streamArn.replace('eu-west-1', 'us-east-1'))).toMatchObject({
      DestinationStatus: 'ENABLING',
    });
    kinesis.failure = new AwsError('ResourceNotFoundException', 'no such stream');
    await on('Enable');
    expect((await described()).map((one) => one.DestinationStatusDescription).sort()).toEqual([
      'The kinesis Arn used to enable kinesis replication belongs to a stream which is not in the current region',
      'User does not have a permission to use kinesis stream',
    ]);
    kinesis.failure = undefined;
    await on('Enable');
    expect((await described()).find(({ StreamArn }) => StreamArn === streamArn)).toEqual({
      StreamArn: streamArn,
      DestinationStatus: 'ACTIVE',
    });
  });
});
