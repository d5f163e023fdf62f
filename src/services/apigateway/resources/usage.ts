/** AWS::ApiGateway::ApiKey, UsagePlan and UsagePlanKey. */
import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import type { PatchOperation } from '../domain/patch.ts';
import {
  createOnly,
  deleteIfThere,
  flag,
  flagOf,
  given,
  map,
  number,
  numberOf,
  objectOf,
  objectsOf,
  replacements,
  required,
  setTags,
  tagsOf,
  text,
  textOf,
} from './properties.ts';

export const apiKey: ResourceType = {
  name: 'AWS::ApiGateway::ApiKey',
  properties: {
    CustomerId: text,
    Description: text,
    Enabled: flag,
    GenerateDistinctId: createOnly(flag),
    Name: createOnly(text),
    StageKeys: { type: 'array', members: { RestApiId: text, StageName: text } },
    Tags: { type: 'tags' },
    Value: createOnly(text),
  },
  attributes: ['APIKeyId'],
  async create(ctx, properties) {
    const { id } = await ctx.aws.call<{ id: string }>(
      'apigateway',
      'CreateApiKey',
      given({
        name: textOf(properties.Name) ?? ctx.generateName(128),
        customerId: textOf(properties.CustomerId),
        description: textOf(properties.Description),
        enabled: flagOf(properties.Enabled),
        value: textOf(properties.Value),
        stageKeys: objectsOf(properties.StageKeys).map((key) => ({
          restApiId: textOf(key.RestApiId),
          stageName: textOf(key.StageName),
        })),
        tags: tagsOf(ctx, properties.Tags),
      }),
    );
    return { physicalId: id, attributes: { APIKeyId: id } };
  },
  async update(ctx, current, properties, previous) {
    const stages = (value: unknown) => objectsOf(value).map((key) => `${key.RestApiId}/${key.StageName}`);
    const now = stages(properties.StageKeys);
    const before = stages(previous.StageKeys);
    await ctx.aws.call('apigateway', 'UpdateApiKey', {
      apiKey: current.physicalId,
      patchOperations: [
        ...replacements(
          { CustomerId: '/customerId', Description: '/description', Enabled: '/enabled' },
          { Enabled: false, ...properties },
          { Enabled: false, ...previous },
        ),
        ...difference('/stages', now, before),
      ],
    });
    const path = `/apikeys/${current.physicalId}`;
    await setTags(ctx, path, tagsOf(ctx, properties.Tags), tagsOf(ctx, previous.Tags));
    return current;
  },
  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteApiKey', { apiKey: current.physicalId });
  },
};

export const usagePlan: ResourceType = {
  name: 'AWS::ApiGateway::UsagePlan',
  properties: {
    ApiStages: { type: 'array', members: { ApiId: text, Stage: text, Throttle: map } },
    Description: text,
    Quota: { type: 'object', members: { Limit: number, Offset: number, Period: text } },
    Tags: { type: 'tags' },
    Throttle: { type: 'object', members: { BurstLimit: number, RateLimit: number } },
    UsagePlanName: text,
  },
  attributes: ['Id'],
  async create(ctx, properties) {
    const { id } = await ctx.aws.call<{ id: string }>(
      'apigateway',
      'CreateUsagePlan',
      given({
        name: textOf(properties.UsagePlanName) ?? ctx.generateName(128),
        description: textOf(properties.Description),
        apiStages: objectsOf(properties.ApiStages).map((stage) =>
          given({
            apiId: textOf(stage.ApiId),
            stage: textOf(stage.Stage),
            throttle: stage.Throttle && methodThrottles(stage.Throttle),
          }),
        ),
        throttle: throttleOf(properties.Throttle),
        quota: quotaOf(properties.Quota),
        tags: tagsOf(ctx, properties.Tags),
      }),
    );
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(ctx, current, properties, previous) {
    await ctx.aws.call('apigateway', 'UpdateUsagePlan', {
      usagePlanId: current.physicalId,
      patchOperations: [
        ...replacements({ Description: '/description' }, properties, previous),
        ...(properties.UsagePlanName ? replacements({ UsagePlanName: '/name' }, properties, previous) : []),
        ...difference('/apiStages', stagesOf(properties), stagesOf(previous)),
        ...memberPatches('/throttle', properties.Throttle, {
          BurstLimit: 'burstLimit',
          RateLimit: 'rateLimit',
        }),
        ...memberPatches('/quota', properties.Quota, { Limit: 'limit', Offset: 'offset', Period: 'period' }),
      ],
    });
    const path = `/usageplans/${current.physicalId}`;
    await setTags(ctx, path, tagsOf(ctx, properties.Tags), tagsOf(ctx, previous.Tags));
    return current;
  },
  async delete(ctx, current, properties) {
    // A plan that still covers stages can't be deleted; CloudFormation lets go of them first.
    const patchOperations = difference('/apiStages', [], stagesOf(properties));
    const usagePlanId = current.physicalId;
    await deleteIfThere(ctx, 'UpdateUsagePlan', { usagePlanId, patchOperations });
    await deleteIfThere(ctx, 'DeleteUsagePlan', { usagePlanId });
  },
};

export const usagePlanKey: ResourceType = {
  name: 'AWS::ApiGateway::UsagePlanKey',
  properties: {
    KeyId: required(createOnly(text)),
    KeyType: required(createOnly(text)),
    UsagePlanId: required(createOnly(text)),
  },
  attributes: ['Id'],
  async create(ctx: ResourceContext, properties: Properties) {
    const { id } = await ctx.aws.call<{ id: string }>('apigateway', 'CreateUsagePlanKey', {
      usagePlanId: textOf(properties.UsagePlanId),
      keyId: textOf(properties.KeyId),
      keyType: textOf(properties.KeyType),
    });
    const physicalId = `${id}:${textOf(properties.UsagePlanId)}`;
    return { physicalId, attributes: { Id: physicalId } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, _current, properties) {
    await deleteIfThere(ctx, 'DeleteUsagePlanKey', {
      usagePlanId: textOf(properties.UsagePlanId),
      keyId: textOf(properties.KeyId),
    });
  },
};

function throttleOf(value: unknown) {
  if (value === undefined) return undefined;
  const { BurstLimit, RateLimit } = objectOf(value);
  return given({ burstLimit: numberOf(BurstLimit), rateLimit: numberOf(RateLimit) });
}

function methodThrottles(value: unknown) {
  return Object.fromEntries(
    Object.entries(objectOf(value)).map(([name, limit]) => [name, throttleOf(limit)]),
  );
}

function quotaOf(value: unknown) {
  if (value === undefined) return undefined;
  const { Limit, Offset, Period } = objectOf(value);
  return given({ limit: numberOf(Limit), offset: numberOf(Offset), period: textOf(Period) });
}

function stagesOf(properties: Properties): string[] {
  return objectsOf(properties.ApiStages).map((stage) => `${stage.ApiId}:${stage.Stage}`);
}

/** `remove` for what is gone, `add` for what is new. */
function difference(path: string, now: readonly string[], before: readonly string[]): PatchOperation[] {
  return [
    ...before.filter((value) => !now.includes(value)).map((value) => ({ op: 'remove', path, value })),
    ...now.filter((value) => !before.includes(value)).map((value) => ({ op: 'add', path, value })),
  ];
}

function memberPatches(path: string, value: unknown, members: Record<string, string>): PatchOperation[] {
  if (value === undefined) return [{ op: 'remove', path }];
  return Object.entries(members).flatMap(([member, name]) => {
    const text = textOf(objectOf(value)[member]);
    return text === undefined ? [] : [{ op: 'replace', path: `${path}/${name}`, value: text }];
  });
}
