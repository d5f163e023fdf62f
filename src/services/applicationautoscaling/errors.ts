/** https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html#API_PutScalingPolicy_Errors and its neighbours. */
import { defineError } from '../../kernel/index.ts';

export { ValidationException } from '../../kernel/index.ts';
export const ObjectNotFoundException = defineError('ObjectNotFoundException');
export const LimitExceededException = defineError('LimitExceededException');
export const InvalidNextTokenException = defineError('InvalidNextTokenException');
export const ResourceNotFoundException = defineError('ResourceNotFoundException');
export const TooManyTagsException = defineError('TooManyTagsException');
