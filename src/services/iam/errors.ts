import { defineError } from '../../kernel/index.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and the operations' pages. */
export const NoSuchEntity = defineError('NoSuchEntity', 404);
export const EntityAlreadyExists = defineError('EntityAlreadyExists', 409);
export const DeleteConflict = defineError('DeleteConflict', 409);
export const LimitExceeded = defineError('LimitExceeded', 409);
export const MalformedPolicyDocument = defineError('MalformedPolicyDocument', 400);
export const InvalidAuthenticationCode = defineError('InvalidAuthenticationCode', 403);
export const InvalidInput = defineError('InvalidInput', 400);
export const ValidationError = defineError('ValidationError', 400);
export const KeyPairMismatch = defineError('KeyPairMismatch', 400);
export const MalformedCertificate = defineError('MalformedCertificate', 400);
