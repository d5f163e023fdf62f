/**
 * What AWS answers to a request it can't authenticate. The same fault has another name and status in each
 * family of services: the JSON services answer 400, the query and REST services 403, S3 has words of its own.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
import { AwsError } from '../kernel/index.ts';

export type ErrorFamily = 'json' | 'rest' | 'query' | 's3';

export type AuthenticationFault =
  | 'missing'
  | 'incomplete'
  | 'unknownKey'
  | 'mismatch'
  | 'skewed'
  | 'presignExpired'
  | 'presignMalformed'
  | 'tokenExpired'
  | 'tokenInvalid'
  | 'unsupported'
  | 'payloadMismatch';

const invalidToken = 'The security token included in the request is invalid.';
const expiredToken = 'The security token included in the request is expired';
const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const s3Mismatch =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.';

type Answer = readonly [code: string, status: number, message: string];

const rest: Record<AuthenticationFault, Answer> = {
  missing: ['MissingAuthenticationTokenException', 403, 'Missing Authentication Token'],
  incomplete: [
    'IncompleteSignatureException',
    403,
    'The request signature does not conform to AWS standards.',
  ],
  unknownKey: ['UnrecognizedClientException', 403, invalidToken],
  mismatch: ['InvalidSignatureException', 403, mismatch],
  skewed: ['InvalidSignatureException', 403, 'Signature expired'],
  presignExpired: ['InvalidSignatureException', 403, 'Signature expired'],
  presignMalformed: ['IncompleteSignatureException', 403, 'The query-string signature is incomplete.'],
  tokenExpired: ['ExpiredTokenException', 403, expiredToken],
  tokenInvalid: ['UnrecognizedClientException', 403, invalidToken],
  unsupported: [
    'IncompleteSignatureException',
    403,
    'The authorization mechanism you have provided is not supported.',
  ],
  payloadMismatch: ['InvalidSignatureException', 403, mismatch],
};

const query: Record<AuthenticationFault, Answer> = {
  ...rest,
  missing: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
  incomplete: ['IncompleteSignature', 400, 'The request signature does not conform to AWS standards.'],
  unknownKey: ['InvalidClientTokenId', 403, invalidToken],
  mismatch: ['SignatureDoesNotMatch', 403, mismatch],
  skewed: ['SignatureDoesNotMatch', 403, 'Signature expired'],
  presignExpired: ['SignatureDoesNotMatch', 403, 'Signature expired'],
  presignMalformed: ['IncompleteSignature', 400, 'The query-string signature is incomplete.'],
  tokenExpired: ['ExpiredToken', 403, expiredToken],
  tokenInvalid: ['InvalidClientTokenId', 403, invalidToken],
  unsupported: [
    'IncompleteSignature',
    400,
    'The authorization mechanism you have provided is not supported.',
  ],
  payloadMismatch: ['SignatureDoesNotMatch', 403, mismatch],
};

const s3: Record<AuthenticationFault, Answer> = {
  missing: ['AccessDenied', 403, 'Access Denied'],
  incomplete: ['AuthorizationHeaderMalformed', 400, 'The authorization header is malformed.'],
  unknownKey: [
    'InvalidAccessKeyId',
    403,
    'The AWS Access Key Id you provided does not exist in our records.',
  ],
  mismatch: ['SignatureDoesNotMatch', 403, s3Mismatch],
  skewed: [
    'RequestTimeTooSkewed',
    403,
    'The difference between the request time and the current time is too large.',
  ],
  presignExpired: ['AccessDenied', 403, 'Request has expired'],
  presignMalformed: [
    'AuthorizationQueryParametersError',
    400,
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
  ],
  tokenExpired: ['ExpiredToken', 400, 'The provided token has expired.'],
  tokenInvalid: ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
  unsupported: [
    'InvalidRequest',
    400,
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  ],
  payloadMismatch: [
    'XAmzContentSHA256Mismatch',
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ],
};

/** @param message takes the place of the usual one, where AWS names the values that are wrong. */
export function authenticationError(
  family: ErrorFamily,
  fault: AuthenticationFault,
  message?: string,
): AwsError {
  const table = family === 's3' ? s3 : family === 'query' ? query : rest;
  const [code, status, usual] = table[fault];
  return new AwsError(code, message ?? usual, { status: family === 'json' ? 400 : status, fault: 'client' });
}
