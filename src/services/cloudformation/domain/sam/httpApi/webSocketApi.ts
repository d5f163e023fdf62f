import type { SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { resolveParameters } from '../intrinsics.ts';
import { entriesOf } from '../python/py27.ts';
import { CfnResource, inheritedAttributes } from '../resource.ts';
import {
  boolean,
  map,
  optional,
  type ReadResource,
  required,
  type Schema,
  string,
  stringOrMap,
} from '../schema.ts';
import { propagateTags } from '../tags.ts';
import { asMap, type Dict, isEmpty, isIntrinsic, isPresent, isText, ref, sub, text } from '../values.ts';
import { httpApiDomain } from './domain.ts';
import { authorizerPermission } from './httpApi.ts';

/** AWS::Serverless::WebSocketApi. Order is the order in which SAM checks. */
export const webSocketApiSchema: Schema = {
  ApiKeySelectionExpression: optional(string),
  AccessLogSettings: optional(map),
  Auth: optional(map),
  DefaultRouteSettings: optional(map),
  Description: optional(string),
  DisableExecuteApiEndpoint: optional(boolean),
  Domain: optional(map),
  DisableSchemaValidation: optional(boolean),
  FailOnWarnings: optional(boolean),
  IpAddressType: optional(string),
  Name: optional(string),
  PropagateTags: optional(boolean),
  Routes: required(map),
  RouteSettings: optional(map),
  RouteSelectionExpression: required(string),
  StageName: optional(stringOrMap),
  StageVariables: optional(map),
  Tags: optional(map),
};

const createdBy = { 'websocketapi:createdBy': 'SAM' };
const defaultStage = 'default';
const sameNames = [
  'ApiKeySelectionExpression',
  'Description',
  'DisableExecuteApiEndpoint',
  'DisableSchemaValidation',
  'IpAddressType',
  'RouteSelectionExpression',
] as const;

export function transformWebSocketApi(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  for (const name of ['Auth', 'Domain', 'Routes']) {
    properties[name] = resolveParameters(properties[name], context.parameters);
  }
  const attributes = inheritedAttributes(resource.attributes);
  check(logicalId, properties);
  const api: Dict = { Name: properties.Name ?? logicalId, ProtocolType: 'WEBSOCKET' };
  for (const name of sameNames) api[name] = properties[name];
  api.Tags = { ...asMap(properties.Tags), ...createdBy };
  const domain = httpApiDomain(logicalId, properties.Domain, { ...createdBy }, attributes, context);
  const stage = apiStage(logicalId, properties, attributes);
  const routes = entriesOf(asMap(properties.Routes)).flatMap(([key, route]) =>
    routeResources(logicalId, key, asMap(route), properties, attributes),
  );
  if (isPresent(properties.RouteSettings)) {
    const made = routes.filter(({ type }) => type === 'AWS::ApiGatewayV2::Route');
    stage.dependsOn = made.map((route) => route.logicalId);
  }
  const resources = [
    new CfnResource(logicalId, 'AWS::ApiGatewayV2::Api', api, resource),
    ...routes,
    ...domain,
    stage,
    ...authorizer(logicalId, properties, attributes),
  ];
  propagateTags(resources, { ...asMap(properties.Tags), ...createdBy }, properties.PropagateTags);
  return resources;
}

function check(logicalId: string, properties: Dict): void {
  const refuse: (message: string) => never = (message) => {
    throw new InvalidResource(logicalId, message);
  };
  if (isEmpty(properties.Routes)) refuse('WebSocket API must have at least one route.');
  const ip = properties.IpAddressType;
  if (ip !== undefined && !isIntrinsic(ip) && !['ipv4', 'dualstack'].includes(text(ip))) {
    refuse("IpAddressType must be 'ipv4' or 'dualstack'.");
  }
  if (isPresent(asMap(properties.Domain).MutualTlsAuthentication)) {
    refuse('Mutual TLS domain name association is not supported for Websocket APIs.');
  }
  if (isPresent(properties.Auth) && !('$connect' in asMap(properties.Routes))) {
    refuse('Authorization is only available if there is a $connect route.');
  }
}

function apiStage(logicalId: string, properties: Dict, attributes: Dict): CfnResource {
  const name = properties.StageName ?? defaultStage;
  if (text(name) === '$default') {
    throw new InvalidResource(logicalId, 'Stages cannot be named $default for WebSocket APIs.');
  }
  const prefix = isText(name) ? text(name) : '';
  const { StageVariables, AccessLogSettings, DefaultRouteSettings, RouteSettings } = properties;
  return new CfnResource(
    `${logicalId}${prefix === defaultStage ? 'Default' : prefix}Stage`,
    'AWS::ApiGatewayV2::Stage',
    {
      ApiId: ref(logicalId),
      StageName: name,
      StageVariables,
      AccessLogSettings,
      DefaultRouteSettings,
      RouteSettings,
      Tags: { ...createdBy },
      AutoDeploy: true,
    },
    { attributes },
  );
}

/** A route, its integration with the function, and the permission to invoke it. */
function routeResources(
  apiId: string,
  key: string,
  route: Dict,
  properties: Dict,
  attributes: Dict,
): CfnResource[] {
  const base = apiId + routeName(apiId, key);
  if (isPresent(route.RequestParameters) && key !== '$connect') {
    throw new InvalidResource(
      apiId,
      'Request parameters are only supported for the $connect route in WebSocket APIs.',
    );
  }
  if (isPresent(properties.Auth)) checkAuth(apiId, asMap(properties.Auth));
  if (!('FunctionArn' in route)) throw new InvalidResource(apiId, 'Route must have associated function.');
  const authorization = key === '$connect' ? connectAuthorization(apiId, asMap(properties.Auth)) : {};
  const make = (suffix: string, type: string, members: Dict) =>
    new CfnResource(base + suffix, type, members, { attributes });
  return [
    make('Route', 'AWS::ApiGatewayV2::Route', {
      RouteKey: key,
      ApiId: ref(apiId),
      ApiKeyRequired: route.ApiKeyRequired,
      ModelSelectionExpression: route.ModelSelectionExpression,
      OperationName: route.OperationName,
      RequestModels: route.RequestModels,
      RequestParameters: isPresent(route.RequestParameters) ? route.RequestParameters : undefined,
      RouteResponseSelectionExpression: route.RouteResponseSelectionExpression,
      Target: { 'Fn::Join': ['/', ['integrations', ref(`${base}Integration`)]] },
      ...authorization,
    }),
    make('Integration', 'AWS::ApiGatewayV2::Integration', {
      ApiId: ref(apiId),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: invocationUri('FunctionArn', route.FunctionArn),
      TimeoutInMillis: route.IntegrationTimeout,
    }),
    make('Permission', 'AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: route.FunctionArn,
      Principal: 'apigateway.amazonaws.com',
      SourceArn: routeArn(apiId, properties.StageName ?? defaultStage, key),
    }),
  ];
}

function routeName(apiId: string, key: string): string {
  const name = ['$connect', '$disconnect', '$default'].includes(key) ? key.slice(1) : key;
  if (!/^[\p{L}\p{N}]+$/u.test(name)) {
    throw new InvalidResource(
      apiId,
      `Route key '${key}' must be alphanumeric. Only $connect, $disconnect, and $default special routes are supported.`,
    );
  }
  return name.charAt(0).toUpperCase() + name.slice(1).toLowerCase();
}

function invocationUri(name: string, functionArn: unknown): Dict {
  return sub(
    `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${name}}/invocations`,
    { [name]: functionArn },
  );
}

function routeArn(apiId: string, stage: unknown, key: string): Dict {
  const api = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${apiId}.ApiId}`;
  if (isText(stage)) return sub(`${api}/${text(stage)}/${key}`);
  return sub(`${api}/\${__StageName__}/${key}`, { __StageName__: stage });
}

function checkAuth(apiId: string, auth: Dict): void {
  const refuse: (message: string) => never = (message) => {
    throw new InvalidResource(apiId, message);
  };
  const type = auth.AuthType;
  if (isEmpty(type)) refuse('AuthType must be specified for additional auth configurations.');
  if (!['NONE', 'AWS_IAM', 'CUSTOM'].includes(text(type))) {
    refuse(`AuthType '${text(type)}' is not one of AWS_IAM, CUSTOM or NONE.`);
  }
  if (text(type) === 'CUSTOM') {
    if (isEmpty(auth.AuthArn)) refuse('AuthArn must be specified if AuthType is CUSTOM.');
  } else if (Object.keys(auth).length > 1) {
    refuse(`No additional configurations supported for AuthType ${text(type)}.`);
  }
}

function connectAuthorization(apiId: string, auth: Dict): Dict {
  if (isEmpty(auth)) return {};
  if (text(auth.AuthType) !== 'CUSTOM') return { AuthorizationType: text(auth.AuthType) };
  return { AuthorizationType: 'CUSTOM', AuthorizerId: ref(`${apiId}ConnectAuthorizer`) };
}

/** The authorizer of the $connect route, and the permission to invoke it unless a role does. */
function authorizer(apiId: string, properties: Dict, attributes: Dict): CfnResource[] {
  const auth = asMap(properties.Auth);
  if (text(auth.AuthType) !== 'CUSTOM') return [];
  const id = `${apiId}ConnectAuthorizer`;
  const made = new CfnResource(
    id,
    'AWS::ApiGatewayV2::Authorizer',
    {
      ApiId: ref(apiId),
      AuthorizerCredentialsArn: auth.InvokeRole,
      AuthorizerType: 'REQUEST',
      AuthorizerUri: invocationUri('AuthArn', auth.AuthArn),
      IdentitySource: auth.IdentitySource,
      Name: isPresent(auth.Name) ? auth.Name : id,
    },
    { attributes },
  );
  if (isPresent(auth.InvokeRole)) return [made];
  return [made, authorizerPermission(`${apiId}AuthorizerPermission`, auth.AuthArn, apiId, attributes)];
}
