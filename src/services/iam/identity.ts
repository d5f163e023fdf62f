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
import { accessKeys, groups, type Identity, roles, users } from './store.ts';

/** Access keys and principals whose answers are kept in memory. */
const rememberedMax = 10_000;

export function identitySources(room: IamRoom): IdentitySources {
  const keys = new Remembered<Credential>(room.store, rememberedMax);
  const policies = new Remembered<PrincipalPolicies>(room.store, rememberedMax);
  return {
    credentials: { find: (accessKeyId) => keys.get(accessKeyId, () => credentialOf(room, accessKeyId)) },
    policies: {
      policiesOf(principal) {
        if (principal.type !== 'user' && principal.type !== 'role') return none;
        const name = principal.type === 'user' ? principal.userName : principal.roleArn;
        const key = `${principal.type} ${principal.account} ${name}`;
        const found = policies.get(key, () => policiesOf(room, principal));
        return found instanceof Promise ? found.then((known) => known ?? none) : (found ?? none);
      },
    },
  };
}

const none: PrincipalPolicies = { identityPolicies: [] };

async function credentialOf(room: IamRoom, accessKeyId: string): Promise<Credential | undefined> {
  const { reader } = room.store;
  const key = await accessKeys.get(reader, accessKeyId);
  if (key?.status !== 'Active') return undefined;
  const user = await users.get(reader, key.account, key.userName);
  if (!user) return undefined;
  const principal: Principal = {
    type: 'user',
    account: key.account,
    arn: user.arn,
    userName: user.name,
    userId: user.id,
  };
  return { secretAccessKey: key.secret, principal };
}

async function policiesOf(
  room: IamRoom,
  principal: Principal & { type: 'user' | 'role' },
): Promise<PrincipalPolicies> {
  const { account } = principal;
  if (principal.type === 'user') return policiesOfUser(room, account, principal.userName);
  const [kind, ...path] = parseArn(principal.roleArn)?.resource.split('/') ?? [];
  const name = path.at(-1) ?? '';
  // A federated session acts with what its user (or the root user) may do, narrowed by its session policies.
  if (kind === 'user') return policiesOfUser(room, account, name);
  if (kind === 'root') return { identityPolicies: [everything] };
  return policiesOfRole(room, account, name);
}

const everything: NamedPolicy = {
  id: 'root',
  document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
};

async function policiesOfRole(room: IamRoom, account: string, name: string): Promise<PrincipalPolicies> {
  const role = await roles.get(room.store.reader, account, name);
  return role ? await policiesIn(room, account, role) : { identityPolicies: [] };
}

/** The user's own and those of its groups. */
async function policiesOfUser(room: IamRoom, account: string, name: string): Promise<PrincipalPolicies> {
  const { reader } = room.store;
  const user = await users.get(reader, account, name);
  if (!user) return { identityPolicies: [] };
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
  const boundary = entity.boundary === undefined ? undefined : await managed(entity.boundary);
  return {
    identityPolicies: [...inline, ...attached.filter((policy) => policy !== undefined)],
    ...(boundary ? { boundary } : {}),
  };

  async function managed(arn: string): Promise<NamedPolicy | undefined> {
    const policy = await findPolicy(account, arn, reader);
    const version = policy?.versions.find(({ id }) => id === policy.defaultVersion);
    return version && { id: arn, document: version.document };
  }
}
