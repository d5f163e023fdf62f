import { describe, expect, it } from 'vitest';
import { corsHeaders } from './cors.ts';
import { urlEvent, urlResponse } from './urlEvent.ts';

const request = {
  urlId: 'abc',
  domainName: 'abc.lambda-url.us-east-1.localhost',
  method: 'POST',
  path: '/my/p%20ath',
  query: 'a=1&b=2&a=3',
  headers: { 'content-type': 'application/json', cookie: 'one=1; two=2', 'user-agent': 'curl' },
  body: Buffer.from('{"x":1}'),
  sourceIp: '127.0.0.1',
  requestId: 'id',
  time: Date.UTC(2020, 2, 12, 19, 3, 58),
};

describe('urlEvent', () => {
  it('is payload format 2.0', () => {
    expect(urlEvent(request)).toMatchObject({
      version: '2.0',
      rawPath: '/my/p ath',
      rawQueryString: 'a=1&b=2&a=3',
      queryStringParameters: { a: '1,3', b: '2' },
      cookies: ['one=1', 'two=2'],
      body: '{"x":1}',
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST', userAgent: 'curl' }, time: '12/Mar/2020:19:03:58 +0000' },
    });
  });

  it('carries bytes in base64, and no body when there is none', () => {
    const headers = { 'content-type': 'image/png' };
    expect(urlEvent({ ...request, headers, body: Buffer.from([0, 255]) })).toMatchObject({
      body: 'AP8=',
      isBase64Encoded: true,
    });
    expect(urlEvent({ ...request, body: Buffer.alloc(0) })).not.toHaveProperty('body');
  });
});

describe('urlResponse', () => {
  const of = (value: unknown) => {
    const response = urlResponse(Buffer.from(JSON.stringify(value)));
    return response && { ...response, body: Buffer.from(response.body).toString('latin1') };
  };

  it('reads what functions return', () => {
    expect(of({ a: 1 })).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(of('hello')?.body).toBe('hello');
    expect(
      of({ statusCode: 201, headers: { 'X-A': 1 }, cookies: ['a=1'], body: 'AP8=', isBase64Encoded: true }),
    ).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', 'x-a': '1', 'set-cookie': ['a=1'] },
      body: '\u0000ÿ',
    });
    expect(of({ statusCode: 'no' })).toBeUndefined();
  });
});

describe('corsHeaders', () => {
  it('are for origins that are allowed', () => {
    const cors = { AllowOrigins: ['https://*.example.com'], AllowMethods: ['GET'], MaxAge: 5 };
    expect(corsHeaders(cors, 'https://a.example.com', true)).toEqual({
      'access-control-allow-origin': 'https://a.example.com',
      'access-control-allow-methods': 'GET',
      'access-control-max-age': '5',
      vary: 'Origin',
    });
    expect(corsHeaders(cors, 'https://evil.com', true)).toEqual({});
    expect(corsHeaders({ AllowOrigins: ['*'] }, 'https://x', false)['access-control-allow-origin']).toBe('*');
  });
});
