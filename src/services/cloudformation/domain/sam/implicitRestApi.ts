import type { ImplicitApiKind } from './implicitApi.ts';
import { SwaggerDocument } from './openapi/swagger.ts';
import { isValidSwagger, swaggerSkeleton } from './openapi/swaggerParts.ts';
import { py, str } from './python/py27.ts';
import { isEmpty } from './values.ts';

/** `ServerlessRestApi`, the API behind events of type Api that name none. */
export const implicitRestApi: ImplicitApiKind = {
  eventType: 'Api',
  resourceType: 'AWS::Serverless::Api',
  section: 'Api',
  apiId: 'ServerlessRestApi',
  idProperty: 'RestApiId',
  make: () => ({
    Type: 'AWS::Serverless::Api',
    Properties: py({ StageName: str('Prod'), DefinitionBody: swaggerSkeleton(), __MANAGE_SWAGGER: true }),
  }),
  isDefinition: isValidSwagger,
  edit: (body) => new SwaggerDocument(body),
  finish: (document) => (document as SwaggerDocument).swagger,
  prepare: (properties) => (isEmpty(properties) ? undefined : properties),
};
