import { arnTemplate, type SamContext } from '../context.ts';
import { InvalidEvent, InvalidResource } from '../errors.ts';
import { attribute, eventProperty, expectList, expectMap, property } from '../expect.ts';
import { pythonText, resolveParameters } from '../intrinsics.ts';
import { normalizeMethod, notAMap } from '../openapi/document.ts';
import { SwaggerDocument } from '../openapi/swagger.ts';
import { pathWithWildcards, type RequestParameter, swaggerSkeleton } from '../openapi/swaggerParts.ts';
import { entriesOf, py, shallowCopy, str, update } from '../python/py27.ts';
import type { CfnResource } from '../resource.ts';
import { integer, list, map, optional, required, type Schema, string } from '../schema.ts';
import { asMap, type Dict, isEmpty, isIntrinsic, isMap, isPresent, isText, sub, text } from '../values.ts';
import type { EventSource, EventTarget, LinkedEvent } from './eventSource.ts';
import { invokePermission } from './permission.ts';

const schema: Schema = {
  Path: required(string),
  Method: required(string),
  RestApiId: required(string),
  Stage: optional(string),
  Auth: optional(map),
  RequestModel: optional(map),
  RequestParameters: optional(list),
  TimeoutInMillis: optional(integer),
  ResponseTransferMode: optional(string),
};

/** Event of type Api: a method of a REST API of the same template invokes the function. */
export const apiEvent: EventSource = {
  schema,
  link: (event, context) => linkRestApi(event.id, event.properties.RestApiId, context),
  transform: (event, to) => {
    const permission = apiPermission(event, to);
    const api = event.link.api as Dict;
    if (isPresent(api.__MANAGE_SWAGGER) || isPresent(api.MergeDefinitions)) addIntegration(event, api, to);
    overrideAuth(event, api, to.context);
    return [permission];
  },
};

/** The API an event belongs to: its properties, id, and the stage its permission is named after. */
export function linkRestApi(eventId: string, restApiId: unknown, context: SamContext): Dict {
  const apiId = isMap(restApiId) && 'Ref' in restApiId ? restApiId.Ref : restApiId;
  if (!isText(apiId)) return { apiId, stage: 'AllStages' };
  const resource = expectMap(
    context.resources[text(apiId)],
    eventProperty(eventId, 'RestApiId'),
    'RestApiId property of Api event must reference a valid resource in the same template.',
  );
  const api = expectMap(resource.Properties ?? {}, attribute(text(apiId), 'Properties'));
  if (!isText(api.StageName)) return { api, apiId: text(apiId), stage: str('Stage') };
  if (text(api.StageName) === '') throw new InvalidResource(text(apiId), 'StageName cannot be empty.');
  return { api, apiId: text(apiId), stage: api.StageName };
}

function apiPermission(event: LinkedEvent, to: EventTarget): CfnResource {
  const { Path, Method, RestApiId } = event.properties;
  const path = pathWithWildcards(text(Path).replace(/^(.+)\/$/, '$1'));
  const verb = text(Method).toLowerCase() === 'any' ? '*' : text(Method).toUpperCase();
  const arn = arnTemplate(to.context.partition, 'execute-api', `\${__ApiId__}/\${__Stage__}/${verb}${path}`);
  return invokePermission(event.logicalId, to.target, {
    principal: 'apigateway.amazonaws.com',
    sourceArn: sub(arn, { __ApiId__: RestApiId, __Stage__: '*' }),
    suffix: text(event.link.stage),
  });
}

function addIntegration(event: LinkedEvent, api: Dict, to: EventTarget): void {
  const { id, properties } = event;
  const merges = isPresent(api.MergeDefinitions);
  if (api.DefinitionBody === undefined || api.DefinitionBody === null) return;
  const path = text(properties.Path);
  const method = lowerCase(properties.Method);
  const document = new SwaggerDocument(merges ? swaggerSkeleton() : api.DefinitionBody);
  if (document.hasIntegration(path, method)) {
    throw new InvalidEvent(id, `API method "${method}" defined multiple times for path "${path}".`);
  }
  const methodAuth = isPresent(properties.Auth) ? expectMap(properties.Auth, eventProperty(id, 'Auth')) : {};
  const apiAuth = isPresent(api.Auth) ? expectMap(api.Auth, property(text(event.link.apiId), 'Auth')) : {};
  document.addLambdaIntegration(path, method, {
    uri: integrationUri(to.target, to.context.partition, properties.ResponseTransferMode),
    condition: to.target.attributes.Condition,
    transferMode: text(properties.ResponseTransferMode),
    credentials: () => iamCredentials(methodAuth, apiAuth, to.context.partition),
  });
  if (isPresent(properties.Auth)) addAuthToSwagger(event, api, document, to.context);
  if (isPresent(properties.TimeoutInMillis))
    document.setIntegrationTimeout(path, method, properties.TimeoutInMillis);
  if (isPresent(properties.RequestModel)) addRequestModel(event, api, document, path, method);
  if (isPresent(properties.RequestParameters)) {
    document.addRequestParameters(
      path,
      method,
      requestParameters(id, properties.RequestParameters as unknown[]),
    );
  }
  api.DefinitionBody = merges
    ? mergedDefinition(text(event.link.apiId), asMap(api.DefinitionBody), document.swagger, path, method)
    : document.swagger;
}

function lowerCase(method: unknown): string {
  return text(method).toLowerCase();
}

/** The URI by which API Gateway invokes a function, or streams its response. */
export function integrationUri(target: CfnResource, partition: string, transferMode?: unknown): Dict {
  const streams = text(transferMode) === 'RESPONSE_STREAM';
  const version = streams ? '2021-11-15' : '2015-03-31';
  const action = streams ? 'response-streaming-invocations' : 'invocations';
  const isFunction = 'Fn::GetAtt' in target.arn;
  const reference = `\${${target.logicalId}${isFunction ? '.Arn' : ''}}`;
  const arn = `arn:${partition}:apigateway:\${AWS::Region}:lambda:path/${version}/functions/${reference}/${action}`;
  // The id of a function is the template's text, the id of an alias is SAM's.
  return py(sub(isFunction ? arn : str(arn)));
}

/** With IAM authorization API Gateway calls the function as the caller, unless another role is named. */
function iamCredentials(methodAuth: Dict, apiAuth: Dict, partition: string): unknown {
  const usesIam =
    text(methodAuth.Authorizer) === 'AWS_IAM' ||
    (text(apiAuth.DefaultAuthorizer) === 'AWS_IAM' && isEmpty(methodAuth));
  if (!usesIam) return undefined;
  const roleOf = (auth: Dict) =>
    isEmpty(auth.InvokeRole) && 'InvokeRole' in auth ? 'NONE' : auth.InvokeRole;
  const method = roleOf(methodAuth);
  const role = isPresent(method) ? method : roleOf(apiAuth);
  if (isEmpty(role) || text(role) === 'CALLER_CREDENTIALS') return str(`arn:${partition}:iam::*:user/*`);
  return text(role) === 'NONE' ? undefined : role;
}

function overrideAuth(event: LinkedEvent, api: Dict, context: SamContext): void {
  const auth = asMap(event.properties.Auth);
  if (isEmpty(api.DefinitionBody) || isEmpty(auth.OverrideApiAuth)) return;
  if (isEmpty(auth.Authorizer) && isEmpty(auth.ApiKeyRequired) && isEmpty(auth.ResourcePolicy)) {
    throw new InvalidEvent(
      event.id,
      'Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.',
    );
  }
  const document = new SwaggerDocument(api.DefinitionBody);
  addAuthToSwagger(event, api, document, context);
  api.DefinitionBody = document.swagger;
}

/** Checks the event's `Auth` against the API's, and writes it into the method. */
export function addAuthToSwagger(
  event: Pick<LinkedEvent, 'id' | 'properties' | 'link'>,
  api: Dict,
  document: SwaggerDocument,
  context: SamContext,
): void {
  const auth = event.properties.Auth as Dict;
  const path = text(event.properties.Path);
  const method = lowerCase(event.properties.Method);
  const apiAuth = asMap(resolveParameters(api.Auth, context.parameters));
  checkAuthorizer(event, auth.Authorizer, apiAuth, method, path);
  if (isPresent(auth.AuthorizationScopes)) {
    expectList(auth.AuthorizationScopes, eventProperty(event.id, 'Auth.AuthorizationScopes'));
    if (isEmpty(auth.Authorizer)) {
      throw new InvalidEvent(event.id, 'AuthorizationScopes works only when Authorizer is set');
    }
  }
  const keyRequired = auth.ApiKeyRequired;
  const keyGiven = keyRequired !== undefined && keyRequired !== null;
  if (keyGiven && isEmpty(keyRequired) && isEmpty(apiAuth.ApiKeyRequired)) {
    throw new InvalidEvent(
      event.id,
      `Unable to set ApiKeyRequired [False] on API method [${method}] for path [${path}] because the related API does not specify any ApiKeyRequired.`,
    );
  }
  if (isPresent(auth.Authorizer) || keyGiven) document.addAuthToMethod(path, method, auth, apiAuth);
  if (isPresent(auth.ResourcePolicy)) {
    const policy = expectMap(auth.ResourcePolicy, property(event.id, 'Auth.ResourcePolicy'));
    document.addResourcePolicy(policy, path, event.link.stage);
    if (isPresent(policy.CustomStatements)) document.addCustomStatements(policy.CustomStatements);
  }
}

function checkAuthorizer(
  event: Pick<LinkedEvent, 'id' | 'link'>,
  authorizer: unknown,
  apiAuth: Dict,
  method: string,
  path: string,
): void {
  if (isEmpty(authorizer)) return;
  const known = apiAuth.Authorizers;
  if (isPresent(known)) expectMap(known, property(text(event.link.apiId), 'Auth.Authorizers'));
  if (text(authorizer) === 'AWS_IAM') return;
  if (text(authorizer) === 'NONE') {
    if (isPresent(apiAuth.DefaultAuthorizer)) return;
    throw new InvalidEvent(
      event.id,
      `Unable to set Authorizer on API method [${method}] for path [${path}] because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.`,
    );
  }
  const refuse: (reason: string) => never = (reason) => {
    throw new InvalidEvent(
      event.id,
      `Unable to set Authorizer [${pythonText(authorizer)}] on API method [${method}] for path [${path}]${reason}`,
    );
  };
  if (isEmpty(known)) refuse(' because the related API does not define any Authorizers.');
  if (!isText(authorizer) || !isMap(known)) {
    refuse('. The method authorizer must be a string with a corresponding dict entry in the api authorizer.');
  }
  if (isEmpty(known[text(authorizer)])) refuse(" because it wasn't defined in the API's Authorizers.");
}

function addRequestModel(
  event: LinkedEvent,
  api: Dict,
  document: SwaggerDocument,
  path: string,
  method: string,
): void {
  const settings = expectMap(event.properties.RequestModel, eventProperty(event.id, 'RequestModel'));
  const model = settings.Model;
  if (isEmpty(model)) return;
  const refuse: (action: string, reason: string) => never = (action, reason) => {
    throw new InvalidEvent(
      event.id,
      `Unable to set ${action}RequestModel [${pythonText(model)}] on API method [${method}] for path [${path}] ${reason}`,
    );
  };
  if (isEmpty(api.Models)) refuse('', 'because the related API does not define any Models.');
  if (!isIntrinsic(api.Models) && !isMap(api.Models)) {
    refuse('', 'because the related API Models defined is of invalid type.');
  }
  if (!isText(model)) refuse('', 'because the related API does not contain valid Models.');
  if (isEmpty(asMap(api.Models)[text(model)])) refuse('', "because it wasn't defined in the API's Models.");
  document.addRequestModel(path, method, settings);
  const { ValidateBody: body, ValidateParameters: parameters } = settings;
  if ((body ?? parameters ?? undefined) === undefined) return;
  if (typeof (body ?? false) !== 'boolean' || typeof (parameters ?? false) !== 'boolean') {
    refuse(
      'Validator to ',
      'ValidateBody and ValidateParameters must be a boolean type, strings or intrinsics are not supported.',
    );
  }
  document.addRequestValidator(path, method, body === true, parameters === true);
}

function requestParameters(eventId: string, parameters: readonly unknown[]): RequestParameter[] {
  const refuse: (reason: string) => never = (reason) => {
    throw new InvalidEvent(eventId, `Invalid value for 'RequestParameters' property. ${reason}`);
  };
  return parameters.map((parameter) => {
    const isNamed = isMap(parameter);
    if (!isNamed && !isText(parameter)) return refuse('Property must be either a string or an object');
    const [name, settings] = isNamed ? (entriesOf(parameter)[0] ?? ['', {}]) : [text(parameter), {}];
    if (!/^method\.request\.(querystring|path|header)\./.test(name)) {
      refuse(
        "Keys must be in the format 'method.request.[querystring|path|header].{value}', e.g 'method.request.header.Authorization'.",
      );
    }
    if (!isMap(settings) || !Object.keys(settings).every((key) => key === 'Required' || key === 'Caching')) {
      return refuse('Values must be an object, e.g { Required: true, Caching: false }');
    }
    return { name, required: settings.Required ?? false, caching: settings.Caching ?? false };
  });
}

/** With `MergeDefinitions` the author's own method stays, and what SAM generates wins over it. */
function mergedDefinition(apiId: string, body: Dict, generated: Dict, path: string, method: string): Dict {
  const merged = shallowCopy(body);
  const paths = isPresent(merged.paths) ? merged.paths : {};
  const refuse: (where: string) => never = (where) => {
    throw new InvalidResource(apiId, `Property 'DefinitionBody' is invalid: ${notAMap(where)}`);
  };
  if (!isMap(paths)) return refuse('');
  const item = paths[path] ?? undefined;
  if (item !== undefined && !isMap(item)) return refuse(path);
  const own = item?.[method];
  const written = isPresent(own)
    ? expectMap(own, property(apiId, `DefinitionBody.paths.${path}.${method}`))
    : {};
  const made = asMap(asMap(asMap(generated.paths)[path])[normalizeMethod(method)]);
  const both: Dict = {};
  update(both, written);
  update(both, made);
  if (item === undefined) paths[path] = { [method]: both };
  else item[method] = both;
  return merged;
}
