/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import { AwsError, defineError } from '../../kernel/index.ts';

const BucketNotFound = defineError('NoSuchBucket', 404);
const KeyNotFound = defineError('NoSuchKey', 404);
const UploadNotFound = defineError('NoSuchUpload', 404);

export const InvalidArgument = defineError('InvalidArgument', 400);
export const InvalidRequest = defineError('InvalidRequest', 400);
export const InvalidBucketName = defineError('InvalidBucketName', 400);
export const MalformedXML = defineError('MalformedXML', 400);
export const BadDigest = defineError('BadDigest', 400);
export const InvalidDigest = defineError('InvalidDigest', 400);
export const InvalidPart = defineError('InvalidPart', 400);
export const InvalidTag = defineError('InvalidTag', 400);
export const EntityTooSmall = defineError('EntityTooSmall', 400);
export const EntityTooLarge = defineError('EntityTooLarge', 400);
export const PreconditionFailed = defineError('PreconditionFailed', 412);
export const AccessDenied = defineError('AccessDenied', 403);

export function noSuchBucket(bucket: string): AwsError {
  return new BucketNotFound('The specified bucket does not exist', { BucketName: bucket });
}

export function noSuchKey(key: string): AwsError {
  return new KeyNotFound('The specified key does not exist.', { Key: key });
}

export function noSuchUpload(uploadId: string): AwsError {
  return new UploadNotFound(
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: uploadId },
  );
}

export function malformedXml(): AwsError {
  return new MalformedXML(
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

export function preconditionFailed(condition: string): AwsError {
  return new PreconditionFailed('At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
}

/** Answers HEAD, which has no body to carry a code in. */
export function notFound(): AwsError {
  return new AwsError('NotFound', 'Not Found', { status: 404 });
}
