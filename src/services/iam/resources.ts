/** The AWS::IAM types of templates. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html */
import { isDeepStrictEqual } from 'node:util';
import type {
  Properties,
  PropertyRule,
  ResourceContext,
  ResourceState,
  ResourceType,
} from '../../platform/index.ts';
import { serverCertificate, virtualMfaDevice } from './credentialResources.ts';
import { serviceLinkedRole, userToGroupAddition } from './membershipResources.ts';
import { groupPolicy, managedPolicy, policy, rolePolicy, userPolicy } from './policyResources.ts';
import { oidcProvider, samlProvider } from './providerResources.ts';
import {
  deleteWithPolicies,
  pick,
  setPolicies,
  setTags,
  strings,
  tagsOf,
  text,
  unlessMissing,
} from './resourceSteps.ts';

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
    Path: { type: 'string', createOnly: true, default: '/' },
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
    await setBoundary(ctx, 'Role', name, properties, previous);
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
    LoginProfile: {
      type: 'object',
      members: {
        Password: { type: 'string', required: true },
        PasswordResetRequired: { type: 'boolean' },
      },
    },
    Path: { type: 'string' },
    PermissionsBoundary: { type: 'string' },
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
      await setLoginProfile(ctx, name, properties, {});
    } catch (error) {
      await removeUser(ctx, name, properties);
      throw error;
    }
    return { physicalId: name, attributes: { Arn: User.Arn } };
  },
  async update(ctx, current, properties, previous) {
    await setPolicies(ctx, 'User', current.physicalId, properties, previous);
    await setGroups(ctx, current.physicalId, properties, previous);
    await setLoginProfile(ctx, current.physicalId, properties, previous);
    await setBoundary(ctx, 'User', current.physicalId, properties, previous);
    await setTags(ctx, 'User', current.physicalId, properties, previous);
    return { ...current, attributes: { Arn: await moved(ctx, 'User', current, properties, previous) } };
  },
  delete: (ctx, current, properties) => removeUser(ctx, current.physicalId, properties),
};

async function removeUser(ctx: ResourceContext, name: string, properties: Properties): Promise<void> {
  for (const group of strings(properties.Groups)) {
    await unlessMissing(ctx.aws.call('iam', 'RemoveUserFromGroup', { UserName: name, GroupName: group }));
  }
  if (properties.LoginProfile !== undefined)
    await unlessMissing(ctx.aws.call('iam', 'DeleteLoginProfile', { UserName: name }));
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

async function setLoginProfile(
  ctx: ResourceContext,
  UserName: string,
  { LoginProfile: after }: Properties,
  { LoginProfile: before }: Properties,
): Promise<void> {
  if (isDeepStrictEqual(after, before)) return;
  if (after === undefined) {
    await unlessMissing(ctx.aws.call('iam', 'DeleteLoginProfile', { UserName }));
    return;
  }
  const operation = before === undefined ? 'CreateLoginProfile' : 'UpdateLoginProfile';
  const { Password, PasswordResetRequired } = after as Properties;
  await ctx.aws.call('iam', operation, {
    UserName,
    Password,
    PasswordResetRequired: String(PasswordResetRequired ?? false) === 'true',
  });
}

async function setBoundary(
  ctx: ResourceContext,
  kind: 'Role' | 'User',
  name: string,
  { PermissionsBoundary }: Properties,
  previous: Properties,
): Promise<void> {
  if (PermissionsBoundary === previous.PermissionsBoundary) return;
  const entity = { [`${kind}Name`]: name };
  if (PermissionsBoundary === undefined)
    await ctx.aws.call('iam', `Delete${kind}PermissionsBoundary`, entity);
  else await ctx.aws.call('iam', `Put${kind}PermissionsBoundary`, { ...entity, PermissionsBoundary });
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-group.html */
const group: ResourceType = {
  name: 'AWS::IAM::Group',
  properties: {
    GroupName: { type: 'string', createOnly: true },
    Path: { type: 'string' },
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
    return { ...current, attributes: { Arn: await moved(ctx, 'Group', current, properties, previous) } };
  },
  delete: (ctx, current, properties) => deleteWithPolicies(ctx, 'Group', current.physicalId, properties),
};

/** Brings a user or a group below another path. @returns its ARN, which holds the path. */
async function moved(
  ctx: ResourceContext,
  kind: 'User' | 'Group',
  { physicalId, attributes }: ResourceState,
  { Path = '/' }: Properties,
  { Path: before = '/' }: Properties,
): Promise<unknown> {
  if (Path === before) return attributes.Arn;
  const entity = { [`${kind}Name`]: physicalId };
  await ctx.aws.call('iam', `Update${kind}`, { ...entity, NewPath: Path });
  const answer = await ctx.aws.call<Record<string, { Arn: string }>>('iam', `Get${kind}`, entity);
  return answer[kind]?.Arn;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-accesskey.html */
const accessKey: ResourceType = {
  name: 'AWS::IAM::AccessKey',
  properties: {
    UserName: { type: 'string', required: true, createOnly: true },
    Status: { type: 'string' },
    Serial: { type: 'number', createOnly: true },
  },
  attributes: ['Id', 'SecretAccessKey'],
  async create(ctx, properties) {
    const { AccessKey } = await ctx.aws.call<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
      'iam',
      'CreateAccessKey',
      { UserName: properties.UserName },
    );
    const state = {
      physicalId: AccessKey.AccessKeyId,
      attributes: { Id: AccessKey.AccessKeyId, SecretAccessKey: AccessKey.SecretAccessKey },
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
  groupPolicy,
  rolePolicy,
  userPolicy,
  userToGroupAddition,
  serviceLinkedRole,
  oidcProvider,
  samlProvider,
  serverCertificate,
  virtualMfaDevice,
];
