import { describe, expect, it } from 'vitest';
import { eventHeaders, responseHeader } from './headers.ts';
import { isBinaryType } from './mediaTypes.ts';
import { headersOf, queryOf } from './parameters.ts';
import { type ProxyRequest, proxyEvent } from './proxyEvent.ts';
import { readProxyAnswer } from './proxyResponse.ts';
import { anonymousIdentity, commonLogTime, type RequestContext } from './requestContext.ts';

const context: RequestContext = {
  accountId: '123456789012',
  apiId: 'id',
  deploymentId: 'd1',
  domainName: 'id.execute-api.us-east-1.amazonaws.com',
  domainPrefix: 'id',
  extendedRequestId: 'request-id',
  httpMethod: 'POST',
  identity: anonymousIdentity('192.0.2.1', 'user-agent'),
  path: '/my/path',
  protocol: 'HTTP/1.1',
  requestId: 'id=',
  requestTime: commonLogTime(Date.UTC(2020, 2, 4, 19, 15, 17)),
  requestTimeEpoch: 1583349317135,
  resourceId: 'r1',
  resourcePath: '/my/path',
  stage: '$default',
};

const request = (more: Partial<ProxyRequest> = {}): ProxyRequest => ({
  resource: '/my/path',
  path: '/my/path',
  httpMethod: 'POST',
  headers: headersOf(['header1', 'value1', 'header1', 'value2', 'header2', 'value']),
  query: queryOf('parameter1=value1&parameter1=value2&parameter2=value'),
  pathParameters: {},
  stageVariables: undefined,
  requestContext: context,
  body: Buffer.from('Hello from Lambda!'),
  binary: false,
  ...more,
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
describe('the event of a Lambda proxy integration', () => {
  it("is the guide's example", () => {
    expect(proxyEvent(request())).toEqual({
      resource: '/my/path',
      path: '/my/path',
      httpMethod: 'POST',
      headers: { header1: 'value2', header2: 'value' },
      multiValueHeaders: { header1: ['value1', 'value2'], header2: ['value'] },
      queryStringParameters: { parameter1: 'value2', parameter2: 'value' },
      multiValueQueryStringParameters: { parameter1: ['value1', 'value2'], parameter2: ['value'] },
      requestContext: context,
      pathParameters: null,
      stageVariables: null,
      body: 'Hello from Lambda!',
      isBase64Encoded: false,
    });
    expect(context.requestTime).toBe('04/Mar/2020:19:15:17 +0000');
  });

  it('has null for what is empty', () => {
    const event = proxyEvent(request({ query: {}, headers: {}, stageVariables: {}, body: new Uint8Array() }));
    expect(event).toMatchObject({
      headers: null,
      multiValueHeaders: null,
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
    });
  });

  it('carries binary bodies as base64', () => {
    const event = proxyEvent(request({ body: Buffer.from([0, 255, 128]), binary: true }));
    expect(event).toMatchObject({ body: 'AP+A', isBase64Encoded: true });
  });
});

describe('headers', () => {
  it('keep the case of their first appearance and lose those of the connection', () => {
    expect(headersOf(['X-A', '1', 'x-a', '2', 'Connection', 'close', 'Content-Length', '3'])).toEqual({
      'X-A': ['1', '2'],
    });
  });
});

describe('query strings', () => {
  it.each([
    ['a=1&b=2', { a: ['1'], b: ['2'] }],
    ['a=x%20y+z', { a: ['x y z'] }],
    ['flag&empty=', { flag: [''], empty: [''] }],
    ['bad=%E0%A4%A', { bad: ['%E0%A4%A'] }],
    ['a=b=c', { a: ['b=c'] }],
    ['', {}],
  ])('%j', (query, expected) => {
    expect(queryOf(query)).toEqual(expected);
  });
});

describe('binary media types', () => {
  it.each([
    ['image/png', ['image/png'], true],
    ['IMAGE/PNG; q=1', ['image/png'], true],
    ['image/gif', ['image/*'], true],
    ['text/html', ['image~1png', 'image/*'], false],
    ['image/png', ['image~1png'], true],
    ['anything/else', ['*/*'], true],
    [undefined, ['*~1*'], true],
    ['image/png', [], false],
  ])('%s in %j: %s', (type, listed, expected) => {
    expect(isBinaryType(type, listed)).toBe(expected);
  });
});

describe('the answer of a Lambda proxy integration', () => {
  const read = (answer: unknown, binary = false) => readProxyAnswer(JSON.stringify(answer), binary);

  it.each<[string, unknown, unknown]>([
    [
      'a whole one',
      { statusCode: 201, headers: { A: 'b', n: 1 }, body: 'x' },
      { status: 201, headers: { a: ['b'], n: ['1'] }, body: 'x' },
    ],
    ['an empty one', {}, { status: 200, headers: {}, body: '' }],
    ['a status as text', { statusCode: '204' }, { status: 204 }],
    [
      'both kinds of headers',
      { headers: { a: '1', b: '2' }, multiValueHeaders: { A: ['1', '3'] } },
      { headers: { a: ['1', '3'], b: ['2'] } },
    ],
    [
      'nulls',
      { statusCode: 200, headers: null, body: null, isBase64Encoded: null },
      { status: 200, body: '' },
    ],
    ['base64 for a client that takes none', { body: 'aGk=', isBase64Encoded: true }, { body: 'aGk=' }],
  ])('%s', (_, answer, expected) => {
    expect(read(answer)).toMatchObject(expected as object);
  });

  it('is decoded for a client that takes binary', () => {
    expect(read({ body: 'aGk=', isBase64Encoded: true }, true)?.body).toEqual(Buffer.from('hi'));
  });

  it.each([
    [null],
    ['text'],
    [[]],
    [{ statusCode: 'abc' }],
    [{ statusCode: 99 }],
    [{ statusCode: 200.5 }],
    [{ body: { a: 1 } }],
    [{ headers: 'x' }],
    [{ headers: { a: {} } }],
    [{ multiValueHeaders: { a: 'x' } }],
    [{ isBase64Encoded: 'yes' }],
    [{ statuscode: 200 }],
  ])('is malformed: %j', (answer) => {
    expect(read(answer)).toBeUndefined();
  });
});

describe('headers on their way', () => {
  it('leave out of events what AWS drops', () => {
    const headers = headersOf(['X-A', '1', 'Content-MD5', 'x', 'server', 's', 'Max-Forwards', '3']);
    expect(eventHeaders(headers)).toEqual({ 'X-A': ['1'] });
    const plain = headersOf(['X-A', '1']);
    expect(eventHeaders(plain)).toBe(plain);
  });

  it.each<[string, string | undefined]>([
    ['x-own', 'x-own'],
    ['date', 'x-amzn-remapped-date'],
    ['www-authenticate', 'x-amzn-remapped-www-authenticate'],
    ['transfer-encoding', undefined],
    ['trailer', undefined],
  ])('%s leaves as %s', (name, leaving) => {
    expect(responseHeader(name)).toBe(leaving);
  });
});
