import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import { createServiceProtocol, loadModel } from './index.ts';
import { requestFor } from './testing.ts';

const s3 = createServiceProtocol(loadModel('s3'));
const lambda = createServiceProtocol(loadModel('lambda'));

function resolve(method: string, target: string, headers: Record<string, string> = {}): string | undefined {
  return s3.resolve(requestFor(method, target, headers).request)?.name;
}

describe('routes', () => {
  it.each([
    ['GET', '/', 'ListBuckets'],
    ['PUT', '/bucket', 'CreateBucket'],
    ['PUT', '/bucket/', 'CreateBucket'],
    ['GET', '/bucket', 'ListObjects'],
    ['GET', '/bucket?list-type=2&prefix=a', 'ListObjectsV2'],
    ['GET', '/bucket?list-type=1', 'ListObjects'],
    ['GET', '/bucket?location', 'GetBucketLocation'],
    ['GET', '/bucket/key?tagging', 'GetObjectTagging'],
    ['GET', '/bucket/a/b/c?uploadId=u', 'ListParts'],
    ['PUT', '/bucket/key?partNumber=1&uploadId=u', 'UploadPart'],
    ['POST', '/bucket/key?uploads', 'CreateMultipartUpload'],
    ['POST', '/bucket/key?uploadId=u', 'CompleteMultipartUpload'],
    ['DELETE', '/bucket/key', 'DeleteObject'],
    ['DELETE', '/bucket/key?uploadId=u', 'AbortMultipartUpload'],
    ['GET', '/bucket//', 'GetObject'],
    ['GET', '/?x-id=ListDirectoryBuckets', 'ListDirectoryBuckets'],
    ['PATCH', '/bucket', undefined],
  ])('%s %s is %s', (method, target, operation) => {
    expect(resolve(method, target)).toBe(operation);
  });

  it('tells copies from uploads by their header', () => {
    expect(resolve('PUT', '/b/k', { 'x-amz-copy-source': '/a/k' })).toBe('CopyObject');
    expect(resolve('PUT', '/b/k?partNumber=1&uploadId=u', { 'x-amz-copy-source': '/a/k' })).toBe(
      'UploadPartCopy',
    );
  });

  it('takes the slash that botocore puts at the end', () => {
    for (const path of ['/2015-03-31/functions', '/2015-03-31/functions/']) {
      expect(lambda.resolve(requestFor('GET', path).request)?.name).toBe('ListFunctions');
    }
  });
});

describe('restXml', () => {
  it('reads labels with slashes and escapes, headers, prefixed headers and the stream', async () => {
    const { request } = requestFor(
      'PUT',
      '/bucket/a/b%20c/%2Bd',
      {
        'x-amz-meta-colour': 'red',
        'x-amz-meta-size': 'l',
        'content-type': 'text/plain',
        expires: 'Thu, 01 Jan 2026 00:00:00 GMT',
      },
      'content',
    );
    const operation = s3.operation('PutObject');
    expect(operation?.streamsInput).toBe(true);
    const input = operation?.parse(request, undefined) as Record<string, unknown>;
    expect(input).toMatchObject({
      Bucket: 'bucket',
      Key: 'a/b c/+d',
      ContentType: 'text/plain',
      Metadata: { colour: 'red', size: 'l' },
    });
    expect(input.Body).toBeInstanceOf(Readable);
    expect(await (input.Body as Readable).toArray()).toEqual([Buffer.from('content')]);
  });

  it('lets the handler choose the status, and streams what it is given', () => {
    const body = Readable.from(['x']);
    const answer = s3.operation('GetObject')?.serialize(
      {
        Body: body,
        ContentLength: 1,
        ETag: '"e"',
        Metadata: { a: 'b' },
        $metadata: { httpStatusCode: 206 },
      },
      'id',
    );
    expect(answer).toMatchObject({
      status: 206,
      body,
      headers: { 'content-length': '1', etag: '"e"', 'x-amz-meta-a': 'b' },
    });
  });

  it('writes S3’s bare errors, none after HEAD', () => {
    const error = new AwsError('NoSuchKey', 'The specified key does not exist.', {
      status: 404,
      members: { Key: 'a<b' },
    });
    const answer = s3.operation('GetObject')?.serializeError(error, 'id');
    expect(answer?.status).toBe(404);
    expect(answer?.body).toMatch(
      /<Error><Code>NoSuchKey<\/Code><Message>The specified key does not exist.<\/Message><Key>a&lt;b<\/Key><RequestId>id<\/RequestId><HostId>/,
    );
    expect(s3.operation('HeadObject')?.serializeError(error, 'id')).not.toHaveProperty('body');
  });

  it('answers MalformedXML to XML that is malformed', () => {
    const { request, body } = requestFor('POST', '/b?delete', {}, '<Delete><Object>');
    expect(() => s3.operation('DeleteObjects')?.parse(request, body)).toThrow(
      expect.objectContaining({ code: 'MalformedXML' }),
    );
  });

  it('keeps line breaks out of headers', () => {
    const answer = s3.operation('GetObject')?.serialize({ ContentType: 'a\r\nset-cookie: b' }, 'id');
    expect(answer?.headers['content-type']).toBe('a  set-cookie: b');
  });
});

describe('restJson1', () => {
  it('reads a raw payload beside bound members', () => {
    const { request, body } = requestFor(
      'POST',
      '/2015-03-31/functions/f/invocations?Qualifier=v1',
      { 'x-amz-invocation-type': 'Event' },
      '{"a":1}',
    );
    expect(lambda.resolve(request)?.parse(request, body)).toEqual({
      FunctionName: 'f',
      Qualifier: 'v1',
      InvocationType: 'Event',
      Payload: Buffer.from('{"a":1}'),
    });
  });

  it('writes status, headers and payload of an answer', () => {
    const answer = lambda
      .operation('Invoke')
      ?.serialize({ StatusCode: 202, FunctionError: 'Unhandled', Payload: Buffer.from('x') }, 'id');
    expect(answer).toMatchObject({
      status: 202,
      headers: { 'x-amz-function-error': 'Unhandled', 'x-amzn-requestid': 'id' },
    });
  });

  it('names errors in a header, with Lambda’s Type', () => {
    const answer = lambda
      .operation('GetFunction')
      ?.serializeError(new AwsError('ResourceNotFoundException', 'no'), 'id');
    expect(answer?.status).toBe(404);
    expect(answer?.headers['x-amzn-errortype']).toBe('ResourceNotFoundException');
    expect(JSON.parse(String(answer?.body))).toEqual({ Type: 'User', Message: 'no' });
  });
});
