/** An S3 object written from a stream in parts, so that no more than a part of it is in memory. */
import { createHash } from 'node:crypto';
import { limits } from '../limits.ts';
import type { Bucket } from './s3.ts';

export interface Uploaded {
  /** Of the whole object, in base64. */
  readonly md5: string;
  /** Without quotes. */
  readonly etag: string;
}

/** Puts the parts of `content` into an upload that was begun, and completes it. */
export async function uploadParts(
  bucket: Bucket,
  { key: Key, id: UploadId }: { key: string; id: string },
  content: AsyncIterable<Uint8Array>,
): Promise<Uploaded> {
  const digest = createHash('md5');
  const Parts: { PartNumber: number; ETag: string }[] = [];
  const put = async (Body: Uint8Array) => {
    digest.update(Body);
    const PartNumber = Parts.length + 1;
    const { ETag } = await bucket.call<{ ETag: string }>('UploadPart', { Key, UploadId, PartNumber, Body });
    Parts.push({ PartNumber, ETag });
  };
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < limits.exportPartBytes) continue;
    await put(Buffer.concat(chunks));
    chunks = [];
    bytes = 0;
  }
  if (bytes > 0 || Parts.length === 0) await put(Buffer.concat(chunks));
  const { ETag } = await bucket.call<{ ETag: string }>('CompleteMultipartUpload', {
    Key,
    UploadId,
    MultipartUpload: { Parts },
  });
  return { md5: digest.digest('base64'), etag: ETag.replaceAll('"', '') };
}
