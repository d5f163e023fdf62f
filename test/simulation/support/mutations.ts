/** Random changes to valid requests, the same for the same seed. */
import type { Sent } from './capturedRequests.ts';

export type Random = (below: number) => number;

/** Mulberry32: small, and the same on every machine. */
export function generator(from: number): Random {
  let state = from >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const tokens = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  'true',
  '-',
  '0',
  '1e999',
  '9'.repeat(400),
  '""',
  '{}',
  '[]',
  '\\u0000',
  '\u0000',
  '\ud800',
  'é',
  '__proto__',
  'constructor',
  'toString',
  '[[[['.repeat(300),
  '{"a":'.repeat(200),
  '<',
  '>',
  '&',
  '&#0;',
  '&lol;',
  '<!DOCTYPE x [<!ENTITY a "b">]>',
  '<![CDATA[',
  ']]>',
  '</',
  '<a>'.repeat(300),
  '%',
  '%00',
  '%FF',
  '%2F',
  '..',
  '//',
  '?',
  '=',
  '&Action=X',
  '+',
  ';',
  '\r\n',
  '\uFEFF',
  'x'.repeat(3_000),
];
const headerValues = [
  '',
  'gzip',
  'deflate',
  'aws-chunked',
  'br',
  'application/json',
  'application/xml',
  'application/cbor',
  'application/x-www-form-urlencoded',
  'text/plain',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'UNSIGNED-PAYLOAD',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'rpc-v2-cbor',
  'Toy.Op',
  'DynamoDB_20120810.Nope',
  'AWS4-HMAC-SHA256 Credential=',
  'AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request',
  'Bearer x',
  '-1',
  '99999999999999999999',
  'NaN',
  'bytes=-5',
  '\u00e9',
  'x-amz-checksum-crc32',
  '2025-13-45T99:99:99Z',
  'b.s3.localhost',
  'x.execute-api.localhost',
  'evil.example',
];
const headerNames = [
  'content-type',
  'content-encoding',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  'x-amz-target',
  'authorization',
  'host',
  'smithy-protocol',
  'x-amz-date',
  'x-amz-security-token',
  'content-md5',
  'x-amz-checksum-crc32',
  'x-amz-meta-a',
  'range',
  'if-modified-since',
  'x-amz-client-context',
  'x-amz-invocation-type',
  'x-amz-query-mode',
  '__proto__',
  'constructor',
  'origin',
];

/** One to three changes, anywhere. */
export function mutate(sample: Sent, random: Random): Sent {
  let sent: Sent = { ...sample, headers: { ...sample.headers } };
  for (let left = 1 + random(3); left > 0; left--) sent = changeOnce(sent, random);
  return sent;
}

function changeOnce(sent: Sent, random: Random): Sent {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  switch (random(10)) {
    case 0:
      return { ...sent, method: pick(['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'BREW']) };
    case 1:
      return { ...sent, path: `/${splice(sent.path.slice(1), random)}` };
    case 2:
      return { ...sent, query: splice(sent.query, random) };
    case 3: {
      const { [pick(Object.keys(sent.headers))]: _gone, ...headers } = sent.headers;
      return { ...sent, headers };
    }
    case 4:
      return {
        ...sent,
        headers: {
          ...sent.headers,
          [pick([...headerNames, ...Object.keys(sent.headers)])]: pick(headerValues),
        },
      };
    case 5: {
      const name = pick(Object.keys(sent.headers));
      return {
        ...sent,
        headers: {
          ...sent.headers,
          [name]: splice(sent.headers[name] ?? '', random).replace(/[\r\n\0]/g, ''),
        },
      };
    }
    case 6:
      return { ...sent, body: flip(sent.body, random) };
    case 7:
      return { ...sent, body: sent.body.subarray(0, random(sent.body.length + 1)) };
    default:
      return { ...sent, body: Buffer.from(splice(sent.body.toString('latin1'), random), 'latin1') };
  }
}

/** Inserts, removes, repeats or replaces a piece. */
function splice(text: string, random: Random): string {
  const at = random(text.length + 1);
  const end = Math.min(text.length, at + random(12));
  const token = tokens[random(tokens.length)] ?? '';
  switch (random(5)) {
    case 0:
      return text.slice(0, at) + token + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, at) + text.slice(at, end).repeat(1 + random(40)) + text.slice(end);
    case 3:
      return text.slice(0, at) + token + text.slice(end);
    default:
      return text.slice(0, at);
  }
}

export function flip(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + random(4); left > 0 && copy.length > 0; left--) copy[random(copy.length)] = random(256);
  return copy;
}
