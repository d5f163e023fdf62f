import { AwsError } from '../../../kernel/index.ts';
import type { Telemetry } from '../../../telemetry/port.ts';
import { TemplateError } from '../domain/templateError.ts';

/**
 * Why a step failed, as the event's ResourceStatusReason says it. Bugs of ours say no more than that outside.
 * https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
 */
export function failureReason(cause: unknown, token: string, telemetry: Telemetry): string {
  if (cause instanceof TemplateError) return cause.message;
  if (cause instanceof AwsError) {
    return `Resource handler returned message: "${cause.message}" (RequestToken: ${token}, HandlerErrorCode: ${handlerErrorCode(cause)})`;
  }
  telemetry.log('error', 'A resource handler failed', { token, error: cause });
  return `Resource handler returned message: "Internal failure" (RequestToken: ${token}, HandlerErrorCode: InternalFailure)`;
}

/**
 * A replacement is made while what it replaces is still there: with a name of the template's own they would share it.
 * https://repost.aws/knowledge-center/cloudformation-custom-name
 */
export function customNamed(physicalId: string): TemplateError {
  return new TemplateError(
    `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${physicalId} and update the stack again.`,
  );
}

function handlerErrorCode({ code, status }: AwsError): string {
  if (/Exists|AlreadyOwned|^DuplicateProvider/.test(code)) return 'AlreadyExists';
  if (/Conflict|InUse/.test(code)) return 'ResourceConflict';
  if (/NotFound|NoSuch/.test(code)) return 'NotFound';
  if (/AccessDenied|Unauthorized/.test(code)) return 'AccessDenied';
  if (/LimitExceeded/.test(code)) return 'ServiceLimitExceeded';
  if (/Throttl|TooManyRequests/.test(code)) return 'Throttling';
  return status >= 500 ? 'GeneralServiceException' : 'InvalidRequest';
}

/** `The following resource(s) failed to create: [A, B]. ` */
export function failedResources(verb: 'create' | 'update' | 'delete', logicalIds: readonly string[]): string {
  return logicalIds.length === 0
    ? ''
    : `The following resource(s) failed to ${verb}: [${logicalIds.join(', ')}]. `;
}
