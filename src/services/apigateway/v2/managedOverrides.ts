/**
 * AWS::ApiGatewayV2::ApiGatewayManagedOverrides: changes what quick create made of an API.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apigatewaymanagedoverrides.html
 */
import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { BadRequestException } from '../errors.ts';
import {
  createOnly,
  flag,
  flagOf,
  given,
  list,
  map,
  number,
  numberOf,
  objectOf,
  required,
  text,
  textOf,
  textsOf,
} from '../resources/properties.ts';
import { call } from './resourceCalls.ts';

export const managedOverrides: ResourceType = {
  name: 'AWS::ApiGatewayV2::ApiGatewayManagedOverrides',
  properties: {
    ApiId: required(createOnly(text)),
    Integration: {
      type: 'object',
      members: {
        Description: text,
        IntegrationMethod: text,
        PayloadFormatVersion: text,
        TimeoutInMillis: number,
      },
    },
    Route: {
      type: 'object',
      members: {
        AuthorizationScopes: list,
        AuthorizationType: text,
        AuthorizerId: text,
        OperationName: text,
        Target: text,
      },
    },
    Stage: {
      type: 'object',
      members: {
        AccessLogSettings: { type: 'object', members: { DestinationArn: text, Format: text } },
        AutoDeploy: flag,
        DefaultRouteSettings: { type: 'object' },
        Description: text,
        RouteSettings: map,
        StageVariables: map,
      },
    },
  },
  attributes: ['Id'],
  async create(ctx, properties) {
    await override(ctx, properties);
    const id = ctx.generateName(64);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(ctx, current, properties) {
    await override(ctx, properties);
    return current;
  },
  // What was overridden stays: it goes with its API.
  async delete() {},
};

interface Managed {
  ApiGatewayManaged?: boolean;
  [member: string]: unknown;
}

async function override(ctx: ResourceContext, properties: Properties): Promise<void> {
  const ApiId = textOf(properties.ApiId);
  const managed = async (operation: string): Promise<Managed> => {
    const { Items } = await call<{ Items?: Managed[] }>(ctx, operation, { ApiId });
    const found = Items?.find((item) => item.ApiGatewayManaged);
    if (!found) throw new BadRequestException(`API ${ApiId} has nothing that quick create made`);
    return found;
  };
  if (properties.Integration) {
    const { IntegrationId } = await managed('GetIntegrations');
    const integration = objectOf(properties.Integration);
    const TimeoutInMillis = numberOf(integration.TimeoutInMillis);
    await call(ctx, 'UpdateIntegration', { ...integration, ApiId, IntegrationId, TimeoutInMillis });
  }
  if (properties.Route) {
    const { RouteId } = await managed('GetRoutes');
    await call(ctx, 'UpdateRoute', { ...objectOf(properties.Route), ApiId, RouteId });
  }
  if (properties.Stage) {
    const { StageName } = await managed('GetStages');
    const stage = objectOf(properties.Stage);
    await call(
      ctx,
      'UpdateStage',
      given({
        ...stage,
        ApiId,
        StageName,
        AutoDeploy: flagOf(stage.AutoDeploy),
        StageVariables: textsOf(stage.StageVariables),
      }),
    );
  }
}
