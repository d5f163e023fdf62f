import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import { createServiceProtocol, loadModel } from './index.ts';
import { JsonCompiler, parseJson } from './json.ts';
import type { ServiceModel } from './model.ts';
import { requestFor } from './testing.ts';

const dynamodb = createServiceProtocol(loadModel('dynamodb'));

function parse(operation: string, body: string): unknown {
  const { request, body: bytes } = requestFor(
    'POST',
    '/',
    { 'x-amz-target': `DynamoDB_20120810.${operation}` },
    body,
  );
  return dynamodb.resolve(request)?.parse(request, bytes);
}

function failure(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof AwsError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('awsJson errors', () => {
  const kinds = [
    ['cognitoidp', 'AWSCognitoIdentityProviderService.GetUser', 'NotAuthorizedException'],
    ['cognitoidp', 'AWSCognitoIdentityProviderService.AdminGetUser', 'UserNotFoundException'],
    ['cognitoidp', 'AWSCognitoIdentityProviderService.AdminGetUser', 'TooManyRequestsException'],
    ['cognitoidentity', 'AWSCognitoIdentityService.GetId', 'ResourceNotFoundException'],
    ['cognitoidentity', 'AWSCognitoIdentityService.GetId', 'ResourceConflictException'],
    ['kms', 'TrentService.DescribeKey', 'NotFoundException'],
    ['kms', 'TrentService.Encrypt', 'DisabledException'],
    ['applicationautoscaling', 'AnyScaleFrontendService.TagResource', 'ResourceNotFoundException'],
  ] as const;
  it.each(kinds)('answers 400 as %s does, whatever its model says: %s, %s', (service, target, code) => {
    const protocol = createServiceProtocol(loadModel(service));
    const { request } = requestFor('POST', '/', { 'x-amz-target': target }, '{}');
    const call = protocol.resolve(request);
    expect(call?.serializeError(new AwsError(code, 'no'), 'id').status).toBe(400);
    const failed = new AwsError('InternalErrorException', 'no', { fault: 'server' });
    expect(call?.serializeError(failed, 'id').status).toBe(500);
  });
});

describe('awsJson requests', () => {
  it('turns blobs into bytes and drops nulls and what the model does not know', () => {
    const body = JSON.stringify({
      TableName: 'table',
      Item: { k: { B: 'aGk=' } },
      ReturnValues: null,
      Extra: 1,
    });
    expect(parse('PutItem', body)).toEqual({ TableName: 'table', Item: { k: { B: Buffer.from('hi') } } });
  });

  it.each([
    ['{"TableName":1}', 'NUMBER_VALUE cannot be converted to String'],
    ['{"TableName":1.5}', 'DECIMAL_VALUE cannot be converted to String'],
    ['{"TableName":true}', 'TRUE_VALUE cannot be converted to String'],
    ['{"TableName":[]}', 'Unrecognized collection type class java.lang.String'],
    ['{"TableName":{}}', 'Start of structure or map found where not expected'],
    ['{"TableName":"t","Limit":"1"}', 'STRING_VALUE cannot be converted to Integer'],
    ['{"TableName":"t","AttributesToGet":"a"}', 'Unexpected field type'],
    ['{"TableName":"t","ConsistentRead":"hi"}', 'Unexpected token received from parser'],
    ['{"TableName":"t","ExclusiveStartKey":{"a":1}}', 'Unexpected value type in payload'],
    [
      '{"TableName":"t","ExclusiveStartKey":{"a":[]}}',
      'Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue',
    ],
    [
      '{"TableName":"t","ExclusiveStartKey":[]}',
      'Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>',
    ],
    [
      '{"TableName":"t","ExclusiveStartKey":{"a":{"B":"YR=="}}}',
      'Invalid last non-pad Base64 character dectected',
    ],
    [
      '{"TableName":"t","ExclusiveStartKey":{"a":{"B":"abc"}}}',
      'Base64 encoded length is expected a multiple of 4 bytes but found: 3',
    ],
  ])('refuses %s in the words of AWS', (body, message) => {
    expect(failure(() => parse('Scan', body))).toEqual({ code: 'SerializationException', message });
  });

  it.each([true, 'true', 'YES', '1'])('takes %j for a true boolean, as Coral does', (word) => {
    expect(parse('Scan', JSON.stringify({ TableName: 'tbl', ConsistentRead: word }))).toEqual({
      TableName: 'tbl',
      ConsistentRead: true,
    });
  });

  it.each(['', ' ', '{', '[]', '"x"', 'null', '{"a":1}}', '\ufeff{}'])(
    'refuses or takes %j without a surprise',
    (body) => {
      try {
        parse('ListTables', body);
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
      }
    },
  );

  it('refuses UTF-8 that is none', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(AwsError);
  });

  it('survives a body nested a hundred thousand deep', () => {
    const deep = `${'{"L":['.repeat(100_000)}${']}'.repeat(100_000)}`;
    const { code } = failure(() => parse('PutItem', `{"TableName":"table","Item":{"a":${deep}}}`));
    expect(code).toBe('SerializationException');
  });

  it('never lets a key reach a prototype', () => {
    const body = '{"TableName":"table","Item":{"__proto__":{"B":"aGk="},"constructor":{"S":"x"}}}';
    const input = parse('PutItem', body) as { Item: Record<string, unknown> };
    expect(Object.keys(input.Item)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(input.Item)).toBe(Object.prototype);
    expect(({} as { B?: unknown }).B).toBeUndefined();
  });
});

describe('awsJson answers', () => {
  it('drops members the model does not know and leaves the handler’s object alone', () => {
    const output = { Item: { a: { B: Buffer.from('hi') } }, secret: 'internal', ConsumedCapacity: undefined };
    const answer = dynamodb.operation('GetItem')?.serialize(output, 'id');
    expect(answer?.body).toBe('{"Item":{"a":{"B":"aGk="}}}');
    expect(output).toEqual({ Item: { a: { B: Buffer.from('hi') } }, secret: 'internal' });
  });

  it('carries a checksum over the body', () => {
    const answer = dynamodb.operation('GetItem')?.serialize({}, 'id');
    // CRC-32 of `{}`, as DynamoDB sends it.
    expect(answer?.headers['x-amz-crc32']).toBe('2745614147');
  });

  it('names errors with their namespace', () => {
    const operation = dynamodb.operation('GetItem');
    const known = operation?.serializeError(new AwsError('ResourceNotFoundException', 'gone'), 'id');
    expect(JSON.parse(String(known?.body))).toEqual({
      __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
      message: 'gone',
    });
    const cancelled = operation?.serializeError(
      new AwsError('TransactionCanceledException', 'why', {
        members: { CancellationReasons: [{ Code: 'None' }] },
      }),
      'id',
    );
    expect(JSON.parse(String(cancelled?.body))).toMatchObject({
      Message: 'why',
      CancellationReasons: [{ Code: 'None' }],
    });
  });

  it("repeats Cognito's refusals in headers, as far as headers can say them", () => {
    const operation = createServiceProtocol(loadModel('cognitoidp')).operation('AdminGetUser');
    const refusal = (message: string) =>
      operation?.serializeError(new AwsError('UserNotFoundException', message), 'id')?.headers;
    expect(refusal('User does not exist.')).toMatchObject({
      'x-amzn-errortype': 'UserNotFoundException:',
      'x-amzn-errormessage': 'User does not exist.',
    });
    for (const message of ['zoë', 'a\r\nset-cookie: b']) {
      expect(refusal(message)).not.toHaveProperty('x-amzn-errormessage');
    }
    const other = dynamodb.operation('GetItem')?.serializeError(new AwsError('X', 'y'), 'id');
    expect(other?.headers).not.toHaveProperty('x-amzn-errortype');
  });

  it("tells a client's wrong id, not a user's wrong name", () => {
    const cognito = createServiceProtocol(loadModel('cognitoidp'));
    const forgot = (input: object) => {
      const text = JSON.stringify({ ClientId: 'a', Username: 'b', ...input });
      const { request, body } = requestFor('POST', '/', {}, text);
      return cognito.operation('ForgotPassword')?.parse(request, body);
    };
    const refusal = (input: object) => failure(() => forgot(input)).message;
    expect(forgot({})).toEqual({ ClientId: 'a', Username: 'b' });
    expect(refusal({ ClientId: 'my-app' })).toContain("Value 'my-app' at 'clientId' failed to satisfy");
    expect(refusal({ Username: 'a b' })).toContain("Value at 'username' failed to satisfy");
  });

  it('gives query clients of a json service the code they knew', () => {
    const sqs = createServiceProtocol(loadModel('sqs'));
    const answer = sqs
      .operation('GetQueueUrl')
      ?.serializeError(new AwsError('QueueDoesNotExist', 'no queue'), 'id');
    expect(answer?.headers['x-amzn-query-error']).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
    expect(JSON.parse(String(answer?.body)).__type).toBe('com.amazonaws.sqs#QueueDoesNotExist');
  });
});

const shapes: ServiceModel['shapes'] = {
  Tree: {
    type: 'structure',
    members: {
      text: { shape: 'Text' },
      renamed: { shape: 'Text', locationName: 'wireName' },
      bytes: { shape: 'Bytes' },
      at: { shape: 'Time' },
      iso: { shape: 'Time', timestampFormat: 'iso8601' },
      number: { shape: 'Number' },
      whole: { shape: 'Whole' },
      yes: { shape: 'Yes' },
      list: { shape: 'Trees' },
      map: { shape: 'TreeMap' },
    },
  },
  Trees: { type: 'list', member: { shape: 'Tree' } },
  TreeMap: { type: 'map', key: { shape: 'Text' }, value: { shape: 'Tree' } },
  Text: { type: 'string' },
  Bytes: { type: 'blob' },
  Time: { type: 'timestamp' },
  Number: { type: 'double' },
  Whole: { type: 'integer' },
  Yes: { type: 'boolean' },
};

/** Depth is bounded: each level branches twice. */
const tree: fc.Memo<Record<string, unknown>> = fc.memo((depth) =>
  fc.record(
    {
      text: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
      renamed: fc.string(),
      bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }),
      iso: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }),
      number: fc.double({ noNaN: false }),
      whole: fc.integer(),
      yes: fc.boolean(),
      ...(depth > 1 ? { list: fc.array(tree(), { maxLength: 3 }) } : {}),
      ...(depth > 1
        ? {
            map: fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tree(), {
              maxKeys: 3,
              noNullPrototype: true,
            }),
          }
        : {}),
    },
    { requiredKeys: [] },
  ),
);

describe('the compiled JSON codec', () => {
  for (const bound of [true, false]) {
    it(`reads what it writes (${bound ? 'wire names' : 'member names'})`, () => {
      const compiler = new JsonCompiler(shapes, { bound, timestampFormat: 'unixTimestamp' });
      const read = compiler.reader({ shape: 'Tree' });
      const write = compiler.writer({ shape: 'Tree' });
      fc.assert(
        fc.property(tree(4), (value) => {
          const wire = JSON.stringify(write(value));
          // JSON has no negative zero.
          expect(read(JSON.parse(wire))).toEqual(withoutNegativeZero(value));
        }),
      );
    });
  }
});

function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (value instanceof Date || value instanceof Uint8Array || typeof value !== 'object' || value === null)
    return value;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNegativeZero(item)]));
}
