import { describe, expect, it } from 'vitest';
import { changeMappingSettings, defaultMappingSettings, kindOfSource, startingPosition } from './settings.ts';

const stream = {
  kind: 'dynamodb' as const,
  arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000',
};
const kinesis = { kind: 'kinesis' as const, arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' };
const queue = { kind: 'sqs' as const, arn: 'arn:aws:sqs:us-east-1:000000000000:q' };
const fifo = { kind: 'sqs' as const, arn: 'arn:aws:sqs:us-east-1:000000000000:q.fifo' };

type Source = typeof stream | typeof kinesis | typeof queue;
type Input = Parameters<typeof changeMappingSettings>[1];
const change = (source: Source, input: Input) =>
  changeMappingSettings(defaultMappingSettings(source.kind), input, source);

describe('the source of a mapping', () => {
  it.each([
    [stream.arn, 'dynamodb'],
    [kinesis.arn, 'kinesis'],
    [fifo.arn, 'sqs'],
  ])('%s is of %s', (arn, kind) => {
    expect(kindOfSource(arn)).toBe(kind);
  });

  it.each([
    'nothing',
    'arn:aws:dynamodb:us-east-1:000000000000:table/t',
    'arn:aws:lambda:us-east-1:0:function:f',
  ])('%s is none', (arn) => {
    expect(() => kindOfSource(arn)).toThrow('Unrecognized event source.');
  });

  it.each([
    'arn:aws:kafka:us-east-1:000000000000:cluster/c/1',
    'arn:aws:mq:us-east-1:000000000000:broker:b:1',
    'arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1',
  ])('%s is refused by name', (arn) => {
    expect(() => kindOfSource(arn)).toThrow(expect.objectContaining({ status: 501 }));
  });
});

describe('where a mapping begins', () => {
  const at = (source: Source, input: object) =>
    startingPosition(source.kind, source.arn, { FunctionName: 'f', ...input }, 10_000);

  it('is a time for Kinesis only, and none that is to come', () => {
    const StartingPositionTimestamp = new Date(5_000);
    const input = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp };
    expect(at(kinesis, input)).toEqual({ startingPosition: 'AT_TIMESTAMP', startingTimestamp: 5_000 });
    expect(() => at(stream, input)).toThrow(`Unsupported starting position for arn type: ${stream.arn}`);
    expect(() => at(kinesis, { StartingPosition: 'AT_TIMESTAMP' })).toThrow('Need to specify a timestamp');
    expect(() => at(kinesis, { ...input, StartingPositionTimestamp: new Date(20_000) })).toThrow('future');
  });

  it('is nowhere for a queue', () => {
    expect(at(queue, {})).toEqual({ startingPosition: undefined, startingTimestamp: undefined });
    expect(() => at(queue, { StartingPosition: 'LATEST' })).toThrow('not valid for SQS');
  });
});

describe('the settings of a mapping', () => {
  it.each<[string, Source, Input, string]>([
    ['FIFO batches', fifo, { BatchSize: 11 }, 'less than or equal to 10'],
    ['FIFO windows', fifo, { MaximumBatchingWindowInSeconds: 1 }, 'not supported for FIFO'],
    ['large batches without a window', queue, { BatchSize: 11 }, 'Maximum batch window in seconds'],
    [
      'bisection of queues',
      queue,
      { BisectBatchOnFunctionError: true },
      'Unsupported BisectBatchOnFunctionError',
    ],
    ['lanes of queues', queue, { ParallelizationFactor: 2 }, 'Unsupported ParallelizationFactor'],
    ['scaling of streams', stream, { ScalingConfig: { MaximumConcurrency: 2 } }, 'Unsupported ScalingConfig'],
    ['topics', stream, { Topics: ['t'] }, 'Unsupported Topics'],
    ['young records', stream, { MaximumRecordAgeInSeconds: 59 }, 'at least 60'],
    [
      'six filters',
      stream,
      { FilterCriteria: { Filters: Array(6).fill({ Pattern: '{}' }) } },
      'maximum of 5',
    ],
    [
      'functions as destinations',
      stream,
      {
        DestinationConfig: { OnFailure: { Destination: 'arn:aws:lambda:us-east-1:000000000000:function:f' } },
      },
      'DestinationConfig is invalid',
    ],
  ])('refuse %s', (_what, source, input, message) => {
    expect(() => change(source, input)).toThrow(message);
  });

  it('keep what a change does not name, and drop what it empties', () => {
    const OnFailure = { Destination: 'arn:aws:sqs:us-east-1:000000000000:dead' };
    const before = change(stream, {
      BatchSize: 5,
      DestinationConfig: { OnFailure },
      FilterCriteria: { Filters: [{ Pattern: '{"a":["b"]}' }] },
    });
    expect(changeMappingSettings(before, { MaximumRetryAttempts: 3 }, stream)).toEqual({
      ...before,
      maximumRetryAttempts: 3,
    });
    const emptied = { DestinationConfig: { OnFailure: {} }, FilterCriteria: {} };
    expect(changeMappingSettings(before, emptied, stream)).toMatchObject({
      batchSize: 5,
      onFailure: undefined,
      filters: [],
    });
    const scaled = change(queue, { ScalingConfig: { MaximumConcurrency: 2 } });
    expect(changeMappingSettings(scaled, { ScalingConfig: {} }, queue).maximumConcurrency).toBeUndefined();
  });
});
