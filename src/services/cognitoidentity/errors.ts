/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html#API_GetCredentialsForIdentity_Errors and its neighbours. */
import { defineError } from '../../kernel/index.ts';

export const DeveloperUserAlreadyRegisteredException = defineError('DeveloperUserAlreadyRegisteredException');
export const ExternalServiceException = defineError('ExternalServiceException');
export const InvalidIdentityPoolConfigurationException = defineError(
  'InvalidIdentityPoolConfigurationException',
);
export const InvalidParameterException = defineError('InvalidParameterException');
export const LimitExceededException = defineError('LimitExceededException');
export const NotAuthorizedException = defineError('NotAuthorizedException');
export const ResourceConflictException = defineError('ResourceConflictException');
export const ResourceNotFoundException = defineError('ResourceNotFoundException');
