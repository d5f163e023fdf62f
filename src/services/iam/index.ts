/** IAM: users, groups, roles, policies, access keys. What it keeps decides what everyone may do. */
import { defineService, type Operation } from '../../platform/index.ts';
import { authorizeAll } from './authorize.ts';
import { identitySources } from './identity.ts';
import { mfaSource } from './mfa.ts';
import {
  GenerateServiceLastAccessedDetails,
  GetServiceLastAccessedDetails,
  GetServiceLastAccessedDetailsWithEntities,
} from './operations/accessAdvisor.ts';
import {
  CreateAccessKey,
  DeleteAccessKey,
  GetAccessKeyLastUsed,
  ListAccessKeys,
  UpdateAccessKey,
} from './operations/accessKeys.ts';
import {
  CreateAccountAlias,
  DeleteAccountAlias,
  DeleteAccountPasswordPolicy,
  GetAccountPasswordPolicy,
  GetAccountSummary,
  ListAccountAliases,
  SetSecurityTokenServicePreferences,
  UpdateAccountPasswordPolicy,
} from './operations/account.ts';
import { GetAccountAuthorizationDetails } from './operations/authorizationDetails.ts';
import { DeleteUserPermissionsBoundary, PutUserPermissionsBoundary } from './operations/boundaries.ts';
import { GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy } from './operations/contextKeys.ts';
import { makeCredentialReport } from './operations/credentialReport.ts';
import { credentialOperations } from './operations/credentials.ts';
import {
  AddRoleToInstanceProfile,
  CreateInstanceProfile,
  DeleteInstanceProfile,
  GetInstanceProfile,
  ListInstanceProfiles,
  ListInstanceProfilesForRole,
  RemoveRoleFromInstanceProfile,
} from './operations/instanceProfiles.ts';
import {
  AddClientIDToOpenIDConnectProvider,
  CreateOpenIDConnectProvider,
  DeleteOpenIDConnectProvider,
  GetOpenIDConnectProvider,
  ListOpenIDConnectProviders,
  RemoveClientIDFromOpenIDConnectProvider,
  UpdateOpenIDConnectProviderThumbprint,
} from './operations/oidcProviders.ts';
import {
  DisableOrganizationsRootCredentialsManagement,
  DisableOrganizationsRootSessions,
  EnableOrganizationsRootCredentialsManagement,
  EnableOrganizationsRootSessions,
  ListOrganizationsFeatures,
} from './operations/organizations.ts';
import {
  DisableOutboundWebIdentityFederation,
  EnableOutboundWebIdentityFederation,
  GetOutboundWebIdentityFederationInfo,
} from './operations/outboundFederation.ts';
import { ofGroups, ofRoles, ofUsers } from './operations/permissions.ts';
import {
  CreatePolicy,
  CreatePolicyVersion,
  DeletePolicy,
  DeletePolicyVersion,
  GetPolicy,
  GetPolicyVersion,
  ListEntitiesForPolicy,
  ListPolicies,
  ListPolicyVersions,
  SetDefaultPolicyVersion,
} from './operations/policies.ts';
import { ListPoliciesGrantingServiceAccess } from './operations/policiesGrantingServiceAccess.ts';
import { UpdateGroup, UpdateUser } from './operations/renaming.ts';
import {
  CreateRole,
  DeleteRole,
  DeleteRolePermissionsBoundary,
  GetRole,
  ListRoles,
  PutRolePermissionsBoundary,
  UpdateAssumeRolePolicy,
  UpdateRole,
  UpdateRoleDescription,
} from './operations/roles.ts';
import {
  CreateSAMLProvider,
  DeleteSAMLProvider,
  GetSAMLProvider,
  ListSAMLProviders,
  UpdateSAMLProvider,
} from './operations/samlProviders.ts';
import {
  CreateServiceLinkedRole,
  DeleteServiceLinkedRole,
  deleteLinkedRole,
  GetServiceLinkedRoleDeletionStatus,
} from './operations/serviceLinkedRoles.ts';
import { SimulateCustomPolicy, SimulatePrincipalPolicy } from './operations/simulation.ts';
import { ofOidcProviders, ofPolicies, ofProfiles, ofSamlProviders } from './operations/tags.ts';
import {
  AddUserToGroup,
  CreateGroup,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  GetGroup,
  GetUser,
  ListGroups,
  ListGroupsForUser,
  ListUsers,
  RemoveUserFromGroup,
} from './operations/users.ts';
import { resources } from './resources.ts';
import type { IamRoom } from './room.ts';
import { samlKeySource } from './samlKeys.ts';
import { Uses } from './store/uses.ts';
import { IamStore } from './store.ts';

const operations = {
  CreateRole,
  GetRole,
  ListRoles,
  DeleteRole,
  UpdateRole,
  UpdateRoleDescription,
  UpdateAssumeRolePolicy,
  PutRolePermissionsBoundary,
  DeleteRolePermissionsBoundary,
  CreateServiceLinkedRole,
  DeleteServiceLinkedRole,
  GetServiceLinkedRoleDeletionStatus,
  PutRolePolicy: ofRoles.putInline,
  GetRolePolicy: ofRoles.getInline,
  DeleteRolePolicy: ofRoles.deleteInline,
  ListRolePolicies: ofRoles.listInline,
  AttachRolePolicy: ofRoles.attach,
  DetachRolePolicy: ofRoles.detach,
  ListAttachedRolePolicies: ofRoles.listAttached,
  TagRole: ofRoles.tag,
  UntagRole: ofRoles.untag,
  ListRoleTags: ofRoles.listTags,

  UpdateUser,
  UpdateGroup,
  PutUserPermissionsBoundary,
  DeleteUserPermissionsBoundary,
  CreateUser,
  GetUser,
  ListUsers,
  DeleteUser,
  PutUserPolicy: ofUsers.putInline,
  GetUserPolicy: ofUsers.getInline,
  DeleteUserPolicy: ofUsers.deleteInline,
  ListUserPolicies: ofUsers.listInline,
  AttachUserPolicy: ofUsers.attach,
  DetachUserPolicy: ofUsers.detach,
  ListAttachedUserPolicies: ofUsers.listAttached,
  TagUser: ofUsers.tag,
  UntagUser: ofUsers.untag,
  ListUserTags: ofUsers.listTags,

  CreateGroup,
  GetGroup,
  ListGroups,
  DeleteGroup,
  AddUserToGroup,
  RemoveUserFromGroup,
  ListGroupsForUser,
  PutGroupPolicy: ofGroups.putInline,
  GetGroupPolicy: ofGroups.getInline,
  DeleteGroupPolicy: ofGroups.deleteInline,
  ListGroupPolicies: ofGroups.listInline,
  AttachGroupPolicy: ofGroups.attach,
  DetachGroupPolicy: ofGroups.detach,
  ListAttachedGroupPolicies: ofGroups.listAttached,

  CreatePolicy,
  GetPolicy,
  ListPolicies,
  DeletePolicy,
  CreatePolicyVersion,
  GetPolicyVersion,
  ListPolicyVersions,
  SetDefaultPolicyVersion,
  DeletePolicyVersion,
  ListEntitiesForPolicy,
  TagPolicy: ofPolicies.tag,
  UntagPolicy: ofPolicies.untag,
  ListPolicyTags: ofPolicies.listTags,

  CreateAccessKey,
  ListAccessKeys,
  UpdateAccessKey,
  DeleteAccessKey,
  GetAccessKeyLastUsed,

  GenerateServiceLastAccessedDetails,
  GetServiceLastAccessedDetails,
  GetServiceLastAccessedDetailsWithEntities,
  ListPoliciesGrantingServiceAccess,

  SimulateCustomPolicy,
  SimulatePrincipalPolicy,
  GetContextKeysForCustomPolicy,
  GetContextKeysForPrincipalPolicy,

  CreateInstanceProfile,
  GetInstanceProfile,
  ListInstanceProfiles,
  ListInstanceProfilesForRole,
  DeleteInstanceProfile,
  AddRoleToInstanceProfile,
  RemoveRoleFromInstanceProfile,
  TagInstanceProfile: ofProfiles.tag,
  UntagInstanceProfile: ofProfiles.untag,
  ListInstanceProfileTags: ofProfiles.listTags,

  CreateOpenIDConnectProvider,
  GetOpenIDConnectProvider,
  ListOpenIDConnectProviders,
  DeleteOpenIDConnectProvider,
  AddClientIDToOpenIDConnectProvider,
  RemoveClientIDFromOpenIDConnectProvider,
  UpdateOpenIDConnectProviderThumbprint,
  TagOpenIDConnectProvider: ofOidcProviders.tag,
  UntagOpenIDConnectProvider: ofOidcProviders.untag,
  ListOpenIDConnectProviderTags: ofOidcProviders.listTags,

  CreateSAMLProvider,
  GetSAMLProvider,
  ListSAMLProviders,
  UpdateSAMLProvider,
  DeleteSAMLProvider,
  TagSAMLProvider: ofSamlProviders.tag,
  UntagSAMLProvider: ofSamlProviders.untag,
  ListSAMLProviderTags: ofSamlProviders.listTags,

  CreateAccountAlias,
  DeleteAccountAlias,
  ListAccountAliases,
  UpdateAccountPasswordPolicy,
  GetAccountPasswordPolicy,
  DeleteAccountPasswordPolicy,
  GetAccountSummary,
  SetSecurityTokenServicePreferences,
  GetAccountAuthorizationDetails,
  EnableOutboundWebIdentityFederation,
  DisableOutboundWebIdentityFederation,
  GetOutboundWebIdentityFederationInfo,

  ListOrganizationsFeatures,
  EnableOrganizationsRootCredentialsManagement,
  DisableOrganizationsRootCredentialsManagement,
  EnableOrganizationsRootSessions,
  DisableOrganizationsRootSessions,

  ...credentialOperations,
};

export const iam = defineService<IamRoom>({
  name: 'iam',
  open({ store, ids, vault, policies, observations, clock, tasks }) {
    const retry = { attemptsMax: 10, baseMs: 1_000 };
    const room: IamRoom = {
      store: new IamStore(store),
      ids,
      policies,
      observations,
      vault,
      uses: new Uses(store, clock),
      credentialReports: tasks.queue<{ account: string }>({
        name: 'iam.credentialReport',
        concurrency: 1,
        retry,
        run: ({ payload }) => makeCredentialReport(room, payload.account, clock.now()),
      }),
      roleDeletions: tasks.queue<{ account: string; id: string }>({
        name: 'iam.roleDeletion',
        concurrency: 1,
        retry,
        run: ({ payload }) => deleteLinkedRole(room, payload.account, payload.id),
      }),
    };
    return room;
  },
  close: (room) => room.uses.flush(),
  operations: operations as unknown as Readonly<Record<string, Operation<IamRoom>>>,
  authorize: authorizeAll(Object.keys(operations)),
  identity: (room) => ({
    ...identitySources(room),
    mfa: mfaSource(room),
    samlKeys: samlKeySource(room),
    uses: room.uses,
  }),
  resources,
});
