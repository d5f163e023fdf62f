/**
 * The decision over all policies that bear on a request: an explicit deny beats an allow, an allow beats silence.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type {
  AuthorizationRequest,
  NamedPolicy,
  Principal,
  PrincipalPolicies,
} from '../../platform/index.ts';
import type { Decision, RequestFacts } from '../authorize.ts';
import type { RequestContext } from './conditions.ts';
import { requestContext } from './context.ts';
import { type CompiledPolicy, compilePolicy, type Patterns, type Statement } from './document.ts';
import { type Naming, namingOf } from './principals.ts';
import type { Variables } from './wildcard.ts';

export interface Question {
  readonly principal: Principal;
  readonly request: AuthorizationRequest & { readonly action: string };
  readonly policies: PrincipalPolicies;
  readonly facts: RequestFacts;
}

type Kind = 'identity-based policy' | 'resource-based policy' | 'permissions boundary' | 'session policy';

/** Every resource of the request must be allowed; the first denial is the answer. */
export function evaluate(question: Question): Decision {
  const matched: string[] = [];
  for (const resource of question.request.resources) {
    const denial = evaluateResource(question, resource, matched);
    if (denial) return { ...denial, matched };
  }
  return { effect: 'allow', matched };
}

function evaluateResource(
  question: Question,
  resource: string,
  matched: string[],
): Omit<Decision, 'matched'> | undefined {
  const { principal, request, policies, facts } = question;
  const context = requestContext(principal, request, facts, resource);
  const scene: Scene = {
    principal,
    action: request.action,
    actionInLowerCase: request.action.toLowerCase(),
    resource,
    owner: request.resourceAccount ?? accountOf(resource),
    context,
    read: (name) => {
      const values = context(name);
      // A key with several values is no variable.
      return values?.length === 1 ? values[0] : undefined;
    },
    matched,
  };

  const identity = verdict(policies.identityPolicies, scene);
  const boundary = policies.boundary && verdict([policies.boundary], scene);
  const sessions = principal.type === 'role' ? (principal.sessionPolicies ?? []) : [];
  const session =
    sessions.length === 0
      ? undefined
      : verdict(
          sessions.map((document) => ({ id: 'session', document })),
          scene,
        );
  const own =
    request.resourcePolicy === undefined
      ? undefined
      : resourceVerdict(request.resourcePolicy, scene, policies.boundary !== undefined);

  const denied: [boolean | undefined, Kind][] = [
    [identity.isDenied, 'identity-based policy'],
    [own?.isDenied, 'resource-based policy'],
    [boundary?.isDenied, 'permissions boundary'],
    [session?.isDenied, 'session policy'],
  ];
  for (const [isDenied, kind] of denied) {
    if (isDenied)
      return {
        effect: 'explicit-deny',
        message: `${notAuthorized(scene)} with an explicit deny in ${articleOf(kind)} ${kind}`,
      };
  }
  const missing = missingAllow(scene, {
    isIdentityAllowed: principal.type === 'root' || identity.isAllowed,
    isBoundaryPassed: boundary?.isAllowed ?? true,
    isSessionPassed: session?.isAllowed ?? true,
    naming: own?.naming,
  });
  if (!missing) return undefined;
  return {
    effect: 'implicit-deny',
    message: `${notAuthorized(scene)} because no ${missing} allows the ${scene.action} action`,
  };
}

interface Scene {
  readonly principal: Principal;
  readonly action: string;
  readonly actionInLowerCase: string;
  readonly resource: string;
  /** The account whose resource it is, when that is known. */
  readonly owner: string | undefined;
  readonly context: RequestContext;
  readonly read: Variables;
  readonly matched: string[];
}

/** @returns the kind of policy whose silence denies the request; undefined when it is allowed. */
function missingAllow(
  scene: Scene,
  found: {
    isIdentityAllowed: boolean;
    isBoundaryPassed: boolean;
    isSessionPassed: boolean;
    naming: Naming | undefined;
  },
): Kind | undefined {
  const { principal } = scene;
  if (principal.type === 'service' || principal.type === 'anonymous') {
    return found.naming === 'direct' ? undefined : 'resource-based policy';
  }
  const limit = !found.isBoundaryPassed
    ? 'permissions boundary'
    : !found.isSessionPassed
      ? 'session policy'
      : undefined;
  const { owner } = scene;
  const isForeign = owner !== undefined && owner !== principal.account;
  const own = found.isIdentityAllowed ? limit : 'identity-based policy';
  if (isForeign) return own ?? (found.naming === undefined ? 'resource-based policy' : undefined);
  // A role's trust policy and a key's policy are never optional, not even for their own account.
  if (needsResourcePolicy(scene) && found.naming === undefined) return 'resource-based policy';
  if (found.naming === 'direct') return undefined;
  if (found.naming === 'role' && limit === undefined) return undefined;
  return own;
}

/** Roles and keys; what bears on neither (`kms:ListKeys`, an alias) has no such policy. */
function needsResourcePolicy({ action, resource }: Scene): boolean {
  return action.startsWith('kms:') ? resource.includes(':key/') : trustActions.test(action);
}

const trustActions = /^sts:(AssumeRole|TagSession|SetSourceIdentity)/;

/** The account in an ARN; undefined for S3 and the like, whose ARNs have none. */
export function accountOf(resource: string): string | undefined {
  let start = 0;
  for (let colons = 0; colons < 4; colons++) {
    start = resource.indexOf(':', start) + 1;
    if (start === 0) return undefined;
  }
  if (resource.indexOf(':', start) !== start + accountDigits) return undefined;
  for (let i = start; i < start + accountDigits; i++) {
    const digit = resource.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
  }
  return resource.slice(start, start + accountDigits);
}

const accountDigits = 12;

interface Verdict {
  isAllowed: boolean;
  isDenied: boolean;
}

function verdict(policies: readonly NamedPolicy[], scene: Scene): Verdict {
  const result: Verdict = { isAllowed: false, isDenied: false };
  for (const { id, document } of policies) {
    for (const statement of statementsOf(document)) {
      // IAM stores no identity policy with a principal or without a resource.
      if (statement.principals || !statement.resources || !statementMatches(statement, scene)) continue;
      scene.matched.push(`${id}#${statement.id}`);
      if (statement.effect === 'Deny') result.isDenied = true;
      else result.isAllowed = true;
    }
  }
  return result;
}

/**
 * Deny with NotPrincipal meets everyone who has a permissions boundary, named or not.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
function resourceVerdict(
  document: string,
  scene: Scene,
  hasBoundary: boolean,
): { isDenied: boolean; naming: Naming | undefined } {
  const result: { isDenied: boolean; naming: Naming | undefined } = { isDenied: false, naming: undefined };
  for (const statement of statementsOf(document)) {
    if (!statement.principals) continue;
    const isAlwaysMeant = hasBoundary && statement.principals.isNegated && statement.effect === 'Deny';
    const naming = isAlwaysMeant ? 'direct' : namingOf(statement.principals, scene.principal);
    if (naming === undefined || !statementMatches(statement, scene)) continue;
    scene.matched.push(`resource-policy#${statement.id}`);
    if (statement.effect === 'Deny') result.isDenied = true;
    else if (result.naming !== 'direct')
      result.naming = naming === 'account' ? (result.naming ?? naming) : naming;
  }
  return result;
}

/** A document that can't be read allows nothing; IAM refuses to store one in the first place. */
function statementsOf(document: string): CompiledPolicy['statements'] {
  try {
    return compilePolicy(document).statements;
  } catch {
    return [];
  }
}

function statementMatches(statement: Statement, scene: Scene): boolean {
  const { actions, resources, conditions } = statement;
  if (!patternsMatch(actions, scene.actionInLowerCase, scene.read)) return false;
  if (resources && !patternsMatch(resources, scene.resource, scene.read)) return false;
  for (const condition of conditions) if (!condition(scene.context, scene.read)) return false;
  return true;
}

function patternsMatch({ patterns, isNegated }: Patterns, text: string, read: Variables): boolean {
  for (const pattern of patterns) if (pattern.matches(text, read)) return !isNegated;
  return isNegated;
}

function notAuthorized({ principal, action, resource }: Scene): string {
  const on = resource === '*' ? '' : ` on resource: ${action.startsWith('s3:') ? `"${resource}"` : resource}`;
  return `User: ${principal.arn} is not authorized to perform: ${action}${on}`;
}

function articleOf(kind: Kind): string {
  return kind.startsWith('i') ? 'an' : 'a';
}
