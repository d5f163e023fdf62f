import { defineError } from '../../kernel/index.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html and the operations' pages. */
export const ResourceNotFoundException = defineError('ResourceNotFoundException');
export const ResourceAlreadyExistsException = defineError('ResourceAlreadyExistsException');
export const InvalidParameterException = defineError('InvalidParameterException');
