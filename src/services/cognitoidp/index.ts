/** Cognito user pools: users of applications, how they sign up and in, and the tokens that say so. */
import { defineService } from '../../platform/index.ts';
import { openVault } from '../../store/vault.ts';
import { authorize, unsigned } from './authorize.ts';
import { discovery, issuerKeys } from './endpoints/discovery.ts';
import { messagesPage } from './messages.ts';
import {
  AdminConfirmSignUp,
  AdminCreateUser,
  AdminDeleteUser,
  AdminDeleteUserAttributes,
  AdminDisableUser,
  AdminEnableUser,
  AdminGetUser,
  AdminSetUserPassword,
  AdminUpdateUserAttributes,
  AdminUserGlobalSignOut,
} from './operations/adminUsers.ts';
import {
  CreateUserPoolClient,
  DeleteUserPoolClient,
  DescribeUserPoolClient,
  ListUserPoolClients,
  UpdateUserPoolClient,
} from './operations/clients.ts';
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
import { AdminInitiateAuth, InitiateAuth } from './operations/initiateAuth.ts';
import { ListUsers } from './operations/listUsers.ts';
import { GetUserPoolMfaConfig, SetUserPoolMfaConfig } from './operations/mfaConfig.ts';
import { ChangePassword, DeleteUser, GetUser, GlobalSignOut } from './operations/ownUser.ts';
import { GetTokensFromRefreshToken, RevokeToken } from './operations/refresh.ts';
import { AdminRespondToAuthChallenge, RespondToAuthChallenge } from './operations/respondToAuthChallenge.ts';
import { ConfirmSignUp, ResendConfirmationCode, SignUp } from './operations/signUp.ts';
import {
  AddCustomAttributes,
  CreateUserPool,
  DeleteUserPool,
  DescribeUserPool,
  ListUserPools,
  UpdateUserPool,
} from './operations/userPools.ts';
import type { CognitoRoom } from './room.ts';
import { createSigners } from './tokens/signers.ts';

export const cognitoidp = defineService<CognitoRoom>({
  name: 'cognitoidp',
  iamPrefix: 'cognito-idp',
  open({ store, ids, config }) {
    const vault = openVault({ folder: config.ephemeral ? undefined : config.dataFolder, ids });
    return { store, ids, vault, signers: createSigners({ store, vault, ids }) };
  },
  operations: {
    AddCustomAttributes,
    AdminAddUserToGroup,
    AdminConfirmSignUp,
    AdminCreateUser,
    AdminDeleteUser,
    AdminDeleteUserAttributes,
    AdminDisableUser,
    AdminEnableUser,
    AdminGetUser,
    AdminInitiateAuth,
    AdminListGroupsForUser,
    AdminRemoveUserFromGroup,
    AdminRespondToAuthChallenge,
    AdminSetUserPassword,
    AdminUpdateUserAttributes,
    AdminUserGlobalSignOut,
    ChangePassword,
    ConfirmForgotPassword,
    ConfirmSignUp,
    CreateGroup,
    CreateUserPool,
    CreateUserPoolClient,
    DeleteGroup,
    DeleteUser,
    DeleteUserPool,
    DeleteUserPoolClient,
    DescribeUserPool,
    DescribeUserPoolClient,
    ForgotPassword,
    GetGroup,
    GetTokensFromRefreshToken,
    GetUser,
    GetUserPoolMfaConfig,
    GlobalSignOut,
    InitiateAuth,
    ListGroups,
    ListUserPoolClients,
    ListUserPools,
    ListUsers,
    ListUsersInGroup,
    ResendConfirmationCode,
    RespondToAuthChallenge,
    RevokeToken,
    SetUserPoolMfaConfig,
    SignUp,
    UpdateGroup,
    UpdateUserPool,
    UpdateUserPoolClient,
  },
  authorize,
  unsigned,
  endpoints: { discovery },
  issuerKeys,
  pages: { messages: messagesPage },
});
