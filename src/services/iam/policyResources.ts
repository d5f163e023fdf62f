/** The AWS::IAM types that are policies: inline ones on several principals, and managed ones. */
import { AwsError } from '../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceState, ResourceType } from '../../platform/index.ts';
import { type Kind, pick, strings, text, unlessMissing } from './resourceSteps.ts';

/** An inline policy on several principals: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html */
export const policy: ResourceType = {
  name: 'AWS::IAM::Policy',
  properties: {
    PolicyName: { type: 'string', required: true },
    PolicyDocument: { type: 'json', required: true },
    Roles: { type: 'array' },
    Users: { type: 'array' },
    Groups: { type: 'array' },
  },
  attributes: ['Id'],
  async create(ctx, properties) {
    if (holders(properties).length === 0) {
      throw new AwsError('ValidationError', 'At least one of [Groups,Roles,Users] must be non-empty.');
    }
    await putOnHolders(ctx, properties);
    // A handle, no name: as stacks list it, five letters of the stack and of the resource.
    return { physicalId: ctx.generateName(24), attributes: { Id: properties.PolicyName } };
  },
  async update(ctx, current, properties, previous) {
    await putOnHolders(ctx, properties);
    const isSameName = properties.PolicyName === previous.PolicyName;
    const kept = new Set(isSameName ? holders(properties).map(({ kind, name }) => `${kind} ${name}`) : []);
    const gone = holders(previous).filter(({ kind, name }) => !kept.has(`${kind} ${name}`));
    await takeFromHolders(ctx, gone, previous.PolicyName as string);
    return { ...current, attributes: { Id: properties.PolicyName } };
  },
  delete: (ctx, _current, properties) =>
    takeFromHolders(ctx, holders(properties), properties.PolicyName as string),
};

/** One inline policy of one entity: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-rolepolicy.html and its neighbours. */
function inlinePolicy(kind: Kind): ResourceType {
  const member = `${kind}Name`;
  const put = (ctx: ResourceContext, properties: Properties) =>
    ctx.aws.call('iam', `Put${kind}Policy`, {
      ...pick(properties, [member, 'PolicyName']),
      PolicyDocument: text(properties.PolicyDocument),
    });
  return {
    name: `AWS::IAM::${kind}Policy`,
    properties: {
      [member]: { type: 'string', required: true, createOnly: true },
      PolicyDocument: { type: 'json', required: true },
      PolicyName: { type: 'string', required: true, createOnly: true },
    },
    attributes: [],
    async create(ctx, properties) {
      await put(ctx, properties);
      return { physicalId: `${properties.PolicyName}|${properties[member]}`, attributes: {} };
    },
    async update(ctx, current, properties) {
      await put(ctx, properties);
      return current;
    },
    async delete(ctx, _current, properties) {
      await unlessMissing(
        ctx.aws.call('iam', `Delete${kind}Policy`, pick(properties, [member, 'PolicyName'])),
      );
    },
  };
}

export const rolePolicy = inlinePolicy('Role');
export const userPolicy = inlinePolicy('User');
export const groupPolicy = inlinePolicy('Group');

function holders(properties: Properties): { kind: Kind; name: string }[] {
  return (['Role', 'User', 'Group'] as const).flatMap((kind) =>
    strings(properties[`${kind}s`]).map((name) => ({ kind, name })),
  );
}

async function putOnHolders(ctx: ResourceContext, properties: Properties): Promise<void> {
  for (const { kind, name } of holders(properties)) {
    await ctx.aws.call('iam', `Put${kind}Policy`, {
      [`${kind}Name`]: name,
      PolicyName: properties.PolicyName,
      PolicyDocument: text(properties.PolicyDocument),
    });
  }
}

async function takeFromHolders(
  ctx: ResourceContext,
  from: readonly { kind: Kind; name: string }[],
  policyName: string,
): Promise<void> {
  for (const { kind, name } of from) {
    await unlessMissing(
      ctx.aws.call('iam', `Delete${kind}Policy`, { [`${kind}Name`]: name, PolicyName: policyName }),
    );
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html */
export const managedPolicy: ResourceType = {
  name: 'AWS::IAM::ManagedPolicy',
  properties: {
    Description: { type: 'string', createOnly: true },
    ManagedPolicyName: { type: 'string', createOnly: true },
    Path: { type: 'string', createOnly: true, default: '/' },
    PolicyDocument: { type: 'json', required: true },
    Roles: { type: 'array' },
    Users: { type: 'array' },
    Groups: { type: 'array' },
  },
  attributes: [
    'AttachmentCount',
    'CreateDate',
    'DefaultVersionId',
    'IsAttachable',
    'PermissionsBoundaryUsageCount',
    'PolicyArn',
    'PolicyId',
    'UpdateDate',
  ],
  async create(ctx, properties) {
    const { Policy } = await ctx.aws.call<{ Policy: { Arn: string } }>('iam', 'CreatePolicy', {
      PolicyName: (properties.ManagedPolicyName as string | undefined) ?? ctx.generateName(128),
      PolicyDocument: text(properties.PolicyDocument),
      ...pick(properties, ['Description', 'Path']),
    });
    await attachToHolders(ctx, Policy.Arn, properties, {});
    return await policyState(ctx, Policy.Arn);
  },
  async update(ctx, current, properties, previous) {
    const PolicyArn = current.physicalId;
    await attachToHolders(ctx, PolicyArn, properties, previous);
    if (text(properties.PolicyDocument) === text(previous.PolicyDocument))
      return await policyState(ctx, PolicyArn);
    const { Versions } = await ctx.aws.call<{ Versions: { VersionId: string; IsDefaultVersion: boolean }[] }>(
      'iam',
      'ListPolicyVersions',
      { PolicyArn },
    );
    await ctx.aws.call('iam', 'CreatePolicyVersion', {
      PolicyArn,
      PolicyDocument: text(properties.PolicyDocument),
      SetAsDefault: true,
    });
    // As CloudFormation does, the former version goes: five are all that a policy can have.
    for (const { VersionId } of Versions)
      await ctx.aws.call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId });
    return await policyState(ctx, PolicyArn);
  },
  async delete(ctx, current, properties) {
    for (const { kind, name } of holders(properties)) {
      await unlessMissing(
        ctx.aws.call('iam', `Detach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn: current.physicalId }),
      );
    }
    await unlessMissing(ctx.aws.call('iam', 'DeletePolicy', { PolicyArn: current.physicalId }));
  },
};

async function policyState(ctx: ResourceContext, PolicyArn: string): Promise<ResourceState> {
  const { Policy } = await ctx.aws.call<{ Policy: Record<string, unknown> }>('iam', 'GetPolicy', {
    PolicyArn,
  });
  const { Arn: _arn, CreateDate, UpdateDate, ...members } = Policy;
  const told = managedPolicy.attributes.flatMap((name) => (name in members ? [[name, members[name]]] : []));
  const dates = { CreateDate, UpdateDate } as Record<string, Date>;
  return {
    physicalId: PolicyArn,
    attributes: {
      ...Object.fromEntries(told),
      ...Object.fromEntries(Object.entries(dates).map(([name, date]) => [name, date.toISOString()])),
      PolicyArn,
    },
  };
}

async function attachToHolders(
  ctx: ResourceContext,
  PolicyArn: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const kept = new Set<string>();
  for (const { kind, name } of holders(properties)) {
    kept.add(`${kind} ${name}`);
    await ctx.aws.call('iam', `Attach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn });
  }
  for (const { kind, name } of holders(previous)) {
    if (kept.has(`${kind} ${name}`)) continue;
    await unlessMissing(ctx.aws.call('iam', `Detach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn }));
  }
}
