/** The CloudFormation resource types that only WebSocket APIs have. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html */
import type { ResourceType } from '../../../../platform/index.ts';
import { createOnly, json, map, required, text, textOf, textsOf } from '../../resources/properties.ts';
import { mirrored, requirements } from '../partResources.ts';

const routeResponse = mirrored(
  'RouteResponse',
  {
    ApiId: required(createOnly(text)),
    ModelSelectionExpression: text,
    ResponseModels: map,
    ResponseParameters: map,
    RouteId: required(createOnly(text)),
    RouteResponseKey: required(text),
  },
  ['RouteResponseId'],
  (properties) => ({
    ApiId: textOf(properties.ApiId),
    ModelSelectionExpression: textOf(properties.ModelSelectionExpression),
    ResponseModels: textsOf(properties.ResponseModels),
    ResponseParameters: requirements(properties.ResponseParameters),
    RouteId: textOf(properties.RouteId),
    RouteResponseKey: textOf(properties.RouteResponseKey),
  }),
);

const integrationResponse = mirrored(
  'IntegrationResponse',
  {
    ApiId: required(createOnly(text)),
    ContentHandlingStrategy: text,
    IntegrationId: required(createOnly(text)),
    IntegrationResponseKey: required(text),
    ResponseParameters: map,
    ResponseTemplates: map,
    TemplateSelectionExpression: text,
  },
  ['IntegrationResponseId'],
  (properties) => ({
    ApiId: textOf(properties.ApiId),
    ContentHandlingStrategy: textOf(properties.ContentHandlingStrategy),
    IntegrationId: textOf(properties.IntegrationId),
    IntegrationResponseKey: textOf(properties.IntegrationResponseKey),
    ResponseParameters: textsOf(properties.ResponseParameters),
    ResponseTemplates: textsOf(properties.ResponseTemplates),
    TemplateSelectionExpression: textOf(properties.TemplateSelectionExpression),
  }),
);

const model = mirrored(
  'Model',
  {
    ApiId: required(createOnly(text)),
    ContentType: text,
    Description: text,
    Name: required(text),
    Schema: required(json),
  },
  ['ModelId'],
  (properties) => ({
    ApiId: textOf(properties.ApiId),
    ContentType: textOf(properties.ContentType),
    Description: textOf(properties.Description),
    Name: textOf(properties.Name),
    Schema: textOf(properties.Schema),
  }),
);

export const socketResources: readonly ResourceType[] = [routeResponse, integrationResponse, model];
