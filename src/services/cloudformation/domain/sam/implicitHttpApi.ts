import { eventProperty, expectMap, property } from './expect.ts';
import type { ImplicitApiKind } from './implicitApi.ts';
import { anyMethod } from './openapi/document.ts';
import { defaultRoute, HttpApiDocument, isValidOpenApi, openApiSkeleton } from './openapi/httpOpenApi.ts';
import { put, py, str } from './python/py27.ts';
import { conditional, type Dict, isEmpty, isMap, isPresent, text } from './values.ts';

/** `ServerlessHttpApi`, the API behind events of type HttpApi that name none. */
export const implicitHttpApi: ImplicitApiKind = {
  eventType: 'HttpApi',
  resourceType: 'AWS::Serverless::HttpApi',
  section: 'HttpApi',
  apiId: 'ServerlessHttpApi',
  idProperty: 'ApiId',
  make: () => ({
    Type: 'AWS::Serverless::HttpApi',
    Properties: py({ DefinitionBody: openApiSkeleton(), __MANAGE_SWAGGER: true }),
  }),
  isDefinition: isValidOpenApi,
  edit: (body) => new HttpApiDocument(body),
  finish: (document) => (document as HttpApiDocument).openapi,
  prepare: (properties) => {
    // An event that says neither path nor method takes whatever no other route takes.
    if (isMap(properties) && isEmpty(properties.Path) && isEmpty(properties.Method)) {
      put(properties, 'Path', str(defaultRoute));
      put(properties, 'Method', str(anyMethod));
    }
    return properties;
  },
  settle: addRouteSettings,
};

function addRouteSettings(eventId: string, event: Dict, apiId: string, api: Dict, condition: unknown): void {
  if (!('RouteSettings' in event)) return;
  const method = text(event.Method);
  const route = method === anyMethod ? text(event.Path) : `${method.toUpperCase()} ${text(event.Path)}`;
  const properties = api.Properties as Dict;
  const settings = expectMap(properties.RouteSettings ?? {}, property(apiId, 'RouteSettings'));
  const own = isPresent(condition) ? conditional(condition, event.RouteSettings ?? {}) : event.RouteSettings;
  const given = expectMap(own, eventProperty(eventId, 'RouteSettings'));
  settings[route] = { ...(settings[route] as Dict | undefined), ...given };
  properties.RouteSettings = settings;
}
