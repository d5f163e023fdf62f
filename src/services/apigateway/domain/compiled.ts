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
