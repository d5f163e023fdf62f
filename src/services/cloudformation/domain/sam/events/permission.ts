import { hashedId } from '../logicalIds.ts';
import { CfnResource } from '../resource.ts';
import type { Dict } from '../values.ts';

export interface PermissionRequest {
  readonly principal: string;
  readonly sourceArn?: unknown;
  readonly sourceAccount?: unknown;
  readonly eventSourceToken?: unknown;
  /** What the id ends with after `Permission`; hashed unless alphanumeric. */
  readonly suffix?: string;
}

/** Lets a service invoke a function (or the alias that stands for it). */
export function invokePermission(
  prefix: string,
  target: CfnResource,
  request: PermissionRequest,
): CfnResource {
  const { suffix = '' } = request;
  const base = `${prefix}Permission`;
  const properties: Dict = {
    Action: 'lambda:InvokeFunction',
    FunctionName: target.ref,
    Principal: request.principal,
    SourceArn: request.sourceArn,
    SourceAccount: request.sourceAccount,
    EventSourceToken: request.eventSourceToken,
  };
  const id = /^[\p{L}\p{N}]+$/u.test(suffix) ? base + suffix : hashedId(base, suffix);
  return new CfnResource(id, 'AWS::Lambda::Permission', properties, { attributes: target.inherited });
}
