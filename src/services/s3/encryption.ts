/** With what objects are encrypted, as S3 tells it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html */
import { formatArn, NotImplemented } from '../../kernel/index.ts';
import type { Bucket, ObjectHeaders } from './store.ts';

export interface EncryptionRule {
  ApplyServerSideEncryptionByDefault?: { SSEAlgorithm?: string; KMSMasterKeyID?: string };
  BucketKeyEnabled?: boolean;
}

type Encrypted = Pick<ObjectHeaders, 'encryption'>;

/** The key that AWS manages for an account's buckets. */
const managedKey = /^(?:arn:[\w-]+:kms:[\w-]+:\d+:)?alias\/aws\/s3$/;

/** @throws NotImplemented for keys of one's own: nobody asks here who may use them. */
export function checkEncryption(algorithm: string | undefined, keyId: string | undefined): void {
  if (algorithm !== undefined && algorithm !== 'AES256' && algorithm !== 'aws:kms') {
    throw new NotImplemented(`s3: encryption by ${algorithm}`);
  }
  if (keyId !== undefined && !managedKey.test(keyId)) throw new NotImplemented('s3: encryption by a KMS key');
}

/** What a new object gets: what the request asks for, else the bucket's default. */
export function encryptionFor(asked: string | undefined, bucket: Bucket): Encrypted {
  const [rule] = (bucket.configuration.encryption ?? []) as EncryptionRule[];
  const algorithm = asked ?? rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
  return algorithm === 'aws:kms' ? { encryption: algorithm } : {};
}

export function encryptionOutput({ encryption }: Encrypted, { account, region }: Bucket) {
  if (encryption === undefined) return { ServerSideEncryption: 'AES256' as const };
  const key = formatArn({ service: 'kms', region, account, resource: 'alias/aws/s3' });
  return { ServerSideEncryption: encryption, SSEKMSKeyId: key };
}
