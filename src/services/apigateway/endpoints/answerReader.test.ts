import { describe, expect, it } from 'vitest';
import { AnswerReader, type WholeAnswer } from './answerReader.ts';

/** Every answer in one packet, byte by byte, and cut in two at every place. */
function readEveryWay(text: string, method = 'GET', limit = 100): WholeAnswer[] {
  const bytes = Buffer.from(text, 'latin1');
  const cuts = Array.from({ length: bytes.length - 1 }, (_, at) => [
    bytes.subarray(0, at + 1),
    bytes.subarray(at + 1),
  ]);
  const ways = [[bytes], [...bytes].map((byte) => Buffer.of(byte)), ...cuts];
  return ways.map((packets) => {
    const reader = new AnswerReader(method, limit);
    let answer: WholeAnswer | undefined;
    for (const packet of packets) answer ??= reader.push(packet);
    return answer ?? reader.end();
  });
}

describe('an answer', () => {
  it.each<[string, string, string, number, string, boolean]>([
    ['of known length', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200, 'hello', true],
    ['without reason', 'GET', 'HTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n', 404, '', true],
    [
      'in chunks',
      'GET',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: t\r\n\r\n',
      200,
      'hello',
      true,
    ],
    ['to the end of the connection', 'GET', 'HTTP/1.1 200 OK\r\n\r\nhello', 200, 'hello', false],
    ['of an old server', 'GET', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi', 200, 'hi', false],
    [
      'that closes',
      'GET',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi',
      200,
      'hi',
      false,
    ],
    ['to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 200, '', true],
    ['without content', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', 204, '', true],
    [
      'after interim answers',
      'GET',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
      200,
      'x',
      true,
    ],
    [
      'of two framings',
      'GET',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
      200,
      'x',
      false,
    ],
  ])('%s is read wherever its packets are cut', (_, method, text, status, body, reusable) => {
    for (const answer of readEveryWay(text, method)) {
      expect([answer.status, answer.bytes.toString(), answer.reusable]).toEqual([status, body, reusable]);
    }
  });

  it('with bytes after it leaves a connection that nobody uses again', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n';
    expect(new AnswerReader('GET', 10).push(Buffer.from(text))).toMatchObject({ reusable: false });
  });

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['a status of no class', 'HTTP/1.1 999 X\r\n\r\n'],
    ['a changed protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a header without name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['a name with a blank', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['no size of a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'],
    ['a chunk longer than it says', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n'],
    ['more than the limit', 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n'],
    ['chunks over the limit', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`],
  ])('with %s is an error', (_, text) => {
    expect(() => new AnswerReader('GET', 10).push(Buffer.from(text))).toThrow();
  });

  it('that is cut off is an error', () => {
    const reader = new AnswerReader('GET', 10);
    reader.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel'));
    expect(() => reader.end()).toThrow('ended early');
  });
});
