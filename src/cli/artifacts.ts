/** Where packaged code goes: a bucket of the cloud, one per account and region, as `sam deploy --resolve-s3` keeps one. */
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientConfig, type Target } from './target.ts';

export interface UploadedArtifact {
  bucket: string;
  key: string;
}

/** @returns uploads bytes under a content-addressed key, once; what is there already isn't sent again. */
export function artifactUploader(target: Target, stack: string) {
  const client = new S3Client({ ...clientConfig(target), forcePathStyle: true });
  const bucket = `brume-artifacts-${target.region}`;
  let ready: Promise<void> | undefined;
  return async (name: string, content: Uint8Array): Promise<UploadedArtifact> => {
    ready ??= ensureBucket(client, bucket);
    await ready;
    const key = `${stack}/${name}`;
    const known = await client
      .send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
      .catch(() => undefined);
    if (!known) await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
    return { bucket, key };
  };
}

async function ensureBucket(client: S3Client, bucket: string): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof Error) || !/BucketAlready(OwnedByYou|Exists)/.test(error.name)) throw error;
  }
}
