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
export const AccessDenied = defineError('AccessDenied', 403);
export const DuplicateCertificate = defineError('DuplicateCertificate', 409);
export const DuplicateSSHPublicKey = defineError('DuplicateSSHPublicKey', 400);
export const EntityTemporarilyUnmodifiable = defineError('EntityTemporarilyUnmodifiable', 409);
export const FeatureDisabled = defineError('FeatureDisabled', 404);
export const FeatureEnabled = defineError('FeatureEnabled', 409);
export const InvalidPublicKey = defineError('InvalidPublicKey', 400);
export const InvalidUserType = defineError('InvalidUserType', 400);
export const NotSupportedService = defineError('NotSupportedService', 404);
/** Without a code of its own in the model: the exception's name is the code. */
export const OrganizationNotFoundException = defineError('OrganizationNotFoundException', 400);
export const PasswordPolicyViolation = defineError('PasswordPolicyViolation', 400);
export const PolicyNotAttachable = defineError('PolicyNotAttachable', 400);
export const ReportExpired = defineError('ReportExpired', 410);
export const ReportInProgress = defineError('ReportInProgress', 404);
export const ReportNotPresent = defineError('ReportNotPresent', 410);
export const UnmodifiableEntity = defineError('UnmodifiableEntity', 400);
export const UnrecognizedPublicKeyEncoding = defineError('UnrecognizedPublicKeyEncoding', 400);
