/**
 * The decision over all policies that bear on a request: an explicit deny beats an allow, an allow beats silence.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { AuthorizationRequest, Principal, PrincipalPolicies } from '../../platform/index.ts';
import type { Decision, RequestFacts } from '../authorize.ts';
import { type Candidate, candidatesOf, statementsOf } from './candidates.ts';
import type { RequestContext } from './conditions.ts';
import { requestContext } from './context.ts';
import { explicitly, silently } from './denials.ts';
import type { Patterns, Statement } from './document.ts';
import { type Naming, namingOf } from './principals.ts';
import type { Variables } from './wildcard.ts';

export interface Question {
  readonly principal: Principal;
  readonly request: AuthorizationRequest & { readonly action: string };
  readonly policies: PrincipalPolicies;
  readonly facts: RequestFacts;
}

export type Kind =
  | 'identity-based policy'
  | 'resource-based policy'
  | 'role trust policy'
  | 'permissions boundary'
  | 'session policy';

/** Every resource of the request must be allowed; the first denial is the answer. */
export function evaluate(question: Question): Decision {
  const matched: string[] = [];
  for (const resource of question.request.resources) {
    const denial = evaluateResource(question, resource, matched);
    if (denial) return denial;
  }
  return { effect: 'allow', matched };
}

function evaluateResource(question: Question, resource: string, matched: string[]): Decision | undefined {
  const { principal, request, facts } = question;
  const scene = sceneOf(
    question,
    resource,
    requestContext(principal, request, facts, resource),
    (candidate) => matched.push(candidate.name),
  );
  const { denial, missing } = judge(question, scene);
  const denied = { action: request.action, resource };
  if (denial) return { effect: 'explicit-deny', matched, denied, message: explicitly(scene, denial) };
  if (missing) return { effect: 'implicit-deny', matched, denied, message: silently(scene, missing) };
  return undefined;
}

export function sceneOf(
  { principal, request }: Pick<Question, 'principal' | 'request'>,
  resource: string,
  context: RequestContext,
  onMatch: Scene['onMatch'],
): Scene {
  return {
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
    onMatch,
  };
}

/** What each kind of policy says; absent where there is none of that kind. */
export interface Judgement {
  readonly identity: Verdict;
  readonly boundary: Verdict | undefined;
  readonly session: Verdict | undefined;
  readonly own: ResourceVerdict | undefined;
  /** The explicit deny that decides. */
  readonly denial: { readonly kind: Kind; readonly policy: string } | undefined;
  /** The kind of policy whose silence denies. */
  readonly missing: Kind | undefined;
}

export function judge({ principal, request, policies }: Omit<Question, 'facts'>, scene: Scene): Judgement {
  const { resourcePolicy } = request;
  const identity = verdict(candidatesOf(policies.identityPolicies, policies.identityPolicies, scene), scene);
  const boundary =
    policies.boundary && verdict(candidatesOf(policies.boundary, [policies.boundary], scene), scene);
  const session = sessionVerdict(principal, scene);
  const own =
    resourcePolicy === undefined
      ? undefined
      : resourceVerdict(resourcePolicy, scene, policies.boundary !== undefined);
  const resourceKind = isTrust(scene) ? 'role trust policy' : 'resource-based policy';
  const denial =
    denialOf(identity, 'identity-based policy') ??
    denialOf(own, resourceKind) ??
    denialOf(boundary, 'permissions boundary') ??
    denialOf(session, 'session policy');
  const missing = missingAllow(scene, {
    isIdentityAllowed: principal.type === 'root' || identity.isAllowed,
    isBoundaryPassed: boundary?.isAllowed ?? true,
    isSessionPassed: session?.isAllowed ?? true,
    naming: own?.naming,
    resourceKind,
  });
  return { identity, boundary, session, own, denial, missing };
}

function denialOf(found: { deniedBy: string | undefined } | undefined, kind: Kind): Judgement['denial'] {
  return found?.deniedBy === undefined ? undefined : { kind, policy: found.deniedBy };
}

function sessionVerdict(principal: Principal, scene: Scene): Verdict | undefined {
  if (principal.type !== 'role' && principal.type !== 'federatedUser') return undefined;
  const sessions = principal.sessionPolicies;
  // A federated user without session policies may do nothing by itself; a role without any isn't narrowed.
  if (sessions === undefined || sessions.length === 0) {
    return principal.type === 'role' ? undefined : { isAllowed: false, deniedBy: undefined };
  }
  const policies = () => sessions.map((document) => ({ id: 'session', document }));
  return verdict(candidatesOf(sessions, policies, scene), scene);
}

/** One question as policies are held against it. */
export interface Scene {
  readonly principal: Principal;
  readonly action: string;
  readonly actionInLowerCase: string;
  readonly resource: string;
  /** The account whose resource it is, when that is known. */
  readonly owner: string | undefined;
  readonly context: RequestContext;
  readonly read: Variables;
  /** Hears of every statement that takes part. */
  readonly onMatch: (candidate: Candidate) => unknown;
}

/** @returns the kind of policy whose silence denies the request; undefined when it is allowed. */
function missingAllow(
  scene: Scene,
  found: {
    isIdentityAllowed: boolean;
    isBoundaryPassed: boolean;
    isSessionPassed: boolean;
    naming: Naming | undefined;
    resourceKind: Kind;
  },
): Kind | undefined {
  const { principal } = scene;
  if (principal.type === 'service' || principal.type === 'anonymous' || principal.type === 'federated') {
    return found.naming === 'direct' ? undefined : found.resourceKind;
  }
  const limit = !found.isBoundaryPassed
    ? 'permissions boundary'
    : !found.isSessionPassed
      ? 'session policy'
      : undefined;
  const { owner } = scene;
  const isForeign = owner !== undefined && owner !== principal.account;
  const own = found.isIdentityAllowed ? limit : 'identity-based policy';
  if (isForeign) return own ?? (found.naming === undefined ? found.resourceKind : undefined);
  // A role's trust policy and a key's policy are never optional, not even for their own account.
  if (needsResourcePolicy(scene) && found.naming === undefined) return found.resourceKind;
  if (found.naming === 'direct') return undefined;
  if (found.naming === 'role' && limit === undefined) return undefined;
  return own;
}

/** Roles and keys; what bears on neither (`kms:ListKeys`, an alias) has no such policy. */
function needsResourcePolicy(scene: Scene): boolean {
  const { action, resource } = scene;
  return action.startsWith('kms:') ? resource.includes(':key/') : isTrust(scene);
}

/** Tags of a federated user (GetFederationToken) are set on nobody who would have to trust. */
function isTrust({ action, resource }: Scene): boolean {
  return action.startsWith('sts:') && trustActions.test(action) && !resource.includes(':federated-user/');
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
const resourcePolicyId = 'resource-policy';

export interface Verdict {
  isAllowed: boolean;
  /** Id of the policy that denies. */
  deniedBy: string | undefined;
}

export interface ResourceVerdict {
  deniedBy: string | undefined;
  naming: Naming | undefined;
}

function verdict(candidates: readonly Candidate[], scene: Scene): Verdict {
  const result: Verdict = { isAllowed: false, deniedBy: undefined };
  for (const candidate of candidates) {
    const { statement } = candidate;
    if (!placeMatches(statement, scene)) continue;
    scene.onMatch(candidate);
    if (statement.effect === 'Deny') result.deniedBy ??= candidate.policy;
    else result.isAllowed = true;
  }
  return result;
}

/**
 * Deny with NotPrincipal meets everyone who has a permissions boundary, named or not.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
function resourceVerdict(document: string, scene: Scene, hasBoundary: boolean): ResourceVerdict {
  const result: ResourceVerdict = { deniedBy: undefined, naming: undefined };
  for (const statement of statementsOf(document)) {
    if (!statement.principals) continue;
    const isAlwaysMeant = hasBoundary && statement.principals.isNegated && statement.effect === 'Deny';
    const naming = isAlwaysMeant ? 'direct' : namingOf(statement.principals, scene.principal);
    if (naming === undefined || !actionMatches(statement, scene) || !placeMatches(statement, scene)) continue;
    scene.onMatch({
      policy: resourcePolicyId,
      document,
      statement,
      name: `${resourcePolicyId}#${statement.id}`,
      isOfResource: true,
    });
    if (statement.effect === 'Deny') result.deniedBy ??= resourcePolicyId;
    else if (result.naming !== 'direct')
      result.naming = naming === 'account' ? (result.naming ?? naming) : naming;
  }
  return result;
}

/** Action and principal match already: whether resource and conditions do. */
function placeMatches({ resources, conditions }: Statement, scene: Scene): boolean {
  if (resources && !patternsMatch(resources, scene.resource, scene.read)) return false;
  for (const condition of conditions) if (!condition(scene.context, scene.read)) return false;
  return true;
}

export function actionMatches({ actions }: Statement, scene: Scene): boolean {
  return patternsMatch(actions, scene.actionInLowerCase, scene.read);
}

function patternsMatch({ patterns, isNegated }: Patterns, text: string, read: Variables): boolean {
  for (const pattern of patterns) if (pattern.matches(text, read)) return !isNegated;
  return isNegated;
}
