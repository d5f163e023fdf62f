/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html */
import type { AuthorizationRule } from '../../platform/index.ts';
import { type CognitoRoom, poolArn } from './room.ts';

const onPool: AuthorizationRule<CognitoRoom> = ({ account, region }, input: { UserPoolId: string }) => ({
  resources: [poolArn({ account, region, id: input.UserPoolId })],
});
const onTagged: AuthorizationRule<CognitoRoom> = (_ctx, input: { ResourceArn: string }) => ({
  resources: [input.ResourceArn],
});
const onAny: AuthorizationRule<CognitoRoom> = () => ({ resources: ['*'] });

export const authorize: Readonly<Record<string, AuthorizationRule<CognitoRoom>>> = {
  AddCustomAttributes: onPool,
  AddUserPoolClientSecret: onPool,
  AdminAddUserToGroup: onPool,
  AdminConfirmSignUp: onPool,
  AdminCreateUser: onPool,
  AdminDeleteUser: onPool,
  AdminDeleteUserAttributes: onPool,
  AdminDisableUser: onPool,
  AdminEnableUser: onPool,
  AdminGetUser: onPool,
  AdminInitiateAuth: onPool,
  AdminListGroupsForUser: onPool,
  AdminRemoveUserFromGroup: onPool,
  AdminResetUserPassword: onPool,
  AdminRespondToAuthChallenge: onPool,
  AdminSetUserPassword: onPool,
  AdminUpdateUserAttributes: onPool,
  AdminUserGlobalSignOut: onPool,
  CreateGroup: onPool,
  CreateUserPool: onAny,
  CreateUserPoolClient: onPool,
  DeleteGroup: onPool,
  DeleteUserPool: onPool,
  DeleteUserPoolClient: onPool,
  DeleteUserPoolClientSecret: onPool,
  DescribeUserPool: onPool,
  DescribeUserPoolClient: onPool,
  GetGroup: onPool,
  GetUserPoolMfaConfig: onPool,
  ListGroups: onPool,
  ListTagsForResource: onTagged,
  ListUserPoolClientSecrets: onPool,
  ListUserPoolClients: onPool,
  ListUserPools: onAny,
  ListUsers: onPool,
  ListUsersInGroup: onPool,
  SetUserPoolMfaConfig: onPool,
  TagResource: onTagged,
  UntagResource: onTagged,
  UpdateGroup: onPool,
  UpdateUserPool: onPool,
  UpdateUserPoolClient: onPool,
};

/** Asked by users and their apps, who have no credentials of AWS: the model says `noAuth`. No policy is asked. */
export const unsigned: ReadonlySet<string> = new Set([
  'ChangePassword',
  'ConfirmForgotPassword',
  'ConfirmSignUp',
  'DeleteUser',
  'DeleteUserAttributes',
  'ForgotPassword',
  'GetTokensFromRefreshToken',
  'GetUser',
  'GetUserAttributeVerificationCode',
  'GlobalSignOut',
  'InitiateAuth',
  'ResendConfirmationCode',
  'RespondToAuthChallenge',
  'RevokeToken',
  'SignUp',
  'UpdateUserAttributes',
  'VerifyUserAttribute',
]);
