/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html */
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import { type CognitoRoom, type Context, poolArn } from './room.ts';

const poolAsked = ({ account, region }: Context, input: { UserPoolId: string }): AuthorizationRequest => ({
  resources: [poolArn({ account, region, id: input.UserPoolId })],
});
const onPool: AuthorizationRule<CognitoRoom> = poolAsked;
const onTagged: AuthorizationRule<CognitoRoom> = (_ctx, input: { ResourceArn: string }) => ({
  resources: [input.ResourceArn],
});
/** Handing a role to Cognito is asked as well: whoever may not use it mustn't have Cognito use it. */
const passing = (roleArn: string | undefined): AuthorizationRequest[] =>
  roleArn === undefined
    ? []
    : [
        {
          action: 'iam:PassRole',
          resources: [roleArn],
          context: { 'iam:PassedToService': 'cognito-idp.amazonaws.com' },
        },
      ];

interface Sms {
  SmsConfiguration?: { SnsCallerArn?: string };
}

const createsPool: AuthorizationRule<CognitoRoom> = (_ctx, input: Sms) => [
  { resources: ['*'] },
  ...passing(input.SmsConfiguration?.SnsCallerArn),
];
const changesPool: AuthorizationRule<CognitoRoom> = (ctx, input: Sms & { UserPoolId: string }) => [
  poolAsked(ctx, input),
  ...passing(input.SmsConfiguration?.SnsCallerArn),
];
const setsMfa: AuthorizationRule<CognitoRoom> = (
  ctx,
  input: { UserPoolId: string; SmsMfaConfiguration?: Sms },
) => [poolAsked(ctx, input), ...passing(input.SmsMfaConfiguration?.SmsConfiguration?.SnsCallerArn)];
const onGroup: AuthorizationRule<CognitoRoom> = (ctx, input: { UserPoolId: string; RoleArn?: string }) => [
  poolAsked(ctx, input),
  ...passing(input.RoleArn),
];
const makesImport: AuthorizationRule<CognitoRoom> = (
  ctx,
  input: { UserPoolId: string; CloudWatchLogsRoleArn: string },
) => [poolAsked(ctx, input), ...passing(input.CloudWatchLogsRoleArn)];
const onAny: AuthorizationRule<CognitoRoom> = () => ({ resources: ['*'] });

export const authorize: Readonly<Record<string, AuthorizationRule<CognitoRoom>>> = {
  AddCustomAttributes: onPool,
  AddUserPoolClientSecret: onPool,
  AdminAddUserToGroup: onPool,
  AdminConfirmSignUp: onPool,
  AdminCreateUser: onPool,
  AdminDeleteUser: onPool,
  AdminDeleteUserAttributes: onPool,
  AdminDisableProviderForUser: onPool,
  AdminDisableUser: onPool,
  AdminEnableUser: onPool,
  AdminForgetDevice: onPool,
  AdminGetDevice: onPool,
  AdminGetUser: onPool,
  AdminInitiateAuth: onPool,
  AdminLinkProviderForUser: onPool,
  AdminListDevices: onPool,
  AdminListGroupsForUser: onPool,
  AdminRemoveUserFromGroup: onPool,
  AdminResetUserPassword: onPool,
  AdminRespondToAuthChallenge: onPool,
  AdminSetUserMFAPreference: onPool,
  AdminSetUserPassword: onPool,
  AdminSetUserSettings: onPool,
  AdminListUserAuthEvents: onPool,
  AdminUpdateAuthEventFeedback: onPool,
  AdminUpdateDeviceStatus: onPool,
  AdminUpdateUserAttributes: onPool,
  AdminUserGlobalSignOut: onPool,
  CreateGroup: onGroup,
  CreateIdentityProvider: onPool,
  CreateManagedLoginBranding: onPool,
  CreateResourceServer: onPool,
  CreateTerms: onPool,
  CreateUserImportJob: makesImport,
  CreateUserPool: createsPool,
  CreateUserPoolClient: onPool,
  CreateUserPoolDomain: onPool,
  DeleteGroup: onPool,
  DeleteIdentityProvider: onPool,
  DeleteManagedLoginBranding: onPool,
  DeleteResourceServer: onPool,
  DeleteTerms: onPool,
  DeleteUserPool: onPool,
  DeleteUserPoolClient: onPool,
  DeleteUserPoolClientSecret: onPool,
  DeleteUserPoolDomain: onPool,
  DescribeIdentityProvider: onPool,
  DescribeManagedLoginBranding: onPool,
  DescribeManagedLoginBrandingByClient: onPool,
  DescribeResourceServer: onPool,
  DescribeTerms: onPool,
  DescribeUserImportJob: onPool,
  DescribeRiskConfiguration: onPool,
  DescribeUserPool: onPool,
  DescribeUserPoolClient: onPool,
  DescribeUserPoolDomain: onAny,
  GetCSVHeader: onPool,
  GetGroup: onPool,
  GetIdentityProviderByIdentifier: onPool,
  GetLogDeliveryConfiguration: onPool,
  GetSigningCertificate: onPool,
  GetUICustomization: onPool,
  GetUserPoolMfaConfig: onPool,
  ListGroups: onPool,
  ListIdentityProviders: onPool,
  ListResourceServers: onPool,
  ListTagsForResource: onTagged,
  ListTerms: onPool,
  ListUserImportJobs: onPool,
  ListUserPoolClientSecrets: onPool,
  ListUserPoolClients: onPool,
  ListUserPools: onAny,
  ListUsers: onPool,
  ListUsersInGroup: onPool,
  SetLogDeliveryConfiguration: onPool,
  SetRiskConfiguration: onPool,
  SetUICustomization: onPool,
  SetUserPoolMfaConfig: setsMfa,
  StartUserImportJob: onPool,
  StopUserImportJob: onPool,
  TagResource: onTagged,
  UntagResource: onTagged,
  UpdateGroup: onGroup,
  UpdateIdentityProvider: onPool,
  UpdateManagedLoginBranding: onPool,
  UpdateResourceServer: onPool,
  UpdateTerms: onPool,
  UpdateUserPool: changesPool,
  UpdateUserPoolClient: onPool,
  UpdateUserPoolDomain: onPool,
};

/** Asked by users and their apps, who have no credentials of AWS: the model says `noAuth`. No policy is asked. */
export const unsigned: ReadonlySet<string> = new Set([
  'AssociateSoftwareToken',
  'ChangePassword',
  'ConfirmDevice',
  'ConfirmForgotPassword',
  'ConfirmSignUp',
  'DeleteUser',
  'DeleteUserAttributes',
  'ForgetDevice',
  'ForgotPassword',
  'GetDevice',
  'GetTokensFromRefreshToken',
  'GetUser',
  'GetUserAttributeVerificationCode',
  'GlobalSignOut',
  'InitiateAuth',
  'ListDevices',
  'ResendConfirmationCode',
  'RespondToAuthChallenge',
  'RevokeToken',
  'SetUserMFAPreference',
  'SetUserSettings',
  'SignUp',
  'UpdateAuthEventFeedback',
  'UpdateDeviceStatus',
  'UpdateUserAttributes',
  'VerifySoftwareToken',
  'VerifyUserAttribute',
]);
