/** The error vocabulary of DynamoDB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
import { type AwsError, defineError } from '../../kernel/index.ts';

export { ValidationException } from '../../kernel/index.ts';
export const ResourceNotFoundException = defineError('ResourceNotFoundException');
export const ResourceInUseException = defineError('ResourceInUseException');
export const PolicyNotFoundException = defineError('PolicyNotFoundException');
export const TableNotFoundException = defineError('TableNotFoundException');
export const TableInUseException = defineError('TableInUseException');
export const TableAlreadyExistsException = defineError('TableAlreadyExistsException');
export const BackupNotFoundException = defineError('BackupNotFoundException');
export const BackupInUseException = defineError('BackupInUseException');
export const ContinuousBackupsUnavailableException = defineError('ContinuousBackupsUnavailableException');
export const InvalidRestoreTimeException = defineError('InvalidRestoreTimeException');
export const PointInTimeRecoveryUnavailableException = defineError('PointInTimeRecoveryUnavailableException');
export const LimitExceededException = defineError('LimitExceededException');
export const ConditionalCheckFailedException = defineError('ConditionalCheckFailedException');
export const TransactionConflictException = defineError('TransactionConflictException');
export const TransactionInProgressException = defineError('TransactionInProgressException');
export const DuplicateItemException = defineError('DuplicateItemException');
export const TransactionCanceledException = defineError('TransactionCanceledException');
export const IdempotentParameterMismatchException = defineError('IdempotentParameterMismatchException');
export const ImportConflictException = defineError('ImportConflictException');
export const ImportNotFoundException = defineError('ImportNotFoundException');
export const ExportConflictException = defineError('ExportConflictException');
export const ExportNotFoundException = defineError('ExportNotFoundException');
export const InvalidExportTimeException = defineError('InvalidExportTimeException');

const ProvisionedThroughputExceededException = defineError('ProvisionedThroughputExceededException');
const ThrottlingException = defineError('ThrottlingException');
const RequestLimitExceeded = defineError('RequestLimitExceeded');

interface ThrottlingReason {
  /** `TableWriteProvisionedThroughputExceeded`. */
  reason: string;
  /** ARN of the table or index. */
  resource: string;
}

/**
 * The error of a request beyond its throughput. @param limit the last part of a ThrottlingReason's `reason`.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html
 */
export function throttled(limit: string, index: boolean, reasons: readonly ThrottlingReason[]): AwsError {
  switch (limit) {
    case 'ProvisionedThroughputExceeded':
      return new ProvisionedThroughputExceededException(
        index
          ? 'The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API'
          : 'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
        { ThrottlingReasons: reasons },
      );
    case 'MaxOnDemandThroughputExceeded':
      return new ThrottlingException(
        'Throughput exceeds the maximum OnDemandThroughput configured on table or index',
        { throttlingReasons: reasons },
      );
    default:
      return new RequestLimitExceeded(
        'Throughput exceeds the current throughput limit for your account. Please contact AWS Support at https://aws.amazon.com/support request a limit increase',
        { ThrottlingReasons: reasons },
      );
  }
}
export const GlobalTableAlreadyExistsException = defineError('GlobalTableAlreadyExistsException');
export const GlobalTableNotFoundException = defineError('GlobalTableNotFoundException');
export const ReplicaAlreadyExistsException = defineError('ReplicaAlreadyExistsException');
export const ReplicaNotFoundException = defineError('ReplicaNotFoundException');
export const IndexNotFoundException = defineError('IndexNotFoundException');
export const ItemCollectionSizeLimitExceededException = defineError(
  'ItemCollectionSizeLimitExceededException',
);
