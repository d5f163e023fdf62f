/** The AWS::IAM types of templates. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html */
import { AwsError } from '../../kernel/index.ts';
import type {
  Properties,
  PropertyRule,
  ResourceContext,
  ResourceState,
  ResourceType,
} from '../../platform/index.ts';

interface InlinePolicy {
  PolicyName: string;
  PolicyDocument: unknown;
}

type Kind = 'Role' | 'User' | 'Group';

const inlinePolicies: PropertyRule = {
  type: 'array',
  members: {
    PolicyName: { type: 'string', required: true },
    PolicyDocument: { type: 'json', required: true },
  },
};
const lists = { ManagedPolicyArns: { type: 'array' }, Policies: inlinePolicies } as const;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html */
const role: ResourceType = {
  name: 'AWS::IAM::Role',
  properties: {
    AssumeRolePolicyDocument: { type: 'json', required: true },
    Description: { type: 'string' },
    MaxSessionDuration: { type: 'number' },
    Path: { type: 'string', createOnly: true },
    PermissionsBoundary: { type: 'string' },
    RoleName: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
    ...lists,
  },
  attributes: ['Arn', 'RoleId'],
  async create(ctx, properties) {
    const name = (properties.RoleName as string | undefined) ?? ctx.generateName(64);
    await ctx.aws.call('iam', 'CreateRole', {
      RoleName: name,
      AssumeRolePolicyDocument: text(properties.AssumeRolePolicyDocument),
      ...pick(properties, ['Description', 'Path', 'PermissionsBoundary']),
      ...(properties.MaxSessionDuration === undefined
        ? {}
        : { MaxSessionDuration: Number(properties.MaxSessionDuration) }),
      ...tagsOf(ctx, properties),
    });
    try {
      await setPolicies(ctx, 'Role', name, properties, {});
    } catch (error) {
      // A role without its policies must not be left behind when the step fails.
      await deleteWithPolicies(ctx, 'Role', name, properties);
      throw error;
    }
    return await roleState(ctx, name);
  },
  async update(ctx, current, properties, previous) {
    const name = current.physicalId;
    if (text(properties.AssumeRolePolicyDocument) !== text(previous.AssumeRolePolicyDocument)) {
      await ctx.aws.call('iam', 'UpdateAssumeRolePolicy', {
        RoleName: name,
        PolicyDocument: text(properties.AssumeRolePolicyDocument),
      });
    }
    await ctx.aws.call('iam', 'UpdateRole', {
      RoleName: name,
      Description: (properties.Description as string | undefined) ?? '',
      MaxSessionDuration: Number(properties.MaxSessionDuration ?? 3600),
    });
    if (properties.PermissionsBoundary !== previous.PermissionsBoundary) {
      if (properties.PermissionsBoundary === undefined)
        await ctx.aws.call('iam', 'DeleteRolePermissionsBoundary', { RoleName: name });
      else
        await ctx.aws.call('iam', 'PutRolePermissionsBoundary', {
          RoleName: name,
          PermissionsBoundary: properties.PermissionsBoundary,
        });
    }
    await setPolicies(ctx, 'Role', name, properties, previous);
    await setTags(ctx, 'Role', name, properties, previous);
    return await roleState(ctx, name);
  },
  delete: (ctx, current, properties) => deleteWithPolicies(ctx, 'Role', current.physicalId, properties),
};

async function roleState(ctx: ResourceContext, name: string): Promise<ResourceState> {
  const { Role } = await ctx.aws.call<{ Role: { Arn: string; RoleId: string } }>('iam', 'GetRole', {
    RoleName: name,
  });
  return { physicalId: name, attributes: { Arn: Role.Arn, RoleId: Role.RoleId } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-user.html */
const user: ResourceType = {
  name: 'AWS::IAM::User',
  properties: {
    Groups: { type: 'array' },
    Path: { type: 'string', createOnly: true },
    PermissionsBoundary: { type: 'string', createOnly: true },
    UserName: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
    ...lists,
  },
  attributes: ['Arn'],
  async create(ctx, properties) {
    const name = (properties.UserName as string | undefined) ?? ctx.generateName(64);
    const { User } = await ctx.aws.call<{ User: { Arn: string } }>('iam', 'CreateUser', {
      UserName: name,
      ...pick(properties, ['Path', 'PermissionsBoundary']),
      ...tagsOf(ctx, properties),
    });
    try {
      await setPolicies(ctx, 'User', name, properties, {});
      await setGroups(ctx, name, properties, {});
    } catch (error) {
      await removeUser(ctx, name, properties);
      throw error;
    }
    return { physicalId: name, attributes: { Arn: User.Arn } };
  },
  async update(ctx, current, properties, previous) {
    await setPolicies(ctx, 'User', current.physicalId, properties, previous);
    await setGroups(ctx, current.physicalId, properties, previous);
    await setTags(ctx, 'User', current.physicalId, properties, previous);
    return current;
  },
  delete: (ctx, current, properties) => removeUser(ctx, current.physicalId, properties),
};

async function removeUser(ctx: ResourceContext, name: string, properties: Properties): Promise<void> {
  for (const group of strings(properties.Groups)) {
    await unlessMissing(ctx.aws.call('iam', 'RemoveUserFromGroup', { UserName: name, GroupName: group }));
  }
  await deleteWithPolicies(ctx, 'User', name, properties);
}

async function setGroups(
  ctx: ResourceContext,
  name: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const [after, before] = [strings(properties.Groups), strings(previous.Groups)];
  for (const group of after)
    await ctx.aws.call('iam', 'AddUserToGroup', { UserName: name, GroupName: group });
  for (const group of before.filter((one) => !after.includes(one))) {
    await unlessMissing(ctx.aws.call('iam', 'RemoveUserFromGroup', { UserName: name, GroupName: group }));
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-group.html */
const group: ResourceType = {
  name: 'AWS::IAM::Group',
  properties: {
    GroupName: { type: 'string', createOnly: true },
    Path: { type: 'string', createOnly: true },
    ...lists,
  },
  attributes: ['Arn'],
  async create(ctx, properties) {
    const name = (properties.GroupName as string | undefined) ?? ctx.generateName(128);
    const { Group } = await ctx.aws.call<{ Group: { Arn: string } }>('iam', 'CreateGroup', {
      GroupName: name,
      ...pick(properties, ['Path']),
    });
    try {
      await setPolicies(ctx, 'Group', name, properties, {});
    } catch (error) {
      await deleteWithPolicies(ctx, 'Group', name, properties);
      throw error;
    }
    return { physicalId: name, attributes: { Arn: Group.Arn } };
  },
  async update(ctx, current, properties, previous) {
    await setPolicies(ctx, 'Group', current.physicalId, properties, previous);
    return current;
  },
  delete: (ctx, current, properties) => deleteWithPolicies(ctx, 'Group', current.physicalId, properties),
};

/** An inline policy on several principals: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html */
const policy: ResourceType = {
  name: 'AWS::IAM::Policy',
  properties: {
    PolicyName: { type: 'string', required: true, createOnly: true },
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
    return { physicalId: ctx.generateName(64), attributes: { Id: properties.PolicyName } };
  },
  async update(ctx, current, properties, previous) {
    await putOnHolders(ctx, properties);
    const kept = new Set(holders(properties).map(({ kind, name }) => `${kind} ${name}`));
    const gone = holders(previous).filter(({ kind, name }) => !kept.has(`${kind} ${name}`));
    await takeFromHolders(ctx, gone, properties.PolicyName as string);
    return current;
  },
  delete: (ctx, _current, properties) =>
    takeFromHolders(ctx, holders(properties), properties.PolicyName as string),
};

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
const managedPolicy: ResourceType = {
  name: 'AWS::IAM::ManagedPolicy',
  properties: {
    Description: { type: 'string', createOnly: true },
    ManagedPolicyName: { type: 'string', createOnly: true },
    Path: { type: 'string', createOnly: true },
    PolicyDocument: { type: 'json', required: true },
    Roles: { type: 'array' },
    Users: { type: 'array' },
    Groups: { type: 'array' },
  },
  attributes: ['PolicyArn', 'PolicyId', 'DefaultVersionId'],
  async create(ctx, properties) {
    const { Policy } = await ctx.aws.call<{ Policy: { Arn: string; PolicyId: string } }>(
      'iam',
      'CreatePolicy',
      {
        PolicyName: (properties.ManagedPolicyName as string | undefined) ?? ctx.generateName(128),
        PolicyDocument: text(properties.PolicyDocument),
        ...pick(properties, ['Description', 'Path']),
      },
    );
    await attachToHolders(ctx, Policy.Arn, properties, {});
    return {
      physicalId: Policy.Arn,
      attributes: { PolicyArn: Policy.Arn, PolicyId: Policy.PolicyId, DefaultVersionId: 'v1' },
    };
  },
  async update(ctx, current, properties, previous) {
    const PolicyArn = current.physicalId;
    await attachToHolders(ctx, PolicyArn, properties, previous);
    if (text(properties.PolicyDocument) === text(previous.PolicyDocument)) return current;
    const { Versions } = await ctx.aws.call<{ Versions: { VersionId: string; IsDefaultVersion: boolean }[] }>(
      'iam',
      'ListPolicyVersions',
      { PolicyArn },
    );
    const { PolicyVersion } = await ctx.aws.call<{ PolicyVersion: { VersionId: string } }>(
      'iam',
      'CreatePolicyVersion',
      {
        PolicyArn,
        PolicyDocument: text(properties.PolicyDocument),
        SetAsDefault: true,
      },
    );
    // As CloudFormation does, the former version goes: five are all that a policy can have.
    for (const { VersionId } of Versions)
      await ctx.aws.call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId });
    return { ...current, attributes: { ...current.attributes, DefaultVersionId: PolicyVersion.VersionId } };
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

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-accesskey.html */
const accessKey: ResourceType = {
  name: 'AWS::IAM::AccessKey',
  properties: {
    UserName: { type: 'string', required: true, createOnly: true },
    Status: { type: 'string' },
    Serial: { type: 'number', createOnly: true },
  },
  attributes: ['SecretAccessKey'],
  async create(ctx, properties) {
    const { AccessKey } = await ctx.aws.call<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
      'iam',
      'CreateAccessKey',
      { UserName: properties.UserName },
    );
    const state = {
      physicalId: AccessKey.AccessKeyId,
      attributes: { SecretAccessKey: AccessKey.SecretAccessKey },
    };
    return await accessKey.update(ctx, state, properties, {});
  },
  async update(ctx, current, properties) {
    await ctx.aws.call('iam', 'UpdateAccessKey', {
      UserName: properties.UserName,
      AccessKeyId: current.physicalId,
      Status: properties.Status ?? 'Active',
    });
    return current;
  },
  async delete(ctx, current, properties) {
    await unlessMissing(
      ctx.aws.call('iam', 'DeleteAccessKey', {
        UserName: properties.UserName,
        AccessKeyId: current.physicalId,
      }),
    );
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-instanceprofile.html */
const instanceProfile: ResourceType = {
  name: 'AWS::IAM::InstanceProfile',
  properties: {
    InstanceProfileName: { type: 'string', createOnly: true },
    Path: { type: 'string', createOnly: true },
    Roles: { type: 'array', required: true },
  },
  attributes: ['Arn'],
  async create(ctx, properties) {
    const InstanceProfileName =
      (properties.InstanceProfileName as string | undefined) ?? ctx.generateName(128);
    const { InstanceProfile } = await ctx.aws.call<{ InstanceProfile: { Arn: string } }>(
      'iam',
      'CreateInstanceProfile',
      { InstanceProfileName, ...pick(properties, ['Path']) },
    );
    for (const RoleName of strings(properties.Roles))
      await ctx.aws.call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName });
    return { physicalId: InstanceProfileName, attributes: { Arn: InstanceProfile.Arn } };
  },
  async update(ctx, current, properties, previous) {
    const InstanceProfileName = current.physicalId;
    for (const RoleName of strings(previous.Roles))
      await unlessMissing(
        ctx.aws.call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }),
      );
    for (const RoleName of strings(properties.Roles))
      await ctx.aws.call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName });
    return current;
  },
  async delete(ctx, current, properties) {
    const InstanceProfileName = current.physicalId;
    for (const RoleName of strings(properties.Roles))
      await unlessMissing(
        ctx.aws.call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }),
      );
    await unlessMissing(ctx.aws.call('iam', 'DeleteInstanceProfile', { InstanceProfileName }));
  },
};

export const resources: readonly ResourceType[] = [
  role,
  user,
  group,
  policy,
  managedPolicy,
  accessKey,
  instanceProfile,
];

/** Brings inline policies and attachments of a role, user or group to what `properties` say. */
async function setPolicies(
  ctx: ResourceContext,
  kind: Kind,
  name: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const entity = { [`${kind}Name`]: name };
  const [inline, inlineBefore] = [inlineOf(properties), inlineOf(previous)];
  for (const { PolicyName, PolicyDocument } of inline) {
    await ctx.aws.call('iam', `Put${kind}Policy`, {
      ...entity,
      PolicyName,
      PolicyDocument: text(PolicyDocument),
    });
  }
  for (const { PolicyName } of inlineBefore.filter(
    (old) => !inline.some((one) => one.PolicyName === old.PolicyName),
  )) {
    await unlessMissing(ctx.aws.call('iam', `Delete${kind}Policy`, { ...entity, PolicyName }));
  }
  const [attached, attachedBefore] = [
    strings(properties.ManagedPolicyArns),
    strings(previous.ManagedPolicyArns),
  ];
  for (const PolicyArn of attached)
    await ctx.aws.call('iam', `Attach${kind}Policy`, { ...entity, PolicyArn });
  for (const PolicyArn of attachedBefore.filter((arn) => !attached.includes(arn))) {
    await unlessMissing(ctx.aws.call('iam', `Detach${kind}Policy`, { ...entity, PolicyArn }));
  }
}

async function deleteWithPolicies(
  ctx: ResourceContext,
  kind: Kind,
  name: string,
  properties: Properties,
): Promise<void> {
  const entity = { [`${kind}Name`]: name };
  for (const { PolicyName } of inlineOf(properties))
    await unlessMissing(ctx.aws.call('iam', `Delete${kind}Policy`, { ...entity, PolicyName }));
  for (const PolicyArn of strings(properties.ManagedPolicyArns))
    await unlessMissing(ctx.aws.call('iam', `Detach${kind}Policy`, { ...entity, PolicyArn }));
  await unlessMissing(ctx.aws.call('iam', `Delete${kind}`, entity));
}

async function setTags(
  ctx: ResourceContext,
  kind: 'Role' | 'User',
  name: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const entity = { [`${kind}Name`]: name };
  const { Tags: after = [] } = tagsOf(ctx, properties);
  const { Tags: before = [] } = tagsOf(ctx, previous);
  const gone = before.map(({ Key }) => Key).filter((key) => !after.some(({ Key }) => Key === key));
  if (gone.length > 0) await ctx.aws.call('iam', `Untag${kind}`, { ...entity, TagKeys: gone });
  if (after.length > 0) await ctx.aws.call('iam', `Tag${kind}`, { ...entity, Tags: after });
}

function tagsOf(ctx: ResourceContext, properties: Properties): { Tags?: { Key: string; Value: string }[] } {
  const own = (properties.Tags ?? []) as { Key: string; Value: string }[];
  const merged = { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) };
  const Tags = Object.entries(merged).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length === 0 ? {} : { Tags };
}

/** Documents are objects in templates and text in the API. */
function text(document: unknown): string {
  return typeof document === 'string' ? document : JSON.stringify(document);
}

function pick(properties: Properties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]])),
  );
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function inlineOf(properties: Properties): InlinePolicy[] {
  return (properties.Policies ?? []) as InlinePolicy[];
}

async function unlessMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'NoSuchEntity')) throw error;
  }
}
