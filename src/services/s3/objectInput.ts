/** What PutObject, CopyObject and CreateMultipartUpload say alike of an object. */
import { AwsError, NotImplemented } from '../../kernel/index.ts';
import { tagsFromHeader } from './domain/tags.ts';
import { checkEncryption } from './encryption.ts';
import { InvalidArgument } from './errors.ts';
import { keyBytesMax, metadataBytesMax, objectTagsMax } from './limits.ts';
import type { ObjectHeaders } from './store.ts';

export interface ObjectInput {
  Key?: string | undefined;
  ACL?: string | undefined;
  CacheControl?: string | undefined;
  ContentDisposition?: string | undefined;
  ContentEncoding?: string | undefined;
  ContentLanguage?: string | undefined;
  ContentType?: string | undefined;
  Expires?: Date | string | undefined;
  ExpiresString?: string | undefined;
  Metadata?: Record<string, string> | undefined;
  ServerSideEncryption?: string | undefined;
  SSEKMSKeyId?: string | undefined;
  StorageClass?: string | undefined;
  Tagging?: string | undefined;
  WebsiteRedirectLocation?: string | undefined;
}

/** Classes whose objects are read at once; the others need RestoreObject. */
const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
]);

/** Members that ask for something this S3 can't do: an answer, never silence. */
const unsupported = [
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'SSEKMSEncryptionContext',
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWriteACP',
  'ObjectLockMode',
  'ObjectLockRetainUntilDate',
  'ObjectLockLegalHoldStatus',
  'WriteOffsetBytes',
  'CopySourceSSECustomerAlgorithm',
  'CopySourceSSECustomerKey',
];

/** @throws AwsError for keys and metadata that are too long and members that aren't supported. */
export function objectHeaders(input: ObjectInput): ObjectHeaders {
  for (const member of unsupported) {
    if ((input as Record<string, unknown>)[member] !== undefined) throw new NotImplemented(`s3: ${member}`);
  }
  checkEncryption(input.ServerSideEncryption, input.SSEKMSKeyId);
  checkAcl(input.ACL);
  const storageClass = input.StorageClass ?? 'STANDARD';
  if (!storageClasses.has(storageClass)) {
    throw new AwsError('InvalidStorageClass', 'The storage class you specified is not valid', {
      status: 400,
    });
  }
  const expires =
    input.ExpiresString ?? (input.Expires instanceof Date ? input.Expires.toUTCString() : input.Expires);
  return {
    // An empty type counts as none.
    contentType: input.ContentType || 'binary/octet-stream',
    ...(input.CacheControl === undefined ? {} : { cacheControl: input.CacheControl }),
    ...(input.ContentDisposition === undefined ? {} : { contentDisposition: input.ContentDisposition }),
    ...(input.ContentEncoding === undefined ? {} : { contentEncoding: input.ContentEncoding }),
    ...(input.ContentLanguage === undefined ? {} : { contentLanguage: input.ContentLanguage }),
    ...(expires === undefined ? {} : { expires }),
    ...(input.WebsiteRedirectLocation === undefined
      ? {}
      : { websiteRedirectLocation: input.WebsiteRedirectLocation }),
    ...(storageClass === 'STANDARD' ? {} : { storageClass }),
    metadata: metadataOf(input.Metadata),
    tags: input.Tagging === undefined ? {} : tagsFromHeader(input.Tagging, objectTagsMax),
  };
}

export function checkKey(key: string | undefined): string {
  if (key === undefined || key === '') throw new InvalidArgument('Key must not be empty');
  const bytes = Buffer.byteLength(key);
  if (bytes > keyBytesMax) {
    throw new AwsError('KeyTooLongError', 'Your key is too long', {
      status: 400,
      members: { Size: bytes, MaxSizeAllowed: keyBytesMax },
    });
  }
  return key;
}

/** Buckets have ACLs disabled, the default since April 2023: UserGuide/about-object-ownership. */
export function checkAcl(acl: string | undefined): void {
  if (acl === undefined || acl === 'private' || acl === 'bucket-owner-full-control') return;
  throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs', { status: 400 });
}

function metadataOf(given: Record<string, string> | undefined): Record<string, string> {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(given ?? {})) {
    metadata[name.toLowerCase()] = value;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > metadataBytesMax) {
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      status: 400,
      members: { Size: bytes, MaxSizeAllowed: metadataBytesMax },
    });
  }
  return metadata;
}
