/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
import { parseArn } from '../../kernel/index.ts';
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import type { RecordSet } from '../../store/index.ts';
import { serviceLinkedRole } from './domain/serviceLinkedRoles.ts';
import { arnOf, type IamContext, type IamRoom } from './room.ts';
import { serverCertificates } from './store/certificates.ts';
import { mfaDevices } from './store/devices.ts';
import { oidcProviders, samlProviders } from './store/providers.ts';
import { accessKeys, accounts, groups, policies, profiles, roles, users } from './store.ts';

interface Names {
  RoleName?: string;
  UserName?: string;
  GroupName?: string;
  PolicyArn?: string;
  PolicyName?: string;
  InstanceProfileName?: string;
  SerialNumber?: string;
  VirtualMFADeviceName?: string;
  OpenIDConnectProviderArn?: string;
  Url?: string;
  SAMLProviderArn?: string;
  Name?: string;
  ServerCertificateName?: string;
  AWSServiceName?: string;
  DeletionTaskId?: string;
  AccessKeyId?: string;
  NewPath?: string;
  NewUserName?: string;
  NewGroupName?: string;
  NewServerCertificateName?: string;
  Path?: string;
  PermissionsBoundary?: string;
  Tags?: readonly { Key: string; Value: string }[];
  TagKeys?: readonly string[];
  PolicySourceArn?: string;
  Arn?: string;
  PathPrefix?: string;
}

type Context = Record<string, string | readonly string[]>;
type Resource = (ctx: IamContext, input: Names) => Promise<string | undefined>;

/** Which operations are about which kind of resource; what names none asks for `*`. */
const kinds: readonly [pattern: RegExp, resource: Resource][] = [
  [/Account|^SetSecurity/, async () => undefined],
  // Enabling and the like are about the user; the device itself is made, tagged and deleted.
  [
    /VirtualMFADevice$|MFADeviceTags|[Tt]agMFADevice/,
    async ({ account }, { SerialNumber, VirtualMFADeviceName, Path }) =>
      SerialNumber ??
      (VirtualMFADeviceName === undefined
        ? undefined
        : arnOf(account, 'mfa', Path ?? '/', VirtualMFADeviceName)),
  ],
  [
    /OpenIDConnectProvider/,
    async ({ account }, { OpenIDConnectProviderArn, Url }) =>
      OpenIDConnectProviderArn ??
      (Url === undefined
        ? undefined
        : `arn:aws:iam::${account}:oidc-provider/${Url.replace(/^https?:\/\//, '')}`),
  ],
  [
    /SAMLProvider/,
    async ({ account }, { SAMLProviderArn, Name }) =>
      SAMLProviderArn ?? (Name === undefined ? undefined : `arn:aws:iam::${account}:saml-provider/${Name}`),
  ],
  [
    /ServerCertificate/,
    (ctx, input) => named(ctx, serverCertificates, 'server-certificate', input.ServerCertificateName, input),
  ],
  [/^Simulate|ContextKeys/, async (_ctx, { PolicySourceArn }) => PolicySourceArn],
  [/Service(Last)?Access/, async (_ctx, { Arn }) => Arn],
  [
    /^GetAccessKeyLastUsed$/,
    async (ctx, input) => {
      const key = await accessKeys.get(ctx.room.store.reader, input.AccessKeyId ?? '');
      return key?.account === ctx.account ? named(ctx, users, 'user', key.userName, input) : undefined;
    },
  ],
  [/GroupsForUser/, (ctx, input) => named(ctx, users, 'user', input.UserName, input)],
  [/ProfilesForRole/, (ctx, input) => named(ctx, roles, 'role', input.RoleName, input)],
  [
    /InstanceProfile/,
    (ctx, input) => named(ctx, profiles, 'instance-profile', input.InstanceProfileName, input),
  ],
  [
    /ServiceLinkedRole/,
    async (ctx, input) =>
      (await named(ctx, roles, 'role', input.RoleName, input)) ??
      linkedRoleArn(ctx.account, input.AWSServiceName, input.DeletionTaskId),
  ],
  [/Role/, (ctx, input) => named(ctx, roles, 'role', input.RoleName, input)],
  [/Group/, (ctx, input) => named(ctx, groups, 'group', input.GroupName, input)],
  [
    /User|AccessKey|MFADevice|LoginProfile|Password$|SSHPublicKey|SigningCertificate|ServiceSpecificCredential/,
    (ctx, input) => named(ctx, users, 'user', userNameOf(ctx, input), input),
  ],
  [
    /Polic/,
    async ({ account }, { PolicyArn, PolicyName, Path }) =>
      PolicyArn ?? (PolicyName === undefined ? undefined : arnOf(account, 'policy', Path ?? '/', PolicyName)),
  ],
];

/** Listings are about a path, as AWS's answers to those who may not list show it: `…:user/`, `…:role/aws-service-role/`. */
const listings: Readonly<Record<string, string>> = {
  ListGroups: 'group',
  ListInstanceProfiles: 'instance-profile',
  ListOpenIDConnectProviders: 'oidc-provider',
  ListRoles: 'role',
  ListServerCertificates: 'server-certificate',
  ListUsers: 'user',
  ListVirtualMFADevices: 'mfa',
};

function listedArn(operation: string, { account }: IamContext, { PathPrefix }: Names): string | undefined {
  const type = Object.hasOwn(listings, operation) ? listings[operation] : undefined;
  const path = type === 'oidc-provider' ? '/*' : (PathPrefix ?? '/');
  return type && `arn:aws:iam::${account}:${type}${path}`;
}

function linkedRoleArn(account: string, service: string | undefined, task: string | undefined) {
  const known = service === undefined ? undefined : serviceLinkedRole(service);
  if (known)
    return arnOf(account, 'role', `/aws-service-role/${service}/`, `AWSServiceRoleFor${known.name}*`);
  const [, path, principal, role] = task?.split('/') ?? [];
  return role && arnOf(account, 'role', `/${path}/${principal}/`, role);
}

/** "Allow users to change their own password" in the account's password policy is leave by itself, as AWS has it. */
async function ownPassword(operation: string, { room, account, principal }: IamContext) {
  if (operation !== 'ChangePassword' || principal.type !== 'user') return {};
  const { passwordPolicy } = (await accounts.get(room.store.reader, account)) ?? {};
  if (!passwordPolicy?.AllowUsersToChangePassword) return {};
  const Statement = {
    Effect: 'Allow',
    Principal: { AWS: principal.arn },
    Action: 'iam:ChangePassword',
    Resource: principal.arn,
  };
  return { resourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [Statement] }) };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access_iam-tags.html */
function tagsAsked({ Tags = [], TagKeys = [] }: Names): Context {
  const keys = [...Tags.map(({ Key }) => Key), ...TagKeys];
  if (keys.length === 0) return {};
  const values = Tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]);
  return { ...Object.fromEntries(values), 'aws:TagKeys': keys };
}

/** The sets of what has tags, and whether a name or a whole ARN finds one in it. */
const tagged: Readonly<Record<string, { set: RecordSet<[string, string], Tagged>; byArn?: true }>> = {
  role: { set: roles },
  user: { set: users },
  'instance-profile': { set: profiles },
  'server-certificate': { set: serverCertificates },
  policy: { set: policies, byArn: true },
  mfa: { set: mfaDevices, byArn: true },
  'oidc-provider': { set: oidcProviders, byArn: true },
  'saml-provider': { set: samlProviders, byArn: true },
};

interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

async function tagsOf({ room, account }: IamContext, arn: string | undefined): Promise<Context> {
  const [kind = '', ...rest] = parseArn(arn ?? '')?.resource.split('/') ?? [];
  const found = Object.hasOwn(tagged, kind) ? tagged[kind] : undefined;
  if (!found || arn === undefined) return {};
  const entity = await found.set.get(room.store.reader, account, found.byArn ? arn : (rest.at(-1) ?? ''));
  const tags = Object.entries(entity?.tags ?? {});
  return Object.fromEntries(
    tags.flatMap(([key, value]) => [
      [`iam:ResourceTag/${key}`, value],
      [`aws:ResourceTag/${key}`, value],
    ]),
  );
}

/** Where no user is named it is whoever asks. */
function userNameOf({ principal }: IamContext, { UserName }: Names): string | undefined {
  return UserName ?? (principal.type === 'user' ? principal.userName : undefined);
}

export function authorizeAll(
  operations: readonly string[],
): Readonly<Record<string, AuthorizationRule<IamRoom>>> {
  return Object.fromEntries(
    operations.map((operation) => {
      const kind = kinds.find(([pattern]) => pattern.test(operation));
      const rule: AuthorizationRule<IamRoom> = async (ctx, input: Names) => {
        const listed = listedArn(operation, ctx, input);
        const resource = listed ?? (await kind?.[1](ctx, input));
        const context: Context = { ...tagsAsked(input), ...(listed ? {} : await tagsOf(ctx, resource)) };
        if (input.PolicyArn !== undefined) context['iam:PolicyARN'] = input.PolicyArn;
        const boundary = input.PermissionsBoundary ?? (await boundaryOf(operation, ctx, input));
        if (boundary !== undefined) context['iam:PermissionsBoundary'] = boundary;
        if (input.AWSServiceName !== undefined) context['iam:AWSServiceName'] = input.AWSServiceName;
        const resources = [resource ?? '*'];
        const asked: AuthorizationRequest[] = [
          { resources, context, ...(await ownPassword(operation, ctx)) },
        ];
        if (operation === 'AddRoleToInstanceProfile') asked.push(await passed(ctx, input));
        const renamed = renamedArn(operation, resource, input);
        if (renamed !== undefined) asked.push({ resources: [renamed], context });
        const tagging = taggingAction(operation, input);
        if (tagging !== undefined) asked.push({ action: tagging, resources, context });
        return asked;
      };
      return [operation, rule];
    }),
  );
}

/** "You must have appropriate permissions on both the source and the target": nobody renames their way around a policy. */
function renamedArn(operation: string, arn: string | undefined, input: Names): string | undefined {
  const kind = /^Update(User|Group|ServerCertificate)$/.exec(operation)?.[1];
  const { account = '', resource = '' } = parseArn(arn ?? '') ?? {};
  const [type, path, name] = /^([^/]+)(\/.*?)([^/]*)$/.exec(resource)?.slice(1) ?? [];
  if (kind === undefined || type === undefined || path === undefined || name === undefined) return undefined;
  const newName = input[`New${kind}Name` as 'NewUserName'];
  if (newName === undefined && input.NewPath === undefined) return undefined;
  return arnOf(account, type, input.NewPath ?? path, newName ?? name);
}

const bounded =
  /^(?:(?:Attach|Detach|Put|Delete)(?:Role|User)Policy|Delete(?:Role|User)PermissionsBoundary)$/;

/**
 * The boundary of whose permissions are changed: administrators are given power over those that have one.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
 */
async function boundaryOf(
  operation: string,
  { room, account }: IamContext,
  { UserName, RoleName = '' }: Names,
): Promise<string | undefined> {
  if (!bounded.test(operation)) return undefined;
  const { reader } = room.store;
  const entity =
    UserName === undefined
      ? await roles.get(reader, account, RoleName)
      : await users.get(reader, account, UserName);
  return entity?.boundary;
}

/** Whoever makes something with tags has to be allowed to tag it, too. */
function taggingAction(operation: string, { Tags }: Names): string | undefined {
  const noun = /^(?:Create|Upload)(?:Virtual)?(.+)$/.exec(operation)?.[1];
  return noun !== undefined && Tags?.length ? `iam:Tag${noun}` : undefined;
}

/** Whoever puts a role into an instance profile hands it to the machines that will have the profile. */
async function passed(ctx: IamContext, input: Names): Promise<AuthorizationRequest> {
  const role = await named(ctx, roles, 'role', input.RoleName, input);
  const context = { 'iam:PassedToService': 'ec2.amazonaws.com' };
  return { action: 'iam:PassRole', resources: [role ?? '*'], context };
}

/** The ARN of what is there, its path included; of what is to be made, when there is nothing yet. */
async function named<T extends { arn: string }>(
  { room, account }: IamContext,
  set: RecordSet<[account: string, name: string], T>,
  kind: string,
  name: string | undefined,
  { Path }: Names,
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const found = await set.get(room.store.reader, account, name);
  return found?.arn ?? arnOf(account, kind, Path ?? '/', name);
}
