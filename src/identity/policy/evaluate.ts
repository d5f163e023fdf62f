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
    resource,
    owner: request.resourceAccount ?? accountOf(resource),
    context,
    read: (name) => context(name.toLowerCase())?.[0],
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
    request.resourcePolicy === undefined ? undefined : resourceVerdict(request.resourcePolicy, scene);

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
  if (needsResourcePolicy(scene.action) && found.naming === undefined) return 'resource-based policy';
  if (found.naming === 'direct') return undefined;
  if (found.naming === 'role' && limit === undefined) return undefined;
  return own;
}

function needsResourcePolicy(action: string): boolean {
  return action.startsWith('sts:AssumeRole') || action.startsWith('kms:');
}

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
      if (statement.principals || !statementMatches(statement, scene)) continue;
      scene.matched.push(`${id}#${statement.id}`);
      if (statement.effect === 'Deny') result.isDenied = true;
      else result.isAllowed = true;
    }
  }
  return result;
}

function resourceVerdict(document: string, scene: Scene): { isDenied: boolean; naming: Naming | undefined } {
  const result: { isDenied: boolean; naming: Naming | undefined } = { isDenied: false, naming: undefined };
  for (const statement of statementsOf(document)) {
    const naming = statement.principals && namingOf(statement.principals, scene.principal);
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
  return (
    patternsMatch(statement.actions, scene.action, scene.read) &&
    (statement.resources === undefined || patternsMatch(statement.resources, scene.resource, scene.read)) &&
    statement.conditions.every((condition) => condition(scene.context, scene.read))
  );
}

function patternsMatch({ patterns, isNegated }: Patterns, text: string, read: Variables): boolean {
  return patterns.some((pattern) => pattern.matches(text, read)) !== isNegated;
}

function notAuthorized({ principal, action, resource }: Scene): string {
  const on = resource === '*' ? '' : ` on resource: ${action.startsWith('s3:') ? `"${resource}"` : resource}`;
  return `User: ${principal.arn} is not authorized to perform: ${action}${on}`;
}

function articleOf(kind: Kind): string {
  return kind.startsWith('i') ? 'an' : 'a';
}
