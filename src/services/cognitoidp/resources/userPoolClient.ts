/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolclient.html */
import type { ResourceState, ResourceType } from '../../../platform/index.ts';
import {
  call,
  createOnly,
  flag,
  list,
  number,
  object,
  required,
  text,
  unlessMissing,
  without,
} from './steps.ts';

interface Answer {
  UserPoolClient: { ClientId: string; ClientName: string; ClientSecret?: string };
}

export const userPoolClient: ResourceType = {
  name: 'AWS::Cognito::UserPoolClient',
  properties: {
    AccessTokenValidity: number,
    AllowedOAuthFlows: list,
    AllowedOAuthFlowsUserPoolClient: flag,
    AllowedOAuthScopes: list,
    AnalyticsConfiguration: object({
      ApplicationArn: text,
      ApplicationId: text,
      ExternalId: text,
      RoleArn: text,
      UserDataShared: flag,
    }),
    AuthSessionValidity: number,
    CallbackURLs: list,
    ClientName: text,
    DefaultRedirectURI: text,
    EnablePropagateAdditionalUserContextData: flag,
    EnableTokenRevocation: flag,
    ExplicitAuthFlows: list,
    GenerateSecret: createOnly(flag),
    IdTokenValidity: number,
    LogoutURLs: list,
    PreventUserExistenceErrors: text,
    ReadAttributes: list,
    RefreshTokenRotation: object({ Feature: text, RetryGracePeriodSeconds: number }),
    RefreshTokenValidity: number,
    SupportedIdentityProviders: list,
    TokenValidityUnits: object({ AccessToken: text, IdToken: text, RefreshToken: text }),
    UserPoolId: required(createOnly(text)),
    WriteAttributes: list,
  },
  attributes: ['ClientId', 'ClientSecret', 'Name'],
  async create(ctx, properties) {
    const ClientName = properties.ClientName ?? ctx.generateName(128, { withoutStack: true });
    return stateOf(await call<Answer>(ctx, 'CreateUserPoolClient', { ...properties, ClientName }));
  },
  async update(ctx, current, properties) {
    return stateOf(
      await call<Answer>(ctx, 'UpdateUserPoolClient', {
        ...without(properties, ['GenerateSecret']),
        ClientId: current.physicalId,
      }),
    );
  },
  delete: (ctx, { physicalId: ClientId }, { UserPoolId }) =>
    unlessMissing(call(ctx, 'DeleteUserPoolClient', { UserPoolId, ClientId })),
};

function stateOf({ UserPoolClient: { ClientId, ClientName, ClientSecret } }: Answer): ResourceState {
  return {
    physicalId: ClientId,
    attributes: { ClientId, Name: ClientName, ...(ClientSecret === undefined ? {} : { ClientSecret }) },
  };
}
