import { defineError } from '../../kernel/index.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors and its neighbours. */
export const AccessDenied = defineError('AccessDenied', 403);
export const ValidationError = defineError('ValidationError', 400);
export const PackedPolicyTooLarge = defineError('PackedPolicyTooLarge', 400);
export const MalformedPolicyDocument = defineError('MalformedPolicyDocument', 400);
export const InvalidParameterValue = defineError('InvalidParameterValue', 400);
export const InvalidIdentityToken = defineError('InvalidIdentityToken', 400);
export const ExpiredTokenException = defineError('ExpiredTokenException', 400);
export const IDPCommunicationError = defineError('IDPCommunicationError', 400);
export const InvalidAuthorizationMessageException = defineError('InvalidAuthorizationMessageException', 400);
export const OutboundWebIdentityFederationDisabledException = defineError(
  'OutboundWebIdentityFederationDisabledException',
  403,
);
export const SessionDurationEscalationException = defineError('SessionDurationEscalationException', 403);
