/** Questions that tests ask again and again. */
import type { Workbench } from './workbench.ts';

interface Told {
  LogicalResourceId: string;
  ResourceStatus: string;
  ResourceStatusReason?: string;
  PhysicalResourceId?: string;
  ResourceProperties?: string;
}

export interface Described {
  StackId: string;
  StackStatus: string;
  StackStatusReason?: string;
  Outputs?: { OutputKey: string; OutputValue: string; ExportName?: string }[];
  Parameters: { ParameterKey: string; ParameterValue: string }[];
  Tags: object[];
}

export async function stackOf(bench: Workbench, name = 's'): Promise<Described> {
  const { Stacks } = await bench.call<{ Stacks: Described[] }>('DescribeStacks', { StackName: name });
  const [stack] = Stacks;
  if (!stack) throw new Error(`No stack ${name}`);
  return stack;
}

/** All events, oldest first, as `id status` with the reason after a colon. */
export async function storyOf(bench: Workbench, name = 's'): Promise<string[]> {
  return (await eventsOf(bench, name)).map(({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
    ResourceStatusReason === undefined
      ? `${LogicalResourceId} ${ResourceStatus}`
      : `${LogicalResourceId} ${ResourceStatus}: ${ResourceStatusReason}`,
  );
}

export async function eventsOf(bench: Workbench, name = 's'): Promise<Told[]> {
  const events: Told[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await bench.call<{ StackEvents: Told[]; NextToken?: string }>('DescribeStackEvents', {
      StackName: name,
      ...(NextToken === undefined ? {} : { NextToken }),
    });
    events.push(...page.StackEvents);
    if (page.NextToken === undefined) return events.reverse();
    NextToken = page.NextToken;
  }
}

/** Creates or updates a stack and waits for the end. @returns its status. */
export async function deploy(
  bench: Workbench,
  operation: 'CreateStack' | 'UpdateStack',
  template: string | object,
  more: object = {},
): Promise<string> {
  const TemplateBody = typeof template === 'string' ? template : JSON.stringify(template);
  await bench.call(operation, { StackName: 's', TemplateBody, ...more });
  await bench.idle();
  return (await stackOf(bench)).StackStatus;
}
