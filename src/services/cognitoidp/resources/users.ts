/** AWS::Cognito::UserPoolUser, UserPoolGroup and UserPoolUserToGroupAttachment. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html */
import type { ResourceType } from '../../../platform/index.ts';
import {
  call,
  createOnly,
  flag,
  list,
  map,
  number,
  objects,
  pick,
  required,
  text,
  unlessMissing,
} from './steps.ts';

const pairs = objects({ Name: text, Value: text });

/** A user never changes by a template: all its properties make another one. */
export const userPoolUser: ResourceType = {
  name: 'AWS::Cognito::UserPoolUser',
  properties: {
    ClientMetadata: createOnly(map),
    DesiredDeliveryMediums: createOnly(list),
    ForceAliasCreation: createOnly(flag),
    MessageAction: createOnly(text),
    UserAttributes: createOnly(pairs),
    UserPoolId: required(createOnly(text)),
    Username: createOnly(text),
    ValidationData: createOnly(pairs),
  },
  attributes: [],
  async create(ctx, properties) {
    const Username = (properties.Username as string | undefined) ?? ctx.generateName(128);
    await call(ctx, 'AdminCreateUser', { ...properties, Username });
    return { physicalId: Username, attributes: {} };
  },
  async update(_ctx, current) {
    return current;
  },
  delete: (ctx, { physicalId: Username }, { UserPoolId }) =>
    unlessMissing(call(ctx, 'AdminDeleteUser', { UserPoolId, Username })),
};

export const userPoolGroup: ResourceType = {
  name: 'AWS::Cognito::UserPoolGroup',
  properties: {
    Description: text,
    GroupName: createOnly(text),
    Precedence: number,
    RoleArn: text,
    UserPoolId: required(createOnly(text)),
  },
  attributes: [],
  async create(ctx, properties) {
    const GroupName = (properties.GroupName as string | undefined) ?? ctx.generateName(128);
    await call(ctx, 'CreateGroup', { ...properties, GroupName });
    return { physicalId: GroupName, attributes: {} };
  },
  async update(ctx, current, properties) {
    const settings = pick(properties, ['Description', 'Precedence', 'RoleArn', 'UserPoolId']);
    await call(ctx, 'UpdateGroup', { ...settings, GroupName: current.physicalId });
    return current;
  },
  delete: (ctx, { physicalId: GroupName }, { UserPoolId }) =>
    unlessMissing(call(ctx, 'DeleteGroup', { UserPoolId, GroupName })),
};

export const userToGroupAttachment: ResourceType = {
  name: 'AWS::Cognito::UserPoolUserToGroupAttachment',
  properties: {
    GroupName: required(createOnly(text)),
    UserPoolId: required(createOnly(text)),
    Username: required(createOnly(text)),
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'AdminAddUserToGroup', properties);
    const { UserPoolId, GroupName, Username } = properties;
    return { physicalId: `${UserPoolId}|${GroupName}|${Username}`, attributes: {} };
  },
  async update(_ctx, current) {
    return current;
  },
  delete: (ctx, _current, properties) => unlessMissing(call(ctx, 'AdminRemoveUserFromGroup', properties)),
};
