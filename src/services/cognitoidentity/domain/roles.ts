/** Which role an identity gets. https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html */
import {
  InvalidIdentityPoolConfigurationException,
  InvalidParameterException,
  NotAuthorizedException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import type { VerifiedLogin } from '../logins/verified.ts';
import type { Pool } from '../store.ts';

export interface MappingRule {
  Claim: string;
  MatchType: 'Equals' | 'Contains' | 'StartsWith' | 'NotEqual';
  Value: string;
  RoleARN: string;
}

export interface RoleMapping {
  Type: 'Token' | 'Rules';
  AmbiguousRoleResolution?: 'AuthenticatedRole' | 'Deny';
  RulesConfiguration?: { Rules: MappingRule[] };
}

/** @throws InvalidParameterException */
export function checkRoleMappings(mappings: Readonly<Record<string, RoleMapping>>): void {
  for (const [provider, mapping] of Object.entries(mappings)) {
    if (mapping.AmbiguousRoleResolution === undefined) {
      throw new InvalidParameterException(
        `AmbiguousRoleResolution is required for the role mapping of ${provider}.`,
      );
    }
    const rules = mapping.RulesConfiguration?.Rules;
    if (mapping.Type === 'Rules' && !rules) {
      throw new InvalidParameterException(
        `RulesConfiguration is required for the role mapping of ${provider}.`,
      );
    }
    if (mapping.Type === 'Token' && rules) {
      throw new InvalidParameterException(
        `RulesConfiguration is only allowed for role mappings of type Rules: ${provider}.`,
      );
    }
    if ((rules?.length ?? 0) > limits.rulesPerProviderMax) {
      throw new InvalidParameterException(
        `The number of rules of ${provider} must not exceed ${limits.rulesPerProviderMax}.`,
      );
    }
  }
}

/** The role of a guest. @throws InvalidIdentityPoolConfigurationException, NotAuthorizedException */
export function guestRole({ roles }: Pick<Pool, 'roles'>, wished: string | undefined): string {
  return onlyRole(roles.unauthenticated, wished);
}

/**
 * The role of someone who logged in: what the first of the logins that has a mapping says, else the pool's own.
 * @param wished CustomRoleArn: one of the roles that the mapping allows.
 * @throws InvalidIdentityPoolConfigurationException, NotAuthorizedException
 */
export function authenticatedRole(
  { roles, roleMappings }: Pick<Pool, 'roles' | 'roleMappings'>,
  logins: readonly VerifiedLogin[],
  wished: string | undefined,
): string {
  for (const login of logins) {
    const name = login.mappingNames.find((known) => Object.hasOwn(roleMappings, known));
    const mapping = name === undefined ? samlMapping(login) : roleMappings[name];
    if (!mapping) continue;
    const { allowed, preferred } = mapping.Type === 'Token' ? byToken(login) : byRules(mapping, login);
    if (wished !== undefined) {
      if (allowed.includes(wished)) return wished;
      throw forbiddenRole(wished);
    }
    if (preferred !== undefined) return preferred;
    if (mapping.AmbiguousRoleResolution !== 'AuthenticatedRole') {
      throw new NotAuthorizedException('Role mapping is ambiguous and the identity pool denies access.');
    }
    return onlyRole(roles.authenticated, undefined);
  }
  return onlyRole(roles.authenticated, wished);
}

/** SAML providers say which roles their users may have: neither a mapping nor a role of the pool is needed. */
function samlMapping({ kind, claims }: VerifiedLogin): RoleMapping | undefined {
  if (kind !== 'saml' || texts(claims['cognito:roles']).length === 0) return undefined;
  return { Type: 'Token', AmbiguousRoleResolution: 'Deny' };
}

interface Choice {
  /** What may be wished for. */
  allowed: readonly string[];
  /** What is chosen unless something is wished for. */
  preferred?: string | undefined;
}

/** The roles that the provider put into the token: of the user's groups, in a user pool's. */
function byToken({ claims }: VerifiedLogin): Choice {
  const allowed = texts(claims['cognito:roles']);
  const preferred = claims['cognito:preferred_role'];
  return {
    allowed,
    preferred: typeof preferred === 'string' ? preferred : allowed.length === 1 ? allowed[0] : undefined,
  };
}

function byRules({ RulesConfiguration }: RoleMapping, { claims }: VerifiedLogin): Choice {
  const allowed = (RulesConfiguration?.Rules ?? [])
    .filter((rule) => matches(rule, claims))
    .map(({ RoleARN }) => RoleARN);
  return { allowed, preferred: allowed[0] };
}

function matches({ Claim, MatchType, Value }: MappingRule, claims: VerifiedLogin['claims']): boolean {
  // “If the match type is NotEqual and the claim doesn't exist, the rule is not evaluated.”
  if (!Object.hasOwn(claims, Claim)) return false;
  const value = texts(claims[Claim]).join(',');
  if (MatchType === 'Equals') return value === Value;
  if (MatchType === 'NotEqual') return value !== Value;
  return MatchType === 'StartsWith' ? value.startsWith(Value) : value.includes(Value);
}

/** A claim as text: lists (groups, roles) one by one, anything else as it is written. */
export function texts(claim: unknown): string[] {
  if (claim === undefined || claim === null) return [];
  if (Array.isArray(claim)) return claim.flatMap(texts);
  return [typeof claim === 'object' ? JSON.stringify(claim) : String(claim)];
}

function onlyRole(role: string | undefined, wished: string | undefined): string {
  if (role === undefined) throw misconfigured();
  if (wished !== undefined && wished !== role) throw forbiddenRole(wished);
  return role;
}

export const misconfigured = () =>
  new InvalidIdentityPoolConfigurationException(
    'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
  );

const forbiddenRole = (arn: string) => new NotAuthorizedException(`Access to Role '${arn}' is forbidden.`);
