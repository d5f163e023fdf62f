/** AWS::ApiGateway::Resource and Method. */
import type { Properties, ResourceType } from '../../../platform/index.ts';
import {
  createOnly,
  deleteIfThere,
  flag,
  flagOf,
  flagsOf,
  given,
  list,
  map,
  number,
  numberOf,
  objectOf,
  objectsOf,
  required,
  text,
  textOf,
  textsOf,
} from './properties.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-resource.html */
export const resource: ResourceType = {
  name: 'AWS::ApiGateway::Resource',
  properties: {
    ParentId: required(createOnly(text)),
    PathPart: required(createOnly(text)),
    RestApiId: required(createOnly(text)),
  },
  attributes: ['ResourceId'],

  async create(ctx, properties) {
    const { id } = await ctx.aws.call<{ id: string }>('apigateway', 'CreateResource', {
      restApiId: textOf(properties.RestApiId),
      parentId: textOf(properties.ParentId),
      pathPart: textOf(properties.PathPart),
    });
    return { physicalId: id, attributes: { ResourceId: id } };
  },

  async update(_ctx, current) {
    return current;
  },

  async delete(ctx, current, properties) {
    const restApiId = textOf(properties.RestApiId);
    await deleteIfThere(ctx, 'DeleteResource', { restApiId, resourceId: current.physicalId });
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-method.html */
export const method: ResourceType = {
  name: 'AWS::ApiGateway::Method',
  properties: {
    ApiKeyRequired: flag,
    AuthorizationScopes: list,
    AuthorizationType: text,
    AuthorizerId: text,
    HttpMethod: required(createOnly(text)),
    Integration: {
      type: 'object',
      members: {
        CacheKeyParameters: list,
        CacheNamespace: text,
        ConnectionId: text,
        ConnectionType: text,
        ContentHandling: text,
        Credentials: text,
        IntegrationHttpMethod: text,
        IntegrationResponses: {
          type: 'array',
          members: {
            ContentHandling: text,
            ResponseParameters: map,
            ResponseTemplates: map,
            SelectionPattern: text,
            StatusCode: required(text),
          },
        },
        PassthroughBehavior: text,
        RequestParameters: map,
        RequestTemplates: map,
        ResponseTransferMode: text,
        TimeoutInMillis: number,
        Type: required(text),
        Uri: text,
      },
    },
    MethodResponses: {
      type: 'array',
      members: { ResponseModels: map, ResponseParameters: map, StatusCode: required(text) },
    },
    OperationName: text,
    RequestModels: map,
    RequestParameters: map,
    RequestValidatorId: text,
    ResourceId: required(createOnly(text)),
    RestApiId: required(createOnly(text)),
  },
  attributes: [],

  async create(ctx, properties) {
    await putMethod(ctx, properties);
    return { physicalId: ctx.generateName(128), attributes: {} };
  },

  /** The method is written anew: requests see deployments, never the method being changed. */
  async update(ctx, current, properties, previous) {
    await deleteIfThere(ctx, 'DeleteMethod', addressOf(previous));
    await putMethod(ctx, properties);
    return current;
  },

  async delete(ctx, _current, properties) {
    await deleteIfThere(ctx, 'DeleteMethod', addressOf(properties));
  },
};

function addressOf(properties: Properties) {
  return {
    restApiId: textOf(properties.RestApiId),
    resourceId: textOf(properties.ResourceId),
    httpMethod: textOf(properties.HttpMethod),
  };
}

async function putMethod(ctx: Parameters<ResourceType['create']>[0], properties: Properties): Promise<void> {
  const address = addressOf(properties);
  const call = (operation: string, input: object) => ctx.aws.call('apigateway', operation, given(input));
  await call('PutMethod', {
    ...address,
    authorizationType: textOf(properties.AuthorizationType) ?? 'NONE',
    authorizerId: textOf(properties.AuthorizerId),
    authorizationScopes: properties.AuthorizationScopes,
    apiKeyRequired: flagOf(properties.ApiKeyRequired),
    operationName: textOf(properties.OperationName),
    requestParameters: flagsOf(properties.RequestParameters),
    requestModels: textsOf(properties.RequestModels),
    requestValidatorId: textOf(properties.RequestValidatorId),
  });
  for (const response of objectsOf(properties.MethodResponses)) {
    await call('PutMethodResponse', {
      ...address,
      statusCode: textOf(response.StatusCode),
      responseParameters: flagsOf(response.ResponseParameters),
      responseModels: textsOf(response.ResponseModels),
    });
  }
  if (properties.Integration === undefined) return;
  const integration = objectOf(properties.Integration);
  await call('PutIntegration', {
    ...address,
    type: textOf(integration.Type),
    integrationHttpMethod: textOf(integration.IntegrationHttpMethod),
    uri: textOf(integration.Uri),
    connectionType: textOf(integration.ConnectionType),
    connectionId: textOf(integration.ConnectionId),
    credentials: textOf(integration.Credentials),
    requestParameters: textsOf(integration.RequestParameters),
    requestTemplates: textsOf(integration.RequestTemplates),
    responseTransferMode: textOf(integration.ResponseTransferMode),
    passthroughBehavior: textOf(integration.PassthroughBehavior),
    cacheNamespace: textOf(integration.CacheNamespace),
    cacheKeyParameters: integration.CacheKeyParameters,
    contentHandling: textOf(integration.ContentHandling),
    timeoutInMillis: numberOf(integration.TimeoutInMillis),
  });
  for (const response of objectsOf(integration.IntegrationResponses)) {
    await call('PutIntegrationResponse', {
      ...address,
      statusCode: textOf(response.StatusCode),
      selectionPattern: textOf(response.SelectionPattern),
      responseParameters: textsOf(response.ResponseParameters),
      responseTemplates: textsOf(response.ResponseTemplates),
      contentHandling: textOf(response.ContentHandling),
    });
  }
}
