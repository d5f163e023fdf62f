/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html */
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import { type CognitoRoom, type Context, poolArn } from './room.ts';
import { type LogConfiguration, records } from './store.ts';

type Tags = Readonly<Record<string, string>>;
type Keys = Record<string, string | readonly string[]>;

/** The pool, with what its tags say: policies may name pools by them. */
async function poolAsked(
  { room, account, region }: Context,
  { UserPoolId }: { UserPoolId: string },
  asked: Keys = {},
): Promise<AuthorizationRequest> {
  const { tags = {} } = (await records.pools.get(room.store, account, region, UserPoolId)) ?? {};
  const context: Keys = { ...asked };
  for (const [key, value] of Object.entries(tags)) context[`aws:ResourceTag/${key}`] = value;
  return { resources: [poolArn({ account, region, id: UserPoolId })], context };
}

function tagsAsked(tags: Tags = {}, keys: readonly string[] = []): Keys {
  const named = [...Object.keys(tags), ...keys];
  const context: Keys = named.length > 0 ? { 'aws:TagKeys': named } : {};
  for (const [key, value] of Object.entries(tags)) context[`aws:RequestTag/${key}`] = value;
  return context;
}

const onPool: AuthorizationRule<CognitoRoom> = (ctx, input: { UserPoolId: string }) => poolAsked(ctx, input);

const onTagged: AuthorizationRule<CognitoRoom> = async (
  ctx,
  { ResourceArn, Tags, TagKeys }: { ResourceArn: string; Tags?: Tags; TagKeys?: string[] },
) => {
  const UserPoolId = ResourceArn.slice(ResourceArn.indexOf('/') + 1);
  return { ...(await poolAsked(ctx, { UserPoolId }, tagsAsked(Tags, TagKeys))), resources: [ResourceArn] };
};

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

const createsPool: AuthorizationRule<CognitoRoom> = (_ctx, input: Sms & { UserPoolTags?: Tags }) => [
  { resources: ['*'], context: tagsAsked(input.UserPoolTags) },
  ...passing(input.SmsConfiguration?.SnsCallerArn),
];
const changesPool: AuthorizationRule<CognitoRoom> = async (
  ctx,
  input: Sms & { UserPoolId: string; UserPoolTags?: Tags },
) => [
  await poolAsked(ctx, input, tagsAsked(input.UserPoolTags)),
  ...passing(input.SmsConfiguration?.SnsCallerArn),
];
const setsMfa: AuthorizationRule<CognitoRoom> = async (
  ctx,
  input: { UserPoolId: string; SmsMfaConfiguration?: Sms },
) => [await poolAsked(ctx, input), ...passing(input.SmsMfaConfiguration?.SmsConfiguration?.SnsCallerArn)];
const onGroup: AuthorizationRule<CognitoRoom> = async (
  ctx,
  input: { UserPoolId: string; RoleArn?: string },
) => [await poolAsked(ctx, input), ...passing(input.RoleArn)];
const makesImport: AuthorizationRule<CognitoRoom> = async (
  ctx,
  input: { UserPoolId: string; CloudWatchLogsRoleArn: string },
) => [await poolAsked(ctx, input), ...passing(input.CloudWatchLogsRoleArn)];
/** "The user that configures log delivery must … have the following additional permissions". https://docs.aws.amazon.com/cognito/latest/developerguide/exporting-quotas-and-usage.html */
const deliversLogs: AuthorizationRule<CognitoRoom> = async (
  ctx,
  input: { UserPoolId: string; LogConfigurations: readonly LogConfiguration[] },
) => {
  const asked = [await poolAsked(ctx, input)];
  const ask = (resource: string, ...actions: string[]) => {
    for (const action of actions) asked.push({ action, resources: [resource] });
  };
  if (input.LogConfigurations.length > 0) ask('*', 'logs:CreateLogDelivery');
  for (const { CloudWatchLogsConfiguration: logs, S3Configuration: s3 } of input.LogConfigurations) {
    if (logs) ask('*', 'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies', 'logs:DescribeLogGroups');
    if (s3?.BucketArn) ask(s3.BucketArn, 's3:GetBucketPolicy', 's3:PutBucketPolicy');
  }
  return asked;
};
const onAny: AuthorizationRule<CognitoRoom> = () => ({ resources: ['*'] });

export const authorize: Readonly<Record<string, AuthorizationRule<CognitoRoom>>> = {
  AddCustomAttributes: onPool,
  AddUserPoolClientSecret: onPool,
  AdminAddUserToGroup: onPool,
  AdminConfirmSignUp: onPool,
  AdminCreateUser: onPool,
  AdminDeleteSoftwareToken: onPool,
  AdminDeleteUser: onPool,
  AdminDeleteUserAttributes: onPool,
  AdminDisableProviderForUser: onPool,
  AdminDisableUser: onPool,
  AdminEnableUser: onPool,
  AdminForgetDevice: onPool,
  AdminGetDevice: onPool,
  AdminGetUser: onPool,
  AdminGetUserAuthFactors: onPool,
  AdminInitiateAuth: onPool,
  AdminLinkProviderForUser: onPool,
  AdminListDevices: onPool,
  AdminListGroupsForUser: onPool,
  AdminListUserSessions: onPool,
  AdminRemoveUserFromGroup: onPool,
  AdminResetUserPassword: onPool,
  AdminRespondToAuthChallenge: onPool,
  AdminRevokeUserSession: onPool,
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
  DescribeTermsByClient: onPool,
  DescribeUserImportJob: onPool,
  DescribeRiskConfiguration: onPool,
  DescribeUserPool: onPool,
  DescribeUserPoolClient: onPool,
  DescribeUserPoolDomain: onAny,
  GetCSVHeader: onPool,
  GetGroup: onPool,
  GetIdentityProviderByIdentifier: onPool,
  GetLogDeliveryConfiguration: onPool,
  GetProvisionedLimit: onAny,
  GetSigningCertificate: onPool,
  GetUICustomization: onPool,
  GetUserPoolClientSessionConfiguration: onPool,
  GetUserPoolMfaConfig: onPool,
  GetUserPoolSessionConfiguration: onPool,
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
  SetLogDeliveryConfiguration: deliversLogs,
  SetRiskConfiguration: onPool,
  SetUICustomization: onPool,
  SetUserPoolClientSessionConfiguration: onPool,
  SetUserPoolMfaConfig: setsMfa,
  SetUserPoolSessionConfiguration: onPool,
  StartUserImportJob: onPool,
  StopUserImportJob: onPool,
  TagResource: onTagged,
  UntagResource: onTagged,
  UpdateGroup: onGroup,
  UpdateIdentityProvider: onPool,
  UpdateManagedLoginBranding: onPool,
  UpdateProvisionedLimit: onAny,
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
  'CompleteWebAuthnRegistration',
  'ConfirmDevice',
  'ConfirmForgotPassword',
  'ConfirmSignUp',
  'DeleteUser',
  'DeleteUserAttributes',
  'DeleteWebAuthnCredential',
  'ForgetDevice',
  'ForgotPassword',
  'GetClientToken',
  'GetDevice',
  'GetTokensFromRefreshToken',
  'GetUser',
  'GetUserAttributeVerificationCode',
  'GetUserAuthFactors',
  'GlobalSignOut',
  'InitiateAuth',
  'ListDevices',
  'ListUserSessions',
  'ListWebAuthnCredentials',
  'ResendConfirmationCode',
  'RespondToAuthChallenge',
  'RevokeToken',
  'RevokeUserSession',
  'SetUserMFAPreference',
  'SetUserSettings',
  'SignUp',
  'UpdateAuthEventFeedback',
  'StartWebAuthnRegistration',
  'UpdateDeviceStatus',
  'UpdateUserAttributes',
  'VerifySoftwareToken',
  'VerifyUserAttribute',
]);
