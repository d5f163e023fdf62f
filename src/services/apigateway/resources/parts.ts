/** AWS::ApiGateway::Model, RequestValidator, Authorizer, GatewayResponse and Account. */
import type { ResourceType } from '../../../platform/index.ts';
import {
  createOnly,
  deleteIfThere,
  flag,
  flagOf,
  given,
  json,
  list,
  map,
  number,
  numberOf,
  replacements,
  required,
  text,
  textOf,
  textsOf,
} from './properties.ts';

export const model: ResourceType = {
  name: 'AWS::ApiGateway::Model',
  properties: {
    ContentType: createOnly(text),
    Description: text,
    Name: createOnly(text),
    RestApiId: required(createOnly(text)),
    Schema: json,
  },
  attributes: [],
  async create(ctx, properties) {
    const name = textOf(properties.Name) ?? ctx.generateName(128).replaceAll(/[^a-zA-Z0-9]/g, '');
    await ctx.aws.call(
      'apigateway',
      'CreateModel',
      given({
        restApiId: textOf(properties.RestApiId),
        name,
        description: textOf(properties.Description),
        contentType: textOf(properties.ContentType) ?? 'application/json',
        schema: textOf(properties.Schema) ?? '{}',
      }),
    );
    return { physicalId: name, attributes: {} };
  },
  async update(ctx, current, properties, previous) {
    await ctx.aws.call('apigateway', 'UpdateModel', {
      restApiId: textOf(properties.RestApiId),
      modelName: current.physicalId,
      patchOperations: replacements({ Description: '/description', Schema: '/schema' }, properties, previous),
    });
    return current;
  },
  async delete(ctx, current, properties) {
    const restApiId = textOf(properties.RestApiId);
    await deleteIfThere(ctx, 'DeleteModel', { restApiId, modelName: current.physicalId });
  },
};

export const requestValidator: ResourceType = {
  name: 'AWS::ApiGateway::RequestValidator',
  properties: {
    Name: createOnly(text),
    RestApiId: required(createOnly(text)),
    ValidateRequestBody: flag,
    ValidateRequestParameters: flag,
  },
  attributes: ['RequestValidatorId'],
  async create(ctx, properties) {
    const { id } = await ctx.aws.call<{ id: string }>(
      'apigateway',
      'CreateRequestValidator',
      given({
        restApiId: textOf(properties.RestApiId),
        name: textOf(properties.Name),
        validateRequestBody: flagOf(properties.ValidateRequestBody),
        validateRequestParameters: flagOf(properties.ValidateRequestParameters),
      }),
    );
    return { physicalId: id, attributes: { RequestValidatorId: id } };
  },
  async update(ctx, current, properties) {
    await ctx.aws.call('apigateway', 'UpdateRequestValidator', {
      restApiId: textOf(properties.RestApiId),
      requestValidatorId: current.physicalId,
      patchOperations: [
        {
          op: 'replace',
          path: '/validateRequestBody',
          value: String(flagOf(properties.ValidateRequestBody) ?? false),
        },
        {
          op: 'replace',
          path: '/validateRequestParameters',
          value: String(flagOf(properties.ValidateRequestParameters) ?? false),
        },
      ],
    });
    return current;
  },
  async delete(ctx, current, properties) {
    await deleteIfThere(ctx, 'DeleteRequestValidator', {
      restApiId: textOf(properties.RestApiId),
      requestValidatorId: current.physicalId,
    });
  },
};

export const authorizer: ResourceType = {
  name: 'AWS::ApiGateway::Authorizer',
  properties: {
    AuthType: text,
    AuthorizerCredentials: text,
    AuthorizerResultTtlInSeconds: number,
    AuthorizerUri: text,
    IdentitySource: text,
    IdentityValidationExpression: text,
    Name: required(text),
    ProviderARNs: list,
    RestApiId: required(createOnly(text)),
    Type: required(text),
  },
  attributes: ['AuthorizerId'],
  async create(ctx, properties) {
    const { id } = await ctx.aws.call<{ id: string }>(
      'apigateway',
      'CreateAuthorizer',
      given({
        restApiId: textOf(properties.RestApiId),
        name: textOf(properties.Name),
        type: textOf(properties.Type),
        providerARNs: properties.ProviderARNs,
        authType: textOf(properties.AuthType),
        authorizerUri: textOf(properties.AuthorizerUri),
        authorizerCredentials: textOf(properties.AuthorizerCredentials),
        identitySource: textOf(properties.IdentitySource),
        identityValidationExpression: textOf(properties.IdentityValidationExpression),
        authorizerResultTtlInSeconds: numberOf(properties.AuthorizerResultTtlInSeconds),
      }),
    );
    return { physicalId: id, attributes: { AuthorizerId: id } };
  },
  async update(ctx, current, properties, previous) {
    const arns = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
    const now = arns(properties.ProviderARNs);
    const before = arns(previous.ProviderARNs);
    const withTtl = { AuthorizerResultTtlInSeconds: 300 };
    await ctx.aws.call('apigateway', 'UpdateAuthorizer', {
      restApiId: textOf(properties.RestApiId),
      authorizerId: current.physicalId,
      patchOperations: [
        ...replacements(
          {
            Name: '/name',
            Type: '/type',
            AuthType: '/authType',
            AuthorizerUri: '/authorizerUri',
            AuthorizerCredentials: '/authorizerCredentials',
            IdentitySource: '/identitySource',
            IdentityValidationExpression: '/identityValidationExpression',
            AuthorizerResultTtlInSeconds: '/authorizerResultTtlInSeconds',
          },
          { ...withTtl, ...properties },
          { ...withTtl, ...previous },
        ),
        ...now
          .filter((arn) => !before.includes(arn))
          .map((value) => ({ op: 'add', path: '/providerARNs', value })),
        ...before
          .filter((arn) => !now.includes(arn))
          .map((value) => ({ op: 'remove', path: '/providerARNs', value })),
      ],
    });
    return current;
  },
  async delete(ctx, current, properties) {
    const restApiId = textOf(properties.RestApiId);
    await deleteIfThere(ctx, 'DeleteAuthorizer', { restApiId, authorizerId: current.physicalId });
  },
};

export const gatewayResponse: ResourceType = {
  name: 'AWS::ApiGateway::GatewayResponse',
  properties: {
    ResponseParameters: map,
    ResponseTemplates: map,
    ResponseType: required(createOnly(text)),
    RestApiId: required(createOnly(text)),
    StatusCode: text,
  },
  attributes: ['Id'],
  async create(ctx, properties) {
    await ctx.aws.call('apigateway', 'PutGatewayResponse', gatewayResponseInput(properties));
    const id = ctx.generateName(64);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(ctx, current, properties) {
    await ctx.aws.call('apigateway', 'PutGatewayResponse', gatewayResponseInput(properties));
    return current;
  },
  async delete(ctx, _current, properties) {
    await deleteIfThere(ctx, 'DeleteGatewayResponse', {
      restApiId: textOf(properties.RestApiId),
      responseType: textOf(properties.ResponseType),
    });
  },
};

function gatewayResponseInput(properties: Readonly<Record<string, unknown>>): object {
  return given({
    restApiId: textOf(properties.RestApiId),
    responseType: textOf(properties.ResponseType),
    statusCode: textOf(properties.StatusCode),
    responseParameters: textsOf(properties.ResponseParameters),
    responseTemplates: textsOf(properties.ResponseTemplates),
  });
}

export const account: ResourceType = {
  name: 'AWS::ApiGateway::Account',
  properties: { CloudWatchRoleArn: text },
  attributes: ['Id'],
  async create(ctx, properties) {
    await setRole(ctx, properties);
    const id = ctx.generateName(64);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(ctx, current, properties) {
    await setRole(ctx, properties);
    return current;
  },
  // The account's settings outlive the stack that set them, as on AWS.
  async delete() {},
};

async function setRole(
  ctx: Parameters<ResourceType['create']>[0],
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const value = textOf(properties.CloudWatchRoleArn);
  const operation =
    value === undefined
      ? { op: 'remove', path: '/cloudwatchRoleArn' }
      : { op: 'replace', path: '/cloudwatchRoleArn', value };
  await ctx.aws.call('apigateway', 'UpdateAccount', { patchOperations: [operation] });
}
