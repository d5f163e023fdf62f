/** Statements of a function's resource-based policy: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html */
import type { AddPermissionCommandInput } from '@aws-sdk/client-lambda';
import { InvalidParameterValueException } from '../errors.ts';
import type { PolicyRecord, PolicyStatement } from '../records.ts';

export function statementOf(input: AddPermissionCommandInput, resource: string): PolicyStatement {
  const action = input.Action ?? '';
  if (!/^lambda:(\*|[a-zA-Z]+)$/.test(action) && action !== '*') {
    throw new InvalidParameterValueException(
      `1 validation error detected: Value '${action}' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])`,
    );
  }
  checkUrlConditions(action, input);
  const condition = conditionOf(input);
  return {
    Sid: input.StatementId ?? '',
    Effect: 'Allow',
    Principal: principalOf(input.Principal ?? ''),
    Action: action,
    Resource: resource,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}

/** Each of the conditions on function URLs is of one action. */
function checkUrlConditions(action: string, input: AddPermissionCommandInput): void {
  if (input.FunctionUrlAuthType !== undefined && action !== 'lambda:InvokeFunctionUrl') {
    throw new InvalidParameterValueException(
      'FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action',
    );
  }
  if (input.InvokedViaFunctionUrl !== undefined && action !== 'lambda:InvokeFunction') {
    throw new InvalidParameterValueException(
      'InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action',
    );
  }
}

export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
}

function principalOf(principal: string): unknown {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (principal.startsWith('arn:')) return { AWS: principal };
  // Services are named by their domain; organisations' accounts come as ARNs.
  if (/^[a-z0-9.-]+\.(amazonaws\.com|amazon\.com|amazonaws\.com\.cn)$/.test(principal))
    return { Service: principal };
  throw new InvalidParameterValueException(
    'The provided principal was invalid. Please check the principal and try again.',
  );
}

function conditionOf(input: AddPermissionCommandInput): Record<string, Record<string, string>> {
  const equals: Record<string, string> = {};
  if (input.SourceAccount !== undefined) equals['AWS:SourceAccount'] = input.SourceAccount;
  if (input.PrincipalOrgID !== undefined) equals['aws:PrincipalOrgID'] = input.PrincipalOrgID;
  if (input.FunctionUrlAuthType !== undefined)
    equals['lambda:FunctionUrlAuthType'] = input.FunctionUrlAuthType;
  if (input.EventSourceToken !== undefined) equals['lambda:EventSourceToken'] = input.EventSourceToken;
  return {
    ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}),
    ...(input.InvokedViaFunctionUrl === undefined
      ? {}
      : { Bool: { 'lambda:InvokedViaFunctionUrl': String(input.InvokedViaFunctionUrl) } }),
    ...(input.SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
  };
}

/** The document as GetPolicy and the policy engine read it. */
export function policyText({ statements, document }: PolicyRecord): string {
  return document ?? policyDocument(statements);
}
