/**
 * The policy simulator: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html,
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 */
import type {
  EvaluationResult,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
} from '@aws-sdk/client-iam';
import { parseArn } from '../../../kernel/index.ts';
import type { PolicyEffect, Principal, Simulation } from '../../../platform/index.ts';
import { statementSpans } from '../domain/positions.ts';
import { checkScenario } from '../domain/simulationScenario.ts';
import { InvalidInput } from '../errors.ts';
import { type PolicyHolder, type PolicySource, policyHolder } from '../policySources.ts';
import { type IamContext, pageOf } from '../room.ts';
import { users } from '../store.ts';
import { checkInput, checkInputs } from './contextKeys.ts';

type Input = Omit<SimulateCustomPolicyRequest, 'PolicyInputList'>;

/** A policy as the answer names it. */
interface Source {
  readonly id: string;
  readonly type: string;
  readonly document: string;
}

/** Who is simulated, and by which policies. */
interface Cast {
  readonly policies: readonly Source[];
  readonly boundary: Source | undefined;
  readonly principal: Principal;
  readonly isNamed: boolean;
}

export async function SimulateCustomPolicy(
  ctx: IamContext,
  input: SimulateCustomPolicyRequest,
): Promise<SimulatePolicyResponse> {
  const caller = await callerOf(ctx, input.CallerArn);
  return simulate(ctx, input, {
    policies: inputsOf(ctx, input.PolicyInputList, 'PolicyInputList'),
    boundary: boundaryOf(ctx, input),
    principal: caller ?? nobodyOf(ctx.account),
    isNamed: caller !== undefined,
  });
}

export async function SimulatePrincipalPolicy(
  ctx: IamContext,
  input: SimulatePrincipalPolicyRequest,
): Promise<SimulatePolicyResponse> {
  const holder = await policyHolder(ctx, input.PolicySourceArn as string);
  const caller = await callerOf(ctx, input.CallerArn);
  const itself = principalOf(holder, ctx.account);
  const own = holder.boundary;
  return simulate(
    ctx,
    // A user is its own caller; of groups and roles, only another user can stand before a resource's policy.
    holder.kind === 'user' ? { ...input, CallerArn: input.CallerArn ?? input.PolicySourceArn } : input,
    {
      policies: [
        ...holder.policies.map(sourceOf),
        ...inputsOf(ctx, input.PolicyInputList, 'PolicyInputList'),
      ],
      boundary: boundaryOf(ctx, input) ?? (own && sourceOf(own)),
      principal: caller ?? itself ?? nobodyOf(ctx.account),
      isNamed: (caller ?? itself) !== undefined,
    },
  );
}

function simulate(ctx: IamContext, input: Input, cast: Cast): SimulatePolicyResponse {
  const resources = input.ResourceArns?.length ? input.ResourceArns : ['*'];
  checkScenario(input.ResourceHandlingOption, resources);
  const actions = input.ActionNames ?? [];
  for (const action of actions) checkAction(action);
  if (input.ResourcePolicy !== undefined) {
    checkInput(ctx.room.policies, input.ResourcePolicy, 'ResourcePolicy');
    if (input.CallerArn === undefined) {
      throw new InvalidInput('CallerArn must be specified when a ResourcePolicy is included.');
    }
  }
  const owner = ownerOf(input.ResourceOwner);
  const pairs = actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
  const { page, paging } = pageOf(pairs, input);
  const context = contextOf(input);
  const results = page.map(({ action, resource }) => {
    const found = ctx.room.policies.simulate({
      principal: cast.principal,
      isNamed: cast.isNamed,
      action,
      resource,
      // What an ARN says of its owner counts; the rest is whose they are said to be, or the caller's.
      ...(parseArn(resource)?.account ? {} : { resourceAccount: owner ?? cast.principal.account }),
      ...(input.ResourcePolicy === undefined ? {} : { resourcePolicy: input.ResourcePolicy }),
      policies: {
        identityPolicies: cast.policies.map(({ document }, i) => ({ id: String(i), document })),
        ...(cast.boundary ? { boundary: { id: boundaryId, document: cast.boundary.document } } : {}),
      },
      context,
      now: ctx.now,
    });
    const account = parseArn(resource)?.account || owner;
    return resultOf({ action, resource }, found, cast, input.ResourcePolicy, {
      isForeign: account !== undefined && account !== cast.principal.account,
    });
  });
  return { EvaluationResults: results, ...paging };
}

const boundaryId = 'boundary';

const decisions = {
  allow: 'allowed',
  'implicit-deny': 'implicitDeny',
  'explicit-deny': 'explicitDeny',
} as const satisfies Record<PolicyEffect, string>;

function resultOf(
  { action, resource }: { action: string; resource: string },
  found: Simulation,
  cast: Cast,
  resourcePolicy: string | undefined,
  { isForeign }: { isForeign: boolean },
): EvaluationResult {
  const decision = decisions[found.effect];
  const matched = statementsOf(found, cast, resourcePolicy);
  const boundary =
    found.boundary === undefined
      ? {}
      : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: found.boundary === 'allow' } };
  const result = {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision,
    MatchedStatements: matched,
    ...boundary,
  };
  if (resource === '*') return { ...result, MissingContextValues: [...found.missingKeys] };
  // In one account the map is there and empty; with all resources it isn't there.
  const details: Record<string, (typeof decisions)[PolicyEffect]> = {};
  if (isForeign) {
    details['IAM Policy'] = decisions[found.identity];
    details['Resource Policy'] = decisions[found.resourcePolicy ?? 'implicit-deny'];
  }
  return {
    ...result,
    MissingContextValues: [],
    EvalDecisionDetails: details,
    ResourceSpecificResults: [
      {
        EvalResourceName: resource,
        EvalResourceDecision: decision,
        MatchedStatements: matched,
        MissingContextValues: [...found.missingKeys],
        ...(isForeign ? { EvalDecisionDetails: details } : {}),
        ...boundary,
      },
    ],
  };
}

/** The statements that make the answer: what denies when something does, what allows when everything does. */
function statementsOf(found: Simulation, cast: Cast, resourcePolicy: string | undefined) {
  const { effect } = found;
  if (effect === 'implicit-deny') return [];
  return found.matched
    .filter((statement) =>
      effect === 'explicit-deny'
        ? statement.effect === 'Deny'
        : statement.effect === 'Allow' && !statement.isOfBoundary,
    )
    .map((statement) => {
      const source: Source | undefined =
        statement.policy === undefined
          ? { id: 'ResourcePolicy', type: 'resource', document: resourcePolicy ?? '{}' }
          : statement.policy === boundaryId
            ? cast.boundary
            : cast.policies[Number(statement.policy)];
      const span = source && statementSpans(source.document)[statement.position];
      return {
        SourcePolicyId: source?.id,
        // The model knows the type by its name; it has none for texts that were sent.
        SourcePolicyType: source?.type as 'none',
        ...(span ? { StartPosition: span.start, EndPosition: span.end } : {}),
      };
    });
}

function sourceOf({ name, arn, holder, document }: PolicySource): Source {
  const type =
    arn === undefined ? holder.kind : arn.startsWith('arn:aws:iam::aws:') ? 'aws-managed' : 'user-managed';
  return { id: name, type, document };
}

function inputsOf(ctx: IamContext, documents: readonly string[] | undefined, member: string): Source[] {
  checkInputs(ctx.room.policies, documents, member);
  return (documents ?? []).map((document, i) => ({ id: `${member}.${i + 1}`, type: 'none', document }));
}

function boundaryOf(ctx: IamContext, input: Input): Source | undefined {
  const member = 'PermissionsBoundaryPolicyInputList';
  const given = inputsOf(ctx, input.PermissionsBoundaryPolicyInputList, member);
  if (given.length > 1) throw new InvalidInput(`${member} can have only one policy.`);
  return given[0];
}

/** @throws InvalidInput unless it is a user's ARN. @returns undefined when nobody is named. */
async function callerOf(ctx: IamContext, arn: string | undefined): Promise<Principal | undefined> {
  if (arn === undefined) return undefined;
  const parsed = parseArn(arn);
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith('user/')) {
    throw new InvalidInput('Invalid caller - Caller must be an IAM user in this context.');
  }
  const userName = parsed.resource.split('/').at(-1) ?? '';
  const known =
    parsed.account === ctx.account
      ? await users.get(ctx.room.store.reader, ctx.account, userName)
      : undefined;
  return { type: 'user', account: parsed.account, arn, userName, userId: known?.id ?? '' };
}

function principalOf({ kind, entity }: PolicyHolder, account: string): Principal | undefined {
  if (kind === 'user') {
    return { type: 'user', account, arn: entity.arn, userName: entity.name, userId: entity.id };
  }
  if (kind !== 'role') return undefined;
  return {
    type: 'role',
    account,
    arn: entity.arn,
    roleArn: entity.arn,
    roleId: entity.id,
    sessionName: '',
    tags: entity.tags,
  };
}

function nobodyOf(account: string): Principal {
  return { type: 'user', account, arn: '', userName: '', userId: '' };
}

function ownerOf(owner: string | undefined): string | undefined {
  if (owner === undefined || /^\d{12}$/.test(owner)) return owner;
  const account = parseArn(owner)?.account;
  if (!account) throw new InvalidInput(`Invalid ResourceOwner: ${owner} names no account.`);
  return account;
}

function contextOf({ ContextEntries = [] }: Input): Map<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  for (const { ContextKeyName = '', ContextKeyValues = [], ContextKeyType = 'string' } of ContextEntries) {
    if (!ContextKeyType.endsWith('List') && ContextKeyValues.length > 1) {
      throw new InvalidInput(
        `The context key ${ContextKeyName} of the type ${ContextKeyType} has several values.`,
      );
    }
    context.set(ContextKeyName.toLowerCase(), ContextKeyValues);
  }
  return context;
}

function checkAction(action: string): void {
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
    throw new InvalidInput(
      `Invalid action: ${action} must be a service prefix and the name of an operation, without wildcards.`,
    );
  }
}
