/** A deployment, prepared once for all its requests. */
import { Routes } from './routes.ts';
import type {
  ApiSnapshot,
  Authorizer,
  GatewayResponse,
  Integration,
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

function requestMappingsOf(integration: Integration): RequestMapping[] {
  return Object.entries(integration.requestParameters ?? {}).flatMap(([parameter, expression]) => {
    const match =
      /^integration\.request\.(path|(?:multivalue)?querystring|(?:multivalue)?header)\.(.+)$/.exec(parameter);
    if (!match) return [];
    const place = match[1]?.replace('multivalue', '') as RequestMapping['place'];
    return [{ place, name: match[2] as string, expression }];
  });
}
