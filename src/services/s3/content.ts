/** Bodies in and out: streamed, checked while they stream, never held whole. */
import { Readable } from 'node:stream';
import {
  type Checksum,
  type ChecksumAlgorithm,
  createChecksum,
  type HttpRequest,
} from '../../kernel/index.ts';
import type { Blobs, StagedBlob } from '../../store/index.ts';
import { announced, type ChecksumMembers, given, isAlgorithm } from './domain/checksum.ts';
import { BadDigest, EntityTooLarge, InvalidDigest, InvalidRequest } from './errors.ts';
import type { Segment } from './store.ts';

export interface BodyInput extends ChecksumMembers {
  Body?: unknown;
  ContentMD5?: string | undefined;
  ChecksumAlgorithm?: string | undefined;
}

export interface StagedBody {
  blob: StagedBlob;
  checksum: { algorithm: ChecksumAlgorithm; value: string };
  /** True when the client named the algorithm, by a value, a trailer or `ChecksumAlgorithm`. */
  isChecksumAsked: boolean;
}

/**
 * Writes the body of a request to a blob and compares it with every digest the client gave.
 * @param bytesMax the largest body allowed. @throws AwsError BadDigest and the like; nothing is left then.
 */
export async function stageBody(
  blobs: Blobs,
  input: BodyInput,
  options: {
    bytesMax: number;
    /** When the client names none. */
    algorithm?: ChecksumAlgorithm | undefined;
    /** The HTTP request whose body this is: its trailers may carry a checksum. */
    request?: HttpRequest | undefined;
  },
): Promise<StagedBody> {
  const md5 = md5Of(input.ContentMD5);
  const values = given(input);
  if (values.length > 1) {
    throw new InvalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const { request } = options;
  const asked = values[0]?.algorithm ?? announced(request?.headers['x-amz-trailer']) ?? named(input);
  // What S3 computes when nobody asks for another: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
  const algorithm = asked ?? options.algorithm ?? 'CRC64NVME';
  const checksum = createChecksum(algorithm);
  const blob = await blobs.stage(measured(chunksOf(input.Body), checksum, options.bytesMax));
  const value = checksum.base64();
  const expected = values[0]?.value ?? request?.body.trailers?.[`x-amz-checksum-${algorithm.toLowerCase()}`];
  if (md5 !== undefined && md5 !== blob.md5) {
    await blobs.discard(blob.id);
    throw new BadDigest('The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: input.ContentMD5,
      CalculatedDigest: Buffer.from(blob.md5, 'hex').toString('base64'),
    });
  }
  if (expected !== undefined && expected !== value) {
    await blobs.discard(blob.id);
    throw new BadDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { blob, checksum: { algorithm, value }, isChecksumAsked: asked !== undefined };
}

/** The bytes of an object, or a range of them, segment by segment. */
export function readSegments(
  blobs: Blobs,
  segments: readonly Segment[],
  range?: { start: number; end: number },
): Readable {
  return Readable.from(bytesOf(blobs, segments, range), { objectMode: false, highWaterMark: 256 * 1024 });
}

export async function* bytesOf(
  blobs: Blobs,
  segments: readonly Segment[],
  range?: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const { blob, size } of segments) {
    const start = Math.max(0, (range?.start ?? 0) - offset);
    const end = Math.min(size, range ? range.end + 1 - offset : size) - 1;
    offset += size;
    if (start > end) continue;
    yield* blobs.read(blob, start === 0 && end === size - 1 ? undefined : { start, end });
  }
}

function named(input: BodyInput): ChecksumAlgorithm | undefined {
  const name = input.ChecksumAlgorithm;
  if (name === undefined) return undefined;
  if (!isAlgorithm(name)) {
    throw new InvalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  return name;
}

function md5Of(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const bytes = Buffer.from(header, 'base64');
  if (bytes.length !== 16)
    throw new InvalidDigest('The Content-MD5 you specified was invalid.', { 'Content-MD5': header });
  return bytes.toString('hex');
}

function chunksOf(body: unknown): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (body === undefined || body === null) return [];
  if (typeof body === 'string') return [Buffer.from(body)];
  if (body instanceof Uint8Array) return [body];
  return body as AsyncIterable<Uint8Array>;
}

async function* measured(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  checksum: Checksum,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new EntityTooLarge('Your proposed upload exceeds the maximum allowed size', {
        ProposedSize: bytes,
        MaxSizeAllowed: bytesMax,
      });
    }
    checksum.update(chunk);
    yield chunk;
  }
}
