/** The AWS::IAM types that bring others together: users with a group, a service with its role. */
import type { Properties, ResourceContext, ResourceType } from '../../platform/index.ts';
import { pick, strings, unlessMissing } from './resourceSteps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-usertogroupaddition.html */
export const userToGroupAddition: ResourceType = {
  name: 'AWS::IAM::UserToGroupAddition',
  properties: {
    GroupName: { type: 'string', required: true },
    Users: { type: 'array', required: true },
  },
  attributes: ['Id'],
  async create(ctx, properties) {
    await add(ctx, properties);
    const id = ctx.generateName(128);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(ctx, current, properties, previous) {
    await add(ctx, properties);
    const isSameGroup = properties.GroupName === previous.GroupName;
    const kept = isSameGroup ? strings(properties.Users) : [];
    await remove(
      ctx,
      previous.GroupName,
      strings(previous.Users).filter((name) => !kept.includes(name)),
    );
    return current;
  },
  delete: (ctx, _current, properties) => remove(ctx, properties.GroupName, strings(properties.Users)),
};

async function add(ctx: ResourceContext, { GroupName, Users }: Properties): Promise<void> {
  for (const UserName of strings(Users)) await ctx.aws.call('iam', 'AddUserToGroup', { GroupName, UserName });
}

async function remove(ctx: ResourceContext, GroupName: unknown, users: readonly string[]): Promise<void> {
  for (const UserName of users)
    await unlessMissing(ctx.aws.call('iam', 'RemoveUserFromGroup', { GroupName, UserName }));
}

/** Deletions that aren't done after as many looks fail the step. */
const looksMax = 300;
const lookEveryMs = 200;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-servicelinkedrole.html */
export const serviceLinkedRole: ResourceType = {
  name: 'AWS::IAM::ServiceLinkedRole',
  properties: {
    AWSServiceName: { type: 'string', required: true, createOnly: true },
    CustomSuffix: { type: 'string', createOnly: true },
    Description: { type: 'string' },
  },
  attributes: ['RoleName'],
  async create(ctx, properties) {
    const { Role } = await ctx.aws.call<{ Role: { RoleName: string } }>(
      'iam',
      'CreateServiceLinkedRole',
      pick(properties, ['AWSServiceName', 'CustomSuffix', 'Description']),
    );
    return { physicalId: Role.RoleName, attributes: { RoleName: Role.RoleName } };
  },
  async update(ctx, current, properties) {
    await ctx.aws.call('iam', 'UpdateRole', {
      RoleName: current.physicalId,
      Description: properties.Description ?? '',
    });
    return current;
  },
  async delete(ctx, current) {
    const asked = ctx.aws.call<{ DeletionTaskId: string }>('iam', 'DeleteServiceLinkedRole', {
      RoleName: current.physicalId,
    });
    await unlessMissing(asked.then(({ DeletionTaskId }) => untilGone(ctx, DeletionTaskId)));
  },
};

async function untilGone(ctx: ResourceContext, DeletionTaskId: string): Promise<void> {
  for (let look = 0; look < looksMax; look++) {
    const { Status } = await ctx.aws.call('iam', 'GetServiceLinkedRoleDeletionStatus', { DeletionTaskId });
    if (Status === 'SUCCEEDED') return;
    if (Status === 'FAILED') break;
    await ctx.clock.sleep(lookEveryMs, ctx.signal);
  }
  throw new Error(`The service-linked role was not deleted: ${DeletionTaskId}`);
}
