/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html#API_InitiateAuth_Errors and its neighbours. */
import { defineError } from '../../kernel/index.ts';

export const AliasExistsException = defineError('AliasExistsException');
export const CodeMismatchException = defineError('CodeMismatchException');
export const DuplicateProviderException = defineError('DuplicateProviderException');
export const ExpiredCodeException = defineError('ExpiredCodeException');
export const FeatureUnavailableInTierException = defineError('FeatureUnavailableInTierException');
export const GroupExistsException = defineError('GroupExistsException');
export const InvalidOAuthFlowException = defineError('InvalidOAuthFlowException');
export const InvalidParameterException = defineError('InvalidParameterException');
export const InvalidPasswordException = defineError('InvalidPasswordException');
export const InvalidLambdaResponseException = defineError('InvalidLambdaResponseException');
export const LimitExceededException = defineError('LimitExceededException');
export const NotAuthorizedException = defineError('NotAuthorizedException');
export const PasswordHistoryPolicyViolationException = defineError('PasswordHistoryPolicyViolationException');
export const PasswordResetRequiredException = defineError('PasswordResetRequiredException');
export const PreconditionNotMetException = defineError('PreconditionNotMetException');
export const ResourceNotFoundException = defineError('ResourceNotFoundException');
export const ScopeDoesNotExistException = defineError('ScopeDoesNotExistException');
export const TierChangeNotAllowedException = defineError('TierChangeNotAllowedException');
export const UnauthorizedException = defineError('UnauthorizedException');
export const UnexpectedLambdaException = defineError('UnexpectedLambdaException');
export const UnsupportedTokenTypeException = defineError('UnsupportedTokenTypeException');
export const UserImportInProgressException = defineError('UserImportInProgressException');
export const UserLambdaValidationException = defineError('UserLambdaValidationException');
export const UserNotConfirmedException = defineError('UserNotConfirmedException');
export const UserNotFoundException = defineError('UserNotFoundException');
export const UsernameExistsException = defineError('UsernameExistsException');
