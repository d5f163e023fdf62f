import { createHash } from 'node:crypto';
import type { CompletedPart, CompleteMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import { AwsError, createChecksum } from '../../../kernel/index.ts';
import type { Blobs } from '../../../store/index.ts';
import { bytesOf } from '../content.ts';
import { checksumOutput, compositeOf, given, memberOf, type StoredChecksum } from '../domain/checksum.ts';
import { encryptionOutput } from '../encryption.ts';
import { BadDigest, EntityTooSmall, InvalidPart, InvalidRequest, malformedXml } from '../errors.ts';
import { partBytesMin, partsMax } from '../limits.ts';
import { created, notify } from '../notifications.ts';
import type { S3Context } from '../room.ts';
import type { Part, StoredObject, Upload } from '../store.ts';
import { uploadOf } from './multipart.ts';
import { checkWrite } from './PutObject.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function CompleteMultipartUpload(
  ctx: S3Context,
  input: CompleteMultipartUploadCommandInput,
): Promise<object> {
  const { store, blobs } = ctx.room;
  const wanted = input.MultipartUpload?.Parts ?? [];
  if (wanted.length === 0 || wanted.length > partsMax) throw malformedXml();
  const found = await uploadOf(ctx, input);
  // Reading every byte again takes longer than a transaction may; the parts are checked once more inside it.
  const before = await partsOf(ctx, found.upload, wanted);
  const checksum = await checksumOf(blobs, found.upload, before);
  const claimed = given(input as Parameters<typeof given>[0]).find(
    ({ algorithm }) => algorithm === checksum?.algorithm,
  );
  if (claimed && checksum && claimed.value.replace(/-\d+$/, '') !== checksum.value.replace(/-\d+$/, '')) {
    throw new BadDigest(`The ${checksum.algorithm} you specified did not match the calculated checksum.`);
  }
  const size = before.reduce((sum, part) => sum + part.size, 0);
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== size) {
    throw new InvalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    );
  }
  const { object, versionId } = await store.transact(async (tx) => {
    const { bucket, upload } = await uploadOf(ctx, input, tx);
    checkWrite(input, upload.key, await store.object(tx, bucket, upload.key));
    const kept = await store.parts(tx, upload.id, { after: 0, limit: partsMax });
    const blobOf = new Map(kept.map((part) => [part.number, part.blob]));
    if (before.some((part) => blobOf.get(part.number) !== part.blob)) throw invalidPart();
    const {
      id: _id,
      key,
      startedAt: _at,
      checksumAlgorithm: _algorithm,
      checksumType: _type,
      ...headers
    } = upload;
    const made: StoredObject = {
      ...headers,
      key,
      etag: `${etagOf(before)}-${before.length}`,
      size,
      modifiedAt: ctx.now,
      segments: before.map((part) => ({ blob: part.blob, size: part.size })),
      isMultipart: true,
      ...(checksum ? { checksum } : {}),
    };
    await store.deleteUpload(tx, bucket, upload, {
      releaseParts: false,
      kept: new Set(before.map((part) => part.number)),
    });
    const madeId = await store.putObject(tx, bucket, made, ctx.room.newId);
    await notify(ctx, tx, bucket, created('CompleteMultipartUpload', made, madeId));
    return { object: made, versionId: madeId };
  });
  return {
    Location: `http://${input.Bucket}.s3.${ctx.region}.amazonaws.com/${encodeURIComponent(object.key)}`,
    Bucket: input.Bucket,
    Key: object.key,
    ETag: `"${object.etag}"`,
    ...encryptionOutput(object, found.bucket),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
    ...checksumOutput(object.checksum),
  };
}

/** The parts a client names, in its order, which must be ascending. */
async function partsOf(ctx: S3Context, upload: Upload, wanted: readonly CompletedPart[]): Promise<Part[]> {
  const { store } = ctx.room;
  const stored = await store.parts(store.reader, upload.id, { after: 0, limit: partsMax });
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  if (
    wanted.some(
      ({ PartNumber = 0 }, index) => index > 0 && PartNumber <= (wanted[index - 1]?.PartNumber ?? 0),
    )
  ) {
    throw new AwsError(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
      { status: 400, members: { UploadId: upload.id } },
    );
  }
  const parts = wanted.map((each) => {
    const part = byNumber.get(each.PartNumber ?? 0);
    if (!part || each.ETag?.replace(/^"(.*)"$/, '$1') !== part.etag) throw invalidPart(upload, each);
    if (part.checksum) {
      const claimed = each[memberOf(part.checksum.algorithm)];
      if (claimed !== undefined && claimed !== part.checksum.value) throw invalidPart(upload, each);
    }
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < partBytesMin);
  if (small) {
    throw new EntityTooSmall('Your proposed upload is smaller than the minimum allowed size', {
      ProposedSize: small.size,
      MinSizeAllowed: partBytesMin,
      PartNumber: small.number,
      ETag: small.etag,
    });
  }
  return parts;
}

function invalidPart(upload?: Upload, part?: CompletedPart): AwsError {
  return new InvalidPart(
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    upload ? { UploadId: upload.id, PartNumber: part?.PartNumber, ETag: part?.ETag } : {},
  );
}

/** The MD5 of the parts' MD5s: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
function etagOf(parts: readonly Part[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'));
  return md5.digest('hex');
}

async function checksumOf(
  blobs: Blobs,
  upload: Upload,
  parts: readonly Part[],
): Promise<StoredChecksum | undefined> {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (!algorithm) return undefined;
  if (type === 'COMPOSITE')
    return compositeOf(
      algorithm,
      parts.map((part) => part.checksum?.value ?? ''),
    );
  const checksum = createChecksum(algorithm);
  for await (const chunk of bytesOf(blobs, parts)) checksum.update(chunk);
  return { algorithm, value: checksum.base64(), type: 'FULL_OBJECT' };
}
