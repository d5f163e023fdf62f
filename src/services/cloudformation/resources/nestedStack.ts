import { AwsError } from '../../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceState, ResourceType } from '../../../platform/index.ts';
import { isInProgress } from '../domain/status.ts';
import type { StackRecord } from '../records.ts';
import type { OwnResources } from './own.ts';

/**
 * A stack in a stack. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
 */
export function nestedStack(own: OwnResources): ResourceType {
  return {
    name: 'AWS::CloudFormation::Stack',
    properties: {
      TemplateURL: { type: 'string', required: true },
      Parameters: { type: 'object' },
      Tags: { type: 'tags' },
      TimeoutInMinutes: { type: 'number' },
    },
    attributes: ['Outputs.*'],
    create: (ctx, properties) => createChild(own, ctx, properties),
    update: (ctx, current, properties) => updateChild(own, ctx, current, properties),
    delete: async (ctx, { physicalId }) => {
      await ctx.aws.call('cloudformation', 'DeleteStack', { StackName: physicalId });
      const child = await settled(own, ctx, physicalId);
      if (child && child.status !== 'DELETE_COMPLETE') throw unsuccessful('deleted', child);
    },
  };
}

async function createChild(
  own: OwnResources,
  ctx: ResourceContext,
  properties: Properties,
): Promise<ResourceState> {
  const { StackId } = await ctx.aws.call<{ StackId: string }>('cloudformation', 'CreateStack', {
    ...inputOf(ctx, properties),
    StackName: ctx.generateName(128),
    ...(properties.TimeoutInMinutes === undefined ? {} : { TimeoutInMinutes: properties.TimeoutInMinutes }),
    // Its resources must not outlive a parent that never learns of them.
    OnFailure: 'DELETE',
  });
  const child = await settled(own, ctx, StackId);
  if (child?.status !== 'CREATE_COMPLETE') {
    throw unsuccessful('created', child, await reasonOfDeletion(own, ctx, StackId));
  }
  return stateOf(child);
}

async function updateChild(
  own: OwnResources,
  ctx: ResourceContext,
  { physicalId }: ResourceState,
  properties: Properties,
): Promise<ResourceState> {
  try {
    await ctx.aws.call('cloudformation', 'UpdateStack', {
      ...inputOf(ctx, properties),
      StackName: physicalId,
    });
  } catch (cause) {
    const unchanged = cause instanceof AwsError && cause.message === 'No updates are to be performed.';
    if (!unchanged) throw cause;
  }
  const child = await settled(own, ctx, physicalId);
  if (child?.status !== 'UPDATE_COMPLETE' && child?.status !== 'CREATE_COMPLETE')
    throw unsuccessful('updated', child);
  return stateOf(child);
}

function inputOf(ctx: ResourceContext, properties: Properties) {
  const parameters = Object.entries((properties.Parameters ?? {}) as Record<string, unknown>);
  const own = (properties.Tags ?? []) as { Key: string; Value: string }[];
  const inherited = Object.entries(ctx.stackTags).filter(([key]) => !own.some(({ Key }) => Key === key));
  return {
    TemplateURL: properties.TemplateURL,
    Parameters: parameters.map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: Array.isArray(value) ? value.join(',') : String(value),
    })),
    Tags: [...own, ...inherited.map(([Key, Value]) => ({ Key, Value }))],
    // Whoever let the parent make stacks has acknowledged what stacks may hold.
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
    ClientRequestToken: ctx.token.replaceAll('/', '-').slice(-128),
  };
}

/** Waits until no operation runs on the child. */
async function settled(
  { store }: OwnResources,
  ctx: ResourceContext,
  stackId: string,
): Promise<StackRecord | undefined> {
  return store.untilStack(ctx, stackId, (stack) => !stack || !isInProgress(stack.status), ctx.signal);
}

/** The deletion that follows a failed creation was announced with the reason. */
async function reasonOfDeletion({ store }: OwnResources, ctx: ResourceContext, stackId: string) {
  const { items } = await store.at(ctx).events(stackId, 1000);
  const announced = items.find(
    ({ logicalId, status, physicalId }) =>
      physicalId === stackId && status === 'DELETE_IN_PROGRESS' && logicalId,
  );
  return announced?.reason?.replace(/Delete requested by user\.$/, '').trim();
}

function unsuccessful(verb: string, child: StackRecord | undefined, reason = child?.statusReason): AwsError {
  const name = child ? child.stackId : 'The embedded stack';
  return new AwsError(
    'ValidationError',
    `Embedded stack ${name} was not successfully ${verb}: ${reason ?? `it is in ${child?.status ?? 'no state'}`}`,
  );
}

function stateOf({ stackId, outputs }: StackRecord): ResourceState {
  return {
    physicalId: stackId,
    attributes: Object.fromEntries(outputs.map(({ key, value }) => [`Outputs.${key}`, value])),
  };
}
