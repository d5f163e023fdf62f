/** A deployment, prepared once for all its requests. */
import { javaRegex } from './javaRegex.ts';
import { Routes } from './routes.ts';
import type {
  ApiSnapshot,
  Authorizer,
  GatewayResponse,
  Integration,
  IntegrationResponse,
  Method,
  Model,
  RequestValidator,
  RestApi,
} from './types.ts';

export interface CompiledMethod {
  resourceId: string;
  resourcePath: string;
  method: Method;
  integration: Integration;
  authorizer: Authorizer | undefined;
  validator: RequestValidator | undefined;
  /** The integration's request parameters, read. */
  requestMappings: readonly RequestMapping[];
  /** The integration's responses, read. */
  responses: readonly CompiledResponse[];
}

export interface CompiledResponse {
  response: IntegrationResponse;
  /** Absent for the one that answers what no other does; never matching where the pattern is no regular expression. */
  pattern: RegExp | undefined;
  isDefault: boolean;
  /** Lower-case header → where its value is. */
  headers: readonly (readonly [name: string, expression: string])[];
}

/** `integration.request.header.X` → `method.request.…`. */
export interface RequestMapping {
  place: 'path' | 'querystring' | 'header';
  name: string;
  expression: string;
}

export interface CompiledApi {
  api: RestApi;
  routes: Routes<CompiledMethod>;
  gatewayResponses: ReadonlyMap<string, GatewayResponse>;
  models: ReadonlyMap<string, Model>;
}

export function compileApi(snapshot: ApiSnapshot): CompiledApi {
  const routes = new Routes<CompiledMethod>();
  for (const resource of snapshot.resources) {
    for (const method of Object.values(resource.resourceMethods)) {
      if (!method.methodIntegration) continue;
      routes.add(method.httpMethod, resource.path, {
        resourceId: resource.id,
        resourcePath: resource.path,
        method,
        integration: method.methodIntegration,
        authorizer: snapshot.authorizers.find((authorizer) => authorizer.id === method.authorizerId),
        validator: snapshot.validators.find((validator) => validator.id === method.requestValidatorId),
        requestMappings: requestMappingsOf(method.methodIntegration),
        responses: Object.values(method.methodIntegration.integrationResponses ?? {}).map(compileResponse),
      });
    }
  }
  return {
    api: snapshot.api,
    routes,
    gatewayResponses: new Map(snapshot.gatewayResponses.map((response) => [response.responseType, response])),
    models: new Map(snapshot.models.map((model) => [model.name, model])),
  };
}

function compileResponse(response: IntegrationResponse): CompiledResponse {
  const { selectionPattern, responseParameters } = response;
  return {
    response,
    pattern: selectionPattern ? javaRegex(selectionPattern, true, 's') : undefined,
    isDefault: !selectionPattern,
    headers: Object.entries(responseParameters ?? {}).flatMap(([parameter, expression]) => {
      const name = /^method\.response\.(?:multivalue)?header\.(.+)$/.exec(parameter)?.[1];
      return name === undefined ? [] : [[name.toLowerCase(), expression] as const];
    }),
  };
}

function requestMappingsOf(integration: Integration): RequestMapping[] {
  return Object.entries(integration.requestParameters ?? {}).flatMap(([parameter, expression]) => {
    const match =
      /^integration\.request\.(path|(?:multivalue)?querystring|(?:multivalue)?header)\.(.+)$/.exec(parameter);
    if (!match) return [];
    const place = match[1]?.replace('multivalue', '') as RequestMapping['place'];
    return [{ place, name: match[2] as string, expression }];
  });
}
