/** The core's questions about identities, put to the services that know: sts for sessions, iam for users and policies. */
import type { CredentialSource, PolicySource } from '../identity/index.ts';
import { parseArn } from '../kernel/index.ts';
import type { IdentitySources, Principal } from '../platform/index.ts';
import type { ServiceHost } from './serviceHost.ts';

const keepers = ['sts', 'iam'] as const;

export function identitiesOf(host: () => ServiceHost): {
  credentials: CredentialSource;
  policies: PolicySource;
} {
  const sourcesOf = async (name: string): Promise<IdentitySources> => {
    if (!host().has(name)) return {};
    const { definition, room } = await host().get(name);
    return definition.identity?.(room) ?? {};
  };
  return {
    credentials: {
      async find(accessKeyId, sessionToken) {
        for (const name of keepers) {
          const found = await (await sourcesOf(name)).credentials?.find(accessKeyId, sessionToken);
          if (found) return found;
        }
        return undefined;
      },
    },
    policies: {
      async policiesOf(principal) {
        return (await (await sourcesOf('iam')).policies?.policiesOf(principal)) ?? { identityPolicies: [] };
      },
    },
  };
}

/**
 * The principal of a session of a role, for work the cloud does as that role. Whoever handed the role over was checked
 * by `iam:PassRole`; the role's trust policy isn't asked again.
 */
export function sessionOf(roleArn: string, sessionName: string): Principal {
  const arn = parseArn(roleArn);
  const roleName = arn?.resource.split('/').at(-1) ?? roleArn;
  const account = arn?.account ?? '';
  const partition = arn?.partition ?? 'aws';
  return {
    type: 'role',
    account,
    arn: `arn:${partition}:sts::${account}:assumed-role/${roleName}/${sessionName}`,
    roleArn,
    roleId: roleName,
    sessionName,
  };
}
