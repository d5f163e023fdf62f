import type { SamContext } from './context.ts';
import { InvalidResource } from './errors.ts';
import { managedPolicyNames } from './managedPolicyNames.ts';
import { policyEntries } from './policies.ts';
import { CfnResource } from './resource.ts';
import { type Dict, ifBranches, isIf, isMap, isNoValue, isText, sameValue, text } from './values.ts';

/** The trust policy that lets one service assume the role. */
export function assumeRolePolicy(service: string): Dict {
  return {
    Version: '2012-10-17',
    Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }],
  };
}

export interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: Dict;
}

/** One statement that allows actions on a resource, as SAM writes the policies it adds by itself. */
export function inlinePolicy(name: string, statements: Dict[], version?: string): InlinePolicy {
  return {
    PolicyName: name,
    PolicyDocument: { ...(version ? { Version: version } : {}), Statement: statements },
  };
}

export const allow = (action: string | string[], resource: unknown): Dict => ({
  Action: action,
  Effect: 'Allow',
  Resource: resource,
});

export const sendMessagePolicy = (queue: unknown, logicalId: string): InlinePolicy =>
  inlinePolicy(`${logicalId}SQSPolicy`, [allow('sqs:SendMessage', queue)]);

export const publishPolicy = (topic: unknown, logicalId: string): InlinePolicy =>
  inlinePolicy(`${logicalId}SNSPolicy`, [allow('sns:publish', topic)]);

export const putObjectPolicy = (bucket: unknown, logicalId: string): InlinePolicy =>
  inlinePolicy(`${logicalId}S3Policy`, [
    allow('s3:PutObject', { 'Fn::Join': ['/', [bucket, '*']] }),
    allow('s3:ListBucket', bucket),
  ]);

export const putEventsPolicy = (bus: unknown, logicalId: string): InlinePolicy =>
  inlinePolicy(`${logicalId}EventBridgePolicy`, [allow('events:PutEvents', bus)]);

export const invokeFunctionPolicy = (functionArn: unknown, logicalId: string): InlinePolicy =>
  inlinePolicy(`${logicalId}LambdaPolicy`, [allow('lambda:InvokeFunction', functionArn)]);

export const startExecutionPolicy = (stateMachine: unknown, logicalId: string): InlinePolicy =>
  inlinePolicy(`${logicalId}StartExecutionPolicy`, [allow('states:StartExecution', stateMachine)]);

export interface RoleOptions {
  readonly attributes: Dict;
  readonly trust: unknown;
  readonly policies: unknown;
  readonly managedPolicies: string[];
  readonly inlinePolicies: unknown[];
  readonly path: unknown;
  readonly permissionsBoundary: unknown;
  readonly tags: unknown;
}

/** The role a function or state machine runs as, from its `Policies` and what SAM adds. */
export function executionRole(ownerId: string, options: RoleOptions, context: SamContext): CfnResource {
  const roleId = `${ownerId}Role`;
  const inline = [...options.inlinePolicies];
  const managed: unknown[] = [...options.managedPolicies];
  for (const [index, { kind, value }] of policyEntries(options.policies, false).entries()) {
    if (kind === 'statement') {
      const name = (document: unknown) => ({
        PolicyName: `${roleId}Policy${index}`,
        PolicyDocument: document,
      });
      inline.push(mapBranches(value, (branch) => (isNoValue(branch) ? branch : name(branch))));
    } else if (kind === 'managed') {
      const arn = mapBranches(value, (branch) =>
        isText(branch) ? policyArn(text(branch), context) : branch,
      );
      if (!managed.some((known) => sameValue(known, arn))) managed.push(arn);
    } else {
      throw new InvalidResource(ownerId, `Policy at index ${index} in the 'Policies' property is not valid`);
    }
  }
  return new CfnResource(
    roleId,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: options.trust,
      ManagedPolicyArns: managed,
      Policies: inline.length > 0 ? inline : undefined,
      Path: options.path,
      PermissionsBoundary: options.permissionsBoundary,
      Tags: options.tags,
    },
    { attributes: options.attributes },
  );
}

function mapBranches(value: unknown, convert: (branch: unknown) => unknown): unknown {
  const branches = isIf(value) ? ifBranches(value) : undefined;
  if (!branches) return convert(value);
  return { 'Fn::If': [branches[0], convert(branches[1]), convert(branches[2])] };
}

const pathOf = new Map(
  Object.entries(managedPolicyNames).flatMap(([path, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name): [string, string] => [name, path]),
  ),
);

/** The ARN of a managed policy given by name; what is no known name stays as it is, CloudFormation will judge it. */
function policyArn(name: string, context: SamContext): string {
  const given = context.managedPolicies[name];
  if (given !== undefined) return given;
  const path = pathOf.get(name);
  if (path === undefined) return name;
  return `arn:${context.partition}:iam::aws:policy/${path ? `${path}/` : ''}${name}`;
}

/** Adds what an event source needs to the role, once per document. */
export function grant(
  role: CfnResource | undefined,
  managed: string | undefined,
  inline: readonly InlinePolicy[],
): void {
  if (!role) return;
  if (managed !== undefined) {
    const arns = (role.properties.ManagedPolicyArns ?? []) as unknown[];
    if (!arns.includes(managed)) arns.push(managed);
    role.properties.ManagedPolicyArns = arns;
  }
  for (const policy of inline) {
    const policies = (role.properties.Policies ?? []) as unknown[];
    const known = policies.some(
      (other) => isMap(other) && sameValue(other.PolicyDocument, policy.PolicyDocument),
    );
    if (!known) policies.push(policy);
    role.properties.Policies = policies;
  }
}
