/** The policy decision point: every operation of every service is decided here, in the three modes. */
import {
  type AuthorizationRequest,
  type IamMode,
  IamModes,
  type PolicySource,
  type Principal,
  type PrincipalPolicies,
  stricter,
} from '../platform/index.ts';
import { authorizationMessage } from './policy/authorizationMessage.ts';
import { accountOf, evaluate, type Question } from './policy/evaluate.ts';

export type Effect = 'allow' | 'implicit-deny' | 'explicit-deny' | 'not-evaluated';

export interface Decision {
  readonly effect: Effect;
  /** `policy#statement` of every statement that took part, for the audit record and least-privilege advice. */
  readonly matched: readonly string[];
  /** AWS's words for a denial. */
  readonly message?: string;
  /** What is denied: the first of what was asked. */
  readonly denied?: { readonly action: string; readonly resource: string };
  /** Of a denial by policies: what DecodeAuthorizationMessage tells of it, as JSON; made when it is asked for. */
  readonly details?: () => string | undefined;
  /** The session is one of a user or a role that was deleted: to AWS its token is none. */
  readonly isGone?: boolean;
}

/** What policies may ask about the request itself (`aws:SourceIp` and the like). */
export interface RequestFacts {
  readonly now: number;
  readonly region: string;
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly userAgent?: string;
  /** The address of the page that a browser comes from, by its own account. */
  readonly referer?: string | undefined;
  /** Services that ask on behalf of the principal, as hosts are named, in the order in which they called each other. */
  readonly via?: readonly string[] | undefined;
}

export const allowed: Decision = { effect: 'allow', matched: [] };
export const notEvaluated: Decision = { effect: 'not-evaluated', matched: [] };

export class Authorizer {
  readonly modes: IamModes;
  readonly #policies: PolicySource;

  constructor(modes: IamMode | IamModes, policies: PolicySource) {
    this.modes = typeof modes === 'string' ? new IamModes(modes) : modes;
    this.#policies = policies;
  }

  /**
   * The mode for what somebody asks: the strictest of the accounts that it touches, so that an account that lets everything
   * pass opens no other.
   */
  modeFor(principal: Principal, requests: readonly AuthorizationRequest[]): IamMode {
    const { modes } = this;
    if (modes.isUniform) return modes.usual;
    let mode = modes.of(principal.account);
    for (const { resources, resourceAccount } of requests) {
      for (const resource of resources) {
        const owner = resourceAccount ?? accountOf(resource);
        if (owner !== undefined) mode = stricter(mode, modes.of(owner));
      }
    }
    return mode;
  }

  /**
   * Nobody comes into an enforced account from one that isn't: there anyone may become anybody, change whom a role trusts or
   * give a function any code, so that not even a session that was verified says who is behind it.
   * @param mode of what is asked. @returns the denial; undefined when the caller's account is as strict.
   */
  foreigner(principal: Principal, mode: IamMode, requests: readonly ActionRequest[]): Decision | undefined {
    const { modes } = this;
    if (mode !== 'enforce' || modes.isUniform || !isOfAccount(principal)) return undefined;
    if (modes.of(principal.account) === 'enforce') return undefined;
    const action = requests[0]?.action ?? '';
    const resource = requests[0]?.resources[0] ?? '*';
    return {
      effect: 'explicit-deny',
      matched: [],
      denied: { action, resource },
      message: `User: ${principal.arn} is not authorized to perform: ${action} because the policies of its account ${principal.account} are not enforced`,
    };
  }

  /** @param requests each with its action filled in. */
  decide(
    principal: Principal,
    requests: readonly ActionRequest[],
    facts: RequestFacts,
  ): Decision | Promise<Decision> {
    if (this.modes.isOff) return notEvaluated;
    // Only a resource's own policy can deny its account's root user anything.
    if (principal.type === 'root' && requests.every((request) => isOwnAndOpen(principal, request))) {
      return allowed;
    }
    if (principal.type !== 'user' && principal.type !== 'role' && principal.type !== 'federatedUser') {
      return decideAll(principal, requests, none, facts);
    }
    const policies = this.#policies.policiesOf(principal);
    return policies instanceof Promise
      ? policies.then((found) => decideFor(principal, requests, found, facts))
      : decideFor(principal, requests, policies, facts);
  }
}

function isOfAccount({ type }: Principal): boolean {
  return type === 'root' || type === 'user' || type === 'role' || type === 'federatedUser';
}

type ActionRequest = AuthorizationRequest & { readonly action: string };

const none: PrincipalPolicies = { identityPolicies: [] };

/**
 * AWS doesn't know the token of a session any more whose user or role is gone, whatever is asked. Where nothing is enforced,
 * roles needn't exist: there the policies' answer is told.
 */
function decideFor(
  principal: Principal,
  requests: readonly ActionRequest[],
  policies: PrincipalPolicies,
  facts: RequestFacts,
): Decision {
  const decision = decideAll(principal, requests, policies, facts);
  return policies.isGone && 'session' in principal && principal.session
    ? { ...decision, isGone: true }
    : decision;
}

function decideAll(
  principal: Principal,
  requests: readonly ActionRequest[],
  policies: PrincipalPolicies,
  facts: RequestFacts,
): Decision {
  const [only] = requests;
  if (only && requests.length === 1 && only.refusal === undefined && only.forbidden === undefined) {
    return detailed({ principal, request: only, policies, facts });
  }
  const matched: string[] = [];
  for (const request of requests) {
    if (request.forbidden !== undefined) {
      const denied = { action: request.action, resource: request.resources[0] ?? '*' };
      return { effect: 'explicit-deny', matched, denied, message: request.forbidden };
    }
    const decision = detailed({ principal, request, policies, facts });
    matched.push(...decision.matched);
    if (decision.effect !== 'allow') {
      return { ...decision, matched, ...(request.refusal === undefined ? {} : { message: request.refusal }) };
    }
  }
  return { effect: 'allow', matched };
}

function detailed(question: Question): Decision {
  const decision = evaluate(question);
  const { denied } = decision;
  return denied ? { ...decision, details: () => authorizationMessage(question, denied.resource) } : decision;
}

function isOwnAndOpen(principal: Principal, request: AuthorizationRequest): boolean {
  if (request.resourcePolicy !== undefined || request.forbidden !== undefined) return false;
  return request.resources.every((resource) => {
    const owner = request.resourceAccount ?? accountOf(resource);
    return owner === undefined || owner === principal.account;
  });
}
