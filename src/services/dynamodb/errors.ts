/** The error vocabulary of DynamoDB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
import { defineError } from '../../kernel/index.ts';

export { ValidationException } from '../../kernel/index.ts';
export const ResourceNotFoundException = defineError('ResourceNotFoundException');
export const ResourceInUseException = defineError('ResourceInUseException');
export const LimitExceededException = defineError('LimitExceededException');
export const ConditionalCheckFailedException = defineError('ConditionalCheckFailedException');
export const TransactionConflictException = defineError('TransactionConflictException');
export const TransactionInProgressException = defineError('TransactionInProgressException');
export const TransactionCanceledException = defineError('TransactionCanceledException');
export const IdempotentParameterMismatchException = defineError('IdempotentParameterMismatchException');
