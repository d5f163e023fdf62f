/**
 * The engine asked about requests that nobody makes.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
 */
import type { PolicyEffect, PolicyEngine, SimulatedRequest, Simulation } from '../../platform/index.ts';
import type { RequestFacts } from '../authorize.ts';
import { type Candidate, candidatesOf, statementsOf } from './candidates.ts';
import type { RequestContext } from './conditions.ts';
import { requestContext } from './context.ts';
import { compilePolicy, type Statement } from './document.ts';
import { actionMatches, judge, type Scene, sceneOf, type Verdict } from './evaluate.ts';

export const policyEngine: PolicyEngine = {
  simulate,
  contextKeys: (document) => distinct(compilePolicy(document).statements.flatMap(({ keys }) => keys)),
};

/** Keys about a request that isn't made have no values but those that are given; these two have the time's. */
const timeKeys = new Set(['aws:currenttime', 'aws:epochtime']);

function simulate(request: SimulatedRequest): Simulation {
  const { principal, action, resource, resourceAccount, resourcePolicy, policies } = request;
  const asked = {
    action,
    resources: [resource],
    ...(resourceAccount === undefined ? {} : { resourceAccount }),
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
  };
  const facts: RequestFacts = { now: request.now, region: '', sourceIp: '', secure: true };
  const known = requestContext(principal, asked, facts, resource);
  const context: RequestContext = (key) => {
    const given = request.context.get(key);
    if (given) return given;
    const isKnown = timeKeys.has(key) || (request.isNamed && isAboutPrincipal(key));
    return isKnown ? known(key) : undefined;
  };
  const found: Candidate[] = [];
  const scene = sceneOf({ principal, request: asked }, resource, context, (candidate) =>
    found.push(candidate),
  );
  const judged = judge({ principal, request: asked, policies }, scene);
  const { identity, boundary, own } = judged;
  const ofBoundary =
    policies.boundary && new Set(candidatesOf(policies.boundary, [policies.boundary], scene));
  return {
    effect: judged.denial ? 'explicit-deny' : judged.missing ? 'implicit-deny' : 'allow',
    matched: found.map((candidate) => ({
      policy: candidate.isOfResource ? undefined : candidate.policy,
      position: candidate.statement.position,
      effect: candidate.statement.effect,
      isOfBoundary: ofBoundary?.has(candidate) ?? false,
    })),
    missingKeys: missingKeys(request, scene),
    identity: effectOf(identity),
    resourcePolicy: own && effectOf({ deniedBy: own.deniedBy, isAllowed: own.naming !== undefined }),
    boundary: boundary && effectOf(boundary),
  };
}

/** Whose a request is, is known with its principal; where it comes from and how, isn't. */
function isAboutPrincipal(key: string): boolean {
  return key.startsWith('aws:principal') || key === 'aws:username' || key === 'aws:userid';
}

function missingKeys({ policies, resourcePolicy }: SimulatedRequest, scene: Scene): string[] {
  const { identityPolicies, boundary } = policies;
  const statements: Statement[] = [
    ...candidatesOf(identityPolicies, identityPolicies, scene).map(({ statement }) => statement),
    ...(boundary ? candidatesOf(boundary, [boundary], scene).map(({ statement }) => statement) : []),
    ...(resourcePolicy === undefined ? [] : statementsOf(resourcePolicy)).filter((statement) =>
      actionMatches(statement, scene),
    ),
  ];
  return distinct(
    statements.flatMap(({ keys }) => keys).filter((key) => scene.context(key.toLowerCase()) === undefined),
  );
}

function effectOf({ deniedBy, isAllowed }: Verdict): PolicyEffect {
  if (deniedBy !== undefined) return 'explicit-deny';
  return isAllowed ? 'allow' : 'implicit-deny';
}

/** Condition keys are the same whatever their case; the first way of writing one stays. */
function distinct(keys: readonly string[]): string[] {
  return [...new Map([...keys].reverse().map((key) => [key.toLowerCase(), key])).values()].reverse();
}
