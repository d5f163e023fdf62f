/** AWS::ApiGateway::Deployment and Stage. */
import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import type { PatchOperation } from '../domain/patch.ts';
import {
  createOnly,
  deleteIfThere,
  entryPatches,
  flag,
  flagOf,
  given,
  map,
  number,
  numberOf,
  objectOf,
  objectsOf,
  type Rules,
  replacements,
  required,
  setTags,
  tagsOf,
  text,
  textOf,
  textsOf,
} from './properties.ts';

const methodSetting: Rules = {
  CacheDataEncrypted: flag,
  CacheTtlInSeconds: number,
  CachingEnabled: flag,
  DataTraceEnabled: flag,
  HttpMethod: text,
  LoggingLevel: text,
  MetricsEnabled: flag,
  ResourcePath: text,
  ThrottlingBurstLimit: number,
  ThrottlingRateLimit: number,
};

const canarySetting: Rules = { PercentTraffic: number, StageVariableOverrides: map, UseStageCache: flag };

const stageSettings: Rules = {
  AccessLogSetting: { type: 'object', members: { DestinationArn: text, Format: text } },
  CacheClusterEnabled: flag,
  CacheClusterSize: text,
  CanarySetting: { type: 'object', members: { ...canarySetting, DeploymentId: text } },
  ClientCertificateId: text,
  Description: text,
  DocumentationVersion: text,
  MethodSettings: { type: 'array', members: methodSetting },
  Tags: { type: 'tags' },
  TracingEnabled: flag,
  Variables: map,
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html */
export const deployment: ResourceType = {
  name: 'AWS::ApiGateway::Deployment',
  properties: {
    DeploymentCanarySettings: createOnly({ type: 'object', members: canarySetting }),
    Description: text,
    RestApiId: required(createOnly(text)),
    StageName: createOnly(text),
    StageDescription: { type: 'object', members: { ...stageSettings, ...methodSetting } },
  },
  attributes: ['DeploymentId'],

  async create(ctx, properties) {
    const restApiId = textOf(properties.RestApiId) as string;
    const stageName = textOf(properties.StageName);
    const described = objectOf(properties.StageDescription);
    const { id } = await ctx.aws.call<{ id: string }>(
      'apigateway',
      'CreateDeployment',
      given({
        restApiId,
        stageName,
        description: textOf(properties.Description),
        stageDescription: textOf(described.Description),
        variables: textsOf(described.Variables),
        canarySettings: canaryOf(properties.DeploymentCanarySettings),
      }),
    );
    if (stageName) await patchStage(ctx, restApiId, stageName, described, {});
    return { physicalId: id, attributes: { DeploymentId: id } };
  },

  async update(ctx, current, properties, previous) {
    const restApiId = textOf(properties.RestApiId) as string;
    const stageName = textOf(properties.StageName);
    const patchOperations = replacements({ Description: '/description' }, properties, previous);
    if (patchOperations.length > 0) {
      const deploymentId = current.physicalId;
      await ctx.aws.call('apigateway', 'UpdateDeployment', { restApiId, deploymentId, patchOperations });
    }
    if (stageName) {
      await patchStage(
        ctx,
        restApiId,
        stageName,
        objectOf(properties.StageDescription),
        objectOf(previous.StageDescription),
      );
    }
    return current;
  },

  /** The stage that the deployment itself made goes with it, unless a newer deployment has taken it over. */
  async delete(ctx, current, properties) {
    const restApiId = textOf(properties.RestApiId) as string;
    const stageName = textOf(properties.StageName);
    if (stageName) {
      const { item } = await ctx.aws
        .call<{ item?: { stageName: string }[] }>('apigateway', 'GetStages', {
          restApiId,
          deploymentId: current.physicalId,
        })
        .catch(() => ({ item: [] }));
      if (item?.some((stage) => stage.stageName === stageName)) {
        await deleteIfThere(ctx, 'DeleteStage', { restApiId, stageName });
      }
    }
    await deleteIfThere(ctx, 'DeleteDeployment', { restApiId, deploymentId: current.physicalId });
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-stage.html */
export const stage: ResourceType = {
  name: 'AWS::ApiGateway::Stage',
  properties: {
    ...stageSettings,
    DeploymentId: text,
    RestApiId: required(createOnly(text)),
    StageName: createOnly(text),
  },
  attributes: [],

  async create(ctx, properties) {
    const restApiId = textOf(properties.RestApiId) as string;
    const stageName = textOf(properties.StageName) ?? ctx.generateName(128).replaceAll('-', '_');
    await ctx.aws.call(
      'apigateway',
      'CreateStage',
      given({
        restApiId,
        stageName,
        deploymentId: textOf(properties.DeploymentId),
        description: textOf(properties.Description),
        variables: textsOf(properties.Variables),
        cacheClusterEnabled: flagOf(properties.CacheClusterEnabled),
        cacheClusterSize: textOf(properties.CacheClusterSize),
        documentationVersion: textOf(properties.DocumentationVersion),
        tracingEnabled: flagOf(properties.TracingEnabled),
        tags: tagsOf(ctx, properties.Tags),
      }),
    );
    const { Variables: _v, Description: _d, ...rest } = properties;
    await patchStage(ctx, restApiId, stageName, rest, {});
    return { physicalId: stageName, attributes: {} };
  },

  async update(ctx, current, properties, previous) {
    const restApiId = textOf(properties.RestApiId) as string;
    await patchStage(ctx, restApiId, current.physicalId, properties, previous);
    const path = `/restapis/${restApiId}/stages/${current.physicalId}`;
    await setTags(ctx, path, tagsOf(ctx, properties.Tags), tagsOf(ctx, previous.Tags));
    return current;
  },

  async delete(ctx, current, properties) {
    await deleteIfThere(ctx, 'DeleteStage', {
      restApiId: textOf(properties.RestApiId),
      stageName: current.physicalId,
    });
  },
};

async function patchStage(
  ctx: ResourceContext,
  restApiId: string,
  stageName: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const patchOperations: PatchOperation[] = [
    ...replacements(
      {
        DeploymentId: '/deploymentId',
        Description: '/description',
        CacheClusterEnabled: '/cacheClusterEnabled',
        CacheClusterSize: '/cacheClusterSize',
        ClientCertificateId: '/clientCertificateId',
        DocumentationVersion: '/documentationVersion',
        TracingEnabled: '/tracingEnabled',
      },
      withDefaults(properties),
      withDefaults(previous),
    ),
    ...entryPatches('/variables', textsOf(properties.Variables) ?? {}, textsOf(previous.Variables) ?? {}),
    ...accessLogPatches(properties, previous),
    ...canaryPatches(properties.CanarySetting, previous.CanarySetting),
    ...methodSettingPatches(settingsOf(properties), settingsOf(previous)),
  ];
  if (patchOperations.length > 0) {
    await ctx.aws.call('apigateway', 'UpdateStage', { restApiId, stageName, patchOperations });
  }
}

function withDefaults(properties: Properties): Properties {
  return { CacheClusterEnabled: false, TracingEnabled: false, ...properties };
}

function canaryOf(value: unknown) {
  if (value === undefined) return undefined;
  const { PercentTraffic, StageVariableOverrides, UseStageCache } = objectOf(value);
  return given({
    percentTraffic: numberOf(PercentTraffic),
    stageVariableOverrides: textsOf(StageVariableOverrides),
    useStageCache: flagOf(UseStageCache),
  });
}

function canaryPatches(now: unknown, before: unknown): PatchOperation[] {
  if (now === undefined) return before === undefined ? [] : [{ op: 'remove', path: '/canarySettings' }];
  const path = '/canarySettings/';
  const overrides = (value: unknown) => textsOf(objectOf(value).StageVariableOverrides) ?? {};
  return [
    ...replacements(
      {
        DeploymentId: `${path}deploymentId`,
        PercentTraffic: `${path}percentTraffic`,
        UseStageCache: `${path}useStageCache`,
      },
      { PercentTraffic: 0, UseStageCache: false, ...objectOf(now) },
      objectOf(before),
    ).filter(({ value }) => value !== ''),
    ...entryPatches(`${path}stageVariableOverrides`, overrides(now), overrides(before)),
  ];
}

function accessLogPatches(properties: Properties, previous: Properties): PatchOperation[] {
  const now = properties.AccessLogSetting;
  if (now === undefined) {
    return previous.AccessLogSetting === undefined ? [] : [{ op: 'remove', path: '/accessLogSettings' }];
  }
  return replacements(
    { DestinationArn: '/accessLogSettings/destinationArn', Format: '/accessLogSettings/format' },
    objectOf(now),
    objectOf(previous.AccessLogSetting),
  );
}

const settingPaths: Record<string, string> = {
  CacheDataEncrypted: 'caching/dataEncrypted',
  CacheTtlInSeconds: 'caching/ttlInSeconds',
  CachingEnabled: 'caching/enabled',
  DataTraceEnabled: 'logging/dataTrace',
  LoggingLevel: 'logging/loglevel',
  MetricsEnabled: 'metrics/enabled',
  ThrottlingBurstLimit: 'throttling/burstLimit',
  ThrottlingRateLimit: 'throttling/rateLimit',
};

/** `path/METHOD` → the settings. A deployment's stage description may give those of all methods in place. */
function settingsOf(properties: Properties): Record<string, Record<string, unknown>> {
  const settings: Record<string, Record<string, unknown>> = {};
  const direct = Object.keys(settingPaths).some((name) => properties[name] !== undefined);
  const listed = objectsOf(properties.MethodSettings);
  for (const setting of direct
    ? [{ ...properties, ResourcePath: '/*', HttpMethod: '*' }, ...listed]
    : listed) {
    const path = (textOf(setting.ResourcePath) ?? '/*').replace(/^\/(?=\*$)/, '').replaceAll('/', '~1');
    settings[`${path}/${textOf(setting.HttpMethod) ?? '*'}`] = setting;
  }
  return settings;
}

function methodSettingPatches(
  now: Record<string, Record<string, unknown>>,
  before: Record<string, Record<string, unknown>>,
): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const key of Object.keys(before)) {
    if (!(key in now)) operations.push({ op: 'remove', path: `/${key}` });
  }
  for (const [key, setting] of Object.entries(now)) {
    for (const [name, path] of Object.entries(settingPaths)) {
      const value = textOf(setting[name]);
      if (value !== undefined && value !== textOf(before[key]?.[name])) {
        operations.push({ op: 'replace', path: `/${key}/${path}`, value });
      }
    }
  }
  return operations;
}
