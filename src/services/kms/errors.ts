/** https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and the operations' pages. */
import { defineError } from '../../kernel/index.ts';

export const AccessDeniedException = defineError('AccessDeniedException');
export const AlreadyExistsException = defineError('AlreadyExistsException');
export const DisabledException = defineError('DisabledException');
export const IncorrectKeyException = defineError('IncorrectKeyException');
export const InvalidAliasNameException = defineError('InvalidAliasNameException');
export const InvalidCiphertextException = defineError('InvalidCiphertextException');
export const InvalidGrantIdException = defineError('InvalidGrantIdException');
export const InvalidGrantTokenException = defineError('InvalidGrantTokenException');
export const InvalidKeyUsageException = defineError('InvalidKeyUsageException');
export const InvalidMarkerException = defineError('InvalidMarkerException');
export const KMSInvalidMacException = defineError('KMSInvalidMacException');
export const KMSInvalidStateException = defineError('KMSInvalidStateException');
export const LimitExceededException = defineError('LimitExceededException');
export const MalformedPolicyDocumentException = defineError('MalformedPolicyDocumentException');
export const NotAuthorizedException = defineError('NotAuthorizedException');
export const NotFoundException = defineError('NotFoundException');
export const TagException = defineError('TagException');
export const UnsupportedOperationException = defineError('UnsupportedOperationException');

const DryRunOperationException = defineError('DryRunOperationException');

/** All that a request needs was there. */
export const wouldHaveSucceeded = () =>
  new DryRunOperationException('The request would have succeeded, but the DryRun option is set.');
