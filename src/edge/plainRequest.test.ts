import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlainRequest } from './plainRequest.ts';

const socket = { remoteAddress: '127.0.0.1', destroyed: false, once: () => {} };
const read = (text: string | Buffer) =>
  readPlainRequest(Buffer.from(text as string, 'latin1'), socket, 16_384);

describe('plain requests', () => {
  it('are read with their fields in lower case and their body', async () => {
    const text =
      'POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nX-Amz-Target:  T.Op \t\r\nContent-Length: 4\r\n\r\n{"a}';
    const plain = read(text);
    expect(plain?.size).toBe(text.length);
    const { request } = plain as NonNullable<typeof plain>;
    expect({ ...request.headers }).toEqual({ host: 'x', 'x-amz-target': 'T.Op', 'content-length': '4' });
    expect([request.method, request.path, request.query]).toEqual(['POST', '/a/b', 'c=d']);
    expect(Buffer.from(await request.body.bytes()).toString()).toBe('{"a}');
    expect(request.rawHeaders.slice(0, 4)).toEqual(['Host', 'x', 'X-Amz-Target', 'T.Op']);
  });

  it('may ask for a connection that stays, as Node’s clients do', () => {
    const text = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n';
    expect(read(text)?.request.headers.connection).toBe('keep-alive');
  });

  it('leave what follows them in the packet', () => {
    const one = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(read(`${one}${one}`)?.size).toBe(one.length);
  });

  it.each([
    ['an incomplete head', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['an incomplete body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n1234'],
    ['chunked framing', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    [
      'both kinds of framing',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding : chunked\r\n\r\n',
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a list of lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na'],
    ['a signed length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na'],
    ['a hexadecimal length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\na'],
    ['a folded field', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n'],
    ['a bare line feed', 'GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n'],
    ['a bare carriage return', 'GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n'],
    ['a null byte', 'GET / HTTP/1.1\r\nHost: x\0\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['a repeated field', 'GET / HTTP/1.1\r\nHost: x\r\nCookie: a\r\nCookie: b\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\nA: b\r\n\r\n'],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nHost: x\r\n\r\n'],
    ['another method', 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an absolute target', 'GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a target with a space', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a target beyond ASCII', 'GET /é HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an expectation', 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n'],
    ['an upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n'],
    ['more than a wish to go on', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, upgrade\r\n\r\n'],
    ['a wish to close', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a head past the limit', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(17_000)}\r\n\r\n`],
  ])('%s is left to the general server', (_what, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('never throws, and never takes more than there is', () => {
    const piece = fc.constantFrom(
      'GET ',
      '/',
      ' HTTP/1.1',
      '\r\n',
      '\n',
      '\r',
      'Host: x',
      'Content-Length: 3',
      ':',
      ' ',
      'abc',
      '\0',
      '\xff',
      'A: b',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        const plain = read(text);
        if (plain) expect(plain.size).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
