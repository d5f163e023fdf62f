/** What IAM tells the core: whose an access key is, and which policies a principal has. */
import { parseArn } from '../../kernel/index.ts';
import type {
  Credential,
  IdentitySources,
  NamedPolicy,
  Principal,
  PrincipalPolicies,
} from '../../platform/index.ts';
import { Remembered } from './domain/remembered.ts';
import { findPolicy, type IamRoom } from './room.ts';
import { secretOf } from './secrets.ts';
import { accessKeys, groups, type Identity, roles, users } from './store.ts';
import { trustPolicyOf } from './trusted.ts';

/** Access keys and principals whose answers are kept in memory. */
const rememberedMax = 10_000;

export function identitySources(room: IamRoom): IdentitySources {
  const keys = new Remembered<Credential>(room.store, rememberedMax);
  const policies = new Remembered<PrincipalPolicies>(room.store, rememberedMax);
  const trusts = new Remembered<{ readonly document: string }>(room.store, rememberedMax);
  return {
    credentials: { find: (accessKeyId) => keys.get(accessKeyId, () => credentialOf(room, accessKeyId)) },
    trusts: {
      trustOf(roleArn) {
        const found = trusts.get(roleArn, () => trustOf(room, roleArn));
        return found instanceof Promise ? found.then((trust) => trust?.document) : found?.document;
      },
    },
    policies: {
      policiesOf(principal) {
        if (!hasPolicies(principal)) return none;
        const found = policies.getFor(
          principal,
          () => keyOf(principal),
          () => policiesOf(room, principal),
        );
        return found instanceof Promise ? found.then((known) => known ?? none) : (found ?? none);
      },
    },
  };
}

type Identified = Principal & { type: 'user' | 'role' | 'federatedUser' };

function hasPolicies(principal: Principal): principal is Identified {
  return principal.type === 'user' || principal.type === 'role' || principal.type === 'federatedUser';
}

/** Ids tell who was deleted from who has the name now: sessions of the former have no policies any more. */
function keyOf(principal: Identified): string {
  const { type, account } = principal;
  if (type === 'user') return `user ${account} ${principal.userName} ${principal.userId}`;
  if (type === 'role') return `role ${account} ${principal.roleArn} ${principal.roleId}`;
  const { userName, userId } = principal.user;
  return userName === undefined ? 'root' : `user ${account} ${userName} ${userId}`;
}

const none: PrincipalPolicies = { identityPolicies: [] };
const gone: PrincipalPolicies = { identityPolicies: [], isGone: true };

async function trustOf({ store }: IamRoom, arn: string): Promise<{ document: string } | undefined> {
  const parsed = parseArn(arn);
  const name = parsed?.resource.split('/').at(-1);
  const role = parsed && name ? await roles.get(store.reader, parsed.account, name) : undefined;
  return role?.arn === arn ? { document: await trustPolicyOf(store.reader, role) } : undefined;
}

async function credentialOf(room: IamRoom, accessKeyId: string): Promise<Credential | undefined> {
  const { reader } = room.store;
  const key = await accessKeys.get(reader, accessKeyId);
  if (key?.status !== 'Active') return undefined;
  const user = await users.get(reader, key.account, key.userName);
  if (!user) return undefined;
  const secretAccessKey = secretOf(room.vault, key);
  if (secretAccessKey === undefined) return undefined;
  const principal: Principal = {
    type: 'user',
    account: key.account,
    arn: user.arn,
    userName: user.name,
    userId: user.id,
    ...(Object.keys(user.tags).length > 0 ? { tags: user.tags } : {}),
  };
  return { secretAccessKey, principal };
}

async function policiesOf(room: IamRoom, principal: Principal): Promise<PrincipalPolicies> {
  const { account } = principal;
  if (principal.type === 'user') return policiesOfUser(room, account, principal.userName, principal.userId);
  // A federated user acts with what its user (or the root user) may do, narrowed by its session policies.
  if (principal.type === 'federatedUser') {
    const { userName, userId } = principal.user;
    if (userName === undefined) return { identityPolicies: [everything] };
    return policiesOfUser(room, account, userName, userId);
  }
  if (principal.type !== 'role') return none;
  return policiesOfRole(room, account, principal.roleArn, principal.roleId);
}

const everything: NamedPolicy = {
  id: 'root',
  document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
};

async function policiesOfRole(
  room: IamRoom,
  account: string,
  roleArn: string,
  roleId: string,
): Promise<PrincipalPolicies> {
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const role = await roles.get(room.store.reader, account, name);
  // Work that the cloud itself does as a role names it instead of its id.
  const isAnother = roleId.startsWith('AROA') && roleId !== name && roleId !== role?.id;
  return role && !isAnother ? await policiesIn(room, account, role) : gone;
}

/** The user's own and those of its groups. */
async function policiesOfUser(
  room: IamRoom,
  account: string,
  name: string,
  userId: string | undefined,
): Promise<PrincipalPolicies> {
  const { reader } = room.store;
  const user = await users.get(reader, account, name);
  if (!user || (userId !== undefined && user.id !== userId)) return gone;
  const own = await policiesIn(room, account, user);
  const theirs = await Promise.all(
    user.groups.map(async (groupName) => {
      const group = await groups.get(reader, account, groupName);
      return group ? (await policiesIn(room, account, group)).identityPolicies : [];
    }),
  );
  return { ...own, identityPolicies: [...own.identityPolicies, ...theirs.flat()] };
}

async function policiesIn(room: IamRoom, account: string, entity: Identity): Promise<PrincipalPolicies> {
  const { reader } = room.store;
  const inline = Object.entries(entity.inline).map(([id, document]): NamedPolicy => ({ id, document }));
  const attached = await Promise.all(entity.attached.map((arn) => managed(arn)));
  // A boundary that isn't there lets nothing through; IAM keeps those that somebody has from being deleted.
  const boundary = entity.boundary === undefined ? undefined : await managed(entity.boundary);
  return {
    identityPolicies: [...inline, ...attached.filter((policy) => policy !== undefined)],
    ...(entity.boundary === undefined
      ? {}
      : { boundary: boundary ?? { id: entity.boundary, document: '{}' } }),
  };

  async function managed(arn: string): Promise<NamedPolicy | undefined> {
    const policy = await findPolicy(account, arn, reader);
    const version = policy?.versions.find(({ id }) => id === policy.defaultVersion);
    return version && { id: arn, document: version.document };
  }
}
