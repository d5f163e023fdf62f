/** The CloudFormation resource types of HTTP and WebSocket APIs. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html */
import type { Properties, PropertyRule, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { BadRequestException } from '../errors.ts';
import {
  createOnly,
  flag,
  flagOf,
  given,
  json,
  list,
  map,
  number,
  numberOf,
  objectOf,
  type Rules,
  required,
  text,
  textOf,
  textsOf,
} from '../resources/properties.ts';
import { readObject } from '../resources/restApi.ts';
import { httpDomainResources } from './domainResources.ts';
import { managedOverrides } from './managedOverrides.ts';
import { authorizer, integration, route } from './partResources.ts';
import { call, deleteIfThere } from './resourceCalls.ts';
import { setTags, tagsOf } from './resourceTags.ts';
import { socketResources } from './websocket/resources.ts';

const cors: PropertyRule = {
  type: 'object',
  members: {
    AllowCredentials: flag,
    AllowHeaders: list,
    AllowMethods: list,
    AllowOrigins: list,
    ExposeHeaders: list,
    MaxAge: number,
  },
};

function corsOf(value: unknown) {
  if (value === undefined) return undefined;
  const { AllowCredentials, MaxAge, ...lists } = objectOf(value);
  return given({ ...lists, AllowCredentials: flagOf(AllowCredentials), MaxAge: numberOf(MaxAge) });
}

interface ApiOutput {
  ApiId: string;
  ApiEndpoint: string;
}

const api: ResourceType = {
  name: 'AWS::ApiGatewayV2::Api',
  properties: {
    ApiKeySelectionExpression: text,
    BasePath: text,
    Body: json,
    BodyS3Location: { type: 'object', members: { Bucket: text, Key: text, Version: text, Etag: text } },
    CorsConfiguration: cors,
    CredentialsArn: text,
    Description: text,
    DisableExecuteApiEndpoint: flag,
    DisableSchemaValidation: flag,
    FailOnWarnings: flag,
    IpAddressType: text,
    Name: text,
    ProtocolType: createOnly(text),
    RouteKey: text,
    RouteSelectionExpression: text,
    Tags: map,
    Target: text,
    Version: text,
  },
  attributes: ['ApiEndpoint', 'ApiId'],

  async create(ctx, properties) {
    const body = await bodyOf(ctx, properties);
    let made: ApiOutput;
    if (body !== undefined) {
      made = await call<ApiOutput>(ctx, 'ImportApi', importInput(properties, body));
      const settings = settingsOf(properties);
      if (Object.keys(settings).length > 0) await call(ctx, 'UpdateApi', { ApiId: made.ApiId, ...settings });
    } else {
      if (!properties.Name || !properties.ProtocolType) {
        throw new BadRequestException('Name and ProtocolType are required without a Body');
      }
      made = await call<ApiOutput>(ctx, 'CreateApi', {
        ...settingsOf(properties),
        ProtocolType: textOf(properties.ProtocolType),
        RouteKey: textOf(properties.RouteKey),
        Target: textOf(properties.Target),
        CredentialsArn: textOf(properties.CredentialsArn),
      });
    }
    await setTags(ctx, `/apis/${made.ApiId}`, properties.Tags, {});
    return state(made);
  },

  async update(ctx, current, properties, previous) {
    const ApiId = current.physicalId;
    const changed = ['Body', 'BodyS3Location'].some(
      (name) => JSON.stringify(properties[name]) !== JSON.stringify(previous[name]),
    );
    const body = changed ? await bodyOf(ctx, properties) : undefined;
    if (body !== undefined) await call(ctx, 'ReimportApi', { ApiId, ...importInput(properties, body) });
    const settings = settingsOf(properties);
    if (Object.keys(settings).length > 0) await call(ctx, 'UpdateApi', { ApiId, ...settings });
    if (previous.CorsConfiguration !== undefined && properties.CorsConfiguration === undefined && !body) {
      await call(ctx, 'DeleteCorsConfiguration', { ApiId });
    }
    await setTags(ctx, `/apis/${ApiId}`, properties.Tags, previous.Tags);
    return state(await call<ApiOutput>(ctx, 'GetApi', { ApiId }));
  },

  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteApi', { ApiId: current.physicalId });
  },
};

function state({ ApiId, ApiEndpoint }: ApiOutput) {
  return { physicalId: ApiId, attributes: { ApiId, ApiEndpoint } };
}

function importInput(properties: Properties, Body: string) {
  return given({
    Body,
    Basepath: textOf(properties.BasePath),
    FailOnWarnings: flagOf(properties.FailOnWarnings),
  });
}

function settingsOf(properties: Properties) {
  return given({
    Name: textOf(properties.Name),
    Description: textOf(properties.Description),
    Version: textOf(properties.Version),
    ApiKeySelectionExpression: textOf(properties.ApiKeySelectionExpression),
    CorsConfiguration: corsOf(properties.CorsConfiguration),
    DisableExecuteApiEndpoint: flagOf(properties.DisableExecuteApiEndpoint),
    DisableSchemaValidation: flagOf(properties.DisableSchemaValidation),
    IpAddressType: textOf(properties.IpAddressType),
    RouteSelectionExpression: textOf(properties.RouteSelectionExpression),
  });
}

async function bodyOf(ctx: ResourceContext, properties: Properties): Promise<string | undefined> {
  const { Body, BodyS3Location } = properties;
  if (Body !== undefined) return typeof Body === 'string' ? Body : JSON.stringify(Body);
  if (BodyS3Location === undefined) return undefined;
  return Buffer.from(await readObject(ctx, objectOf(BodyS3Location))).toString();
}

const routeSettings: Rules = {
  DataTraceEnabled: flag,
  DetailedMetricsEnabled: flag,
  LoggingLevel: text,
  ThrottlingBurstLimit: number,
  ThrottlingRateLimit: number,
};

function routeSettingsOf(value: unknown) {
  if (value === undefined) return undefined;
  const settings = objectOf(value);
  return given({
    DataTraceEnabled: flagOf(settings.DataTraceEnabled),
    DetailedMetricsEnabled: flagOf(settings.DetailedMetricsEnabled),
    LoggingLevel: textOf(settings.LoggingLevel),
    ThrottlingBurstLimit: numberOf(settings.ThrottlingBurstLimit),
    ThrottlingRateLimit: numberOf(settings.ThrottlingRateLimit),
  });
}

const stage: ResourceType = {
  name: 'AWS::ApiGatewayV2::Stage',
  properties: {
    AccessLogSettings: { type: 'object', members: { DestinationArn: text, Format: text } },
    ApiId: required(createOnly(text)),
    AutoDeploy: flag,
    ClientCertificateId: text,
    DefaultRouteSettings: { type: 'object', members: routeSettings },
    DeploymentId: text,
    Description: text,
    RouteSettings: map,
    StageName: required(createOnly(text)),
    StageVariables: map,
    Tags: map,
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'CreateStage', { ...stageInput(properties), Tags: tagsOf(ctx, properties.Tags) });
    return { physicalId: textOf(properties.StageName) as string, attributes: {} };
  },
  async update(ctx, current, properties, previous) {
    const input = stageInput(properties);
    // "To remove a variable, set it to an empty value."
    const gone = Object.keys(textsOf(previous.StageVariables) ?? {}).map((name) => [name, '']);
    await call(ctx, 'UpdateStage', {
      ...input,
      StageVariables: { ...Object.fromEntries(gone), ...input.StageVariables },
    });
    const path = `/apis/${textOf(properties.ApiId)}/stages/${current.physicalId}`;
    await setTags(ctx, path, properties.Tags, previous.Tags);
    return current;
  },
  async delete(ctx, current, properties) {
    await deleteIfThere(ctx, 'DeleteStage', {
      ApiId: textOf(properties.ApiId),
      StageName: current.physicalId,
    });
  },
};

function stageInput(properties: Properties) {
  const routes = Object.entries(objectOf(properties.RouteSettings));
  return given({
    ApiId: textOf(properties.ApiId),
    StageName: textOf(properties.StageName),
    AutoDeploy: flagOf(properties.AutoDeploy),
    ClientCertificateId: textOf(properties.ClientCertificateId),
    DeploymentId: textOf(properties.DeploymentId),
    Description: textOf(properties.Description),
    StageVariables: textsOf(properties.StageVariables),
    DefaultRouteSettings: routeSettingsOf(properties.DefaultRouteSettings),
    RouteSettings:
      routes.length > 0
        ? Object.fromEntries(routes.map(([key, value]) => [key, routeSettingsOf(value)]))
        : undefined,
    AccessLogSettings: properties.AccessLogSettings,
  });
}

const deployment: ResourceType = {
  name: 'AWS::ApiGatewayV2::Deployment',
  properties: { ApiId: required(createOnly(text)), Description: text, StageName: text },
  attributes: ['DeploymentId'],
  async create(ctx, properties) {
    const { DeploymentId } = await call<{ DeploymentId: string }>(ctx, 'CreateDeployment', {
      ApiId: textOf(properties.ApiId),
      Description: textOf(properties.Description),
      StageName: textOf(properties.StageName),
    });
    return { physicalId: DeploymentId, attributes: { DeploymentId } };
  },
  async update(ctx, current, properties) {
    await call(ctx, 'UpdateDeployment', {
      ApiId: textOf(properties.ApiId),
      DeploymentId: current.physicalId,
      Description: textOf(properties.Description),
    });
    return current;
  },
  async delete(ctx, current, properties) {
    const ApiId = textOf(properties.ApiId);
    await deleteIfThere(ctx, 'DeleteDeployment', { ApiId, DeploymentId: current.physicalId });
  },
};

export const httpResources: readonly ResourceType[] = [
  api,
  stage,
  deployment,
  integration,
  route,
  authorizer,
  managedOverrides,
  ...httpDomainResources,
  ...socketResources,
];
