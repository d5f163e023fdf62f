/** Usage plans, their keys, and what was used. */
import type {
  CreateUsagePlanKeyRequest,
  CreateUsagePlanRequest,
  DeleteUsagePlanKeyRequest,
  DeleteUsagePlanRequest,
  GetUsagePlanKeyRequest,
  GetUsagePlanKeysRequest,
  GetUsagePlanRequest,
  GetUsagePlansRequest,
  UpdateUsagePlanRequest,
} from '@aws-sdk/client-api-gateway';
import { integerOf, numberOf, type PatchRules, patched, rule } from '../domain/patch.ts';
import type { Throttle, UsagePlan } from '../domain/types.ts';
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from '../errors.ts';
import { usagePlansPerAccount } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader } from '../store.ts';
import { findKey } from './apiKeys.ts';
import { mapOf, pageOf } from './find.ts';

async function CreateUsagePlan(ctx: Context, input: CreateUsagePlanRequest) {
  const plan: UsagePlan = {
    id: ctx.room.platform.ids.token(6),
    name: input.name ?? '',
    description: input.description,
    apiStages: (input.apiStages ?? []).map((stage) => ({
      apiId: stage.apiId ?? '',
      stage: stage.stage ?? '',
      throttle: mapOf(stage.throttle),
    })),
    throttle: input.throttle,
    quota: input.quota && {
      limit: input.quota.limit ?? 0,
      offset: input.quota.offset ?? 0,
      period: input.quota.period ?? 'DAY',
    },
    tags: mapOf(input.tags),
  };
  return ctx.room.store.transact(async (tx) => {
    await checkPlan(tx, ctx, plan);
    if ((await tx.list('usagePlan', ctx, '')).length >= usagePlansPerAccount) {
      throw new LimitExceededException('Maximum number of usage plans for this account has been reached');
    }
    tx.put('usagePlan', ctx, '', plan.id, plan);
    return plan;
  });
}

async function checkPlan(reader: ApiReader, ctx: Context, plan: UsagePlan): Promise<void> {
  if (plan.name === '') throw new BadRequestException('Usage plan name cannot be blank');
  const { quota, throttle } = plan;
  if (quota && (quota.limit < 1 || quota.offset < 0)) {
    throw new BadRequestException('Usage Plan quota limit must be at least 1 and its offset at least 0');
  }
  if (quota && !['DAY', 'WEEK', 'MONTH'].includes(quota.period)) {
    throw new BadRequestException('Usage Plan quota period must be one of DAY, WEEK, MONTH');
  }
  if (throttle?.rateLimit !== undefined && throttle.rateLimit < 0) {
    throw new BadRequestException('Usage Plan throttle rate limit must be at least 0');
  }
  for (const { apiId, stage } of plan.apiStages) {
    // Stages of WebSocket APIs take API keys as those of REST APIs do; their records are of the other service.
    const isThere =
      (await reader.get('stage', ctx, apiId, stage)) ??
      ((await reader.address(apiId))?.kind === 'websocket' &&
        (await reader.get('httpStage', ctx, apiId, stage)));
    if (!isThere) {
      throw new NotFoundException(`API Stage not found: ${apiId}:${stage}`);
    }
  }
}

async function findPlan(reader: ApiReader, ctx: Context, id: string): Promise<UsagePlan> {
  const plan = await reader.get('usagePlan', ctx, '', id);
  if (plan) return plan;
  throw new NotFoundException('Invalid Usage Plan ID specified');
}

async function GetUsagePlan(ctx: Context, input: GetUsagePlanRequest) {
  return findPlan(ctx.room.store, ctx, input.usagePlanId ?? '');
}

async function GetUsagePlans(ctx: Context, input: GetUsagePlansRequest) {
  const { store } = ctx.room;
  if (input.keyId === undefined) return pageOf(store, 'usagePlan', ctx, '', input);
  const items: UsagePlan[] = [];
  for (const plan of await store.list('usagePlan', ctx, '')) {
    if (await store.get('usagePlanKey', ctx, plan.id, input.keyId)) items.push(plan);
  }
  return { items };
}

function throttleRule(member: 'rateLimit' | 'burstLimit'): PatchRules<UsagePlan>[string] {
  return {
    ops: ['replace', 'add', 'remove'],
    apply(plan, { op, value }) {
      const read = member === 'rateLimit' ? numberOf : integerOf;
      plan.throttle = { ...plan.throttle, [member]: op === 'remove' ? undefined : read(value) };
    },
  };
}

function quotaRule(member: 'limit' | 'offset' | 'period'): PatchRules<UsagePlan>[string] {
  return {
    ops: ['replace', 'add'],
    apply(plan, { value }) {
      const quota = plan.quota ?? { limit: 1, offset: 0, period: 'DAY' as const };
      plan.quota = { ...quota, [member]: member === 'period' ? value : integerOf(value) };
    },
  };
}

/** A method's own throttle: `/apiStages/{api}:{stage}/throttle/{path}/{METHOD}/rateLimit`. */
function methodThrottleRule(member: keyof Throttle): PatchRules<UsagePlan>[string] {
  return {
    ops: ['replace', 'add'],
    apply(plan, { names, value }) {
      const stage = stageOf(plan, names[0]);
      const name = methodOf(names);
      stage.throttle = {
        ...stage.throttle,
        [name]: { ...stage.throttle?.[name], [member]: numberOf(value) },
      };
    },
  };
}

function stageOf(plan: UsagePlan, key: string | undefined): UsagePlan['apiStages'][number] {
  const stage = plan.apiStages.find((entry) => `${entry.apiId}:${entry.stage}` === key);
  if (!stage) throw new NotFoundException('Invalid API stage specified');
  return stage;
}

function methodOf([, path = '', method]: readonly string[]): string {
  return `${path.startsWith('/') ? path : `/${path}`}/${method}`;
}

/** The throttles of all methods of a stage at once: JSON, `{"/a/GET": {"rateLimit": 1, "burstLimit": 1}}`. */
function throttlesOf(value: string): Record<string, Throttle> {
  try {
    const read = JSON.parse(value) as Record<string, Throttle>;
    return Object.fromEntries(
      Object.entries(read).map(([method, { rateLimit, burstLimit }]) => [method, { rateLimit, burstLimit }]),
    );
  } catch {
    throw new BadRequestException(`Invalid throttle settings specified: ${value}`);
  }
}

const patchRules: PatchRules<UsagePlan> = {
  '/name': rule.text('name'),
  '/description': rule.text('description'),
  '/productCode': rule.text('productCode', ['add', 'replace', 'remove']),
  '/apiStages': {
    ops: ['add', 'remove'],
    apply(plan, { op, value }) {
      const [apiId = '', stage = ''] = value.split(':');
      const others = plan.apiStages.filter((entry) => entry.apiId !== apiId || entry.stage !== stage);
      plan.apiStages = op === 'add' ? [...others, { apiId, stage }] : others;
    },
  },
  '/throttle': {
    ops: ['remove'],
    apply(plan) {
      plan.throttle = undefined;
    },
  },
  '/throttle/rateLimit': throttleRule('rateLimit'),
  '/throttle/burstLimit': throttleRule('burstLimit'),
  '/quota': {
    ops: ['remove'],
    apply(plan) {
      plan.quota = undefined;
    },
  },
  '/quota/limit': quotaRule('limit'),
  '/quota/offset': quotaRule('offset'),
  '/quota/period': quotaRule('period'),
  '/apiStages/*/throttle': {
    ops: ['add', 'replace', 'remove'],
    apply(plan, { op, names, value }) {
      stageOf(plan, names[0]).throttle = op === 'remove' ? undefined : throttlesOf(value);
    },
  },
  '/apiStages/*/throttle/*/*': {
    ops: ['remove'],
    apply(plan, { names }) {
      const stage = stageOf(plan, names[0]);
      const { [methodOf(names)]: _, ...kept } = stage.throttle ?? {};
      stage.throttle = kept;
    },
  },
  '/apiStages/*/throttle/*/*/rateLimit': methodThrottleRule('rateLimit'),
  '/apiStages/*/throttle/*/*/burstLimit': methodThrottleRule('burstLimit'),
};

async function UpdateUsagePlan(ctx: Context, input: UpdateUsagePlanRequest) {
  return ctx.room.store.transact(async (tx) => {
    const plan = await findPlan(tx, ctx, input.usagePlanId ?? '');
    const updated = patched(plan, input.patchOperations, patchRules);
    await checkPlan(tx, ctx, updated);
    tx.put('usagePlan', ctx, '', plan.id, updated);
    return updated;
  });
}

async function DeleteUsagePlan(ctx: Context, input: DeleteUsagePlanRequest) {
  await ctx.room.store.transact(async (tx) => {
    const plan = await findPlan(tx, ctx, input.usagePlanId ?? '');
    if (plan.apiStages.length > 0) {
      throw new BadRequestException(
        `Cannot delete Usage Plan ${plan.id} because it is associated with 1 or more API stages`,
      );
    }
    tx.deleteAll('usagePlanKey', ctx, plan.id);
    tx.deleteUsage(ctx, plan.id);
    tx.delete('usagePlan', ctx, '', plan.id);
  });
}

async function CreateUsagePlanKey(ctx: Context, input: CreateUsagePlanKeyRequest) {
  if (input.keyType !== 'API_KEY') {
    throw new BadRequestException('Invalid Usage Plan Key type specified: must be API_KEY');
  }
  return ctx.room.store.transact(async (tx) => {
    const plan = await findPlan(tx, ctx, input.usagePlanId ?? '');
    const key = await findKey(tx, ctx, input.keyId ?? '');
    if (await tx.get('usagePlanKey', ctx, plan.id, key.id)) {
      throw new ConflictException(`Usage Plan Key ${key.id} is already associated with the plan ${plan.id}`);
    }
    for (const other of await tx.list('usagePlan', ctx, '')) {
      const shared = other.apiStages.find((stage) =>
        plan.apiStages.some((entry) => entry.apiId === stage.apiId && entry.stage === stage.stage),
      );
      if (other.id !== plan.id && shared && (await tx.get('usagePlanKey', ctx, other.id, key.id))) {
        throw new BadRequestException(
          `API Key ${key.id} cannot be added to usage plan ${plan.id} because it is already in another plan for the API stage ${shared.apiId}:${shared.stage}`,
        );
      }
    }
    tx.put('usagePlanKey', ctx, plan.id, key.id, { id: key.id, type: 'API_KEY' });
    return { id: key.id, type: 'API_KEY', value: key.value, name: key.name };
  });
}

async function GetUsagePlanKey(ctx: Context, input: GetUsagePlanKeyRequest) {
  const { store } = ctx.room;
  await findPlan(store, ctx, input.usagePlanId ?? '');
  const member = await store.get('usagePlanKey', ctx, input.usagePlanId ?? '', input.keyId ?? '');
  if (!member) throw new NotFoundException('Invalid Usage Plan Key identifier specified');
  const key = await findKey(store, ctx, member.id);
  return { id: key.id, type: member.type, value: key.value, name: key.name };
}

async function GetUsagePlanKeys(ctx: Context, input: GetUsagePlanKeysRequest) {
  const { store } = ctx.room;
  await findPlan(store, ctx, input.usagePlanId ?? '');
  const { items, position } = await pageOf(store, 'usagePlanKey', ctx, input.usagePlanId ?? '', input);
  const keys = [];
  for (const member of items) {
    const key = await findKey(store, ctx, member.id);
    if (input.nameQuery !== undefined && !key.name?.startsWith(input.nameQuery)) continue;
    keys.push({ id: key.id, type: member.type, value: key.value, name: key.name });
  }
  return { items: keys, position };
}

async function DeleteUsagePlanKey(ctx: Context, input: DeleteUsagePlanKeyRequest) {
  await ctx.room.store.transact(async (tx) => {
    const planId = input.usagePlanId ?? '';
    await findPlan(tx, ctx, planId);
    if (!(await tx.get('usagePlanKey', ctx, planId, input.keyId ?? ''))) {
      throw new NotFoundException('Invalid Usage Plan Key identifier specified');
    }
    tx.delete('usagePlanKey', ctx, planId, input.keyId ?? '');
  });
}

export const usagePlanOperations: Operations = {
  CreateUsagePlan,
  GetUsagePlan,
  GetUsagePlans,
  UpdateUsagePlan,
  DeleteUsagePlan,
  CreateUsagePlanKey,
  GetUsagePlanKey,
  GetUsagePlanKeys,
  DeleteUsagePlanKey,
};
