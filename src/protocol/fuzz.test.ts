/** Mutations of valid requests never bring out anything but an AwsError, in any protocol. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import { encodeCbor } from './cbor/index.ts';
import { createServiceProtocol, loadModel, type ServiceProtocol } from './index.ts';
import { requestFor } from './testing.ts';

interface Sample {
  protocol: ServiceProtocol;
  method: string;
  target: string;
  headers: Record<string, string>;
  body: Uint8Array;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const dynamodb = loadModel('dynamodb');

const samples: Record<string, Sample> = {
  awsJson: {
    protocol: createServiceProtocol(dynamodb),
    method: 'POST',
    target: '/',
    headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
    body: json({
      TableName: 'table',
      Item: { id: { S: 'a' }, n: { N: '1' }, b: { B: 'aGk=' }, l: { L: [{ M: {} }] } },
    }),
  },
  rpcv2Cbor: {
    protocol: createServiceProtocol({
      ...dynamodb,
      metadata: { ...dynamodb.metadata, protocol: 'smithy-rpc-v2-cbor' },
    }),
    method: 'POST',
    target: '/service/DynamoDB_20120810/operation/PutItem',
    headers: {},
    body: encodeCbor({
      TableName: 'table',
      Item: { id: { S: 'a' }, b: { B: Buffer.from('hi') }, l: { L: [{ M: {} }] } },
    }),
  },
  awsQuery: {
    protocol: createServiceProtocol(loadModel('iam')),
    method: 'POST',
    target: '/',
    headers: {},
    body: Buffer.from(
      'Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=%7B%7D&MaxSessionDuration=3600&Tags.member.1.Key=a&Tags.member.1.Value=b',
    ),
  },
  restJson1: {
    protocol: createServiceProtocol(loadModel('lambda')),
    method: 'POST',
    target: '/2015-03-31/functions',
    headers: {},
    body: json({
      FunctionName: 'f',
      Role: 'arn:aws:iam::000000000000:role/r',
      Code: { ZipFile: 'aGk=' },
      Timeout: 3,
      Tags: { a: 'b' },
    }),
  },
  restXml: {
    protocol: createServiceProtocol(loadModel('s3')),
    method: 'POST',
    target: '/bucket/key?uploadId=u',
    headers: {},
    body: Buffer.from(
      '<CompleteMultipartUpload xmlns="u"><Part><ETag>"e"</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>',
    ),
  },
};

const mutation = fc.array(
  fc.record({
    kind: fc.constantFrom('flip', 'insert', 'cut', 'repeat'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.integer({ min: 0, max: 255 }),
    length: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutate(
  bytes: Uint8Array,
  changes: { kind: string; at: number; byte: number; length: number }[],
): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  for (const { kind, at, byte, length } of changes) {
    const index = Math.floor(at * mutated.length);
    const [before, after] = [mutated.subarray(0, index), mutated.subarray(index)];
    if (kind === 'flip' && mutated.length > index) mutated[index] = byte;
    if (kind === 'insert') mutated = Buffer.concat([before, Buffer.from([byte]), after]);
    if (kind === 'cut') mutated = Buffer.concat([before, after.subarray(length)]);
    if (kind === 'repeat') mutated = Buffer.concat([before, after.subarray(0, length), after]);
  }
  return mutated;
}

/** @returns true when the request was taken as valid. */
function attempt(sample: Sample, target: string, headers: Record<string, string>, body: Buffer): boolean {
  const { request } = requestFor(sample.method, target, headers, body);
  try {
    const operation = sample.protocol.resolve(request, body);
    operation?.parse(request, body);
    return operation !== undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AwsError);
    const answer = sample.protocol.serializeError(error as AwsError, 'id');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    return false;
  }
}

describe('mutated requests', () => {
  for (const [name, sample] of Object.entries(samples)) {
    it(`${name}: bodies`, () => {
      expect(attempt(sample, sample.target, sample.headers, Buffer.from(sample.body))).toBe(true);
      let refused = 0;
      fc.assert(
        fc.property(mutation, (changes) => {
          if (!attempt(sample, sample.target, sample.headers, mutate(sample.body, changes))) refused++;
        }),
        { numRuns: 1500 },
      );
      // The canary: mutations that nothing refuses would test nothing.
      expect(refused).toBeGreaterThan(100);
    });

    it(`${name}: targets and headers`, () => {
      fc.assert(
        fc.property(mutation, mutation, (ofTarget, ofHeader) => {
          const target = mutate(Buffer.from(sample.target), ofTarget).toString('latin1');
          const headers = Object.fromEntries(
            Object.entries(sample.headers).map(([key, value]) => [
              key,
              mutate(Buffer.from(value), ofHeader).toString('latin1'),
            ]),
          );
          attempt(sample, target, headers, Buffer.from(sample.body));
        }),
        { numRuns: 500 },
      );
    });
  }
});
