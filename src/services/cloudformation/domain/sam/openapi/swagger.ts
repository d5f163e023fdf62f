import { InvalidTemplate, refuseDocument } from '../errors.ts';
import { deepCopy, entriesOf, keysOf, put, py, str, update } from '../python/py27.ts';
import { asList, asMap, type Dict, isEmpty, isMap, isPresent, sameValue, sub, text } from '../values.ts';
import { corsOptionsMethod } from './cors.ts';
import {
  ApiDocument,
  anyMethod,
  conditionalContents,
  conditionalPy,
  deepSet,
  integrationKey,
  isOpenApi3,
  normalizeMethod,
  notAMap,
  requireMap,
  requirePathItem,
} from './document.ts';
import { ResourcePolicy } from './resourcePolicy.ts';
import {
  type CorsSettings,
  corsMethods,
  isValidSwagger,
  type LambdaIntegration,
  pathWithWildcards,
  type RequestParameter,
  type StateMachineIntegration,
  type SwaggerAuthorizer,
  securityOf,
  unescapeSlashes,
  validatorName,
} from './swaggerParts.ts';

const securityDefinitionsKey = 'securityDefinitions';
const gatewayResponsesKey = 'x-amazon-apigateway-gateway-responses';
const policyKey = 'x-amazon-apigateway-policy';
const validatorsKey = 'x-amazon-apigateway-request-validators';
const endpointKey = 'x-amazon-apigateway-endpoint-configuration';
const notMethods = ['summary', 'description', 'parameters'];

/** Edits the definition of a REST API, Swagger 2 or OpenAPI 3. */
export class SwaggerDocument extends ApiDocument {
  private securityDefinitions: Dict;
  private readonly gatewayResponses: Dict;
  private readonly definitions: Dict;
  private readonly policy: ResourcePolicy;

  constructor(doc: unknown) {
    if (!isValidSwagger(doc)) {
      refuseDocument(
        "Invalid Swagger document or the Swagger document is not explicitly defined in 'DefinitionBody'.",
      );
    }
    super(doc);
    this.securityDefinitions = orEmpty(this.doc[securityDefinitionsKey]);
    this.gatewayResponses = orEmpty(this.doc[gatewayResponsesKey]);
    this.policy = new ResourcePolicy(orEmpty(this.doc[policyKey]));
    this.definitions = orEmpty(this.doc.definitions);
    for (const path of this.pathNames()) {
      for (const item of conditionalContents(this.paths[path])) requirePathItem(item, path);
    }
  }

  /** The definition as edited so far. */
  get swagger(): Dict {
    if (isPresent(this.securityDefinitions)) put(this.doc, securityDefinitionsKey, this.securityDefinitions);
    if (isPresent(this.gatewayResponses)) put(this.doc, gatewayResponsesKey, this.gatewayResponses);
    if (isPresent(this.definitions)) put(this.doc, 'definitions', this.definitions);
    return deepCopy(this.doc);
  }

  disableExecuteApiEndpoint(value: unknown): void {
    const path = [endpointKey, 'disableExecuteApiEndpoint'];
    if (!isOpenApi3(this.doc.openapi)) {
      const wrong = deepSet(this.doc, path, value);
      if (wrong !== undefined) refuseDocument(`Invalid OpenAPI definition: ${notAMap(wrong)}.`);
      return;
    }
    const servers = (this.doc.servers as unknown[] | undefined) ?? [py()];
    servers.forEach((server, index) => {
      const wrong = isMap(server) ? deepSet(server, path, value) : '';
      if (wrong !== undefined) {
        refuseDocument(`Invalid OpenAPI definition of 'servers[${index}]': ${notAMap(wrong)}.`);
      }
    });
    put(this.doc, 'servers', servers);
  }

  addLambdaIntegration(path: string, method: string, integration: LambdaIntegration): void {
    if (this.hasIntegration(path, method)) {
      refuseDocument(`Lambda integration already exists on Path=${path}, Method=${normalizeMethod(method)}`);
    }
    this.addPath(path, method);
    const uri = integration.condition
      ? conditionalPy(integration.condition, integration.uri)
      : integration.uri;
    const name = normalizeMethod(method);
    for (const content of conditionalContents(this.paths[path])) {
      const item = requirePathItem(content, path);
      const definition = item[name] as Dict;
      const proxy = py({ type: str('aws_proxy'), httpMethod: str('POST'), uri });
      put(definition, integrationKey, proxy);
      if (integration.transferMode === 'RESPONSE_STREAM') put(proxy, 'responseTransferMode', str('STREAM'));
      const credentials = integration.credentials();
      if (credentials !== undefined) put(proxy, 'credentials', credentials);
      if (!('responses' in definition)) put(definition, 'responses', py());
      if (integration.condition) item[name] = conditionalPy(integration.condition, definition);
    }
  }

  addStateMachineIntegration(path: string, method: string, integration: StateMachineIntegration): void {
    if (this.hasIntegration(path, method)) {
      refuseDocument(`Integration already exists on Path=${path}, Method=${normalizeMethod(method)}`);
    }
    this.addPath(path, method);
    const uri = integration.condition
      ? conditionalPy(integration.condition, integration.uri)
      : integration.uri;
    const name = normalizeMethod(method);
    for (const content of conditionalContents(this.paths[path])) {
      const item = requirePathItem(content, path);
      const definition = item[name] as Dict;
      const call = py({
        type: str('aws'),
        httpMethod: str('POST'),
        uri,
        responses: py({ 200: py({ statusCode: str('200') }), 400: py({ statusCode: str('400') }) }),
        credentials: integration.credentials,
      });
      put(definition, integrationKey, call);
      if (!('responses' in definition)) {
        put(
          definition,
          'responses',
          py({ 200: py({ description: str('OK') }), 400: py({ description: str('Bad Request') }) }),
        );
      }
      if (integration.requestTemplates) update(call, py({ requestTemplates: integration.requestTemplates }));
      if (integration.condition) item[name] = conditionalPy(integration.condition, definition);
    }
  }

  /** Adds the OPTIONS method of a path, unless the author wrote one. */
  addCors(path: string, cors: CorsSettings): void {
    let methods = cors.methods;
    for (const content of conditionalContents(this.paths[path])) {
      const item = requirePathItem(content, path);
      if ('options' in item) continue;
      if (isEmpty(cors.origin))
        throw new InvalidTemplate('Invalid input. Value for AllowedOrigins is required');
      if (isEmpty(methods)) methods = str(`'${corsMethods(keysOf(item))}'`);
      put(item, 'options', corsOptionsMethod({ ...cors, methods }));
    }
  }

  addBinaryMediaTypes(types: unknown): void {
    put(this.doc, 'x-amazon-apigateway-binary-media-types', unescapeSlashes(types));
  }

  addAuthorizers(authorizers: ReadonlyMap<string, SwaggerAuthorizer>): void {
    this.requireSecurityDefinitions();
    for (const [name, authorizer] of authorizers) this.securityDefinitions[name] = authorizer.toSwagger();
  }

  addApiKeyDefinition(): void {
    this.requireSecurityDefinitions();
    if ('api_key' in this.securityDefinitions) return;
    const definition = py({ type: str('apiKey'), name: str('x-api-key'), in: str('header') });
    update(this.securityDefinitions, py({ api_key: definition }));
  }

  setDefaultAuthorizer(
    path: string,
    name: string,
    authorizers: ReadonlyMap<string, SwaggerAuthorizer>,
    alsoPreflight: boolean,
  ): void {
    const known = new Set(['AWS_IAM', ...authorizers.keys()]);
    for (const [method, definition] of this.allMethods(path, notMethods)) {
      if (!alsoPreflight && method === 'options') continue;
      const existing = securityOf(definition, path, method);
      const isAuthorizer = (entry: Dict) => Object.keys(entry).some((key) => known.has(key));
      const others = existing.filter((entry) => !isAuthorizer(entry));
      let own = existing.filter(isAuthorizer);
      const none = others.findIndex((entry) => 'NONE' in entry);
      if (none >= 0) {
        others.splice(none, 1);
        own = [];
      } else if (own.length === 0) {
        const entry = py();
        entry[text(name)] = authorizers.get(text(name))?.scopes ?? [];
        own = [entry];
      }
      this.setSecurity(definition, [...others, ...own]);
    }
  }

  setDefaultApiKey(path: string, alsoPreflight: boolean): void {
    for (const [method, definition] of this.allMethods(path, notMethods)) {
      const existing = securityOf(definition, path, method);
      const isApiKey = (entry: Dict) => 'api_key' in entry || 'api_key_false' in entry;
      const others = existing.filter((entry) => !isApiKey(entry));
      const refused = existing.some((entry) => 'api_key_false' in entry);
      let security = refused ? others : [...others, py({ api_key: [] })];
      if (method === 'options' && !alsoPreflight) security = others;
      if (!sameValue(security, existing)) put(definition, 'security', security);
    }
  }

  /** The authorizer and API key that one event asks for its own method. */
  addAuthToMethod(path: string, method: string, auth: Dict, apiAuth: Dict): void {
    if (isPresent(auth.Authorizer)) {
      this.setMethodAuthorizer(
        path,
        method,
        text(auth.Authorizer),
        apiAuth.Authorizers,
        auth.AuthorizationScopes,
      );
    }
    if (auth.ApiKeyRequired !== undefined && auth.ApiKeyRequired !== null) {
      this.setMethodApiKey(path, method, isPresent(auth.ApiKeyRequired));
    }
  }

  addRequestValidator(path: string, method: string, body: boolean, parameters: boolean): void {
    const name = validatorName(body, parameters);
    const definition = py({ validateRequestBody: body, validateRequestParameters: parameters });
    if (isEmpty(this.doc[validatorsKey])) put(this.doc, validatorsKey, py());
    const validators = this.doc[validatorsKey] as Dict;
    if (isEmpty(validators[name])) update(validators, py({ [name]: definition }));
    for (const found of this.methodDefinitions(path, method)) {
      update(found, py({ 'x-amazon-apigateway-request-validator': str(name) }));
    }
  }

  addRequestModel(path: string, method: string, model: Dict): void {
    const name = text(model.Model).toLowerCase();
    for (const definition of this.methodDefinitions(path, method)) {
      if (this.doc.swagger !== undefined) {
        const parameter = py({ in: str('body'), name, schema: py({ $ref: str(`#/definitions/${name}`) }) });
        if (model.Required !== undefined) put(parameter, 'required', model.Required);
        put(definition, 'parameters', [...asList(definition.parameters), parameter]);
      } else if (isOpenApi3(this.doc.openapi)) {
        const schema = py({ schema: py({ $ref: str(`#/components/schemas/${name}`) }) });
        const body = py({ content: py({ 'application/json': schema }) });
        if (model.Required !== undefined) put(body, 'required', model.Required);
        put(definition, 'requestBody', body);
      }
    }
  }

  addRequestParameters(path: string, method: string, parameters: readonly RequestParameter[]): void {
    for (const definition of this.methodDefinitions(path, method)) {
      const all = asList(definition.parameters);
      for (const { name, required, caching } of parameters) {
        const [place = '', ...rest] = name.replace('method.request.', '').split('.');
        all.push(
          py({
            in: place === 'querystring' ? str('query') : place,
            name: rest.join('.'),
            required,
            type: str('string'),
          }),
        );
        if (isPresent(caching)) {
          const integration = definition[integrationKey] as Dict;
          put(integration, 'cacheKeyParameters', [...asList(integration.cacheKeyParameters), name]);
        }
      }
      put(definition, 'parameters', all);
    }
  }

  addGatewayResponses(responses: ReadonlyMap<string, Dict>): void {
    for (const [type, response] of responses) this.gatewayResponses[type] = response;
  }

  addModels(models: Dict): void {
    for (const [name, schema] of entriesOf(models)) {
      if (isEmpty(asMap(schema).type)) refuseDocument("'Models' schema is missing 'type'.");
      this.definitions[name.toLowerCase()] = schema;
    }
  }

  addResourcePolicy(policy: unknown, path: string, stage: unknown): void {
    const settings = requireMap(policy, 'Resource Policy is not a valid dictionary.');
    this.policy.add(settings, () => this.methodUris(path, stage));
    put(this.doc, policyKey, this.policy.document);
  }

  addCustomStatements(statements: unknown): void {
    this.policy.addStatements(statements);
    put(this.doc, policyKey, this.policy.document);
  }

  private methodUris(path: string, stage: unknown): Dict[] {
    const suffix = pathWithWildcards(path);
    return conditionalContents(this.paths[path]).flatMap((item) =>
      keysOf(requirePathItem(item, path)).map((name) => {
        const lower = name.toLowerCase();
        const method = lower === anyMethod || lower === 'any' ? '*' : name.toUpperCase();
        const arn = sub(`execute-api:/\${__Stage__}/${method}${suffix}`, py({ __Stage__: stage }));
        return py(arn);
      }),
    );
  }

  private setMethodAuthorizer(
    path: string,
    method: string,
    name: string,
    authorizers: unknown,
    scopes: unknown,
  ): void {
    for (const definition of this.methodDefinitions(path, method)) {
      const entry = py();
      entry[name] = [];
      const security = [...securityOf(definition, path, method), entry];
      if (name !== 'NONE' && isPresent(authorizers)) {
        const found = asMap(authorizers)[name];
        if (found !== undefined && !isMap(found))
          refuseDocument(`Type of authorizer '${name}' must be a dictionary`);
        const wanted = scopes ?? found?.AuthorizationScopes;
        if (found !== undefined && wanted !== undefined && wanted !== null) entry[name] = wanted;
      }
      this.setSecurity(definition, security);
    }
  }

  private setMethodApiKey(path: string, method: string, required: boolean): void {
    for (const definition of this.methodDefinitions(path, method)) {
      if (required) this.addApiKeyDefinition();
      const entry = required ? py({ api_key: [] }) : py({ api_key_false: [] });
      put(definition, 'security', [...securityOf(definition, path, method), entry]);
    }
  }

  private setSecurity(definition: Dict, security: Dict[]): void {
    const first = security[0];
    if (!first) return;
    put(definition, 'security', security);
    if ('AWS_IAM' in first) this.addIamDefinition();
  }

  private addIamDefinition(): void {
    if ('AWS_IAM' in this.securityDefinitions) return;
    const definition = py({
      'x-amazon-apigateway-authtype': str('awsSigv4'),
      type: str('apiKey'),
      name: str('Authorization'),
      in: str('header'),
    });
    update(this.securityDefinitions, py({ AWS_IAM: definition }));
  }

  private requireSecurityDefinitions(): void {
    if (!isMap(this.securityDefinitions))
      throw new InvalidTemplate('securityDefinitions must be a dictionary.');
  }
}

function orEmpty(value: unknown): Dict {
  return isEmpty(value) ? py() : (value as Dict);
}
