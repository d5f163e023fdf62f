/** https://docs.aws.amazon.com/apigateway/latest/api/CommonErrors.html and the model's own. */
import { defineError } from '../../kernel/index.ts';

export const BadRequestException = defineError('BadRequestException', 400);
export const ConflictException = defineError('ConflictException', 409);
export const LimitExceededException = defineError('LimitExceededException', 429);
/** What `apigatewayv2` calls a quota that is used up. */
export const TooManyRequestsException = defineError('TooManyRequestsException', 429);
export const NotFoundException = defineError('NotFoundException', 404);
