/** The tables of https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html, row by row. */
import { describe, expect, it } from 'vitest';
import { NotBase64, requestPayload, responsePayload } from './contentHandling.ts';
import type { ContentHandling } from './types.ts';

const text = Buffer.from('aGVsbG8=');
const hello = Buffer.from('hello');
const binary = Uint8Array.of(0xff, 0x00, 0x80);
const base64 = '/wCA';
const types = ['image/png'];

describe('payloads of requests', () => {
  // CONVERT_TO_BINARY of a text is what comes after mapping templates: the payload stays text until then.
  it.each<[Uint8Array, string, string[] | undefined, ContentHandling | undefined, Uint8Array | string]>([
    [text, 'text/plain', undefined, undefined, 'aGVsbG8='],
    [text, 'image/png', undefined, undefined, 'aGVsbG8='],
    [text, 'text/plain', undefined, 'CONVERT_TO_TEXT', 'aGVsbG8='],
    [text, 'text/plain', types, undefined, 'aGVsbG8='],
    [text, 'text/plain', types, 'CONVERT_TO_TEXT', 'aGVsbG8='],
    [binary, 'image/png', types, undefined, binary],
    [binary, 'image/png', types, 'CONVERT_TO_BINARY', binary],
    [binary, 'image/png', types, 'CONVERT_TO_TEXT', base64],
  ])('%j of %s with %j and %s', (body, type, binaryTypes, handling, expected) => {
    expect(requestPayload(body, type, binaryTypes, handling).payload).toEqual(expected);
  });
});

describe('payloads of responses', () => {
  type Row = [
    Uint8Array,
    string,
    string,
    string[] | undefined,
    ContentHandling | undefined,
    string | Uint8Array,
  ];
  it.each<Row>([
    [text, 'text/plain', 'text/plain', undefined, undefined, 'aGVsbG8='],
    [text, 'text/plain', 'text/plain', undefined, 'CONVERT_TO_BINARY', hello],
    [text, 'text/plain', 'text/plain', undefined, 'CONVERT_TO_TEXT', 'aGVsbG8='],
    [text, 'text/plain', 'text/plain', types, undefined, 'aGVsbG8='],
    [text, 'text/plain', 'text/plain', types, 'CONVERT_TO_BINARY', hello],
    [text, 'text/plain', 'text/plain', types, 'CONVERT_TO_TEXT', 'aGVsbG8='],
    [text, 'text/plain', 'image/png', types, undefined, hello],
    [text, 'text/plain', 'image/png', types, 'CONVERT_TO_BINARY', hello],
    [text, 'text/plain', 'image/png', types, 'CONVERT_TO_TEXT', 'aGVsbG8='],
    [binary, 'image/png', 'text/plain', types, undefined, base64],
    [binary, 'image/png', 'text/plain', types, 'CONVERT_TO_BINARY', binary],
    [binary, 'image/png', 'text/plain', types, 'CONVERT_TO_TEXT', base64],
    [binary, 'image/png', 'image/png', types, undefined, binary],
    [binary, 'image/png', 'image/png', types, 'CONVERT_TO_BINARY', binary],
    [binary, 'image/png', 'image/png', types, 'CONVERT_TO_TEXT', base64],
    // Only the first accepted type counts.
    [binary, 'image/png', 'text/html, image/png', types, undefined, base64],
  ])('%j of %s for %s with %j and %s', (body, type, accept, binaryTypes, handling, expected) => {
    expect(responsePayload(body, type, accept, binaryTypes, handling)).toEqual(expected);
  });

  it('refuse what is no base64', () => {
    const decode = () => responsePayload(Buffer.from('{"a":1}'), 'x/y', 'image/png', types, undefined);
    expect(decode).toThrow(NotBase64);
  });
});
