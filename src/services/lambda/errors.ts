/** https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html and the operations' pages. `Type` tells whose fault it is. */
import { AwsError } from '../../kernel/index.ts';

type LambdaErrorClass = new (message: string, members?: Record<string, unknown>) => AwsError;

function lambdaError(code: string, status: number, type: 'User' | 'Service' = 'User'): LambdaErrorClass {
  return class extends AwsError {
    constructor(message: string, members: Record<string, unknown> = {}) {
      super(code, message, { status, members: { Type: type, ...members } });
    }
  };
}

export const ResourceNotFoundException = lambdaError('ResourceNotFoundException', 404);
export const ResourceConflictException = lambdaError('ResourceConflictException', 409);
export const ResourceInUseException = lambdaError('ResourceInUseException', 400);
export const InvalidParameterValueException = lambdaError('InvalidParameterValueException', 400);
export const InvalidRequestContentException = lambdaError('InvalidRequestContentException', 400);
export const ProvisionedConcurrencyConfigNotFoundException = lambdaError(
  'ProvisionedConcurrencyConfigNotFoundException',
  404,
);
export const RecursiveInvocationException = lambdaError('RecursiveInvocationException', 400);
export const CodeSigningConfigNotFoundException = lambdaError('CodeSigningConfigNotFoundException', 404);
export const CallbackTimeoutException = lambdaError('CallbackTimeoutException', 400);
export const DurableExecutionAlreadyStartedException = lambdaError(
  'DurableExecutionAlreadyStartedException',
  409,
);
export const CodeVerificationFailedException = lambdaError('CodeVerificationFailedException', 400);
export const SnapStartException = lambdaError('SnapStartException', 400);
export const SnapStartTimeoutException = lambdaError('SnapStartTimeoutException', 408);
export const PreconditionFailedException = lambdaError('PreconditionFailedException', 412);
/** The model names RequestTooLargeException; this is what AWS has been seen to answer, to every SDK. */
export const RequestEntityTooLargeException = lambdaError('RequestEntityTooLargeException', 413);
export const CodeStorageExceededException = lambdaError('CodeStorageExceededException', 400);
export const PolicyLengthExceededException = lambdaError('PolicyLengthExceededException', 400);
export const TooManyRequestsException = lambdaError('TooManyRequestsException', 429);
export const InvalidRuntimeException = lambdaError('InvalidRuntimeException', 502);
export const ServiceException = lambdaError('ServiceException', 500, 'Service');
