/** Routing rules of custom domain names. https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html */
import type {
  CreateRoutingRuleRequest,
  DeleteRoutingRuleRequest,
  GetRoutingRuleRequest,
  ListRoutingRulesRequest,
  PutRoutingRuleRequest,
  RoutingRuleCondition,
} from '@aws-sdk/client-apigatewayv2';
import type { DomainName, RoutingCondition, RoutingRule } from '../../domain/customDomains.ts';
import {
  BadRequestException,
  ConflictException,
  NotFoundException,
  TooManyRequestsException,
} from '../../errors.ts';
import { routingRulesPerDomain } from '../../limits.ts';
import { changeDomain, checkTarget, domainArn, findDomain } from '../../operations/customDomains.ts';
import type { Context, Operations } from '../../room.ts';
import { pageOfList } from './find.ts';

const priorityMax = 1_000_000;

function read(id: string, input: CreateRoutingRuleRequest): RoutingRule {
  const [action, second] = input.Actions ?? [];
  if (!action?.InvokeApi || second) {
    throw new BadRequestException('A routing rule has exactly one action, which invokes an API');
  }
  const priority = input.Priority ?? 0;
  if (!Number.isInteger(priority) || priority < 1 || priority > priorityMax) {
    throw new BadRequestException(`Priority must be between 1 and ${priorityMax}`);
  }
  const conditions = (input.Conditions ?? []).map(readCondition);
  if (conditions.filter((condition) => condition.headers).length > 2) {
    throw new BadRequestException('A routing rule can have up to two MatchHeaders conditions');
  }
  if (conditions.filter((condition) => condition.basePaths).length > 1) {
    throw new BadRequestException('A routing rule can have up to one MatchBasePaths condition');
  }
  const { ApiId = '', Stage = '', StripBasePath = false } = action.InvokeApi;
  return { id, priority, conditions, apiId: ApiId, stage: Stage, stripBasePath: StripBasePath };
}

function readCondition(condition: RoutingRuleCondition): RoutingCondition {
  const { MatchBasePaths, MatchHeaders } = condition;
  if ((MatchBasePaths === undefined) === (MatchHeaders === undefined)) {
    throw new BadRequestException('A condition has either MatchBasePaths or MatchHeaders');
  }
  if (MatchBasePaths) return { basePaths: MatchBasePaths.AnyOf ?? [] };
  return {
    headers: (MatchHeaders?.AnyOf ?? []).map(({ Header = '', ValueGlob = '' }) => ({
      header: Header,
      valueGlob: ValueGlob,
    })),
  };
}

function output(ctx: Context, domain: DomainName, rule: RoutingRule) {
  return {
    RoutingRuleId: rule.id,
    RoutingRuleArn: `${domainArn(ctx, domain)}/routingrules/${rule.id}`,
    Priority: rule.priority,
    Conditions: rule.conditions.map(({ basePaths, headers }) =>
      headers
        ? {
            MatchHeaders: {
              AnyOf: headers.map((entry) => ({ Header: entry.header, ValueGlob: entry.valueGlob })),
            },
          }
        : { MatchBasePaths: { AnyOf: basePaths } },
    ),
    Actions: [{ InvokeApi: { ApiId: rule.apiId, Stage: rule.stage, StripBasePath: rule.stripBasePath } }],
  };
}

async function write(
  ctx: Context,
  input: { DomainName?: string | undefined; DomainNameId?: string | undefined },
  rule: RoutingRule,
  known: boolean,
) {
  return changeDomain(ctx, input.DomainName, input.DomainNameId, async (domain, tx) => {
    if (known) find(domain, rule.id);
    await checkTarget(tx, ctx, domain, rule.apiId, rule.stage, true);
    const others = domain.rules.filter((other) => other.id !== rule.id);
    if (others.some((other) => other.priority === rule.priority)) {
      throw new ConflictException(`A routing rule with priority ${rule.priority} already exists`);
    }
    if (others.length >= routingRulesPerDomain) {
      throw new TooManyRequestsException(
        'Maximum number of routing rules for this domain name has been reached',
      );
    }
    domain.rules = [...others, rule].sort((a, b) => a.priority - b.priority);
    return output(ctx, domain, rule);
  });
}

async function CreateRoutingRule(ctx: Context, input: CreateRoutingRuleRequest) {
  return write(ctx, input, read(ctx.room.platform.ids.token(6), input), false);
}

async function PutRoutingRule(ctx: Context, input: PutRoutingRuleRequest) {
  return write(ctx, input, read(input.RoutingRuleId ?? '', input), true);
}

function find(domain: DomainName, id: string | undefined): RoutingRule {
  const rule = domain.rules.find((entry) => entry.id === id);
  if (rule) return rule;
  throw new NotFoundException(`Invalid routing rule identifier specified ${id}`);
}

async function GetRoutingRule(ctx: Context, input: GetRoutingRuleRequest) {
  const domain = await findDomain(ctx.room.store, ctx, input.DomainName, input.DomainNameId);
  return output(ctx, domain, find(domain, input.RoutingRuleId));
}

async function ListRoutingRules(ctx: Context, input: ListRoutingRulesRequest) {
  const domain = await findDomain(ctx.room.store, ctx, input.DomainName, input.DomainNameId);
  const MaxResults = input.MaxResults === undefined ? undefined : String(input.MaxResults);
  const { Items, NextToken } = pageOfList(domain.rules, { MaxResults, NextToken: input.NextToken });
  return { RoutingRules: Items.map((rule) => output(ctx, domain, rule)), NextToken };
}

async function DeleteRoutingRule(ctx: Context, input: DeleteRoutingRuleRequest) {
  await changeDomain(ctx, input.DomainName, input.DomainNameId, (domain) => {
    const rule = find(domain, input.RoutingRuleId);
    domain.rules = domain.rules.filter((entry) => entry.id !== rule.id);
  });
}

export const routingRuleOperations: Operations = {
  CreateRoutingRule,
  PutRoutingRule,
  GetRoutingRule,
  ListRoutingRules,
  DeleteRoutingRule,
};
