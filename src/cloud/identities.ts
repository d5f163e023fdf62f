/** The core's questions about identities, put to the services that know: sts for sessions, iam for users and policies. */
import type { CredentialSource, PolicySource } from '../identity/index.ts';
import { parseArn } from '../kernel/index.ts';
import type {
  IdentitySources,
  MfaSource,
  Principal,
  PrincipalPolicies,
  SamlKeySource,
  TrustSource,
  UseSink,
} from '../platform/index.ts';
import type { ServiceHost } from './serviceHost.ts';

export function identitiesOf(host: () => ServiceHost): {
  credentials: CredentialSource;
  policies: PolicySource;
  trusts: TrustSource;
  mfa: MfaSource;
  samlKeys: SamlKeySource;
  uses: UseSink;
} {
  const known = new Map<string, IdentitySources>();
  /** Without a promise once the service is loaded: every request asks. */
  const sourcesOf = (name: string): IdentitySources | Promise<IdentitySources> =>
    known.get(name) ?? load(name);
  const load = async (name: string): Promise<IdentitySources> => {
    if (!host().has(name)) return {};
    const { definition, room } = await host().get(name);
    const sources = known.get(name) ?? definition.identity?.(room) ?? {};
    known.set(name, sources);
    return sources;
  };
  return {
    credentials: {
      find(accessKeyId, sessionToken) {
        // STS alone gives out keys of this form, and IAM none.
        const sources = sourcesOf(accessKeyId.startsWith('ASIA') ? 'sts' : 'iam');
        return sources instanceof Promise
          ? sources.then(({ credentials }) => credentials?.find(accessKeyId, sessionToken))
          : sources.credentials?.find(accessKeyId, sessionToken);
      },
    },
    policies: {
      policiesOf(principal) {
        const sources = sourcesOf('iam');
        return sources instanceof Promise
          ? sources.then(({ policies }) => policies?.policiesOf(principal) ?? none)
          : (sources.policies?.policiesOf(principal) ?? none);
      },
    },
    trusts: {
      trustOf(roleArn) {
        const sources = sourcesOf('iam');
        return sources instanceof Promise
          ? sources.then(({ trusts }) => trusts?.trustOf(roleArn))
          : sources.trusts?.trustOf(roleArn);
      },
    },
    uses: {
      // Whoever has a key was found by these services, so they are loaded.
      saw: (accessKeyId, principal, service, region, now) =>
        known.get('iam')?.uses?.saw(accessKeyId, principal, service, region, now),
    },
    samlKeys: {
      keysOf: async (arn) => (await (await sourcesOf('iam')).samlKeys?.keysOf(arn)) ?? [],
    },
    mfa: {
      async verify(...code) {
        return (await (await sourcesOf('iam')).mfa?.verify(...code)) ?? 'no-device';
      },
    },
  };
}

const none: PrincipalPolicies = { identityPolicies: [] };

/**
 * The principal of a session of a role, for work the cloud does as that role. Whoever handed the role over was checked
 * by `iam:PassRole`; whether the role trusts the service that works as it, the core asks.
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
