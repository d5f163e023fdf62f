import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HmacKey } from '../identity/hmac.ts';
import { ChunkSignatures, signChunks } from '../identity/index.ts';
import { createChecksum } from '../kernel/index.ts';
import { AwsChunkedDecoder, type ChunkedOptions, HashCheck } from './awsChunked.ts';
import { collect } from './body.ts';
import { decompressed } from './decode.ts';

const now = Date.parse('2013-05-24T00:00:00Z');
const signing = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 's3',
  now,
};

/** Feeds `bytes` in pieces of `size` and reads what comes out. */
async function decode(bytes: Uint8Array, options: Partial<ChunkedOptions>, size = 7): Promise<Buffer> {
  const decoder = new AwsChunkedDecoder({ length: undefined, trailers: [], received: {}, ...options });
  const whole = collect(decoder, 1e9, undefined);
  for (let at = 0; at < bytes.length; at += size) decoder.write(bytes.subarray(at, at + size));
  decoder.end();
  return Buffer.from(await whole);
}

const crc32 = (bytes: Uint8Array) => {
  const checksum = createChecksum('CRC32');
  checksum.update(bytes);
  return checksum.base64();
};

describe('aws-chunked', () => {
  it('decodes any chunks in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 30 }),
        async (chunks, size) => {
          const body = Buffer.concat(chunks);
          const framed = Buffer.concat([
            ...chunks.flatMap((chunk) => [
              Buffer.from(`${chunk.length.toString(16)}\r\n`),
              chunk,
              Buffer.from('\r\n'),
            ]),
            Buffer.from(`0\r\nx-amz-checksum-crc32:${crc32(body)}\r\n\r\n`),
          ]);
          const received: Record<string, string> = {};
          const options = { length: body.length, trailers: ['x-amz-checksum-crc32'], received };
          expect((await decode(framed, options, size)).equals(body)).toBe(true);
          expect(received['x-amz-checksum-crc32']).toBe(crc32(body));
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['a size that is no number', 'zz\r\nabc\r\n0\r\n\r\n', {}, 'InvalidRequest'],
    ['a chunk longer than it says', '2\r\nabc\r\n0\r\n\r\n', {}, 'InvalidRequest'],
    ['an early end', '3\r\nab', {}, 'IncompleteBody'],
    ['no last chunk', '3\r\nabc\r\n', {}, 'IncompleteBody'],
    ['less than declared', '3\r\nabc\r\n0\r\n\r\n', { length: 4 }, 'IncompleteBody'],
    ['more than declared', '3\r\nabc\r\n0\r\n\r\n', { length: 2 }, 'IncompleteBody'],
    ['a trailer that was not announced', '0\r\nx-evil:1\r\n\r\n', {}, 'InvalidRequest'],
    ['a trailer that is missing', '0\r\n\r\n', { trailers: ['x-amz-checksum-crc32'] }, 'InvalidRequest'],
    [
      'a wrong checksum',
      '3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      { trailers: ['x-amz-checksum-crc32'] },
      'BadDigest',
    ],
    ['an endless chunk header', `1;${'x'.repeat(2_000)}`, {}, 'InvalidRequest'],
  ])('refuses %s', async (_what, framed, options, code) => {
    await expect(decode(Buffer.from(framed), options)).rejects.toMatchObject({ code });
  });

  // The worked example of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
  it('verifies the documented chunk signatures', async () => {
    const body = Buffer.alloc(66_560, 'a');
    const seed = {
      authorization: 'Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      timestamp: '20130524T000000Z',
    };
    const framed = signChunks([body.subarray(0, 65_536), body.subarray(65_536)], seed, signing);
    expect(framed.toString('latin1')).toContain(
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    );
    expect(framed.toString('latin1')).toContain(
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    );
    expect(framed.toString('latin1')).toContain(
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    );
    const chain = () =>
      new ChunkSignatures(
        new HmacKey(keyOf(signing.secretAccessKey, ['20130524', 'us-east-1', 's3', 'aws4_request'])),
        seed.timestamp,
        '20130524/us-east-1/s3/aws4_request',
        seed.authorization.slice(10),
      );
    expect((await decode(framed, { length: 66_560, signatures: chain() }, 10_000)).equals(body)).toBe(true);
    const changed = Buffer.from(framed);
    changed[200] = 98;
    await expect(decode(changed, { length: 66_560, signatures: chain() }, 10_000)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  });

  it('checks the hash that a body was signed with', async () => {
    const check = new HashCheck(createHash('sha256').update('abc').digest('hex'));
    const read = collect(check, 10, undefined);
    check.end('abd');
    await expect(read).rejects.toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
  });
});

describe('content codings', () => {
  it('undoes gzip within the limit and refuses what grows past it', async () => {
    const zipped = gzipSync(Buffer.alloc(100_000));
    expect(await decompressed(zipped, 'gzip', 100_000)).toHaveLength(100_000);
    await expect(decompressed(zipped, 'gzip', 99_999)).rejects.toMatchObject({ status: 413 });
    await expect(decompressed(Buffer.from('no'), 'gzip', 10)).rejects.toMatchObject({
      code: 'SerializationException',
    });
    await expect(decompressed(zipped, 'br', 10)).rejects.toMatchObject({ status: 415 });
  });
});

function keyOf(secret: string, parts: string[]): Buffer {
  return parts.reduce<Buffer>((key, part) => createHmacSha256(key, part), Buffer.from(`AWS4${secret}`));
}

function createHmacSha256(key: Buffer, text: string): Buffer {
  // Written out by hand (RFC 2104), so that the product's own derivation isn't its own witness.
  const block = Buffer.alloc(64);
  (key.length > 64 ? createHash('sha256').update(key).digest() : key).copy(block);
  const pad = (value: number) => Buffer.from(block.map((byte) => byte ^ value));
  const inner = createHash('sha256').update(pad(0x36)).update(text).digest();
  return createHash('sha256').update(pad(0x5c)).update(inner).digest();
}
