import { arnTemplate, partitionReference } from '../context.ts';
import { InvalidEvent, InvalidResource, SamTransformError } from '../errors.ts';
import { expectMap, property } from '../expect.ts';
import { pythonText } from '../intrinsics.ts';
import { anyMethod } from '../openapi/document.ts';
import { defaultRoute, HttpApiDocument } from '../openapi/httpOpenApi.ts';
import { pathWithWildcards } from '../openapi/swaggerParts.ts';
import type { CfnResource } from '../resource.ts';
import { integer, map, optional, type Schema, string } from '../schema.ts';
import { asMap, type Dict, isEmpty, isMap, isPresent, isText, sub, text } from '../values.ts';
import { integrationUri } from './api.ts';
import type { EventSource, EventTarget, LinkedEvent } from './eventSource.ts';
import { invokePermission } from './permission.ts';

const schema: Schema = {
  Path: optional(string),
  Method: optional(string),
  ApiId: optional(string),
  Stage: optional(string),
  Auth: optional(map),
  TimeoutInMillis: optional(integer),
  RouteSettings: optional(map),
  PayloadFormatVersion: optional(string),
};

/** Event of type HttpApi: a route of an HTTP API of the same template invokes the function. */
export const httpApiEvent: EventSource = {
  schema,
  link: (event, context) => {
    const given = event.properties.ApiId;
    const apiId = isMap(given) && 'Ref' in given ? given.Ref : given;
    return { apiId, api: asMap(asMap(context.resources[text(apiId)]).Properties) };
  },
  transform: (event, to) => {
    const permission = routePermission(event, to);
    addIntegration(event, to);
    return permission ? [permission] : [];
  },
};

function routePermission(event: LinkedEvent, to: EventTarget): CfnResource | undefined {
  const api = event.link.api as Dict;
  const method = text(event.properties.Method).toLowerCase();
  const isAny = method === 'any' || method === anyMethod;
  let path = text(event.properties.Path).replace(/^(.+)\/$/, '$1');
  const document = isPresent(api.DefinitionBody) ? openDocument(event, api.DefinitionBody) : undefined;
  if (path === defaultRoute) path = '';
  else if (document?.invokes(defaultRoute, anyMethod, to.target.logicalId)) return undefined;
  path = pathWithWildcards(path);
  const route =
    method === 'any' && path === `/${defaultRoute}` ? path : `/${isAny ? '*' : method.toUpperCase()}${path}`;
  const arn = arnTemplate(partitionReference, 'execute-api', `\${__ApiId__}/\${__Stage__}${route}`);
  return invokePermission(event.logicalId, to.target, {
    principal: 'apigateway.amazonaws.com',
    sourceArn: sub(arn, { __ApiId__: event.properties.ApiId, __Stage__: '*' }),
  });
}

function openDocument(event: LinkedEvent, body: unknown): HttpApiDocument {
  try {
    return new HttpApiDocument(body);
  } catch (error) {
    if (!(error instanceof SamTransformError)) throw error;
    const messages = error.errors.map(({ message }) => message).join(' ');
    throw new InvalidResource(text(event.link.apiId), messages);
  }
}

function addIntegration(event: LinkedEvent, to: EventTarget): void {
  const { id, properties } = event;
  const api = event.link.api as Dict;
  if (api.DefinitionBody === undefined || api.DefinitionBody === null) return;
  const path = text(properties.Path);
  const method = text(properties.Method).toLowerCase();
  const document = new HttpApiDocument(api.DefinitionBody);
  if (isPresent(api.__MANAGE_SWAGGER) && document.hasIntegration(path, method)) {
    throw new InvalidEvent(id, `API method '${method}' defined multiple times for path '${path}'.`);
  }
  const uri = integrationUri(to.target, partitionReference);
  // The values themselves: whether SAM or the template wrote them shows in the hash of a deployment.
  document.addLambdaIntegration(
    properties.Path as string,
    properties.Method as string,
    uri,
    to.target.attributes.Condition,
  );
  if (isPresent(properties.Auth)) addAuth(event, api, document, path, method);
  if (isPresent(properties.TimeoutInMillis))
    document.setIntegrationTimeout(path, method, properties.TimeoutInMillis);
  const names = [...path.matchAll(/\{(.*?)\}/g)].map((match) => match[1] ?? '');
  if (names.length > 0) document.addPathParameters(path, method, names);
  if (isPresent(properties.PayloadFormatVersion)) {
    document.setPayloadFormatVersion(path, method, properties.PayloadFormatVersion);
  }
  api.DefinitionBody = document.openapi;
}

function addAuth(
  event: LinkedEvent,
  api: Dict,
  document: HttpApiDocument,
  path: string,
  method: string,
): void {
  const auth = event.properties.Auth as Dict;
  const apiAuth = expectMap(api.Auth ?? {}, property(text(event.link.apiId), 'Auth'));
  if (isEmpty(auth.Authorizer)) {
    if (isEmpty(apiAuth.DefaultAuthorizer)) {
      throw new InvalidEvent(
        event.id,
        "'Auth' section requires either an explicit 'Authorizer' set or a 'DefaultAuthorizer' configured on the HttpApi.",
      );
    }
    auth.Authorizer = apiAuth.DefaultAuthorizer;
  }
  const where = `on API method [${method}] for path [${path}]`;
  const refuse: (message: string) => never = (message) => {
    throw new InvalidEvent(event.id, `Unable to set Authorizer ${message}`);
  };
  const authorizer = auth.Authorizer;
  const named = `[${pythonText(authorizer)}] ${where}`;
  // Without any Auth of the API there is nothing to look into, which SAM tells from Authorizers that are missing.
  const known = isEmpty(apiAuth) ? {} : apiAuth.Authorizers;
  if (text(authorizer) === 'NONE') {
    if (isEmpty(apiAuth.DefaultAuthorizer)) {
      refuse(
        `${where} because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.`,
      );
    }
  } else if (text(authorizer) !== 'AWS_IAM' || apiAuth.EnableIamAuthorizer !== true) {
    if (!isText(authorizer) || !isMap(known)) {
      refuse(
        `${named}. The method authorizer must be a string with a corresponding dict entry in the api authorizer.`,
      );
    }
    if (isEmpty(known)) refuse(`${named} because the related API does not define any Authorizers.`);
    if (isEmpty(known[text(authorizer)]))
      refuse(`${named} because it wasn't defined in the API's Authorizers.`);
  }
  if (isPresent(auth.AuthorizationScopes) && !Array.isArray(auth.AuthorizationScopes)) {
    refuse(`${where} because 'AuthorizationScopes' must be a list of strings.`);
  }
  document.addAuthorizer(path, method, text(authorizer), known, auth.AuthorizationScopes);
}
