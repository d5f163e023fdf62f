/** Cognito user pools: users of applications, how they sign up and in, and the tokens that say so. */
import { defineService, type Platform, userPoolIssuer } from '../../platform/index.ts';
import { authorize, unsigned } from './authorize.ts';
import { discovery, issuerKeys } from './endpoints/discovery.ts';
import { hosted } from './endpoints/hosted.ts';
import { importUpload } from './endpoints/importUpload.ts';
import { rotateKeys } from './endpoints/rotateKeys.ts';
import { issuerStanding } from './endpoints/standing.ts';
import { importQueue } from './importing/run.ts';
import { createLogDelivery } from './logDelivery.ts';
import { createMail } from './mail.ts';
import { messagesPage } from './messages.ts';
import {
  AdminConfirmSignUp,
  AdminCreateUser,
  AdminDeleteUser,
  AdminDisableUser,
  AdminEnableUser,
  AdminGetUser,
  AdminSetUserPassword,
  AdminUserGlobalSignOut,
} from './operations/adminUsers.ts';
import {
  AdminListUserAuthEvents,
  AdminUpdateAuthEventFeedback,
  UpdateAuthEventFeedback,
} from './operations/authEvents.ts';
import {
  AddUserPoolClientSecret,
  DeleteUserPoolClientSecret,
  ListUserPoolClientSecrets,
} from './operations/clientSecrets.ts';
import {
  CreateUserPoolClient,
  DeleteUserPoolClient,
  DescribeUserPoolClient,
  ListUserPoolClients,
  UpdateUserPoolClient,
} from './operations/clients.ts';
import { GetClientToken } from './operations/clientToken.ts';
import {
  AdminForgetDevice,
  AdminGetDevice,
  AdminListDevices,
  AdminUpdateDeviceStatus,
  ConfirmDevice,
  ForgetDevice,
  GetDevice,
  ListDevices,
  UpdateDeviceStatus,
} from './operations/devices.ts';
import {
  CreateUserPoolDomain,
  DeleteUserPoolDomain,
  DescribeUserPoolDomain,
  UpdateUserPoolDomain,
} from './operations/domains.ts';
import { ConfirmForgotPassword, ForgotPassword } from './operations/forgotPassword.ts';
import {
  AdminAddUserToGroup,
  AdminListGroupsForUser,
  AdminRemoveUserFromGroup,
  CreateGroup,
  DeleteGroup,
  GetGroup,
  ListGroups,
  ListUsersInGroup,
  UpdateGroup,
} from './operations/groups.ts';
import {
  CreateIdentityProvider,
  DeleteIdentityProvider,
  DescribeIdentityProvider,
  GetIdentityProviderByIdentifier,
  GetSigningCertificate,
  ListIdentityProviders,
  UpdateIdentityProvider,
} from './operations/identityProviders.ts';
import {
  CreateUserImportJob,
  DescribeUserImportJob,
  GetCSVHeader,
  ListUserImportJobs,
  StartUserImportJob,
  StopUserImportJob,
} from './operations/importJobs.ts';
import { AdminInitiateAuth, InitiateAuth } from './operations/initiateAuth.ts';
import { ListUsers } from './operations/listUsers.ts';
import { GetLogDeliveryConfiguration, SetLogDeliveryConfiguration } from './operations/logDelivery.ts';
import {
  CreateManagedLoginBranding,
  DeleteManagedLoginBranding,
  DescribeManagedLoginBranding,
  DescribeManagedLoginBrandingByClient,
  UpdateManagedLoginBranding,
} from './operations/managedLoginBranding.ts';
import { GetUserPoolMfaConfig, SetUserPoolMfaConfig } from './operations/mfaConfig.ts';
import {
  AdminSetUserMFAPreference,
  AdminSetUserSettings,
  SetUserMFAPreference,
  SetUserSettings,
} from './operations/mfaPreference.ts';
import { ChangePassword, DeleteUser, GetUser, GlobalSignOut } from './operations/ownUser.ts';
import { AdminDisableProviderForUser, AdminLinkProviderForUser } from './operations/providerLinks.ts';
import { GetProvisionedLimit, UpdateProvisionedLimit } from './operations/provisionedLimits.ts';
import { GetTokensFromRefreshToken, RevokeToken } from './operations/refresh.ts';
import { AdminResetUserPassword } from './operations/resetPassword.ts';
import {
  CreateResourceServer,
  DeleteResourceServer,
  DescribeResourceServer,
  ListResourceServers,
  UpdateResourceServer,
} from './operations/resourceServers.ts';
import { AdminRespondToAuthChallenge, RespondToAuthChallenge } from './operations/respondToAuthChallenge.ts';
import { DescribeRiskConfiguration, SetRiskConfiguration } from './operations/riskConfiguration.ts';
import {
  GetUserPoolClientSessionConfiguration,
  GetUserPoolSessionConfiguration,
  SetUserPoolClientSessionConfiguration,
  SetUserPoolSessionConfiguration,
} from './operations/sessionConfiguration.ts';
import { ConfirmSignUp, ResendConfirmationCode, SignUp } from './operations/signUp.ts';
import {
  AdminDeleteSoftwareToken,
  AssociateSoftwareToken,
  VerifySoftwareToken,
} from './operations/softwareToken.ts';
import { ListTagsForResource, TagResource, UntagResource } from './operations/tags.ts';
import {
  CreateTerms,
  DeleteTerms,
  DescribeTerms,
  DescribeTermsByClient,
  ListTerms,
  UpdateTerms,
} from './operations/terms.ts';
import { GetUICustomization, SetUICustomization } from './operations/uiCustomization.ts';
import {
  AdminDeleteUserAttributes,
  AdminUpdateUserAttributes,
  DeleteUserAttributes,
  GetUserAttributeVerificationCode,
  UpdateUserAttributes,
  VerifyUserAttribute,
} from './operations/userAttributes.ts';
import { AdminGetUserAuthFactors, GetUserAuthFactors } from './operations/userAuthFactors.ts';
import {
  AddCustomAttributes,
  CreateUserPool,
  DeleteUserPool,
  DescribeUserPool,
  ListUserPools,
  UpdateUserPool,
} from './operations/userPools.ts';
import {
  AdminListUserSessions,
  AdminRevokeUserSession,
  ListUserSessions,
  RevokeUserSession,
} from './operations/userSessions.ts';
import {
  CompleteWebAuthnRegistration,
  DeleteWebAuthnCredential,
  ListWebAuthnCredentials,
  StartWebAuthnRegistration,
} from './operations/webAuthn.ts';
import { resources } from './resources/index.ts';
import type { CognitoRoom } from './room.ts';
import { createSigners } from './tokens/signers.ts';

const importsOf = (platform: Platform) => ({
  imports: importQueue(platform),
  blobs: platform.blobs,
  endpoint: platform.config.endpoint,
});

export const cognitoidp = defineService<CognitoRoom>({
  name: 'cognitoidp',
  iamPrefix: 'cognito-idp',
  open(platform) {
    const { store, ids, clock, config, hosts, issuers, vault } = platform;
    const logDelivery = createLogDelivery(platform);
    const mail = createMail(platform, { store, vault, logDelivery });
    const signers = createSigners({ store, vault, ids });
    const issuer: CognitoRoom['issuer'] = (pool) => userPoolIssuer(config.cognito, pool);
    return {
      store,
      ids,
      clock,
      hosts,
      issuers,
      vault,
      signers,
      issuer,
      mail,
      logDelivery,
      deliveries: platform.deliveries,
      ...importsOf(platform),
    };
  },
  operations: {
    AddCustomAttributes,
    AddUserPoolClientSecret,
    AdminAddUserToGroup,
    AdminConfirmSignUp,
    AdminCreateUser,
    AdminDeleteSoftwareToken,
    AdminDeleteUser,
    AdminDeleteUserAttributes,
    AdminDisableProviderForUser,
    AdminDisableUser,
    AdminEnableUser,
    AdminForgetDevice,
    AdminGetDevice,
    AdminGetUser,
    AdminGetUserAuthFactors,
    AdminInitiateAuth,
    AdminLinkProviderForUser,
    AdminListDevices,
    AdminListGroupsForUser,
    AdminListUserAuthEvents,
    AdminListUserSessions,
    AdminRemoveUserFromGroup,
    AdminResetUserPassword,
    AdminRespondToAuthChallenge,
    AdminRevokeUserSession,
    AdminSetUserMFAPreference,
    AdminSetUserPassword,
    AdminSetUserSettings,
    AdminUpdateAuthEventFeedback,
    AdminUpdateDeviceStatus,
    AdminUpdateUserAttributes,
    AdminUserGlobalSignOut,
    AssociateSoftwareToken,
    ChangePassword,
    CompleteWebAuthnRegistration,
    ConfirmDevice,
    ConfirmForgotPassword,
    ConfirmSignUp,
    CreateGroup,
    CreateIdentityProvider,
    CreateManagedLoginBranding,
    CreateResourceServer,
    CreateTerms,
    CreateUserImportJob,
    CreateUserPool,
    CreateUserPoolClient,
    CreateUserPoolDomain,
    DeleteGroup,
    DeleteIdentityProvider,
    DeleteManagedLoginBranding,
    DeleteResourceServer,
    DeleteTerms,
    DeleteUser,
    DeleteUserAttributes,
    DeleteUserPool,
    DeleteUserPoolClient,
    DeleteUserPoolClientSecret,
    DeleteUserPoolDomain,
    DeleteWebAuthnCredential,
    DescribeIdentityProvider,
    DescribeManagedLoginBranding,
    DescribeManagedLoginBrandingByClient,
    DescribeResourceServer,
    DescribeRiskConfiguration,
    DescribeTerms,
    DescribeTermsByClient,
    DescribeUserImportJob,
    DescribeUserPool,
    DescribeUserPoolClient,
    DescribeUserPoolDomain,
    ForgetDevice,
    ForgotPassword,
    GetCSVHeader,
    GetClientToken,
    GetDevice,
    GetGroup,
    GetIdentityProviderByIdentifier,
    GetLogDeliveryConfiguration,
    GetProvisionedLimit,
    GetSigningCertificate,
    GetTokensFromRefreshToken,
    GetUICustomization,
    GetUser,
    GetUserAttributeVerificationCode,
    GetUserAuthFactors,
    GetUserPoolClientSessionConfiguration,
    GetUserPoolMfaConfig,
    GetUserPoolSessionConfiguration,
    GlobalSignOut,
    InitiateAuth,
    ListDevices,
    ListGroups,
    ListIdentityProviders,
    ListResourceServers,
    ListTagsForResource,
    ListTerms,
    ListUserImportJobs,
    ListUserPoolClientSecrets,
    ListUserPoolClients,
    ListUserPools,
    ListUserSessions,
    ListUsers,
    ListUsersInGroup,
    ListWebAuthnCredentials,
    ResendConfirmationCode,
    RespondToAuthChallenge,
    RevokeToken,
    RevokeUserSession,
    SetLogDeliveryConfiguration,
    SetRiskConfiguration,
    SetUICustomization,
    SetUserMFAPreference,
    SetUserPoolClientSessionConfiguration,
    SetUserPoolMfaConfig,
    SetUserPoolSessionConfiguration,
    SetUserSettings,
    SignUp,
    StartUserImportJob,
    StartWebAuthnRegistration,
    StopUserImportJob,
    TagResource,
    UntagResource,
    UpdateAuthEventFeedback,
    UpdateDeviceStatus,
    UpdateGroup,
    UpdateIdentityProvider,
    UpdateManagedLoginBranding,
    UpdateProvisionedLimit,
    UpdateResourceServer,
    UpdateTerms,
    UpdateUserAttributes,
    UpdateUserPool,
    UpdateUserPoolClient,
    UpdateUserPoolDomain,
    VerifySoftwareToken,
    VerifyUserAttribute,
  },
  authorize,
  unsigned,
  endpoints: { discovery, hosted, 'import-upload': importUpload },
  issuerKeys,
  issuerStanding,
  resources,
  close: async ({ mail }) => mail.close(),
  pages: { messages: messagesPage },
  actions: { 'rotate-keys': rotateKeys },
});
