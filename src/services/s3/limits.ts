/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html (multipart upload limits)
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

/** Keys, in bytes of UTF-8. */
export const keyBytesMax = 1024;
/** User metadata of one object, names and values, in bytes. UserGuide/UsingMetadata. */
export const metadataBytesMax = 2 * 1024;
/** One PutObject. */
export const putBytesMax = 5 * gibibyte;
/** CopyObject and UploadPartCopy. */
export const copyBytesMax = 5 * gibibyte;
/** Every part of an upload but the last. */
export const partBytesMin = 5 * mebibyte;
export const partBytesMax = 5 * gibibyte;
export const partsMax = 10_000;
/** Entries on a page of ListObjects, ListParts and ListMultipartUploads, and keys of one DeleteObjects. */
export const pageMax = 1000;
/** Buckets on a page of ListBuckets. API/API_ListBuckets. */
export const bucketPageMax = 10_000;
/** UserGuide/object-tagging: 10 tags an object; UserGuide/CostAllocTagging: 50 a bucket. */
export const objectTagsMax = 10;
export const bucketTagsMax = 50;
export const tagKeyCharactersMax = 128;
export const tagValueCharactersMax = 256;
/** UserGuide/add-bucket-policy: 20 KB. */
export const bucketPolicyBytesMax = 20 * 1024;
/** General reference, S3 quotas: event notifications of a bucket. */
export const notificationsMax = 100;
/** API/ErrorResponses, list of notification errors: value of a filter rule, in bytes of UTF-8. */
export const filterValueBytesMax = 1024;

/** Ours: objects up to this size are read whole and not streamed. */
export const wholeReadBytesMax = 16 * 1024;
