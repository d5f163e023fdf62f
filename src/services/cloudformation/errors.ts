import { type AwsError, defineError } from '../../kernel/index.ts';
import { TemplateError } from './domain/templateError.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html */
export const ValidationError = defineError('ValidationError', 400);
export const AlreadyExistsException = defineError('AlreadyExistsException', 400);
export const ChangeSetNotFoundException = defineError('ChangeSetNotFoundException', 404);
export const InsufficientCapabilitiesException = defineError('InsufficientCapabilitiesException', 400);
export const InvalidChangeSetStatusException = defineError('InvalidChangeSetStatusException', 400);
export const LimitExceededException = defineError('LimitExceededException', 400);
export const TokenAlreadyExistsException = defineError('TokenAlreadyExistsException', 400);

/** Runs what reads a template; its complaint is the caller's to fix. */
export function readingTemplate<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw asValidationError(cause);
  }
}

export function asValidationError(cause: unknown): AwsError | unknown {
  return cause instanceof TemplateError ? new ValidationError(cause.message) : cause;
}

export function stackNotFound(name: string): AwsError {
  return new ValidationError(`Stack with id ${name} does not exist`);
}
