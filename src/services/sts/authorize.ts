/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html */
import type { AuthorizationRule } from '../../platform/index.ts';
import { authorizeAssumeRole } from './operations/AssumeRole.ts';
import { authorizeSaml } from './operations/AssumeRoleWithSAML.ts';
import { authorizeWebIdentity } from './operations/AssumeRoleWithWebIdentity.ts';
import { authorizeWebIdentityToken } from './operations/GetWebIdentityToken.ts';
import { authorizeFederationToken } from './operations/sessions.ts';
import type { StsRoom } from './room.ts';

export const authorize: Readonly<Record<string, AuthorizationRule<StsRoom>>> = {
  AssumeRole: authorizeAssumeRole,
  AssumeRoleWithSAML: authorizeSaml,
  AssumeRoleWithWebIdentity: authorizeWebIdentity,
  GetFederationToken: authorizeFederationToken,
  GetWebIdentityToken: authorizeWebIdentityToken,
  // “No permissions are required to perform this operation”, even when a policy denies it.
  GetCallerIdentity: () => [],
  GetSessionToken: () => [],
};

/** Who asks shows a token or an assertion; the rules above ask the trust policy about them. */
export const unsigned: ReadonlySet<string> = new Set(['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']);
