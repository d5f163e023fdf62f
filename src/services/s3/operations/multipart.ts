/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
import type {
  AbortMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  ListMultipartUploadsCommandInput,
  ListPartsCommandInput,
  UploadPartCommandInput,
  UploadPartCopyCommandInput,
} from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm } from '../../../kernel/index.ts';
import type { Reader } from '../../../store/index.ts';
import { type BodyInput, bytesOf, type StagedBody, stageBody } from '../content.ts';
import { parseCopyRange } from '../domain/byteRange.ts';
import { allowsType, checksumOutput, defaultType, isAlgorithm } from '../domain/checksum.ts';
import { comesBefore, Lister, urlEncoded } from '../domain/listing.ts';
import { encryptionFor, encryptionOutput } from '../encryption.ts';
import { InvalidArgument, InvalidRequest, noSuchUpload } from '../errors.ts';
import { copyBytesMax, pageMax, partBytesMax, partsMax } from '../limits.ts';
import { checkKey, objectHeaders } from '../objectInput.ts';
import { ownerOf } from '../owner.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { Bucket, Part, Upload } from '../store.ts';
import { copySourceOf } from './CopyObject.ts';

export async function CreateMultipartUpload(
  ctx: S3Context,
  input: CreateMultipartUploadCommandInput,
): Promise<object> {
  const { store } = ctx.room;
  const key = checkKey(input.Key);
  const { ChecksumAlgorithm: algorithm, ChecksumType: type } = input;
  if (algorithm !== undefined && !isAlgorithm(algorithm)) {
    throw new InvalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  if (type !== undefined && (algorithm === undefined || !allowsType(algorithm, type))) {
    throw new InvalidRequest(
      algorithm === undefined
        ? 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.'
        : `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  const headers = objectHeaders(input as Parameters<typeof objectHeaders>[0]);
  const upload: Upload = {
    ...headers,
    ...encryptionFor(input.ServerSideEncryption, await bucketOf(ctx, input)),
    id: ctx.room.newId(),
    key,
    startedAt: ctx.now,
    ...(algorithm === undefined
      ? {}
      : {
          checksumAlgorithm: algorithm,
          checksumType: (type as Upload['checksumType']) ?? defaultType(algorithm),
        }),
  };
  const bucket = await store.transact(async (tx) => {
    const found = await bucketOf(ctx, input, tx);
    store.putUpload(tx, found, upload);
    return found;
  });
  return {
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.id,
    ...encryptionOutput(upload, bucket),
    ...(algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: upload.checksumType }),
  };
}

export async function UploadPart(ctx: S3Context, input: UploadPartCommandInput): Promise<object> {
  const number = partNumberOf(input.PartNumber);
  const { bucket, upload } = await uploadOf(ctx, input);
  const staged = await stageBody(ctx.room.blobs, input as BodyInput, {
    bytesMax: partBytesMax,
    algorithm: upload.checksumAlgorithm,
    request: ctx.request,
  });
  const part = await keepPart(ctx, input, number, staged);
  return {
    ETag: `"${part.etag}"`,
    ...encryptionOutput(upload, bucket),
    ...withoutType(part),
  };
}

export async function UploadPartCopy(ctx: S3Context, input: UploadPartCopyCommandInput): Promise<object> {
  const number = partNumberOf(input.PartNumber);
  const { bucket, upload } = await uploadOf(ctx, input);
  const { object } = await copySourceOf(ctx, input);
  const range =
    input.CopySourceRange === undefined ? undefined : parseCopyRange(input.CopySourceRange, object.size);
  if (input.CopySourceRange !== undefined && !range) {
    throw new InvalidArgument(`Range specified is not valid for source object of size: ${object.size}`, {
      ArgumentName: 'x-amz-copy-source-range',
      ArgumentValue: input.CopySourceRange,
    });
  }
  const staged = await stageBody(
    ctx.room.blobs,
    { Body: bytesOf(ctx.room.blobs, object.segments, range) },
    { bytesMax: copyBytesMax, algorithm: upload.checksumAlgorithm },
  );
  const part = await keepPart(ctx, input, number, staged);
  return {
    ...encryptionOutput(upload, bucket),
    CopyPartResult: { ETag: `"${part.etag}"`, LastModified: new Date(part.modifiedAt), ...withoutType(part) },
  };
}

export async function AbortMultipartUpload(
  ctx: S3Context,
  input: AbortMultipartUploadCommandInput,
): Promise<object> {
  const { store } = ctx.room;
  await store.transact(async (tx) => {
    const { bucket, upload } = await uploadOf(ctx, input, tx);
    await store.deleteUpload(tx, bucket, upload, { releaseParts: true });
  });
  return {};
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function ListParts(ctx: S3Context, input: ListPartsCommandInput): Promise<object> {
  const { store } = ctx.room;
  const { bucket, upload } = await uploadOf(ctx, input);
  const limit = Math.min(input.MaxParts ?? pageMax, pageMax);
  const after = Number(input.PartNumberMarker ?? 0);
  const found = await store.parts(store.reader, upload.id, { after, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.id,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(last?.number ?? 0),
    MaxParts: limit,
    IsTruncated: found.length > limit,
    Parts: page.map((part) => ({
      PartNumber: part.number,
      LastModified: new Date(part.modifiedAt),
      ETag: `"${part.etag}"`,
      Size: part.size,
      ...withoutType(part),
    })),
    Initiator: ownerOf(bucket.account),
    Owner: ownerOf(bucket.account),
    StorageClass: upload.storageClass ?? 'STANDARD',
    ...(upload.checksumAlgorithm
      ? { ChecksumAlgorithm: upload.checksumAlgorithm, ChecksumType: upload.checksumType }
      : {}),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export async function ListMultipartUploads(
  ctx: S3Context,
  input: ListMultipartUploadsCommandInput,
): Promise<object> {
  const { store } = ctx.room;
  const bucket = await bucketOf(ctx, input);
  const limit = Math.min(input.MaxUploads ?? pageMax, pageMax);
  const prefix = input.Prefix ?? '';
  const encode = input.EncodingType === 'url' ? urlEncoded : (text: string) => text;
  const { KeyMarker: after = '', UploadIdMarker: afterId } = input;
  const lister = new Lister<Upload>({ prefix, delimiter: input.Delimiter ?? '', limit }, undefined);
  let start: Parameters<typeof store.uploads>[2] =
    after === '' || comesBefore(after, prefix) ? { from: prefix } : afterId ? { after, afterId } : { after };
  reading: for (;;) {
    const uploads: Upload[] = await store.uploads(store.reader, bucket, start, limit + 1);
    for (const upload of uploads) {
      const step = lister.offer(upload.key, upload);
      if (step === 'past' || step === 'full') break reading;
    }
    const last = uploads.at(-1);
    if (!last) break;
    start = { after: last.key, afterId: last.id };
  }
  const { items, commonPrefixes, next } = lister.page;
  return {
    Bucket: bucket.name,
    KeyMarker: encode(after),
    UploadIdMarker: afterId ?? '',
    Prefix: encode(prefix),
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    MaxUploads: limit,
    IsTruncated: next !== undefined,
    ...(next === undefined
      ? {}
      : { NextKeyMarker: encode(next), NextUploadIdMarker: items.at(-1)?.id ?? '' }),
    Uploads: items.map((upload) => ({
      UploadId: upload.id,
      Key: encode(upload.key),
      Initiated: new Date(upload.startedAt),
      StorageClass: upload.storageClass ?? 'STANDARD',
      Owner: ownerOf(bucket.account),
      Initiator: ownerOf(bucket.account),
      ...(upload.checksumAlgorithm
        ? { ChecksumAlgorithm: upload.checksumAlgorithm, ChecksumType: upload.checksumType }
        : {}),
    })),
    CommonPrefixes: commonPrefixes.map((each) => ({ Prefix: encode(each) })),
  };
}

interface NamesUpload {
  Bucket?: string | undefined;
  Key?: string | undefined;
  UploadId?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

export async function uploadOf(
  ctx: S3Context,
  input: NamesUpload,
  reader?: Reader,
): Promise<{ bucket: Bucket; upload: Upload }> {
  const { store } = ctx.room;
  const bucket = await bucketOf(ctx, input, reader);
  const id = input.UploadId ?? '';
  const upload = await store.upload(reader ?? store.reader, bucket, checkKey(input.Key), id);
  if (!upload) throw noSuchUpload(id);
  return { bucket, upload };
}

async function keepPart(
  ctx: S3Context,
  input: NamesUpload,
  number: number,
  staged: StagedBody,
): Promise<Part> {
  const { store, blobs } = ctx.room;
  const { blob, checksum, isChecksumAsked } = staged;
  try {
    return await store.transact(async (tx) => {
      const { upload } = await uploadOf(ctx, input, tx);
      const expected = upload.checksumAlgorithm;
      if (expected && checksum.algorithm !== expected) throw otherChecksum(expected, checksum.algorithm);
      const part: Part = {
        number,
        etag: blob.md5,
        size: blob.size,
        modifiedAt: ctx.now,
        blob: blob.id,
        ...(expected || isChecksumAsked ? { checksum: { ...checksum, type: 'FULL_OBJECT' as const } } : {}),
      };
      blobs.claim(tx, blob.id);
      await store.putPart(tx, upload.id, part);
      return part;
    });
  } catch (error) {
    await blobs.discard(blob.id);
    throw error;
  }
}

function otherChecksum(expected: ChecksumAlgorithm, actual: ChecksumAlgorithm) {
  return new InvalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual.toLowerCase()}`,
  );
}

function partNumberOf(number: number | undefined): number {
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= partsMax) return number;
  throw new InvalidArgument(`Part number must be an integer between 1 and ${partsMax}, inclusive`, {
    ArgumentName: 'partNumber',
    ArgumentValue: String(number),
  });
}

function withoutType(part: Part) {
  const { ChecksumType: _type, ...members } = checksumOutput(part.checksum);
  return members;
}
