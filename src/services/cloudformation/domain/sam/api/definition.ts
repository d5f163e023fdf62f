import type { SamContext } from '../context.ts';
import { InvalidResource, InvalidTemplate, refuseDocument } from '../errors.ts';
import { postprocessOpenApi } from '../openapi/postprocess.ts';
import { SwaggerDocument } from '../openapi/swagger.ts';
import { isValidSwagger } from '../openapi/swaggerParts.ts';
import { str } from '../python/py27.ts';
import { asMap, type Dict, isEmpty, isIntrinsic, isMap, isPresent, isText, text } from '../values.ts';
import { restAuthorizers } from './authorizer.ts';
import { gatewayResponses } from './gatewayResponses.ts';

/** Everything that the resource's properties add to the definition, in SAM's order. */
export function editDefinition(logicalId: string, properties: Dict, context: SamContext): unknown {
  let body: unknown = properties.DefinitionBody;
  if (isPresent(properties.Cors)) body = addCors(logicalId, properties.Cors, body);
  if (isPresent(properties.Auth)) body = addAuth(logicalId, properties, body, context);
  if (isPresent(properties.GatewayResponses)) {
    body = gatewayResponses(logicalId, properties.GatewayResponses as Dict, body);
  }
  if (isPresent(properties.BinaryMediaTypes) && isPresent(body)) {
    const document = new SwaggerDocument(body);
    document.addBinaryMediaTypes(properties.BinaryMediaTypes);
    body = document.swagger;
  }
  if (isPresent(properties.Models)) body = addModels(logicalId, properties, body);
  const disable = properties.DisableExecuteApiEndpoint;
  if (disable !== undefined && disable !== null) {
    if (isEmpty(body)) {
      throw new InvalidResource(
        logicalId,
        "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.",
      );
    }
    const document = new SwaggerDocument(body);
    document.disableExecuteApiEndpoint(disable);
    body = document.swagger;
  }
  return body;
}

const corsProperties = ['AllowMethods', 'AllowHeaders', 'AllowOrigin', 'MaxAge', 'AllowCredentials'];

function addCors(logicalId: string, cors: unknown, body: unknown): unknown {
  const refuse = (message: string): never => {
    throw new InvalidResource(logicalId, message);
  };
  if (isEmpty(body)) refuse("Cors works only with inline Swagger specified in 'DefinitionBody' property.");
  let settings: Dict;
  if (isText(cors) || isIntrinsic(cors)) settings = { AllowOrigin: cors };
  else if (isMap(cors)) {
    const unknown = Object.keys(cors).find((key) => !corsProperties.includes(key));
    if (unknown !== undefined) refuse(`Invalid key '${unknown}' for 'Cors' property.`);
    settings = cors;
  } else return refuse("Invalid value for 'Cors' property");
  if (!isValidSwagger(body)) {
    refuse(
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  }
  const origin = 'AllowOrigin' in settings ? settings.AllowOrigin : str("'*'");
  if (settings.AllowCredentials === true && text(origin) === "'*'") {
    refuse(
      "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is \"'*'\" or not set",
    );
  }
  const document = new SwaggerDocument(body);
  const done = new Set<string>();
  for (const path of document.pathNames()) {
    const normalized = path === '/' ? path : path.replace(/\/+$/, '');
    if (done.has(normalized)) continue;
    done.add(normalized);
    try {
      document.addCors(path, {
        origin,
        headers: settings.AllowHeaders,
        methods: settings.AllowMethods,
        maxAge: settings.MaxAge,
        credentials: settings.AllowCredentials,
      });
    } catch (error) {
      if (error instanceof InvalidTemplate) throw new InvalidResource(logicalId, error.message);
      throw error;
    }
  }
  return document.swagger;
}

const authProperties = [
  'Authorizers',
  'DefaultAuthorizer',
  'InvokeRole',
  'AddDefaultAuthorizerToCorsPreflight',
  'AddApiKeyRequiredToCorsPreflight',
  'ApiKeyRequired',
  'ResourcePolicy',
  'UsagePlan',
];

function addAuth(logicalId: string, properties: Dict, body: unknown, context: SamContext): Dict {
  const auth = asMap(properties.Auth);
  if (isEmpty(body)) {
    throw new InvalidResource(
      logicalId,
      "Auth works only with inline Swagger specified in 'DefinitionBody' property.",
    );
  }
  if (!Object.keys(auth).every((key) => authProperties.includes(key))) {
    throw new InvalidResource(logicalId, "Invalid value for 'Auth' property");
  }
  if (!isValidSwagger(body)) {
    throw new InvalidResource(
      logicalId,
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  }
  const document = new SwaggerDocument(body);
  const authorizers = restAuthorizers(logicalId, auth.Authorizers, auth.DefaultAuthorizer, context.partition);
  if (authorizers.size > 0) {
    document.addAuthorizers(authorizers);
    setDefaultAuthorizer(logicalId, document, auth, authorizers);
  }
  if (isPresent(auth.ApiKeyRequired)) {
    document.addApiKeyDefinition();
    const alsoPreflight = isPresent(auth.AddApiKeyRequiredToCorsPreflight ?? true);
    for (const path of document.pathNames()) document.setDefaultApiKey(path, alsoPreflight);
  }
  if (isPresent(auth.ResourcePolicy)) {
    if (!isMap(auth.ResourcePolicy)) {
      refuseResourcePolicy();
    }
    const policy = auth.ResourcePolicy as Dict;
    for (const path of document.pathNames()) document.addResourcePolicy(policy, path, properties.StageName);
    if (isPresent(policy.CustomStatements)) document.addCustomStatements(policy.CustomStatements);
  }
  return postprocessOpenApi(document.swagger, properties.OpenApiVersion);
}

function refuseResourcePolicy(): never {
  refuseDocument('ResourcePolicy must be a map (ResourcePolicyStatement).');
}

function setDefaultAuthorizer(
  logicalId: string,
  document: SwaggerDocument,
  auth: Dict,
  authorizers: ReturnType<typeof restAuthorizers>,
): void {
  const name = auth.DefaultAuthorizer;
  if (isEmpty(name)) return;
  if (!isText(name)) throw new InvalidResource(logicalId, 'DefaultAuthorizer is not a string.');
  if (!authorizers.has(text(name)) && text(name) !== 'AWS_IAM') {
    throw new InvalidResource(
      logicalId,
      `Unable to set DefaultAuthorizer because '${text(name)}' was not defined in 'Authorizers'.`,
    );
  }
  const alsoPreflight = isPresent(auth.AddDefaultAuthorizerToCorsPreflight ?? true);
  for (const path of document.pathNames())
    document.setDefaultAuthorizer(path, name, authorizers, alsoPreflight);
}

function addModels(logicalId: string, properties: Dict, body: unknown): Dict {
  if (isEmpty(body)) {
    throw new InvalidResource(
      logicalId,
      "Models works only with inline Swagger specified in 'DefinitionBody' property.",
    );
  }
  if (!isValidSwagger(body)) {
    throw new InvalidResource(
      logicalId,
      "Unable to add Models definitions because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  }
  const models = asMap(properties.Models);
  if (!Object.values(models).every(isMap)) {
    throw new InvalidResource(logicalId, "Invalid value for 'Models' property");
  }
  const document = new SwaggerDocument(body);
  document.addModels(models);
  return postprocessOpenApi(document.swagger, properties.OpenApiVersion);
}
