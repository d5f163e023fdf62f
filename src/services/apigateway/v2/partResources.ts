/** The CloudFormation resource types of what belongs to an HTTP or WebSocket API. */
import type { Properties, ResourceType } from '../../../platform/index.ts';
import {
  createOnly,
  flag,
  flagOf,
  list,
  map,
  number,
  numberOf,
  objectOf,
  objectsOf,
  type Rules,
  required,
  text,
  textOf,
  textsOf,
} from '../resources/properties.ts';
import { call, deleteIfThere } from './resourceCalls.ts';

/** A type whose every property is a member of Create and Update by the same name. What it belongs to can't change. */
export function mirrored(
  what: string,
  properties: Rules,
  attributes: readonly string[],
  input: (properties: Properties) => object,
): ResourceType {
  const id = `${what}Id`;
  const owners = Object.keys(properties).filter((name) => properties[name]?.createOnly);
  return {
    name: `AWS::ApiGatewayV2::${what}`,
    properties,
    attributes,
    async create(ctx, given_) {
      const output = await call<Record<string, string>>(ctx, `Create${what}`, input(given_));
      const physicalId = output[id] as string;
      return { physicalId, attributes: Object.fromEntries(attributes.map((name) => [name, physicalId])) };
    },
    async update(ctx, current, given_) {
      await call(ctx, `Update${what}`, { ...input(given_), [id]: current.physicalId });
      return current;
    },
    async delete(ctx, current, given_) {
      const owned = Object.fromEntries(owners.map((name) => [name, textOf(given_[name])]));
      await deleteIfThere(ctx, `Delete${what}`, { ...owned, [id]: current.physicalId });
    },
  };
}

export const integration = mirrored(
  'Integration',
  {
    ApiId: required(createOnly(text)),
    ConnectionId: text,
    ConnectionType: text,
    ContentHandlingStrategy: text,
    CredentialsArn: text,
    Description: text,
    IntegrationMethod: text,
    IntegrationSubtype: text,
    IntegrationType: required(text),
    IntegrationUri: text,
    PassthroughBehavior: text,
    PayloadFormatVersion: text,
    RequestParameters: map,
    RequestTemplates: map,
    ResponseParameters: map,
    TemplateSelectionExpression: text,
    TimeoutInMillis: number,
    TlsConfig: { type: 'object', members: { ServerNameToVerify: text } },
  },
  ['IntegrationId'],
  (properties) => ({
    ...Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, textOf(value)])),
    RequestParameters: textsOf(properties.RequestParameters),
    RequestTemplates: textsOf(properties.RequestTemplates),
    ResponseParameters: responseParametersOf(properties.ResponseParameters),
    TimeoutInMillis: numberOf(properties.TimeoutInMillis),
    TlsConfig: properties.TlsConfig,
  }),
);

/** Status → what to map: in templates a list, `[{ Destination, Source }]`; in the API a map. */
function responseParametersOf(value: unknown): Record<string, Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  const statuses = Object.entries(objectOf(value)).map(([status, entry]) => {
    const { ResponseParameters } = objectOf(entry);
    const mapped = objectsOf(ResponseParameters).map(({ Destination, Source }) => [
      textOf(Destination) ?? '',
      textOf(Source) ?? '',
    ]);
    return [status, ResponseParameters ? Object.fromEntries(mapped) : (textsOf(entry) ?? {})];
  });
  return Object.fromEntries(statuses) as Record<string, Record<string, string>>;
}

/** Parameters with `Required`, which templates may write as a text. */
export function requirements(value: unknown): Record<string, { Required?: boolean | undefined }> | undefined {
  if (value === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(objectOf(value)).map(([name, entry]) => [
      name,
      { Required: flagOf(objectOf(entry).Required) },
    ]),
  );
}

export const route = mirrored(
  'Route',
  {
    ApiId: required(createOnly(text)),
    ApiKeyRequired: flag,
    AuthorizationScopes: list,
    AuthorizationType: text,
    AuthorizerId: text,
    ModelSelectionExpression: text,
    OperationName: text,
    RequestModels: map,
    RequestParameters: map,
    RouteKey: required(text),
    RouteResponseSelectionExpression: text,
    Target: text,
  },
  ['RouteId'],
  (properties) => ({
    ApiId: textOf(properties.ApiId),
    ApiKeyRequired: flagOf(properties.ApiKeyRequired),
    AuthorizationScopes: properties.AuthorizationScopes,
    AuthorizationType: textOf(properties.AuthorizationType),
    AuthorizerId: textOf(properties.AuthorizerId),
    ModelSelectionExpression: textOf(properties.ModelSelectionExpression),
    OperationName: textOf(properties.OperationName),
    RequestModels: textsOf(properties.RequestModels),
    RequestParameters: requirements(properties.RequestParameters),
    RouteKey: textOf(properties.RouteKey),
    RouteResponseSelectionExpression: textOf(properties.RouteResponseSelectionExpression),
    Target: textOf(properties.Target),
  }),
);

export const authorizer = mirrored(
  'Authorizer',
  {
    ApiId: required(createOnly(text)),
    AuthorizerCredentialsArn: text,
    AuthorizerPayloadFormatVersion: text,
    AuthorizerResultTtlInSeconds: number,
    AuthorizerType: required(text),
    AuthorizerUri: text,
    EnableSimpleResponses: flag,
    IdentitySource: list,
    IdentityValidationExpression: text,
    JwtConfiguration: { type: 'object', members: { Audience: list, Issuer: text } },
    Name: required(text),
  },
  ['AuthorizerId'],
  (properties) => ({
    ApiId: textOf(properties.ApiId),
    AuthorizerCredentialsArn: textOf(properties.AuthorizerCredentialsArn),
    AuthorizerPayloadFormatVersion: textOf(properties.AuthorizerPayloadFormatVersion),
    AuthorizerResultTtlInSeconds: numberOf(properties.AuthorizerResultTtlInSeconds),
    AuthorizerType: textOf(properties.AuthorizerType),
    AuthorizerUri: textOf(properties.AuthorizerUri),
    EnableSimpleResponses: flagOf(properties.EnableSimpleResponses),
    IdentitySource: properties.IdentitySource,
    IdentityValidationExpression: textOf(properties.IdentityValidationExpression),
    JwtConfiguration: properties.JwtConfiguration,
    Name: textOf(properties.Name),
  }),
);
