/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html */
import { formatArn } from '../../kernel/index.ts';
import type { AuthorizationRequest } from '../../platform/index.ts';
import { type Context, placeOf } from './room.ts';

interface Named {
  StackName?: string;
  ChangeSetName?: string;
  TemplateURL?: string;
  RoleARN?: string;
  ResourceTypes?: readonly string[];
}

/** The stack an operation names, by its ARN; stacks that don't exist yet match by name. */
async function onStack(ctx: Context, input: Named): Promise<AuthorizationRequest[]> {
  const request = { resources: [await stackArn(ctx, input)], ...conditionsOf(input) };
  if (input.RoleARN === undefined) return [request];
  // Whoever hands a role to a stack lets the stack do all that the role may.
  const context = { 'iam:PassedToService': 'cloudformation.amazonaws.com' };
  return [request, { action: 'iam:PassRole', resources: [input.RoleARN], context }];
}

async function everywhere(): Promise<AuthorizationRequest> {
  return { resources: ['*'] };
}

function conditionsOf(input: Named): Pick<AuthorizationRequest, 'context'> {
  const context: Record<string, string | readonly string[]> = {};
  if (input.TemplateURL !== undefined) context['cloudformation:TemplateUrl'] = input.TemplateURL;
  if (input.RoleARN !== undefined) context['cloudformation:RoleArn'] = input.RoleARN;
  if (input.ResourceTypes) context['cloudformation:ResourceTypes'] = input.ResourceTypes;
  if (input.ChangeSetName !== undefined) context['cloudformation:ChangeSetName'] = input.ChangeSetName;
  return Object.keys(context).length > 0 ? { context } : {};
}

async function stackArn(ctx: Context, { StackName, ChangeSetName }: Named): Promise<string> {
  const reader = ctx.room.store.at(placeOf(ctx));
  if (StackName === undefined) {
    const changeSet = ChangeSetName && (await reader.changeSetById(ChangeSetName));
    return changeSet ? changeSet.stackId : '*';
  }
  if (StackName.startsWith('arn:')) return StackName;
  const stack = await reader.find(StackName);
  const resource = `stack/${StackName}/*`;
  return stack?.stackId ?? formatArn({ service: 'cloudformation', ...placeOf(ctx), resource });
}

export const authorize = {
  CancelUpdateStack: onStack,
  ContinueUpdateRollback: onStack,
  CreateChangeSet: onStack,
  CreateStack: onStack,
  DeleteChangeSet: onStack,
  DeleteStack: onStack,
  DescribeChangeSet: onStack,
  DescribeStackEvents: onStack,
  DescribeStackResource: onStack,
  DescribeStackResources: onStack,
  DescribeStacks: async (ctx: Context, input: Named) =>
    input.StackName === undefined ? everywhere() : onStack(ctx, input),
  ExecuteChangeSet: onStack,
  GetStackPolicy: onStack,
  GetTemplate: onStack,
  GetTemplateSummary: async (ctx: Context, input: Named) =>
    input.StackName === undefined ? everywhere() : onStack(ctx, input),
  ListChangeSets: onStack,
  ListExports: everywhere,
  ListImports: everywhere,
  ListStackResources: onStack,
  ListStacks: async (ctx: Context) => ({
    resources: [formatArn({ service: 'cloudformation', ...placeOf(ctx), resource: 'stack/*/*' })],
  }),
  RollbackStack: onStack,
  SetStackPolicy: onStack,
  UpdateStack: onStack,
  UpdateTerminationProtection: onStack,
  ValidateTemplate: everywhere,
};
