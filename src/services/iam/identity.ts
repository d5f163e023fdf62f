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
      async policiesOf(principal) {
        if (principal.type === 'user') {
          const user = await users.get(reader, principal.account, principal.userName);
          if (!user) return { identityPolicies: [] };
          const memberships = await Promise.all(
            user.groups.map((name) => groups.get(reader, principal.account, name)),
          );
          const own = await policiesIn(room, principal.account, user);
          const theirs = await Promise.all(
            memberships.map(async (group) =>
              group ? (await policiesIn(room, principal.account, group)).identityPolicies : [],
            ),
          );
          return { ...own, identityPolicies: [...own.identityPolicies, ...theirs.flat()] };
        }
        if (principal.type !== 'role') return { identityPolicies: [] };
        const name = parseArn(principal.roleArn)?.resource.split('/').at(-1) ?? '';
        const role = await roles.get(reader, principal.account, name);
        return role ? await policiesIn(room, principal.account, role) : { identityPolicies: [] };
      },
    },
  };
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
