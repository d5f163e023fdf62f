/** What IAM tells the core: whose an access key is, and which policies a principal has. */
import { parseArn } from '../../kernel/index.ts';
import type { IdentitySources, NamedPolicy, Principal, PrincipalPolicies } from '../../platform/index.ts';
import { findPolicy, type IamRoom } from './room.ts';
import { accessKeys, groups, type Identity, roles, users } from './store.ts';

export function identitySources(room: IamRoom): IdentitySources {
  const { reader } = room.store;
  return {
    credentials: {
      async find(accessKeyId) {
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
      },
    },
    policies: {
      policiesOf(principal) {
        if (principal.type === 'user') return policiesOfUser(room, principal.account, principal.userName);
        if (principal.type !== 'role') return { identityPolicies: [] };
        const [kind, ...path] = parseArn(principal.roleArn)?.resource.split('/') ?? [];
        const name = path.at(-1) ?? '';
        // A federated session acts with what its user (or the root user) may do, narrowed by its session policies.
        if (kind === 'user') return policiesOfUser(room, principal.account, name);
        if (kind === 'root') return { identityPolicies: [everything] };
        return policiesOfRole(room, principal.account, name);
      },
    },
  };
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
