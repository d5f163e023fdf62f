/**
 * What IAM knows of the account itself: its alias, its password policy, how much there is of everything.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html and its neighbours.
 */
import type {
  CreateAccountAliasRequest,
  DeleteAccountAliasRequest,
  ListAccountAliasesRequest,
  SetSecurityTokenServicePreferencesRequest,
  UpdateAccountPasswordPolicyRequest,
} from '@aws-sdk/client-iam';
import { EntityAlreadyExists, NoSuchEntity } from '../errors.ts';
import {
  accessKeysPerUserMax,
  attachedPoliciesMax,
  groupInlineCharactersMax,
  groupsPerUserMax,
  managedPolicyCharactersMax,
  policyVersionsMax,
  quotas,
  roleInlineCharactersMax,
  serverCertificatesMax,
  signingCertificatesPerUserMax,
  trustPolicyCharactersMax,
  userInlineCharactersMax,
} from '../limits.ts';
import { type IamContext, listed } from '../room.ts';
import { serverCertificates } from '../store/certificates.ts';
import { mfaDevices } from '../store/devices.ts';
import { oidcProviders, samlProviders } from '../store/providers.ts';
import { type Account, accounts, aliases, groups, policies, profiles, roles, users } from '../store.ts';

export async function CreateAccountAlias(ctx: IamContext, input: CreateAccountAliasRequest) {
  const alias = input.AccountAlias as string;
  await ctx.room.store.transact(async (tx) => {
    const owner = await aliases.get(tx, alias);
    if (owner !== undefined && owner !== ctx.account) {
      throw new EntityAlreadyExists(`The account alias ${alias} already exists.`);
    }
    const account = await accounts.get(tx, ctx.account);
    // An account has one alias: a new one takes the place of the old.
    if (account?.alias !== undefined) aliases.delete(tx, account.alias);
    accounts.put(tx, [ctx.account], { ...account, alias });
    aliases.put(tx, [alias], ctx.account);
  });
  return {};
}

export async function DeleteAccountAlias(ctx: IamContext, input: DeleteAccountAliasRequest) {
  await ctx.room.store.transact(async (tx) => {
    const account = await accounts.get(tx, ctx.account);
    if (account?.alias === undefined || account.alias !== input.AccountAlias) {
      throw new NoSuchEntity(`The account alias ${input.AccountAlias} does not exist.`);
    }
    accounts.put(tx, [ctx.account], { ...account, alias: undefined });
    aliases.delete(tx, account.alias);
  });
  return {};
}

export async function ListAccountAliases(ctx: IamContext, _input: ListAccountAliasesRequest) {
  const account = await accounts.get(ctx.room.store.reader, ctx.account);
  return { AccountAliases: account?.alias === undefined ? [] : [account.alias], IsTruncated: false };
}

/** Defaults of the members that aren't given: they replace the whole policy. */
export async function UpdateAccountPasswordPolicy(
  ctx: IamContext,
  input: UpdateAccountPasswordPolicyRequest,
) {
  const passwordPolicy: Account['passwordPolicy'] = {
    MinimumPasswordLength: input.MinimumPasswordLength ?? 6,
    RequireSymbols: input.RequireSymbols ?? false,
    RequireNumbers: input.RequireNumbers ?? false,
    RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
    RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
    AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
    ExpirePasswords: (input.MaxPasswordAge ?? 0) > 0,
    ...(input.MaxPasswordAge === undefined ? {} : { MaxPasswordAge: input.MaxPasswordAge }),
    ...(input.PasswordReusePrevention === undefined
      ? {}
      : { PasswordReusePrevention: input.PasswordReusePrevention }),
    ...(input.HardExpiry === undefined ? {} : { HardExpiry: input.HardExpiry }),
  };
  await ctx.room.store.transact(async (tx) => {
    accounts.put(tx, [ctx.account], { ...(await accounts.get(tx, ctx.account)), passwordPolicy });
  });
  return {};
}

export async function GetAccountPasswordPolicy(ctx: IamContext) {
  const account = await accounts.get(ctx.room.store.reader, ctx.account);
  if (!account?.passwordPolicy) throw noPasswordPolicy(ctx.account);
  return { PasswordPolicy: account.passwordPolicy };
}

export async function DeleteAccountPasswordPolicy(ctx: IamContext) {
  await ctx.room.store.transact(async (tx) => {
    const account = await accounts.get(tx, ctx.account);
    if (!account?.passwordPolicy) throw noPasswordPolicy(ctx.account);
    accounts.put(tx, [ctx.account], { ...account, passwordPolicy: undefined });
  });
  return {};
}

function noPasswordPolicy(account: string) {
  return new NoSuchEntity(`The Password Policy with domain name ${account} cannot be found.`);
}

/** Kept and told; the tokens of this cloud count in every region in either version. */
export async function SetSecurityTokenServicePreferences(
  ctx: IamContext,
  input: SetSecurityTokenServicePreferencesRequest,
) {
  const globalEndpointTokenVersion = input.GlobalEndpointTokenVersion === 'v2Token' ? 2 : 1;
  await ctx.room.store.transact(async (tx) => {
    accounts.put(tx, [ctx.account], { ...(await accounts.get(tx, ctx.account)), globalEndpointTokenVersion });
  });
  return {};
}

export async function GetAccountSummary(ctx: IamContext) {
  const { account, room } = ctx;
  const { store } = room;
  const devices = await listed(store.all(mfaDevices, account), undefined);
  const count = async (all: AsyncIterable<unknown>) => {
    let found = 0;
    for await (const _ of all) found++;
    return found;
  };
  let policyVersions = 0;
  let ownPolicies = 0;
  for await (const policy of store.all(policies, account)) {
    ownPolicies++;
    policyVersions += policy.versions.length;
  }
  return {
    SummaryMap: {
      Users: await count(store.all(users, account)),
      UsersQuota: quotas.users,
      Groups: await count(store.all(groups, account)),
      GroupsQuota: quotas.groups,
      Roles: await count(store.all(roles, account)),
      RolesQuota: quotas.roles,
      InstanceProfiles: await count(store.all(profiles, account)),
      InstanceProfilesQuota: quotas.instanceProfiles,
      Policies: ownPolicies,
      PoliciesQuota: quotas.policies,
      PolicyVersionsInUse: policyVersions,
      PolicyVersionsInUseQuota: quotas.policyVersionsInUse,
      MFADevices: devices.length,
      MFADevicesInUse: devices.filter(({ owner }) => owner).length,
      Providers:
        (await count(store.all(oidcProviders, account))) + (await count(store.all(samlProviders, account))),
      ServerCertificates: await count(store.all(serverCertificates, account)),
      AccountMFAEnabled: 0,
      AccountAccessKeysPresent: 0,
      AccountSigningCertificatesPresent: 0,
      AccountPasswordPresent: 0,
      GlobalEndpointTokenVersion:
        (await accounts.get(store.reader, account))?.globalEndpointTokenVersion ?? 1,
      GroupsPerUserQuota: groupsPerUserMax,
      ServerCertificatesQuota: serverCertificatesMax,
      SigningCertificatesPerUserQuota: signingCertificatesPerUserMax,
      AccessKeysPerUserQuota: accessKeysPerUserMax,
      AttachedPoliciesPerGroupQuota: attachedPoliciesMax,
      AttachedPoliciesPerRoleQuota: attachedPoliciesMax,
      AttachedPoliciesPerUserQuota: attachedPoliciesMax,
      VersionsPerPolicyQuota: policyVersionsMax,
      PolicySizeQuota: managedPolicyCharactersMax,
      AssumeRolePolicySizeQuota: trustPolicyCharactersMax,
      RolePolicySizeQuota: roleInlineCharactersMax,
      UserPolicySizeQuota: userInlineCharactersMax,
      GroupPolicySizeQuota: groupInlineCharactersMax,
    },
  };
}
